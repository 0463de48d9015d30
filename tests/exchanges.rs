//! The Rust host exchanges names, and the application saves meanwhile, before any of the
//! calls: whatever a crash or a kill leaves then holds the save, and so does what the next
//! run makes of it, which has no exchange to go by.

mod exchanging;

use std::collections::{BTreeMap, BTreeSet};

use exchanging::{Exchanges, Exchanging};
use session_recovery::answer::{Action, ErrorCode, Outcome, Plan};
use session_recovery::audit::audit;
use session_recovery::audit::plan::make_plan;
use session_recovery::directory::{Directory, File, FsError};
use session_recovery::recover::{self, Options};
use session_recovery::session::{Role, SessionId};
use session_recovery::sweep;
use session_recovery_testing::{Call, InMemoryDirectory, InMemoryFile};
use session_recovery_testing::{CrashSim, CrashSimFile, DiskChange, Remains};

const OLD: &[u8] = br#"{"messages": ["old"]}"#;
const NEW: &[u8] = br#"{"messages": [1, "two", {"three": 3}]}"#;
/// A save that is restored over again, and one that is not.
const SAVES: [&[u8]; 2] = [
    br#"{"messages": ["old", "saved"]}"#,
    br#"{"messages": [1, "two", {"three": 3}, "saved"]}"#,
];

const KEEP: Options = Options::NONE;

const DRY_RUN: Options = Options {
    dry_run: true,
    ..KEEP
};

impl Exchanges for CrashSim {
    fn exchange(&self, one: &str, other: &str) -> Result<(), FsError> {
        self.exchange(one, other)
    }

    fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.rename_anew(from, to)
    }

    fn name_open(&self, file: &CrashSimFile, name: &str) -> Result<(), FsError> {
        self.name_open(file, name)
    }
}

impl Exchanges for InMemoryDirectory {
    fn exchange(&self, one: &str, other: &str) -> Result<(), FsError> {
        self.exchange(one, other)
    }

    fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.rename_anew(from, to)
    }

    fn name_open(&self, file: &InMemoryFile, name: &str) -> Result<(), FsError> {
        self.name_open(file, name)
    }
}

fn id() -> SessionId {
    SessionId::new("a").expect("a is an id")
}

/// What the application does: it makes a new file, and renames it into place.
fn save(directory: &CrashSim, saved: &[u8]) -> Result<(), FsError> {
    let new = directory.create("a.tmp.1.2")?;
    new.write(0, saved)?;
    new.sync()?;
    directory.rename("a.tmp.1.2", "a.json")?;
    directory.sync()
}

/// A restore by the Rust host, and a save before one of its calls.
struct Disturbed {
    directory: CrashSim,
    saved: &'static [u8],
    /// How many changes there were when the save was durable.
    saved_after: usize,
    outcome: Outcome,
}

const SALVAGE: Options = Options {
    salvage: true,
    ..KEEP
};

/// A damaged file that holds more than its backup.
const CUT: &[u8] = br#"{"messages": [1, "two", {"three": 3}, {"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"ro"#;

/// What the live file holds before such a restore.
const fn old(options: Options) -> &'static [u8] {
    if options.salvage { CUT } else { OLD }
}

/// Restores, with a save before each call in turn; `most` are the changes after the save
/// that come before the run is killed.
fn disturbed(options: Options, saved: &'static [u8], most: usize) -> Vec<Disturbed> {
    disturbed_from("a.json.bak", options, saved, most)
}

/// Does so with a source that somebody chose.
fn disturbed_from(
    source: &str,
    options: Options,
    saved: &'static [u8],
    most: usize,
) -> Vec<Disturbed> {
    let mut all = Vec::new();
    for number in 0.. {
        let in_memory = InMemoryDirectory::default();
        in_memory.put("a.json", old(options));
        in_memory.put(source, NEW);
        let directory = CrashSim::over(in_memory.clone());
        let application = directory.clone();
        in_memory.before(number, move |_| {
            save(&application, saved).expect("a save");
            application.kill_after(most);
        });
        let exchanging = Exchanging::of(directory.clone());
        let outcome = if source == "a.json.bak" {
            recover::recover(&exchanging, &id(), options)
        } else {
            recover::recover_from(&exchanging, &id(), source, options)
        };
        directory.revive();
        let changes = directory.trace().changes;
        let is_save = |change: &DiskChange| matches!(change, DiskChange::Rename { from, .. } if from == "a.tmp.1.2");
        let Some(place) = changes.iter().position(is_save) else {
            break;
        };
        let outcome = outcome.expect("the directory can be listed");
        // What was judged is discarded where that is asked for.
        let calls = in_memory.calls();
        if options.discard && !calls[..number].contains(&Call::Create) {
            continue;
        }
        all.push(Disturbed {
            directory,
            saved,
            saved_after: place + 2,
            outcome,
        });
    }
    assert!(all.len() > 20, "{}", all.len());
    all
}

