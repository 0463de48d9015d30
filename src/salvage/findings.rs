//! Decides what of the things that were read is a part of a session, and keeps that.

use super::answer::{DamageKind, Document, MOST, MOST_DOCUMENTS, Region, Salvaged};
use super::gaps::Gaps;
use super::layout::{Layout, Space, is_damage};
use super::outline::{Kind, Outer, Run, Tally};
use super::pairs;
use super::search::{Array, Found};

/// So many messages in a row are hardly ever nested in another one.
const LIKELY: u64 = 12;

/// Where the grammar goes no further.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub at: u64,
    /// The byte that is there, if the file goes on.
    pub next: Option<u8>,
    /// Whether all brackets are closed.
    pub is_over: bool,
    /// Whether they are, and what follows cannot be around them.
    pub is_outermost: bool,
}

/// Whether what seems to be in `outer` is a session behind one that was cut off. Where a value is
/// expected in a file without lines, only one that is whole and has as many messages as it says is.
fn is_behind_cut(run: &Run, outer: &Outer, end: &End) -> bool {
    let is_whole = end.is_over && end.next.is_none() && run.has_all();
    run.is_at_top || run.kind == Kind::Session && (outer.is_element || is_whole)
}

/// What is kept, and what is known from it.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default)]
pub struct Findings {
    pub gaps: Gaps,
    /// The white space around messages.
    pub layout: Option<Layout>,
    /// Whether that is the white space of a session that was read from its beginning.
    is_trusted: bool,
    /// The white space in front of the keys of the last document.
    top: Option<Space>,
    /// Whether its messages have begun.
    has_begun: bool,
    documents: Vec<Document>,
    /// Whether the last document may go on.
    is_open: bool,
    /// Whether its messages have ended.
    is_closed: bool,
    /// Whether a key followed on them that does so in the application's files.
    is_followed: bool,
    /// Its messages.
    known: Tally,
    /// How many regions there are.
    regions: usize,
    is_cut: bool,
}

impl Findings {
    /// Nothing was given up so far.
    pub const fn is_sound(&self) -> bool {
        self.documents.is_empty() && !self.gaps.is_open()
    }

    /// Whether a session has ended, and nothing has begun.
    pub const fn is_behind_session(&self) -> bool {
        !self.documents.is_empty() && !self.is_open
    }

    /// Whether the white space alone tells a message from what is nested in one.
    pub fn has_trusted_lines(&self) -> bool {
        self.is_trusted && self.layout.is_some_and(|layout| layout.has_lines())
    }

    /// The layout of the messages that are read, in a session from its beginning.
    pub const fn trust(&mut self, layout: Layout) {
        self.layout = Some(layout);
        self.is_trusted = true;
    }

    /// The white space in front of the keys of the session that is read, if that tells them from
    /// others.
    pub fn top(&self) -> Option<Space> {
        self.top.filter(|top| self.is_open && top.has_line())
    }

    /// What may be read from here on, if what was found is of interest.
    pub fn run(&self, found: &Found) -> Option<Run> {
        match *found {
            Found::Object { layout, .. } if layout.outer.is_too_long => None,
            Found::Array { outer, .. } if outer.is_too_long => None,
            Found::Object { at, before, layout } => self.object(at, before, layout),
            Found::Key { at } => Some(self.key(at)),
            Found::Array {
                array,
                before,
                outer,
            } => self.array(array, before, outer),
        }
    }

    fn object(&self, at: u64, before: Option<u8>, layout: Layout) -> Option<Run> {
        let outer = layout.outer;
        let is_inside = matches!(before, Some(b',' | b'[' | b':'));
        let begins_line = outer.is_empty() || outer.ends_line() || before == Some(b'}');
        let is_at_top = layout.inner.has_line() && self.top == Some(layout.inner);
        // The keys of a nested object are indented further than those of the session.
        let is_nested = self.is_open
            && self.has_trusted_lines()
            && layout.inner.has_line()
            && self.top.is_some_and(|top| top != layout.inner);
        let may_be_session = !is_nested && (!is_inside && begins_line || is_at_top);
        let may_be_message = match &self.layout {
            Some(known) => known.allows(&layout, before),
            None => before != Some(b':'),
        };
        (may_be_session || may_be_message).then(|| Run {
            start: at,
            may_be_session,
            may_be_message,
            is_trusted: self.has_trusted_lines(),
            layout: self.layout.filter(|_| may_be_message).or(Some(layout)),
            has_lines: layout.inner.has_line(),
            top: Some(layout.inner),
            ..Run::default()
        })
    }

    /// The session goes on at this key.
    fn key(&self, at: u64) -> Run {
        Run {
            kind: Kind::Session,
            start: at,
            is_resumed: true,
            is_closed: self.has_begun,
            top: self.top,
            ..Run::default()
        }
    }

