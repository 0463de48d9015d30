//! Every check of the project, and how many tests ran.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Error, Result, bail};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use xtask::artifacts::{COMPONENTS, Component};

use crate::matrix::Matrix;
use crate::times::Times;
use crate::{artifacts, hosts, root, tools};

/// A part of the checks, by what it needs on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The component, the wasmtime host and the wasmtime program
    Rust,
    /// The Node host and the server
    Node,
    /// The Python host
    Python,
}

/// The packages whose libraries need not be fast, and so are built quickly.
const TASKS: [&str; 2] = ["xtask", "xtask-package"];

/// The packages that are no part of the workspace.
const APART: [&str; 2] = ["benches", "fuzz"];

impl Part {
    /// How many minutes its checks take on two cores, in a fresh clone.
    const fn minutes(self) -> u32 {
        match self {
            Self::Rust => 9,
            Self::Node => 3,
            Self::Python => 2,
        }
    }
}

/// Runs the checks of these parts and ends with a line that counts the tests.
pub fn run(shell: &Shell, parts: &[Part], started: Instant) -> Result<()> {
    require(shell, parts)?;
    say_how_long(shell, parts);
    let mut times = Times::new(started);
    times.part("Components", || artifacts::build(shell))?;
    let hosts = Hosts::check(shell, parts, &mut times)?;
    if parts.contains(&Part::Rust) {
        check_rust(shell, &mut times)?;
    }
    let tests = hosts.test(shell, parts, &mut times);
    times.print();
    tests?.finish()
}

fn say_how_long(shell: &Shell, parts: &[Part]) {
    let minutes: u32 = parts.iter().map(|part| part.minutes()).sum();
    println!("This takes about {minutes} minutes on 2 cores.");
    if parts.contains(&Part::Rust) && !tools::has_wasmtime(shell) {
        println!("It takes 8 to 16 minutes more this once, to build the wasmtime program.");
    }
}

/// The hosts that are not Rust, checked and built, as far as they are wanted.
struct Hosts {
    /// The folder of the Node host.
    node: Option<PathBuf>,
    /// The folder of the Python host's programs.
    python: Option<PathBuf>,
}

impl Hosts {
    fn check(shell: &Shell, parts: &[Part], times: &mut Times) -> Result<Self> {
        let mut hosts = Self {
            node: None,
            python: None,
        };
        if parts.contains(&Part::Node) {
            hosts.node = Some(times.part("The Node host", || check_node(shell))?);
        }
        if parts.contains(&Part::Python) {
            hosts.python = Some(times.part("The Python host", || check_python(shell))?);
        }
        Ok(hosts)
    }

    /// The programs that the cases are run with, by the variables that name them.
    fn programs(&self) -> Vec<(&'static str, OsString)> {
        let node = self.node.iter().map(|node| {
            let program = node.join("cli.js").display().to_string();
            ("NODE_HOST", format!("node {program}").into())
        });
        let python = self.python.iter();
        let python = python.map(|python| ("PYTHON_HOST", python.join("session-recovery").into()));
        node.chain(python).collect()
    }

    fn test(&self, shell: &Shell, parts: &[Part], times: &mut Times) -> Result<Tests> {
        let mut programs = self.programs();
        if parts.contains(&Part::Rust) {
            let wasmtime = times.part("The wasmtime program", || tools::wasmtime(shell))?;
            programs.push(("CARGO_TARGET_WASM32_WASIP2_RUNNER", wasmtime.clone().into()));
            programs.push(("WASMTIME", wasmtime.into()));
        }
        let mut tests = Tests::default();
        for (name, mut cargo) in cargo_tests(parts) {
            cargo.envs(programs.clone());
            times.part(name, || tests.count(&mut cargo, cargo_counts))?;
        }
        if let Some(node) = &self.node {
            let mut npm = Command::new("npm");
            npm.args(["run", "--silent", "test"]).current_dir(node);
            npm.env("CHROMIUM", hosts::set_up_chromium(shell)?);
            times.part("Tests in Node", || tests.count(&mut npm, node_counts))?;
        }
        if let Some(python) = &self.python {
            let mut pytest = Command::new(python.join("pytest"));
            let folder = root().join("host-examples/python");
            pytest.arg("--quiet").current_dir(folder);
            times.part("Tests in Python", || {
                tests.count(&mut pytest, pytest_counts)
            })?;
        }
        Ok(tests)
    }
}

