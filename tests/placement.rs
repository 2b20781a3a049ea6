//! Placement against naive models, exhaustively over small scopes and at random over larger ones.

use millpond::limits;
use millpond::placement::{BestFit, Census, Reserve, Touched, is_right_file};
use millpond::units::Span;

/// The naive model: one flag a byte.
#[derive(Clone)]
struct Bytes(Vec<bool>);

impl Bytes {
    fn set(&mut self, span: Span, value: bool) {
        self.0[span.start..span.end()].fill(value);
    }

    fn spans(&self, wanted: bool) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (index, _) in self.0.iter().enumerate().filter(|(_, flag)| **flag == wanted) {
            match spans.last_mut() {
                Some(last) if last.end() == index => last.bytes += 1,
                _ => spans.push(Span::new(index, 1)),
            }
        }
        spans
    }

    /// Exact best fit, the lowest of equals.
    fn best(&self, bytes: usize) -> Option<Span> {
        let fitting = self.spans(true).into_iter().filter(|span| span.bytes >= bytes);
        fitting.min_by_key(|span| (span.bytes, span.start)).map(|span| Span::new(span.start, bytes))
    }
}

struct Pair {
    ours: BestFit,
    model: Bytes,
    taken: Vec<Span>,
}

impl Pair {
    fn new(capacity: usize) -> Pair {
        Pair { ours: BestFit::new(capacity).unwrap(), model: Bytes(vec![true; capacity]), taken: Vec::new() }
    }

    fn take(&mut self, bytes: usize) {
        let found = self.ours.take(bytes);
        assert_eq!(found, if bytes == 0 { None } else { self.model.best(bytes) });
        if let Some(span) = found {
            self.model.set(span, false);
            self.taken.push(span);
        }
    }

    fn give_back(&mut self, index: usize) {
        if !self.taken.is_empty() {
            let span = self.taken.swap_remove(index % self.taken.len());
            self.ours.give_back(span);
            self.model.set(span, true);
        }
    }

    fn check(&self) {
        assert_eq!(self.ours.free_spans(), self.model.spans(true));
        assert_eq!(self.ours.free_bytes(), self.model.0.iter().filter(|free| **free).count());
        assert_eq!(self.ours.is_all_free(), self.taken.is_empty());
    }
}

/// Digits of `word` in base 7: 0 to 3 take 1 to 4 bytes, 4 to 6 give one of the taken spans back.
#[test]
fn all_sequences_of_depth_seven() {
    let mut checked = 0;
    for word in 0..7_usize.pow(7) {
        let mut pair = Pair::new(9);
        let mut rest = word;
        for _ in 0..7 {
            match rest % 7 {
                bytes @ 0..=3 => pair.take(bytes + 1),
                index => pair.give_back(index - 4),
            }
            rest /= 7;
        }
        pair.check();
        checked += 1;
    }
    println!("{checked} sequences checked against the model");
}

#[test]
fn long_random_sequences() {
    let mut random = Random(0x6d69_6c6c_706f_6e64);
    for _ in 0..200 {
        let mut pair = Pair::new(1 + random.below(600));
        for _ in 0..500 {
            if random.below(5) < 3 {
                pair.take(random.below(40));
            } else {
                pair.give_back(random.below(1000));
            }
            pair.check();
        }
    }
}

#[test]
fn touched_bytes_against_the_model() {
    let mut random = Random(0x746f_7563_6865_6421);
    for _ in 0..200 {
        let length = 1 + random.below(200);
        let mut ours = Touched::new();
        let mut model = Bytes(vec![false; length]);
        for _ in 0..300 {
            let start = random.below(length + 1);
            let span = Span::new(start, random.below(length + 1 - start));
            if random.below(2) == 0 {
                assert!(ours.add(span));
                model.set(span, true);
            } else {
                assert!(ours.remove(span));
                model.set(span, false);
            }
            let asked_start = random.below(length + 1);
            let asked_bytes = random.below(length + 1 - asked_start);
            check_touched(&ours, &model, Span::new(asked_start, asked_bytes));
            check_touched(&ours, &model, Span::between(asked_start, length));
            check_touched(&ours, &model, Span::new(asked_start, 0));
        }
    }
}

fn check_touched(ours: &Touched, model: &Bytes, asked: Span) {
    let inside = |wanted: bool| -> Vec<Span> {
        let spans = model.spans(wanted).into_iter().map(|span| span.intersection(asked));
        spans.filter(|span| !span.is_empty()).collect()
    };
    assert_eq!(ours.within(asked).collect::<Vec<_>>(), inside(true));
    assert_eq!(ours.missing_within(asked).collect::<Vec<_>>(), inside(false));
    assert_eq!(ours.contains(asked), inside(false).is_empty());
    assert_eq!(ours.bytes_within(asked), inside(true).iter().map(|span| span.bytes).sum::<usize>());
    assert_eq!(ours.bytes(), model.0.iter().filter(|touched| **touched).count());
}

#[test]
fn a_place_without_room_has_none() {
    let mut placement = BestFit::new(0).unwrap();
    assert_eq!(placement.free_bytes(), 0);
    assert!(placement.take(1).is_none());
}

