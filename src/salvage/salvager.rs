//! Reads a file once: as long as the grammar holds, by the grammar, and behind a fault by a search
//! for the next place where it may hold again. It never goes back, so its time is linear.

use session_recovery_count::{
    Bracket, Grammar, Listener, Nesting, State, StringKind, begun_at_end, is_space,
};

use super::answer::{DamageKind, Salvaged};
use super::comment::{Comment, Next};
use super::encoding::{Decoder, Encoding};
use super::ends::{ends_alike, is_aligned, is_outside_strings, object_in_string};
use super::findings::{End, Findings};
use super::held::{HELD, Held};
use super::layout::{Layout, Space};
use super::outline::{Kind, Outline, Pause};
use super::search::{Found, Search};

/// Finds the whole messages of a file that is fed in chunks.
#[derive(Debug, Default)]
pub struct Salvager {
    decoder: Decoder,
    reader: Reader,
}

impl Salvager {
    /// Takes the file's next bytes, however few or many.
    pub fn feed(&mut self, chunk: &[u8]) {
        let Self { decoder, reader } = self;
        decoder.feed(chunk, &mut |text| reader.feed(text));
    }

    /// Whether what follows changes nothing, because the file is compressed.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.decoder.encoding() == Encoding::Gzip
    }

    /// How many times a byte was looked at so far.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.reader.steps + self.reader.held.looked()
    }

    /// Ends the file and says what was found.
    #[must_use]
    pub fn finish(self) -> Salvaged {
        let Self {
            mut decoder,
            mut reader,
        } = self;
        decoder.finish(&mut |text| reader.feed(text));
        let encoding = decoder.encoding();
        let salvaged = if encoding == Encoding::Gzip {
            Salvaged::default()
        } else {
            reader.finish()
        };
        Salvaged {
            encoding,
            ..salvaged
        }
    }
}

/// What is read next.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Beginning,
    Grammar,
    Search,
    Comment(Comment),
}

#[derive(Debug, Default)]
struct Reader {
    /// The offset of the chunk.
    at: u64,
    steps: u64,
    /// A character that the last chunk cut in two.
    begun: Vec<u8>,
    held: Held,
    mode: Mode,
    search: Search,
    grammar: Grammar<Outline>,
    findings: Findings,
}

impl Reader {
    fn feed(&mut self, mut chunk: &[u8]) {
        while !self.begun.is_empty() {
            let Some((&byte, rest)) = chunk.split_first() else {
                return;
            };
            chunk = rest;
            self.begun.push(byte);
            if begun_at_end(&self.begun) < self.begun.len() {
                let begun = std::mem::take(&mut self.begun);
                self.read(&begun);
            }
        }
        let (whole, begun) = chunk.split_at(chunk.len() - begun_at_end(chunk));
        self.begun.extend(begun);
        self.read(whole);
    }

    fn read(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() {
            let read = match self.mode {
                Mode::Beginning => self.begin(text, at),
                Mode::Grammar => self.by_grammar(text, at),
                Mode::Search => self.by_search(text, at),
                Mode::Comment(comment) => self.in_comment(comment, text, at),
            };
            self.steps += (read - at) as u64;
            at = read;
        }
        self.at += text.len() as u64;
        self.held.keep(text);
    }

    /// A file that does not begin as a session does begins in the middle of one.
    fn begin(&mut self, text: &[u8], at: usize) -> usize {
        let space = text[at..].iter().take_while(|byte| is_space(**byte));
        let first = at + space.count();
        let run = &mut self.grammar.listener.run;
        (run.may_be_session, run.may_be_message) = (true, true);
        self.grammar.at = self.at + first as u64;
        run.start = self.grammar.at;
        match text.get(first) {
            None => {}
            Some(b'{') => self.mode = Mode::Grammar,
            Some(_) => self.begin_search(text, first),
        }
        first
    }

