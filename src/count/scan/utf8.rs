//! Checks UTF-8 in the vectors of WebAssembly, along with what else is looked for in them. This is
//! the algorithm of Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte"
//! (2021). A byte can be an error by itself, with the byte before it, or as the third or fourth of
//! a character. Three tables cover the first two.
#![allow(
    clippy::inline_always,
    reason = "each function is a part of a loop, whose variables are to stay in registers"
)]

use std::arch::wasm32::{
    i8x16_shuffle, u8x16, u8x16_shr, u8x16_splat, u8x16_sub_sat, u8x16_swizzle, v128, v128_and,
    v128_any_true, v128_or, v128_xor,
};

/// A lead is not followed by as many bytes as it should be.
const TOO_SHORT: u8 = 1 << 0;
/// ASCII is followed by what continues a character.
const TOO_LONG: u8 = 1 << 1;
/// Three bytes where two would do.
const OVERLONG_3: u8 = 1 << 2;
/// More than U+10FFFF, from 0xf4 0x90 on.
const TOO_LARGE: u8 = 1 << 3;
/// Half of a pair.
const SURROGATE: u8 = 1 << 4;
/// Two bytes where one would do.
const OVERLONG_2: u8 = 1 << 5;
/// Four bytes where three would do; and more than U+10FFFF, from 0xf5 0x80 on.
const OVERLONG_4: u8 = 1 << 6;
/// Two bytes that continue a character: an error unless a third or fourth is due.
const CONTINUED: u8 = 1 << 7;
/// What does not depend on the low half of the first byte.
const ANY: u8 = TOO_SHORT | TOO_LONG | CONTINUED;
const BEYOND: u8 = ANY | TOO_LARGE | OVERLONG_4;

/// The errors that the high half of a byte allows, if it is the first of two.
const FIRST_HIGH: v128 = table([
    [TOO_LONG; 4],
    [TOO_LONG; 4],
    [CONTINUED; 4],
    [
        TOO_SHORT | OVERLONG_2,
        TOO_SHORT,
        TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | OVERLONG_4,
    ],
]);
/// Those that its low half allows.
const FIRST_LOW: v128 = table([
    [
        ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
        ANY | OVERLONG_2,
        ANY,
        ANY,
    ],
    [ANY | TOO_LARGE, BEYOND, BEYOND, BEYOND],
    [BEYOND; 4],
    [BEYOND, BEYOND | SURROGATE, BEYOND, BEYOND],
]);
/// Those that the high half of the second byte allows.
const SECOND_HIGH: v128 = table([
    [TOO_SHORT; 4],
    [TOO_SHORT; 4],
    [
        TOO_LONG | CONTINUED | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
        TOO_LONG | CONTINUED | OVERLONG_2 | OVERLONG_3 | TOO_LARGE,
        TOO_LONG | CONTINUED | OVERLONG_2 | SURROGATE | TOO_LARGE,
        TOO_LONG | CONTINUED | OVERLONG_2 | SURROGATE | TOO_LARGE,
    ],
    [TOO_SHORT; 4],
]);

const fn table([a, b, c, d]: [[u8; 4]; 4]) -> v128 {
    u8x16(
        a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3], d[0], d[1], d[2],
        d[3],
    )
}

/// Whether a text is UTF-8, from the start of a character on.
pub struct Check {
    /// Something, if there was an error.
    errors: v128,
    /// The last vector.
    last: v128,
    /// The errors that its bytes allow as the first of two.
    last_allows: v128,
}

impl Default for Check {
    #[inline(always)]
    fn default() -> Self {
        Self {
            errors: u8x16_splat(0),
            last: u8x16_splat(0),
            last_allows: u8x16_splat(TOO_LONG),
        }
    }
}

impl Check {
    /// Takes any number of ASCII vectors.
    #[inline(always)]
    pub fn feed_ascii(&mut self) {
        const NONE: u8 = 0xff;
        let most = u8x16(
            NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0xef,
            0xdf, 0xbf,
        );
        let begun = u8x16_sub_sat(self.last, most);
        *self = Self {
            errors: v128_or(self.errors, begun),
            ..Self::default()
        };
    }

    /// Takes the next vectors.
    #[inline(always)]
    pub fn feed(&mut self, vectors: [v128; 4]) {
        for vector in vectors {
            self.feed_one(vector);
        }
    }

    #[inline(always)]
    fn feed_one(&mut self, vector: v128) {
        let low = v128_and(vector, u8x16_splat(0x0f));
        let high = u8x16_shr(vector, 4);
        let allows = v128_and(
            u8x16_swizzle(FIRST_HIGH, high),
            u8x16_swizzle(FIRST_LOW, low),
        );
        let first = one_before(self.last_allows, allows);
        let errors = v128_and(first, u8x16_swizzle(SECOND_HIGH, high));
        let is_third = over(two_before(self.last, vector), 0xdf);
        let is_fourth = over(three_before(self.last, vector), 0xef);
        // There it is no error that two bytes continue a character, and one where they do not.
        let due = v128_and(v128_or(is_third, is_fourth), u8x16_splat(CONTINUED));
        self.errors = v128_or(self.errors, v128_xor(errors, due));
        self.last = vector;
        self.last_allows = allows;
    }

    /// Whether there was no error so far.
    #[inline(always)]
    pub fn is_sound(&self) -> bool {
        !v128_any_true(self.errors)
    }
}

/// The highest bit is set in each byte that is more than `most`, which is at least 0x80.
#[inline(always)]
fn over(vector: v128, most: u8) -> v128 {
    u8x16_sub_sat(vector, u8x16_splat(most - 0x7f))
}

/// For each byte, the one before it.
#[inline(always)]
fn one_before(last: v128, vector: v128) -> v128 {
    i8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(last, vector)
}

#[inline(always)]
fn two_before(last: v128, vector: v128) -> v128 {
    i8x16_shuffle::<14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29>(last, vector)
}

#[inline(always)]
fn three_before(last: v128, vector: v128) -> v128 {
    i8x16_shuffle::<13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28>(last, vector)
}
