//! Counts the messages of session files in one of several ways, so that whole
//! processes can be compared: each prints one count a file and nothing else.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use serde::Deserialize;
use serde::de::IgnoredAny;
use session_recovery_count::Counter;
use session_recovery_salvage::salvage;

/// Count the messages of session files in one way
#[derive(Parser)]
struct Cli {
    way: Way,
    files: Vec<PathBuf>,
}

/// How a file is counted.
#[derive(Clone, Copy, ValueEnum)]
enum Way {
    /// Our counter, on the whole file
    Counter,
    /// Our counter, on pieces as the component gets them
    CounterInPieces,
    /// Our salvager, on a file that is whole
    Salvager,
    /// `serde_json`, which does not look whether skipped text is UTF-8
    SerdeJson,
    /// `serde_json`, after a look whether the file is UTF-8
    SerdeJsonUtf8,
    /// simd-json's tape
    SimdJson,
    /// sonic-rs
    SonicRs,
}

/// What wasmtime gives the component at most in one call.
const PIECE: usize = 64 << 10;

fn main() -> Result<()> {
    let Cli { way, files } = Cli::parse();
    for file in files {
        let count = way.count(&file);
        let count = count.with_context(|| format!("no count of {}", file.display()))?;
        println!("{count}");
    }
    Ok(())
}

impl Way {
    fn count(self, file: &Path) -> Result<usize> {
        match self {
            Self::Counter => counted(&fs::read(file)?),
            Self::Salvager => Ok(salvage(&fs::read(file)?).messages().try_into()?),
            Self::CounterInPieces => counted_in_pieces(File::open(file)?),
            Self::SerdeJson => Ok(serde_json::from_slice::<Session>(&fs::read(file)?)?.count()),
            Self::SerdeJsonUtf8 => {
                let bytes = fs::read(file)?;
                let text = str::from_utf8(&bytes)?;
                Ok(serde_json::from_str::<Session>(text)?.count())
            }
            Self::SimdJson => counted_on_tape(&mut fs::read(file)?),
            Self::SonicRs => Ok(sonic_rs::from_slice::<Session>(&fs::read(file)?)?.count()),
        }
    }
}

/// The least that a count needs: messages that take no memory.
#[derive(Deserialize)]
struct Session {
    messages: Vec<IgnoredAny>,
}

impl Session {
    const fn count(&self) -> usize {
        self.messages.len()
    }
}

fn counted(bytes: &[u8]) -> Result<usize> {
    let count = session_recovery_count::count(bytes)?;
    Ok(count.messages.try_into()?)
}

fn counted_in_pieces(mut file: File) -> Result<usize> {
    let mut counter = Counter::default();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(counter.finish()?.messages.try_into()?),
            Ok(length) => counter.feed(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn counted_on_tape(bytes: &mut [u8]) -> Result<usize> {
    let tape = simd_json::to_tape(bytes)?;
    let session = tape.as_value();
    let messages = session.get("messages").context("no messages")?;
    let messages = messages.as_array().context("messages are no array")?;
    Ok(messages.len())
}
