//! The program for Linux: one file that needs no library of the system.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, Header};
use xshell::cmd;
use xtask::{artifacts, root, tools};

use crate::clean::{Clean, said};
use crate::{Release, VERSION};

/// Its name for users.
pub const PROGRAM: &str = "session-recovery";

fn folder() -> String {
    format!("{PROGRAM}-{VERSION}-{}-linux", std::env::consts::ARCH)
}

fn archive() -> String {
    format!("{}.tar.gz", folder())
}

/// Builds it and packs it with its licence.
pub fn pack(release: &Release) -> Result<()> {
    let program = build(release)?;
    let file = File::create(release.file(&archive()))?;
    let mut packed = Builder::new(GzEncoder::new(file, Compression::best()));
    append(
        &mut packed,
        &format!("{}/{PROGRAM}", folder()),
        &program,
        0o755,
    )?;
    let licence = fs::read(root().join("LICENSE"))?;
    append(
        &mut packed,
        &format!("{}/LICENSE", folder()),
        &licence,
        0o644,
    )?;
    packed.into_inner()?.finish()?;
    Ok(())
}

/// Adds a file without a time and an owner, so that the same bytes give the same archive.
pub fn append(
    archive: &mut Builder<impl std::io::Write>,
    path: &str,
    bytes: &[u8],
    mode: u32,
) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    Ok(archive.append_data(&mut header, path, bytes)?)
}

fn build(release: &Release) -> Result<Vec<u8>> {
    let shell = &release.shell;
    let target = tools::static_target();
    tools::add_targets(shell, &[target.as_str()])?;
    tools::set_up_musl(shell)?;
    let words = ["--quiet", "--package", "session-recovery-host"];
    let release_words = ["--profile", "static", "--target", target.as_str()];
    let program = artifacts::program(shell, &[words.as_slice(), &release_words].concat())?;
    Ok(fs::read(program)?)
}

/// Its bytes, as they were packed.
pub fn packed(release: &Release) -> Result<Vec<u8>> {
    let unpacked = Clean::new()?;
    Ok(fs::read(unpack(release, &unpacked)?)?)
}

fn unpack(release: &Release, clean: &Clean) -> Result<PathBuf> {
    let file = File::open(release.file(&archive()))?;
    Archive::new(flate2::read::GzDecoder::new(file)).unpack(clean.folder())?;
    Ok(clean.folder().join(folder()).join(PROGRAM))
}

pub fn try_out(release: &Release) -> Result<()> {
    let clean = Clean::new()?;
    let program = unpack(release, &clean)?;
    let needs = cmd!(release.shell, "readelf --dynamic {program}")
        .quiet()
        .read();
    let needs = needs.context("readelf cannot be run")?;
    ensure!(!needs.contains("NEEDED"), "it needs libraries: {needs}");
    let version = said(clean.command(&program, &[])?.arg("--version"))?;
    ensure!(version.contains(VERSION), "it says {version}");
    clean.restore(&mut clean.command(&program, &[])?)?;
    println!("{} restores without any library", archive());
    Ok(())
}
