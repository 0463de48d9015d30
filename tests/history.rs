//! What the history remembers, and what can be taken back.

use session_recovery::answer::{Action, Deed, Error, ErrorCode, Event, Outcome};
use session_recovery::directory::{FsError, Kind};
use session_recovery::history::Run;
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery_testing::InMemoryDirectory;

const LOG: &str = ".session-recovery-log.jsonl";
const SHORT: &str = r#"{"messages": [1]}"#;
const LONG: &str = r#"{"messages": [1, 2, 3]}"#;

/// A directory with a session `a` that lost messages.
fn shrunken() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", SHORT);
    directory.put("a.json.bak", LONG);
    directory
}

/// A directory with a session `a` without a live file.
fn missing() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json.bak", LONG);
    directory
}

fn run(directory: &InMemoryDirectory, name: &str) -> Sessions<InMemoryDirectory> {
    Sessions {
        directory: directory.clone(),
        run: Some(Run::new(name, 7)),
    }
}

fn recover(directory: &InMemoryDirectory, name: &str) -> Outcome {
    let outcome = run(directory, name).recover("a", Options::default());
    outcome.expect("the session exists")
}

fn undo(directory: &InMemoryDirectory, name: &str) -> Outcome {
    let outcome = run(directory, name).undo("a", Options::default());
    outcome.expect("the session exists")
}

fn log(directory: &InMemoryDirectory) -> String {
    let bytes = directory.bytes(LOG).unwrap_or_default();
    String::from_utf8(bytes).expect("it is UTF-8")
}

fn history(directory: &InMemoryDirectory) -> Vec<Event> {
    let history = Sessions::new(directory.clone()).history();
    history.expect("it can be read")
}

/// Each event in few words.
fn told(directory: &InMemoryDirectory) -> Vec<String> {
    let events = history(directory).into_iter().map(|event| {
        let name = |name: Option<String>| name.unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {} {} {} {}{}",
            match event.deed {
                Deed::Restored => "restored",
                Deed::Undone => "undone",
            },
            event.session_id,
            name(event.run),
            name(event.source),
            name(event.kept),
            if event.can_undo { " can" } else { "" },
        )
    });
    events.collect()
}

#[test]
fn each_restore_and_each_undo_is_one_line() {
    let directory = shrunken();
    recover(&directory, "one");
    undo(&directory, "two");
    assert_eq!(
        log(&directory),
        concat!(
            r#"{"deed":"restored","time":7,"run":"one","session":"a","source":"a.json.bak","kept":"a.json.replaced.1","messages":3}"#,
            "\n",
            r#"{"deed":"undone","time":7,"run":"two","session":"a","source":"a.json.replaced.1","kept":"a.json.replaced.2","messages":1}"#,
            "\n"
        )
    );
    assert_eq!(
        told(&directory),
        [
            "undone a two a.json.replaced.1 a.json.replaced.2",
            "restored a one a.json.bak a.json.replaced.1"
        ]
    );
}

#[test]
fn what_changes_nothing_is_not_written() {
    let directory = shrunken();
    let dry_run = Options {
        dry_run: true,
        ..Options::default()
    };
    let sessions = run(&directory, "one");
    sessions.recover("a", dry_run).expect("it exists");
    sessions.recover_all(dry_run).expect("it can be listed");
    directory.put("a.json.bak", "{");
    recover(&directory, "one");
    assert_eq!(directory.bytes(LOG), None);
}

#[test]
fn without_a_run_nothing_is_written() {
    let directory = shrunken();
    let sessions = Sessions::new(directory.clone());
    sessions
        .recover("a", Options::default())
        .expect("it exists");
    assert_eq!(directory.bytes(LOG), None);
    assert_eq!(told(&directory), ["restored a - - a.json.replaced.1 can"]);
}

#[test]
fn a_sweep_and_a_repair_write_what_they_restore() {
    let directory = InMemoryDirectory::default();
    for id in 100..200 {
        directory.put(&format!("{id}.json"), SHORT);
        directory.put(&format!("{id}.json.bak"), LONG);
    }
    let sessions = run(&directory, "swept");
    sessions
        .recover_all(Options::default())
        .expect("it can be listed");
    let events = history(&directory);
    let of_run = |event: &&Event| event.run.as_deref() == Some("swept") && event.can_undo;
    assert_eq!(events.iter().filter(of_run).count(), 100);

    let directory = shrunken();
    let sessions = run(&directory, "repaired");
    let plan = sessions.plan(None, false).expect("it can be listed");
    sessions.repair(plan.changes).expect("it can be listed");
    assert_eq!(
        told(&directory),
        ["restored a repaired a.json.bak a.json.replaced.1 can"]
    );
}

