//! The state machines with scripts at random, and with shrinking: a failure is told with the shortest script that
//! `proptest` finds. With any Rust; the targets search further.

use millpond_fuzz::pool::operations;
use millpond_fuzz::pool::{Placing, Quantum, Setup, Size};
use millpond_fuzz::{catching_up, life, scroll};
use proptest::collection::vec;
use proptest::prelude::*;

fn kept() -> impl Strategy<Value = [u8; 4]> {
    let few = || prop_oneof![3 => Just(0_u8), 2 => 0..6_u8];
    [few(), few(), few(), few()]
}

fn rows() -> impl Strategy<Value = i8> {
    prop_oneof![4 => -4..=4_i8, 1 => any::<i8>()]
}

fn scroll_script() -> impl Strategy<Value = scroll::Script> {
    let act = prop_oneof![
        6 => (rows(), kept(), any::<bool>()).prop_map(|(rows, kept, may_move)| scroll::Act::Scroll { rows, kept, may_move }),
        1 => (any::<i32>(), any::<[i32; 4]>()).prop_map(|(rows, kept)| scroll::Act::ScrollAnyhow { rows, kept }),
        2 => any::<u8>().prop_map(|row| scroll::Act::Draw { row }),
        1 => any::<bool>().prop_map(|is_shared| scroll::Act::Share { is_shared }),
        2 => (rows(), 0..8_u8).prop_map(|(shift, next_rows)| scroll::Act::Follow { shift, next_rows }),
    ];
    (2..60_u8, 0..130_u16, vec(act, 0..80)).prop_map(|(view, spare, acts)| scroll::Script { view, spare, acts })
}

fn life_script() -> impl Strategy<Value = life::Script> {
    let act = prop_oneof![
        6 => (0..3_u8, any::<bool>()).prop_map(|(size, is_drawn)| life::Act::Request { size, is_drawn }),
        4 => (0..8_u8).prop_map(|buffer| life::Act::Release { buffer }),
        1 => Just(life::Act::ReleaseAll),
        2 => (0..8_u8).prop_map(|buffer| life::Act::Reference { buffer }),
        2 => (0..8_u8).prop_map(|buffer| life::Act::LetGo { buffer }),
        1 => Just(life::Act::Purge),
        1 => (0..8_u8).prop_map(|buffer| life::Act::Expire { buffer }),
        1 => Just(life::Act::GiveUpOldest),
    ];
    (any::<bool>(), any::<bool>(), vec(act, 0..120)).prop_map(|(knows_single_frames, is_large, acts)| life::Script {
        knows_single_frames,
        is_large,
        acts,
    })
}

fn catching_up_script() -> impl Strategy<Value = catching_up::Script> {
    let act = prop_oneof![
        4 => any::<[u8; 4]>().prop_map(|place| catching_up::Act::Draw { place }),
        1 => any::<u8>().prop_map(|first| catching_up::Act::Crowd { first }),
        4 => (rows(), kept()).prop_map(|(rows, kept)| catching_up::Act::Scroll { rows, kept }),
        1 => (rows(), kept()).prop_map(|(rows, kept)| catching_up::Act::MoveByHand { rows, kept }),
        1 => any::<u8>().prop_map(|pixel| catching_up::Act::DrawUnrecorded { pixel }),
    ];
    let released = prop_oneof![2 => Just(None), 1 => (0..4_u8).prop_map(Some)];
    let frame = (released, vec(act, 0..8)).prop_map(|(released, acts)| catching_up::Frame { released, acts });
    let policy = prop_oneof![
        Just(catching_up::Policy::AtOnce),
        Just(catching_up::Policy::OnReplace),
        (0..4_u8).prop_map(catching_up::Policy::Late),
        Just(catching_up::Policy::OutOfOrder),
        Just(catching_up::Policy::ByHand),
    ];
    (0..12_u8, 0..40_u8, 0..80_u8, policy, vec(frame, 0..30))
        .prop_map(|(width, rows, spare, policy, frames)| catching_up::Script { width, rows, spare, policy, frames })
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![
        6 => any::<u8>().prop_map(Size::Small),
        4 => any::<u16>().prop_map(Size::Middle),
        1 => any::<u32>().prop_map(Size::Large),
        1 => any::<u8>().prop_map(Size::Absurd),
    ]
}

fn setup() -> impl Strategy<Value = Setup> {
    let quantum = prop_oneof![(0..8_u8).prop_map(Quantum::Power), any::<u16>().prop_map(Quantum::Any)];
    let flags = (any::<[u8; 16]>(), prop::option::of(any::<[u8; 16]>()), any::<[bool; 4]>());
    (flags, quantum, any::<u8>(), any::<u16>(), any::<u8>()).prop_map(
        |((places, nested, [is_merging, has_move, has_free, has_lock]), quantum, minblock, minarena, flags)| Setup {
            places,
            nested,
            is_merging,
            has_move,
            has_free,
            has_lock,
            quantum,
            minblock,
            minarena,
            flags,
        },
    )
}

fn pool_script() -> impl Strategy<Value = operations::Script> {
    use operations::Act;
    let placing = (any::<u16>(), any::<i8>(), any::<u8>());
    let placing = placing.prop_map(|(align, offset, span)| Placing { align, offset, span });
    let act = prop_oneof![
        8 => size().prop_map(Act::Alloc),
        2 => (size(), placing).prop_map(|(size, placing)| Act::AllocAligned(size, placing)),
        2 => size().prop_map(Act::AllocZeroed),
        6 => any::<u16>().prop_map(Act::Free),
        4 => (any::<u16>(), size()).prop_map(|(number, size)| Act::Resize(number, size)),
        1 => any::<u16>().prop_map(Act::Usable),
        1 => Just(Act::Compact),
        1 => size().prop_map(Act::Trim),
        1 => Just(Act::Reset),
        1 => Just(Act::Count),
        1 => any::<u8>().prop_map(Act::LimitPages),
    ];
    (setup(), vec(act, 0..60)).prop_map(|(setup, acts)| operations::Script { setup, acts })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rings_show_what_rows_that_are_moved_do(script in scroll_script()) {
        scroll::play(&script);
    }

    #[test]
    fn groups_live_as_the_facts_say(script in life_script()) {
        life::play(&script);
    }

    #[test]
    fn buffers_in_turn_show_what_a_full_redraw_does(script in catching_up_script()) {
        catching_up::play(&script);
    }
}

proptest! {
    // A pool has callbacks, so the only test of this file that uses one.
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pools_do_what_a_program_may_expect(script in pool_script()) {
        operations::play(&script);
    }
}
