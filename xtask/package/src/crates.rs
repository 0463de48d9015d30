//! The crates, as a registry would take them.

use std::fs::{self, File};
use std::process::Command;

use anyhow::{Result, ensure};
use flate2::read::GzDecoder;
use tar::Archive;
use xshell::cmd;

use crate::clean::{Clean, said};
use crate::{Release, VERSION};

/// The crates that others can use; a later one uses those before.
const CRATES: [&str; 2] = ["session-recovery-count", "session-recovery"];

pub fn pack(release: &Release) -> Result<()> {
    let shell = &release.shell;
    let packages = CRATES.map(|name| ["--package", name]).concat();
    // What is packed is what is here, committed or not. Cargo's own trial would take the crates
    // that it unpacked last time, if they have the same version.
    let words = ["--quiet", "--allow-dirty", "--no-verify"];
    cmd!(shell, "cargo package {words...} {packages...}")
        .quiet()
        .run()?;
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    for name in CRATES {
        let packed = metadata.target_directory.join("package").join(file(name));
        fs::copy(packed, release.file(&file(name)))?;
    }
    Ok(())
}

fn file(name: &str) -> String {
    format!("{name}-{VERSION}.crate")
}

/// They build from what is in them, and carry their licence.
pub fn try_out(release: &Release) -> Result<()> {
    let clean = Clean::new()?;
    for name in CRATES {
        let archive = File::open(release.file(&file(name)))?;
        Archive::new(GzDecoder::new(archive)).unpack(clean.folder())?;
        let unpacked = clean.folder().join(format!("{name}-{VERSION}"));
        ensure!(unpacked.join("LICENSE").is_file(), "{name} has no licence");
        for folder in ["tests", "fuzz", "host-examples"] {
            ensure!(!unpacked.join(folder).exists(), "{name} has {folder}");
        }
    }
    for name in CRATES {
        build(&clean, name)?;
        println!("{} builds from what is in it", file(name));
    }
    Ok(())
}

/// Builds an unpacked crate, with the others that are unpacked in place of a registry's.
fn build(clean: &Clean, name: &str) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--all-features"]);
    for other in CRATES.iter().filter(|other| **other != name) {
        let place = clean.folder().join(format!("{other}-{VERSION}"));
        let patch = format!(
            "patch.crates-io.{other}.path={:?}",
            place.display().to_string()
        );
        cargo.args(["--config", &patch]);
    }
    cargo.current_dir(clean.folder().join(format!("{name}-{VERSION}")));
    said(cargo.env("CARGO_TARGET_DIR", clean.folder().join("target")))?;
    Ok(())
}