/// Fails unless the machine has what the parts need.
fn require(shell: &Shell, parts: &[Part]) -> Result<()> {
    let lacks = parts.iter().filter_map(|part| {
        let (name, error) = match part {
            Part::Rust => return None,
            Part::Node => ("node", hosts::require_node(shell).err()?),
            Part::Python => ("python", hosts::require_python(shell).err()?),
        };
        Some((name, error))
    });
    let lacks: Vec<(&str, Error)> = lacks.collect();
    for (name, error) in &lacks {
        eprintln!(
            "The checks of {name} cannot be run: {error}, or leave them out with --skip {name}."
        );
    }
    if !lacks.is_empty() {
        bail!("the machine lacks what some checks need; nothing was run");
    }
    Ok(())
}

fn check_rust(shell: &Shell, times: &mut Times) -> Result<()> {
    times.part("Format", || format(shell))?;
    times.part("Lints", || lints(shell))?;
    times.part("Documentation", || {
        let words = ["--quiet", "--workspace", "--no-deps", "--all-features"];
        let doc = cmd!(shell, "cargo doc {words...}");
        Ok(doc.env("RUSTDOCFLAGS", "-D warnings").run()?)
    })
}

fn format(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo fmt --all --check").run()?;
    for package in APART {
        cmd!(
            shell,
            "cargo fmt --manifest-path {package}/Cargo.toml --check"
        )
        .run()?;
    }
    Ok(())
}

fn lints(shell: &Shell) -> Result<()> {
    cmd!(
        shell,
        "cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings"
    )
    .run()?;
    for Component {
        package, target, ..
    } in COMPONENTS
    {
        let words = [
            "--quiet",
            "--release",
            "--package",
            package,
            "--target",
            target,
        ];
        cmd!(shell, "cargo clippy {words...} -- -D warnings").run()?;
    }
    Ok(())
}

fn check_node(shell: &Shell) -> Result<PathBuf> {
    let node = hosts::set_up_node(shell)?;
    let _in_node = shell.push_dir(&node);
    cmd!(shell, "npm run --silent check").run()?;
    Ok(node)
}

fn check_python(shell: &Shell) -> Result<PathBuf> {
    let programs = hosts::set_up_python(shell)?;
    let [ruff, mypy] = ["ruff", "mypy"].map(|name| programs.join(name));
    let _in_python = shell.push_dir(root().join("host-examples/python"));
    cmd!(shell, "{ruff} format --check").run()?;
    cmd!(shell, "{ruff} check").run()?;
    cmd!(shell, "{mypy}").run()?;
    Ok(programs)
}

/// All tests of the workspace, and the counter's in WebAssembly, where it has vectors;
/// or only the cases of the other hosts. Each with what it is called.
fn cargo_tests(parts: &[Part]) -> Vec<(&'static str, Command)> {
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(["test", "--all-features", "--no-fail-fast"]);
        cargo.args(args).current_dir(root());
        cargo
    };
    if parts.contains(&Part::Rust) {
        let [xtask, package] = TASKS;
        let mut all = cargo(&["--workspace", "--exclude", xtask, "--exclude", package]);
        if !parts.contains(&Part::Python) {
            println!("Without python, the counter is not compared with CPython's own json.");
            all.args(["--", "--skip", "cpython_gives_the_same_answers"]);
        }
        let [_, command] = tools::COMPONENT_TARGETS;
        let vectors = cargo(&["--package", "session-recovery-count", "--target", command]);
        let quick = [
            "--profile",
            "quick",
            "--package",
            xtask,
            "--package",
            package,
        ];
        return vec![
            ("Tests of xtask", cargo(&quick)),
            ("Tests of the workspace, and the cases", all),
            ("Tests of the counter in WebAssembly", vectors),
        ];
    }
    let cases = |host| cargo(&["--package", "session-recovery", "--test", "cases", host]);
    let hosts = parts.iter().filter_map(|part| match part {
        Part::Rust => None,
        Part::Node => Some(("The cases in Node", cases("Node:"))),
        Part::Python => Some(("The cases in Python", cases("Python:"))),
    });
    hosts.collect()
}