fn options() -> [Options; 4] {
    let discard = Options {
        discard: true,
        ..KEEP
    };
    let merge = Options {
        merge: true,
        ..KEEP
    };
    [KEEP, discard, merge, SALVAGE]
}

type Contents<'a> = BTreeMap<&'a str, &'a [u8]>;

/// The save and the backup are there, the save under a name that nobody removes.
fn assert_held(contents: &Contents, saved: &[u8], when: &dyn std::fmt::Debug) {
    assert_held_beside("a.json.bak", contents, saved, when);
}

fn assert_held_beside(source: &str, contents: &Contents, saved: &[u8], when: &dyn std::fmt::Debug) {
    let lasts = |name: &str| !matches!(Role::of(name), Role::Staging | Role::Claim);
    let mut lasting = contents.iter().filter(|(name, _)| lasts(name));
    assert!(
        lasting.any(|(_, bytes)| *bytes == saved),
        "the save is lost: {when:?}"
    );
    assert_eq!(contents.get(source), Some(&NEW), "{when:?}");
}

/// What a run of another host leaves: everything in its place.
fn assert_finished(directory: &InMemoryDirectory, saved: &[u8], when: &dyn std::fmt::Debug) {
    assert_finished_beside("a.json.bak", directory, saved, when);
}

fn assert_finished_beside(
    source: &str,
    directory: &InMemoryDirectory,
    saved: &[u8],
    when: &dyn std::fmt::Debug,
) {
    let contents = directory.contents();
    let contents = contents.iter().map(|(name, bytes)| {
        let bytes = bytes.as_deref().expect("there are regular files");
        (name.as_str(), bytes)
    });
    let contents: Contents = contents.collect();
    assert_held_beside(source, &contents, saved, when);
    for name in contents.keys() {
        let is_left = matches!(Role::of(name), Role::Staging | Role::Claim | Role::Exchange);
        assert!(!is_left, "{name} is left: {when:?}");
    }
}

fn sweep_up(directory: &impl Directory) {
    let summary = sweep::recover_all(directory, None, KEEP);
    let summary = summary.expect("the directory can be listed");
    assert!(
        summary.sessions.iter().all(|outcome| !outcome.ended_ill()),
        "{summary:?}"
    );
    let are_kept = summary.oddities.iter().all(|oddity| {
        oddity.code == ErrorCode::Changed && oddity.message.contains("Another program saved")
    });
    assert!(are_kept, "{summary:?}");
}

/// The states that crashes leave from the save on.
fn crashes(directory: &CrashSim, from: usize) -> BTreeSet<Remains> {
    directory.trace().crashes().skip(from).flatten().collect()
}

#[test]
fn a_save_at_any_time_is_in_every_state_that_a_crash_leaves() {
    let (mut once, mut twice) = (0, 0);
    for (options, saved) in options()
        .iter()
        .flat_map(|one| SAVES.map(|saved| (*one, saved)))
    {
        let mut all = BTreeSet::new();
        for run in disturbed(options, saved, usize::MAX) {
            all.extend(crashes(&run.directory, run.saved_after));
        }
        once += all.len();
        let mut later = BTreeSet::new();
        for remains in &all {
            assert_held(&remains.contents(), saved, remains);
            let directory = remains.directory();
            let again = CrashSim::over(directory.clone());
            sweep_up(&again);
            assert_finished(&directory, saved, remains);
            later.extend(crashes(&again, 0));
        }
        later.retain(|remains| !all.contains(remains));
        twice += later.len();
        for remains in &later {
            assert_held(&remains.contents(), saved, remains);
            let directory = remains.directory();
            sweep_up(&Exchanging::of(CrashSim::over(directory.clone())));
            assert_finished(&directory, saved, remains);
        }
    }
    println!("{once:>6} {twice:>6}");
    assert!(once > 500 && twice > 2_000, "{once} {twice}");
}

/// One of each kind of source. The application saves by way of another temporary file.
const SOURCES: [&str; 5] = [
    "a.json.replaced.3",
    "a.tmp.9.9",
    "a.json.recover.tmp",
    "a.sync-conflict-20260101-120000-ABCDEFG.json",
    "a copy.json",
];

/// A copy may have the name of another session's live file.
fn assert_restored_undisturbed(source: &str, options: Options) {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OLD);
    directory.put(source, NEW);
    let exchanging = Exchanging::of(directory.clone());
    let outcome = recover::recover_from(&exchanging, &id(), source, options);
    let outcome = outcome.expect("the directory can be listed");
    assert_eq!(outcome.action, Action::Restored, "{outcome:?}");
    assert_eq!(outcome.errors, [], "{source}");
}

