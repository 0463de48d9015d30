//! Several restore one session at once, and their calls come in every order that
//! two switches between them make, and in many others: one restores, the others
//! find nothing to do or back off, and nothing is lost or left.

mod exchanging;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use exchanging::{Exchanges, Exchanging};
use session_recovery::answer::{Action, Error, ErrorCode, Outcome};
use session_recovery::directory::{Bytes, Chunk, Directory, Entry, File, FsError};
use session_recovery::prune;
use session_recovery::recover::{self, Options};
use session_recovery::session::{LOG, Role, SessionId};
use session_recovery::sweep;
use session_recovery_testing::{self as testing, InMemoryDirectory, InMemoryFile};

const LIVE: &[u8] = br#"{"messages": ["own"]}"#;
const BACKUP: &[u8] = br#"{"messages": [1, "two", {"three": 3}]}"#;
const MERGED: &[u8] = br#"{"messages": [1, "two", {"three": 3},"own"]}"#;
const SAVED: &[u8] = br#"{"messages": ["own", "saved"]}"#;
const KEEP: Options = Options::NONE;
const MERGE: Options = Options {
    merge: true,
    ignore_guards: false,
    force: false,
    ..KEEP
};

const SALVAGE: Options = Options {
    salvage: true,
    ..KEEP
};
/// A damaged file, and what is left of it.
const CUT: &[u8] = br#"{"messages": ["own", {"role": "user", "content": "b"}, {"ro"#;
const SALVAGED: &[u8] =
    br#"{"session_id": "a", "messages": ["own", {"role": "user", "content": "b"}]}"#;

/// A call, to be made when it is its turn.
type Call = Box<dyn FnOnce(&mut Disk) + Send>;

/// The directory itself, and its files that are open.
struct Disk {
    directory: InMemoryDirectory,
    files: Vec<InMemoryFile>,
}

/// A directory whose calls wait for their turn.
#[derive(Clone)]
struct Shared(Sender<Call>);

/// An open file of it, by its number.
struct SharedFile {
    directory: Shared,
    number: usize,
}

impl Shared {
    fn call<T: Send + 'static>(&self, act: impl FnOnce(&mut Disk) -> T + Send + 'static) -> T {
        let (sender, answer) = channel();
        let call = Box::new(move |disk: &mut Disk| drop(sender.send(act(disk))));
        self.0.send(call).expect("calls are made");
        answer.recv().expect("the call was made")
    }

    fn open_by(
        &self,
        name: &str,
        open: fn(&InMemoryDirectory, &str) -> Result<InMemoryFile, FsError>,
    ) -> Result<SharedFile, FsError> {
        let name = name.to_owned();
        let number = self.call(move |disk| {
            disk.files.push(open(&disk.directory, &name)?);
            Ok(disk.files.len() - 1)
        })?;
        let directory = self.clone();
        Ok(SharedFile { directory, number })
    }

    fn by_name<T: Send + 'static>(&self, name: &str, act: fn(&InMemoryDirectory, &str) -> T) -> T {
        let name = name.to_owned();
        self.call(move |disk| act(&disk.directory, &name))
    }

    fn by_names<T: Send + 'static>(
        &self,
        from: &str,
        to: &str,
        act: fn(&InMemoryDirectory, &str, &str) -> T,
    ) -> T {
        let [from, to] = [from, to].map(str::to_owned);
        self.call(move |disk| act(&disk.directory, &from, &to))
    }
}

impl Directory for Shared {
    type File = SharedFile;

    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError> {
        let entries = self.call(|disk| Ok(disk.directory.entries()?.collect::<Vec<_>>()))?;
        Ok(entries.into_iter())
    }

    fn enter(&self, _: &str) -> Result<Self, FsError> {
        Err(FsError::NotFound)
    }

    fn file_id(&self, name: &str) -> Result<u128, FsError> {
        self.by_name(name, InMemoryDirectory::file_id)
    }

    fn open(&self, name: &str) -> Result<SharedFile, FsError> {
        self.open_by(name, InMemoryDirectory::open)
    }

    fn create(&self, name: &str) -> Result<SharedFile, FsError> {
        self.open_by(name, InMemoryDirectory::create)
    }