/// Whatever is given back twice, or was never there, ends the program: never a wrong answer.
#[test]
fn what_cannot_be_is_noticed() {
    let bad = |work: fn(&mut BestFit)| {
        let mut placement = BestFit::new(100).unwrap();
        placement.take(10);
        std::panic::catch_unwind(move || work(&mut placement)).is_err()
    };
    assert!(bad(|placement| placement.give_back(Span::new(95, 10))));
    assert!(bad(|placement| placement.give_back(Span::new(20, 10))));
    assert!(bad(|placement| placement.give_back(Span::new(5, 10))));
    assert!(bad(|placement| placement.give_back(Span::new(0, 0))));
}

/// xorshift64*, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % limit.max(1)
    }
}

/// Every file that is made, with as many pictures as there were, however they come: compositors map at most four times
/// the pictures, or what is needed.
#[test]
fn files_are_few_and_not_much_larger_than_the_pictures() {
    const PICTURE: usize = 1_000_000;
    for need in [PICTURE, PICTURE * 3 / 2, PICTURE * 2] {
        let mut all = Census::default();
        let (mut files, mut room) = (0, 0);
        for _ in 0..40 {
            if room < need {
                let bytes = all.new_file_bytes(need, PICTURE, all.file_bytes);
                assert!(bytes >= need);
                all.file_bytes += bytes;
                room = bytes;
                files += 1;
            }
            room -= need;
            all.picture_bytes += PICTURE;
            assert!(all.file_bytes <= limits::FILE_BYTES_PER_PICTURE_BYTE * all.picture_bytes);
        }
        assert!(files <= 10, "{files} files for pictures that need {need} bytes");
    }
    let none = Census::default();
    assert_eq!(none.new_file_bytes(usize::MAX, usize::MAX, 0), usize::MAX);
}

#[test]
fn a_new_file_has_half_as_much_again_or_half_of_those_like_it_as_far_as_pictures_allow() {
    let none = Census::default();
    assert_eq!(none.new_file_bytes(1001, 1000, 0), 1501);
    assert_eq!(none.new_file_bytes(1001, 1000, 3200), 1600);
    assert_eq!(none.new_file_bytes(1001, 1000, 9000), 4000, "four times the picture");
    let some = Census { file_bytes: 3000, picture_bytes: 500 };
    assert_eq!(some.and(none), some);
    assert_eq!(some.and(some), Census { file_bytes: 6000, picture_bytes: 1000 });
    assert_eq!(some.new_file_bytes(1001, 1000, 9000), 3000, "four times all pictures, less what the files have");
    assert_eq!(some.new_file_bytes(3001, 1000, 9000), 3001, "never less than is needed");
}

#[test]
fn the_file_of_a_large_picture_is_not_for_small_ones() {
    let large = 100 * limits::FILE_BYTES_FREE_OF_RULE;
    assert!(is_right_file(large, large / 3, large / 3));
    assert!(is_right_file(large, large / 3, large / 2), "a larger one may fit in");
    assert!(!is_right_file(large, large / 3, large / 5));
    assert!(is_right_file(limits::FILE_BYTES_FREE_OF_RULE, 1000, 1), "not worth a rule");
}

#[test]
fn what_stays_is_what_sizes_have_missed_lately() {
    let mut reserve = Reserve::new();
    assert_eq!(reserve.kept_bytes(0, true), 0);
    reserve.count_made(1_000_000);
    assert_eq!(reserve.kept_bytes(8_000, true), 8_000 / limits::KEPT_FREE_DIVISOR);
    reserve.count_made(600_000);
    assert!(reserve.kept_bytes(0, true) > 600_000, "a size like the one before may come back, twice");
    assert_eq!(reserve.kept_bytes(0, false), 0, "unless sizes change no more");
    for _ in 0..200 {
        reserve.count_made(600_000);
    }
    assert!(reserve.kept_bytes(0, true) < 60_000, "what was long ago has faded");
    assert_eq!(reserve.kept_bytes(usize::MAX, false), limits::KEPT_FREE_BYTES);
    assert_eq!(reserve.last_bytes(), 600_000);
}

#[test]
#[should_panic(expected = "invariant P1")]
fn a_span_from_elsewhere_is_noticed() {
    let mut places = BestFit::new(4096).unwrap();
    places.take(4096).unwrap();
    places.give_back(Span::new(4000, 97));
}

/// Part of it is free already: before it, or behind it.
#[test]
#[should_panic(expected = "invariant P2")]
fn a_span_that_is_given_back_twice_is_noticed() {
    let mut places = BestFit::new(4096).unwrap();
    let span = places.take(1024).unwrap();
    places.give_back(span);
    places.give_back(span);
}

#[test]
#[should_panic(expected = "invariant P2")]
fn a_span_that_reaches_into_a_free_one_is_noticed() {
    let mut places = BestFit::new(4096).unwrap();
    places.take(1024).unwrap();
    places.give_back(Span::new(512, 513));
}
