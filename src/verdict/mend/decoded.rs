//! Reads a file as UTF-8 text, from any place on. Places count the bytes of that text.

use std::cell::RefCell;
use std::ops::Range;

use crate::directory::{Bytes, FsError};
use session_recovery_salvage::{Decoder, Encoding};

/// How much of the file is read at once.
const WINDOW: u64 = 256 * 1024;
/// How long a byte order mark is in UTF-8.
const MARK: u64 = 3;

/// A file as text.
pub struct Decoded<'a> {
    file: &'a dyn Bytes,
    encoding: Encoding,
    window: RefCell<Window>,
}

/// The part of the text that was read last.
#[derive(Default)]
struct Window {
    decoder: Decoder,
    /// Where in the file the next bytes are.
    next: u64,
    is_over: bool,
    /// Where in the text it begins.
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Decoded<'a> {
    /// The text of a file whose encoding is known.
    pub fn of(file: &'a dyn Bytes, encoding: Encoding) -> Self {
        let window = RefCell::default();
        Self {
            file,
            encoding,
            window,
        }
    }

    /// Adds a part of the text to `taken`.
    pub fn read(&self, part: &Range<u64>, taken: &mut Vec<u8>) -> Result<(), FsError> {
        let mut at = part.start;
        let mut window = self.window.borrow_mut();
        while at < part.end {
            if !window.holds(at) {
                self.turn_to(&mut window, at)?;
            }
            let bytes = window.from(at, part.end);
            if bytes.is_empty() {
                return Err(FsError::Io("the file is shorter than before".to_owned()));
            }
            taken.extend_from_slice(bytes);
            at += bytes.len() as u64;
        }
        Ok(())
    }

    /// Reads on until the window holds a place, or the file is over.
    fn turn_to(&self, window: &mut Window, at: u64) -> Result<(), FsError> {
        let Encoding::Utf16 { .. } = self.encoding else {
            let mark = if self.encoding == Encoding::Utf8WithMark {
                MARK
            } else {
                0
            };
            window.bytes = self.file.read(at + mark, WINDOW)?.bytes;
            window.start = at;
            return Ok(());
        };
        if at < window.start {
            *window = Window::default();
        }
        while !window.holds(at) && !window.is_over {
            self.decode_next(window)?;
        }
        Ok(())
    }

    fn decode_next(&self, window: &mut Window) -> Result<(), FsError> {
        let chunk = self.file.read(window.next, WINDOW)?;
        window.start += window.bytes.len() as u64;
        window.bytes.clear();
        let Window { decoder, bytes, .. } = window;
        decoder.feed(&chunk.bytes, &mut |text| bytes.extend_from_slice(text));
        window.next += chunk.bytes.len() as u64;
        window.is_over = chunk.is_last || chunk.bytes.is_empty();
        if window.is_over {
            let Window { decoder, bytes, .. } = window;
            decoder.finish(&mut |text| bytes.extend_from_slice(text));
        }
        Ok(())
    }
}

impl Window {
    fn holds(&self, at: u64) -> bool {
        at >= self.start && at < self.start + self.bytes.len() as u64
    }

    /// What it holds from one place on, up to another one.
    fn from(&self, at: u64, end: u64) -> &[u8] {
        let inside = |place: u64| {
            let offset = place.saturating_sub(self.start);
            usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(self.bytes.len())
        };
        self.bytes.get(inside(at)..inside(end)).unwrap_or_default()
    }
}