#[test]
fn a_save_while_a_source_is_put_in_place_is_in_every_state_that_a_crash_leaves() {
    let mut states = 0;
    for source in SOURCES {
        for (options, saved) in options()[..3]
            .iter()
            .flat_map(|one| SAVES.map(|saved| (*one, saved)))
        {
            assert_restored_undisturbed(source, options);
            let mut all = BTreeSet::new();
            for run in disturbed_from(source, options, saved, usize::MAX) {
                all.extend(crashes(&run.directory, run.saved_after));
            }
            states += all.len();
            for remains in &all {
                assert_held_beside(source, &remains.contents(), saved, remains);
                let directory = remains.directory();
                sweep_up(&CrashSim::over(directory.clone()));
                assert_finished_beside(source, &directory, saved, remains);
            }
        }
    }
    println!("{states:>6}");
    assert!(states > 1_000, "{states}");
}

#[test]
fn a_kill_after_a_save_leaves_the_next_run_no_less_safe() {
    let mut states = 0;
    for (options, saved) in options()
        .iter()
        .flat_map(|one| SAVES.map(|saved| (*one, saved)))
    {
        for most in 0..30 {
            for run in disturbed(options, saved, most) {
                let directory = run.directory;
                sweep_up(&directory);
                let left = crashes(&directory, run.saved_after);
                states += left.len();
                for remains in &left {
                    assert_held(&remains.contents(), saved, remains);
                }
            }
        }
    }
    println!("{states:>6}");
    assert!(states > 10_000, "{states}");
}

#[test]
fn a_run_that_ends_leaves_the_save_in_its_place_or_kept() {
    for (options, saved) in options()
        .iter()
        .flat_map(|one| SAVES.map(|saved| (*one, saved)))
    {
        for run in disturbed(options, saved, usize::MAX) {
            let trace = run.directory.trace();
            let last = trace.crashes().last().expect("there is the start");
            for remains in last {
                let contents = remains.contents();
                assert_held(&contents, run.saved, &run.outcome);
                let is_left = |name: &&str| Role::of(name) == Role::Exchange;
                let is_unsynced = run.outcome.action != Action::Restored;
                assert!(is_unsynced || !contents.keys().any(is_left), "{remains:?}");
            }
        }
    }
}

/// A directory in which an exchange left this.
fn with_exchanged(bytes: &[u8]) -> (InMemoryDirectory, String) {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", NEW);
    directory.put("a.json.bak", NEW);
    directory.put("a.json.replaced.4", OLD);
    let name = id().exchange_name(7, 0);
    directory.put(&name, bytes);
    (directory, name)
}

#[test]
fn what_another_file_holds_is_removed_and_anything_else_is_kept_and_reported() {
    for (bytes, is_elsewhere) in [(OLD, true), (NEW, true), (SAVES[0], false), (b"", false)] {
        let (directory, name) = with_exchanged(bytes);
        let outcome = recover::recover(&directory, &id(), KEEP).expect("it can be listed");
        assert_eq!(outcome.action, Action::Nothing);
        assert_eq!(directory.bytes(&name), None);
        let kept = directory.bytes("a.json.replaced.5");
        assert_eq!(kept, (!is_elsewhere).then(|| bytes.to_vec()));
        let told: Vec<_> = outcome.errors.iter().map(|error| &error.message).collect();
        assert_eq!(told.len(), usize::from(!is_elsewhere), "{told:?}");
        assert!(told.iter().all(|told| told.contains("a.json.replaced.5")));
    }
}

#[test]
fn an_undo_puts_back_the_save_that_an_exchange_left() {
    let (directory, _) = with_exchanged(SAVES[0]);
    let outcome = recover::undo(&directory, &id(), Options::default()).expect("it can be listed");
    assert_eq!(outcome.action, Action::Restored);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(SAVES[0]));
    let (directory, name) = with_exchanged(SAVES[0]);
    recover::undo(&directory, &id(), DRY_RUN).expect("it can be listed");
    assert!(
        directory.bytes(&name).is_some(),
        "a dry run changes nothing"
    );
}

#[test]
fn without_hard_links_it_is_kept_by_renaming() {
    let (directory, name) = with_exchanged(SAVES[0]);
    directory.refuse_links(FsError::Denied);
    sweep_up(&directory);
    assert_eq!(directory.bytes(&name), None);
    let kept = directory.bytes("a.json.replaced.5");
    assert_eq!(kept.as_deref(), Some(SAVES[0]));
}

