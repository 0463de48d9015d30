//! The long forms of the tests that stress a restore, one after another, and a
//! table of what came of them.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xshell::Shell;

use crate::{artifacts, root, tools};

/// The parts, by the names that their tests begin with, and what each does.
const PARTS: [(&str, &str); 9] = [
    ("faults:", "every call of the file system fails"),
    (
        "concurrent_writer:",
        "another program acts between any two calls",
    ),
    ("disks:", "full and read-only disks"),
    ("limits:", "out of memory and out of time"),
    ("hostile:", "a directory made by an enemy"),
    ("large:", "files and directories too large for memory"),
    ("kills:", "guests stopped and hosts killed anywhere"),
    ("races:", "four processes and a writer"),
    ("name_swaps:", "names swapped meanwhile"),
];

/// The line of a test begins with it, wherever that is on the line.
const MARK: &str = "stress: ";

/// Runs the long forms; together they take about so many minutes.
pub fn run(shell: &Shell, minutes: u64) -> Result<()> {
    artifacts::build(shell)?;
    let wasmtime = tools::wasmtime(shell)?;
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let mut table = Table::default();
    let mut failed = Vec::new();
    for (number, (part, what)) in PARTS.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        let tests = tests_in(part)?;
        // What the parts before did not use is for those after.
        let share = left.as_secs() / (PARTS.len() - number) as u64;
        let seconds = (share / tests.max(1)).max(1);
        println!(
            "\n== {} of {}: {what}, {tests} tests of {seconds} seconds at most",
            number + 1,
            PARTS.len()
        );
        if !table.fill(part, seconds, wasmtime.clone().into())? {
            failed.push(*what);
        }
    }
    table.print();
    if !failed.is_empty() {
        bail!("there are violations: {}", failed.join("; "));
    }
    Ok(())
}

fn stress(part: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--quiet", "--package", "session-recovery-host"]);
    cargo.args(["--test", "stress", "--", "--test-threads", "1", part]);
    cargo.current_dir(root());
    cargo
}

fn tests_in(part: &str) -> Result<u64> {
    let listed = stress(part).arg("--list").output()?;
    if !listed.status.success() {
        bail!("{}", String::from_utf8_lossy(&listed.stderr));
    }
    let listed = String::from_utf8(listed.stdout)?;
    let tests = listed.lines().filter(|line| line.ends_with(": test"));
    Ok(tests.count() as u64)
}

/// What the tests said.
#[derive(Default)]
struct Table(Vec<(String, String)>);

impl Table {
    /// Runs a part, shows what it prints, and takes its figures; gives whether
    /// all went well.
    fn fill(&mut self, part: &str, seconds: u64, wasmtime: OsString) -> Result<bool> {
        let mut tests = stress(part)
            .env("STRESS_SECONDS", seconds.to_string())
            .env("WASMTIME", wasmtime)
            .stdout(Stdio::piped())
            .spawn()
            .context("cargo cannot be run")?;
        let output = tests.stdout.take().context("the tests have no output")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            self.0.extend(figures(&line));
        }
        Ok(tests.wait()?.success())
    }

    fn print(&self) {
        let width = self.0.iter().map(|(what, _)| what.len()).max();
        let width = width.unwrap_or_default();
        println!("\n== Figures");
        for (what, figures) in &self.0 {
            println!("{what:width$}  {figures}");
        }
    }
}

/// `stress: what: figures`
fn figures(line: &str) -> Option<(String, String)> {
    let (_, line) = line.split_once(MARK)?;
    let (what, figures) = line.split_once(": ")?;
    Some((what.to_owned(), figures.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_wherever_they_stand_on_a_line() {
        let found = Some(("a part".to_owned(), "12 runs, 0.1 s".to_owned()));
        assert_eq!(figures("stress: a part: 12 runs, 0.1 s"), found);
        assert_eq!(figures("test x ... stress: a part: 12 runs, 0.1 s"), found);
        assert_eq!(figures("test result: ok. 3 passed; 0 failed"), None);
    }
}
