//! The crates, as a registry would take them.

use std::fs::{self, File};

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use tar::Archive;
use xshell::cmd;

use crate::{Release, VERSION};

/// The crates that others can use; a later one uses those before.
const CRATES: [&str; 2] = ["session-recovery-count", "session-recovery"];

/// Cargo builds each from its archive and the others', without the repository.
pub fn pack(release: &Release) -> Result<()> {
    let shell = &release.shell;
    let packages = CRATES.map(|name| ["--package", name]).concat();
    // What is packed is what is here, committed or not.
    cmd!(shell, "cargo package --quiet --allow-dirty {packages...}")
        .quiet()
        .run()?;
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    for name in CRATES {
        let file = format!("{name}-{VERSION}.crate");
        let packed = metadata.target_directory.join("package").join(&file);
        fs::copy(packed, release.file(&file))?;
    }
    Ok(())
}

/// They carry their licence, and what the sources need.
pub fn try_out(release: &Release) -> Result<()> {
    for name in CRATES {
        let file = format!("{name}-{VERSION}.crate");
        let mut archive = Archive::new(GzDecoder::new(File::open(release.file(&file))?));
        let mut names = Vec::new();
        for entry in archive.entries()? {
            let path = entry?.path()?.into_owned();
            let inside = path.strip_prefix(format!("{name}-{VERSION}"));
            names.push(inside.context("a file outside")?.display().to_string());
        }
        ensure!(
            names.contains(&"LICENSE".to_owned()),
            "{file} has no licence"
        );
        let strange = names
            .iter()
            .find(|name| name.contains("tests/") || name.contains("fuzz/"));
        ensure!(strange.is_none(), "{file} has {strange:?}");
        println!("{file} builds by itself; it has {} files", names.len());
    }
    Ok(())
}
