//! The vectors of WebAssembly.

use std::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, u8x16_le, u8x16_lt, u8x16_min, u8x16_splat, u8x16_sub, v128,
    v128_any_true, v128_load, v128_not, v128_or,
};

use super::{Run, scalar};

const WIDTH: usize = 16;
const WIDE: usize = 64;

#[inline]
pub fn text(bytes: &[u8]) -> Run {
    // Keys and short strings end in the first vector.
    if let Some(block) = bytes.first_chunk::<WIDTH>() {
        let vector = load(block);
        let ends = i8x16_bitmask(ends_text(vector));
        if ends != 0 {
            let length = ends.trailing_zeros() as usize;
            let ascii = i8x16_bitmask(vector).trailing_zeros() as usize;
            return Run { length, ascii };
        }
    }
    long_text(bytes)
}

/// Calls nothing, so that what it compares with stays in registers. Hosts that may
/// interrupt a loop look at a clock each time round, so it goes far in one, and
/// finds out where in there the text ends without a branch for each place.
#[inline(never)]
fn long_text(bytes: &[u8]) -> Run {
    let mut at = 0;
    let mut ascii = 0;
    while let Some(two) = bytes[at..].first_chunk::<{ 2 * WIDE }>() {
        let (blocks, _) = two.as_chunks::<WIDE>();
        let [a, b] = [0, 1].map(|number| Block::load(&blocks[number]));
        let is_ascii = ascii == at && i8x16_bitmask(a.all) == 0;
        ascii = if is_ascii { at + WIDE } else { ascii };
        let is_ascii = is_ascii && i8x16_bitmask(b.all) == 0;
        ascii = if is_ascii { at + 2 * WIDE } else { ascii };
        if v128_any_true(v128_or(a.ends, b.ends)) {
            let number = usize::from(!v128_any_true(a.ends));
            let length = at + WIDE * number + first(vectors(&blocks[number]).map(ends_text));
            return Run { length, ascii };
        }
        at += 2 * WIDE;
    }
    let rest = scalar::text(&bytes[at..]);
    Run {
        length: at + rest.length,
        ascii: if ascii == at { at + rest.ascii } else { ascii },
    }
}

/// What 64 bytes have in common.
struct Block {
    /// All their bits.
    all: v128,
    /// Something, if any of them ends a text.
    ends: v128,
}

impl Block {
    #[inline(always)]
    fn load(block: &[u8; WIDE]) -> Self {
        let vectors @ [a, b, c, d] = vectors(block);
        let least = u8x16_min(u8x16_min(a, b), u8x16_min(c, d));
        let marks = vectors.map(is_mark);
        let marks = v128_or(v128_or(marks[0], marks[1]), v128_or(marks[2], marks[3]));
        Self {
            all: v128_or(v128_or(a, b), v128_or(c, d)),
            ends: v128_or(marks, is_control(least)),
        }
    }
}

#[inline(never)]
pub fn space(bytes: &[u8]) -> usize {
    while_all(bytes, is_space, scalar::space)
}

#[inline(never)]
pub fn digits(bytes: &[u8]) -> usize {
    while_all(bytes, is_digit, scalar::digits)
}

/// How many bytes are of a kind, a vector at a time and the last ones one at a
/// time.
fn while_all(bytes: &[u8], is: impl Fn(v128) -> v128, last: fn(&[u8]) -> usize) -> usize {
    let mut at = 0;
    while let Some(block) = bytes[at..].first_chunk::<WIDTH>() {
        let others = i8x16_bitmask(v128_not(is(load(block))));
        if others != 0 {
            return at + others.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    at + last(&bytes[at..])
}

fn is_mark(vector: v128) -> v128 {
    let quote = i8x16_eq(vector, u8x16_splat(b'"'));
    let backslash = i8x16_eq(vector, u8x16_splat(b'\\'));
    v128_or(quote, backslash)
}

fn ends_text(vector: v128) -> v128 {
    v128_or(is_mark(vector), is_control(vector))
}

fn is_control(vector: v128) -> v128 {
    u8x16_le(vector, u8x16_splat(0x1f))
}

fn is_space(vector: v128) -> v128 {
    let is = |byte| i8x16_eq(vector, u8x16_splat(byte));
    v128_or(v128_or(is(b' '), is(b'\n')), v128_or(is(b'\r'), is(b'\t')))
}

fn is_digit(vector: v128) -> v128 {
    u8x16_lt(u8x16_sub(vector, u8x16_splat(b'0')), u8x16_splat(10))
}

fn first(vectors: [v128; 4]) -> usize {
    let [a, b, c, d] = vectors.map(|vector| u64::from(i8x16_bitmask(vector)));
    (a | b << 16 | c << 32 | d << 48).trailing_zeros() as usize
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
