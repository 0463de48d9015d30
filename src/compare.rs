//! The messages of two files to those that stand in the live file alone: what
//! putting the backup in its place would take away.

use std::collections::BinaryHeap;
use std::ops::{ControlFlow, Range};

use crate::count::{Element, Elements};
use crate::directory::{Fault, File, each_common_piece, each_piece};

/// So many messages of a live file are compared at most: each takes 20 bytes of
/// memory.
pub const MOST: u32 = 1_000_000;

/// The messages of an open file that has been judged.
#[derive(Debug)]
pub struct Messages<'a, F> {
    /// The file.
    pub file: &'a F,
    /// How many it holds.
    pub count: u32,
    /// Where they are in it.
    pub elements: Range<u64>,
}

impl<F: File> Messages<'_, F> {
    fn each(&self, take: &mut dyn FnMut(Element)) -> Result<(), Fault> {
        let mut elements = Elements::new(self.elements.start);
        each_piece(self.file, &self.elements, &mut |_, bytes| {
            elements.feed(bytes, take);
            ControlFlow::<()>::Continue(())
        })?;
        elements.finish(take);
        Ok(())
    }

    /// Whether the first of them are all of the other's, byte for byte: as a rule they
    /// are, where messages were lost and none was added.
    fn begin_with(&self, other: &Self) -> Result<bool, Fault> {
        let end = other.elements.end;
        let starts = [self.elements.start, other.elements.start];
        let mut at = other.elements.start;
        let pieces = each_common_piece([self.file, other.file], starts, &mut |bytes| {
            at += bytes.len() as u64;
            if at <= end {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let [piece, others] = pieces;
        let (piece, others) = (piece?.bytes, others?.bytes);
        let pairs = piece.iter().zip(&others);
        let same = pairs.take_while(|(one, other)| one == other).count();
        // The closing bracket is the same too.
        if at + same as u64 > end {
            return Ok(true);
        }
        let left = usize::try_from(end - at).ok();
        let left = left.and_then(|left| others.get(same..left));
        let is_over = left.is_some_and(|left| left.iter().all(u8::is_ascii_whitespace));
        // A number may go on where the other's ends.
        let is_at_end = piece
            .get(same)
            .is_some_and(|byte| b",] \t\r\n".contains(byte));
        Ok(is_over && is_at_end)
    }
}

/// How many messages stand in the live file alone; `None` where they are too many to
/// compare.
///
/// # Errors
///
/// A file cannot be read.
pub fn live_only<F: File>(live: &Messages<F>, backup: &Messages<F>) -> Result<Option<u32>, Fault> {
    if backup.begin_with(live)? {
        return Ok(Some(0));
    }
    let comparison = Comparison::of(live, backup)?;
    Ok(comparison.map(|comparison| comparison.live_only()))
}

/// Which of the live file's messages are in the backup too: as often there as
/// here, or the last ones are not.
#[derive(Debug)]
pub struct Comparison {
    /// The live file's messages, sorted.
    live: Vec<u128>,
    /// For the first of the same: how many of them the backup has.
    in_backup: Vec<u32>,
    /// Where the backup's last message ends.
    pub backup_end: u64,
}

impl Comparison {
    /// Compares the messages of two files; `None` where they are too many.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn of<F: File>(live: &Messages<F>, backup: &Messages<F>) -> Result<Option<Self>, Fault> {
        if live.count > MOST {
            return Ok(None);
        }
        let mut comparison = Self::with_live(live)?;
        backup.each(&mut |message| {
            if let Some(first) = comparison.first_of(message.digest) {
                comparison.in_backup[first] = comparison.in_backup[first].saturating_add(1);
            }
            comparison.backup_end = message.place.end;
        })?;
        Ok(Some(comparison))
    }

    fn with_live<F: File>(live: &Messages<F>) -> Result<Self, Fault> {
        let most = live.count as usize;
        let mut digests = BinaryHeap::with_capacity(most);
        live.each(&mut |message| {
            if digests.len() < most {
                digests.push(message.digest);
            }
        })?;
        Ok(Self {
            in_backup: vec![0; digests.len()],
            live: digests.into_sorted_vec(),
            backup_end: 0,
        })
    }

    /// Where in `live` the first of the same messages is.
    fn first_of(&self, digest: u128) -> Option<usize> {
        let first = self.live.partition_point(|other| *other < digest);
        (self.live.get(first) == Some(&digest)).then_some(first)
    }

    /// How many messages stand in the live file alone.
    #[must_use]
    pub fn live_only(&self) -> u32 {
        let mut first = 0;
        let mut number = 0;
        for same in self.live.chunk_by(|one, other| one == other) {
            let same_in_backup = self.in_backup[first] as usize;
            number += same.len().saturating_sub(same_in_backup);
            first += same.len();
        }
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Where in the live file the messages are that stand there alone, in order;
    /// those that follow each other are one part.
    ///
    /// # Errors
    ///
    /// The live file cannot be read.
    pub fn parts<F: File>(mut self, live: &Messages<F>) -> Result<Vec<Range<u64>>, Fault> {
        let mut parts: Vec<Range<u64>> = Vec::new();
        let mut goes_on = false;
        live.each(&mut |message| {
            let first = self.first_of(message.digest);
            if let Some(first) = first.filter(|first| self.in_backup[*first] > 0) {
                self.in_backup[first] -= 1;
                goes_on = false;
            } else if let Some(part) = parts.last_mut().filter(|_| goes_on) {
                part.end = message.place.end;
            } else {
                parts.push(message.place);
                goes_on = true;
            }
        })?;
        Ok(parts)
    }
}
