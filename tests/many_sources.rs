//! Looks for sources in directories that are hard to look through: of many files few are opened, and
//! names that resemble each other are told apart.

use session_recovery::answer::{Action, ErrorCode, SourceKind};
use session_recovery::directory::Kind;
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery_testing::{Call, InMemoryDirectory};

const KEEP: Options = Options::NONE;
const BEST: Options = Options { best: true, ..KEEP };

/// A session with so many messages.
fn session(id: &str, messages: u32) -> String {
    let messages: Vec<_> = (0..messages)
        .map(|n| {
            format!(
                r#"{{"role": "user", "content": "m{n}", "timestamp": {}}}"#,
                1000 + n
            )
        })
        .collect();
    format!(
        r#"{{"session_id": "{id}", "updated_at": 5, "messages": [{}]}}"#,
        messages.join(", ")
    )
}

fn directory() -> (InMemoryDirectory, Sessions<InMemoryDirectory>) {
    let directory = InMemoryDirectory::default();
    (directory.clone(), Sessions::new(directory))
}

/// How many of these calls something makes.
fn calls(directory: &InMemoryDirectory, call: Call, act: impl FnOnce()) -> usize {
    let of = |calls: Vec<Call>| calls.iter().filter(|made| **made == call).count();
    let before = of(directory.calls());
    act();
    of(directory.calls()) - before
}

/// A live file, a backup, and sixteen of each of the three kinds of others.
const MOST_OPENED: usize = 2 + 3 * 16;

#[test]
fn of_a_thousand_sources_of_each_kind_few_are_opened() {
    let (directory, sessions) = directory();
    directory.put("a.json", session("a", 1));
    for number in 1..=1000 {
        for name in [
            format!("a.json.replaced.{number}"),
            format!("a.json.bak.tmp.{number}.1"),
            format!("a.json.bak.{number}"),
            format!("a.sync-conflict-20260101-{number:06}-ABCDEFG.json"),
        ] {
            directory.put(&name, session("a", 2));
        }
    }
    let opened = calls(&directory, Call::Open, || {
        let list = sessions.sources("a").expect("it is listed");
        assert_eq!((list.sources.len(), list.unread), (1 + 48, 2 * 984 + 1984));
        // Of copies, the newest of sync programs come first.
        let newest = &list.sources[48];
        assert_eq!(newest.kind, SourceKind::ConflictCopy);
    });
    assert!(opened <= MOST_OPENED, "{opened}");
    let listed = calls(&directory, Call::Entries, || {
        let outcome = sessions.recover_from("a", "a.json.bak.tmp.1000.1", KEEP);
        assert_eq!(outcome.unwrap().action, Action::Restored);
    });
    assert!(listed <= 4, "{listed}");
}

#[test]
fn of_a_hundred_thousand_temporary_files_few_are_opened() {
    let (directory, sessions) = directory();
    directory.put("a.json", session("a", 1));
    for number in 0..100_000 {
        directory.put(&format!("a.tmp.{number:06}.1"), session("a", 2));
    }
    let opened = calls(&directory, Call::Open, || {
        let list = sessions.sources("a").expect("it is listed");
        assert_eq!((list.sources.len(), list.unread), (17, 99_984));
    });
    assert!(opened <= MOST_OPENED, "{opened}");
    let opened = calls(&directory, Call::Open, || {
        let outcome = sessions.recover_from("a", "a.tmp.099999.1", KEEP).unwrap();
        assert_eq!(outcome.action, Action::Restored, "{:?}", outcome.errors);
    });
    assert!(opened <= MOST_OPENED, "{opened}");
    assert_eq!(directory.bytes("a.json"), directory.bytes("a.tmp.099999.1"));
}

#[test]
fn a_sweep_for_the_best_sources_lists_the_directory_once_and_opens_each_file_few_times() {
    let (directory, sessions) = directory();
    for number in 0..1000 {
        let id = format!("s{number:04}");
        directory.put(&format!("{id}.json"), session(&id, 1));
        directory.put(&format!("{id} copy.json"), session(&id, 1 + number % 2));
    }
    let dry = Options {
        dry_run: true,
        ..BEST
    };
    let listed = calls(&directory, Call::Entries, || {
        let opened = calls(&directory, Call::Open, || {
            let summary = sessions.recover_all(dry).expect("it is listed");
            assert_eq!(summary.sessions.len(), 500);
        });
        // Each copy is also a session by its name.
        assert!(opened <= 1000 * 4, "{opened}");
    });
    assert_eq!(listed, 1);
}

