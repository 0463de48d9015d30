//! Measures what the application waits for: the module that it has, and what replaces it there.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::groups::Bench;
use super::inputs::{self, ID, Pair};
use super::race::{Contender, Race, Results};
use super::report::{Report, Table};
use super::shapes::Shape;
use super::units::size;
use crate::root;

/// Of a small session.
const SMALL: u64 = 2000;

/// Measures, and reports.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    report.part(
        "In the application",
        "The Python drop-in beside the module that it replaces, and the hosts' programs.\n\
         The original copies without a sync, and keeps nothing.",
    );
    report.say(restores(bench)?.table());
    report.say(pairs(bench)?.table());
    let large = Pair::make(Shape::Prose, bench.scale.large)?;
    report.say(inspection(bench, &large)?.table());
    report.say(memory(bench, &large)?);
    report.say(later_calls(bench)?);
    Ok(())
}

/// Sessions that are to be restored at a start.
fn restores(bench: &Bench) -> Result<Results> {
    let [_, number] = bench.scale.small;
    let backups = inputs::backups(number, SMALL)?;
    let directory = root().join("target/bench/restores");
    let race = Race {
        title: format!(
            "a start with {number} sessions of {} to restore",
            size(SMALL)
        ),
        bytes: None,
        expected: number.to_string(),
        contenders: sweeps(bench, &directory, &["recover-all"]),
        prepare: &|| inputs::make_restores(&backups, &directory),
    };
    let results = race.run(bench.scale.rounds);
    fs::remove_dir_all(&directory)?;
    results
}

/// Sessions of which all have a backup, and none is to be restored.
fn pairs(bench: &Bench) -> Result<Results> {
    let [number, _] = bench.scale.small;
    let (directory, _) = inputs::sweep(number, number, SMALL)?;
    let race = Race {
        title: format!(
            "a start with {number} sessions of {} that are whole",
            size(SMALL)
        ),
        bytes: None,
        expected: number.to_string(),
        contenders: sweeps(bench, &directory, &["recover-all", "--dry-run"]),
        prepare: &|| Ok(()),
    };
    race.run(bench.scale.rounds)
}

fn sweeps(bench: &Bench, directory: &Path, words: &[&str]) -> Vec<Contender> {
    let in_python = ["recover-all".as_ref(), directory.as_os_str()];
    let hosts = bench.programs.hosts(directory, words);
    beside_original(bench, &in_python, hosts)
}

fn inspection(bench: &Bench, pair: &Pair) -> Result<Results> {
    let race = Race {
        title: format!("inspect a pair of {}", size(pair.bytes)),
        bytes: Some(pair.bytes),
        expected: pair.messages.to_string(),
        contenders: inspections(bench, pair),
        prepare: &|| Ok(()),
    };
    race.run(bench.scale.rounds)
}

fn inspections(bench: &Bench, pair: &Pair) -> Vec<Contender> {
    let in_python = ["inspect".as_ref(), pair.sessions.as_os_str(), ID.as_ref()];
    let hosts = bench.programs.hosts(&pair.sessions, &["inspect", ID]);
    beside_original(bench, &in_python, hosts)
}

/// The original first, so that all are compared with it.
fn beside_original(bench: &Bench, words: &[&OsStr], hosts: Vec<Contender>) -> Vec<Contender> {
    let modules = [
        bench.programs.original(words),
        bench.programs.drop_in(words),
    ];
    modules.into_iter().flatten().chain(hosts).collect()
}

/// The most memory that each has for it.
fn memory(bench: &Bench, pair: &Pair) -> Result<Table> {
    let mut table = Table::new(["", "MB"]).titled("memory for it, at most");
    for contender in inspections(bench, pair) {
        let name = contender.name;
        if let Some(measured) = bench.programs.peak_of(contender) {
            table.add(name, vec![measured.said()?]);
        }
    }
    Ok(table)
}

/// What a call takes in a server that has made others before.
fn later_calls(bench: &Bench) -> Result<Table> {
    let pair = Pair::make(Shape::Prose, SMALL)?;
    let words = ["warm".as_ref(), pair.sessions.as_os_str(), ID.as_ref()];
    let title = format!(
        "inspect a pair of {} in a process that has done so before",
        size(pair.bytes)
    );
    let mut table = Table::new(["", "median, ms"]).titled(&title);
    for contender in beside_original(bench, &words, Vec::new()) {
        table.add(contender.name, vec![contender.said()?]);
    }
    Ok(table)
}
