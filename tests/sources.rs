//! Checks which files are sources of a session, which one is the best, and that any of them can be
//! put in place.

use session_recovery::answer::{Action, ErrorCode, FileState, SourceKind};
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery_testing::InMemoryDirectory;

/// A session with these messages, saved at this second.
fn session(id: &str, messages: &[u32], updated: u64) -> String {
    let messages: Vec<_> = messages
        .iter()
        .map(|n| {
            format!(
                r#"{{"role": "user", "content": "m{n}", "timestamp": {}}}"#,
                1000 + n
            )
        })
        .collect();
    format!(
        r#"{{"session_id": "{id}", "title": "About {id}", "updated_at": {updated}, "messages": [{}]}}"#,
        messages.join(", ")
    )
}

fn directory(files: &[(&str, String)]) -> (InMemoryDirectory, Sessions<InMemoryDirectory>) {
    let directory = InMemoryDirectory::default();
    for (name, text) in files {
        directory.put(name, text.clone());
    }
    (directory.clone(), Sessions::new(directory))
}

fn options() -> Options {
    Options::default()
}

#[test]
fn every_file_with_messages_of_the_session_is_a_source() {
    use SourceKind::{Backup, ConflictCopy, Kept, Live, OtherCopy, Temporary};

    let own = |messages: &[u32]| session("a", messages, 5);
    let (_, sessions) = directory(&[
        ("a.json", own(&[1, 2])),
        ("a.json.bak", own(&[1])),
        ("a.json.replaced.1", own(&[])),
        ("a.json.replaced.2", own(&[1, 2])),
        ("a.tmp.1.2", own(&[1, 2, 3])),
        ("a.json.bak.tmp.1.2", own(&[1])),
        ("a.json.recover.tmp", own(&[1])),
        ("a.json.bak.1", own(&[4])),
        ("a.json~", "{\"messages\": [1, 1, 2]}".to_owned()),
        ("a copy.json", own(&[1])),
        ("a-backup.json", own(&[1])),
        ("a.sync-conflict-20260101-120000-ABCDEFG.json", own(&[5])),
        ("a (conflicted copy 2026-01-01).json", own(&[5])),
        // Files of others.
        ("a-b.json", session("a-b", &[1], 5)),
        ("a.b.json", "{\"messages\": [1]}".to_owned()),
        ("ab.json", session("ab", &[1], 5)),
        ("_a.json", own(&[1])),
    ]);
    let list = sessions.sources("a").expect("it is listed");
    let found: Vec<_> = list
        .sources
        .iter()
        .map(|source| (&*source.name, source.kind, source.brings, source.hides))
        .collect();
    assert_eq!(
        found,
        [
            ("a.json", Live, Some(0), Some(0)),
            ("a.json.bak", Backup, Some(0), Some(1)),
            ("a.json.replaced.2", Kept, Some(0), Some(0)),
            ("a.json.replaced.1", Kept, Some(0), Some(2)),
            ("a.json.bak.tmp.1.2", Temporary, Some(0), Some(1)),
            ("a.json.recover.tmp", Temporary, Some(0), Some(1)),
            ("a.tmp.1.2", Temporary, Some(1), Some(0)),
            (
                "a.sync-conflict-20260101-120000-ABCDEFG.json",
                ConflictCopy,
                Some(1),
                Some(2)
            ),
            (
                "a (conflicted copy 2026-01-01).json",
                ConflictCopy,
                Some(1),
                Some(2)
            ),
            ("a copy.json", OtherCopy, Some(0), Some(1)),
            ("a-backup.json", OtherCopy, Some(0), Some(1)),
            ("a.json.bak.1", OtherCopy, Some(1), Some(2)),
            ("a.json~", OtherCopy, Some(3), Some(2)),
        ]
    );
    let temporary = &list.sources[6];
    assert_eq!((temporary.first, temporary.last), (Some(1001), Some(1003)));
    assert_eq!(temporary.heading.title.as_deref(), Some("About a"));
    assert_eq!(temporary.heading.updated, Some(5));
    assert_eq!(temporary.doubled, Some(0));
    assert_eq!((list.best, list.unread), (None, 0));
}

