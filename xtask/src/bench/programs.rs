//! The programs that are timed: builds ours and the peers, and finds out what
//! the machine lacks for others.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Shell, cmd};

use super::race::Contender;
use crate::{artifacts, hosts, root, tools};

/// What all are compared with.
pub const OURS: &str = "Rust host";
/// The peers that are in the chart too.
pub const SERDE_JSON: &str = "serde_json";
pub const ORJSON: &str = "orjson";
pub const CPYTHON: &str = "CPython json.load";
pub const NODE: &str = "Node JSON.parse";
/// The module that the application has, and what replaces it there.
pub const ORIGINAL: &str = "the original";
pub const DROP_IN: &str = "Python drop-in";

/// The ways in which the native peers count: the word for each, and its name.
const NATIVE: [(&str, &str); 6] = [
    ("counter", "our counter, native"),
    ("counter-in-pieces", "our counter, native, 64 KiB pieces"),
    ("serde-json", SERDE_JSON),
    ("serde-json-utf8", "serde_json after from_utf8"),
    ("simd-json", "simd-json"),
    ("sonic-rs", "sonic-rs"),
];

/// What is on the machine.
pub struct Programs {
    host: PathBuf,
    native: PathBuf,
    wasmtime: Option<Wasmtime>,
    /// The host's folder.
    node: Option<PathBuf>,
    python: Option<Python>,
    /// What is not on it, and why.
    pub left_out: Vec<String>,
}

struct Wasmtime {
    program: PathBuf,
    /// The component, as machine code.
    compiled: PathBuf,
}

struct Python {
    host: PathBuf,
    /// The interpreter of an environment that has the peers.
    interpreter: PathBuf,
}

impl Programs {
    /// Builds and installs what is timed, as far as the machine allows.
    pub fn set_up(shell: &Shell) -> Result<Self> {
        artifacts::build(shell)?;
        let host = artifacts::program(shell, &["--release", "--package", "session-recovery-host"])?;
        let native = {
            // sonic-rs chooses its SIMD when it is compiled.
            let _for_this_machine = shell.push_env("RUSTFLAGS", "-C target-cpu=native");
            native_peers(shell, "native")?
        };
        let mut left_out = Vec::new();
        let wasmtime = there(
            "The wasmtime program",
            set_up_wasmtime(shell),
            &mut left_out,
        );
        let node = there("Node", hosts::set_up_node(shell), &mut left_out);
        let python = there("Python", set_up_python(shell), &mut left_out);
        Ok(Self {
            host,
            native,
            wasmtime,
            node,
            python,
            left_out,
        })
    }

    /// The hosts, ours first, each with these words.
    pub fn hosts(&self, sessions: &Path, words: &[&str]) -> Vec<Contender> {
        let sandboxed = |contender: Contender| {
            let directory = [OsStr::new("--sessions"), sessions.as_os_str()];
            contender.with(directory).with(words)
        };
        let wasmtime = self
            .wasmtime
            .as_ref()
            .map(|Wasmtime { program, compiled }| {
                let grant = format!("{}::/sessions", sessions.display());
                let contender = Contender::new("wasmtime program", program);
                let contender = contender.with(["run", "--allow-precompiled", "--dir", &grant]);
                contender.with([compiled]).with(words)
            });
        let node = self.node.as_ref().map(|node| {
            let contender = Contender::new("Node host", "node");
            sandboxed(contender.with([node.join("cli.js")]))
        });
        let python = self.python.as_ref();
        let python = python.map(|python| sandboxed(Contender::new("Python host", &python.host)));
        let ours = sandboxed(Contender::new(OURS, &self.host));
        let others = [wasmtime, node, python].into_iter().flatten();
        [ours].into_iter().chain(others).collect()
    }

