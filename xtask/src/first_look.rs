//! The first look at the tool: the host that this machine has ready soonest, and a dry
//! run on a reader's own directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use crate::{artifacts, hosts, root, tools};

/// What runs the component; the quickest to set up first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Runs {
    /// The Python host, with wasmtime from its registry
    Python,
    /// The wasmtime program on the PATH
    Wasmtime,
    /// The Rust host, compiled here
    Rust,
}

/// A command that is ready to run.
pub struct Host {
    runs: Runs,
    /// What stands before and after the directory on its command line.
    before: Vec<OsString>,
    after: Vec<OsString>,
}

impl Host {
    /// Sets up the host that is wanted, or else the first that works.
    pub fn set_up(shell: &Shell, wanted: Option<Runs>) -> Result<Self> {
        if let Some(wanted) = wanted {
            return wanted.set_up(shell);
        }
        for runs in [Runs::Python, Runs::Wasmtime] {
            match runs.set_up(shell) {
                Ok(host) => return Ok(host),
                Err(error) => println!("Not with {runs:?}: {error:#}"),
            }
        }
        Runs::Rust.set_up(shell)
    }

    /// Runs it and shows its command line, which can be typed as it is shown.
    pub fn run(&self, shell: &Shell, sessions: &Path, words: &[&str]) -> Result<()> {
        println!("$ {} {}", self.shown(sessions), words.join(" "));
        let mut command_line = self.command_line(sessions.as_os_str().to_owned());
        let program = command_line.remove(0);
        // What it says about the sessions is what is to be seen, whatever its exit code.
        let run = cmd!(shell, "{program} {command_line...} {words...}");
        Ok(run.quiet().ignore_status().run()?)
    }

    /// Whether it takes this directory for a session directory.
    fn can_list(&self, shell: &Shell, sessions: &Path) -> bool {
        let mut command_line = self.command_line(sessions.as_os_str().to_owned());
        let program = command_line.remove(0);
        let list = cmd!(shell, "{program} {command_line...} list");
        list.quiet().ignore_stdout().ignore_stderr().run().is_ok()
    }

    /// Its command line for this directory, from the repository's root.
    fn shown(&self, sessions: &Path) -> String {
        let words = self.command_line(shown(sessions).into());
        shell_words::join(words.iter().map(|word| shown(Path::new(word))))
    }

    /// The command line that restores, as a shell takes it.
    fn shown_restore(&self, sessions: &Path) -> String {
        let restore = format!("{} recover-all", self.shown(sessions));
        match self.runs {
            // It cannot give a file the mode that it had, so nobody else may read it.
            Runs::Wasmtime => format!("(umask 077; {restore})"),
            Runs::Python | Runs::Rust => restore,
        }
    }

    fn command_line(&self, sessions: OsString) -> Vec<OsString> {
        let mut words = self.before.clone();
        match self.runs {
            Runs::Wasmtime => {
                let mut grant = sessions;
                grant.push("::/sessions");
                words.push(grant);
            }
            Runs::Python | Runs::Rust => words.push(sessions),
        }
        words.extend(self.after.clone());
        words
    }
}

impl Runs {
    fn set_up(self, shell: &Shell) -> Result<Host> {
        let sessions_of = |program: PathBuf| vec![program.into(), "--sessions".into()];
        let (before, after) = match self {
            Self::Python => (sessions_of(python(shell)?), Vec::new()),
            Self::Wasmtime => {
                tools::wasmtime_on_the_path(shell)?;
                println!("Building the components (1 to 2 minutes the first time)");
                artifacts::build(shell)?;
                let before = ["wasmtime", "run", "--dir"].map(OsString::from);
                let component = root().join("dist/session-recovery-cli.wasm");
                (before.into(), vec![component.into()])
            }
            Self::Rust => {
                build_component(shell)?;
                println!("Building the Rust host (2 to 3 minutes the first time)");
                let words = ["--quiet", "--profile", "quick"];
                let package = ["--package", "session-recovery-host"];
                let program = artifacts::program(shell, &[words.as_slice(), &package].concat())?;
                (sessions_of(program), Vec::new())
            }
        };
        Ok(Host {
            runs: self,
            before,
            after,
        })
    }
}

fn build_component(shell: &Shell) -> Result<()> {
    println!("Building the component (1 minute the first time)");
    artifacts::build_for_hosts(shell)
}

fn python(shell: &Shell) -> Result<PathBuf> {
    hosts::require_python(shell)?;
    build_component(shell)?;
    println!("Installing the Python host into target/first-look (10 seconds the first time)");
    let programs = hosts::install_python(shell, &root().join("target/first-look"))?;
    let program = programs.join("session-recovery");
    let version = cmd!(shell, "{program} --version").quiet().ignore_stdout();
    version.run().context("the installed host cannot run")?;
    Ok(program)
}

/// Says what would be restored in a directory, without changing anything in it.
pub fn dry_run(shell: &Shell, wanted: Option<Runs>, sessions: &Path) -> Result<()> {
    if !sessions.is_dir() {
        bail!("{} is not a directory", sessions.display());
    }
    let host = Host::set_up(shell, wanted)?;
    println!("\nWhat would be restored. Nothing is changed:\n");
    host.run(shell, sessions, &["recover-all", "--dry-run"])?;
    if !host.can_list(shell, sessions) {
        bail!("nothing was looked at, for the reason above");
    }
    println!("\nTo restore: stop the application, copy the directory, then run\n");
    println!("$ {}", host.shown_restore(sessions));
    Ok(())
}

/// A place as it is typed in the repository's root.
pub fn shown(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(runs: Runs, before: &[&str], after: &[&str]) -> Host {
        let words = |words: &[&str]| words.iter().map(|word| root().join(word).into()).collect();
        Host {
            runs,
            before: words(before),
            after: words(after),
        }
    }

    #[test]
    fn a_command_line_is_shown_as_it_can_be_typed() {
        let python = host(Runs::Python, &["bin/a", "--sessions"], &[]);
        let demo = root().join("target/demo");
        assert_eq!(python.shown(&demo), "bin/a --sessions target/demo");
        let odd = Path::new("/my sessions");
        assert_eq!(python.shown(odd), "bin/a --sessions '/my sessions'");
    }

    #[test]
    fn wasmtime_restores_for_nobody_else_to_read() {
        let words = ["wasmtime", "run", "--dir"];
        let wasmtime = host(Runs::Wasmtime, &words, &["dist/a.wasm"]);
        assert_eq!(
            wasmtime.shown_restore(Path::new("/s")),
            "(umask 077; wasmtime run --dir /s::/sessions dist/a.wasm recover-all)"
        );
    }
}