    fn edit(&self, name: &str) -> Result<SharedFile, FsError> {
        self.open_by(name, InMemoryDirectory::edit)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.by_names(from, to, InMemoryDirectory::rename)
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.by_names(from, to, InMemoryDirectory::link)
    }

    fn remove(&self, name: &str) -> Result<(), FsError> {
        self.by_name(name, InMemoryDirectory::remove)
    }

    fn sync(&self) -> Result<(), FsError> {
        self.call(|disk| disk.directory.sync())
    }
}

impl Exchanges for Shared {
    fn exchange(&self, one: &str, other: &str) -> Result<(), FsError> {
        self.by_names(one, other, InMemoryDirectory::exchange)
    }

    fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.by_names(from, to, InMemoryDirectory::rename_anew)
    }

    fn name_open(&self, file: &SharedFile, name: &str) -> Result<(), FsError> {
        let (number, name) = (file.number, name.to_owned());
        self.call(move |disk| disk.directory.name_open(&disk.files[number], &name))
    }
}

impl SharedFile {
    fn call<T: Send + 'static>(&self, act: impl FnOnce(&InMemoryFile) -> T + Send + 'static) -> T {
        let number = self.number;
        self.directory.call(move |disk| act(&disk.files[number]))
    }
}

impl Bytes for SharedFile {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        self.call(move |file| file.read(offset, length))
    }
}

impl File for SharedFile {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        let bytes = bytes.to_vec();
        self.call(move |file| file.write(offset, &bytes))
    }

    fn sync(&self) -> Result<(), FsError> {
        self.call(InMemoryFile::sync)
    }

    fn file_id(&self) -> Result<u128, FsError> {
        self.call(InMemoryFile::file_id)
    }
}

/// One of those that are at work at once.
type Run = fn(&Shared) -> Vec<Outcome>;

fn recover(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(directory, KEEP)]
}

fn merge(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(directory, MERGE)]
}

fn recover_with(directory: &impl Directory, options: Options) -> Outcome {
    let id = SessionId::new("a").expect("a is an id");
    recover::recover(directory, &id, options).expect("the directory can be listed")
}

fn recover_all(directory: &Shared) -> Vec<Outcome> {
    let summary = sweep::recover_all(directory, None, KEEP);
    let sessions = summary.expect("the directory can be listed").sessions;
    // A session that is simply fine is not listed.
    match sessions.into_iter().next() {
        Some(outcome) => vec![outcome],
        None => recover(directory),
    }
}

fn salvage(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(directory, SALVAGE)]
}

fn salvage_all(directory: &Shared) -> Vec<Outcome> {
    let summary = sweep::recover_all(directory, None, SALVAGE);
    summary.expect("the directory can be listed").sessions
}

fn exchange_and_salvage(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(&Exchanging::of(directory.clone()), SALVAGE)]
}

/// The Rust host, which exchanges names.
fn exchange(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(&Exchanging::of(directory.clone()), KEEP)]
}

fn exchange_and_merge(directory: &Shared) -> Vec<Outcome> {
    vec![recover_with(&Exchanging::of(directory.clone()), MERGE)]
}

/// Another source than the backup, which holds the same.
const COPY: &str = "a copy.json";

fn with_copy() -> InMemoryDirectory {
    let directory = damaged();
    directory.put(COPY, BACKUP);
    directory
}

fn recover_from(directory: &Shared) -> Vec<Outcome> {
    vec![recover_from_with(directory, KEEP)]
}

fn exchange_from(directory: &Shared) -> Vec<Outcome> {
    vec![recover_from_with(&Exchanging::of(directory.clone()), KEEP)]
}

fn recover_from_with(directory: &impl Directory, options: Options) -> Outcome {
    let id = SessionId::new("a").expect("a is an id");
    let outcome = recover::recover_from(directory, &id, COPY, options);
    outcome.expect("the directory can be listed")
}

/// The live file holds nothing that its sources lack.
const EMPTIED: &[u8] = br#"{"messages": [1]}"#;

fn emptied() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", EMPTIED);
    directory.put("a.json.bak", BACKUP);
    directory.put(COPY, BACKUP);
    directory
}

fn best(directory: &Shared) -> Vec<Outcome> {
    best_with(directory)
}

fn best_by_exchange(directory: &Shared) -> Vec<Outcome> {
    best_with(&Exchanging::of(directory.clone()))
}

