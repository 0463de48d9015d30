//! Redundant kept files, against the obvious way to tell them. The power also fails after every
//! change that a prune makes, and leaves each state of the disk that the missing syncs allow: no
//! message is lost, and the next sweep finishes the job.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use session_recovery::answer::Purged;
use session_recovery::directory::{Directory, File, FsError};
use session_recovery::operations::{Operations, Sessions};
use session_recovery::prune::prune;
use session_recovery::recover::Options;
use session_recovery::session::{Role, SessionId};
use session_recovery::sweep::recover_all;
use session_recovery_testing::{Call, CrashSim, DiskChange, InMemoryDirectory, Remains};

const PRUNE: Options = Options {
    prune: true,
    ..Options::NONE
};

/// Messages of which none stands for another one.
const DIFFERENT: &[&str] = &[
    "1",
    "\"two\"",
    r#"{"role":"user","content":"y"}"#,
    r#"{"role":"user","content":"x","timestamp":100}"#,
    r#"{"role":"user","content":"x","timestamp":200.5}"#,
    r#"{"role":"assistant","content":"x","timestamp":100}"#,
    r#"{"id":"7"}"#,
    r#"{"role":"user","content":"x","timestamp":"100"}"#,
];

/// Messages of which some stand for others.
const ALIKE: &[&str] = &[
    r#"{"role":"user","content":"x"}"#,
    r#"{"role":"user","content":"x","timestamp":100}"#,
    r#"{"timestamp":100.75,"content":"x","role":"user"}"#,
    r#"{"role":"user","content":"x","timestamp":101.5}"#,
    r#"{"role":"user","content":"x","timestamp":100,"_ts":100.25}"#,
    r#"{"role":"user","content":"x","timestamp":100,"attachments":["f"]}"#,
    r#"{"role":"user","content":"x","timestamp":100,"attachments":["g"],"_ts":100.25}"#,
    r#"{"role":"user","content":"x","_media_snapshots":{}}"#,
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Unreadable(u8),
    Session {
        pending: Option<&'static str>,
        messages: Vec<&'static str>,
    },
}

impl Kept {
    fn text(&self) -> String {
        match self {
            Self::Unreadable(number) => format!("{{\"messages\": [{number}"),
            Self::Session { pending, messages } => {
                let pending = pending.map_or_else(String::new, |pending| {
                    format!("\"pending_user_message\": {pending}, ")
                });
                format!("{{{pending}\"messages\": [{}]}}", messages.join(", "))
            }
        }
    }
}

fn file(pool: &'static [&'static str]) -> impl Strategy<Value = Kept> {
    let pending = prop_oneof![
        8 => Just(None),
        1 => Just(Some("\"unsent\"")),
        1 => Just(Some("null")),
    ];
    let session = (pending, vec(prop::sample::select(pool), 0..5))
        .prop_map(|(pending, messages)| Kept::Session { pending, messages });
    prop_oneof![9 => session, 1 => (0..2_u8).prop_map(Kept::Unreadable)]
}

/// A live file, if there is one, and kept files, the oldest first.
fn session(
    pool: &'static [&'static str],
) -> impl Strategy<Value = (Option<Kept>, Vec<(u32, Kept)>)> {
    let live = prop::option::weighted(0.8, file(pool));
    let kept = vec((1..4_u32, file(pool)), 1..6).prop_map(|kept| {
        let mut last = 0;
        let numbered = kept.into_iter().map(|(step, file)| {
            last += step;
            (last, file)
        });
        numbered.collect()
    });
    (live, kept)
}

fn directory(live: Option<&Kept>, kept: &[(u32, Kept)]) -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    if let Some(live) = live {
        directory.put("a.json", live.text());
    }
    for (number, file) in kept {
        directory.put(&kept_name(*number), file.text());
    }
    directory
}

fn kept_name(number: u32) -> String {
    format!("a.json.replaced.{number}")
}

fn pruned(directory: &InMemoryDirectory, dry_run: bool) -> Vec<String> {
    let pruned = prune(directory, None, dry_run).expect("the directory can be listed");
    let errors: Vec<_> = pruned.iter().flat_map(|each| &each.errors).collect();
    assert!(errors.is_empty(), "{errors:?}");
    pruned.into_iter().flat_map(|each| each.removed).collect()
}