#[test]
fn a_name_that_a_dead_run_gave_is_not_given_again() {
    let (directory, name) = with_exchanged(SAVES[0]);
    // The file ID of the next file that is made, as if the dead run had had that one open.
    let next = directory.create("x").and_then(|file| file.file_id());
    let file_id = next.expect("it can be made") + 1;
    directory.take("x");
    let taken = id().exchange_name(file_id, 0);
    directory.put(&taken, SAVES[1]);
    directory.take(&taken);
    let taken = id().exchange_name(file_id + 1, 0);
    directory.put(&taken, SAVES[1]);
    sweep_up(&directory);
    for saved in SAVES {
        let contents = directory.contents();
        let mut held = contents.values().flatten();
        assert!(held.any(|bytes| bytes == saved), "{contents:?}");
    }
    assert_eq!(directory.bytes(&name), None);
}

#[test]
fn of_an_unknown_session_it_stays_and_is_reported() {
    let directory = InMemoryDirectory::default();
    let name = id().exchange_name(7, 0);
    directory.put(&name, OLD);
    directory.put("b.json", OLD);
    sweep_up(&directory);
    assert_eq!(directory.bytes(&name).as_deref(), Some(OLD));
    let report = audit(&directory, None).expect("it can be listed");
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(finding.name.as_deref(), Some(&*name));
    assert!(finding.remedy.contains("Look at this file"), "{finding:?}");
    assert_eq!(make_plan(&directory, None, false), Ok(Plan::default()));
    let (directory, _) = with_exchanged(OLD);
    let report = audit(&directory, None).expect("it can be listed");
    let told = |finding: &session_recovery::answer::Finding| {
        finding.remedy.starts_with("`recover a` keeps it")
    };
    assert!(report.findings.iter().any(told), "{report:?}");
}

#[test]
fn if_it_cannot_be_put_away_it_stays_and_is_reported() {
    let (directory, _) = with_exchanged(SAVES[0]);
    recover::recover(&directory, &id(), KEEP).expect("it can be listed");
    for number in 0..directory.calls().len() {
        let (directory, _) = with_exchanged(SAVES[0]);
        directory.fail(number, FsError::NoSpace);
        let outcome = recover::recover(&directory, &id(), KEEP);
        let contents = directory.contents();
        let mut lasting = contents
            .iter()
            .filter(|(name, _)| Role::of(name) != Role::Staging);
        let is_held = lasting.any(|(_, bytes)| bytes.as_deref() == Some(SAVES[0]));
        assert!(is_held, "{number}: {contents:?}");
        let is_told = outcome.is_err() || outcome.is_ok_and(|outcome| !outcome.errors.is_empty());
        assert!(is_told, "{number}");
    }
}

/// In the lower layer of an overlayfs.
#[test]
fn a_file_that_becomes_another_one_with_its_first_new_name_is_restored_the_first_time() {
    type Restore =
        fn(&InMemoryDirectory, Options) -> Result<Outcome, session_recovery::answer::Error>;
    let hosts: [Restore; 2] = [
        |directory, options| recover::recover(directory, &id(), options),
        |directory, options| recover::recover(&Exchanging::of(directory.clone()), &id(), options),
    ];
    let kept = [None, Some(OLD), Some(SAVES[0])];
    for (restore, options, kept) in hosts
        .iter()
        .flat_map(|host| options().map(|options| (host, options)))
        .flat_map(|(host, options)| kept.map(|kept| (host, options, kept)))
    {
        let directory = InMemoryDirectory::default();
        directory.put_below("a.json", OLD);
        directory.put_below("a.json.bak", NEW);
        if let Some(kept) = kept {
            directory.put_below("a.json.replaced.1", kept);
        }
        let outcome = restore(&directory, options).expect("it can be listed");
        assert_eq!(outcome.action, Action::Restored, "{outcome:?}");
        assert_eq!(outcome.errors, []);
        let contents = directory.contents();
        let holds = |bytes: &[u8]| contents.values().flatten().any(|held| held == bytes);
        assert!(
            holds(NEW) && (options.discard || holds(OLD)),
            "{contents:?}"
        );
        assert!(kept.is_none_or(holds), "{contents:?}");
        let files = 2 + usize::from(!options.discard || kept.is_some());
        let is_one_more = kept == Some(SAVES[0]) && !options.discard;
        assert_eq!(
            contents.len(),
            files + usize::from(is_one_more),
            "{contents:?}"
        );
        let undone =
            recover::undo(&directory, &id(), Options::default()).expect("it can be listed");
        let is_undone = undone.action == Action::Restored || (options.discard && kept.is_none());
        assert!(is_undone, "{undone:?}");
    }
}

#[test]
fn a_live_file_that_keeps_changing_identity_is_not_replaced() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OLD);
    directory.put("a.json.bak", NEW);
    renew_at_every_call(&directory);
    let outcome = recover::recover(&directory, &id(), KEEP).expect("it can be listed");
    assert_eq!(outcome.action, Action::Failed);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
}

fn renew_at_every_call(directory: &InMemoryDirectory) {
    directory.before(0, |directory| {
        directory.put("a.json", OLD);
        renew_at_every_call(directory);
    });
}
