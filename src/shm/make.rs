//! Making a buffer, and what is tried when that fails.

use crate::life::State;
use crate::limits;
use crate::os::{self, page_bytes};
use crate::scroll::{Ring, wanted_ring_bytes};
use crate::units::{Picture, Span};
use crate::wayland::{Listener, ShmGlobal};

use super::account::Account;
use super::arena::Need;
use super::arenas::Range;
use super::buffer::Buffer;
use super::group_counts::GroupName;
use super::kind::Kind;
use super::objects::make_objects;
use super::offsets::Offsets;
use super::told::{Born, ToldBuffer};
use super::{Display, Failure, Handle, Key, Notice, Settings};

impl<H: Handle> Display<H> {
    /// Makes a buffer. What fails is tried again without what is idle, then small and without room to scroll, then
    /// without what the compositor holds and nobody needs.
    pub(super) fn make(
        &mut self,
        shm: ShmGlobal<'_>,
        (kind, group): (Kind, GroupName),
        settings: &Settings,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        let shared_bytes_max = settings.pool_bytes_max.clamp(limits::ARENA_SHARED_BYTES_MIN, limits::SHARED_BYTES_MAX);
        let picture = kind.picture().map_err(Failure::BadSize)?;
        let ring = if kind.wants_scrolling() { ring_for(&picture, settings) } else { None };
        let wish = Wish { kind, group, picture, ring, shared_bytes_max };
        if let Ok(key) = self.make_once(shm, wish, make_handle) {
            self.has_warned_of_plain &= ring.is_none();
            return Ok(key);
        }
        self.let_go_of_idle(kind.group());
        let failure = match self.make_once(shm, wish, make_handle) {
            Ok(key) => return Ok(key),
            Err(failure) => failure,
        };
        let small = Wish { ring: None, shared_bytes_max: 0, ..wish };
        let key = match self.make_once(shm, small, make_handle) {
            Ok(key) => key,
            Err(_) => {
                self.give_up_all_condemned();
                self.make_once(shm, small, make_handle)?
            }
        };
        // Once, not for each size of a window that is dragged.
        if ring.is_some() && !self.has_warned_of_plain {
            self.has_warned_of_plain = true;
            self.notices.push(Notice::PlainInstead { failure });
        }
        Ok(key)
    }

    fn make_once(
        &mut self,
        shm: ShmGlobal<'_>,
        wish: Wish,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        let key = self.buffers.reserve().ok_or(Failure::Memory)?;
        let group_room = self.holdings.groups.reserve(key.index()).ok_or(Failure::Memory)?;
        let handle = make_handle(key).ok_or(Failure::Memory)?;
        let picture_bytes = wish.picture.bytes();
        let need = Need { bytes: wish.bytes(), picture_bytes, shared_bytes_max: wish.shared_bytes_max };
        let range = self.arenas.take(shm, need, &mut self.notices)?;
        let pages_there =
            self.arenas.space(range).touched_bytes(Span::new(range.span().start, picture_bytes)) / page_bytes();
        let offsets = match self.furnish(range, &wish, handle.listener()) {
            Ok(offsets) => offsets,
            Err(failure) => {
                self.arenas.give_back(range, &mut self.notices);
                return Err(failure);
            }
        };
        let group = self.holdings.groups.join(wish.group, handle.face_name(), group_room);
        let account = self.open_account(Account::new(group, key.index(), &wish.picture), range, &wish, pages_there);
        let buffer = Buffer {
            offsets,
            handle,
            kind: wish.kind,
            picture: wish.picture,
            state: State::Held,
            handed_out_at: self.requests,
            range,
            ring: wish.ring,
            scrolled_at_ms: os::milliseconds(),
            // What was written where its ring is now is given back later, if it is not used.
            has_rested: self.arenas.space(range).touched_bytes(range.span()) <= picture_bytes + page_bytes(),
            objects_made_since_request: 0,
            references: 0,
            record: None,
            account,
        };
        buffer.account.told.tell_age(buffer.handle.age());
        self.live_bytes += picture_bytes;
        self.made_at = self.requests;
        self.reserve.count_made(picture_bytes);
        if !buffer.has_rested {
            self.rest_due_at_ms = self.rest_due_at_ms.min(buffer.rests_at_ms());
        }
        self.buffers.insert(key, wish.kind.group(), buffer);
        Ok(key)
    }

    /// A buffer that is made is counted, and told of.
    fn open_account(&mut self, mut account: Account, range: Range, wish: &Wish, pages_there: usize) -> Account {
        self.holdings.change(&mut account, State::Gone, State::Held, range.span().bytes);
        self.holdings.count_made(&account, &wish.picture, pages_there);
        if let Some((name, group)) = self.holdings.groups.told(account.group) {
            let (picture, inode) = (&wish.picture, self.arenas.inode(range));
            let now_ns = self.holdings.groups.held_since_ns(account.place);
            account.told = ToldBuffer::begin(&Born { name, group, picture, range, inode, now_ns });
        }
        account
    }

    /// Zero pixels, and the first objects.
    fn furnish(&mut self, range: Range, wish: &Wish, listener: Listener) -> Result<Offsets, Failure> {
        let view = Span::new(range.span().start, wish.picture.bytes());
        let space = self.arenas.space_mut(range);
        if view.bytes >= limits::HUGE_PAGES_WORTH_BYTES {
            space.ask_for_huge_pages(range.span());
        }
        space.renew(view)?;
        let objects = make_objects(&self.arenas, range, 0, &wish.picture, wish.kind.image_count(), listener)?;
        Offsets::new(objects, wish.kind.image_count()).ok_or(Failure::Memory)
    }
}

/// What is to be made.
#[derive(Clone, Copy, Debug)]
struct Wish {
    kind: Kind,
    group: GroupName,
    picture: Picture,
    ring: Option<Ring>,
    shared_bytes_max: usize,
}

impl Wish {
    fn bytes(&self) -> usize {
        match self.ring {
            Some(ring) => ring.capacity() * self.picture.row_bytes(),
            None => self.picture.bytes(),
        }
    }
}

/// The ring for a picture, if one is allowed and worth having.
fn ring_for(picture: &Picture, settings: &Settings) -> Option<Ring> {
    let bytes = wanted_ring_bytes(picture.bytes()).min(settings.pool_bytes_max).min(limits::SHARED_BYTES_MAX);
    Ring::new(picture.rows(), bytes / picture.row_bytes())
}
