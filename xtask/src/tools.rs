//! What the project needs on a machine besides Rust, and how to get it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

/// The targets of the plugin and of the command-line component.
pub const COMPONENT_TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// The first wasmtime that has every WASI version the components import.
const OLDEST_WASMTIME: u32 = 48;
const WASMTIME: &str = "48.0.8";
const CARGO_FUZZ: &str = "0.13.2";

/// The target of the static program.
#[must_use]
pub fn static_target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// Makes sure that there is a C compiler for the static program: wasmtime's cache has a library in C.
pub fn set_up_musl(shell: &Shell) -> Result<()> {
    let is_there = || {
        cmd!(shell, "musl-gcc --version")
            .quiet()
            .ignore_stdout()
            .run()
    };
    if is_there().is_ok() {
        return Ok(());
    }
    println!("Installing musl-gcc, for the static program");
    apt_get(shell, "musl-tools")?;
    is_there().context("there is no musl-gcc. Remedy: install it")?;
    Ok(())
}

/// Adds the targets that the toolchain lacks.
pub fn add_targets(shell: &Shell, targets: &[&str]) -> Result<()> {
    for target in targets {
        let libdir = cmd!(shell, "rustc --print target-libdir --target {target}");
        let libraries = libdir.quiet().read()?;
        if !Path::new(&libraries).is_dir() {
            println!("Adding the target {target} to the toolchain");
            cmd!(shell, "rustup target add {target}")
                .run()
                .with_context(|| {
                    format!("the toolchain lacks the target {target}: install it by hand")
                })?;
        }
    }
    Ok(())
}

/// Fails unless there is a wasmtime program on the PATH that serves.
pub fn wasmtime_on_the_path(shell: &Shell) -> Result<()> {
    let version = cmd!(shell, "wasmtime --version").quiet().ignore_stderr();
    let version = version.read().context("wasmtime is not on the PATH")?;
    if major(&version).is_none_or(|major| major < OLDEST_WASMTIME) {
        bail!("the {version} on the PATH is too old: {OLDEST_WASMTIME} or newer is needed");
    }
    Ok(())
}

/// The wasmtime program: the one on the PATH if it serves, else one of our own.
pub fn wasmtime(shell: &Shell) -> Result<PathBuf> {
    match wasmtime_on_the_path(shell) {
        Ok(()) => return Ok("wasmtime".into()),
        Err(error) => println!("A wasmtime of our own is needed: {error:#}"),
    }
    OUR_WASMTIME.built(shell, &WASMTIME_FLAGS)
}

/// Whether the wasmtime program is there already.
#[must_use]
pub fn has_wasmtime(shell: &Shell) -> bool {
    let is_built = || {
        OUR_WASMTIME
            .place()
            .is_ok_and(|(_, program)| program.is_file())
    };
    is_built() || wasmtime_on_the_path(shell).is_ok()
}

const OUR_WASMTIME: Tool = Tool {
    package: "wasmtime-cli",
    version: WASMTIME,
    program: "wasmtime",
    takes: "8 to 16 minutes",
};
const WASMTIME_FLAGS: [&str; 3] = [
    "--no-default-features",
    "--features",
    "run,compile,cranelift,component-model,cache,parallel-compilation,logging,wat",
];

/// Installs one of Debian's packages.
pub fn apt_get(shell: &Shell, package: &str) -> Result<()> {
    let is_root = cmd!(shell, "id --user").quiet().read()? == "0";
    // Who is asked for a password installs it by hand.
    let sudo: &[&str] = if is_root {
        &[]
    } else {
        &["sudo", "--non-interactive"]
    };
    for words in [
        ["update", "--quiet"].as_slice(),
        &["install", "--quiet", "--yes", package],
    ] {
        let mut words: Vec<_> = sudo.iter().chain(&["apt-get"]).chain(words).collect();
        let program = words.remove(0);
        cmd!(shell, "{program} {words...}").run()?;
    }
    Ok(())
}

/// The program that builds and runs the fuzz targets.
pub fn cargo_fuzz(shell: &Shell) -> Result<PathBuf> {
    let cargo_fuzz = Tool {
        package: "cargo-fuzz",
        version: CARGO_FUZZ,
        program: "cargo-fuzz",
        takes: "a minute",
    };
    cargo_fuzz.built(shell, &[])
}

/// A program that is built once and kept.
struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    /// How long it takes to build.
    takes: &'static str,
}

impl Tool {
    /// The folder it is installed into, and the program there.
    fn place(&self) -> Result<(PathBuf, PathBuf)> {
        let root = cache()?.join(format!("{}-{}", self.package, self.version));
        let program = root.join("bin").join(self.program);
        Ok((root, program))
    }

    /// Builds it with these flags, unless that is done.
    fn built(&self, shell: &Shell, flags: &[&str]) -> Result<PathBuf> {
        let &Self {
            package,
            version,
            program,
            takes,
        } = self;
        let (root, built) = self.place()?;
        if !built.is_file() {
            println!(
                "Building {program} {version} into {}, once: this takes {takes}",
                root.display()
            );
            cmd!(
                shell,
                "cargo install {package} --version {version} --locked {flags...} --root {root}"
            )
            .run()?;
        }
        Ok(built)
    }
}

/// The 48 of `wasmtime 48.0.8 (…)`.
fn major(version: &str) -> Option<u32> {
    version.split(' ').nth(1)?.split('.').next()?.parse().ok()
}

/// Where tools are kept that take long to build.
fn cache() -> Result<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let Some(cache) = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))
    else {
        bail!("neither XDG_CACHE_HOME nor HOME is set: set one, for tools that are built once");
    };
    Ok(cache.join("session-recovery").join("tools"))
}