    fn array(&self, array: Array, before: Option<u8>, outer: Space) -> Option<Run> {
        let lines = self.layout.filter(Layout::has_lines);
        let may_be = match lines.and_then(|layout| layout.top()) {
            Some(top) => outer == top,
            None => matches!(before, Some(b',' | b'{') | None) || before.is_some_and(is_damage),
        };
        may_be.then(|| Run {
            kind: Kind::Array,
            is_trusted: self.has_trusted_lines(),
            is_named: array == Array::Messages,
            array: Some(array),
            layout: self.layout,
            is_closed: array == Array::Other,
            is_context: array == Array::Other,
            ..Run::default()
        })
    }

    /// Keeps what was read if it is of a session.
    pub fn keep(&mut self, mut run: Run, end: &End) {
        if let Some(outer) = run.outer.take() {
            let stands = is_behind_cut(&run, &outer, end);
            self.keep_cut(*outer.run, run.start, end, stands);
            if !stands {
                return;
            }
        }
        self.is_closed |= run.is_context;
        if run.is_resumed {
            self.resume(run, end);
        } else if self.is_session(&run, end) {
            self.keep_session(run, end);
        } else if self.are_messages(&run, end) {
            self.keep_messages(run, end);
        } else if !self.gaps.is_open() {
            self.gaps.begin(0, DamageKind::NoBeginning, end.next);
        }
    }

    /// Keeps what was read before what may be another session, which begins at `start`.
    fn keep_cut(&mut self, mut run: Run, start: u64, end: &End, is_cut: bool) {
        run.pairs().end(start, false);
        let cut = End {
            at: start,
            next: end.next.filter(|_| !is_cut),
            is_over: false,
            is_outermost: false,
        };
        self.keep(run, &cut);
    }

    /// Whether it is a session from its beginning on.
    fn is_session(&self, run: &Run, end: &End) -> bool {
        let is_first = self.is_sound() && !run.head.places.is_empty();
        match run.kind {
            Kind::Session => !run.is_doubtful || end.is_outermost,
            Kind::Object => {
                let is_session = run.has_id || is_first && (!end.is_over || end.is_outermost);
                run.may_be_session && !run.own.has_role() && is_session
            }
            Kind::Array => false,
        }
    }

    /// Whether what was found behind a fault are messages: in the messages' array, and not nested
    /// in one of them.
    fn are_messages(&self, run: &Run, end: &End) -> bool {
        let is_elsewhere = self.is_closed && !run.is_named || run.kind == Kind::Session;
        let is_at_other_depth = self.has_trusted_lines() && run.layout != self.layout;
        let is_any = !run.found.is_empty() && !is_elsewhere && !is_at_other_depth;
        is_any && self.are_stored(run) && self.are_outermost(run, end)
    }

    /// Whether they are the messages, and no others that the session holds, as `context_messages`.
    fn are_stored(&self, run: &Run) -> bool {
        let is_marked = run.tally.marked > 0 && self.has_room(run) && !self.must_be_followed(run);
        is_marked || self.are_surely_stored(run)
    }

    /// Whether they are, whatever other arrays hold.
    fn are_surely_stored(&self, run: &Run) -> bool {
        let has_none = self.known.marked == 0 && self.known.unmarked > 0;
        let is_only_array = has_none && !self.has_count() || self.must_go_on(run);
        let is_only_array = is_only_array || self.had_messages_last();
        run.is_named || run.is_followed || is_only_array
    }

    /// Whether the session does not say that it has fewer messages.
    fn has_room(&self, run: &Run) -> bool {
        let last = self.documents.last().filter(|_| self.is_open);
        let count = last.and_then(|document| Some((document, document.message_count.as_ref()?)));
        count.is_none_or(|(document, count)| {
            u64::from(document.messages()) + run.tally.total() <= count.value
        })
    }

    /// Whether they are of an older save of the session before them, and should end as its messages
    /// did.
    const fn must_be_followed(&self, run: &Run) -> bool {
        self.is_followed && !self.is_open && run.is_closed
    }

    /// Whether they are not nested in a message.
    fn are_outermost(&self, run: &Run, end: &End) -> bool {
        if run.is_trusted {
            return true;
        }
        if run.has_lines {
            return run.layout.is_some_and(|layout| layout.is_second_level());
        }
        let has_none = self.known == Tally::default() && !self.has_begun;
        let is_awaited = self.is_open && has_none;
        let is_likely = run.tally.total() >= LIKELY;
        let is_whole = run.is_followed || matches!(end.next, None | Some(b'{'));
        let are_closed = run.kind == Kind::Array && end.is_outermost && is_whole;
        are_closed || is_likely || run.is_named && is_awaited
    }

    /// Whether the session before them ended with its messages, so that an older save of it did too.
    fn had_messages_last(&self) -> bool {
        let last = self.documents.last().filter(|_| !self.is_open);
        last.is_some_and(|document| document.tail.is_empty() && document.messages() > 0)
    }

