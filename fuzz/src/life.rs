//! Long words of a group's life: requests, releases, references, purges, beside what can be said of each buffer with three
//! plain facts, and of each choice by looking at all buffers.

use arbitrary::Arbitrary;
use millpond::life::{Candidate, Choice, Dispensable, Effect, Event, State, dispensable, returned_age};
use millpond::limits;

const SIZES: u8 = 3;
const BUFFERS_MAX: usize = 90;
/// As the library makes them.
const AGE_OF_NEW: u32 = 1234;

/// What happens to a group, one after the other.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// What program it is: of those that copy single frames, or of the older ones.
    pub knows_single_frames: bool,
    /// A large picture, so that few may be held.
    pub is_large: bool,
    /// The letters of the word.
    pub acts: Vec<Act>,
}

/// What happens. Buffers are meant by their place among those that there are.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    /// A buffer is asked for, and drawn.
    Request {
        /// Of three.
        size: u8,
        /// False: it is shown as it came.
        is_drawn: bool,
    },
    /// The compositor gives it back, or says that it does.
    Release {
        /// Which.
        buffer: u8,
    },
    /// All are given back.
    ReleaseAll,
    /// The program keeps it.
    Reference {
        /// Which.
        buffer: u8,
    },
    /// The program lets go of it.
    LetGo {
        /// Which.
        buffer: u8,
    },
    /// The group is purged.
    Purge,
    /// It has been idle for long.
    Expire {
        /// Which.
        buffer: u8,
    },
    /// As where so many are held that one must go.
    GiveUpOldest,
}

/// How far a buffer is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Current,
    Outdated,
    Condemned,
    Gone,
}

struct Buffer {
    size: u8,
    state: State,
    is_held: bool,
    is_referenced: bool,
    way: Way,
    age: u32,
    /// Frames of its size that others have shown since it was drawn; None: it never was.
    behind: Option<u32>,
    handed_out_at: u64,
    ends: u32,
}

struct Group {
    buffers: Vec<Buffer>,
    requests: u64,
    picture_bytes: usize,
    knows_single_frames: bool,
}

/// Plays a script; panics where the library and the model differ.
pub fn play(script: &Script) {
    let picture_bytes = if script.is_large { 30 << 20 } else { 1 << 20 };
    let mut group =
        Group { buffers: Vec::new(), requests: 0, picture_bytes, knows_single_frames: script.knows_single_frames };
    for act in script.acts.iter().take(500) {
        group.act(act);
    }
    group.apply_to_all(Event::Purge);
    group.apply_to_all(Event::Release);
    group.apply_to_all(Event::LetGo);
    assert!(group.buffers.is_empty(), "what is purged and let go of is gone");
}

impl Group {
    fn act(&mut self, act: &Act) {
        match *act {
            Act::Request { size, is_drawn } => self.request(size % SIZES, is_drawn),
            Act::Release { buffer } => self.apply_to_one(buffer, Event::Release),
            Act::ReleaseAll => self.apply_to_all(Event::Release),
            Act::Reference { buffer } => self.apply_to_one(buffer, Event::Reference),
            Act::LetGo { buffer } => self.apply_to_one(buffer, Event::LetGo),
            Act::Purge => self.apply_to_all(Event::Purge),
            Act::Expire { buffer } => self.apply_to_one(buffer, Event::Expire),
            Act::GiveUpOldest => self.give_up_oldest(),
        }
        self.buffers.retain(|buffer| buffer.way != Way::Gone);
    }

    fn apply_to_one(&mut self, number: u8, event: Event) {
        if !self.buffers.is_empty() {
            let index = usize::from(number) % self.buffers.len();
            self.buffers[index].apply(event);
        }
    }

    fn apply_to_all(&mut self, event: Event) {
        self.buffers.iter_mut().for_each(|buffer| buffer.apply(event));
        self.buffers.retain(|buffer| buffer.way != Way::Gone);
    }

    fn candidate(&self, index: usize, size: u8) -> Candidate {
        let Buffer { state, age, handed_out_at, size: own, .. } = self.buffers[index];
        let is_match = own == size && state.is_current();
        Candidate { index, state, is_match, picture_bytes: self.picture_bytes, age, handed_out_at }
    }