    /// Other ways to count the messages of each of these files.
    pub fn peers(&self, files: &[PathBuf]) -> Vec<Contender> {
        let peers = root().join("benches/peers");
        let native = NATIVE.map(|(way, name)| Contender::new(name, &self.native).with([way]));
        let python = self.python.iter().flat_map(|python| {
            let scripts = [("with_orjson.py", ORJSON), ("cpython.py", CPYTHON)];
            scripts.map(|(script, name)| {
                Contender::new(name, &python.interpreter).with([peers.join(script)])
            })
        });
        let node = self.node.iter();
        let node = node.map(|_| Contender::new(NODE, "node").with([peers.join("node.js")]));
        let all = native.into_iter().chain(python).chain(node);
        all.map(|contender| contender.with(files)).collect()
    }

    /// The Python module that the project replaces, with these words.
    pub fn original(&self, words: &[&OsStr]) -> Option<Contender> {
        let python = self.python.as_ref()?;
        let contender = Contender::new(ORIGINAL, &python.interpreter);
        Some(contender.with(in_python("original", words)))
    }

    /// What replaces it in the application, with the same words.
    pub fn drop_in(&self, words: &[&OsStr]) -> Option<Contender> {
        let python = self.python.as_ref()?;
        let contender = Contender::new(DROP_IN, python.host.with_file_name("python"));
        Some(contender.with(in_python("drop_in", words)))
    }

    /// Measures the memory that a program has at most, where there is Python.
    pub fn peak_of(&self, contender: Contender) -> Option<Contender> {
        let python = self.python.as_ref()?;
        let script = root().join("benches/peak.py");
        Some(contender.run_by(&python.interpreter, script))
    }
}

/// The words by which a module of `benches/` is called.
fn in_python(module: &str, words: &[&OsStr]) -> Vec<OsString> {
    let script = root().join("benches/in_python.py").into_os_string();
    let words = words.iter().map(|&word| word.to_owned());
    [script, module.into()].into_iter().chain(words).collect()
}

/// What was set up, unless that failed: then the reason is noted.
fn there<T>(what: &str, set_up: Result<T>, left_out: &mut Vec<String>) -> Option<T> {
    let note = |error: &anyhow::Error| left_out.push(format!("{what}: {error:#}"));
    set_up.inspect_err(note).ok()
}

/// Builds the native peers into a folder of this name.
pub fn native_peers(shell: &Shell, folder: &str) -> Result<PathBuf> {
    native_program(shell, folder, "native-peers")
}

/// Builds a program of `benches/` into a folder of this name: those with other flags go elsewhere.
pub fn native_program(shell: &Shell, folder: &str, name: &str) -> Result<PathBuf> {
    let target = root().join("target/bench").join(folder);
    let manifest = root().join("benches/Cargo.toml");
    let words = [
        OsStr::new("--release"),
        OsStr::new("--manifest-path"),
        manifest.as_os_str(),
        OsStr::new("--target-dir"),
        target.as_os_str(),
        OsStr::new("--bin"),
        OsStr::new(name),
    ];
    artifacts::program(shell, &words)
}

fn set_up_wasmtime(shell: &Shell) -> Result<Wasmtime> {
    let program = tools::wasmtime(shell)?;
    let component = root().join("dist/session-recovery-cli.wasm");
    let compiled = root().join("target/bench/session-recovery-cli.cwasm");
    cmd!(shell, "{program} compile {component} --output {compiled}").run()?;
    Ok(Wasmtime { program, compiled })
}

fn set_up_python(shell: &Shell) -> Result<Python> {
    let host = hosts::set_up_python(shell)?.join("session-recovery");
    let interpreter = python_with_peers(shell)?;
    Ok(Python { host, interpreter })
}

/// The interpreter of an environment that has the peers.
pub fn python_with_peers(shell: &Shell) -> Result<PathBuf> {
    hosts::require_python(shell)?;
    let environment = root().join("target/bench/python");
    let interpreter = environment.join("bin/python");
    let pins = root().join("benches/requirements.txt");
    let installed = environment.join("installed.txt");
    if fs::read(&installed).ok() != Some(fs::read(&pins)?) {
        cmd!(shell, "python3 -m venv --clear {environment}").run()?;
        cmd!(
            shell,
            "{interpreter} -m pip install --quiet --disable-pip-version-check --requirement {pins}"
        )
        .run()?;
        fs::copy(&pins, &installed)?;
    }
    Ok(interpreter)
}