/// Whether a message has a time or an ID: then it is one message, however often it is there.
fn is_timed(message: &str) -> bool {
    message.contains("\"timestamp\"") || message.contains("\"id\"") || message.contains("\"_ts\"")
}

fn times(messages: &[&str], is_wanted: impl Fn(&str) -> bool) -> usize {
    let found = messages.iter().filter(|message| is_wanted(message));
    let (timed, others): (BTreeSet<_>, Vec<_>) = (
        found.clone().filter(|message| is_timed(message)).collect(),
        found.filter(|message| !is_timed(message)).collect(),
    );
    timed.len() + others.len()
}

/// Whether the second message has all that the first one has.
fn stands_for(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
    let (Value::Object(one), Value::Object(other)) = (read(one), read(other)) else {
        return false;
    };
    if !(one.contains_key("role") && one.contains_key("content")) {
        return false;
    }
    let keys = one.keys().chain(other.keys());
    keys.collect::<BTreeSet<_>>().into_iter().all(|key| {
        let (one, other) = (one.get(key), other.get(key));
        let number = |value: Option<&Value>| value.and_then(Value::as_f64);
        match &**key {
            "_ts" | "attachments" | "_media_snapshots" => one.is_none() || one == other,
            "timestamp" => match (number(one), number(other)) {
                (Some(one), Some(other)) => (one - other).abs() <= 1.0,
                _ => one.is_none() || one == other,
            },
            _ => one == other,
        }
    })
}

/// Whether each message of a file is in one of the others as often as in it.
fn is_all_in(file: &Kept, others: &[&Kept], stands_for: impl Fn(&str, &str) -> bool) -> bool {
    let Kept::Session { pending, messages } = file else {
        return false;
    };
    let sessions = others.iter().filter_map(|other| match other {
        Kept::Unreadable(_) => None,
        Kept::Session { pending, messages } => Some((pending, messages)),
    });
    let sessions: Vec<_> = sessions.collect();
    let is_sent = pending.is_none_or(|pending| pending == "null")
        || sessions.iter().any(|(other, _)| *other == pending);
    let is_in = |message: &&str, other: &[&str]| {
        let wanted = times(messages, |each| each == *message);
        times(other, |each| stands_for(message, each)) >= wanted
    };
    let is_there = |message: &&str| sessions.iter().any(|(_, other)| is_in(message, other));
    is_sent && !sessions.is_empty() && messages.iter().all(is_there)
}

/// The files that are redundant, in the obvious way: newest first, against what stays.
fn twin(live: Option<&Kept>, kept: &[(u32, Kept)]) -> Vec<String> {
    let mut standing: Vec<&Kept> = live.into_iter().collect();
    let mut redundant = Vec::new();
    for (number, file) in kept.iter().rev() {
        let is_same = standing.iter().any(|other| other.text() == file.text());
        if is_same || is_all_in(file, &standing, |one, other| one == other) {
            redundant.push(kept_name(*number));
        } else {
            standing.push(file);
        }
    }
    redundant
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn of_different_messages_exactly_the_redundant_files_are_removed(
        (live, kept) in session(DIFFERENT),
        reads in 1..400_usize,
    ) {
        let directory = directory(live.as_ref(), &kept);
        directory.shorten(reads, usize::MAX);
        let named = pruned(&directory, true);
        prop_assert_eq!(&named, &twin(live.as_ref(), &kept));
        let before = directory.contents();
        prop_assert_eq!(&pruned(&directory, false), &named);
        let stay = before.into_iter().filter(|(name, _)| !named.contains(name));
        prop_assert_eq!(directory.contents(), stay.collect::<BTreeMap<_, _>>());
        prop_assert!(pruned(&directory, false).is_empty());
    }

    #[test]
    fn each_message_of_a_removed_file_has_one_that_stands_for_it((live, kept) in session(ALIKE)) {
        let directory = directory(live.as_ref(), &kept);
        let removed = pruned(&directory, false);
        let is_removed = |number: &u32| removed.contains(&kept_name(*number));
        for (number, file) in kept.iter().filter(|(number, _)| is_removed(number)) {
            let newer = kept.iter().filter(|(other, _)| other > number && !is_removed(other));
            let standing: Vec<_> = live.iter().chain(newer.map(|(_, file)| file)).collect();
            let is_same = standing.contains(&file);
            prop_assert!(is_same || is_all_in(file, &standing, stands_for), "{}", number);
        }
    }
}

