//! The npm package, tried on each Node that it is for, as far as the registry has it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use xshell::cmd;
use xtask::{hosts, root};

use crate::clean::{Clean, SESSION, said};
use crate::{Release, VERSION};

/// The first numbers of the versions that it is tried on.
const MAJORS: [u32; 3] = [20, 22, 24];

/// What a program does that uses the library: it is refused an option that there is not,
/// and restores.
const SCRIPT: &str = r#"
import { SessionRecovery } from "session-recovery";
const [directory, id] = process.argv.slice(2);
const recovery = await SessionRecovery.open(directory);
const refused = await recovery.recover(id, { foo: true }).catch((error) => error);
if (!(refused instanceof TypeError)) throw new Error(`an unknown option gave ${refused}`);
await recovery.recover(id);
"#;

fn name() -> String {
    format!("session-recovery-{VERSION}.tgz")
}

pub fn pack(release: &Release) -> Result<()> {
    let shell = &release.shell;
    let node = hosts::set_up_node(shell)?;
    let folder = &release.folder;
    let _in_node = shell.push_dir(node);
    let pack = cmd!(shell, "npm pack --silent --pack-destination {folder}");
    Ok(pack.quiet().ignore_stdout().run()?)
}

pub fn try_out(release: &Release) -> Result<()> {
    let package = release.file(&name());
    let mut tried = 0;
    for major in MAJORS {
        let versions = Clean::new()?;
        let programs = match install(major, versions.folder()) {
            Ok(programs) => programs,
            Err(error) => {
                println!("Not tried on Node {major}: {error:#}");
                continue;
            }
        };
        try_on(&programs, &package).with_context(|| format!("on Node {major}"))?;
        println!("{} restores on Node {major}", name());
        tried += 1;
    }
    ensure!(tried > 0, "there is no Node to try it on");
    Ok(())
}

/// Installs this version of Node, and gives its folder of programs.
fn install(major: u32, folder: &Path) -> Result<PathBuf> {
    fs::write(folder.join("package.json"), "{}")?;
    said(npm(folder).arg("install").arg(format!("node@{major}")))?;
    let programs = folder.join("node_modules/node/bin");
    let version = said(Command::new(programs.join("node")).arg("--version"))?;
    if !version.starts_with(&format!("v{major}.")) {
        bail!("what the registry gives is {version}");
    }
    Ok(programs)
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["--silent", "--no-audit", "--no-fund", "--prefer-offline"]);
    npm.current_dir(folder);
    npm
}

fn try_on(programs: &Path, package: &Path) -> Result<()> {
    let clean = Clean::new()?;
    fs::write(clean.folder().join("package.json"), "{}")?;
    said(npm(clean.folder()).arg("install").arg(package))?;
    let commands = clean.folder().join("node_modules/.bin");
    clean.restore(&mut clean.command(commands.join("session-recovery"), &[programs])?)?;
    try_server(&commands.join("session-recovery-server"), programs)?;

    let clean_again = Clean::new()?;
    let script = clean.folder().join("script.mjs");
    fs::write(&script, SCRIPT)?;
    let mut library = clean.command(programs.join("node"), &[])?;
    said(library.arg(script).arg(clean_again.sessions()).arg(SESSION))?;
    clean_again.require_restored()?;
    require_files(&clean.folder().join("node_modules/session-recovery"))
}

/// The server restores, and then serves its page.
fn try_server(server: &Path, programs: &Path) -> Result<()> {
    let clean = Clean::new()?;
    let mut server = clean.command(server, &[programs])?;
    server.arg("--sessions").arg(clean.sessions());
    let mut server = server
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let log = server.stdout.take().context("the server has no output")?;
    let page = page_of(BufReader::new(log));
    server.kill()?;
    server.wait()?;
    ensure!(
        page?.contains("<!doctype html>"),
        "the server serves no page"
    );
    clean.require_restored()
}

/// The page at the address that a line of the log names.
fn page_of(log: impl BufRead) -> Result<String> {
    for line in log.lines() {
        let line = line?;
        let Some((_, address)) = line.split_once("http://") else {
            continue;
        };
        let address = address.split('/').next().unwrap_or_default();
        let mut connection = TcpStream::connect(address)?;
        write!(
            connection,
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut page = String::new();
        connection.read_to_string(&mut page)?;
        return Ok(page.to_lowercase());
    }
    bail!("the server does not listen");
}

/// What old resolvers look for, and what a package should have, is there.
fn require_files(package: &Path) -> Result<()> {
    let manifest = fs::read(package.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)?;
    for key in ["main", "types"] {
        let file = manifest[key].as_str();
        let file = file.with_context(|| format!("it has no {key}"))?;
        ensure!(package.join(file).is_file(), "its {key} is missing");
    }
    for file in ["LICENSE", "README.md", "server/public/index.html"] {
        ensure!(package.join(file).is_file(), "{file} is missing");
    }
    let licence = fs::read(root().join("LICENSE"))?;
    ensure!(
        fs::read(package.join("LICENSE"))? == licence,
        "its licence is another"
    );
    Ok(())
}
