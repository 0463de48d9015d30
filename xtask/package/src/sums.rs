//! The checksums of a release's files, as `sha256sum --check` reads them.

use std::fmt::Write;
use std::fs;

use anyhow::Result;
use sha2::{Digest, Sha256};
use xshell::cmd;

use crate::Release;

const NAME: &str = "SHA256SUMS";

pub fn write(release: &Release) -> Result<()> {
    let mut sums = String::new();
    for name in release.files()?.iter().filter(|name| **name != NAME) {
        let bytes = fs::read(release.file(name))?;
        writeln!(sums, "{}  {name}", sha256(&bytes))?;
    }
    fs::write(release.file(NAME), sums)?;
    let _in_folder = release.shell.push_dir(&release.folder);
    Ok(cmd!(release.shell, "sha256sum --quiet --check {NAME}")
        .quiet()
        .run()?)
}

/// The digest in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
