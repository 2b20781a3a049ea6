//! The life of buffers: the whole state machine, and all words of events over a group of them.

use millpond::life::{Candidate, Choice, Dispensable, Effect, Event, State, dispensable, returned_age};
use millpond::limits::REQUESTS_UNTIL_SURPLUS_GOES;

const STATES: [State; 10] = [
    State::Idle,
    State::Held,
    State::Referenced,
    State::HeldReferenced,
    State::IdleOutdated,
    State::ReferencedOutdated,
    State::HeldCondemned,
    State::ReferencedCondemned,
    State::HeldReferencedCondemned,
    State::Gone,
];
const EVENTS: [Event; 9] = [
    Event::HandOut,
    Event::Reference,
    Event::LetGo,
    Event::Supersede,
    Event::NextRequest,
    Event::Release,
    Event::Purge,
    Event::Expire,
    Event::Abandon,
];

fn is_held_by_anybody(state: State) -> bool {
    state.is_held() || state.is_referenced()
}

/// Whoever reads what is counted says of each buffer just one of these; and lost are those that only the program's
/// references keep.
#[test]
fn each_buffer_is_held_or_cached_or_lost_until_it_is_gone() {
    for state in STATES {
        let claims = [state.is_held(), state.is_cached(), state.is_lost(), state == State::Gone];
        assert_eq!(claims.iter().filter(|holds| **holds).count(), 1, "{state:?}: {claims:?}");
        let (_, of_letting_go) = state.after(Event::LetGo);
        let is_handed_out_again = state.can_be_handed_out();
        let goes_by_itself = state.after(Event::NextRequest).1 == Effect::Destroy;
        if state.is_lost() {
            assert!(state.is_referenced() && !is_handed_out_again && !goes_by_itself, "{state:?}");
            assert!(of_letting_go == Effect::Destroy || state.after(Event::LetGo).0 == State::IdleOutdated);
        }
        if state.is_cached() {
            assert!(is_handed_out_again || goes_by_itself, "{state:?}");
        }
    }
}

#[test]
fn a_held_buffer_is_never_destroyed_and_an_idle_one_never_abandoned() {
    for state in STATES {
        for event in EVENTS {
            let (next, effect) = state.after(event);
            match effect {
                Effect::Destroy => {
                    assert_eq!(next, State::Gone);
                    let is_last_to_let_go = match event {
                        Event::Release => state.is_held() && !state.is_referenced(),
                        Event::LetGo => state.is_referenced() && !state.is_held(),
                        _ => !is_held_by_anybody(state),
                    };
                    assert!(is_last_to_let_go, "{state:?} {event:?}");
                }
                Effect::Abandon => assert!(state == State::HeldCondemned && next == State::Gone),
                Effect::Retain => assert!(state == State::Held && next == State::Gone),
                Effect::Stray => assert_eq!(next, state),
                Effect::None => assert!(next != State::Gone),
            }
            if state == State::Gone {
                assert_eq!((next, effect), (State::Gone, Effect::Stray));
            }
        }
    }
}

#[test]
fn every_buffer_can_be_destroyed_from_every_state() {
    for state in STATES {
        for ends in [[Event::Release, Event::LetGo], [Event::LetGo, Event::Release]] {
            let (purged, _) = state.after(Event::Purge);
            let last = ends.into_iter().fold(purged, |state, event| state.after(event).0);
            assert_eq!(last, State::Gone, "purge and {ends:?} end a buffer that was {state:?}");
        }
    }
}

/// What a state is made of: held, referenced, and how far it is on its way. No two states are made of the same.
fn parts(state: State) -> (bool, bool, u32) {
    let way = match state {
        State::Gone => 3,
        _ if state.is_condemned() => 2,
        _ => u32::from(!state.is_current()),
    };
    (state.is_held(), state.is_referenced(), way)
}

#[test]
fn each_holder_lets_go_of_its_own() {
    for state in STATES {
        assert_eq!(STATES.iter().filter(|other| parts(**other) == parts(state)).count(), 1, "{state:?}");
        assert_eq!(state.is_going(), !state.is_current());
        assert_eq!(state.can_be_handed_out(), state.is_current() && !state.is_held());
        for event in EVENTS {
            let (next, effect) = state.after(event);
            if next == State::Gone {
                continue;
            }
            let ((held, referenced, way), (held_before, referenced_before, way_before)) = (parts(next), parts(state));
            let is_stray = effect == Effect::Stray;
            assert_eq!(held, (held_before || event == Event::HandOut && !is_stray) && event != Event::Release);
            assert_eq!(
                referenced,
                (referenced_before || event == Event::Reference && !is_stray) && event != Event::LetGo
            );
            assert!(way >= way_before, "nothing comes back: {state:?} {event:?}");
            assert!(
                way == way_before
                    || !matches!(event, Event::HandOut | Event::Reference | Event::LetGo | Event::Release)
            );
        }
        // It is the same in which order they let go.
        let (by_one, one) = state.after(Event::Release);
        let (by_other, other) = state.after(Event::LetGo);
        let (last, effect) = by_one.after(Event::LetGo);
        let (other_last, other_effect) = by_other.after(Event::Release);
        assert_eq!(last, other_last, "{state:?}");
        let is_destroyed = |effects: [Effect; 2]| effects.contains(&Effect::Destroy);
        assert_eq!(is_destroyed([one, effect]), is_destroyed([other, other_effect]), "{state:?}");
    }
}

