//! Damages session files, lets our salvager and general repairers of JSON read them, and prints
//! what each found as JSON, for `cargo xtask salvage` to make tables of.

mod ours;
mod peers;
mod score;
mod speed;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Hold what is found in damaged files against what is there
#[derive(Parser)]
enum Cli {
    /// Read files of every kind of damage
    Table(table::Options),
    /// Time the salvage of a file with a hole against the count of the whole one
    Speed {
        /// The whole one
        file: PathBuf,
        #[arg(long, default_value_t = 5)]
        rounds: u32,
    },
}

fn main() -> Result<()> {
    let figures = match Cli::parse() {
        Cli::Table(options) => serde_json::to_string(&table::measured(&options)?)?,
        Cli::Speed { file, rounds } => serde_json::to_string(&speed::measured(&file, rounds)?)?,
    };
    println!("{figures}");
    Ok(())
}