    fn by_grammar(&mut self, text: &[u8], at: usize) -> usize {
        if let Ok(read) = self.grammar.read(&text[at..]) {
            self.look_back(&text[..at + read]);
            return at + read;
        }
        let fault = usize::try_from(self.grammar.at - self.at).unwrap_or_default();
        let fault = fault.clamp(at, text.len() - 1);
        if self.goes_on(&text[..fault], text[fault]) {
            return fault;
        }
        if text[fault] == b'/' && self.may_be_comment() {
            self.mode = Mode::Comment(Comment::Slash);
            return fault + 1;
        }
        self.begin_search(text, fault);
        fault
    }

    /// Looks at what was read, if the grammar stopped for that.
    fn look_back(&mut self, read: &[u8]) {
        let Grammar {
            nesting, listener, ..
        } = &mut self.grammar;
        match std::mem::take(&mut listener.pause) {
            Pause::None => {}
            Pause::Layout => self.learn(read),
            Pause::Session => listener.enter_session(std::mem::replace(nesting, object())),
            Pause::DeepSession { key } => self.look_for_session(key, read),
        }
    }

    /// A key `session_id` was read at the offset `key`. If it has the indentation of the session's
    /// own keys, another session has begun with it.
    fn look_for_session(&mut self, key: u64, read: &[u8]) {
        let Grammar {
            at,
            nesting,
            listener,
            ..
        } = &mut self.grammar;
        let behind = usize::try_from(*at - key).unwrap_or(usize::MAX);
        let mut backwards = self.held.backwards(read).skip(behind);
        let (space, bracket) = Space::before(&mut backwards);
        if bracket == Some(b'{') && listener.run.top == Some(space) {
            let start = key - space.as_bytes().len() as u64 - 1;
            let nesting = std::mem::replace(nesting, object());
            listener.enter_deep_session(nesting, start, key);
        }
    }

    /// The first key of a message or a session began with the last byte: looks at the white space
    /// before it.
    fn learn(&mut self, read: &[u8]) {
        let mut backwards = self.held.backwards(read).skip(1);
        let (inner, bracket) = Space::before(&mut backwards);
        let (outer, _) = Space::before(&mut backwards);
        let layout = Layout { outer, inner };
        let Outline { run, .. } = &mut self.grammar.listener;
        if self.grammar.nesting.depth() == 1 {
            run.top = Some(inner);
            run.has_lines |= inner.has_line();
        } else if bracket == Some(b'{') {
            let is_known = self.findings.layout == Some(layout);
            run.is_trusted |= is_known && self.findings.has_trusted_lines();
            run.layout = Some(layout);
            run.has_lines = inner.has_line();
            if run.kind == Kind::Session && !run.is_doubtful {
                self.findings.trust(layout);
            }
        }
    }

    /// Whether the grammar can go on with a byte that it does not allow.
    fn goes_on(&mut self, read: &[u8], byte: u8) -> bool {
        let Grammar { nesting, state, .. } = &self.grammar;
        let is_in_array = nesting.innermost() == Some(Bracket::Array);
        match (state, byte, nesting.depth()) {
            (State::Value, b']', _) if is_in_array => self.skip_comma(),
            (State::Key, b'}', _) => self.skip_comma(),
            (State::AfterValue, b',' | b']' | b'}', 0) | (State::AfterValue, b']', 1) => {
                self.goes_outwards(read, byte)
            }
            _ => false,
        }
    }

    /// A comma was before a closing bracket.
    fn skip_comma(&mut self) -> bool {
        let Grammar {
            at,
            nesting,
            state,
            listener,
            ..
        } = &mut self.grammar;
        *state = State::AfterValue;
        listener.spoil(nesting.depth(), *at, true);
        self.findings.gaps.note(DamageKind::TrailingComma, *at, 1);
        true
    }

