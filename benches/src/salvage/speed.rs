//! Times the salvage of a file with a hole against the count of the whole one, in turn, so that
//! what disturbs the machine disturbs both.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use session_recovery_count::Counter;
use session_recovery_salvage::Salvager;

/// How much is unreadable: a page of a disk.
const HOLE: usize = 4096;
/// What the component gets in one call at most.
const PIECE: usize = 64 << 10;

/// Medians, in seconds.
#[derive(Serialize)]
pub struct Figures {
    bytes: usize,
    messages: u32,
    salvaged: u32,
    counted: f64,
    whole_salvaged: f64,
    holed_salvaged: f64,
}

pub fn measured(file: &Path, rounds: u32) -> Result<Figures> {
    let whole = fs::read(file).with_context(|| file.display().to_string())?;
    let mut holed = whole.clone();
    let middle = whole.len() / 2 / HOLE * HOLE;
    holed[middle..middle + HOLE].fill(0);
    let ways: [&dyn Fn() -> Result<u32>; 3] =
        [&|| count(&whole), &|| salvage(&whole), &|| salvage(&holed)];
    let counts = [ways[0]()?, ways[1]()?, ways[2]()?];
    ensure!(counts[0] == counts[1], "the whole file: {counts:?}");
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for (way, times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            way()?;
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let [counted, whole_salvaged, holed_salvaged] = times.map(median);
    Ok(Figures {
        bytes: whole.len(),
        messages: counts[0],
        salvaged: counts[2],
        counted,
        whole_salvaged,
        holed_salvaged,
    })
}

fn count(bytes: &[u8]) -> Result<u32> {
    let mut counter = Counter::default();
    bytes.chunks(PIECE).for_each(|piece| counter.feed(piece));
    Ok(counter.finish()?.messages)
}

#[allow(clippy::unnecessary_wraps, reason = "it stands beside the counter")]
fn salvage(bytes: &[u8]) -> Result<u32> {
    let mut salvager = Salvager::default();
    bytes.chunks(PIECE).for_each(|piece| salvager.feed(piece));
    Ok(salvager.finish().messages())
}

/// The slower one of the two in the middle.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
