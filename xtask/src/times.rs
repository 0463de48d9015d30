//! How long each part of a command took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The parts so far.
pub struct Times {
    started: Instant,
    parts: Vec<(&'static str, Duration)>,
}

impl Times {
    /// Begins now.
    pub const fn new(started: Instant) -> Self {
        let parts = Vec::new();
        Self { started, parts }
    }

    /// Does a part, and says how long that took.
    pub fn part<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        println!("   {name}: {}", words(took));
        self.parts.push((name, took));
        result
    }

    /// Prints a table of all parts.
    pub fn print(&self) {
        let widest = self.parts.iter().map(|(name, _)| name.len()).max();
        let widest = widest.unwrap_or_default();
        println!("\n== Times\n");
        for (name, took) in &self.parts {
            println!("{name:widest$}  {:>10}", words(*took));
        }
        println!(
            "{:widest$}  {:>10}",
            "Together",
            words(self.started.elapsed())
        );
    }
}

/// `45 s`, or `3 min 20 s` from a minute on.
pub fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_minutes_and_seconds() {
        assert_eq!(words(Duration::from_millis(45_900)), "45 s");
        assert_eq!(words(Duration::from_secs(200)), "3 min 20 s");
    }
}
