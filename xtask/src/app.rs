//! Tries the Python drop-in in the application that it is made for, beside the original module.
//!
//! The application is not here: whoever runs this brings a checkout, which is only copied.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, value_parser};
use xshell::{Shell, cmd};

use crate::{artifacts, hosts, root};

/// Where the application has the module that the drop-in replaces.
const MODULE: &str = "api/session_recovery.py";
/// The whole of the file in its place, as the Python package's README has it.
const REPLACEMENT: &str = "\
from session_recovery.hermes import *

if __name__ == \"__main__\":
    raise SystemExit(main())
";
/// What the application and its tests need, by the name of its own file; the fuller one first.
const REQUIREMENTS: [&str; 2] = ["requirements-dev.txt", "requirements.txt"];

/// What is tried, and where the application is.
#[derive(Args)]
pub struct Options {
    /// A checkout of the application
    directory: PathBuf,
    /// How many starts in a row are to leave no more and more files
    #[arg(long, default_value_t = 6, value_parser = value_parser!(u8).range(6..=20))]
    starts: u8,
    /// Try only these parts
    #[arg(long, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
}

/// The parts of the comparison.
#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// The application's own tests that touch recovery
    Tests,
    /// Its server and its programs on damaged state directories
    Layouts,
    /// Many starts in a row
    Starts,
    /// A deleted session, and its words on the disk
    Deletion,
}

/// Compares the two modules; fails if they differ in what the package's README does not say.
pub fn run(shell: &Shell, started_in: &Path, options: &Options) -> Result<()> {
    let checkout = started_in.join(&options.directory);
    if !checkout.join(MODULE).is_file() {
        bail!(
            "{} is no checkout of the application: it has no {MODULE}",
            checkout.display()
        );
    }
    artifacts::build(shell)?;
    let app = root().join("target/app");
    let programs = set_up(shell, &checkout, &app.join("python"))?;
    let [original, drop_in] = ["original", "drop-in"].map(|name| app.join(name));
    copy(shell, &checkout, &original)?;
    copy(shell, &checkout, &drop_in)?;
    fs::write(drop_in.join(MODULE), REPLACEMENT)?;

    let python = programs.join("python");
    let work = app.join("work");
    let starts = options.starts.to_string();
    let mut parts: Vec<String> = options.only.iter().copied().map(word).collect();
    if !parts.is_empty() {
        parts.insert(0, "--only".to_owned());
    }
    println!("Comparing the original and the drop-in: all parts take 5 to 10 minutes");
    cmd!(
        shell,
        "{python} -m app --original {original} --drop-in {drop_in} --work {work} --starts {starts} {parts...}"
    )
    .quiet()
    .env("PYTHONPATH", root().join("host-examples/python/tests"))
    .env("PYTHONDONTWRITEBYTECODE", "1")
    .run()
    .context("there are differences that the Python package's README does not document")
}

/// Installs what the application needs, and the Python package; gives the folder of programs.
fn set_up(shell: &Shell, checkout: &Path, environment: &Path) -> Result<PathBuf> {
    println!("Installing the application's requirements, and the Python package");
    let programs = hosts::install_python(shell, environment)?;
    let pip = programs.join("pip");
    let requirements = REQUIREMENTS
        .map(|name| checkout.join(name))
        .into_iter()
        .find(|file| file.is_file())
        .context("the application says nowhere what it requires")?;
    cmd!(shell, "{pip} install --quiet --requirement {requirements}")
        .quiet()
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .run()?;
    Ok(programs)
}

/// Copies the checkout without its history, which the application looks into only for its version.
fn copy(shell: &Shell, checkout: &Path, target: &Path) -> Result<()> {
    shell.remove_path(target)?;
    shell.create_dir(target)?;
    for entry in fs::read_dir(checkout)? {
        let entry = entry?;
        if entry.file_name() != ".git" {
            let path = entry.path();
            cmd!(shell, "cp -a {path} {target}").quiet().run()?;
        }
    }
    Ok(())
}

fn word(part: Part) -> String {
    let value = part.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