/// IDs of which one begins with another, or has characters that stand between words.
const ALIKE: [&str; 12] = [
    "a",
    "a-b",
    "a-b-c",
    "a.b",
    "a b",
    "a_b",
    "a (b)",
    "b",
    "日本",
    "日本-語",
    "é",
    "a.json",
];

#[test]
fn sessions_whose_ids_resemble_each_other_keep_their_own_copies() {
    let (directory, sessions) = directory();
    for (place, id) in (1..).zip(ALIKE) {
        directory.put(&format!("{id}.json"), session(id, place));
        for name in [
            format!("{id}.json.bak.1"),
            format!("{id} copy.json"),
            format!("{id}-backup.json"),
            format!("{id}.sync-conflict-20260101-120000-ABCDEFG.json"),
        ] {
            directory.put(&name, session(id, place + 1));
        }
    }
    for (place, id) in (1..).zip(ALIKE) {
        let list = sessions.sources(id).expect("it is listed");
        let names: Vec<_> = list.sources.iter().map(|source| &*source.name).collect();
        // Files of others with a similar name may take the place of an uncertain one.
        let uncertain = format!("{id}-backup.json");
        let certain = names.iter().filter(|name| **name != uncertain);
        assert_eq!(certain.count(), 4, "{id}: {names:?}");
        for source in &list.sources {
            assert!(source.name.starts_with(id), "{id}: {names:?}");
            let wanted = place + u32::from(source.kind != SourceKind::Live);
            assert_eq!(source.file.messages(), Some(wanted), "{id}: {names:?}");
        }
        assert_eq!(sessions.resolve(id).as_deref(), Ok(id));
    }
    let summary = sessions.recover_all(BEST).expect("it is listed");
    assert_eq!(summary.restored as usize, ALIKE.len(), "{summary:#?}");
    for (place, id) in (1..).zip(ALIKE) {
        let live = sessions.inspect(id).expect("it is there").live;
        assert_eq!(live.messages(), Some(place + 1), "{id}");
    }
}

#[test]
fn a_copy_without_an_id_inside_goes_to_the_session_whose_name_it_has() {
    let (directory, sessions) = directory();
    for id in ["a", "a-b", "a-b-c"] {
        directory.put(&format!("{id}.json"), session(id, 1));
        let nameless = session("", 2);
        directory.put(&format!("{id} copy.json"), nameless);
    }
    for id in ["a", "a-b", "a-b-c"] {
        let list = sessions.sources(id).expect("it is listed");
        let names: Vec<_> = list.sources.iter().map(|source| &*source.name).collect();
        assert_eq!(names, [format!("{id}.json"), format!("{id} copy.json")]);
    }
}

#[test]
fn what_is_no_regular_file_is_never_opened_and_never_a_source() {
    for kind in [Kind::Directory, Kind::Link, Kind::Special] {
        for name in [
            "a.json.bak.1",
            "a copy.json",
            "a.sync-conflict-1-2-A.json",
            "a.tmp.1.2",
            "a.json.replaced.1",
        ] {
            let (directory, sessions) = directory();
            directory.put("a.json", session("a", 1));
            directory.put_other(name, kind);
            let opened = calls(&directory, Call::Open, || {
                let list = sessions.sources("a").expect("it is listed");
                assert_eq!((list.sources.len(), list.unread), (1, 0), "{name}");
            });
            assert_eq!(opened, 1, "{name}");
            let outcome = sessions.recover_from("a", name, KEEP).unwrap();
            assert_eq!(outcome.errors[0].code, ErrorCode::NoSuchSource, "{name}");
            let summary = sessions.recover_all(BEST).expect("it is listed");
            assert_eq!(summary.restored, 0, "{name}");
        }
    }
}

#[test]
fn a_name_of_many_words_takes_few_comparisons_and_finds_its_session() {
    let (directory, sessions) = directory();
    let id = "a-".repeat(14) + "z";
    let name = format!("{id}.json.bak.1");
    directory.put(&format!("{id}.json"), session(&id, 1));
    directory.put(&name, session(&id, 2));
    let list = sessions.sources(&id).expect("it is listed");
    assert_eq!(list.best, Some(name.clone()), "{list:#?}");
    let summary = sessions.recover_all(BEST).expect("it is listed");
    assert_eq!(summary.restored, 1);
}
