//! How far a kind of bytes goes on. In WebAssembly, 16 or 64 bytes are looked at
//! at once: nearly all of a session is text in strings.

#[cfg(not(target_feature = "simd128"))]
use scalar as vectors;
#[cfg(target_feature = "simd128")]
#[path = "scan/simd128.rs"]
mod vectors;

pub use vectors::{digits, space};

/// How many bytes stand for themselves in a string, all before the first quote,
/// backslash or control character; nothing where they are not UTF-8.
#[inline]
pub fn text(bytes: &[u8]) -> Option<usize> {
    let Run { length, ascii } = vectors::text(bytes);
    let is_utf8 = ascii >= length || simdutf8::basic::from_utf8(&bytes[ascii..length]).is_ok();
    is_utf8.then_some(length)
}

/// Bytes that stand for themselves in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    length: usize,
    /// How many of the first ones are ASCII, or fewer.
    ascii: usize,
}

/// One byte after the other: what the vectors are held to.
pub mod scalar {
    use super::Run;

    pub fn text(bytes: &[u8]) -> Run {
        let length = run(bytes, is_text);
        let ascii = run(&bytes[..length], |byte| byte.is_ascii());
        Run { length, ascii }
    }

    pub fn space(bytes: &[u8]) -> usize {
        run(bytes, is_space)
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

    pub const fn is_space(byte: u8) -> bool {
        matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    }
}
