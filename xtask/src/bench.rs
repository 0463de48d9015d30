//! Times what the project makes against other ways to do the same, and writes
//! down what came of it. Whole processes are timed, as that is what a user waits
//! for.

mod application;
mod chart;
mod figures;
mod groups;
pub mod inputs;
mod instructions;
mod machine;
pub mod programs;
mod race;
mod random;
pub mod report;
pub mod shapes;
pub mod units;

use anyhow::Result;
use clap::{Args, ValueEnum};
use xshell::Shell;

use crate::root;
use groups::{Bench, Group};
use programs::Programs;
use report::Report;

/// What is measured.
#[derive(Args)]
pub struct Options {
    /// How often each program runs; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// See in a minute whether all works: small inputs, two rounds
    #[arg(long, conflicts_with_all = ["rounds", "large", "shape_size"])]
    quick: bool,
    /// Read a session of 1 GB as well
    #[arg(long)]
    large: bool,
    /// The size of the sessions of each shape, in MB
    #[arg(long, value_name = "MB", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..))]
    shape_size: u64,
    /// Measure these groups alone
    #[arg(long, value_delimiter = ',', value_name = "GROUP")]
    only: Vec<Group>,
}

/// How much is measured; sizes are in bytes.
struct Scale {
    rounds: u32,
    /// Of sessions of prose.
    sizes: Vec<u64>,
    /// Whether a very large one is among them.
    is_large: bool,
    /// Of the sessions of each shape.
    shape: u64,
    /// How many sessions a directory has, and the mean of their sizes.
    sweeps: [(u64, u64); 2],
    /// How many of these have a backup.
    backups: u64,
    /// Of the backup that is put back.
    restore: u64,
    /// How many small sessions the application has, and how many of them are to be restored.
    small: [u64; 2],
    /// Of the large session that the application inspects.
    large: u64,
    /// Of the sessions for which instructions are counted.
    instructions: u64,
}

const KB: u64 = 1000;
const MB: u64 = 1000 * KB;

/// Measures, prints, and writes the page and its chart.
pub fn run(shell: &Shell, options: &Options) -> Result<()> {
    let programs = Programs::set_up(shell)?;
    let scale = options.scale();
    let bench = Bench {
        shell,
        programs: &programs,
        scale: &scale,
    };
    let mut report = Report::new(&scale.preface());
    report.say(machine::table(shell)?);
    for reason in &programs.left_out {
        report.say(format!("Left out: {reason}.\n"));
    }
    for group in Group::value_variants() {
        if options.only.is_empty() || options.only.contains(group) {
            group.measure(&bench, &mut report)?;
        }
    }
    report.write(&root().join(options.folder()).join("results.md"))?;
    println!("\nWritten: {}/results.md", options.folder());
    Ok(())
}

impl Options {
    fn scale(&self) -> Scale {
        if self.quick {
            return Scale {
                rounds: 2,
                sizes: vec![KB, 100 * KB, MB],
                is_large: false,
                shape: MB,
                sweeps: [(200, 100 * KB), (2000, KB)],
                backups: 10,
                restore: 10 * MB,
                small: [200, 10],
                large: 10 * MB,
                instructions: 200 * KB,
            };
        }
        let mut sizes = vec![KB, 100 * KB, 10 * MB, 120 * MB];
        sizes.extend(self.large.then_some(1000 * MB));
        Scale {
            rounds: self.rounds,
            sizes,
            is_large: self.large,
            shape: self.shape_size * MB,
            sweeps: [(2000, 100 * KB), (100_000, KB)],
            backups: 100,
            restore: 120 * MB,
            small: [5000, 100],
            large: 114 * MB,
            instructions: 2 * MB,
        }
    }

    /// The page of a part of the measurements does not replace the whole one.
    const fn folder(&self) -> &'static str {
        if self.quick || !self.only.is_empty() {
            "target/bench"
        } else {
            "benches"
        }
    }
}

impl Scale {
    /// What stands before the first table.
    fn preface(&self) -> String {
        format!(
            "\
# Measurements

`cargo xtask bench` made this page. The programs of a table run in turn, once to warm up and then in {} rounds, on files that
are in the page cache; each figure is a median of whole processes, so it includes their start. Under `× cat` stands how many times as long as `cat` a
program takes. The native peers are compiled for this very processor. Two peers do not refuse a file for text that
is not UTF-8: `serde_json`, where it skips the text, and Node.
",
            self.rounds
        )
    }
}