fn best_with(directory: &impl Directory) -> Vec<Outcome> {
    let best = Options { best: true, ..KEEP };
    let summary = sweep::recover_all(directory, None, best);
    summary.expect("the directory can be listed").sessions
}

/// A sweep over no sessions.
fn tidy_up(directory: &Shared) -> Vec<Outcome> {
    let summary = sweep::recover_some(directory, &[], KEEP);
    summary.expect("the directory can be listed");
    Vec::new()
}

fn undo(directory: &Shared) -> Vec<Outcome> {
    let id = SessionId::new("a").expect("a is an id");
    let outcome = recover::undo(directory, &id, KEEP);
    vec![outcome.expect("the directory can be listed")]
}

/// A removal of the kept files that are redundant.
fn prune(directory: &Shared) -> Vec<Outcome> {
    let pruned = prune::prune(directory, None, false);
    let pruned = pruned.expect("the directory can be listed");
    let mut errors = pruned.iter().flat_map(|each| &each.errors);
    assert!(errors.all(|error| error.code == ErrorCode::Changed));
    Vec::new()
}

/// An application that saves.
fn save(directory: &Shared) -> Vec<Outcome> {
    let new = directory.create("a.tmp.1.2").expect("it is new");
    new.write(0, SAVED).expect("there is room");
    new.sync().expect("it is sound");
    let saved = directory.rename("a.tmp.1.2", "a.json");
    saved.expect("it is there");
    Vec::new()
}

/// What came of runs whose calls came in one order.
struct Race {
    directory: InMemoryDirectory,
    outcomes: Vec<Outcome>,
    /// Who made each call.
    order: Vec<usize>,
}

/// Lets these runs restore at once: `choose` says whose call is next, of those
/// that have one, given how many were made.
fn race(
    directory: InMemoryDirectory,
    runs: &[Run],
    mut choose: impl FnMut(usize, &[usize]) -> usize,
) -> Race {
    let files = Vec::new();
    let mut disk = Disk { directory, files };
    let mut order = Vec::new();
    let outcomes = thread::scope(|scope| {
        let started = runs.iter().map(|run| {
            let (sender, calls) = channel();
            (scope.spawn(move || run(&Shared(sender))), calls)
        });
        let (runs, calls): (Vec<_>, Vec<_>) = started.unzip();
        let mut next: Vec<_> = calls.iter().map(next_call).collect();
        loop {
            let waiting = next.iter().enumerate().filter(|(_, call)| call.is_some());
            let waiting: Vec<_> = waiting.map(|(run, _)| run).collect();
            if waiting.is_empty() {
                break;
            }
            let run = choose(order.len(), &waiting);
            order.push(run);
            if let Some(call) = next[run].take() {
                call(&mut disk);
            }
            next[run] = next_call(&calls[run]);
        }
        let outcomes = runs.into_iter().map(|run| run.join().expect("no panic"));
        outcomes.flatten().collect()
    });
    Race {
        directory: disk.directory,
        outcomes,
        order,
    }
}

/// What a run wants to do next, unless it is over.
fn next_call(calls: &Receiver<Call>) -> Option<Call> {
    calls.recv().ok()
}

fn damaged() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", LIVE);
    directory.put("a.json.bak", BACKUP);
    directory
}

impl Race {
    /// One restored, the others did not, and nothing is lost or left.
    fn assert_one_restored(&self) {
        self.assert_one_replaced(LIVE);
    }