#[test]
fn a_restore_stands_if_the_history_cannot_be_written() {
    for (kind, code) in [
        (Kind::Directory, ErrorCode::NotARegularFile),
        (Kind::Link, ErrorCode::NotARegularFile),
    ] {
        let directory = shrunken();
        directory.put_other(LOG, kind);
        let outcome = recover(&directory, "one");
        assert_eq!(outcome.action, Action::Restored);
        assert_eq!(directory.bytes("a.json"), Some(LONG.into()));
        let [Error { code: found, .. }] = &outcome.errors[..] else {
            panic!("{:?}", outcome.errors);
        };
        assert_eq!(*found, code);
        let failure = Sessions::new(directory.clone()).history();
        assert_eq!(failure.expect_err("it is no file").code, code);
    }
}

#[test]
fn torn_and_foreign_lines_are_skipped() {
    let directory = shrunken();
    directory.put(
        LOG,
        "no JSON\n[1]\n\n{\"deed\":\"restored\",\"time\":1,\"run\":\"t",
    );
    recover(&directory, "one");
    assert_eq!(
        told(&directory),
        ["restored a one a.json.bak a.json.replaced.1 can"]
    );
    assert!(log(&directory).contains("\"run\":\"t\n{\"deed\""));
}

#[test]
fn the_newest_lines_of_a_long_log_are_read_and_added_to() {
    let directory = shrunken();
    let first = r#"{"deed":"restored","time":1,"run":"first","session":"b"}"#;
    let mut long = format!("{first}\n");
    while long.len() < 9 << 20 {
        long += &"x".repeat(1 << 20);
        long.push('\n');
    }
    directory.put(LOG, long.clone());
    recover(&directory, "one");
    assert!(log(&directory).starts_with(&long));
    assert_eq!(
        told(&directory),
        ["restored a one a.json.bak a.json.replaced.1 can"]
    );
}

#[test]
fn at_most_ten_thousand_events_are_given() {
    let directory = shrunken();
    let line = r#"{"deed":"restored","time":1,"run":"r","session":"b"}"#;
    directory.put(LOG, format!("{line}\n").repeat(10_001));
    assert_eq!(history(&directory).len(), 10_000);
}

#[test]
fn kept_files_that_no_line_mentions_come_last() {
    let directory = shrunken();
    for name in [
        "b.json.replaced.2",
        "b.json.replaced.10",
        "a.json.replaced.1",
    ] {
        directory.put(name, "{}");
    }
    directory.put("b.json", SHORT);
    recover(&directory, "one");
    assert_eq!(
        told(&directory),
        [
            "restored a one a.json.bak a.json.replaced.2 can",
            "restored a - - a.json.replaced.1",
            "restored b - - b.json.replaced.10 can",
            "restored b - - b.json.replaced.2",
        ]
    );
}

#[test]
fn what_has_no_kept_file_any_more_cannot_be_undone() {
    let directory = shrunken();
    recover(&directory, "one");
    let sessions = run(&directory, "two");
    sessions
        .purge(&["a".to_owned()], false)
        .expect("it can be listed");
    assert_eq!(
        told(&directory),
        ["restored a one a.json.bak a.json.replaced.1"]
    );
}

