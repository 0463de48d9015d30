//! The programs that restore, each as a process of its own: those of this
//! repository, and the others where the environment names them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that restores.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: &'static str,
    words: Vec<OsString>,
    grant: Grant,
}

/// How the program is told its directory.
#[derive(Clone, Copy, Debug)]
enum Grant {
    Sessions,
    Wasmtime,
}

impl Program {
    /// The program, on a directory; the words of a command are to be added.
    pub fn on(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        match self.grant {
            Grant::Sessions => command.arg("--sessions").arg(directory),
            Grant::Wasmtime => {
                let mut grant = directory.as_os_str().to_owned();
                grant.push("::/sessions");
                command.arg("--dir").arg(grant).arg(component())
            }
        };
        command
    }
}

/// The programs that are here: this crate's, the wasmtime program with the
/// command-line component, and those in `NODE_HOST` and `PYTHON_HOST`.
pub fn programs() -> Vec<Program> {
    let host = Program {
        name: "the Rust program",
        words: vec![env!("CARGO_BIN_EXE_session-recovery-host").into()],
        grant: Grant::Sessions,
    };
    let wasmtime = Program {
        name: "wasmtime run",
        words: vec![
            env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into()),
            "run".into(),
        ],
        grant: Grant::Wasmtime,
    };
    let others = [("Node", "NODE_HOST"), ("Python", "PYTHON_HOST")];
    let others = others.into_iter().filter_map(|(name, variable)| {
        let program = env::var(variable).ok().filter(|words| !words.is_empty())?;
        Some(Program {
            name,
            words: program.split(' ').map(OsString::from).collect(),
            grant: Grant::Sessions,
        })
    });
    [host, wasmtime].into_iter().chain(others).collect()
}

fn component() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/session-recovery-cli.wasm")
}