    /// The same, of a live file that held this.
    fn assert_one_replaced(&self, old: &[u8]) {
        let restored = self.outcomes.iter().filter(|outcome| outcome.is_restored());
        let restored: Vec<_> = restored.collect();
        assert_eq!(restored.len(), 1, "{self}");
        let contents = self.directory.contents();
        let kept = contents
            .iter()
            .filter(|(name, _)| matches!(Role::of(name), Role::Kept(..)));
        // Another run may have taken a merged file before its exchange, and then it stands nowhere else.
        let (merged, kept): (Vec<_>, Vec<_>) =
            kept.partition(|(_, bytes)| bytes.as_deref() == Some(MERGED));
        for outcome in &self.outcomes {
            let backed_off = outcome
                .errors
                .iter()
                .all(|error| error.code == ErrorCode::Changed);
            let is_fine = backed_off && outcome.errors.len() <= merged.len();
            match outcome.action {
                Action::Restored | Action::Nothing => assert!(is_fine, "{self}"),
                Action::Failed => assert!(backed_off, "{self}"),
                _ => panic!("{self}"),
            }
        }
        let live = if restored[0].merged > 0 {
            MERGED
        } else {
            BACKUP
        };
        assert_eq!(kept.len(), 1, "{self}");
        let answered = restored[0].kept.clone().unwrap_or_default();
        let held = |name: &str| self.directory.bytes(name);
        assert_eq!(held("a.json").as_deref(), Some(live), "{self}");
        assert_eq!(held("a.json.bak").as_deref(), Some(BACKUP), "{self}");
        let (name, bytes) = kept[0];
        assert_eq!(bytes.as_deref(), Some(old), "{self}");
        // A run that finds the same bytes kept may give them a newer number.
        assert!(number(name) >= number(&answered), "{name}: {self}");
        for name in contents.keys() {
            assert!(!is_leftover(name), "{name} is left: {self}");
        }
    }

    /// The save is there, in its place or kept, when the next run has put everything away.
    /// Without an exchange it is lost after the last look of a run that then restores.
    fn assert_saved(&self, windows: &[usize]) {
        self.assert_save_held(windows, KEEP);
        assert_eq!(
            self.directory.bytes("a.json.bak").as_deref(),
            Some(BACKUP),
            "{self}"
        );
    }

    fn assert_save_held(&self, windows: &[usize], options: Options) {
        let calls = self.directory.calls();
        let summary = sweep::recover_all(&self.directory, None, options);
        summary.expect("the directory can be listed");
        let contents = self.directory.contents();
        for name in contents.keys() {
            assert!(!is_leftover(name), "{name} is left: {self}");
        }
        let is_saved = contents.values().flatten().any(|bytes| bytes == SAVED);
        let mut unprotected = windows.iter();
        let mut is_documented = || unprotected.any(|run| self.is_after_the_last_look(&calls, *run));
        assert!(is_saved || is_documented(), "the save is lost: {self}");
        for outcome in &self.outcomes {
            let is_told = outcome
                .errors
                .iter()
                .all(|error| error.code == ErrorCode::Changed);
            assert!(is_told, "{self}");
        }
    }

    /// Whether the save, which is the first run's, came between a run's look and its
    /// rename.
    fn is_after_the_last_look(&self, calls: &[testing::Call], run: usize) -> bool {
        let of = |run: usize| {
            let calls = self.order.iter().zip(calls).enumerate();
            let calls = calls.filter(move |(_, (by, _))| **by == run);
            calls
                .map(|(place, (_, call))| (place, *call))
                .collect::<Vec<_>>()
        };
        let saved = of(0).last().map(|(place, _)| *place);
        let calls = of(run);
        let mut pairs = calls.windows(2);
        pairs.any(|pair| {
            let [
                (looked, testing::Call::FindFileId),
                (renamed, testing::Call::Rename),
            ] = pair
            else {
                return false;
            };
            saved.is_some_and(|saved| (*looked..*renamed).contains(&saved))
        })
    }
}

/// The number of a kept file.
fn number(name: &str) -> Option<u32> {
    match Role::of(name) {
        Role::Kept(_, number) => Some(number),
        _ => None,
    }
}

fn is_leftover(name: &str) -> bool {
    let role = Role::of(name);
    matches!(role, Role::Staging | Role::Claim | Role::Exchange)
}

impl std::fmt::Display for Race {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            outcomes, order, ..
        } = self;
        writeln!(f, "{outcomes:#?}, in the order {order:?}")
    }
}

const PAIRS: [[Run; 2]; 7] = [
    [recover, recover],
    [recover, recover_all],
    [recover, merge],
    [merge, merge],
    [exchange, exchange],
    [exchange, recover_all],
    [recover, exchange_and_merge],
];

/// What is at work while an application saves, and which of it does not exchange names.
const BESIDE_A_SAVE: [(&[Run], &[usize]); 6] = [
    (&[save, exchange, tidy_up], &[]),
    (&[save, exchange, exchange], &[]),
    (&[save, exchange, tidy_up, tidy_up], &[]),
    (&[save, exchange_and_merge, tidy_up], &[]),
    (&[save, exchange, recover], &[2]),
    (&[save, recover_all, exchange_and_merge, tidy_up], &[1]),
];

