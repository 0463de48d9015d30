//! Finds the whole messages in a damaged session file: the elements of the outermost `messages`
//! whose bytes are all there. Half a message is none, and neither is what is nested in a message,
//! quoted in a string, or an element of another array.
//!
//! A file can be fed in chunks of any size. The answer holds places only, so a second pass copies
//! them, through a [`Decoder`] of its own. Memory stays flat and time linear: no byte is read twice,
//! except for a look back over at most 256 bytes of white space and brackets.
//!
//! ```
//! use session_recovery_salvage::{DamageKind, salvage};
//!
//! let cut = br#"{"title": "x", "messages": [{"role": "user", "content": "a"}, {"role": "us"#;
//! let salvaged = salvage(cut);
//! assert_eq!(salvaged.messages(), 1);
//! let document = &salvaged.documents[0];
//! let region = &document.regions[0];
//! assert_eq!(&cut[28..60], br#"{"role": "user", "content": "a"}"#);
//! assert_eq!((region.start, region.end, region.count), (28, 60, 1));
//! assert_eq!(document.head, [1..15]);
//! assert_eq!(salvaged.damages[0].kind, DamageKind::CutOff);
//! ```
//!
//! # The rule
//!
//! **As long as the grammar holds**, the file is read as the counter reads it. The elements of the
//! outermost `messages` are messages, whatever they are. An element is whole once its last bracket
//! is read. A comma before a closing bracket and a comment are faults, but what is around them goes
//! on; an element with one inside is given up, because a copy of it would not be JSON.
//!
//! **At a fault**, the first byte that cannot be right, the element under way is given up. The last
//! message before it is given up too if it may have ended too early. That happens if damage turns a
//! byte of a text into a quote or a bracket. In a file with lines it has ended if its last bracket
//! is indented as its first one. In a compact file it has if the file ends there or NULs follow, if
//! a key follows on the next message, or if no string ends right before its brackets.
//!
//! **A search** goes on from the faulty byte, for these:
//! - `{`, white space and `"`, where a message or a session may begin;
//! - in a file with lines, a quote with the indentation of the session's own keys: the session goes
//!   on with that key, behind its messages if they had begun;
//! - the unescaped keys `"messages": [` and `"context_messages": [`;
//! - the same behind a string that turns out to be what is between two strings.
//!
//! From there the grammar reads again. Nobody knows how deep that is, so brackets count relative to
//! it: if `]` or `}` is followed by what can only be inside an array, all that was read is an
//! element of that array. What was found is taken back, and the elements of the outer array are
//! looked at instead.
//!
//! **What was found behind a fault is kept** if all of this is so:
//! - Each message has `role` and `content` among its own keys.
//! - *It is no other array of the session.* One of them has a time or another mark of a stored
//!   message (`timestamp`, `_ts`, `attachments`, `_media_snapshots`), which most `context_messages`
//!   lack; then there are no more of them than the session says, and in an older save of the session
//!   before them they end as its messages did. Because some versions of the application write times
//!   into `context_messages` too, a document that is known from this alone is called doubtful. Or the
//!   session before them ended with its messages. Or the key `messages` was read before them. Or a key follows that the application writes behind
//!   the messages. Or more messages are missing than there is room for in what is unreadable. Or
//!   those before the fault have no time either, and the session has no `message_count`, and so is
//!   none of the application's.
//! - *It is nested in nothing.* In a file with lines: the indentation is that of the messages before
//!   the fault, or twice the width of one level. In a compact file: the brackets around them were
//!   read up to the outermost one, and nothing unreadable is right behind it; or they are twelve in
//!   a row or more.
//! - The messages of the session have not ended before.
//!
//! **Behind a session** the same goes for what is left of an older and longer save, which becomes a
//! document without a beginning, and for another session. That begins in a line of its own, behind
//! a `}`, behind damage, or with the indentation of the first one. Elsewhere an object that begins
//! with `session_id` and has `messages` is another session if nothing can be around it. As an
//! element of the messages it is one if the array does not go on behind it: then the first session
//! was cut off there. Where a value is expected it is one too, if nothing that was around that value
//! follows: in a file with lines if `session_id` has the indentation of the session's own keys, in a
//! compact file if it is whole and has as many messages as it says.
//!
//! # Why nothing nested or quoted is taken for a message
//!
//! In a string each quote is escaped, so `{"` is in none except at its end, where what follows is no
//! object with `role` and `content`. No string has a raw line break, so in a file with lines what is
//! read behind `{` and a line break is in no string, and its indentation says how deep it is.
//!
//! # What is given up
//!
//! - In a session whose messages have no times at all: what is behind a fault, if nothing else says
//!   that it is no `context_messages`.
//! - In a compact file: fewer than twelve messages between two faults, or between a fault and the
//!   end; the last message before a fault that is right behind it.
//! - Messages behind a fault without `role` or `content`, or with lines that are indented otherwise.
//! - In a compact file: a session behind another one that was cut off where a value was expected, if
//!   that was not between two messages and it is not whole.
//! - All messages if the key `messages` itself is damaged and the file is JSON nevertheless.
//!
//! What cannot be seen is believed: in a compact file with two faults in one message, that the second
//! one did not cut it off right behind the brackets `]}` of what is nested; a byte of a text that damage turned into another one, or a part
//! that was taken out so that the rest is still JSON.

mod answer;
mod comment;
mod encoding;
mod ends;
mod findings;
mod gaps;
mod held;
mod layout;
mod outline;
mod pairs;
mod salvager;
mod search;

pub use answer::{
    Damage, DamageKind, Document, MOST, MOST_DOCUMENTS, MessageCount, Region, Salvaged,
};
pub use encoding::{Decoder, Encoding};
pub use salvager::Salvager;

/// Finds the whole messages of a file that is in memory already.
#[must_use]
pub fn salvage(bytes: &[u8]) -> Salvaged {
    let mut salvager = Salvager::default();
    salvager.feed(bytes);
    salvager.finish()
}
