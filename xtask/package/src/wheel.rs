//! The wheel, tried on each Python that it is for and that this machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xshell::cmd;
use xtask::{hosts, root};

use crate::clean::{Clean, said};
use crate::{Release, VERSION};

/// The second number of the versions of Python 3 that it is tried on.
const MINORS: [u32; 3] = [11, 12, 13];

pub fn pack(release: &Release) -> Result<()> {
    let shell = &release.shell;
    let programs = hosts::install_python(shell, &root().join("target/first-look"))?;
    let pip = programs.join("pip");
    let (python, folder) = (root().join("host-examples/python"), &release.folder);
    let wheel = cmd!(
        shell,
        "{pip} wheel --quiet --no-deps --wheel-dir {folder} {python}"
    );
    Ok(wheel
        .quiet()
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .run()?)
}

pub fn try_out(release: &Release) -> Result<()> {
    let name = format!("session_recovery-{VERSION}-py3-none-any.whl");
    let wheel = release.file(&name);
    let mut tried = 0;
    for minor in MINORS {
        let Some(python) = interpreter(minor) else {
            println!("Not tried on CPython 3.{minor}: it is not on this machine");
            continue;
        };
        try_on(&python, &wheel).with_context(|| format!("on CPython 3.{minor}"))?;
        println!("{name} restores on CPython 3.{minor}");
        tried += 1;
    }
    ensure!(tried > 0, "there is no CPython to try it on");
    Ok(())
}

/// A Python of this version, on the PATH or among those that pyenv installed.
fn interpreter(minor: u32) -> Option<PathBuf> {
    let name = format!("python3.{minor}");
    let roots = ["PYENV_ROOT", "HOME"].map(|name| std::env::var_os(name).map(PathBuf::from));
    let [pyenv, home] = roots;
    let pyenv = pyenv.or_else(|| Some(home?.join(".pyenv")));
    let installed = pyenv
        .and_then(|root| root.join("versions").read_dir().ok())
        .into_iter()
        .flatten();
    let installed = installed.filter_map(|entry| Some(entry.ok()?.path().join("bin").join(&name)));
    [PathBuf::from(&name)]
        .into_iter()
        .chain(installed)
        .find(|python| {
            let version = Command::new(python).arg("--version").output();
            version.is_ok_and(|version| version.status.success())
        })
}

fn try_on(python: &Path, wheel: &Path) -> Result<()> {
    let clean = Clean::new()?;
    let environment = clean.folder().join("environment");
    said(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    let programs = environment.join("bin");
    let mut pip = Command::new(programs.join("pip"));
    said(
        pip.args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(wheel),
    )?;
    clean.restore(&mut clean.command(programs.join("session-recovery"), &[])?)?;
    let script = "import session_recovery; print(session_recovery.__file__)";
    let mut library = clean.command(programs.join("python"), &[])?;
    let place = said(library.args(["-c", script]))?;
    ensure!(
        place.starts_with(&*environment.to_string_lossy()),
        "it is {place}"
    );
    Ok(())
}
