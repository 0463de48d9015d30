//! Builds the components into `dist/`.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_encoder::{Component, RawSection};
use wasmparser::{Parser, Payload};
use xshell::{Shell, cmd};

use crate::{root, tools};

/// The components: the package and the target of each, the file that gives, and its name.
const COMPONENTS: [(&str, &str, &str, &str); 3] = [
    (
        "session-recovery-plugin",
        "wasm32-unknown-unknown",
        "session_recovery_plugin.wasm",
        "session-recovery.wasm",
    ),
    (
        "session-recovery-reporter",
        "wasm32-unknown-unknown",
        "session_recovery_reporter.wasm",
        "session-recovery-report.wasm",
    ),
    (
        "session-recovery-command",
        "wasm32-wasip2",
        "session-recovery-cli.wasm",
        "session-recovery-cli.wasm",
    ),
];

/// Builds both components.
pub fn build(shell: &Shell) -> Result<()> {
    tools::add_targets(shell)?;
    let dist = root().join("dist");
    fs::create_dir_all(&dist)?;
    let target = cmd!(shell, "cargo metadata --no-deps --format-version 1")
        .quiet()
        .read()?;
    let target: serde_json::Value = serde_json::from_str(&target)?;
    let target = target["target_directory"]
        .as_str()
        .context("cargo names no target directory")?;
    for (package, triple, built, name) in COMPONENTS {
        cmd!(
            shell,
            "cargo build --quiet --package {package} --profile component --target {triple}"
        )
        .quiet()
        .run()?;
        let component = without_names(&fs::read(format!("{target}/{triple}/component/{built}"))?)?;
        let place = dist.join(name);
        // An unchanged file keeps its time, so that what carries it is not built again.
        if fs::read(&place).ok().as_ref() != Some(&component) {
            fs::write(&place, &component)?;
        }
        println!("dist/{name}: {} bytes", component.len());
    }
    Ok(())
}

/// Builds a program with cargo, given these words, and gives its place.
pub fn program(shell: &Shell, words: &[impl AsRef<OsStr>]) -> Result<PathBuf> {
    let format = "json-render-diagnostics";
    let build = cmd!(shell, "cargo build {words...} --message-format {format}");
    let messages = build.quiet().read()?;
    let mut programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    programs.next_back().context("cargo names no program")
}

/// Leaves out the names that the linker gives to the parts of a component.
fn without_names(component: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Component::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let is_names =
            matches!(&payload, Payload::CustomSection(custom) if custom.name() == "component-name");
        if let Some((id, range)) = payload.as_section()
            && depth == 0
            && !is_names
        {
            let data = &component[range];
            kept.section(&RawSection { id, data });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    Ok(kept.finish())
}
