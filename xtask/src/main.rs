//! The project's own commands, `cargo xtask bench`, `build`, `demo`, `fuzz`,
//! `test` and `stress`: each sets up what it needs and says what it does.

mod artifacts;
mod bench;
mod demo;
mod fuzz;
mod hosts;
mod matrix;
mod stress;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::slice;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use xshell::Shell;

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
    /// Time the hosts against other ways to count, and write benches/results.md
    Bench(bench::Options),
    /// Build the components into dist/
    Build,
    /// Show what the tool does, on a session directory made for it
    Demo {
        /// Make a dry run on this session directory instead; nothing in it is changed
        directory: Option<PathBuf>,
    },
    /// Look for inputs that break what should hold for each
    Fuzz {
        /// How long, for all targets together
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
        /// Look at this kind of input alone
        #[arg(long)]
        target: Option<Target>,
    },
    /// Run every check of the project
    Test {
        /// Run the checks of these parts alone
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
    /// Run the long forms of the tests that kill, race and starve a restore
    Stress {
        /// About how long that may take
        #[arg(long, default_value_t = 60)]
        minutes: u64,
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
    let task = Cli::parse().task;
    let started_in = std::env::current_dir()?;
    let shell = Shell::new()?;
    shell.change_dir(root());
    match task {
        Task::Bench(options) => bench::run(&shell, &options),
        Task::Build => artifacts::build(&shell),
        Task::Demo { directory: None } => demo::show(&shell),
        Task::Demo {
            directory: Some(directory),
        } => demo::look_at(&shell, &started_in.join(directory)),
        Task::Fuzz { minutes, target } => {
            let all = Target::value_variants();
            fuzz::run(
                &shell,
                minutes,
                target.as_ref().map_or(all, slice::from_ref),
            )
        }
        Task::Test { only, skip } => test::run(&shell, &selected(&only, &skip)),
        Task::Stress { minutes } => stress::run(&shell, minutes),
    }
}

/// The repository's root.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