/// A state of the disk, and what is done then.
struct Scenario {
    files: Vec<(&'static str, &'static str)>,
    /// What was done that is not durable yet.
    unsynced: fn(&CrashSim),
    operation: fn(&CrashSim) -> Vec<Purged>,
    /// The files that are gone in the end.
    redundant: Vec<&'static str>,
}

const OLD: &str = r#"{"messages": [1]}"#;
const NEW: &str = r#"{"messages": [1, "two", 3]}"#;
const OTHER: &str = r#"{"messages": [1, "other"]}"#;
const PART: &str = r#"{"messages": ["other"]}"#;

fn prune_all(directory: &CrashSim) -> Vec<Purged> {
    prune(directory, None, false).expect("the directory can be listed")
}

fn sweep(directory: &CrashSim) -> Vec<Purged> {
    let summary = recover_all(directory, None, PRUNE);
    let summary = summary.expect("the directory can be listed");
    assert!(summary.oddities.is_empty(), "{summary:#?}");
    let mut errors = summary.sessions.iter().flat_map(|each| &each.errors);
    assert_eq!(errors.next(), None);
    summary.pruned
}

/// The application saves without a sync.
fn save(directory: &CrashSim) {
    let new = directory.create("a.tmp.1.2").expect("it is new");
    new.write(0, NEW.as_bytes()).expect("there is room");
    let saved = directory.rename("a.tmp.1.2", "a.json");
    saved.expect("it is there");
}

fn plain() -> Scenario {
    Scenario {
        files: vec![
            ("a.json", NEW),
            ("a.json.replaced.1", OLD),
            ("a.json.replaced.2", PART),
            ("a.json.replaced.4", OTHER),
            ("b.json", NEW),
            ("b.json.replaced.1", OLD),
        ],
        unsynced: |_| {},
        operation: prune_all,
        redundant: vec![
            "a.json.replaced.1",
            "a.json.replaced.2",
            "b.json.replaced.1",
        ],
    }
}

/// What the kept file holds is in a save that is not durable.
fn saved() -> Scenario {
    Scenario {
        files: vec![("a.json", PART), ("a.json.replaced.3", OLD)],
        unsynced: save,
        operation: prune_all,
        redundant: vec!["a.json.replaced.3"],
    }
}

fn restoring() -> Scenario {
    Scenario {
        files: vec![
            ("a.json", OLD),
            ("a.json.bak", NEW),
            ("a.json.replaced.1", PART),
            ("a.json.replaced.2", OTHER),
            ("b.json.bak", NEW),
            ("b.json.replaced.1", OLD),
        ],
        unsynced: |_| {},
        operation: sweep,
        redundant: vec![
            "a.json.replaced.1",
            "a.json.replaced.3",
            "b.json.replaced.1",
        ],
    }
}

impl Scenario {
    fn directory(&self) -> CrashSim {
        let in_memory = InMemoryDirectory::default();
        for (name, text) in &self.files {
            in_memory.put(name, *text);
        }
        let directory = CrashSim::over(in_memory);
        (self.unsynced)(&directory);
        directory
    }

    /// The messages of a session that its live file and its kept files hold before and after.
    fn lost(&self, contents: &BTreeMap<&str, &[u8]>) -> Option<String> {
        let kept = self.files.iter();
        let mut kept = kept.filter(|(name, _)| matches!(Role::of(name), Role::Kept(..)));
        kept.find_map(|(name, text)| {
            let stem = name.split('.').next().unwrap_or_default();
            let there = contents.iter().filter(|(name, _)| is_of(stem, name));
            let there: BTreeSet<_> = there.flat_map(|(_, bytes)| messages(bytes)).collect();
            let mut lost = messages(text.as_bytes())
                .difference(&there)
                .cloned()
                .collect::<Vec<_>>();
            let lost = lost.pop()?;
            Some(format!("{lost} of {name} is lost"))
        })
    }

    /// What is wrong after a crash of a run with these changes.
    fn violation(&self, mutate: impl FnOnce(&mut Vec<DiskChange>)) -> Option<String> {
        let directory = self.directory();
        (self.operation)(&directory);
        let mut trace = directory.trace();
        mutate(&mut trace.changes);
        let states = trace.crashes().flatten().collect::<BTreeSet<_>>();
        states
            .iter()
            .find_map(|remains| self.lost(&remains.contents()))
    }