    /// Whether the session says how many messages it holds, as the application's do. Those have
    /// more keys behind their messages.
    fn has_count(&self) -> bool {
        let last = self.documents.last();
        last.is_some_and(|document| document.message_count.is_some())
    }

    /// Whether more messages are missing than there is room for in what was not read before.
    fn must_go_on(&self, run: &Run) -> bool {
        let last = self.documents.last().filter(|_| self.is_open);
        let layout = self.layout.or(run.layout);
        let (Some(document), Some(layout)) = (last, layout) else {
            return false;
        };
        let Some(count) = &document.message_count else {
            return false;
        };
        let start = run.found.first().map_or(0, |region| region.start);
        let head = document.head.last().map_or(0, |pairs| pairs.end);
        let regions = document.regions.iter();
        let read: u64 = regions.map(|region| region.end - region.start).sum();
        let room = start.saturating_sub(head + read);
        let missing = count.value.saturating_sub(document.messages().into());
        missing > room / layout.shortest()
    }

    fn keep_session(&mut self, run: Run, end: &End) {
        self.gaps.end(run.start, true);
        self.known = run.tally;
        self.is_followed = run.is_followed;
        self.top = run.top;
        self.has_begun = run.has_messages;
        self.is_closed = run.is_closed && run.kind == Kind::Session;
        let document = Document {
            has_beginning: true,
            has_end: end.is_over,
            head: run.head.places,
            message_count: run.message_count,
            regions: self.room_for(run.found),
            tail: run.tail.places,
            is_doubtful: false,
        };
        self.add(document);
        self.go_on(end);
    }

    fn resume(&mut self, run: Run, end: &End) {
        if self.has_begun && run.has_messages {
            // No session has them twice.
            self.keep_session(run, end);
            return;
        }
        let is_empty = run.head.places.is_empty() && run.tail.places.is_empty();
        if is_empty && !run.has_messages && !end.is_over {
            return;
        }
        self.gaps.end(run.start, false);
        self.has_begun |= run.has_messages;
        self.is_closed = run.is_closed;
        self.is_followed |= run.is_followed;
        self.known.marked += run.tally.marked;
        self.known.unmarked += run.tally.unmarked;
        let found = self.room_for(run.found);
        if let Some(document) = self.documents.last_mut() {
            document.head.extend(run.head.places);
            document.head.truncate(pairs::MOST);
            document.message_count = document.message_count.take().or(run.message_count);
            document.regions.extend(found);
            document.tail.extend(run.tail.places);
            document.tail.truncate(pairs::MOST);
            document.has_end |= end.is_over;
        }
        self.go_on(end);
    }

    fn keep_messages(&mut self, run: Run, end: &End) {
        let start = run.found.first().map_or(run.start, |region| region.start);
        self.gaps.end(start, false);
        let is_doubtful = !self.are_surely_stored(&run);
        if !self.is_open {
            self.add(Document::default());
        }
        self.layout = self.layout.or(run.layout);
        self.known.marked += run.tally.marked;
        self.known.unmarked += run.tally.unmarked;
        self.is_closed = run.is_closed;
        self.is_followed |= run.is_followed;
        self.has_begun = true;
        let found = self.room_for(run.found);
        if let Some(document) = self.documents.last_mut().filter(|_| self.is_open) {
            document.regions.extend(found);
            document.tail.extend(run.tail.places);
            document.tail.truncate(pairs::MOST);
            document.has_end |= end.is_over;
            document.is_doubtful |= is_doubtful;
        }
        self.go_on(end);
    }

    fn room_for(&mut self, mut found: Vec<Region>) -> Vec<Region> {
        let room = MOST - self.regions;
        self.is_cut |= found.len() > room;
        found.truncate(room);
        self.regions += found.len();
        found
    }

    fn add(&mut self, document: Document) {
        self.is_open = self.documents.len() < MOST_DOCUMENTS;
        self.is_cut |= !self.is_open;
        if self.is_open {
            self.documents.push(document);
        }
    }

    fn go_on(&mut self, end: &End) {
        let kind = if end.is_over {
            DamageKind::Garbage
        } else {
            DamageKind::Unreadable
        };
        self.is_open &= !end.is_over;
        self.is_closed &= !end.is_over;
        if end.next.is_some() || !end.is_over {
            self.gaps.begin(end.at, kind, end.next);
        }
    }

    /// The file ends at this offset.
    pub fn finish(mut self, length: u64) -> Salvaged {
        self.gaps.finish(length);
        let layout = self.layout.unwrap_or_default();
        Salvaged {
            documents: self.documents,
            damages: self.gaps.list,
            layout: layout.outer.as_bytes().to_vec(),
            length,
            is_cut: self.is_cut || self.gaps.is_cut,
            ..Salvaged::default()
        }
    }
}
