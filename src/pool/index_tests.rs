//! The index against a naive model: a stack of blocks for each size.
use std::boxed::Box;
use std::collections::BTreeMap;
use std::vec::Vec;

use super::*;
use crate::pool::fast_index::Best;
use crate::pool::grant::Grant;
use crate::pool::layout::FREE_MAGIC;

/// Blocks of all sizes at some distance, in memory of the test's own: only their headers and links are used.
struct Store {
    index: Box<Index<'static>>,
    free: Vec<usize>,
    /// The naive model: for each size the blocks, the newest last.
    model: BTreeMap<usize, Vec<usize>>,
}

const BLOCK_WORDS: usize = 16;
const LEAST_LARGE: usize = LISTS * WORD;

impl Store {
    fn new(blocks: usize) -> Store {
        let memory = Grant::leaked((blocks + 1) * BLOCK_WORDS + LISTS);
        let free = (0..blocks).map(|block| memory.start() + block * BLOCK_WORDS * WORD).collect();
        // Too large for a stack in some builds, and all zero is an empty index.
        let mut index: Box<Index<'static>> = Box::new(Index {
            victim: Loose::NONE,
            grown: Loose::NONE,
            small_data: 0,
            quantum: 0,
            minblock: 0,
            floor: 0,
            owner: 0,
            below_quantum: 0,
            whole_quanta: 0,
            summary: 0,
            least_large_inverted: 0,
            lent: 0,
            lent_bytes: 0,
            arenas: ArenaTable::empty(),
            likely_bytes: 0,
            marks: Marks::NONE,
            told: None,
            bits: [0; LISTS / 64],
            heads: [None; LISTS],
            tree_bits: TreeBits::NONE,
            trees: [None; TREES],
        });
        assert!(index.arenas.reserve());
        index.arenas.add(memory);
        Store { index, free, model: BTreeMap::new() }
    }

    fn spot(&self, block: usize) -> Spot<'static> {
        self.index.arenas.spot(block).expect("it lies in the arena")
    }

    /// A block that is free, and that nobody knows of yet.
    fn make(&mut self, bytes: usize) -> Option<Block<'static>> {
        let block = self.free.pop()?;
        let spot = self.spot(block);
        spot.set_magic(FREE_MAGIC);
        spot.set_bytes(bytes);
        self.model.entry(bytes).or_default().push(spot.address());
        Some(Block::of_any_size(spot, bytes))
    }

    fn add(&mut self, bytes: usize) {
        if let Some(block) = self.make(bytes) {
            self.index.add(block);
        }
    }

    fn add_rest(&mut self, bytes: usize) {
        if let Some(block) = self.make(bytes) {
            self.index.add_rest(block);
        }
    }

    /// The newest of the smallest size that is large enough, says the model.
    fn best(&self, bytes: usize) -> Option<(usize, usize)> {
        self.model.range(bytes..).next().map(|(size, blocks)| (*blocks.last().unwrap(), *size))
    }

    fn find(&self, bytes: usize) -> Option<(usize, usize)> {
        let found = self.index.find(bytes).ok().flatten().map(|(block, size)| (block.address(), size));
        assert_eq!(found, self.best(bytes), "the newest of the smallest size from {bytes} on");
        found
    }

    fn find_and_remove(&mut self, bytes: usize) {
        let Some((block, size)) = self.find(bytes) else { return };
        self.remove(block, size);
    }

    /// As the short ways do it, with what is left, if something is.
    fn cut(&mut self, bytes: usize, rest: usize) {
        let Some((block, size)) = self.find(bytes) else { return };
        if bytes < LEAST_LARGE {
            self.agrees_with_short_ways(bytes, (block, size));
        }
        if bytes < LEAST_LARGE && size >= LEAST_LARGE {
            self.index.know_least_large(size);
        }
        let was_victim = self.index.is_victim(block);
        self.remove(block, size);
        if rest < BLOCK_WORDS * WORD {
            return;
        }
        let Some(left) = self.make(rest) else { return };
        if was_victim { self.index.set_victim(left) } else { self.index.add_rest(left) }
    }

    /// They choose the best block, or say that it is large.
    fn agrees_with_short_ways(&self, bytes: usize, (best, size): (usize, usize)) {
        match self.index.best(bytes) {
            Best::Victim => assert!(self.index.is_victim(best), "the victim for {bytes}"),
            Best::Listed(head, _) => assert_eq!(head.address(), best, "listed for {bytes}"),
            Best::Large => assert!(size >= LEAST_LARGE, "large for {bytes}"),
        }
    }

    /// Takes any block out as one that is joined with another; what comes of both takes its place.
    fn join(&mut self, number: usize, more: usize) {
        let Some((block, size)) = self.any(number) else { return };
        let was_victim = self.index.take_right(self.spot(block), size).expect("nothing is broken");
        assert_eq!(was_victim, self.index.is_victim(block));
        self.forget(block, size);
        let Some(joined) = self.make(size + more) else { return };
        if was_victim { self.index.set_victim(joined) } else { self.index.add(joined) }
    }

    fn remove(&mut self, block: usize, size: usize) {
        assert!(self.index.remove(self.spot(block), size).is_ok());
        self.forget(block, size);
    }

    fn forget(&mut self, block: usize, size: usize) {
        let blocks = self.model.get_mut(&size).unwrap();
        blocks.retain(|other| *other != block);
        if blocks.is_empty() {
            self.model.remove(&size);
        }
        self.free.push(block);
    }

    fn any(&self, number: usize) -> Option<(usize, usize)> {
        let count = self.model.values().map(Vec::len).sum::<usize>().max(1);
        self.blocks().nth(number % count)
    }

    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.model.iter().flat_map(|(size, blocks)| blocks.iter().map(|block| (*block, *size)))
    }

    fn check(&self) {
        let mut seen = 0;
        assert!(self.index.visit(&mut |block, bytes| {
            seen += 1;
            self.model.get(&bytes).is_some_and(|blocks| blocks.contains(&block.address()))
        }));
        assert_eq!(seen, self.blocks().count());
        assert!(self.blocks().all(|(block, size)| self.index.agrees(self.spot(block), size)));
        self.check_least_large();
    }

    fn check_least_large(&self) {
        let outside = |(block, size): &(usize, usize)| *size >= LEAST_LARGE && !self.index.is_victim(*block);
        assert!(self.blocks().filter(outside).all(|(_, size)| size >= self.index.least_large()));
    }
}