    /// The next sweep removes what is redundant and puts away what is left.
    fn finish(&self, remains: &Remains) {
        let directory = remains.directory();
        let before = directory.contents();
        let pruned = sweep(&CrashSim::over(directory.clone()));
        let mut errors = pruned.iter().flat_map(|each| &each.errors);
        assert_eq!(errors.next(), None, "{remains:?}");
        let contents = directory.contents();
        for name in contents.keys() {
            let role = Role::of(name);
            let is_leftover = matches!(role, Role::Staging | Role::Claim | Role::Exchange);
            assert!(!is_leftover, "{name} is left after {remains:?}");
            let is_redundant = self.redundant.contains(&&**name);
            let is_saved = contents["a.json"].as_deref() == Some(NEW.as_bytes());
            assert!(!is_redundant || !is_saved, "{name} stays of {before:?}");
        }
    }
}

/// Whether a name is that of a live file or a kept file of a session, or may be.
fn is_of(stem: &str, name: &str) -> bool {
    match Role::of(name) {
        Role::Live(of) | Role::Kept(of, _) => of == stem,
        Role::Exchange => true,
        _ => false,
    }
}

fn messages(bytes: &[u8]) -> BTreeSet<String> {
    let session: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let messages = session["messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(Value::to_string).collect()
}

#[test]
fn whatever_crashes_leave_no_message_is_lost_and_the_next_sweep_finishes() {
    let mut total = 0;
    for scenario in [plain(), saved(), restoring()] {
        let directory = scenario.directory();
        let pruned = (scenario.operation)(&directory);
        let errors: Vec<_> = pruned.iter().flat_map(|each| &each.errors).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let states: BTreeSet<_> = directory.trace().crashes().flatten().collect();
        for remains in &states {
            let lost = scenario.lost(&remains.contents());
            assert_eq!(lost, None, "{remains:?}");
            scenario.finish(remains);
        }
        total += states.len();
    }
    println!("{total} states");
    assert!(total > 100, "{total}");
}

#[test]
fn after_a_killed_prune_nothing_is_lost_and_the_next_sweep_finishes() {
    for scenario in [plain(), saved(), restoring()] {
        for changes in 0.. {
            let directory = scenario.directory();
            let before = directory.trace().changes.len();
            directory.kill_after(before + changes);
            (scenario.operation_if_alive())(&directory);
            directory.revive();
            let made = directory.trace().changes.len() - before;
            let last = directory
                .trace()
                .crashes()
                .last()
                .expect("there is the start");
            for remains in &last {
                assert_eq!(scenario.lost(&remains.contents()), None);
                scenario.finish(remains);
            }
            if made < changes {
                break;
            }
        }
    }
}

impl Scenario {
    /// The operation, whose answer says that the process was killed.
    fn operation_if_alive(&self) -> fn(&CrashSim) {
        if self
            .files
            .iter()
            .any(|(name, _)| matches!(Role::of(name), Role::Backup(_)))
        {
            |directory| drop(recover_all(directory, None, PRUNE))
        } else {
            |directory| drop(prune(directory, None, false))
        }
    }
}

#[test]
fn without_any_one_sync_before_the_removal_a_message_is_lost() {
    let scenario = saved();
    let directory = scenario.directory();
    (scenario.operation)(&directory);
    let changes = directory.trace().changes;
    let removed = changes
        .iter()
        .rposition(|change| matches!(change, DiskChange::Remove { .. }));
    let removed = removed.expect("a file is removed");
    let syncs: Vec<_> = (0..removed)
        .filter(|number| changes[*number].is_sync())
        .collect();
    assert!(syncs.len() >= 2, "{changes:#?}");
    assert_eq!(scenario.violation(|_| {}), None);
    for number in syncs {
        let lost = scenario.violation(|changes| drop(changes.remove(number)));
        assert!(lost.is_some(), "sync {number} of {changes:#?}");
    }
}

/// Lets another program act right before each call. A message may be lost only if it acts after the
/// last look.
fn meddle(act: fn(&InMemoryDirectory)) {
    for after in 0.. {
        let directory = InMemoryDirectory::default();
        directory.put("a.json", NEW);
        directory.put("a.json.replaced.1", OLD);
        directory.before(after, act);
        prune(&directory, None, false).expect("the directory can be listed");
        let calls = directory.calls();
        if calls.len() <= after {
            return;
        }
        let contents = directory.contents();
        let there = contents.iter().filter(|(name, _)| is_of("a", name));
        let mut there = there.flat_map(|(_, bytes)| messages(bytes.as_deref().unwrap_or_default()));
        let looked = calls.iter().rposition(|call| *call == Call::FindFileId);
        let is_late = looked.is_some_and(|looked| after > looked);
        assert!(
            there.any(|message| message == "1") || is_late,
            "{after}: {contents:?}"
        );
    }
}

#[test]
fn what_changes_in_the_meantime_keeps_a_file() {
    meddle(|directory| directory.take("a.json"));
    meddle(|directory| directory.put("a.json", PART));
    meddle(|directory| directory.put("a.json.replaced.1", OLD));
    meddle(|directory| directory.take("a.json.replaced.1"));
}

#[test]
fn a_failing_call_loses_nothing() {
    for fault in [
        FsError::Denied,
        FsError::NoSpace,
        FsError::Io("broken".to_owned()),
    ] {
        for after in 0.. {
            let directory = InMemoryDirectory::default();
            for (name, text) in plain().files {
                directory.put(name, text);
            }
            directory.fail(after, fault.clone());
            let _ = prune(&directory, None, false);
            if directory.calls().len() <= after {
                break;
            }
            let contents = directory.contents();
            let contents = contents
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.as_deref().unwrap_or_default()));
            assert_eq!(plain().lost(&contents.collect()), None, "call {after}");
        }
    }
}