/// The one that is wanted, if it has something to do.
fn prefer(wanted: usize, waiting: &[usize]) -> usize {
    if waiting.contains(&wanted) {
        wanted
    } else {
        waiting[0]
    }
}

#[test]
fn of_two_at_once_one_restores_in_every_order_of_their_calls() {
    let mut races = 0;
    for runs in PAIRS {
        for begins in 0.. {
            let mut is_over = true;
            for goes_on in begins + 1.. {
                let mut made = [0, 0];
                let race = race(damaged(), &runs, |call, waiting| {
                    let second = usize::from((begins..goes_on).contains(&call));
                    let chosen = prefer(second, waiting);
                    made[chosen] += usize::from(chosen == second);
                    chosen
                });
                race.assert_one_restored();
                races += 1;
                is_over &= race.order.len() <= begins;
                // The second one was over before it was interrupted.
                if made[1] < goes_on - begins {
                    break;
                }
            }
            if is_over {
                break;
            }
        }
    }
    println!("{races} races");
    assert!(races > 4_000, "{races}");
}

/// Numbers that look random, the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's linear congruential generator; its high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}

/// Lets these runs work at once, so many times, with switches between any two
/// calls.
fn race_in_many_orders(runs: &[Run], races: u64, check: impl Fn(&Race)) {
    for seed in 0..races {
        check(&race_in_order(damaged(), runs, seed));
    }
}

/// Lets these runs work at once, in one of many orders of their calls.
fn race_in_order(directory: InMemoryDirectory, runs: &[Run], seed: u64) -> Race {
    let mut numbers = Numbers(seed);
    let often = 2 + numbers.below(12);
    let mut present = 0;
    race(directory, runs, |_, waiting| {
        if numbers.below(often) == 0 {
            present = numbers.below(runs.len());
        }
        prefer(present, waiting)
    })
}

#[test]
fn of_two_at_once_one_restores_in_many_orders_of_their_calls() {
    for runs in PAIRS {
        race_in_many_orders(&runs, 1_000, Race::assert_one_restored);
    }
}

/// The source that somebody chose stays as it is.
fn assert_copy_stays(race: &Race) {
    let copy = race.directory.bytes(COPY);
    assert_eq!(copy.as_deref(), Some(BACKUP), "{race}");
}

#[test]
fn of_two_and_three_that_take_a_chosen_source_one_restores_in_many_orders_of_their_calls() {
    let races: [&[Run]; 6] = [
        &[recover_from, recover_from],
        &[recover_from, recover],
        &[recover_from, recover_all],
        &[exchange_from, exchange_from],
        &[exchange_from, recover_from],
        &[recover_from, exchange_from, recover_all],
    ];
    for runs in races {
        for seed in 0..1_000 {
            let race = race_in_order(with_copy(), runs, seed);
            race.assert_one_restored();
            assert_copy_stays(&race);
        }
    }
}

#[test]
fn of_several_that_take_the_best_source_one_restores_in_many_orders_of_their_calls() {
    let races: [&[Run]; 5] = [
        &[best, best],
        &[best, recover_from],
        &[best, recover_all],
        &[best_by_exchange, best],
        &[best_by_exchange, exchange_from, best],
    ];
    for runs in races {
        for seed in 0..1_000 {
            let race = race_in_order(emptied(), runs, seed);
            race.assert_one_replaced(EMPTIED);
            assert_copy_stays(&race);
        }
    }
}

#[test]
fn a_save_while_a_chosen_source_is_put_in_place_is_there_or_kept() {
    let races: [(&[Run], &[usize]); 4] = [
        (&[save, exchange_from, tidy_up], &[]),
        (&[save, exchange_from, exchange_from], &[]),
        (&[save, recover_from], &[1]),
        (&[save, exchange_from, recover_from], &[2]),
    ];
    for (runs, windows) in races {
        for seed in 0..1_000 {
            let race = race_in_order(with_copy(), runs, seed);
            race.assert_saved(windows);
            assert_copy_stays(&race);
        }
    }
}

