//! Lets all read the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use session_recovery_damages::{KINDS, Layout, Sample, Times, Wanted, sample};

use crate::ours::{self, Found};
use crate::peers::{Answer, Peer};
use crate::score::{Score, canonical};

#[derive(Args)]
pub struct Options {
    #[arg(long)]
    files: u64,
    #[arg(long)]
    seed: u64,
    /// How many messages the longest sessions have
    #[arg(long)]
    most: usize,
    /// The peers read one of so many files
    #[arg(long)]
    every: u64,
    /// How many seconds a peer may take for a file
    #[arg(long)]
    bound: u64,
    /// Where each file is put for the peers
    #[arg(long)]
    file: PathBuf,
    /// Python's own json, which reads every file: its words
    #[arg(long, num_args = 2.., value_terminator = ";")]
    cpython: Option<Vec<String>>,
    /// A peer: its name, its program, and the program's words
    #[arg(long, num_args = 3.., value_terminator = ";")]
    peer: Vec<String>,
    /// Another one
    #[arg(long, num_args = 3.., value_terminator = ";")]
    second_peer: Vec<String>,
}

/// What came of all files.
#[derive(Default, Serialize)]
pub struct Figures {
    /// Of our salvager, by kind.
    kinds: Vec<(&'static str, Score)>,
    /// Of our salvager, by layout and by times.
    shapes: BTreeMap<String, Score>,
    /// Of the files that the peers read too, by kind.
    sampled: Vec<(&'static str, Sampled)>,
    /// Files that Python itself reads.
    read_by_cpython: u32,
    /// Those where ours are not exactly these, by their seeds.
    differing: Vec<u64>,
    bytes: u64,
}

#[derive(Clone, Default, Serialize)]
struct Sampled {
    ours: Score,
    peers: BTreeMap<String, Score>,
}

pub fn measured(options: &Options) -> Result<Figures> {
    let bound = Duration::from_secs(options.bound);
    let peers = [&options.peer, &options.second_peer];
    let peers = peers.into_iter().filter(|words| !words.is_empty());
    let mut peers = peers
        .map(|words| Peer::new(words, bound))
        .collect::<Result<Vec<_>>>()?;
    let cpython = options.cpython.as_ref();
    let mut cpython = cpython
        .map(|words| Peer::new(&[&["json.loads".to_owned()], &words[..]].concat(), bound))
        .transpose()?;
    let mut figures = Figures {
        kinds: KINDS.map(|kind| (kind, Score::default())).to_vec(),
        sampled: KINDS.map(|kind| (kind, Sampled::default())).to_vec(),
        ..Figures::default()
    };
    for number in 0..options.files {
        if number % 500 == 0 {
            eprintln!("file {number} of {}", options.files);
        }
        let turn = number / KINDS.len() as u64;
        let is_sampled = turn.is_multiple_of(options.every);
        let seed = options.seed + number;
        let file = File::read(sample(seed, options.most), options)?;
        figures.add(&file);
        if let Some(cpython) = &mut cpython {
            let answer = cpython.read(&options.file)?;
            figures.compare(&file, &answer, seed);
            if is_sampled {
                figures.sampled(&file, &cpython.name, &answer);
            }
        }
        if is_sampled {
            figures.sample(&file);
            for peer in &mut peers {
                let answer = peer.read(&options.file)?;
                figures.sampled(&file, &peer.name, &answer);
            }
        }
    }
    Ok(figures)
}

/// A file, and what our salvager found in it.
struct File {
    sample: Sample,
    found: Vec<Vec<u8>>,
    score: Score,
}

impl File {
    fn read(sample: Sample, options: &Options) -> Result<Self> {
        fs::write(&options.file, &sample.damaged.bytes)?;
        let start = Instant::now();
        let Found {
            messages: found,
            is_doubtful,
        } = ours::found(&sample.damaged.bytes);
        let seconds = start.elapsed().as_secs_f64();
        let wanted = sample.damaged.wanted.iter();
        let wanted: Vec<_> = wanted
            .map(|Wanted { text, is_intact }| (text.clone(), *is_intact))
            .collect();
        let score = Score {
            seconds,
            ..Score::of(&wanted, &found)
        };
        let score = if is_doubtful { score.in_doubt() } else { score };
        Ok(Self {
            sample,
            found,
            score,
        })
    }

    /// By the values, as a peer writes them in its own way.
    fn score_of(&self, answer: &Answer) -> Score {
        let wanted = self.sample.damaged.wanted.iter();
        let wanted: Vec<_> = wanted
            .map(|wanted| (canonical(&wanted.text), wanted.is_intact))
            .collect();
        Score {
            seconds: answer.seconds,
            given_up: answer.is_given_up.into(),
            ..Score::of(&wanted, &all_canonical(&answer.messages))
        }
    }

    fn shapes(&self) -> [String; 2] {
        let layout = match self.sample.plan.layout {
            Layout::Indented(width) => format!("layout: indented by {width}"),
            Layout::Compact => "layout: compact".to_owned(),
            Layout::Spaced => "layout: one line, with blanks".to_owned(),
            Layout::CrLf => "layout: indented by 2, `\\r\\n`".to_owned(),
        };
        let times = match self.sample.plan.times {
            Times::All => "times: of all messages",
            Times::Most => "times: of most messages",
            Times::None => "times: none",
        };
        [layout, times.to_owned()]
    }
}

fn all_canonical(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    messages.iter().map(|text| canonical(text)).collect()
}

impl Figures {
    fn add(&mut self, file: &File) {
        self.bytes += file.sample.damaged.bytes.len() as u64;
        if let Some((_, score)) = of_kind(&mut self.kinds, file) {
            score.add(&file.score);
        }
        for shape in file.shapes() {
            self.shapes.entry(shape).or_default().add(&file.score);
        }
    }

    fn compare(&mut self, file: &File, answer: &Answer, seed: u64) {
        if answer.is_read {
            self.read_by_cpython += 1;
            if all_canonical(&answer.messages) != all_canonical(&file.found) {
                self.differing.push(seed);
            }
        }
    }

    fn sample(&mut self, file: &File) {
        if let Some((_, sampled)) = of_kind(&mut self.sampled, file) {
            sampled.ours.add(&file.score);
        }
    }

    fn sampled(&mut self, file: &File, name: &str, answer: &Answer) {
        let score = file.score_of(answer);
        if let Some((_, sampled)) = of_kind(&mut self.sampled, file) {
            sampled
                .peers
                .entry(name.to_owned())
                .or_default()
                .add(&score);
        }
    }
}

fn of_kind<'a, T>(
    kinds: &'a mut [(&'static str, T)],
    file: &File,
) -> Option<&'a mut (&'static str, T)> {
    let mut kinds = kinds.iter_mut();
    kinds.find(|(kind, _)| *kind == file.sample.kind)
}