/// One buffer, every word of 7 events: both hold it and let go, in any order, and it ends once.
#[test]
fn all_words_of_both_holders() {
    let mut words = 0;
    for word in 0..EVENTS.len().pow(7) {
        let (mut state, mut ends, mut rest) = (State::Held, 0, word);
        let (mut is_held, mut is_referenced) = (true, false);
        for _ in 0..7 {
            let event = EVENTS[rest % EVENTS.len()];
            rest /= EVENTS.len();
            let (next, effect) = state.after(event);
            match (event, effect) {
                (_, Effect::Stray) => {}
                (Event::HandOut, _) => {
                    assert!(!is_held, "what the compositor may read is not drawn");
                    is_held = true;
                }
                (Event::Release, _) => is_held = false,
                (Event::Reference, _) => is_referenced = true,
                (Event::LetGo, _) => is_referenced = false,
                _ => {}
            }
            match effect {
                Effect::Destroy => assert!(!is_held && !is_referenced),
                Effect::Abandon | Effect::Retain => assert!(is_held && !is_referenced),
                _ => {
                    assert!(state == State::Gone || (is_held, is_referenced) == (next.is_held(), next.is_referenced()))
                }
            }
            ends += u32::from(matches!(effect, Effect::Destroy | Effect::Abandon | Effect::Retain));
            state = next;
        }
        assert_eq!(ends, u32::from(state == State::Gone));
        words += 1;
    }
    println!("{words} words of two holders checked");
}

#[test]
fn releases_that_make_no_sense_change_nothing() {
    for state in STATES {
        if !state.is_held() {
            assert_eq!(state.after(Event::Release), (state, Effect::Stray));
        }
        if !state.is_referenced() {
            assert_eq!(state.after(Event::LetGo), (state, Effect::Stray));
        }
    }
}

#[test]
fn age_one_is_never_told() {
    for age in 0..10_000 {
        assert!(returned_age(age, false, false) == age.max(2));
        assert!(returned_age(age, true, false) == if age == 1 { 2 } else { age });
        assert!([false, true].iter().all(|was_last| returned_age(age, *was_last, true) == age));
    }
}

/// A buffer of the model.
#[derive(Clone, Copy)]
struct Buffer {
    size: u8,
    state: State,
    age: u32,
    handed_out_at: u64,
    /// Times it was taken out of the world. Must end at 1 at the most.
    ends: u32,
}

/// A group as `shm` drives it, without pixels.
#[derive(Clone, Default)]
struct Group {
    buffers: Vec<Buffer>,
    requests: u64,
}

impl Group {
    fn apply(&mut self, index: usize, event: Event) {
        let buffer = &mut self.buffers[index];
        let (state, effect) = buffer.state.after(event);
        buffer.state = state;
        buffer.ends += u32::from(matches!(effect, Effect::Destroy | Effect::Abandon | Effect::Retain));
    }

    fn apply_to_all(&mut self, event: Event) {
        for index in 0..self.buffers.len() {
            self.apply(index, event);
        }
    }

    fn candidate(&self, index: usize, size: u8) -> Candidate {
        let Buffer { state, age, handed_out_at, size: own, .. } = self.buffers[index];
        let is_match = own == size && state.is_current();
        Candidate { index, state, is_match, picture_bytes: 1, age, handed_out_at }
    }

    fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.buffers.len()).filter(|index| self.buffers[*index].state != State::Gone)
    }

    fn request(&mut self, size: u8) {
        self.requests += 1;
        let last = self.live().max_by_key(|index| self.buffers[*index].handed_out_at);
        self.apply_to_all(Event::NextRequest);
        let mut choice = Choice::new();
        for index in self.live() {
            choice.consider(self.candidate(index, size));
        }
        let chosen = choice.reuse();
        self.check_choice(chosen, size);
        for index in self.live().collect::<Vec<_>>() {
            let candidate = self.candidate(index, size);
            if choice.is_surplus(chosen, &candidate) {
                self.apply(index, Event::Supersede);
            } else if candidate.is_match && Some(index) != chosen {
                self.buffers[index].age += 1;
            }
        }
        let index = chosen.unwrap_or_else(|| {
            self.buffers.push(Buffer { size, state: State::Idle, age: 1234, handed_out_at: 0, ends: 0 });
            self.buffers.len() - 1
        });
        self.apply(index, Event::HandOut);
        self.buffers[index].handed_out_at = self.requests;
        self.check_after(index, last, size);
        // The program draws.
        self.buffers[index].age = 0;
    }

    fn check_choice(&self, chosen: Option<usize>, size: u8) {
        let idle = |index: &usize| self.buffers[*index].state.can_be_handed_out() && self.buffers[*index].size == size;
        let youngest = self.live().filter(idle).map(|index| self.buffers[index].age).min();
        assert_eq!(chosen.map(|index| self.buffers[index].age), youngest, "the newest idle pixels are handed out");
    }

    /// What every request leaves behind.
    fn check_after(&self, returned: usize, last: Option<usize>, size: u8) {
        assert!(matches!(self.buffers[returned].state, State::Held | State::HeldReferenced));
        if let Some(last) = last.filter(|last| self.buffers[*last].size == size) {
            // Two-phase: it may be on its way, but its pixels are there until the next request.
            let purged_before = self.buffers[last].state == State::Gone;
            assert!(!purged_before || self.buffers[last].ends == 1);
        }
        let surplus = self.live().filter(|index| {
            let buffer = &self.buffers[*index];
            let is_wanted_soon = buffer.size == size && buffer.age <= REQUESTS_UNTIL_SURPLUS_GOES;
            buffer.state.can_be_handed_out() && Some(*index) != last && *index != returned && !is_wanted_soon
        });
        assert_eq!(surplus.count(), 0, "no idle buffer of another size stays but the last one handed out");
    }
}

/// Every word of length 7 over the first 8 letters, and of length 6 over all 10: requests of two sizes, releases of the
/// oldest, newest and all, purge, abandoning, expiry; references to the newest, and letting go of the oldest. Ends with a
/// purge, releases and the last references: then everything must be gone, once.
#[test]
fn all_words_of_events() {
    println!("{} words of events checked", check_all_words(8, 7) + check_all_words(10, 6));
}

fn check_all_words(letters: usize, length: u32) -> usize {
    let words = letters.pow(length);
    for word in 0..words {
        let mut group = Group::default();
        let mut rest = word;
        for _ in 0..length {
            play(&mut group, rest % letters);
            rest /= letters;
        }
        group.apply_to_all(Event::Purge);
        group.apply_to_all(Event::Release);
        group.apply_to_all(Event::LetGo);
        for buffer in &group.buffers {
            assert_eq!((buffer.state, buffer.ends), (State::Gone, 1));
        }
    }
    words
}

fn play(group: &mut Group, letter: usize) {
    let held: Vec<usize> = group.live().filter(|index| group.buffers[*index].state.is_held()).collect();
    let referenced = group.live().find(|index| group.buffers[*index].state.is_referenced());
    match letter {
        0 => group.request(0),
        1 => group.request(1),
        2 => held.first().into_iter().for_each(|index| group.apply(*index, Event::Release)),
        3 => held.last().into_iter().for_each(|index| group.apply(*index, Event::Release)),
        4 => group.apply_to_all(Event::Release),
        5 => group.apply_to_all(Event::Purge),
        6 => held.first().into_iter().for_each(|index| group.apply(*index, Event::Abandon)),
        7 => group.apply_to_all(Event::Expire),
        8 => group.live().last().into_iter().for_each(|index| group.apply(index, Event::Reference)),
        _ => referenced.into_iter().for_each(|index| group.apply(index, Event::LetGo)),
    }
}

/// Two are idle together; from then on only one is needed.
#[test]
fn a_second_idle_buffer_stays_for_some_requests() {
    let mut group = Group::default();
    group.request(0);
    group.request(0);
    let mut requests = 0;
    while group.live().count() == 2 {
        group.apply_to_all(Event::Release);
        group.request(0);
        requests += 1;
    }
    // It is superseded by one request, and goes with the next.
    assert_eq!(requests, REQUESTS_UNTIL_SURPLUS_GOES + 1);
}

/// A compositor that releases late never has a buffer given up that was handed out last.
#[test]
fn the_last_one_handed_out_is_never_given_up() {
    for held in 1..10_u64 {
        let mut choice = Choice::new();
        for number in 0..held {
            let candidate = Candidate {
                index: usize::try_from(number).unwrap(),
                state: State::Held,
                is_match: true,
                picture_bytes: 1,
                age: 0,
                handed_out_at: number + 1,
            };
            choice.consider(candidate);
        }
        assert_eq!(choice.oldest_held(), (held > 1).then_some(0));
        assert_eq!(choice.held_count(), usize::try_from(held).unwrap());
    }
}