#[test]
fn of_three_and_four_at_once_one_restores_in_many_orders_of_their_calls() {
    let races: [&[Run]; 3] = [
        &[recover, merge, recover_all],
        &[recover, recover, recover, recover_all],
        &[recover, exchange, exchange_and_merge, recover_all],
    ];
    for runs in races {
        race_in_many_orders(runs, 1_000, Race::assert_one_restored);
    }
}

#[test]
fn a_save_in_between_is_never_lost_by_an_exchange_in_many_orders_of_the_calls() {
    for (runs, windows) in BESIDE_A_SAVE {
        race_in_many_orders(runs, 2_000, |race| race.assert_saved(windows));
    }
}

/// A save right before each call of an exchange, and another run that begins anywhere and
/// is not interrupted.
#[test]
fn a_save_before_any_call_is_never_lost_wherever_another_run_tidies_up() {
    let runs: [Run; 3] = [save, exchange, tidy_up];
    let mut races = 0;
    for saves in 0.. {
        let mut is_over = true;
        for begins in saves.. {
            let mut calls = 0;
            let race = race(damaged(), &runs, |_, waiting| {
                let wanted = match calls {
                    _ if calls == saves && waiting.contains(&0) => 0,
                    _ if calls >= begins && waiting.contains(&2) => 2,
                    _ => 1,
                };
                let chosen = prefer(wanted, waiting);
                calls += usize::from(chosen == 1);
                chosen
            });
            race.assert_saved(&[]);
            races += 1;
            let of_the_restore = race.order.iter().filter(|run| **run == 1).count();
            is_over &= of_the_restore <= saves;
            if of_the_restore <= begins {
                break;
            }
        }
        if is_over {
            break;
        }
    }
    println!("{races} races");
    assert!(races > 800, "{races}");
}

/// A sweep over several sessions, of which none fails: what another one restored meanwhile
/// is fine.
fn sweep_all(directory: &Shared) -> Vec<Outcome> {
    assert_none_fails(directory);
    Vec::new()
}

fn sweep_all_by_exchange(directory: &Shared) -> Vec<Outcome> {
    assert_none_fails(&Exchanging::of(directory.clone()));
    Vec::new()
}

fn assert_none_fails(directory: &impl Directory) {
    let summary = sweep::recover_all(directory, None, KEEP);
    let summary = summary.expect("the directory can be listed");
    let mut sessions = summary.sessions.iter();
    assert!(sessions.all(|outcome| !outcome.ended_ill()), "{summary:#?}");
}

#[test]
fn of_two_and_three_sweeps_at_once_none_fails_in_many_orders_of_their_calls() {
    let races: [&[Run]; 4] = [
        &[sweep_all, sweep_all],
        &[sweep_all_by_exchange, sweep_all],
        &[sweep_all, sweep_all, sweep_all],
        &[sweep_all_by_exchange, sweep_all_by_exchange, sweep_all],
    ];
    let several = || {
        let directory = damaged();
        for id in ["b", "c", "d"] {
            directory.put(&format!("{id}.json"), LIVE);
            directory.put(&format!("{id}.json.bak"), BACKUP);
        }
        directory.put("e.json.bak", BACKUP);
        directory
    };
    for runs in races {
        for seed in 0..1_000 {
            let race = race_in_order(several(), runs, seed);
            let contents = race.directory.contents();
            for id in ["a", "b", "c", "d", "e"] {
                let live = race.directory.bytes(&format!("{id}.json"));
                assert_eq!(live.as_deref(), Some(BACKUP), "{id}: {race}");
            }
            assert_eq!(contents.len(), 14, "{:?}: {race}", contents.keys());
        }
    }
}

/// What a restore and an undo rely on is kept under a redundant name: the live file's bytes, or
/// what is to be put back.
fn redundant() -> InMemoryDirectory {
    let directory = damaged();
    directory.put("a.json.replaced.1", LIVE);
    directory
}

fn redundant_to_undo() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", SAVED);
    directory.put("a.json.replaced.3", LIVE);
    directory
}

