//! Builds the components into `dist/`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::{metadata, root, tools};

/// A component, how cargo builds it, and what it says of itself.
pub struct Component {
    /// Its file's name in `dist/`.
    pub file: &'static str,
    /// Its world in `wit/worlds.wit`.
    pub world: &'static str,
    /// What it is, in one sentence.
    pub description: &'static str,
    /// The package that it is built from.
    pub package: &'static str,
    /// The target that it is built for.
    pub target: &'static str,
}

/// All components.
pub const COMPONENTS: [Component; 3] = [
    Component {
        file: "session-recovery.wasm",
        world: "plugin",
        description: "Restores chat sessions from their backups, in the one directory that its host grants",
        package: "session-recovery-plugin",
        target: "wasm32-unknown-unknown",
    },
    Component {
        file: "session-recovery-report.wasm",
        world: "reporter",
        description: "Reads the command line of session-recovery and puts its answers in words",
        package: "session-recovery-reporter",
        target: "wasm32-unknown-unknown",
    },
    Component {
        file: "session-recovery-cli.wasm",
        world: "command",
        description: "Restores chat sessions from their backups: the command for any WASI runtime",
        package: "session-recovery-command",
        target: "wasm32-wasip2",
    },
];

/// Builds all components.
pub fn build(shell: &Shell) -> Result<()> {
    build_some(shell, |_| true)
}

/// Builds the components that the hosts carry, without the command for a bare runtime.
pub fn build_for_hosts(shell: &Shell) -> Result<()> {
    build_some(shell, |component| component.world != "command")
}

fn build_some(shell: &Shell, is_wanted: impl Fn(&Component) -> bool) -> Result<()> {
    tools::add_targets(shell, &tools::COMPONENT_TARGETS)?;
    fs::create_dir_all(root().join("dist"))?;
    for component in COMPONENTS.iter().filter(|component| is_wanted(component)) {
        component.build(shell)?;
    }
    Ok(())
}

impl Component {
    /// Where it is built to.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        root().join("dist").join(self.file)
    }

    fn build(&self, shell: &Shell) -> Result<()> {
        let Self {
            package, target, ..
        } = self;
        let words = [
            "--quiet",
            "--profile",
            "component",
            "--package",
            package,
            "--target",
            target,
        ];
        let is_component = |file: &Path| file.extension() == Some(OsStr::new("wasm"));
        let built = built(shell, &words, is_component)?;
        let built = fs::read(built)?;
        let component = metadata::described(&built, self.file, self.world, self.description)?;
        // An unchanged file keeps its time, so that what carries it is not built again.
        if fs::read(self.place()).ok().as_ref() != Some(&component) {
            fs::write(self.place(), &component)?;
        }
        println!("dist/{}: {} bytes", self.file, component.len());
        Ok(())
    }
}

/// Builds a program with cargo, given these words, and gives its place.
pub fn program(shell: &Shell, words: &[impl AsRef<OsStr>]) -> Result<PathBuf> {
    built(shell, words, |file| file.extension().is_none())
}

/// Builds with cargo, given these words, and gives the last file of this kind.
fn built(
    shell: &Shell,
    words: &[impl AsRef<OsStr>],
    is_wanted: impl Fn(&Path) -> bool,
) -> Result<PathBuf> {
    let format = "json-render-diagnostics";
    let build = cmd!(shell, "cargo build {words...} --message-format {format}");
    let messages = build.quiet().read()?;
    let files = messages.lines().flat_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let files = message["filenames"].as_array().cloned();
        files.unwrap_or_default()
    });
    let mut places = files.filter_map(|file| Some(PathBuf::from(file.as_str()?)));
    let last = places.rfind(|file| is_wanted(file));
    last.context("cargo names no file that it built")
}
