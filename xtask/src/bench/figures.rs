//! Figures that programs of the workspace print themselves, each on a line.

use std::fs;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use super::report::Table;
use crate::root;

/// A process compiles the plugin once, so there are some.
const PROCESSES: usize = 7;

/// What it takes to compile the plugin, to have it from the cache and to call it: what that
/// process says which is in the middle of some by its compilation.
pub fn start(shell: &Shell) -> Result<Table> {
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        let said = start_once(shell)?;
        let compiled = said.lines().find_map(|line| line.rsplit_once(": "));
        let (_, compiled) = compiled.context("the benchmark says nothing")?;
        processes.push((compiled.parse::<f64>()?, said));
    }
    processes.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (_, said) = &processes[PROCESSES / 2];
    table("start", "ms", said)
}

/// Runs the benchmark with an empty cache.
fn start_once(shell: &Shell) -> Result<String> {
    let cache = root().join("target/bench/cache");
    if cache.exists() {
        fs::remove_dir_all(&cache)?;
    }
    let bench = cmd!(
        shell,
        "cargo bench --quiet --package session-recovery-host --bench start"
    );
    Ok(bench.quiet().env("XDG_CACHE_HOME", cache).read()?)
}

/// What the plugin computes for a byte of each of some shapes, and how many times that
/// where it also looks at what the last save says.
pub fn fuel(shell: &Shell) -> Result<[Table; 2]> {
    let test = cmd!(
        shell,
        "cargo test --quiet --package session-recovery-host --test fuel -- --nocapture --test-threads 1"
    );
    let said = test.quiet().read()?;
    Ok([
        table("fuel", "fuel per byte", &said)?,
        table("facts", "times the fuel", &said)?,
    ])
}

/// A table of the lines that begin with this word, as in `fuel: prose: 3.63`.
fn table(word: &str, unit: &str, said: &str) -> Result<Table> {
    let mut table = Table::new(["", unit]);
    let mut rows = 0;
    for line in said.lines() {
        // The runner of the tests puts points before some lines.
        let line = line.trim_start_matches('.');
        let Some(figure) = line
            .strip_prefix(word)
            .and_then(|line| line.strip_prefix(": "))
        else {
            continue;
        };
        if let Some((name, figure)) = figure.rsplit_once(": ") {
            table.add(name, vec![figure.to_owned()]);
            rows += 1;
        }
    }
    ensure!(rows > 0, "no line begins with `{word}: `");
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_among_what_else_is_printed() {
        let said = "running 2 tests\nfuel: prose: 3.63\n.fuel: code: 9.24\nfuel\n";
        let expected = "\
            |       | fuel per byte |\n\
            |-------|--------------:|\n\
            | prose |          3.63 |\n\
            | code  |          9.24 |\n";
        assert_eq!(
            table("fuel", "fuel per byte", said).unwrap().to_string(),
            expected
        );
        assert!(table("start", "ms", said).is_err());
    }
}