/// No message of the live file or a kept file is lost, and the next sweep leaves nothing behind.
fn assert_no_message_lost(race: &Race) {
    let calls = race.outcomes.iter();
    let mut errors = calls.flat_map(|outcome| &outcome.errors);
    assert!(
        errors.all(|error| error.code == ErrorCode::Changed),
        "{race}"
    );
    let before = race.directory.contents();
    let summary = sweep::recover_all(&race.directory, None, KEEP);
    summary.expect("the directory can be listed");
    let contents = race.directory.contents();
    for name in contents.keys() {
        assert!(!is_leftover(name), "{name} is left: {race}");
    }
    let files = contents.iter();
    let files = files.filter(|(name, _)| !matches!(Role::of(name), Role::Backup(_)));
    let files = files.filter_map(|(_, bytes)| String::from_utf8(bytes.clone()?).ok());
    let files: Vec<_> = files.collect();
    let own = files.iter().any(|text| text.contains("\"own\""));
    assert!(own, "{before:?}: {race}");
    if before.values().flatten().any(|bytes| bytes == SAVED) {
        assert!(
            files.iter().any(|text| text.contains("\"saved\"")),
            "{race}"
        );
    }
}

/// A directory, and what is at work in it.
type Beside = (fn() -> InMemoryDirectory, &'static [Run]);

const BESIDE_A_PRUNE: [Beside; 9] = [
    (redundant, &[prune, recover]),
    (redundant, &[prune, merge]),
    (redundant, &[prune, exchange]),
    (redundant, &[prune, recover, tidy_up]),
    (redundant, &[prune, recover, recover_all]),
    (redundant, &[prune, exchange, recover, tidy_up]),
    (redundant, &[prune, prune, recover]),
    (redundant_to_undo, &[prune, undo]),
    (redundant_to_undo, &[prune, undo, tidy_up]),
];

#[test]
fn beside_a_prune_no_message_is_lost_in_every_order_of_two_switches() {
    race_with_two_switches(&BESIDE_A_PRUNE, assert_no_message_lost);
}

/// Lets the first two of these runs work at once, in every order that two switches between them
/// make.
fn race_with_two_switches(beside: &[Beside], check: fn(&Race)) {
    let mut races = 0;
    for (directory, runs) in beside {
        for first in 0..2 {
            let second = 1 - first;
            for begins in 0.. {
                let mut is_over = true;
                for goes_on in begins + 1.. {
                    let mut made = 0;
                    let race = race(directory(), &runs[..2], |call, waiting| {
                        let is_second = (begins..goes_on).contains(&call);
                        let wanted = if is_second { second } else { first };
                        let chosen = prefer(wanted, waiting);
                        made += usize::from(is_second && chosen == second);
                        chosen
                    });
                    check(&race);
                    races += 1;
                    is_over &= race.order.len() <= begins;
                    if made < goes_on - begins {
                        break;
                    }
                }
                if is_over {
                    break;
                }
            }
        }
    }
    println!("{races} races");
    assert!(races > 4_000, "{races}");
}

#[test]
fn beside_a_prune_no_message_is_lost_in_many_orders_of_the_calls() {
    for (directory, runs) in BESIDE_A_PRUNE {
        for seed in 0..1_000 {
            assert_no_message_lost(&race_in_order(directory(), runs, seed));
        }
    }
}

/// The live file is damaged and holds more than its backup.
fn cut() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", CUT);
    directory.put("a.json.bak", br#"{"messages": ["own"]}"#);
    directory
}

/// An earlier restore moved it into a kept file.
fn cut_and_kept() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", LIVE);
    directory.put("a.json.bak", LIVE);
    directory.put("a.json.replaced.1", CUT);
    directory
}

/// A salvage was made, and is to be undone.
fn cut_and_salvaged() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", SALVAGED);
    directory.put("a.json.replaced.1", CUT);
    directory
}

const BESIDE_A_SALVAGE: [Beside; 14] = [
    (cut, &[salvage, salvage]),
    (cut, &[salvage, salvage_all]),
    (cut, &[salvage, recover]),
    (cut, &[salvage, recover_all]),
    (cut, &[salvage, prune]),
    (cut, &[salvage, undo]),
    (cut, &[exchange_and_salvage, exchange_and_salvage]),
    (cut, &[exchange_and_salvage, recover, tidy_up]),
    (cut, &[salvage, exchange, prune]),
    (cut_and_kept, &[salvage, salvage_all]),
    (cut_and_kept, &[salvage, prune]),
    (cut_and_kept, &[salvage, undo, prune]),
    (cut_and_salvaged, &[undo, prune]),
    (cut_and_salvaged, &[undo, salvage]),
];

