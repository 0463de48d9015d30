//! What is measured, group by group.

use std::fs;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use xshell::Shell;

use super::chart::Chart;
use super::inputs::{self, ID, NOW, Pair};
use super::programs::{CPYTHON, NODE, ORJSON, OURS, Programs, SERDE_JSON};
use super::race::{Contender, Race, Results};
use super::report::Report;
use super::shapes::Shape;
use super::units::{messages, size};
use super::{Scale, application, figures, instructions};
use crate::root;

/// Measurements that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// One session, from small to large
    Sizes,
    /// One session, of each shape
    Shapes,
    /// A directory, as at an application's start
    Sweeps,
    /// A session that is put back
    Restore,
    /// What the application waits for
    Application,
    /// What it takes before the plugin counts
    Start,
    /// What the plugin computes for a byte
    Fuel,
    /// The instructions that the counter needs for a byte
    Instructions,
}

/// What the measurements are made with.
pub struct Bench<'a> {
    /// Runs programs.
    pub shell: &'a Shell,
    /// What is timed.
    pub programs: &'a Programs,
    /// How much of it.
    pub scale: &'a Scale,
}

impl Group {
    /// Measures, and reports.
    pub fn measure(self, bench: &Bench, report: &mut Report) -> Result<()> {
        match self {
            Self::Sizes => bench.sizes(report)?,
            Self::Shapes => bench.shapes(report)?,
            Self::Sweeps => bench.sweeps(report)?,
            Self::Restore => bench.restore(report)?,
            Self::Application => application::measure(bench, report)?,
            Self::Start => bench.start(report)?,
            Self::Fuel => bench.fuel(report)?,
            Self::Instructions => bench.instructions(report),
        }
        Ok(())
    }
}

