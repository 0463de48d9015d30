//! Every check of the project, and how many tests ran.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::{artifacts, root, tools};

/// Runs every check and ends with a line that counts the tests.
pub fn run(shell: &Shell) -> Result<()> {
    step("Format");
    cmd!(shell, "cargo fmt --all --check").run()?;

    step("Components");
    artifacts::build(shell)?;

    step("Lints");
    cmd!(
        shell,
        "cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings"
    )
    .run()?;
    let [plugin, command] = tools::TARGETS;
    cmd!(shell, "cargo clippy --quiet --package session-recovery --release --lib --target {plugin} -- -D warnings").run()?;
    cmd!(shell, "cargo clippy --quiet --package session-recovery --release --bins --features command --target {command} -- -D warnings").run()?;

    step("Documentation");
    cmd!(
        shell,
        "cargo doc --quiet --workspace --no-deps --all-features"
    )
    .env("RUSTDOCFLAGS", "-D warnings")
    .run()?;

    step("The wasmtime program");
    let wasmtime = tools::wasmtime(shell)?;

    step("Tests");
    let mut tests = Command::new("cargo");
    tests.args(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    tests.env("WASMTIME", wasmtime).current_dir(root());
    let Tally { passed, failed } = count(tests)?;
    println!("\n{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} tests failed");
    }
    Ok(())
}

fn step(name: &str) {
    println!("\n== {name}");
}

#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
}

/// Runs the tests, shows what they print, and adds up what each test program
/// counts.
fn count(mut tests: Command) -> Result<Tally> {
    let mut tests = tests.stdout(Stdio::piped()).spawn()?;
    let output = tests.stdout.take().context("the tests have no output")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            tally.passed += number_before(counts, " passed");
            tally.failed += number_before(counts, " failed");
        }
    }
    let status = tests.wait()?;
    if !status.success() && tally.failed == 0 {
        bail!("the tests could not be run: {status}");
    }
    Ok(tally)
}

/// The 12 of `ok. 12 passed; 0 failed`.
fn number_before(counts: &str, what: &str) -> u32 {
    let before = counts.split(what).next().unwrap_or_default();
    before
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}
