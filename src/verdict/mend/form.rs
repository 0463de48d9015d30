//! Puts a session together from parts of a damaged file and from what is written anew.

use std::ops::Range;

use super::decoded::Decoded;
use crate::directory::{Bytes, CHUNK, Chunk, FsError};
use crate::verdict::messages::Messages;

/// What a session is put together from.
#[derive(Debug, Default)]
pub struct Form {
    /// How many messages it holds.
    pub messages: u32,
    /// Where its messages are.
    pub elements: Range<u64>,
    /// Where the value of its `message_count` is.
    pub message_count: Option<u64>,
    pieces: Vec<Piece>,
    /// The text of all pieces that are written anew.
    written: Vec<u8>,
    length: u64,
}

/// A part of a session.
#[derive(Clone, Debug)]
struct Piece {
    /// Where it begins in the session.
    start: u64,
    from: From,
    part: Range<u64>,
}

/// What a piece is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    File,
    Written,
}

impl Form {
    /// How long it is so far.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Goes on with a part of the file.
    pub fn take(&mut self, part: Range<u64>) {
        self.push(From::File, part);
    }

    /// Goes on with some text.
    pub fn write(&mut self, text: &[u8]) {
        let last = self.written.len().checked_sub(text.len());
        let last = last.filter(|start| self.written[*start..] == *text);
        let start = last.unwrap_or(self.written.len()) as u64;
        if last.is_none() {
            self.written.extend_from_slice(text);
        }
        self.push(From::Written, start..start + text.len() as u64);
    }

    /// What of a part of it is taken from the file.
    pub fn places_in_file(&self, part: &Range<u64>) -> Vec<Range<u64>> {
        let pieces = self.pieces.iter().skip(self.piece_at(part.start));
        let pieces = pieces.take_while(|piece| piece.start < part.end);
        let pieces = pieces.filter(|piece| piece.from == From::File);
        let inside = pieces.map(|piece| {
            let start = part.start.max(piece.start) - piece.start;
            let end = part.end.min(piece.end()) - piece.start;
            piece.part.start + start..piece.part.start + end
        });
        inside.filter(|place| !place.is_empty()).collect()
    }

    fn push(&mut self, from: From, part: Range<u64>) {
        if part.is_empty() {
            return;
        }
        let length = part.end - part.start;
        self.pieces.push(Piece {
            start: self.length,
            from,
            part,
        });
        self.length += length;
    }

    /// The piece in which a place is.
    fn piece_at(&self, at: u64) -> usize {
        let behind = self.pieces.partition_point(|piece| piece.start <= at);
        behind.saturating_sub(1)
    }

    /// The session, with the parts of this text.
    pub const fn filled_from<'a>(&'a self, text: Decoded<'a>) -> Formed<'a> {
        Formed { form: self, text }
    }
}

impl Piece {
    const fn end(&self) -> u64 {
        self.start + (self.part.end - self.part.start)
    }
}

fn places(part: &Range<u64>) -> Range<usize> {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    place(part.start)..place(part.end)
}

/// A form, and the text whose parts are in it.
pub struct Formed<'a> {
    form: &'a Form,
    text: Decoded<'a>,
}

impl Formed<'_> {
    /// Its messages.
    pub fn messages(&self) -> Messages<'_> {
        Messages {
            file: self,
            count: self.form.messages,
            elements: self.form.elements.clone(),
            message_count: self.form.message_count,
        }
    }
}

impl Bytes for Formed<'_> {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        let Form {
            pieces,
            length: all,
            written,
            ..
        } = self.form;
        let end = offset.saturating_add(length.min(CHUNK)).min(*all);
        let mut bytes = Vec::new();
        for piece in pieces.iter().skip(self.form.piece_at(offset)) {
            let at = offset + bytes.len() as u64;
            if at >= end {
                break;
            }
            let start = piece.part.start + (at - piece.start);
            let part = start..piece.part.end.min(start + (end - at));
            match piece.from {
                From::File => self.text.read(&part, &mut bytes)?,
                From::Written => bytes.extend_from_slice(&written[places(&part)]),
            }
        }
        Ok(Chunk {
            bytes,
            is_last: end >= *all,
        })
    }
}