    /// What was taken for the outermost brackets may be in an array: whether it goes on there.
    fn goes_outwards(&mut self, read: &[u8], byte: u8) -> bool {
        let run = &mut self.grammar.listener.run;
        if let Some(outer) = &run.outer {
            let goes_on = self.grammar.nesting.depth() == 0 && outer.goes_on_with(byte);
            if goes_on {
                self.grammar.nesting = self.grammar.listener.leave_session(self.grammar.at);
            }
            return goes_on;
        }
        if byte == b'}' {
            return false;
        }
        let may_be = match run.kind {
            Kind::Session => run.is_doubtful && self.grammar.nesting.depth() == 0,
            Kind::Object => self.grammar.nesting.depth() == 0,
            Kind::Array => !run.is_trusted,
        };
        if may_be {
            run.may_be_message &= ends_as_it_began(&self.held, read, run.layout);
            self.grammar.listener.enter_array(self.grammar.at);
            self.grammar.nesting = array_in_object();
        }
        may_be
    }

    /// Comments are between tokens, in files that a person can edit.
    fn may_be_comment(&self) -> bool {
        let layout = self.findings.layout;
        let is_between = matches!(
            self.grammar.state,
            State::Value
                | State::ValueOrEnd
                | State::KeyOrEnd
                | State::Key
                | State::Colon
                | State::AfterValue
        );
        let is_inside = self.grammar.nesting.depth() > 0;
        is_between && is_inside && layout.is_none_or(|layout| layout.has_lines())
    }

    fn in_comment(&mut self, comment: Comment, text: &[u8], at: usize) -> usize {
        match comment.next(text[at]) {
            Next::More(comment) => self.mode = Mode::Comment(comment),
            Next::Ended => self.end_comment(self.at + at as u64 + 1),
            Next::NoComment => {
                self.begin_search(text, at);
                return at;
            }
        }
        at + 1
    }

    fn end_comment(&mut self, end: u64) {
        let Grammar {
            at,
            nesting,
            state,
            listener,
            ..
        } = &mut self.grammar;
        let is_whole = matches!(state, State::Key | State::AfterValue);
        listener.spoil(nesting.depth(), *at, is_whole);
        let gaps = &mut self.findings.gaps;
        gaps.note(DamageKind::Comment, *at, end - *at);
        *at = end;
        self.mode = Mode::Grammar;
    }

    /// Gives up what the grammar reads, and searches from the byte at `at` on.
    fn begin_search(&mut self, text: &[u8], at: usize) {
        let read = &text[..at];
        let fault = self.at + at as u64;
        self.settle(read, Some(text[at]));
        self.mode = Mode::Search;
        self.search = if self.findings.is_behind_session() {
            // It may begin in the middle of anything.
            Search::default()
        } else {
            let top = self.findings.top();
            Search::behind(fault, self.held.backwards(read), top)
        };
        let backwards = self.held.backwards(read);
        if let Some(found) = object_in_string(backwards, self.grammar.state, fault) {
            self.take(&found, fault);
        }
    }

    fn by_search(&mut self, text: &[u8], start: usize) -> usize {
        let gaps = &mut self.findings.gaps;
        let rest = &text[start..];
        let nuls = self.search.nuls(rest);
        if nuls > HELD {
            gaps.add_nuls(nuls);
            return self.search_behind(text, start + nuls);
        }
        let idle = if gaps.is_counting() {
            0
        } else {
            self.search.idle(rest)
        };
        self.steps += idle as u64;
        if idle > HELD {
            // As in an image.
            return self.search_behind(text, start + idle);
        }
        let mut end = start;
        for &byte in rest.iter().take(idle + 1) {
            let offset = self.at + end as u64;
            end += 1;
            gaps.add(byte);
            if let Some(found) = self.search.step(offset, byte) {
                self.take(&found, offset + 1);
                break;
            }
        }
        end
    }

    /// Goes on with the search at a place before which nothing is of interest.
    fn search_behind(&mut self, text: &[u8], at: usize) -> usize {
        let backwards = self.held.backwards(&text[..at]);
        let offset = self.at + at as u64;
        self.search = Search::behind(offset, backwards, self.findings.top());
        at
    }

