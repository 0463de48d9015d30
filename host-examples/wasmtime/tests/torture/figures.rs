//! How much is done, and the lines that say what came of it. `cargo test` does
//! little; `cargo xtask torture` sets a time and does more of the same.

use std::env;
use std::time::{Duration, Instant};

/// For how many seconds each test may go on; where it is not set, the tests are
/// the bounded ones.
const SECONDS: &str = "TORTURE_SECONDS";

fn seconds() -> Option<u64> {
    env::var(SECONDS).ok()?.parse().ok()
}

/// How often something is to be done: in `cargo test`, and in the long form.
pub fn scaled(bounded: usize, long: usize) -> usize {
    if seconds().is_some() { long } else { bounded }
}

/// When a test stops, however much of it is done by then.
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// For one of so many equal parts of a test.
    pub fn of_one_in(parts: usize) -> Self {
        let end = |seconds| {
            let share = Duration::from_secs(seconds) / u32::try_from(parts).unwrap();
            Instant::now().checked_add(share)
        };
        Self(seconds().and_then(end))
    }

    pub fn is_over(&self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}

/// Prints a line that `cargo xtask torture` collects.
pub fn report(what: &str, figures: &str, started: Instant) {
    let seconds = started.elapsed().as_secs_f32();
    println!("torture: {what}: {figures}, {seconds:.1} s");
}
