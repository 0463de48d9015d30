//! Looks for inputs that break what should hold for each, and keeps those that
//! reach code which no other input reaches.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use xshell::Shell;

use crate::{root, tools};

/// A kind of input, and what should hold for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Any bytes as a session file: its count
    Counter,
    /// Documents that are sessions or nearly: their count
    Json,
    /// Pairs of documents: what a merge puts in place
    Merge,
    /// Any text as an id and as a file's name
    Names,
    /// Damaged sessions: what a salvage finds
    Salvage,
}

/// Longer files are tried by the target `json`, which makes long numbers and deep nesting
/// out of few bytes.
const LONGEST_INPUT: u32 = 8192;
/// An input that takes so many seconds is a finding too.
const TIMEOUT: u32 = 10;

/// Divides the minutes among the targets, and fails if one has findings.
pub fn run(shell: &Shell, minutes: u32, targets: &[Target]) -> Result<()> {
    let tools = Fuzzer::set_up(shell)?;
    let seconds = u64::from(minutes) * 60 / targets.len() as u64;
    let mut results = Vec::new();
    for target in targets {
        let name = target.name();
        println!("\n== {name}, for {seconds} seconds");
        let mut fuzzed = tools.fuzz(&name, seconds)?;
        // A finding would stop the merge as well.
        if fuzzed.findings.is_empty() {
            fuzzed.kept = tools.keep(&name)?;
        }
        results.push((name, fuzzed));
    }
    print_table(&results)?;
    report_findings(&tools.cargo_fuzz, &results)
}

impl Target {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// The targets, built with the fuzzer's instrumentation.
struct Fuzzer {
    cargo_fuzz: PathBuf,
}

impl Fuzzer {
    fn set_up(shell: &Shell) -> Result<Self> {
        let cargo_fuzz = tools::cargo_fuzz(shell)?;
        let fuzzer = Self { cargo_fuzz };
        let built = fuzzer.command("build").status()?;
        if !built.success() {
            bail!("the fuzz targets cannot be built: {built}");
        }
        Ok(fuzzer)
    }