    /// Begins to read what was found, if it may be of interest, from the offset `at` on.
    fn take(&mut self, found: &Found, at: u64) {
        let Some(run) = self.findings.run(found) else {
            return;
        };
        let is_key = run.kind != Kind::Array;
        self.findings.gaps.add_others();
        let grammar = &mut self.grammar;
        grammar.at = at;
        grammar.listener.begin(run);
        if is_key {
            grammar.nesting = object();
            grammar.state = State::String(StringKind::SpelledKey);
            grammar.listener.key_begins(at - 1, 1);
        } else {
            grammar.nesting = array_in_object();
            grammar.state = State::ValueOrEnd;
        }
        self.mode = Mode::Grammar;
    }

    /// The grammar goes no further than the byte `next`, or the end of the file.
    fn settle(&mut self, read: &[u8], next: Option<u8>) {
        let has_ended = self.has_ended(read, next);
        let Grammar {
            at,
            state,
            nesting,
            listener,
            ..
        } = &mut self.grammar;
        let depth = nesting.depth();
        let is_over = matches!(state, State::AfterValue) && depth == 0;
        let is_odd = matches!(next, Some(b'"' | b'\\' | b',' | b']' | b'}' | b':'));
        let end = End {
            at: *at,
            next,
            is_over,
            is_outermost: is_over && !is_odd,
        };
        listener.give_up();
        if is_over && listener.run.kind == Kind::Object && has_ended {
            listener.take_own(*at);
        }
        let is_whole = is_over && (!is_odd || listener.run.has_all());
        if is_whole || (is_over || !listener.is_odd()) && (has_ended || listener.has_key(*state)) {
            listener.confirm();
        } else {
            listener.doubt();
        }
        let mut run = std::mem::take(&mut listener.run);
        let is_after_comma = matches!(state, State::Key | State::KeyOrEnd);
        run.pairs().end(*at, depth == 1 && is_after_comma);
        self.findings.keep(run, &end);
    }

    /// Whether the last message that was read has ended where it seems to have.
    fn has_ended(&self, read: &[u8], next: Option<u8>) -> bool {
        let run = &self.grammar.listener.run;
        let is_behind_nothing = matches!(next, None | Some(0));
        if run.kind == Kind::Object {
            return is_behind_nothing && ends_as_it_began(&self.held, read, run.layout);
        }
        let backwards = self.held.backwards(read);
        let Some(layout) = run.layout.filter(Layout::has_lines) else {
            return is_behind_nothing || is_outside_strings(backwards, self.grammar.state);
        };
        let end = run.found.last().map_or(0, |region| region.end);
        let behind = usize::try_from(self.grammar.at - end).unwrap_or(usize::MAX);
        behind >= HELD / 2 || is_aligned(backwards.skip(behind), &layout.outer)
    }

    fn finish(mut self) -> Salvaged {
        let length = self.at + self.begun.len() as u64;
        let run = &self.grammar.listener.run;
        let is_session = run.kind == Kind::Session && run.has_messages && run.is_closed;
        let is_first = self.findings.is_sound();
        if !matches!(self.mode, Mode::Search) {
            self.settle(&[], None);
        }
        let is_cut = self.grammar.listener.is_cut;
        let salvaged = self.findings.finish(length);
        Salvaged {
            is_whole: is_first && is_session && salvaged.damages.is_empty(),
            is_cut: salvaged.is_cut || is_cut,
            ..salvaged
        }
    }
}

/// Whether the object that was read ends with the indentation with which it began, or with what
/// there is of that.
fn ends_as_it_began(held: &Held, read: &[u8], layout: Option<Layout>) -> bool {
    let lines = layout.filter(|layout| layout.inner.has_line());
    lines.is_none_or(|layout| ends_alike(held.backwards(read), &layout.outer))
}

/// The bracket around the keys of a session.
fn object() -> Nesting {
    let mut nesting = Nesting::default();
    let _ = nesting.open(Bracket::Object);
    nesting
}

/// The brackets around the messages.
fn array_in_object() -> Nesting {
    let mut nesting = Nesting::default();
    let _ = nesting.open(Bracket::Object) && nesting.open(Bracket::Array);
    nesting
}