/// Numbers below a limit, the same ones for each seed.
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    move |limit| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    }
}

#[test]
fn agrees_with_a_map_of_stacks() {
    for seed in 1..=40_u64 {
        let mut store = Store::new(200);
        let mut below = numbers(seed);
        for _ in 0..3000 {
            let size = match below(4) {
                0 => 64 + below(40) * 8,
                1 => below(6000) * 8 + 64,
                2 => 32_768 + below(30) * 8 * 512,
                _ => (8 + below(1 << 20)) * 8,
            };
            match below(5) {
                0 | 1 => store.add(size),
                2 | 3 => store.find_and_remove(size),
                _ => {
                    if let Some((block, size)) = store.any(below(1000)) {
                        store.remove(block, size);
                    }
                }
            }
        }
        store.check();
    }
}

/// Few blocks of few sizes, so that the victim, the one that was joined last and those of the trees are alike, or nearly.
#[test]
fn large_blocks_that_are_alike_agree_too() {
    for seed in 1..=300_u64 {
        let mut below = numbers(seed);
        let mut store = Store::new(6 + below(30));
        for _ in 0..600 {
            let steps = 1 + below(3);
            let size = match below(6) {
                0 => BLOCK_WORDS * WORD + below(100) * WORD,
                1 => LEAST_LARGE - WORD * (1 + below(4)),
                2 => 2 * LEAST_LARGE + WORD * below(3),
                _ => LEAST_LARGE + WORD * below(steps),
            };
            match below(9) {
                0..=2 => store.add(size),
                3 => store.add_rest(size),
                4 => store.cut(size, below(2) * size),
                5 => store.cut(64 * WORD, if below(2) == 0 { size } else { below(size) / WORD * WORD }),
                6 => store.find_and_remove(size),
                7 => store.join(below(1000), WORD * below(3) * below(LISTS)),
                _ if below(8) == 0 => store.index.list_all(),
                _ => store.join(below(1000), 0),
            }
            store.check_least_large();
            store.find(LEAST_LARGE);
        }
        store.check();
    }
}
