//! How much is done, and the lines that say what came of it. `cargo test` does
//! little; `cargo xtask stress` sets a time and does more of the same.

use std::env;
use std::time::{Duration, Instant};

/// For how many seconds each test may go on; where it is not set, the tests are
/// the bounded ones.
const SECONDS: &str = "STRESS_SECONDS";

fn seconds() -> Option<u64> {
    env::var(SECONDS).ok()?.parse().ok()
}

/// How often something is to be done: in `cargo test`, and in the long form.
pub fn scaled(bounded: usize, long: usize) -> usize {
    if seconds().is_some() { long } else { bounded }
}

/// How often something is done: in `cargo test` so many times; in the long form
/// at least as often, and more until the time is up.
pub struct Bound {
    least: usize,
    most: usize,
    end: Option<Instant>,
}

impl Bound {
    /// For one of so many equal parts of a test.
    pub fn of_one_in(parts: usize, bounded: usize, long: usize) -> Self {
        let end = |seconds| {
            let share = Duration::from_secs(seconds) / u32::try_from(parts).unwrap();
            Instant::now().checked_add(share)
        };
        Self {
            least: bounded,
            most: scaled(bounded, long),
            end: seconds().and_then(end),
        }
    }

    /// Whether there is to be one more.
    pub fn goes_on(&self, done: usize) -> bool {
        let is_over = self.end.is_some_and(|end| Instant::now() >= end);
        done < self.least || done < self.most && !is_over
    }
}

/// Places between 0 and the end, the same ones each time, and well spread however
/// many there come to be.
pub fn spread(number: usize, end: u64) -> u64 {
    const GOLDEN: u64 = 0x9E37_79B9;
    let place = (number as u64).wrapping_mul(GOLDEN) & 0xFFFF_FFFF;
    let place = (u128::from(place) * u128::from(end)) >> 32;
    u64::try_from(place).unwrap()
}

/// Prints a line that `cargo xtask stress` collects.
pub fn report(what: &str, figures: &str, started: Instant) {
    let seconds = started.elapsed().as_secs_f32();
    println!("stress: {what}: {figures}, {seconds:.1} s");
}
