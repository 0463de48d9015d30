//! Sets up the hosts that are not Rust: what each needs on the machine, and
//! what its own files install.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::{root, tools};

/// The versions the hosts need, as their own files say.
const OLDEST_NODE: (u32, u32) = (20, 11);
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// Fails with a remedy unless there is a Node that serves.
pub fn require_node(shell: &Shell) -> Result<()> {
    require(shell, "Node", "node", OLDEST_NODE)?;
    let npm = cmd!(shell, "npm --version").quiet().ignore_stderr().read();
    npm.context("npm is not on the PATH. Remedy: install it")?;
    Ok(())
}

/// Fails with a remedy unless there is a Python that serves.
pub fn require_python(shell: &Shell) -> Result<()> {
    require(shell, "Python", "python3", OLDEST_PYTHON)
}

/// Installs the Node host's packages and builds it; gives its folder.
pub fn set_up_node(shell: &Shell) -> Result<PathBuf> {
    require_node(shell)?;
    let node = root().join("host-examples/node");
    let _in_node = shell.push_dir(&node);
    if !is_installed(&node) {
        cmd!(shell, "npm ci --silent --no-audit --no-fund")
            .quiet()
            .run()?;
    }
    cmd!(shell, "npm run --silent build").quiet().run()?;
    Ok(node)
}

/// Whether npm installed what the lock file says.
fn is_installed(node: &Path) -> bool {
    let changed = |name: &str| fs::metadata(node.join(name)).and_then(|file| file.modified());
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

/// Installs the Python host and the tools for its tests into an environment of
/// its own; gives the environment's folder of programs.
pub fn set_up_python(shell: &Shell) -> Result<PathBuf> {
    let environment = root().join("target/python");
    let programs = python_environment(shell, &environment)?;
    let python = root().join("host-examples/python");
    let pip = programs.join("pip");
    let _pip_is_quiet = shell.push_env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    let pins = python.join("requirements-dev.txt");
    let installed = environment.join("installed.txt");
    if fs::read(&installed).ok() != Some(fs::read(&pins)?) {
        cmd!(shell, "{pip} install --quiet --requirement {pins}").run()?;
        fs::copy(&pins, &installed)?;
    }
    cmd!(
        shell,
        "{pip} install --quiet --no-build-isolation --no-deps --force-reinstall {python}"
    )
    .run()?;
    Ok(programs)
}

/// Installs only the Python host, as its users would; gives the environment's folder of programs.
pub fn install_python(shell: &Shell, environment: &Path) -> Result<PathBuf> {
    let programs = python_environment(shell, environment)?;
    let pip = programs.join("pip");
    let python = root().join("host-examples/python");
    let install = cmd!(shell, "{pip} install --quiet {python}");
    install
        .quiet()
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .run()?;
    Ok(programs)
}

/// Makes an environment, unless it is there; gives its folder of programs.
fn python_environment(shell: &Shell, environment: &Path) -> Result<PathBuf> {
    require_python(shell)?;
    let programs = environment.join("bin");
    if !programs.join("pip").is_file() {
        cmd!(shell, "python3 -m venv --clear {environment}")
            .quiet()
            .run()?;
    }
    Ok(programs)
}

/// The Chromium in which the server's page is tried.
pub fn set_up_chromium(shell: &Shell) -> Result<PathBuf> {
    if let Some(chromium) = chromium() {
        return Ok(chromium);
    }
    println!("Installing Chromium, for the tests of the server's page");
    match (tools::apt_get(shell, "chromium"), chromium()) {
        (Ok(()), Some(chromium)) => Ok(chromium),
        _ => bail!(
            "There is no Chromium, and apt-get does not install it. Remedy: install it and name it in CHROMIUM."
        ),
    }
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .flat_map(|directory| ["chromium", "chromium-browser"].map(|name| directory.join(name)));
    named
        .into_iter()
        .chain(on_path)
        .find(|program| program.is_file())
}

fn require(shell: &Shell, name: &str, program: &str, oldest: (u32, u32)) -> Result<()> {
    let (major, minor) = oldest;
    let remedy = format!("Remedy: install {name} {major}.{minor} or newer");
    let said = cmd!(shell, "{program} --version")
        .quiet()
        .ignore_stderr()
        .read()
        .with_context(|| format!("{program} is not on the PATH. {remedy}"))?;
    if version(&said).is_none_or(|version| version < oldest) {
        bail!("{program} is {said}, which is too old. {remedy}");
    }
    Ok(())
}

/// The (20, 11) of `v20.11.1`, the (3, 12) of `Python 3.12.0`.
fn version(said: &str) -> Option<(u32, u32)> {
    let digits = said.find(|character: char| character.is_ascii_digit())?;
    let mut numbers = said[digits..].split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
