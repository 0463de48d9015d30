//! Several restore at once, and an application saves: one restores, the others
//! find nothing to do or back off, and no message is lost but by a save that the
//! interface says is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::concurrent_writer::save_by_renaming;
use crate::figures::{Bound, report};
use crate::fixture::{Files, contents, leftovers, scratch, session};
use crate::programs::{Program, programs};
use crate::worker::{LIBRARY, Task, Told, WATCHED, Worker, now};

/// So many rounds are done in one directory, so that kept files pile up.
const ROUNDS_OF_A_DIRECTORY: usize = 20;

/// Rounds of a race, in directories that are renewed now and then.
struct Rounds {
    directory: TempDir,
    done: usize,
    bound: Bound,
    started: Instant,
}

impl Rounds {
    fn new(bounded: usize, long: usize) -> Self {
        Self {
            directory: scratch(),
            done: 0,
            bound: Bound::of_one_in(1, bounded, long),
            started: Instant::now(),
        }
    }

    /// Begins a round, if there is to be one more: the application saves, as a
    /// rule by renaming, sometimes a broken file; now and then it makes a new
    /// backup. Gives what is on disk then.
    fn next(&mut self) -> Option<Files> {
        if !self.bound.goes_on(self.done) {
            return None;
        }
        if self.done.is_multiple_of(ROUNDS_OF_A_DIRECTORY) {
            self.directory = scratch();
        }
        let number = self.done;
        self.done += 1;
        if self.done % 5 == 1 {
            let backup = session(&format!("backup {number}"), 50 + number % 100);
            save_by_renaming(&self.path().join("a.json.bak"), &backup);
        }
        let mut live = session(&format!("live {number}"), 1 + number % 7);
        if number % 4 == 3 {
            live.truncate(live.len() - 3);
        }
        if number % 3 == 2 {
            fs::write(self.live(), &live).unwrap();
        } else {
            save_by_renaming(&self.live(), &live);
        }
        Some(contents(self.path()))
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn live(&self) -> PathBuf {
        self.path().join("a.json")
    }

    /// A restore that backed off may have given the live file its kept name.
    fn names_of_the_live_file(&self) -> Vec<String> {
        let file = |name: &str| fs::metadata(self.path().join(name)).unwrap().ino();
        let mut names: Vec<_> = contents(self.path()).into_keys().collect();
        names.retain(|name| file(name) == file("a.json"));
        names
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        contents(self.path()).values().any(|held| held == bytes)
    }

    /// What was on disk is still there, under some name.
    fn assert_nothing_is_lost(&self, before: &Files, told: &[Told]) {
        let now = contents(self.path());
        for (name, bytes) in before {
            let is_held = now.values().any(|held| held == bytes);
            assert!(is_held, "{}: what {name} held is lost: {told:?}", self.done);
        }
        assert_eq!(now["a.json.bak"], before["a.json.bak"], "{told:?}");
        assert_eq!(leftovers(self.path()), [""; 0], "{told:?}");
    }

    fn report(&self, what: &str, figures: &str) {
        let done = self.done;
        report(what, &format!("{done} rounds, {figures}"), self.started);
    }
}

/// Two processes restore the same session at once.
pub fn of_two_recoveries_at_once_one_restores_and_nothing_is_lost() {
    restore_at_once(
        "two recoveries at once",
        &mut [LIBRARY; 2].map(Worker::start),
    );
}

/// Four processes do.
pub fn of_four_recoveries_at_once_one_restores_and_nothing_is_lost() {
    let mut workers = [LIBRARY, LIBRARY, LIBRARY, WATCHED].map(Worker::start);
    restore_at_once("four recoveries at once", &mut workers);
}

fn restore_at_once(what: &str, workers: &mut [Worker]) {
    let mut rounds = Rounds::new(200, 10_000);
    let mut seen = Seen::default();
    while let Some(before) = rounds.next() {
        let told = race(workers, &[Task::Recover], rounds.path(), || {});
        rounds.assert_nothing_is_lost(&before, &told);
        let now = contents(rounds.path());
        let is_restored = now["a.json"] == before["a.json.bak"];
        assert!(is_restored, "{told:?}: {:?}", now.keys());
        seen.add(&told);
    }
    rounds.report(what, &seen.figures());
}

/// Every operation at once, on the same session.
pub fn of_four_operations_at_once_nothing_is_lost() {
    let mut workers = [LIBRARY, LIBRARY, WATCHED, WATCHED].map(Worker::start);
    let mut rounds = Rounds::new(200, 10_000);
    let tasks = [Task::Recover, Task::Merge, Task::Undo, Task::RecoverAll];
    while let Some(before) = rounds.next() {
        let told = race(&mut workers, &tasks, rounds.path(), || {});
        rounds.assert_nothing_is_lost(&before, &told);
    }
    rounds.report(
        "recover, merge, undo, recover-all at once",
        "0 messages lost",
    );
}

/// The programs, of which each starts anew.
pub fn of_the_programs_at_once_one_restores_and_nothing_is_lost() {
    let programs = programs();
    let programs: Vec<_> = programs
        .iter()
        .cycle()
        .take(programs.len().max(4))
        .collect();
    let mut rounds = Rounds::new(25, 1_000);
    let mut seen = Seen::default();
    while let Some(before) = rounds.next() {
        let started: Vec<_> = programs
            .iter()
            .map(|one| start(one, rounds.path(), "a"))
            .collect();
        let told: Vec<_> = started.into_iter().map(end).collect();
        rounds.assert_nothing_is_lost(&before, &told);
        assert_eq!(contents(rounds.path())["a.json"], before["a.json.bak"]);
        seen.add(&told);
    }
    let names: Vec<_> = programs.iter().map(|program| program.name).collect();
    rounds.report(&format!("{} at once", names.join(", ")), &seen.figures());
}

/// So many sessions are swept at once.
const SESSIONS: usize = 60;

/// The programs sweep one directory: a session that another one restored is no failure.
pub fn of_the_programs_that_sweep_at_once_none_fails() {
    let started = Instant::now();
    let programs = programs();
    let programs: Vec<_> = programs
        .iter()
        .cycle()
        .take(programs.len().max(3))
        .collect();
    let bound = Bound::of_one_in(1, 8, 300);
    let mut rounds = 0;
    while bound.goes_on(rounds) {
        rounds += 1;
        let directory = scratch();
        let path = |name: String| directory.path().join(name);
        for number in 0..SESSIONS {
            fs::write(path(format!("{number}.json")), session("live", 1)).unwrap();
            fs::write(path(format!("{number}.json.bak")), session("backup", 9)).unwrap();
        }
        let sweeping: Vec<_> = programs
            .iter()
            .map(|program| start_with(program, directory.path(), &["--json", "recover-all"]))
            .collect();
        for child in sweeping {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {rounds}: {said}");
        }
        let now = contents(directory.path());
        assert_eq!(now.len(), 3 * SESSIONS, "{:?}", now.keys());
        for number in 0..SESSIONS {
            assert_eq!(now[&format!("{number}.json")], session("backup", 9));
            assert_eq!(
                now[&format!("{number}.json.replaced.1")],
                session("live", 1)
            );
        }
    }
    let names: Vec<_> = programs.iter().map(|program| program.name).collect();
    report(
        &format!("{} sweep at once", names.join(", ")),
        &format!("{rounds} rounds of {SESSIONS} sessions, 0 failures"),
        started,
    );
}

/// An application that writes into the live file meanwhile: what it writes goes
/// to the file that is kept, or to the one that has been put in place.
pub fn a_save_into_the_file_during_four_recoveries_is_never_lost() {
    let mut workers = [WATCHED; 4].map(Worker::start);
    let mut rounds = Rounds::new(200, 10_000);
    while let Some(mut before) = rounds.next() {
        let aliases = rounds.names_of_the_live_file();
        let saved = session(&format!("saved {}", rounds.done), 3);
        let save = |live: &Path| fs::write(live, &saved).unwrap();
        let (told, time) = race_with_a_save(&mut workers, &rounds, save);
        // The application itself wrote over what the live file held, under whatever name.
        before.retain(|name, _| !aliases.contains(name));
        assert!(rounds.holds(&saved), "saved at {time:?}: {told:?}");
        rounds.assert_nothing_is_lost(&before, &told);
    }
    rounds.report(
        "a save into the file during four recoveries",
        "0 saves lost",
    );
}

/// An application that renames a new file into place meanwhile, where the host
/// exchanges names: the save comes out, and goes back.
pub fn a_save_by_renaming_during_four_recoveries_of_the_library_is_never_lost() {
    let mut workers = [LIBRARY; 4].map(Worker::start);
    let mut rounds = Rounds::new(200, 10_000);
    while let Some(mut before) = rounds.next() {
        let saved = session(&format!("saved {}", rounds.done), 3);
        let save = |live: &Path| save_by_renaming(live, &saved);
        let (told, time) = race_with_a_save(&mut workers, &rounds, save);
        // The application itself replaced what the live file held.
        before.remove("a.json");
        assert!(rounds.holds(&saved), "saved at {time:?}: {told:?}");
        rounds.assert_nothing_is_lost(&before, &told);
    }
    rounds.report(
        "a save by renaming during four recoveries of the library",
        "0 saves lost",
    );
}

/// The same where it does not: the save is lost where it comes after the last look
/// of a recovery that then replaces it, as is documented, and nowhere else.
pub fn a_save_by_renaming_during_four_recoveries_is_lost_only_after_the_last_look() {
    let mut workers = [WATCHED; 4].map(Worker::start);
    let mut rounds = Rounds::new(200, 10_000);
    let mut lost = 0;
    while let Some(mut before) = rounds.next() {
        let saved = session(&format!("saved {}", rounds.done), 3);
        let save = |live: &Path| save_by_renaming(live, &saved);
        let (told, time) = race_with_a_save(&mut workers, &rounds, save);
        // The application itself replaced what the live file held.
        before.remove("a.json");
        if !rounds.holds(&saved) {
            lost += 1;
            assert!(
                is_after_a_last_look(time, &told),
                "saved at {time:?}: {told:?}"
            );
        }
        rounds.assert_nothing_is_lost(&before, &told);
    }
    rounds.report(
        "a save by renaming during four recoveries",
        &format!("{lost} saves lost, each in the documented window"),
    );
}

/// Lets all workers restore and the application save; gives when it did.
fn race_with_a_save(
    workers: &mut [Worker],
    rounds: &Rounds,
    save: impl FnOnce(&Path),
) -> (Vec<Told>, (u128, u128)) {
    let live = rounds.live();
    let mut time = (0, 0);
    let told = race(workers, &[Task::Recover], rounds.path(), || {
        look_often(&live, rounds.done);
        let began = now();
        save(&live);
        time = (began, now());
    });
    (told, time)
}

/// Whether a save may have come between a last look and the replacement.
fn is_after_a_last_look(save: (u128, u128), told: &[Told]) -> bool {
    let mut windows = told.iter().filter_map(|told| told.window);
    windows.any(|(looked, replaced)| looked <= save.1 && save.0 <= replaced)
}

/// Lets all workers restore at once, and somebody else do something meanwhile.
fn race(
    workers: &mut [Worker],
    tasks: &[Task],
    directory: &Path,
    meanwhile: impl FnOnce(),
) -> Vec<Told> {
    for (worker, task) in workers.iter_mut().zip(tasks.iter().cycle()) {
        worker.order(*task, directory);
    }
    meanwhile();
    workers.iter_mut().map(Worker::answer).collect()
}

/// Lets a restore get somewhat further, each time to another place.
fn look_often(live: &Path, round: usize) {
    for _ in 0..round * 37 % 400 {
        fs::read(live).unwrap();
    }
}

pub fn start(program: &Program, directory: &Path, id: &str) -> Child {
    start_with(program, directory, &["--json", "recover", id])
}

fn start_with(program: &Program, directory: &Path, words: &[&str]) -> Child {
    let mut command = program.on(directory);
    command.args(words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

pub fn end(child: Child) -> Told {
    let output = child.wait_with_output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let is_changed = answer["errors"][0]["code"] == "changed";
    let what = match answer["action"].as_str() {
        Some("failed") if is_changed => "changed".to_owned(),
        Some(action @ ("restored" | "nothing")) => action.to_owned(),
        _ => answer.to_string(),
    };
    Told { what, window: None }
}

/// How races ended.
#[derive(Default)]
struct Seen {
    rounds: usize,
    changed: usize,
}

impl Seen {
    fn add(&mut self, told: &[Told]) {
        for Told { what, .. } in told {
            let is_fine = ["restored", "nothing", "changed"].contains(&what.as_str());
            assert!(is_fine, "{told:?}");
        }
        let count = |what| told.iter().filter(|told| told.what == what).count();
        assert_eq!(count("restored"), 1, "{told:?}");
        self.rounds += 1;
        self.changed += usize::from(count("changed") > 0);
    }

    fn figures(&self) -> String {
        let Self { rounds, changed } = self;
        format!("{rounds} with one restore, {changed} with `changed`, 0 messages lost")
    }
}
