//! The project's own commands: each sets up what it needs and says what it does.

mod app;
mod bench;
mod demo;
mod first_look;
mod fuzz;
mod matrix;
mod salvage;
mod stress;
mod test;
mod times;

use std::path::PathBuf;
use std::slice;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use xshell::{Shell, cmd};
use xtask::{artifacts, hosts, root, tools};

use first_look::Runs;
use fuzz::Target;
use test::Part;

/// Commands of the session-recovery repository
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Compare the Python drop-in with the original module, inside the application
    App(app::Options),
    /// Time the hosts against other ways to count, and write benches/results.md
    Bench(bench::Options),
    /// Build the components into dist/
    Build,
    /// Show what the tool does, on a session directory made for it
    Demo {
        /// Run it with this; without it, with the first that works
        #[arg(long)]
        host: Option<Runs>,
    },
    /// Look for inputs that break what should hold for each
    Fuzz {
        /// How long, for all targets together
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
        /// Look only at this kind of input
        #[arg(long)]
        target: Option<Target>,
    },
    /// Make a release's files in dist/release/, and try each in a clean environment
    Package {
        /// Make and try only these parts, such as wheel or npm
        #[arg(long, value_delimiter = ',', value_name = "PART")]
        only: Vec<String>,
    },
    /// Damage many sessions, and show how many messages come back, beside what others bring back
    Salvage(salvage::Options),
    /// Run the long forms of the tests that kill, race and starve a restore
    Stress {
        /// About how long that may take
        #[arg(long, default_value_t = 60)]
        minutes: u64,
    },
    /// Run every check of the project
    Test {
        /// Run only the checks of these parts
        #[arg(long, value_delimiter = ',', value_name = "PART")]
        only: Vec<Part>,
        /// Leave these parts out
        #[arg(
            long,
            value_delimiter = ',',
            value_name = "PART",
            conflicts_with = "only"
        )]
        skip: Vec<Part>,
    },
    /// Say what would be restored in your session directory; nothing in it is changed
    Try {
        /// The session directory
        directory: PathBuf,
        /// Run it with this; without it, with the first that works
        #[arg(long)]
        host: Option<Runs>,
    },
}

/// The parts that are to be checked.
fn selected(only: &[Part], skip: &[Part]) -> Vec<Part> {
    let is_selected =
        |part: &Part| (only.is_empty() || only.contains(part)) && !skip.contains(part);
    let parts = Part::value_variants().iter().copied();
    parts.filter(is_selected).collect()
}

fn main() -> Result<()> {
    let started = Instant::now();
    let task = Cli::parse().task;
    let started_in = std::env::current_dir()?;
    let shell = Shell::new()?;
    shell.change_dir(root());
    match task {
        Task::App(options) => app::run(&shell, &started_in, &options),
        Task::Bench(options) => bench::run(&shell, &options),
        Task::Build => artifacts::build(&shell),
        Task::Demo { host } => demo::show(&shell, host, started),
        Task::Fuzz { minutes, target } => {
            let all = Target::value_variants();
            fuzz::run(
                &shell,
                minutes,
                target.as_ref().map_or(all, slice::from_ref),
            )
        }
        Task::Package { only } => package(&shell, &only),
        Task::Salvage(options) => salvage::run(&shell, &options),
        Task::Stress { minutes } => stress::run(&shell, minutes),
        Task::Test { only, skip } => test::run(&shell, &selected(&only, &skip), started),
        Task::Try { directory, host } => {
            first_look::dry_run(&shell, host, &started_in.join(directory))
        }
    }
}

/// A program of its own makes the release, so that nobody else waits for its libraries to compile.
fn package(shell: &Shell, only: &[String]) -> Result<()> {
    println!("Building the program that packs a release (a minute the first time)");
    let packager = cmd!(
        shell,
        "cargo run --quiet --profile quick --package xtask-package -- {only...}"
    );
    Ok(packager.quiet().run()?)
}
