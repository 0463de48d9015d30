//! Damages many session files, and shows how many of the messages that are left our salvager and
//! general repairers of JSON bring back.

mod figures;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use xshell::{Shell, cmd};

use crate::bench::inputs::Pair;
use crate::bench::programs::{native_program, python_with_peers};
use crate::bench::report::Report;
use crate::bench::shapes::Shape;
use crate::{hosts, root};
use figures::{Figures, Speed};

/// The file in which the time is measured: 120 MB, as the application writes it.
const LARGE: u64 = 120_000_000;

/// What is read.
#[derive(Args)]
pub struct Options {
    /// How many damaged files are made
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    files: u64,
    /// The seed of the first one; the others follow
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many messages the longest sessions have
    #[arg(long, default_value_t = 5_000)]
    most: u64,
    /// Let the repairers read one of so many files
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// How many seconds a repairer may take for a file
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    bound: u64,
    /// Write benches/salvage.md
    #[arg(long)]
    write: bool,
}

/// Prints the tables, and fails unless what was found is what should be.
pub fn run(shell: &Shell, options: &Options) -> Result<()> {
    let program = native_program(shell, "portable", "salvage-figures")?;
    let peers = Peers::set_up(shell)?;
    let figures = peers.figures(shell, &program, options)?;
    let speed = speed(shell, &program)?;
    let mut report = Report::new(&page::preface(options, &peers));
    page::fill(&mut report, &figures, &speed);
    if options.write {
        let page = "benches/salvage.md";
        report.write(&root().join(page))?;
        println!("\nWritten: {page}");
    }
    let faults = figures.faults();
    if !faults.is_empty() {
        bail!("{}", faults.join("; "));
    }
    Ok(())
}

fn speed(shell: &Shell, program: &Path) -> Result<Speed> {
    let pair = Pair::make(Shape::Prose, LARGE)?;
    let [file, _] = pair.files();
    let said = cmd!(shell, "{program} speed {file}").quiet().read()?;
    serde_json::from_str(&said).context("the program says something else")
}

/// The repairers that the machine has.
struct Peers {
    /// An interpreter that has the Python ones.
    python: Option<PathBuf>,
    /// The folder of the packages for Node.
    node: Option<PathBuf>,
    /// What is not on it, and why.
    left_out: Vec<String>,
    /// The packages, with their versions.
    versions: Vec<String>,
}

impl Peers {
    fn set_up(shell: &Shell) -> Result<Self> {
        let mut left_out = Vec::new();
        let mut there = |what: &str, set_up: Result<PathBuf>| {
            let note = |error: &anyhow::Error| left_out.push(format!("{what}: {error:#}"));
            set_up.inspect_err(note).ok()
        };
        let python = there("Python", python_with_peers(shell));
        let node = there("Node", node_with_peers(shell));
        Ok(Self {
            python,
            node,
            left_out,
            versions: vec![pinned_for_node()?, pinned_for_python()?],
        })
    }

    fn figures(&self, shell: &Shell, program: &Path, options: &Options) -> Result<Figures> {
        let scripts = root().join("benches/peers");
        let script = |name: &str| scripts.join(name).display().to_string();
        let mut words = Vec::new();
        if let Some(python) = &self.python {
            let python = python.display().to_string();
            let cpython = ["--cpython", &python, &script("json_loads.py"), ";"];
            words.extend(cpython.map(str::to_owned));
            let script = script("with_json_repair.py");
            let repairer = ["--peer", "json_repair", &python, &script, ";"];
            words.extend(repairer.map(str::to_owned));
        }
        if self.node.is_some() {
            let script = script("with_jsonrepair.js");
            let repairer = ["--second-peer", "jsonrepair", "node", &script, ";"];
            words.extend(repairer.map(str::to_owned));
        }
        let Options {
            files,
            seed,
            most,
            every,
            bound,
            ..
        } = options;
        let [files, seed, most] = [files, seed, most].map(u64::to_string);
        let [every, bound] = [every, bound].map(u64::to_string);
        let file = root().join("target/bench/damaged.json");
        let table = cmd!(
            shell,
            "{program} table --files {files} --seed {seed} --most {most} --every {every} --bound {bound} --file {file} {words...}"
        );
        let packages = self.node.as_ref().map(|node| node.join("node_modules"));
        let said = table
            .env("NODE_PATH", packages.unwrap_or_default())
            .quiet()
            .read()?;
        serde_json::from_str(&said).context("the program says something else")
    }
}

/// Installs the repairer for Node beside what is built: nothing is put into the sources.
fn node_with_peers(shell: &Shell) -> Result<PathBuf> {
    hosts::require_node(shell)?;
    let folder = root().join("target/bench/node");
    fs::create_dir_all(&folder)?;
    let lock = root().join("benches/package-lock.json");
    let installed = folder.join("installed.json");
    if fs::read(&installed).ok() != Some(fs::read(&lock)?) {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(root().join("benches").join(file), folder.join(file))?;
        }
        let _in_folder = shell.push_dir(&folder);
        cmd!(shell, "npm ci --silent --no-audit --no-fund")
            .quiet()
            .run()?;
        fs::copy(&lock, &installed)?;
    }
    Ok(folder)
}

/// `jsonrepair 1.2.3`
fn pinned_for_node() -> Result<String> {
    let package = fs::read_to_string(root().join("benches/package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&package)?;
    let version = package["dependencies"]["jsonrepair"].as_str();
    let version = version.context("benches/package.json names no jsonrepair")?;
    Ok(format!("jsonrepair {version}"))
}

/// `json_repair 1.2.3`
fn pinned_for_python() -> Result<String> {
    let pins = fs::read_to_string(root().join("benches/requirements.txt"))?;
    let pin = pins.lines().find(|line| line.starts_with("json_repair=="));
    let pin = pin.context("benches/requirements.txt names no json_repair")?;
    Ok(pin.replace("==", " "))
}