impl Bench<'_> {
    fn sizes(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Sizes",
            "`inspect` reads a session and its backup; so do the peers. Both hold the same messages and differ before them, \
             in the time when they were saved: what they have in common is counted once. The last tables have a backup of the \
             same bytes, as it is after a restore, and one that has nothing in common with the session.",
        );
        let mut pairs = Vec::new();
        for bytes in &self.scale.sizes {
            pairs.push(Pair::make(Shape::Prose, *bytes)?);
        }
        pairs.push(Pair::twins(Shape::Prose, self.scale.restore)?);
        pairs.push(Pair::strangers(Shape::Prose, self.scale.restore)?);
        for pair in pairs {
            report.say(self.inspect(&pair)?.table());
        }
        if !self.scale.is_large {
            report.say("Left out: a session of 1 GB. `--large` reads one.\n");
        }
        Ok(())
    }

    fn shapes(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Shapes",
            "The same, with sessions of every shape, and backups that have nothing in common with them: every byte is counted.",
        );
        let contenders = [OURS, SERDE_JSON, ORJSON, CPYTHON, NODE];
        let mut groups = Vec::new();
        for shape in Shape::ALL {
            let pair = Pair::strangers(shape, self.scale.shape)?;
            let results = self.inspect(&pair)?;
            report.say(results.table());
            let figures = contenders.map(|name| results.throughput(name));
            groups.push((shape.name().to_owned(), figures));
        }
        let title = format!(
            "Counting the messages of a session of {} and of its backup",
            size(self.scale.shape)
        );
        report.draw(&Chart {
            title: &title,
            unit: "MB/s",
            series: ["session-recovery", SERDE_JSON, ORJSON, CPYTHON, NODE],
            groups,
        });
        Ok(())
    }

    fn sweeps(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Sweeps",
            "`recover-all --dry-run` reads the sessions with a backup. `cat` reads the same files. \
             Nothing needs to be restored.",
        );
        for (sessions, bytes) in self.scale.sweeps {
            report.say(self.sweep(sessions, bytes)?.table());
        }
        Ok(())
    }

    fn sweep(&self, sessions: u64, bytes: u64) -> Result<Results> {
        let backups = self.scale.backups;
        let (directory, bytes) = inputs::sweep(sessions, backups, bytes)?;
        let cat = cat().with(inputs::pairs(&directory)?);
        let words = ["recover-all", "--dry-run"];
        let hosts = self.programs.hosts(&directory, &words);
        let words = ["recover-all".as_ref(), directory.as_os_str()];
        let original = self.programs.original(&words);
        let race = Race {
            title: format!(
                "{sessions} sessions of {} together, {backups} of them with a backup",
                size(bytes)
            ),
            bytes: None,
            expected: sessions.to_string(),
            contenders: [cat].into_iter().chain(hosts).chain(original).collect(),
            prepare: &|| Ok(()),
        };
        race.run(self.scale.rounds)
    }

    fn restore(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Restore",
            "`recover` reads both files, looks for messages that only the live file holds, copies the backup, judges the very \
             bytes it copies, syncs them and the directory, and keeps what it replaces. Where the backup begins with the live \
             file's messages, these are compared byte by byte, else one by one. `dd` copies and syncs. The original reads \
             both files and copies without a sync.",
        );
        let pair = Pair::make(Shape::Prose, self.scale.restore)?;
        let [_, backup] = pair.files();
        let bytes = fs::metadata(backup)?.len();
        let directory = root().join("target/bench/restore");
        // Of how many bytes of which messages the live file is.
        for (title, live_bytes, number) in [
            ("the live file holds its first half", bytes / 2, 0),
            ("the live file holds one other message", 0, 1),
        ] {
            let write_live =
                |live: &Path| inputs::write_session(live, Shape::Prose, live_bytes, number, NOW);
            let hosts = self.programs.hosts(&directory, &["recover", ID]);
            let words = ["recover".as_ref(), directory.as_os_str(), ID.as_ref()];
            let original = self.programs.original(&words);
            let race = Race {
                title: format!("a backup of {}, {title}", size(bytes)),
                bytes: Some(bytes),
                expected: pair.messages.to_string(),
                contenders: [dd(&directory)]
                    .into_iter()
                    .chain(hosts)
                    .chain(original)
                    .collect(),
                prepare: &|| make_to_be_restored(&directory, &pair, write_live),
            };
            report.say(race.run(self.scale.rounds)?.table());
        }
        fs::remove_dir_all(&directory)?;
        Ok(())
    }

    fn start(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Start",
            "In the Rust host, within one process: medians; of several processes, each with an empty cache, that whose compilation is in the middle.",
        );
        report.say(figures::start(self.shell)?);
        Ok(())
    }

    fn fuel(&self, report: &mut Report) -> Result<()> {
        report.part(
            "Fuel per byte",
            "wasmtime's fuel, about one for each instruction of WebAssembly, that the plugin takes to inspect a session \
             and its backup. It is the same in every run. `cargo xtask test` fails where it is 5 % more than recorded.",
        );
        let [fuel, facts] = figures::fuel(self.shell)?;
        report.say(fuel);
        report.say(
            "The same where half of the file is the context, in which a compaction is looked for, beside the same bytes \
             under a key that says nothing. `cargo xtask test` fails where it is more than 1.1.\n",
        );
        report.say(facts);
        Ok(())
    }

    fn instructions(&self, report: &mut Report) {
        report.part(
            "Instructions per byte",
            "Of native processes, less those of their start and of the kernel, compiled for any processor of this kind. \
             They are the same in every run.",
        );
        match instructions::table(self.shell, self.scale.instructions) {
            Ok(table) => report.say(table),
            Err(error) => report.say(format!("Left out: {error:#}.\n")),
        }
    }

    /// `inspect` and the peers, on the same two files.
    fn inspect(&self, pair: &Pair) -> Result<Results> {
        let files = pair.files();
        let hosts = self.programs.hosts(&pair.sessions, &["inspect", ID]);
        let peers = self.programs.peers(&files);
        let cat = cat().with(&files);
        let race = Race {
            title: format!("{}, {}", pair.title, messages(pair.messages)),
            bytes: Some(pair.bytes),
            expected: pair.messages.to_string(),
            contenders: [cat].into_iter().chain(hosts).chain(peers).collect(),
            prepare: &|| Ok(()),
        };
        race.run(self.scale.rounds)
    }
}

/// Reads, and does nothing with what it reads.
fn cat() -> Contender {
    Contender::without_answer("cat", "cat")
}

/// Copies the backup of the one session in the directory, and syncs the copy.
fn dd(directory: &Path) -> Contender {
    let [_, backup] = inputs::files(directory, ID);
    let (from, to) = (backup.display(), directory.join("copy"));
    Contender::without_answer("dd conv=fsync", "dd")
        .with([format!("if={from}"), format!("of={}", to.display())])
        .with(["bs=1M", "conv=fsync"])
}

/// Makes the directory anew, with one session of which only the backup is whole.
fn make_to_be_restored(
    directory: &Path,
    whole: &Pair,
    write_live: impl FnOnce(&Path) -> Result<u64>,
) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let [live, backup] = inputs::files(directory, ID);
    let [_, whole] = whole.files();
    fs::hard_link(whole, backup)?;
    write_live(&live)?;
    Ok(())
}