#[test]
fn replayed_messages_are_counted_as_doubled() {
    let (_, sessions) = directory(&[("a.json", session("a", &[1, 2, 1, 2, 3], 5))]);
    let list = sessions.sources("a").expect("it is listed");
    assert_eq!(list.sources[0].doubled, Some(2));
    assert_eq!(list.best.as_deref(), Some("a.json"));
}

#[test]
fn a_compressed_copy_is_named_with_what_to_do() {
    let (directory, sessions) = directory(&[("a.json", session("a", &[1], 5))]);
    directory.put("a.json.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00");
    let list = sessions.sources("a").expect("it is listed");
    let copy = &list.sources[1];
    assert!(matches!(copy.file.state, FileState::Unreadable(_)));
    let damage = &copy
        .file
        .salvage
        .as_ref()
        .expect("it was looked into")
        .damage;
    assert!(damage[0].contains("gunzip"), "{damage:?}");
    let outcome = sessions.recover_from("a", "a.json.gz", options()).unwrap();
    assert_eq!(outcome.action, Action::Failed);
}

#[test]
fn of_many_files_only_some_are_read() {
    let (directory, sessions) = directory(&[("a.json", session("a", &[1], 5))]);
    for number in 1..=1000 {
        directory.put(&format!("a.tmp.{number}.1"), session("a", &[1], 5));
        directory.put(&format!("a.json.replaced.{number}"), session("a", &[1], 5));
        directory.put(&format!("a.json.bak.{number}"), session("a", &[1], 5));
    }
    let list = sessions.sources("a").expect("it is listed");
    assert_eq!((list.sources.len(), list.unread), (1 + 3 * 16, 3 * 984));
    assert_eq!(list.sources[1].name, "a.json.replaced.1000");
    // Those that were not read can be put in place as well.
    let outcome = sessions
        .recover_from("a", "a.tmp.999.1", options())
        .unwrap();
    assert_eq!(outcome.action, Action::Nothing);
}

#[test]
fn the_best_source_holds_everything_or_is_the_most_recent() {
    let own = |messages: &[u32], updated| session("a", messages, updated);
    for (files, best) in [
        // The whole newest session stands in a temporary file.
        (
            vec![
                ("a.json", own(&[1, 2], 5)),
                ("a.tmp.1.2", own(&[1, 2, 3], 6)),
            ],
            Some("a.tmp.1.2"),
        ),
        // The live file counts more, but only by doubles.
        (
            vec![
                ("a.json", own(&[1, 1, 1, 1], 9)),
                ("a.json.bak.1", own(&[1, 2], 5)),
            ],
            Some("a.json.bak.1"),
        ),
        // Both hold the same.
        (
            vec![
                ("a.json", own(&[1, 2], 5)),
                ("a.json.bak.1", own(&[1, 2], 9)),
            ],
            Some("a.json"),
        ),
        // A message was written again since.
        (
            vec![
                ("a.json", own(&[1, 3], 9)),
                ("a.json.bak.1", own(&[1, 2], 5)),
            ],
            Some("a.json"),
        ),
        // The older one holds more, but not everything.
        (
            vec![("a.json", own(&[9], 9)), ("a.json.bak", own(&[1, 2, 3], 5))],
            None,
        ),
        // There is no live file.
        (
            vec![("a.tmp.1.2", own(&[1, 2], 5)), ("a.json.bak", own(&[1], 4))],
            Some("a.tmp.1.2"),
        ),
        // Nothing can be used.
        (vec![("a.json", String::new())], None),
        (vec![("a.json", own(&[], 5))], None),
    ] {
        let (_, sessions) = directory(&files);
        let list = sessions.sources("a").expect("it is listed");
        assert_eq!(list.best.as_deref(), best, "{files:?}: {}", list.why);
    }
}