#[test]
fn over_twenty_restores_of_one_session_no_kept_file_is_left() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json.bak", NEW);
    directory.put("_index.json", r#"[{"session_id": "a"}]"#);
    for start in 1..=20_u32 {
        directory.put(
            "a.json",
            format!("{{\"updated_at\": {start}, \"messages\": [1]}}"),
        );
        let row = format!("[{{\"session_id\": \"a\", \"message_count\": {start}}}]");
        directory.put(&format!("_index.json.replaced.{start}"), row);
        let summary = recover_all(&directory, None, PRUNE).expect("the directory can be listed");
        assert_eq!((summary.restored, summary.pruned.len()), (1, 2));
        assert_eq!(directory.contents().len(), 3, "{summary:#?}");
    }
}

#[test]
fn what_is_empty_goes_and_what_holds_attachments_stays() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", r#"{"messages": [1, 2]}"#);
    let attachments = r#"{"pending_attachments": [{"name": "f"}], "messages": [1]}"#;
    for (number, text) in [
        (1, ""),
        (2, attachments),
        (3, r#"{"pending_attachments": [], "messages": [1]}"#),
        (u32::MAX, r#"{"messages": [2]}"#),
    ] {
        directory.put(&kept_name(number), text);
    }
    let told = pruned(&directory, true);
    assert_eq!(told, pruned(&directory, false));
    assert_eq!(told, [kept_name(3), kept_name(1)]);
}

#[test]
fn a_kept_file_that_was_about_to_be_removed_does_not_outlive_its_session() {
    let id = SessionId::new("a").expect("an ID");
    let taken = id.pruned_name(1, 1).expect("a name");
    let exchanged = id.exchange_name(1, 2);
    let deleted = r#"{"version": 1, "ids": ["a"]}"#;
    for (has_live, removed) in [(false, vec![&exchanged, &taken]), (true, vec![&taken])] {
        let directory = InMemoryDirectory::default();
        directory.put("_deleted_webui_sessions.json", deleted);
        directory.put("b.json", r#"{"messages": []}"#);
        for name in [&taken, &exchanged] {
            directory.put(name, r#"{"messages": ["secret"]}"#);
        }
        if has_live {
            directory.put("a.json", r#"{"messages": []}"#);
        } else {
            let sessions = Sessions::new(directory.clone());
            let told = sessions.purge_deleted(true).expect("the list can be read");
            assert_eq!(told[0].removed.len(), 2);
        }
        let sessions = Sessions::new(directory.clone());
        let purged = sessions.purge(&["a".to_owned()], false).expect("a file");
        let mut names = purged[0].removed.clone();
        names.sort();
        assert_eq!(names.iter().collect::<Vec<_>>(), removed, "{has_live}");
        assert_eq!(sessions.purge_deleted(false), Ok(Vec::new()));
    }
}
