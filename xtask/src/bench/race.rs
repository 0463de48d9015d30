//! Lets programs do the same work in turn, so that what disturbs the machine
//! disturbs all of them, and takes each one's median.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::report::Table;
use super::units::{figure, milliseconds, ratio, throughput};

/// How many contenders, from the first on, all are compared with.
const COMPARED: usize = 2;

/// A program with the words by which it does the work.
pub struct Contender {
    /// How it is called in a table.
    pub name: &'static str,
    command: Command,
    answers: bool,
}

impl Contender {
    /// One that answers with what it found.
    pub fn new(name: &'static str, program: impl AsRef<Path>) -> Self {
        Self {
            name,
            command: Command::new(program.as_ref()),
            answers: true,
        }
    }

    /// One whose output says nothing about the work.
    pub fn without_answer(name: &'static str, program: impl AsRef<Path>) -> Self {
        Self {
            answers: false,
            ..Self::new(name, program)
        }
    }

    /// With these words more.
    pub fn with<W: AsRef<std::ffi::OsStr>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.command.args(words);
        self
    }

    /// Run by this program and its script, which get its own words.
    pub fn run_by(self, program: &Path, script: PathBuf) -> Self {
        let mut command = Command::new(program);
        command.arg(script).arg(self.command.get_program());
        command.args(self.command.get_args());
        Self { command, ..self }
    }

    /// What it prints.
    pub fn said(mut self) -> Result<String> {
        let output = self.command.stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "{} failed", self.name);
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Runs once, with an eye on what it says; gives why that is not right.
    fn warm_up(&mut self, expected: &str) -> Result<Option<String>> {
        if !self.answers {
            return Ok(self.time()?.err());
        }
        let Output {
            status,
            stdout,
            stderr,
        } = self.command.stdout(Stdio::piped()).output()?;
        if !status.success() {
            let reason = reason(&String::from_utf8_lossy(&stderr));
            return Ok(Some(reason.unwrap_or_else(|| status.to_string())));
        }
        let is_right = String::from_utf8_lossy(&stdout).contains(expected);
        Ok((!is_right).then(|| format!("it does not answer {expected}")))
    }

    fn time(&mut self) -> Result<Result<Duration, String>> {
        let quiet = self.command.stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        let status = quiet.stderr(Stdio::null()).status();
        let time = start.elapsed();
        let status = status.with_context(|| format!("{} cannot be run", self.name))?;
        Ok(if status.success() {
            Ok(time)
        } else {
            Err(status.to_string())
        })
    }
}

/// The line of what a failed program said that tells why.
fn reason(said: &str) -> Option<String> {
    let lines = || said.lines().filter(|line| !line.trim().is_empty());
    let mut telling = lines().filter(|line| line.contains("rror:"));
    telling
        .next()
        .or_else(|| lines().next_back())
        .map(str::to_owned)
}

/// Work, and those who do it.
pub struct Race<'a> {
    /// What the work is.
    pub title: String,
    /// How many bytes everyone reads, where that is the same for all.
    pub bytes: Option<u64>,
    /// Part of every right answer.
    pub expected: String,
    /// Those who do it; all are compared with the first ones.
    pub contenders: Vec<Contender>,
    /// What is done before each run and not timed.
    pub prepare: &'a dyn Fn() -> Result<()>,
}

/// How long each contender took, or why there is no time.
pub struct Results {
    title: String,
    bytes: Option<u64>,
    rows: Vec<(&'static str, Result<Times, String>)>,
}

/// In no order.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Race<'_> {
    /// Runs all contenders once to warm up, and then in so many rounds.
    pub fn run(mut self, rounds: u32) -> Result<Results> {
        let mut results = Vec::new();
        eprintln!("{}: warming up", self.title);
        for contender in &mut self.contenders {
            (self.prepare)()?;
            let wrong = contender.warm_up(&self.expected)?;
            results.push(wrong.map_or_else(|| Ok(Times::default()), Err));
        }
        for round in 1..=rounds {
            eprintln!("{}: round {round} of {rounds}", self.title);
            for (contender, result) in self.contenders.iter_mut().zip(&mut results) {
                let Ok(Times(times)) = result else { continue };
                (self.prepare)()?;
                match contender.time()? {
                    Ok(time) => times.push(time),
                    Err(reason) => *result = Err(reason),
                }
            }
        }
        let names = self.contenders.iter().map(|contender| contender.name);
        Ok(Results {
            title: self.title,
            bytes: self.bytes,
            rows: names.zip(results).collect(),
        })
    }
}

impl Results {
    /// How many MB/s a contender made in its median run.
    pub fn throughput(&self, name: &str) -> Option<f64> {
        let (_, times) = self.rows.iter().find(|(of, _)| *of == name)?;
        let median = times.as_ref().ok()?.median()?;
        Some(throughput(self.bytes?, median))
    }

    /// The table, and who failed.
    pub fn table(&self) -> Table {
        let compared = &self.rows[..COMPARED.min(self.rows.len())];
        let columns = ["", "median, ms", "range, ms"];
        let mut columns = columns.map(str::to_owned).to_vec();
        columns.extend(self.bytes.map(|_| "MB/s".to_owned()));
        columns.extend(compared.iter().map(|(name, _)| format!("× {name}")));
        let medians = compared
            .iter()
            .map(|(_, times)| times.as_ref().ok()?.median());
        let medians: Vec<_> = medians.collect();

        let mut table = Table::new(columns).titled(&self.title);
        for (name, times) in &self.rows {
            match times {
                Ok(times) => table.add(name, times.cells(self.bytes, &medians).unwrap_or_default()),
                Err(reason) => table.note(format!("Failed: {name}: {reason}.")),
            }
        }
        table
    }
}

impl Times {
    fn median(&self) -> Option<Duration> {
        let mut times = self.0.clone();
        times.sort();
        let (below, above) = times.split_at(times.len() / 2);
        let middle = *above.first()?;
        if times.len().is_multiple_of(2) {
            Some((*below.last()? + middle) / 2)
        } else {
            Some(middle)
        }
    }

    fn cells(&self, bytes: Option<u64>, compared: &[Option<Duration>]) -> Option<Vec<String>> {
        let median = self.median()?;
        let (fastest, slowest) = (*self.0.iter().min()?, *self.0.iter().max()?);
        let range = format!("{} to {}", milliseconds(fastest), milliseconds(slowest));
        let mut cells = vec![milliseconds(median), range];
        cells.extend(bytes.map(|bytes| figure(throughput(bytes, median))));
        let ratios = compared
            .iter()
            .map(|other| other.map_or_else(|| "-".to_owned(), |other| ratio(median, other)));
        cells.extend(ratios);
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let median = |times: &[u64]| {
            let times = times.iter().copied().map(Duration::from_secs).collect();
            Times(times).median()
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[9, 1, 2]), Some(Duration::from_secs(2)));
        assert_eq!(median(&[9, 1, 2, 4]), Some(Duration::from_secs(3)));
    }

    #[test]
    fn the_reason_of_a_failure_is_one_line() {
        let node = "file:1\n\nError: too long\n    at read\n\nNode.js v20\n";
        assert_eq!(reason(node).as_deref(), Some("Error: too long"));
        let python = "Traceback:\n  File\nMemoryError\n";
        assert_eq!(reason(python).as_deref(), Some("MemoryError"));
        assert_eq!(reason("\n"), None);
    }
}
