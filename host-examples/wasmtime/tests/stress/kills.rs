//! The guest is stopped, or its whole host killed, anywhere in a restore: the
//! directory is whole all the time, and the next run finishes the job.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::time::Instant;

use crate::figures::{Bound, report, spread};
use crate::fixture::{Fixture, contents, fixtures};
use crate::guest::{GUEST, Step};
use crate::programs::{Program, programs};

static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(fixtures);

/// Every place is tried: so many of them, spread over the fuel of a whole run.
pub fn a_guest_stopped_anywhere_leaves_the_old_or_the_new_files() {
    for fixture in FIXTURES.iter() {
        let bounded = if fixture.is_plain() { 1_000 } else { 250 };
        let bound = Bound::of_one_in(FIXTURES.len(), bounded, 20_000);
        stop_anywhere(fixture, &bound);
    }
}

fn stop_anywhere(fixture: &Fixture, bound: &Bound) {
    let started = Instant::now();
    let whole = GUEST.direct(
        fixture.make().path(),
        fixture.operation,
        fixture.director(|_, _| Step::Go),
    );
    let (mut tried, mut ended) = (0, 0);
    while bound.goes_on(tried) {
        let fuel = spread(tried, whole.fuel);
        let directory = fixture.make();
        let director = fixture.director(|_, _| Step::Go);
        let run = GUEST.run_within(directory.path(), fixture.operation, director, fuel);
        let at = format!("{}, fuel {fuel} of {}", fixture.title(), whole.fuel);
        fixture.assert_whole(directory.path(), &at);
        fixture.finish(directory.path(), &at);
        tried += 1;
        ended += usize::from(run.answer.is_some());
    }
    // With the files' numbers and the directory's order a little more or less fuel is needed.
    assert!(ended <= tried / 50, "{ended} of {tried} came to their end");
    report(
        &format!("guest stopped by fuel, {}", fixture.title()),
        &format!("{tried} points, 0 violations"),
        started,
    );
}

/// No two places between the same two calls differ in what is on disk.
pub fn a_guest_stopped_before_or_after_any_call_leaves_the_old_or_the_new_files() {
    let started = Instant::now();
    let mut points = 0;
    for fixture in FIXTURES.iter() {
        let whole = GUEST.direct(
            fixture.make().path(),
            fixture.operation,
            fixture.director(|_, _| Step::Go),
        );
        for (at_call, call) in whole.calls.iter().enumerate() {
            for step in [Step::StopBefore, Step::StopAfter] {
                points += 1;
                let directory = fixture.make();
                let director = fixture.director(
                    move |number, _| {
                        if number == at_call { step } else { Step::Go }
                    },
                );
                let run = GUEST.direct(directory.path(), fixture.operation, director);
                let at = format!("{}, {step:?} {at_call}, {call:?}", fixture.name);
                assert!(run.answer.is_none(), "{at}");
                fixture.assert_whole(directory.path(), &at);
                fixture.finish(directory.path(), &at);
            }
        }
    }
    report(
        "guest stopped before and after each call",
        &format!("{points} points, 0 violations"),
        started,
    );
}

/// A process is killed so many looks after the first trace of its work, more
/// each time, so that every stage of it is met; each look is a check.
pub fn a_host_killed_anywhere_leaves_the_old_or_the_new_files() {
    let fixtures: Vec<_> = FIXTURES
        .iter()
        .filter(|fixture| !fixture.without_links)
        .collect();
    let programs = programs();
    for program in &programs {
        for fixture in &fixtures {
            let parts = programs.len() * fixtures.len();
            kill(program, fixture, &Bound::of_one_in(parts, 25, 2_000));
        }
    }
}

fn kill(program: &Program, fixture: &Fixture, bound: &Bound) {
    let started = Instant::now();
    // The first run may have to compile.
    watch(program, fixture, u64::MAX);
    let looks_of_a_run = watch(program, fixture, u64::MAX).looks;
    let (mut tried, mut unfinished, mut looks) = (0, 0, 0);
    while bound.goes_on(tried) {
        let watched = watch(program, fixture, spread(tried, looks_of_a_run));
        unfinished += usize::from(!watched.is_done);
        looks += watched.looks;
        tried += 1;
    }
    report(
        &format!("{} killed, {}", program.name, fixture.title()),
        &format!("{tried} kills, {unfinished} before the end, {looks} looks, 0 violations"),
        started,
    );
}

/// What was seen of a process that was killed.
struct Watched {
    /// How often the directory was looked at since the process left its first trace.
    looks: u64,
    is_done: bool,
}

/// Watches a process from its first trace in the directory, and kills it after
/// so many looks; then the next run must finish the job.
fn watch(program: &Program, fixture: &Fixture, most: u64) -> Watched {
    let directory = tempfile::tempdir().unwrap();
    fixture.make_in(directory.path());
    let names = names(directory.path());
    let at = format!("{}, {}, {most} looks", program.name, fixture.title());
    let mut host = start(program, fixture, directory.path());
    let mut looks = 0;
    let mut is_over = false;
    while !is_over && looks < most.max(1) {
        look(fixture, directory.path(), &at);
        looks += u64::from(looks > 0 || self::names(directory.path()) != names);
        is_over = host.try_wait().unwrap().is_some();
    }
    host.kill().unwrap();
    host.wait().unwrap();
    let is_done = fixture.is_done(directory.path());
    assert!(is_done || most < u64::MAX, "{at}: nothing is restored");
    fixture.assert_whole(directory.path(), &at);
    fixture.finish(directory.path(), &at);
    Watched { looks, is_done }
}

fn start(program: &Program, fixture: &Fixture, directory: &Path) -> Child {
    let mut command = program.on(directory);
    command.args(fixture.words()).stdout(Stdio::null());
    command.stderr(Stdio::null()).spawn().unwrap()
}

fn names(directory: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// Somebody else's look at a directory in which a host is at work. What a live
/// file held has its other name before the live file is replaced, so the live
/// files are looked at first.
fn look(fixture: &Fixture, directory: &Path, at: &str) {
    for (name, new) in &fixture.after {
        let live = fs::read(directory.join(name)).ok();
        let old = fixture.before.get(name);
        if live.as_ref() == old {
            continue;
        }
        assert_eq!(live.as_ref(), Some(new), "{at}: {name} is torn");
        let is_held = |bytes: &Vec<u8>| contents(directory).values().any(|held| held == bytes);
        // A kept file that gets a newer number has both names for a moment, and a listing may meet neither.
        let is_kept = old.is_none_or(|old| is_held(old) || is_held(old));
        assert!(is_kept, "{at}: what {name} held is lost");
    }
}