/// What the test programs said.
#[derive(Default)]
struct Tests {
    passed: u32,
    failed: u32,
    matrix: Matrix,
}

impl Tests {
    /// Runs a test program, shows what it prints, and adds up what it counts:
    /// `counts` finds how many passed and failed in a line of its output.
    fn count(&mut self, tests: &mut Command, counts: fn(&str) -> (u32, u32)) -> Result<()> {
        let failed_before = self.failed;
        let mut tests = tests
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be run", tests.get_program().display()))?;
        let output = tests.stdout.take().context("the tests have no output")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            self.matrix.add(&line);
            let (passed, failed) = counts(&line);
            self.passed += passed;
            self.failed += failed;
        }
        let status = tests.wait()?;
        if !status.success() && self.failed == failed_before {
            bail!("the tests could not be run: {status}");
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.matrix.print()?;
        println!("\n{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 {
            bail!("{} tests failed", self.failed);
        }
        Ok(())
    }
}

/// `test result: ok. 12 passed; 0 failed; …`
fn cargo_counts(line: &str) -> (u32, u32) {
    line.strip_prefix("test result: ")
        .map_or((0, 0), passed_and_failed)
}

/// `# pass 12` and `# fail 0`, each on its line.
fn node_counts(line: &str) -> (u32, u32) {
    let number_after = |what| {
        let number = line
            .strip_prefix(what)
            .and_then(|number| number.parse().ok());
        number.unwrap_or_default()
    };
    let failed = number_after("# fail ") + number_after("# cancelled ");
    (number_after("# pass "), failed)
}

/// `12 passed in 3.45s` or `1 failed, 12 passed in 63.45s (0:01:03)`
fn pytest_counts(line: &str) -> (u32, u32) {
    let is_time = |time: &str| {
        let time = time.split(' ').next().unwrap_or_default();
        time.strip_suffix('s')
            .is_some_and(|seconds| seconds.parse::<f64>().is_ok())
    };
    match line.rsplit_once(" in ") {
        Some((counts, time)) if is_time(time) => passed_and_failed(counts),
        _ => (0, 0),
    }
}

fn passed_and_failed(counts: &str) -> (u32, u32) {
    let number_before = |what| {
        let before = counts.split(what).next().unwrap_or_default();
        let is_there = before.len() < counts.len();
        let number = before.rsplit(' ').next().filter(|_| is_there);
        number
            .and_then(|number| number.parse().ok())
            .unwrap_or_default()
    };
    (number_before(" passed"), number_before(" failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_in_what_each_runner_prints() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 0 ignored";
        assert_eq!(cargo_counts(cargo), (12, 3));
        assert_eq!(cargo_counts("12 passed"), (0, 0));
        assert_eq!(node_counts("# pass 12"), (12, 0));
        assert_eq!(node_counts("# fail 3"), (0, 3));
        assert_eq!(node_counts("# cancelled 1"), (0, 1));
        assert_eq!(pytest_counts("12 passed in 3.45s"), (12, 0));
        assert_eq!(pytest_counts("3 failed, 12 passed in 3.45s"), (12, 3));
        assert_eq!(pytest_counts("3 failed in 0.1s"), (0, 3));
        assert_eq!(pytest_counts("177 passed in 98.43s (0:01:38)"), (177, 0));
        assert_eq!(pytest_counts("no one passed in vain"), (0, 0));
    }
}