#[test]
fn what_was_discarded_cannot_be_undone() {
    let directory = shrunken();
    let discard = Options {
        discard: true,
        ..Options::default()
    };
    let sessions = run(&directory, "one");
    sessions.recover("a", discard).expect("it exists");
    assert!(log(&directory).contains(r#""discarded":true"#));
    assert_eq!(told(&directory), ["restored a one a.json.bak -"]);
}

#[test]
fn a_restored_session_that_was_missing_can_be_taken_away() {
    let directory = missing();
    recover(&directory, "one");
    assert_eq!(told(&directory), ["restored a one a.json.bak - can"]);
    directory.take("a.json");
    assert_eq!(told(&directory), ["restored a one a.json.bak -"]);
}

#[test]
fn an_undo_takes_away_what_was_put_where_no_file_was() {
    let directory = missing();
    directory.put("a.json.replaced.4", "older");
    recover(&directory, "one");

    let dry_run = Options {
        dry_run: true,
        ..Options::default()
    };
    let would = run(&directory, "dry")
        .undo("a", dry_run)
        .expect("it exists");
    assert_eq!(would.action, Action::WouldRestore);
    assert_eq!((would.source, would.kept), (None, None));

    let outcome = undo(&directory, "two");
    assert_eq!(outcome.action, Action::Restored);
    assert_eq!(outcome.errors, []);
    assert_eq!(outcome.source, None);
    assert_eq!(outcome.kept.as_deref(), Some("a.json.replaced.5"));
    assert_eq!(directory.bytes("a.json"), None);
    assert_eq!(directory.bytes("a.json.replaced.5"), Some(LONG.into()));
    let names: Vec<_> = directory.contents().into_keys().collect();
    assert_eq!(
        names,
        [LOG, "a.json.bak", "a.json.replaced.4", "a.json.replaced.5"]
    );

    let again = undo(&directory, "three");
    assert_eq!(again.source.as_deref(), Some("a.json.replaced.5"));
    assert_eq!(directory.bytes("a.json"), Some(LONG.into()));
    let once_more = undo(&directory, "four");
    assert_eq!(once_more.source, None);
    assert_eq!(directory.bytes("a.json"), None);
    assert_eq!(
        told(&directory),
        [
            "undone a four - a.json.replaced.5",
            "undone a three a.json.replaced.5 -",
            "undone a two - a.json.replaced.5",
            "restored a one a.json.bak -",
            "restored a - - a.json.replaced.4",
        ]
    );
}

#[test]
fn what_the_user_wrote_since_is_kept_by_an_undo() {
    let directory = missing();
    recover(&directory, "one");
    directory.put("a.json", r#"{"messages": [1, 2, 3, 4]}"#);
    let outcome = undo(&directory, "two");
    let kept = outcome.kept.expect("it is kept");
    assert_eq!(
        directory.bytes(&kept),
        Some(r#"{"messages": [1, 2, 3, 4]}"#.into())
    );
    assert_eq!(directory.bytes("a.json"), None);
}

#[test]
fn what_the_application_saves_during_an_undo_stays_or_is_kept() {
    const SAVED: &str = r#"{"messages": [1, 2, 3, "saved"]}"#;
    let calls = {
        let directory = missing();
        recover(&directory, "one");
        directory.before(usize::MAX, |_| {});
        undo(&directory, "two");
        directory.calls().len()
    };
    for links in [true, false] {
        for after in 0..calls * 2 {
            let directory = missing();
            if !links {
                directory.refuse_links(FsError::Io("no links".to_owned()));
            }
            recover(&directory, "one");
            directory.before(after, |directory| directory.put("a.json", SAVED));
            let outcome = undo(&directory, "two");
            let contents = directory.contents();
            let mut saved = contents.iter();
            let is_lasting = |name: &String| name.starts_with("a.json");
            assert!(
                saved.any(|(name, bytes)| is_lasting(name) && *bytes == Some(SAVED.into()))
                    || after >= calls,
                "{after}: {outcome:?} {contents:?}"
            );
            let own = |name: &&String| name.starts_with(".session-recovery-") && *name != LOG;
            assert_eq!(contents.keys().find(own), None, "{after}");
        }
    }
}

#[test]
fn after_the_session_was_deleted_an_undo_is_what_it_was() {
    let directory = missing();
    recover(&directory, "one");
    directory.take("a.json");
    directory.put("a.json.replaced.1", SHORT);
    let outcome = undo(&directory, "two");
    assert_eq!(outcome.source.as_deref(), Some("a.json.replaced.1"));
}

#[test]
fn an_undo_without_a_history_is_what_it_was() {
    let directory = missing();
    let sessions = Sessions::new(directory.clone());
    sessions
        .recover("a", Options::default())
        .expect("it exists");
    assert_eq!(undo(&directory, "two").action, Action::Nothing);
    directory.put("a.json.replaced.1", SHORT);
    directory.put_other(LOG, Kind::Directory);
    let outcome = undo(&directory, "three");
    assert_eq!(outcome.source.as_deref(), Some("a.json.replaced.1"));
    // It was not read, and not written.
    assert_eq!(outcome.errors.len(), 2);
}