    fn choice(&self, size: u8) -> Choice {
        let mut choice = Choice::new();
        (0..self.buffers.len()).for_each(|index| choice.consider(self.candidate(index, size)));
        self.check_counts(&choice);
        choice
    }

    fn check_counts(&self, choice: &Choice) {
        let held = self.buffers.iter().filter(|buffer| buffer.is_held).count();
        let is_beyond_bytes = held * self.picture_bytes > limits::HELD_PER_GROUP_BYTES_MAX;
        let is_too_many =
            held > limits::HELD_PER_GROUP_MAX || (held > limits::HELD_PER_GROUP_OF_ANY_SIZE && is_beyond_bytes);
        assert_eq!((choice.held_count(), choice.has_too_many_held()), (held, is_too_many));
        let last = self.last();
        for index in 0..self.buffers.len() {
            let (buffer, is_last) = (&self.buffers[index], last == Some(index));
            assert_eq!(choice.was_last(index), is_last);
            let expected = match buffer.way {
                _ if !buffer.is_held || buffer.is_referenced => None,
                Way::Condemned => Some(Dispensable::Condemned),
                _ => (!is_last).then_some(Dispensable::Replaced),
            };
            assert_eq!(dispensable(buffer.state, is_last), expected);
        }
    }

    /// The one that was handed out last.
    fn last(&self) -> Option<usize> {
        (0..self.buffers.len()).max_by_key(|index| self.buffers[*index].handed_out_at)
    }

    /// The one that the compositor alone has held longest, unless it was handed out last.
    fn give_up_oldest(&mut self) {
        let held = (0..self.buffers.len()).filter(|index| {
            let buffer = &self.buffers[*index];
            buffer.is_held && !buffer.is_referenced
        });
        let oldest = held.min_by_key(|index| self.buffers[*index].handed_out_at);
        let expected = oldest.filter(|index| self.last() != Some(*index));
        assert_eq!(self.choice(0).oldest_held(), expected);
        if let Some(index) = expected {
            self.buffers[index].apply(Event::Abandon);
            assert_eq!(self.buffers[index].way, Way::Gone);
        }
    }

    fn request(&mut self, size: u8, is_drawn: bool) {
        self.requests += 1;
        self.apply_to_all(Event::NextRequest);
        let (choice, last) = (self.choice(size), self.last());
        let chosen = choice.reuse();
        self.check_chosen(chosen, size);
        let last_match = last.filter(|index| self.candidate(*index, size).is_match);
        assert_eq!(choice.last_match(), last_match);
        for index in 0..self.buffers.len() {
            let candidate = self.candidate(index, size);
            if choice.is_surplus(chosen, &candidate) {
                let is_spare = !candidate.is_match || candidate.age >= limits::REQUESTS_UNTIL_SURPLUS_GOES;
                assert!(is_spare && chosen != Some(index) && (!candidate.is_match || last != Some(index)));
                self.buffers[index].apply(Event::Supersede);
            } else if candidate.is_match && chosen != Some(index) {
                self.buffers[index].age = candidate.age.saturating_add(1);
            }
        }
        self.hand_out(chosen, last, size, is_drawn);
        self.bound(size);
    }

    /// The idle one with the newest pixels.
    fn check_chosen(&self, chosen: Option<usize>, size: u8) {
        let idle = (0..self.buffers.len()).filter(|index| {
            let buffer = &self.buffers[*index];
            buffer.size == size && buffer.way == Way::Current && !buffer.is_held
        });
        let youngest = idle.min_by_key(|index| (self.buffers[*index].age, !self.buffers[*index].handed_out_at));
        assert_eq!(chosen, youngest);
    }

