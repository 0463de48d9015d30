//! Scans one byte after the other. It serves targets without vectors and the last bytes of a chunk,
//! and the vectors are tested against it.

use super::{Part, length_of_escape};

pub fn string(bytes: &[u8]) -> Part {
    let mut length = 0;
    loop {
        length += text(&bytes[length..]);
        let escape = match &bytes[length..] {
            [b'\\', escaped @ ..] => length_of_escape(escaped),
            _ => 0,
        };
        if escape == 0 {
            break;
        }
        length += escape;
    }
    Part {
        length,
        is_last: bytes.get(length) == Some(&b'"'),
        checked: run(&bytes[..length], |byte| byte.is_ascii()),
    }
}

/// How many bytes stand for themselves in a string.
pub fn text(bytes: &[u8]) -> usize {
    run(bytes, is_text)
}

pub fn space(bytes: &[u8]) -> usize {
    run(bytes, is_space)
}

/// Whether two chunks hold the same bytes.
#[must_use]
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    one == other
}

pub fn digits(bytes: &[u8]) -> usize {
    run(bytes, |byte| byte.is_ascii_digit())
}

fn run(bytes: &[u8], test: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| test(**byte)).count()
}

const fn is_text(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Whether JSON allows it between tokens.
#[must_use]
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