    /// The crate has no unsafe code for a sanitizer to watch, and without one
    /// the stable toolchain serves.
    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.cargo_fuzz);
        command.current_dir(root()).arg(subcommand);
        command.args(["--sanitizer", "none"]);
        command
    }

    /// Fuzzes on from both corpora, and adds what is new to the large one.
    fn fuzz(&self, name: &str, seconds: u64) -> Result<Fuzzed> {
        let large = large_corpus(name);
        fs::create_dir_all(&large)?;
        let mut command = self.command("run");
        command.arg(name).args([&large, &corpus(name)]).arg("--");
        let dictionary = root().join(format!("fuzz/dictionaries/{name}.dict"));
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.args([
            format!("-max_total_time={seconds}"),
            format!("-max_len={LONGEST_INPUT}"),
            format!("-timeout={TIMEOUT}"),
            "-print_final_stats=1".to_owned(),
        ]);
        let (fuzzed, success) = followed(command)?;
        if !success && fuzzed.findings.is_empty() {
            bail!("the target {name} could not be run");
        }
        Ok(fuzzed)
    }

    /// Adds those inputs of the large corpus to the committed one that reach
    /// code which none of its inputs reaches; gives how many are new. How often
    /// code is reached does not count, so that the corpus stays small.
    fn keep(&self, name: &str) -> Result<usize> {
        let committed = corpus(name);
        let before = files(&committed)?.len();
        let mut command = self.command("run");
        command.arg(name).args([&committed, &large_corpus(name)]);
        command.args(["--", "-merge=1", "-use_counters=0"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let merged = command.status()?;
        if !merged.success() {
            bail!("the corpus of {name} cannot be merged: {merged}");
        }
        Ok(files(&committed)?.len().saturating_sub(before))
    }
}

/// The committed corpus: it is replayed by the tests.
fn corpus(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

/// All that the runs on this machine found.
fn large_corpus(target: &str) -> PathBuf {
    root().join("target/fuzz/corpus").join(target)
}

fn files(directory: &Path) -> Result<Vec<u64>> {
    let entries = fs::read_dir(directory)?;
    let sizes = entries.map(|entry| Ok(entry?.metadata()?.len()));
    sizes.collect()
}

/// What a run of a target came to.
#[derive(Debug, Default, PartialEq)]
struct Fuzzed {
    runs: u64,
    /// In one second.
    pace: u64,
    /// The edges of code that the corpora reach, before and after.
    edges: Option<(u64, u64)>,
    /// The files that hold an input which breaks a property.
    findings: Vec<String>,
    /// How many inputs are new in the committed corpus.
    kept: usize,
}

/// Runs a target, shows what it prints, and takes the figures from that.
fn followed(mut command: Command) -> Result<(Fuzzed, bool)> {
    let mut running = command.stderr(Stdio::piped()).spawn()?;
    let output = running.stderr.take().context("the fuzzer has no output")?;
    let mut fuzzed = Fuzzed::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        fuzzed.add(&line);
    }
    Ok((fuzzed, running.wait()?.success()))
}

impl Fuzzed {
    /// Takes a line of libFuzzer's output: `#325 INITED cov: 1011 ft: 2538 …`,
    /// `stat::number_of_executed_units: 553471`, or `…Test unit written to FILE`.
    fn add(&mut self, line: &str) {
        let figure = |label| {
            let after = line.split(label).nth(1)?;
            after.split_whitespace().next()?.parse().ok()
        };
        if let Some(runs) = figure("stat::number_of_executed_units:") {
            self.runs = runs;
        } else if let Some(pace) = figure("stat::average_exec_per_sec:") {
            self.pace = pace;
        } else if let Some(now) = figure(" cov:").filter(|_| line.starts_with('#')) {
            self.edges = Some((self.edges.map_or(now, |(before, _)| before), now));
        } else if let Some((_, file)) = line.split_once("Test unit written to ") {
            self.findings.push(shown(file.trim()));
        }
    }
}

/// The file as seen from the root, where the commands are run.
fn shown(file: &str) -> String {
    let file = Path::new(file);
    let shown = file.strip_prefix(root()).unwrap_or(file);
    shown.display().to_string()
}

fn print_table(results: &[(String, Fuzzed)]) -> Result<()> {
    println!(
        "\n{:<8}  {:>11}  {:>9}  {:>12}  {:>12}  {:>13}  {:>8}",
        "TARGET", "RUNS", "A SECOND", "EDGES", "CORPUS", "NEW IN CORPUS", "FINDINGS"
    );
    for (target, fuzzed) in results {
        let sizes = files(&corpus(target))?;
        let edges = fuzzed.edges.map_or_else(String::new, |(before, after)| {
            format!("{after} (+{})", after.saturating_sub(before))
        });
        println!(
            "{target:<8}  {:>11}  {:>9}  {edges:>12}  {:>12}  {:>13}  {:>8}",
            fuzzed.runs,
            fuzzed.pace,
            format!(
                "{}, {} kB",
                sizes.len(),
                sizes.iter().sum::<u64>().div_ceil(1000)
            ),
            fuzzed.kept,
            fuzzed.findings.len(),
        );
    }
    println!("\nThe corpus is fuzz/corpus: commit what is new in it.");
    Ok(())
}

/// Says where each finding is and how to see it again.
fn report_findings(cargo_fuzz: &Path, results: &[(String, Fuzzed)]) -> Result<()> {
    let cargo_fuzz = cargo_fuzz.display();
    let mut found = 0;
    for (target, fuzzed) in results {
        for file in &fuzzed.findings {
            println!(
                "\n{file} breaks {target}.\n\
                 See it again: {cargo_fuzz} run --sanitizer none {target} {file}\n\
                 Make it a test: copy it to fuzz/corpus/{target}."
            );
        }
        found += fuzzed.findings.len();
    }
    if found > 0 {
        bail!("inputs that break what should hold: {found}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_what_the_fuzzer_prints() {
        let mut fuzzed = Fuzzed::default();
        for line in [
            "INFO: Seed: 4136606223",
            "#325\tINITED cov: 1011 ft: 2538 corp: 247/143Kb exec/s: 0 rss: 28Mb",
            "#329\tNEW    cov: 1012 ft: 2540 corp: 248/143Kb lim: 8192 exec/s: 0",
            "#900\tDONE   cov: 1266 ft: 5712 corp: 1666/352Kb lim: 8192 exec/s: 14584",
            "artifact_prefix='fuzz/artifacts/names/'; Test unit written to fuzz/artifacts/names/crash-da39",
            "stat::number_of_executed_units: 900",
            "stat::average_exec_per_sec:     14584",
        ] {
            fuzzed.add(line);
        }
        let expected = Fuzzed {
            runs: 900,
            pace: 14584,
            edges: Some((1011, 1266)),
            findings: vec!["fuzz/artifacts/names/crash-da39".to_owned()],
            kept: 0,
        };
        assert_eq!(fuzzed, expected);
    }
}
