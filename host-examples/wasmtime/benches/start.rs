//! What it takes before the plugin counts: to compile it, to have it from the cache,
//! and to call it in a store of its own. `cargo xtask bench` runs this with a cache
//! that is empty.

use std::time::{Duration, Instant};

use session_recovery_host::{Limits, Operations, Plugin};

const ROUNDS: usize = 101;

fn main() {
    let compiled = time(new);
    let cached = median(new);
    let directory = tempfile::tempdir().unwrap();
    let plugin = new();
    let sessions = plugin.open(directory.path());
    let called = median(|| sessions.sessions(false).unwrap());
    for (what, took) in [
        ("compiled, with an empty cache", compiled),
        ("from the cache", cached),
        ("a call on an empty directory, in a new store", called),
    ] {
        println!("start: {what}: {:.3}", took.as_secs_f64() * 1000.0);
    }
}

fn new() -> Plugin {
    Plugin::new(Limits::default()).unwrap()
}

fn time<T>(act: impl Fn() -> T) -> Duration {
    let started = Instant::now();
    let made = act();
    let took = started.elapsed();
    drop(made);
    took
}

fn median<T>(act: impl Fn() -> T) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS).map(|_| time(&act)).collect();
    times.sort();
    times[ROUNDS / 2]
}
