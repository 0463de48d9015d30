//! The guest is stopped, or its whole host killed, anywhere in a restore: the
//! directory is whole all the time, and the next run finishes the job.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::time::Instant;

use crate::figures::{Bound, report, spread};
use crate::guest::{GUEST, Step};
use crate::programs::{Program, programs};
use crate::scene::{Scene, contents, scenes};

static SCENES: LazyLock<Vec<Scene>> = LazyLock::new(scenes);

/// Every place is tried: so many of them, spread over the fuel of a whole run.
pub fn a_guest_stopped_anywhere_leaves_the_old_or_the_new_files() {
    for scene in SCENES.iter() {
        let bounded = if scene.is_plain() { 1_000 } else { 250 };
        let bound = Bound::of_one_in(SCENES.len(), bounded, 20_000);
        stop_anywhere(scene, &bound);
    }
}

fn stop_anywhere(scene: &Scene, bound: &Bound) {
    let started = Instant::now();
    let whole = GUEST.direct(
        scene.make().path(),
        scene.operation,
        scene.director(|_, _| Step::Go),
    );
    let (mut tried, mut ended) = (0, 0);
    while bound.goes_on(tried) {
        let fuel = spread(tried, whole.fuel);
        let directory = scene.make();
        let director = scene.director(|_, _| Step::Go);
        let run = GUEST.run_within(directory.path(), scene.operation, director, fuel);
        let at = format!("{}, fuel {fuel} of {}", scene.title(), whole.fuel);
        scene.assert_whole(directory.path(), &at);
        scene.finish(directory.path(), &at);
        tried += 1;
        ended += usize::from(run.answer.is_some());
    }
    // With the files' numbers and the directory's order a little more or less fuel is needed.
    assert!(ended <= tried / 50, "{ended} of {tried} came to their end");
    report(
        &format!("guest stopped by fuel, {}", scene.title()),
        &format!("{tried} points, 0 violations"),
        started,
    );
}

/// No two places between the same two calls differ in what is on disk.
pub fn a_guest_stopped_before_or_after_any_call_leaves_the_old_or_the_new_files() {
    let started = Instant::now();
    let mut points = 0;
    for scene in SCENES.iter() {
        let whole = GUEST.direct(
            scene.make().path(),
            scene.operation,
            scene.director(|_, _| Step::Go),
        );
        for (at_call, call) in whole.calls.iter().enumerate() {
            for step in [Step::StopBefore, Step::StopAfter] {
                points += 1;
                let directory = scene.make();
                let director = scene.director(
                    move |number, _| {
                        if number == at_call { step } else { Step::Go }
                    },
                );
                let run = GUEST.direct(directory.path(), scene.operation, director);
                let at = format!("{}, {step:?} {at_call}, {call:?}", scene.name);
                assert!(run.answer.is_none(), "{at}");
                scene.assert_whole(directory.path(), &at);
                scene.finish(directory.path(), &at);
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
    let scenes: Vec<_> = SCENES.iter().filter(|scene| !scene.without_links).collect();
    let programs = programs();
    for program in &programs {
        for scene in &scenes {
            let parts = programs.len() * scenes.len();
            kill(program, scene, &Bound::of_one_in(parts, 25, 2_000));
        }
    }
}

fn kill(program: &Program, scene: &Scene, bound: &Bound) {
    let started = Instant::now();
    // The first run may have to compile.
    watch(program, scene, u64::MAX);
    let looks_of_a_run = watch(program, scene, u64::MAX).looks;
    let (mut tried, mut unfinished, mut looks) = (0, 0, 0);
    while bound.goes_on(tried) {
        let watched = watch(program, scene, spread(tried, looks_of_a_run));
        unfinished += usize::from(!watched.is_done);
        looks += watched.looks;
        tried += 1;
    }
    report(
        &format!("{} killed, {}", program.name, scene.title()),
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
fn watch(program: &Program, scene: &Scene, most: u64) -> Watched {
    let directory = tempfile::tempdir().unwrap();
    scene.make_in(directory.path());
    let names = names(directory.path());
    let at = format!("{}, {}, {most} looks", program.name, scene.title());
    let mut host = start(program, scene, directory.path());
    let mut looks = 0;
    let mut is_over = false;
    while !is_over && looks < most.max(1) {
        look(scene, directory.path(), &at);
        looks += u64::from(looks > 0 || self::names(directory.path()) != names);
        is_over = host.try_wait().unwrap().is_some();
    }
    host.kill().unwrap();
    host.wait().unwrap();
    let is_done = scene.is_done(directory.path());
    assert!(is_done || most < u64::MAX, "{at}: nothing is restored");
    scene.assert_whole(directory.path(), &at);
    scene.finish(directory.path(), &at);
    Watched { looks, is_done }
}

fn start(program: &Program, scene: &Scene, directory: &Path) -> Child {
    let mut command = program.on(directory);
    command.args(scene.words()).stdout(Stdio::null());
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
fn look(scene: &Scene, directory: &Path, at: &str) {
    for (name, new) in &scene.after {
        let live = fs::read(directory.join(name)).ok();
        let old = scene.before.get(name);
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