/// The damaged bytes are there, a salvage brings everything back, and nothing else is left.
fn assert_salvageable(race: &Race) {
    let calls = race.outcomes.iter();
    let mut errors = calls.flat_map(|outcome| &outcome.errors);
    let is_changed = |error: &Error| error.code == ErrorCode::Changed;
    assert!(errors.all(is_changed), "{race}");
    let live = race.directory.bytes("a.json");
    let whole: [&[u8]; 3] = [CUT, SALVAGED, LIVE];
    assert!(live.is_some_and(|live| whole.contains(&&*live)), "{race}");
    let summary = sweep::recover_all(&race.directory, None, SALVAGE);
    summary.expect("the directory can be listed");
    let contents = race.directory.contents();
    for name in contents.keys() {
        assert!(!is_leftover(name), "{name} is left: {race}");
    }
    let live = race.directory.bytes("a.json");
    assert_eq!(live.as_deref(), Some(SALVAGED), "{race}");
    assert!(
        contents.values().flatten().any(|bytes| bytes == CUT),
        "{race}"
    );
}

#[test]
fn beside_a_salvage_the_damaged_bytes_are_never_lost_in_many_orders_of_the_calls() {
    for (directory, runs) in BESIDE_A_SALVAGE {
        for seed in 0..300 {
            assert_salvageable(&race_in_order(directory(), runs, seed));
        }
    }
}

#[test]
fn beside_a_salvage_the_damaged_bytes_are_never_lost_in_every_order_of_two_switches() {
    let races: Vec<_> = BESIDE_A_SALVAGE
        .into_iter()
        .map(|(directory, runs)| (directory, &runs[..2]))
        .collect();
    race_with_two_switches(&races, assert_salvageable);
}

/// A save beside a salvage is lost only after the last look of a host that does not exchange.
#[test]
fn a_save_beside_a_salvage_is_there_or_kept() {
    let races: [(&[Run], &[usize]); 4] = [
        (&[save, exchange_and_salvage, tidy_up], &[]),
        (&[save, exchange_and_salvage, exchange_and_salvage], &[]),
        (&[save, salvage], &[1]),
        (&[save, exchange_and_salvage, salvage_all], &[2]),
    ];
    for (runs, windows) in races {
        for seed in 0..1_000 {
            race_in_order(cut(), runs, seed).assert_save_held(windows, SALVAGE);
        }
    }
}

/// A session that a restore put where no file was, as the history says.
fn placed() -> InMemoryDirectory {
    const LINE: &str =
        r#"{"deed":"restored","time":1,"run":"r","session":"a","source":"a.json.bak"}"#;
    let directory = damaged();
    directory.put(LOG, format!("{LINE}\n"));
    directory
}

/// No leftover stays, and the bytes that the live file had are there.
fn assert_taken_or_kept(race: &Race) {
    for outcome in &race.outcomes {
        let mut errors = outcome.errors.iter();
        let are_expected = errors.all(|error| error.code == ErrorCode::Changed);
        assert!(are_expected, "{race}");
    }
    let summary = sweep::recover_all(&race.directory, None, KEEP);
    summary.expect("the directory can be listed");
    let contents = race.directory.contents();
    for name in contents.keys() {
        assert!(!is_leftover(name), "{name} is left: {race}");
    }
    let is_held = contents.values().flatten().any(|bytes| bytes == LIVE);
    assert!(is_held, "{race}");
}

#[test]
fn what_an_undo_takes_away_is_never_lost_in_many_orders_of_the_calls() {
    let races: [&[Run]; 6] = [
        &[undo, undo],
        &[undo, recover],
        &[undo, exchange],
        &[undo, prune],
        &[undo, tidy_up, recover_all],
        &[undo, undo, tidy_up],
    ];
    for runs in races {
        for seed in 0..1_000 {
            assert_taken_or_kept(&race_in_order(placed(), runs, seed));
        }
    }
}

#[test]
fn a_save_during_an_undo_that_takes_away_is_never_lost_in_many_orders_of_the_calls() {
    let races: [&[Run]; 3] = [
        &[save, undo],
        &[save, undo, tidy_up],
        &[save, undo, exchange],
    ];
    for runs in races {
        for seed in 0..1_000 {
            race_in_order(placed(), runs, seed).assert_save_held(&[], KEEP);
        }
    }
}
