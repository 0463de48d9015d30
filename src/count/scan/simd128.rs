//! Scans 16, 64 or 128 bytes at once with the vectors of WebAssembly.
#![allow(
    clippy::inline_always,
    reason = "what is inlined is a part of a loop, whose variables are to stay in registers"
)]

use std::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_min, u8x16_all_true, u8x16_le, u8x16_lt, u8x16_min, u8x16_splat,
    u8x16_sub, u8x16_sub_sat, v128, v128_any_true, v128_load, v128_not, v128_or, v128_xor,
};

use super::utf8::Check;
use super::{Part, length_of_escape, scalar};

const WIDTH: usize = 16;
const WIDE: usize = 64;

#[inline]
pub fn string(bytes: &[u8]) -> Part {
    // Keys and short strings end in the first vector.
    if let Some(block) = bytes.first_chunk::<WIDTH>() {
        let vector = load(block);
        let ends = i8x16_bitmask(ends_text(vector));
        let length = ends.trailing_zeros() as usize;
        if ends != 0 && bytes[length] == b'"' {
            return Part {
                length,
                is_last: true,
                checked: i8x16_bitmask(vector).trailing_zeros() as usize,
            };
        }
    }
    long_string(bytes)
}

/// Hosts that may interrupt a loop look at a clock each time round, and keep nothing in registers
/// for it: so it goes far in one.
#[inline(never)]
fn long_string(bytes: &[u8]) -> Part {
    let mut at = 0;
    let mut utf8 = Check::default();
    while let Some(two) = bytes[at..].first_chunk::<{ 2 * WIDE }>() {
        let (blocks, _) = two.as_chunks::<WIDE>();
        let [a, b] = [0, 1].map(|number| vectors(&blocks[number]));
        let smallest = i8x16_min(smallest(a), smallest(b));
        let least = if i8x16_bitmask(smallest) == 0 {
            utf8.feed_ascii();
            smallest
        } else {
            utf8.feed(a);
            utf8.feed(b);
            u8x16_min(least(a), least(b))
        };
        // A zero means that something may end the text.
        let marks = u8x16_min(marks(a), marks(b));
        let ends = u8x16_min(marks, u8x16_sub_sat(least, u8x16_splat(0x1f)));
        let mut read = 2 * WIDE;
        let mut is_over = false;
        if !u8x16_all_true(ends) {
            (read, is_over) = past_escapes(&bytes[at..], blocks);
        }
        at += read;
        if is_over {
            return Part {
                length: at,
                is_last: bytes.get(at) == Some(&b'"'),
                checked: if utf8.is_sound() { at } else { 0 },
            };
        }
    }
    let rest = scalar::string(&bytes[at..]);
    // The last character is checked with what follows on it.
    let last = bytes[..at].iter().rposition(|byte| byte & 0xc0 != 0x80);
    let checked = last.filter(|_| utf8.is_sound()).unwrap_or_default();
    Part {
        length: at + rest.length,
        is_last: rest.is_last,
        checked,
    }
}

/// Reads the escapes in the blocks with which `bytes` begins; gives how far the string goes on, and
/// whether it cannot go on there.
#[inline(always)]
fn past_escapes(bytes: &[u8], blocks: &[[u8; WIDE]]) -> (usize, bool) {
    let mut read = 0;
    let mut start = 0;
    for block in blocks {
        let mut ends = ends_of(block) & (u64::MAX << (read.max(start) - start));
        start += WIDE;
        while ends != 0 {
            read = start - WIDE + ends.trailing_zeros() as usize;
            let escape = match &bytes[read..] {
                [b'\\', escaped @ ..] => length_of_escape(escaped),
                _ => 0,
            };
            if escape == 0 {
                return (read, true);
            }
            read += escape;
            if read >= start {
                break;
            }
            ends &= u64::MAX << (read + WIDE - start);
        }
    }
    (read.max(start), false)
}

/// A zero for each mark.
#[inline(always)]
fn marks(block: [v128; 4]) -> v128 {
    let marks = block.map(|vector| {
        let quote = v128_xor(vector, u8x16_splat(b'"'));
        let backslash = v128_xor(vector, u8x16_splat(b'\\'));
        u8x16_min(quote, backslash)
    });
    least(marks)
}