/// What the program has a reference to is not given up, however long the compositor holds it.
#[test]
fn what_the_program_holds_is_not_given_up() {
    let mut choice = Choice::new();
    let states = [State::HeldReferenced, State::HeldReferencedCondemned, State::Held, State::Held];
    for (index, state) in states.into_iter().enumerate() {
        let handed_out_at = u64::try_from(index).unwrap() + 1;
        choice.consider(Candidate { index, state, is_match: true, picture_bytes: 1, age: 0, handed_out_at });
    }
    assert_eq!((choice.held_count(), choice.oldest_held()), (4, Some(2)));
}

/// What was purged, or has a newer one of its group; never the newest, however long it is held.
#[test]
fn what_is_gone_does_not_count() {
    let mut choice = Choice::new();
    let gone = Candidate { index: 0, state: State::Gone, is_match: true, picture_bytes: 1, age: 0, handed_out_at: 7 };
    choice.consider(gone);
    assert_eq!((choice.reuse(), choice.last_match(), choice.held_count()), (None, None, 0));
}

#[test]
fn what_may_be_given_up() {
    for was_last in [true, false] {
        for state in STATES {
            if !state.is_held() || state.is_referenced() {
                assert_eq!(
                    dispensable(state, was_last),
                    None,
                    "the compositor does not hold it, or the program does too"
                );
            }
        }
        assert_eq!(dispensable(State::HeldCondemned, was_last), Some(Dispensable::Condemned));
    }
    assert_eq!(dispensable(State::Held, true), None);
    assert_eq!(dispensable(State::Held, false), Some(Dispensable::Replaced));
}

/// Three buffers of a group, of every kind that matters, in every order: what is said of them does not hang on the order in
/// which they are looked at.
#[test]
fn a_choice_is_the_same_in_any_order() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut kinds = Vec::new();
    for state in [State::Idle, State::Held, State::HeldReferenced] {
        for age in [0, 1, REQUESTS_UNTIL_SURPLUS_GOES] {
            kinds.extend([true, false].map(|is_match| (state, age, is_match)));
        }
    }
    for order in orders {
        for number in 0..kinds.len().pow(3) {
            let mut left = number;
            let candidates = [0, 1, 2].map(|index| {
                let (state, age, is_match) = kinds[left % kinds.len()];
                left /= kinds.len();
                Candidate { index, state, is_match, picture_bytes: 1, age, handed_out_at: order[index] }
            });
            check_choice_of(&candidates);
        }
    }
}

fn check_choice_of(candidates: &[Candidate]) {
    let mut choice = Choice::new();
    candidates.iter().for_each(|candidate| choice.consider(*candidate));
    let mut by_time = candidates.to_vec();
    by_time.sort_by_key(|candidate| candidate.handed_out_at);
    let last = *by_time.last().unwrap();
    assert!(candidates.iter().all(|candidate| choice.was_last(candidate.index) == (candidate.index == last.index)));
    assert_eq!(choice.last_match(), last.is_match.then_some(last.index));
    let oldest = by_time.iter().find(|candidate| candidate.state == State::Held);
    assert_eq!(choice.oldest_held(), oldest.map(|oldest| oldest.index).filter(|index| *index != last.index));
    // Of equally new pixels those that were handed out last.
    let mut idle: Vec<_> = by_time.iter().rev().filter(|it| it.state == State::Idle && it.is_match).collect();
    idle.sort_by_key(|candidate| candidate.age);
    let chosen = idle.first().map(|candidate| candidate.index);
    assert_eq!(choice.reuse(), chosen);
    for other in candidates {
        let is_needed = Some(other.index) == chosen
            || (other.is_match && (other.index == last.index || other.age < REQUESTS_UNTIL_SURPLUS_GOES));
        assert_eq!(choice.is_surplus(chosen, other), other.state == State::Idle && !is_needed, "{other:?}");
    }
}

/// How many of `picture_bytes` bytes are held where one more is one too many.
fn held_until_too_many(picture_bytes: usize) -> usize {
    let mut choice = Choice::new();
    while !choice.has_too_many_held() {
        let index = choice.held_count();
        let handed_out_at = u64::try_from(index).unwrap();
        choice.consider(Candidate { index, state: State::Held, is_match: true, picture_bytes, age: 0, handed_out_at });
    }
    choice.held_count() - 1
}

#[test]
fn many_small_pictures_may_be_held_and_six_of_any_size() {
    const MIB: usize = 1024 * 1024;
    assert_eq!(held_until_too_many(1), 64);
    assert_eq!(held_until_too_many(MIB), 64);
    assert_eq!(held_until_too_many(8 * MIB), 8);
    assert_eq!(held_until_too_many(32 * MIB), 6);
    assert_eq!(held_until_too_many(usize::MAX), 6);
}
