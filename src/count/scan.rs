//! Finds the end of strings, white space and digits. In WebAssembly it looks at many bytes at once,
//! because nearly all of a session is text in strings.

mod scalar;

#[cfg(not(target_feature = "simd128"))]
use scalar as vectors;
#[cfg(target_feature = "simd128")]
mod utf8;
#[cfg(target_feature = "simd128")]
#[path = "scan/simd128.rs"]
mod vectors;

#[cfg(not(target_family = "wasm"))]
use simdutf8::compat::from_utf8;
#[cfg(target_family = "wasm")]
use std::str::from_utf8;

pub use scalar::is_space;
pub use vectors::{are_equal, digits, space, text};

/// A part of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How long it is, up to the quote that ends the string, to what is an error in it, or to the
    /// end of what was read. No escape is cut in two.
    pub length: usize,
    /// Whether it is followed by that quote.
    pub is_last: bool,
    /// How many bytes at its start are whole characters, at least.
    checked: usize,
}

/// How many bytes two texts begin with that are the same.
#[must_use]
pub fn common_length(one: &[u8], other: &[u8]) -> usize {
    const STRIDE: usize = 1024;
    let strides = one.chunks(STRIDE).zip(other.chunks(STRIDE));
    let same = strides.take_while(|(one, other)| one.len() == other.len() && are_equal(one, other));
    let start = same.map(|(one, _)| one.len()).sum();
    let rest = one[start..].iter().zip(&other[start..]);
    start + rest.take_while(|(one, other)| one == other).count()
}

/// Reads on in a string, from the start of a character on.
#[inline]
pub fn string(bytes: &[u8]) -> Part {
    let mut part = vectors::string(bytes);
    if part.checked < part.length {
        let sound = part.checked + characters(&bytes[part.checked..part.length]);
        part.is_last &= sound == part.length;
        part.length = sound;
    }
    part
}

/// How many bytes are characters.
#[inline(never)]
fn characters(bytes: &[u8]) -> usize {
    from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len)
}

/// How long an escape is with its backslash, given what follows. 0 if it is no escape, or if not
/// all of it is there.
#[inline]
fn length_of_escape(escaped: &[u8]) -> usize {
    match escaped {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
        [b'u', digits @ ..] if begins_with_hex(digits) => 6,
        _ => 0,
    }
}

/// Whether there are four hex digits, looked at at once: in the highest bit of each byte it stands
/// whether the byte is one.
#[inline]
fn begins_with_hex(bytes: &[u8]) -> bool {
    const HIGH: u32 = 0x8080_8080;
    /// If a byte is at least this, its highest bit is set when this is added.
    const fn at_least(byte: u8) -> u32 {
        u32::from_ne_bytes([0x80 - byte; 4])
    }
    let Some(&four) = bytes.first_chunk::<4>() else {
        return false;
    };
    let four = u32::from_ne_bytes(four);
    if four & HIGH != 0 {
        return false;
    }
    let lower = four | 0x2020_2020;
    let digits = (four + at_least(b'0')) & !(four + at_least(b'9' + 1));
    let letters = (lower + at_least(b'a')) & !(lower + at_least(b'f' + 1));
    (digits | letters) & HIGH == HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than the longest stretch that is looked at at once, and than two.
    const LONGEST: usize = 300;
    /// What ends something, and what is next to that.
    const ODD: &[&[u8]] = &[
        b"\"",
        b"\\",
        b"\\n",
        b"\\\"",
        b"\\\\",
        b"\\x",
        b"\\u00e9",
        b"\\u00g9",
        b"\\u00",
        b"\x00",
        b"\x1f",
        b"\t",
        b"\n",
        b"\r",
        b" ",
        b"!",
        b"/",
        b"0",
        b"9",
        b":",
        b"[",
        b"]",
        b"\x7f",
        b"\x80",
        b"\xc3\xa9",
        b"\xff",
    ];

    /// Lines of one byte, with something odd at each place, and often once more.
    fn lines(plain: u8) -> impl Iterator<Item = Vec<u8>> {
        let lengths = (0..LONGEST).filter(|length| length % 11 == 0 || *length < 40);
        lengths.flat_map(move |length| {
            ODD.iter().flat_map(move |odd| {
                let places = (0..length).filter(move |at| at % 5 == length % 5 || *at < 20);
                places.map(move |at| {
                    let rest = vec![plain; length - at];
                    let again = if at % 2 == 0 { *odd } else { b"" };
                    [&vec![plain; at], *odd, &rest, again].concat()
                })
            })
        })
    }

    #[test]
    fn vectors_read_a_string_as_single_bytes_do() {
        for line in lines(b'x') {
            let (found, wanted) = (vectors::string(&line), scalar::string(&line));
            let (line, shown) = (&line, line.escape_ascii());
            assert_eq!(found.length, wanted.length, "{shown}");
            assert_eq!(found.is_last, wanted.is_last, "{shown}");
            let checked = found.checked.min(found.length);
            let is_sound = str::from_utf8(&line[..checked]).is_ok();
            assert!(is_sound, "{shown}: {found:?}");
        }
    }

    #[test]
    fn vectors_and_single_bytes_find_the_same_end_of_white_space_and_digits() {
        for line in lines(b' ').chain(lines(b'\n')) {
            assert_eq!(
                space(&line),
                scalar::space(&line),
                "{}",
                line.escape_ascii()
            );
        }
        for line in lines(b'5') {
            assert_eq!(
                digits(&line),
                scalar::digits(&line),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn vectors_and_single_bytes_find_the_same_end_of_text() {
        for line in lines(b'x') {
            assert_eq!(text(&line), scalar::text(&line), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn vectors_tell_what_is_equal_as_single_bytes_do() {
        for length in 0..LONGEST {
            let line = vec![b'x'; length];
            assert!(are_equal(&line, &line), "{length}");
            assert!(!are_equal(&line, &vec![b'x'; length + 1]), "{length}");
            for at in 0..length {
                let mut other = line.clone();
                other[at] ^= 1 << (at % 8);
                assert!(!are_equal(&line, &other), "{length}, {at}");
            }
        }
    }

    #[test]
    fn hex_digits_are_known_in_each_place() {
        for place in 0..4 {
            for byte in 0..=u8::MAX {
                let mut four = *b"0fA9";
                four[place] = byte;
                assert_eq!(begins_with_hex(&four), byte.is_ascii_hexdigit(), "{four:?}");
            }
        }
        assert!(!begins_with_hex(b"123"));
    }

    #[test]
    fn a_string_ends_before_what_is_no_character() {
        for sequence in sequences() {
            for start in (0..20).chain(108..132).chain(250..260) {
                let text = [&vec![b'x'; start], &*sequence, b"\\nxx"].concat();
                let line = [&*text, b"\"", &[b' '; LONGEST]].concat();
                let valid =
                    str::from_utf8(&text).map_or_else(|error| error.valid_up_to(), str::len);
                let found = string(&line);
                let shown = sequence.escape_ascii();
                assert_eq!(found.length, valid, "{shown} at {start}");
                assert_eq!(found.is_last, valid == text.len(), "{shown} at {start}");
            }
        }
    }

    /// Bytes of each kind that UTF-8 distinguishes, up to four of them.
    fn sequences() -> impl Iterator<Item = Vec<u8>> {
        const EDGES: &[u8] = b"x\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
        let all = EDGES.len().pow(4);
        (0..all).step_by(7).map(|number| {
            let digits = [1, 24, 24 * 24, 24 * 24 * 24].map(|place| number / place % EDGES.len());
            digits.map(|digit| EDGES[digit]).to_vec()
        })
    }
}