#[test]
fn what_was_removed_on_purpose_is_not_the_best() {
    let live = r#"{"session_id": "a", "clear_generation": "g2", "truncation_watermark": 0, "truncation_boundary": 0, "messages": [{"role": "user", "content": "new"}]}"#;
    let (directory, sessions) = directory(&[
        ("a.json", live.to_owned()),
        ("a.json.bak.1", session("a", &[1, 2, 3], 5)),
    ]);
    let list = sessions.sources("a").expect("it is listed");
    assert_eq!(list.best.as_deref(), Some("a.json"), "{}", list.why);
    let outcome = sessions
        .recover_from("a", "a.json.bak.1", options())
        .unwrap();
    assert_eq!(outcome.action, Action::Nothing);
    assert!(outcome.status.guard.is_some());
    let ignoring = Options {
        ignore_guards: true,
        ..options()
    };
    let outcome = sessions
        .recover_from("a", "a.json.bak.1", ignoring)
        .unwrap();
    assert_eq!(outcome.action, Action::Restored);
    assert_eq!(directory.bytes("a.json"), directory.bytes("a.json.bak.1"));
}

#[test]
fn any_source_can_be_put_in_place() {
    for name in [
        "a.json.bak",
        "a.json.replaced.7",
        "a.tmp.1.2",
        "a.json.bak.1",
        "a copy.json",
        "a.sync-conflict-1-2-A.json",
    ] {
        let (directory, sessions) = directory(&[
            ("a.json", session("a", &[1, 2, 3], 9)),
            (name, session("a", &[4], 5)),
        ]);
        let live = directory.bytes("a.json");
        let dry = Options {
            dry_run: true,
            ..options()
        };
        let outcome = sessions.recover_from("a", name, dry).unwrap();
        assert_eq!(
            (outcome.action, outcome.source.as_deref()),
            (Action::WouldRestore, Some(name))
        );
        let outcome = sessions.recover_from("a", name, options()).unwrap();
        assert_eq!(
            (outcome.action, outcome.source.as_deref()),
            (Action::Restored, Some(name)),
            "{:?}",
            outcome.errors
        );
        assert_eq!(directory.bytes("a.json"), directory.bytes(name));
        let kept = outcome.kept.expect("the live file is kept");
        assert_eq!(directory.bytes(&kept), live);
        // Once more, it is in place already.
        let outcome = sessions.recover_from("a", name, options()).unwrap();
        assert_eq!(outcome.action, Action::Nothing);
        let undone = sessions.undo("a", options()).unwrap();
        assert_eq!(undone.action, Action::Restored);
        assert_eq!(directory.bytes("a.json"), live);
    }
}

#[test]
fn a_source_can_be_merged_with_the_live_file() {
    let (_, sessions) = directory(&[
        ("a.json", session("a", &[1, 9], 9)),
        ("a.tmp.1.2", session("a", &[1, 2, 3], 5)),
    ]);
    let merge = Options {
        merge: true,
        ..options()
    };
    let outcome = sessions.recover_from("a", "a.tmp.1.2", merge).unwrap();
    assert_eq!(
        (outcome.action, outcome.merged),
        (Action::Restored, 1),
        "{:?}",
        outcome.errors
    );
    assert_eq!(sessions.inspect("a").unwrap().live.messages(), Some(4));
}

#[test]
fn a_damaged_source_is_put_in_place_in_its_salvaged_form() {
    let whole = session("a", &[1, 2, 3], 5);
    let cut = whole[..whole.len() - 30].to_owned();
    let (directory, sessions) = directory(&[("a.json", session("a", &[1], 4)), ("a.tmp.1.2", cut)]);
    let discard = Options {
        discard: true,
        ..options()
    };
    let outcome = sessions.recover_from("a", "a.tmp.1.2", discard).unwrap();
    assert_eq!(outcome.errors[0].code, ErrorCode::ConflictingOptions);
    let outcome = sessions.recover_from("a", "a.tmp.1.2", options()).unwrap();
    assert_eq!(
        (outcome.action, outcome.salvaged),
        (Action::Restored, Some(2)),
        "{:?}",
        outcome.errors
    );
    assert_eq!(sessions.inspect("a").unwrap().live.messages(), Some(2));
    assert!(directory.bytes("a.json.replaced.1").is_some());
}