#[inline(always)]
fn least([a, b, c, d]: [v128; 4]) -> v128 {
    u8x16_min(u8x16_min(a, b), u8x16_min(c, d))
}

/// Less than 0 for a byte that is not ASCII.
#[inline(always)]
fn smallest([a, b, c, d]: [v128; 4]) -> v128 {
    i8x16_min(i8x16_min(a, b), i8x16_min(c, d))
}

#[inline]
pub fn space(bytes: &[u8]) -> usize {
    within_vector(bytes, is_space).unwrap_or_else(|| long_space(bytes))
}

/// Deep nesting is indented far.
#[inline(never)]
fn long_space(bytes: &[u8]) -> usize {
    while_all(bytes, is_space, scalar::space)
}

/// Whether two chunks hold the same bytes.
#[must_use]
#[inline(never)]
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let (blocks, rest) = one.as_chunks::<WIDE>();
    let (other_blocks, other_rest) = other.as_chunks::<WIDE>();
    let mut differ = [u8x16_splat(0); 4];
    for (one, other) in blocks.iter().zip(other_blocks) {
        let (one, other) = (vectors(one), vectors(other));
        for (part, differ) in differ.iter_mut().enumerate() {
            *differ = v128_or(*differ, v128_xor(one[part], other[part]));
        }
    }
    let [a, b, c, d] = differ;
    one.len() == other.len()
        && !v128_any_true(v128_or(v128_or(a, b), v128_or(c, d)))
        && scalar::are_equal(rest, other_rest)
}

#[inline(never)]
pub fn text(bytes: &[u8]) -> usize {
    while_all(bytes, |vector| v128_not(ends_text(vector)), scalar::text)
}

/// How many bytes are of a kind, a vector at a time and the last ones one at a time.
fn while_all(bytes: &[u8], is: impl Fn(v128) -> v128, last: fn(&[u8]) -> usize) -> usize {
    let mut at = 0;
    while at + WIDTH <= bytes.len() {
        match within_vector(&bytes[at..], &is) {
            Some(length) => return at + length,
            None => at += WIDTH,
        }
    }
    at + last(&bytes[at..])
}

#[inline]
pub fn digits(bytes: &[u8]) -> usize {
    within_vector(bytes, is_digit).unwrap_or_else(|| scalar::digits(bytes))
}

/// How many bytes are of a kind, if the first vector decides it.
#[inline(always)]
fn within_vector(bytes: &[u8], is: impl Fn(v128) -> v128) -> Option<usize> {
    let block = bytes.first_chunk::<WIDTH>()?;
    let others = i8x16_bitmask(v128_not(is(load(block))));
    (others != 0).then(|| others.trailing_zeros() as usize)
}

fn is_mark(vector: v128) -> v128 {
    let quote = i8x16_eq(vector, u8x16_splat(b'"'));
    let backslash = i8x16_eq(vector, u8x16_splat(b'\\'));
    v128_or(quote, backslash)
}

fn is_control(vector: v128) -> v128 {
    u8x16_le(vector, u8x16_splat(0x1f))
}

fn ends_text(vector: v128) -> v128 {
    v128_or(is_mark(vector), is_control(vector))
}

fn is_space(vector: v128) -> v128 {
    let is = |byte| i8x16_eq(vector, u8x16_splat(byte));
    v128_or(v128_or(is(b' '), is(b'\n')), v128_or(is(b'\r'), is(b'\t')))
}

fn is_digit(vector: v128) -> v128 {
    u8x16_lt(u8x16_sub(vector, u8x16_splat(b'0')), u8x16_splat(10))
}

/// A bit for each byte that may end a text.
fn ends_of(block: &[u8; WIDE]) -> u64 {
    let [a, b, c, d] = vectors(block).map(|vector| u64::from(i8x16_bitmask(ends_text(vector))));
    a | (b << 16) | (c << 32) | (d << 48)
}

fn vectors(block: &[u8; WIDE]) -> [v128; 4] {
    let (parts, _) = block.as_chunks::<WIDTH>();
    [0, 1, 2, 3].map(|part| load(&parts[part]))
}

#[allow(unsafe_code)]
fn load(block: &[u8; WIDTH]) -> v128 {
    // SAFETY: the block is 16 bytes that may be read, and the load need not be aligned.
    unsafe { v128_load(block.as_ptr().cast()) }
}
