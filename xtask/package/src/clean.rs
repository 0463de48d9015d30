//! A clean environment: a directory of its own, and no variable of the machine's.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail, ensure};
use tempfile::TempDir;

const WIPED: &str = r#"{"title": "Trip", "messages": []}"#;
const WHOLE: &str = r#"{"title": "Trip", "messages": [{"content": "1"}, {"content": "2"}]}"#;
/// The session that is restored in each trial.
pub const SESSION: &str = "trip";

/// A directory with a session that a save has wiped, and room for what is tried.
pub struct Clean(TempDir);

impl Clean {
    pub fn new() -> Result<Self> {
        let clean = Self(tempfile::tempdir()?);
        fs::create_dir(clean.sessions())?;
        fs::write(clean.live(), WIPED)?;
        let backup = clean.sessions().join(format!("{SESSION}.json.bak"));
        fs::write(backup, WHOLE)?;
        Ok(clean)
    }

    /// Where the thing that is tried goes.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn sessions(&self) -> PathBuf {
        self.folder().join("sessions")
    }

    fn live(&self) -> PathBuf {
        self.sessions().join(format!("{SESSION}.json"))
    }

    /// A program that has no variables but the system's PATH, after these folders.
    pub fn command(&self, program: impl AsRef<OsStr>, folders: &[&Path]) -> Result<Command> {
        let system = ["/usr/bin", "/bin"].map(Path::new);
        let path = std::env::join_paths(folders.iter().copied().chain(system))?;
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path);
        command.current_dir(self.folder());
        Ok(command)
    }

    /// Restores the session with this command, and fails unless it is as its backup was.
    pub fn restore(&self, command: &mut Command) -> Result<()> {
        command.arg("--sessions").arg(self.sessions());
        said(command.args(["recover", SESSION]))?;
        self.require_restored()
    }

    pub fn require_restored(&self) -> Result<()> {
        let live = fs::read_to_string(self.live())?;
        ensure!(live == WHOLE, "the session is not restored: {live}");
        Ok(())
    }
}

/// Runs a command, and gives what it printed; fails if it fails.
pub fn said(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {}\n{said}{errors}", output.status);
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_is_not_restored_is_noticed() {
        let clean = Clean::new().unwrap();
        let mut does_nothing = clean.command("true", &[]).unwrap();
        assert!(clean.restore(&mut does_nothing).is_err());
        let backup = clean.sessions().join(format!("{SESSION}.json.bak"));
        fs::copy(backup, clean.live()).unwrap();
        clean.require_restored().unwrap();
    }

    #[test]
    fn a_command_has_no_variable_of_this_machine() {
        let clean = Clean::new().unwrap();
        let variables = said(&mut clean.command("env", &[]).unwrap()).unwrap();
        assert_eq!(variables, "PATH=/usr/bin:/bin\n");
    }
}