#[test]
fn only_sources_of_the_session_can_be_put_in_place() {
    let (directory, sessions) = directory(&[
        ("a.json", session("a", &[1], 4)),
        ("b.json", session("b", &[1, 2], 4)),
        ("a-b.json", session("a-b", &[1, 2], 4)),
        ("_index.json", "[]".to_owned()),
    ]);
    let before = directory.bytes("a.json");
    for name in [
        "b.json",
        "a-b.json",
        "_index.json",
        "../a.json",
        "",
        "a.json.bak",
        "a.tmp.1.2",
        "\0",
        ".",
    ] {
        let outcome = sessions.recover_from("a", name, options()).unwrap();
        assert_eq!(outcome.errors[0].code, ErrorCode::NoSuchSource, "{name}");
        assert_eq!(directory.bytes("a.json"), before);
    }
    let error = sessions
        .recover_from("nobody", "a.json", options())
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NoSuchSession);
}

#[test]
fn a_sweep_takes_the_best_sources_and_lists_what_is_uncertain() {
    let (directory, sessions) = directory(&[
        ("a.json", session("a", &[1], 4)),
        ("a.tmp.1.2", session("a", &[1, 2], 5)),
        ("b.json", session("b", &[9], 9)),
        ("b.json.bak", session("b", &[1, 2, 3], 5)),
        ("c.json", session("c", &[1, 1, 1], 9)),
        ("c.json.bak", session("c", &[1, 2], 5)),
        ("d.json", session("d", &[1], 9)),
        ("e.json.bak.1", session("e", &[1], 9)),
        ("f.json", session("f", &[1], 9)),
        ("f copy.json", session("f", &[1, 2], 9)),
    ]);
    let best = Options {
        best: true,
        ..options()
    };
    let summary = sessions.recover_all(best).unwrap();
    let done: Vec<_> = summary
        .sessions
        .iter()
        .map(|outcome| {
            (
                &*outcome.status.session_id,
                outcome.action,
                outcome.source.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        done,
        [
            ("a", Action::Restored, Some("a.tmp.1.2")),
            ("b", Action::Failed, None),
            ("c", Action::Restored, Some("c.json.bak")),
            ("e", Action::Restored, Some("e.json.bak.1")),
            ("f", Action::Restored, Some("f copy.json")),
        ]
    );
    let error = &summary.sessions[1].errors[0];
    assert_eq!(error.code, ErrorCode::SeveralSources);
    assert!(
        directory
            .bytes("b.json")
            .is_some_and(|bytes| bytes == session("b", &[9], 9).into_bytes())
    );
    assert_eq!(directory.bytes("e.json"), directory.bytes("e.json.bak.1"));

    // Only some of them.
    directory.put("a.json", session("a", &[1], 4));
    directory.put("f.json", session("f", &[1], 4));
    let summary = sessions
        .recover_some(&["f".to_owned(), "d".to_owned()], best)
        .unwrap();
    let ids: Vec<_> = summary
        .sessions
        .iter()
        .map(|outcome| &*outcome.status.session_id)
        .collect();
    assert_eq!((ids, summary.scanned, summary.restored), (vec!["f"], 2, 1));

    let discard = Options {
        discard: true,
        ..best
    };
    let error = sessions.recover_all(discard).unwrap_err();
    assert_eq!(error.code, ErrorCode::ConflictingOptions);
}

#[test]
fn only_a_whole_id_names_a_session_to_purge() {
    let (directory, sessions) = directory(&[
        ("chat-2.json", session("chat-2", &[1], 4)),
        ("chat-2.json.replaced.1", session("chat-2", &[1, 2], 4)),
    ]);
    let error = sessions.purge(&["chat".to_owned()], false).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoSuchSession);
    assert!(directory.bytes("chat-2.json.replaced.1").is_some());
    let purged = sessions.purge(&["chat-2.json".to_owned()], false).unwrap();
    assert_eq!(purged[0].removed, ["chat-2.json.replaced.1"]);
}

#[test]
fn what_is_not_certain_is_not_the_best() {
    let untimed = r#"{"session_id": "a", "updated_at": 5, "messages": [{"role": "user", "content": "m1", "timestamp": 1001}, {"role": "user", "content": "new"}]}"#;
    let cleared = r#"{"session_id": "a", "updated_at": 9, "clear_generation": "g2", "truncation_watermark": 0, "truncation_boundary": 0, "messages": [{"role": "user", "content": "m9", "timestamp": 1009}]}"#;
    let many = (1..=20).map(|number| (format!("a.tmp.{number}.1"), session("a", &[1], 5)));
    let many: Vec<_> = many.collect();
    let mut unread: Vec<_> = many
        .iter()
        .map(|(name, text)| (&**name, text.clone()))
        .collect();
    unread.push(("a.json.bak", session("a", &[1, 2, 3], 5)));
    for files in [
        // The last message has no time.
        vec![
            ("a.json", untimed.to_owned()),
            ("a.json.bak", session("a", &[1, 3], 5)),
        ],
        // The newest one says that the others were removed on purpose.
        vec![
            ("a.tmp.1.2", cleared.to_owned()),
            ("a.json.bak", session("a", &[1, 2, 3, 9], 5)),
        ],
        // A temporary file that was not read may hold more.
        unread,
    ] {
        let (_, sessions) = directory(&files);
        let list = sessions.sources("a").unwrap();
        assert_eq!(list.best, None, "{}", list.why);
    }
    // The live file stays, although an older file was cleared before.
    let before = cleared.replace("\"g2\"", "\"g1\"").replace("9,", "8,");
    let (_, sessions) = directory(&[("a.json", cleared.to_owned()), ("a.json.bak", before)]);
    let list = sessions.sources("a").unwrap();
    assert_eq!(list.best.as_deref(), Some("a.json"), "{}", list.why);
    // What says that it is another session's is not the best.
    let (_, sessions) = directory(&[
        ("a.json", String::new()),
        ("a.tmp.1.2", session("b", &[1], 5)),
    ]);
    assert_eq!(sessions.sources("a").unwrap().best, None);
}

#[test]
fn a_damaged_copy_stays_a_source_of_its_session() {
    let whole = session("b", &[1, 2, 3], 5);
    let cut = whole[..whole.len() - 30].to_owned();
    for (best, salvage) in [(true, false), (false, true), (true, true)] {
        let (directory, sessions) = directory(&[
            ("b.json", whole.clone()),
            ("b copy 3.json", cut.clone()),
            ("b.sync-conflict-1-2-A.json", cut.clone()),
        ]);
        let options = Options {
            best,
            salvage,
            ..options()
        };
        assert_eq!(sessions.recover_all(options).unwrap().restored, 0);
        let plan = sessions.plan(None, true).unwrap();
        assert!(plan.changes.is_empty(), "{plan:?}");
        for name in ["b copy 3.json", "b.sync-conflict-1-2-A.json"] {
            assert_eq!(directory.bytes(name).unwrap(), cut.clone().into_bytes());
        }
    }
}

#[test]
fn a_session_is_named_by_the_beginning_of_its_id() {
    let (_, sessions) = directory(&[
        ("3f2a90.json", session("3f2a90", &[1], 4)),
        ("3f2b11.json.bak", session("3f2b11", &[1], 4)),
        ("3f.json", session("3f", &[1], 4)),
    ]);
    for (name, id) in [
        ("3f2a90", "3f2a90"),
        ("3f2a", "3f2a90"),
        ("3f2b", "3f2b11"),
        ("3f2a90.json", "3f2a90"),
        ("3f2b11.json.bak", "3f2b11"),
        ("3f", "3f"),
    ] {
        assert_eq!(sessions.resolve(name).as_deref(), Ok(id));
    }
    for name in ["3f2", "3f2c", "nobody", "", "3f2a9.json"] {
        assert!(sessions.resolve(name).is_err(), "{name}");
    }
    let error = sessions.resolve("3f2").unwrap_err();
    assert_eq!(error.message, "2 sessions have an ID that begins with 3f2.");
}
