//! What the figures depend on: the processor, and the versions of what was run.

use std::fs;
use std::thread;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::report::Table;
use crate::{root, tools};

/// The peers whose versions the lock file says.
const PEERS: [&str; 3] = ["serde_json", "simd-json", "sonic-rs"];

/// A table of it.
pub fn table(shell: &Shell) -> Result<Table> {
    let mut table = Table::new(["", "is"]);
    let mut add = |what: &str, is: String| table.add(what, vec![is]);
    add("processor", processor());
    add("cores", thread::available_parallelism()?.to_string());
    let system = said(shell, "uname", &["-sr"]);
    // What follows is the distribution's own.
    let system = system.split('-').next().unwrap_or_default();
    add("system", system.to_owned());
    add("Rust", said(shell, "rustc", &["--version"]));
    let wasmtime = version_in("Cargo.lock", "wasmtime")?;
    add("wasmtime, in the Rust host", wasmtime);
    let program = tools::wasmtime(shell).map(|program| program.display().to_string());
    let program = program.map(|program| said(shell, &program, &["--version"]));
    add(
        "wasmtime, the program",
        program.unwrap_or_else(|_| NONE.to_owned()),
    );
    add("Node", said(shell, "node", &["--version"]));
    add("Python", said(shell, "python3", &["--version"]));
    for peer in PEERS {
        add(peer, version_in("benches/Cargo.lock", peer)?);
    }
    let pins = fs::read_to_string(root().join("benches/requirements.txt"))?;
    for (package, version) in pins.lines().filter_map(|line| line.split_once("==")) {
        add(package, version.to_owned());
    }
    Ok(table)
}

const NONE: &str = "none";

fn processor() -> String {
    let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = described.lines().filter_map(|line| line.split_once(':'));
    let model = lines.find(|(key, _)| key.trim() == "model name");
    model.map_or_else(
        || std::env::consts::ARCH.to_owned(),
        |(_, model)| model.trim().to_owned(),
    )
}

fn said(shell: &Shell, program: &str, words: &[&str]) -> String {
    let said = cmd!(shell, "{program} {words...}").quiet().ignore_stderr();
    said.read().unwrap_or_else(|_| NONE.to_owned())
}

/// The version that a lock file has of a package.
fn version_in(lock: &str, package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join(lock))?;
    let mut lines = lock.lines();
    let name = format!("name = \"{package}\"");
    lines.find(|line| *line == name);
    let version = lines.next().and_then(|line| line.split('"').nth(1));
    Ok(version.unwrap_or(NONE).to_owned())
}