    fn hand_out(&mut self, chosen: Option<usize>, last: Option<usize>, size: u8, is_drawn: bool) {
        let index = chosen.unwrap_or_else(|| {
            self.buffers.push(Buffer::new(size));
            self.buffers.len() - 1
        });
        let (was_last, knows) = (last == Some(index), self.knows_single_frames);
        let buffer = &mut self.buffers[index];
        buffer.apply(Event::HandOut);
        assert!(buffer.is_held && buffer.way == Way::Current);
        let told = returned_age(buffer.age, was_last, knows);
        assert!(knows || told != 1, "a program that gets single frames wrong is told of one");
        if let Some(behind) = buffer.behind {
            assert!(told >= behind, "the buffer is {behind} frames behind, and the program is told {told}");
            assert!(told != 0 || (behind == 0 && (was_last || knows)));
        }
        buffer.handed_out_at = self.requests;
        if is_drawn {
            for other in self.buffers.iter_mut().filter(|other| other.size == size) {
                other.behind = other.behind.map(|frames| frames + 1);
            }
            (self.buffers[index].age, self.buffers[index].behind) = (0, Some(0));
        }
    }

    /// As the library does behind each request.
    fn bound(&mut self, size: u8) {
        while self.choice(size).has_too_many_held() || self.buffers.len() > BUFFERS_MAX {
            let before = self.buffers.len();
            self.give_up_oldest();
            self.buffers.retain(|buffer| buffer.way != Way::Gone);
            if self.buffers.len() == before {
                return;
            }
        }
    }
}

impl Buffer {
    fn new(size: u8) -> Buffer {
        Buffer {
            size,
            state: State::Idle,
            is_held: false,
            is_referenced: false,
            way: Way::Current,
            age: AGE_OF_NEW,
            behind: None,
            handed_out_at: 0,
            ends: 0,
        }
    }

    fn apply(&mut self, event: Event) {
        let before = self.state;
        let (state, effect) = before.after(event);
        let expected = self.expect(event);
        assert_eq!(effect, expected, "{before:?} {event:?}");
        self.state = state;
        self.ends += u32::from(matches!(effect, Effect::Destroy | Effect::Abandon | Effect::Retain));
        assert_eq!(self.ends, u32::from(self.way == Way::Gone), "{before:?} {event:?}");
        assert_eq!(state == State::Gone, self.way == Way::Gone, "{before:?} {event:?}");
        if self.way != Way::Gone {
            assert_eq!((state.is_held(), state.is_referenced()), (self.is_held, self.is_referenced));
            assert_eq!(
                (state.is_current(), state.is_condemned()),
                (self.way == Way::Current, self.way == Way::Condemned)
            );
            assert_eq!(state.is_going(), !state.is_current());
            assert_eq!(state.can_be_handed_out(), self.way == Way::Current && !self.is_held);
        }
    }

    /// The rules, in facts.
    fn expect(&mut self, event: Event) -> Effect {
        let (is_current, is_let_go) = (self.way == Way::Current, !self.is_held && !self.is_referenced);
        let is_allowed = match event {
            _ if self.way == Way::Gone => false,
            Event::HandOut => is_current && !self.is_held,
            Event::Reference => !self.is_referenced && self.way != Way::Condemned,
            Event::LetGo => self.is_referenced,
            Event::Release => self.is_held,
            Event::Abandon => self.is_held && !self.is_referenced,
            Event::Supersede | Event::NextRequest | Event::Purge | Event::Expire => true,
        };
        if !is_allowed {
            return Effect::Stray;
        }
        match event {
            Event::HandOut => self.is_held = true,
            Event::Reference => self.is_referenced = true,
            Event::LetGo => self.is_referenced = false,
            Event::Release => self.is_held = false,
            Event::Supersede if is_current && !self.is_held => self.way = Way::Outdated,
            Event::NextRequest if self.way == Way::Outdated => self.way = Way::Condemned,
            Event::Purge => self.way = Way::Condemned,
            Event::Expire if is_let_go => self.way = Way::Condemned,
            Event::Expire if self.way == Way::Condemned && !self.is_referenced => return self.end(Effect::Abandon),
            Event::Abandon if self.way == Way::Condemned => return self.end(Effect::Abandon),
            Event::Abandon => return self.end(Effect::Retain),
            Event::Supersede | Event::NextRequest | Event::Expire => {}
        }
        if self.way == Way::Condemned && !self.is_held && !self.is_referenced {
            return self.end(Effect::Destroy);
        }
        Effect::None
    }

    fn end(&mut self, effect: Effect) -> Effect {
        self.way = Way::Gone;
        effect
    }
}
