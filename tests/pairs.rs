//! What a live file and its backup have in common is counted once. So a pair has to be
//! judged as each file is alone, whatever the two have in common, and in chunks of any
//! size.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use session_recovery::answer::{Error, File, FileState, Status};
use session_recovery::directory::FsError;
use session_recovery::recover::Options;
use session_recovery::session::SessionId;
use session_recovery::sweep::recover_all;
use session_recovery::verdict::inspect::inspect_some;
use session_recovery_testing::{Call, InMemoryDirectory};

/// Longer than any file here.
const WHOLE: usize = 1 << 20;

/// What stands before the messages, or after them.
const KEYS: &[&str] = &[
    r#""updated_at": 1716239022.5,"#,
    r#""updated_at": 17,"#,
    "\"title\": \"Łódź 🙂\",",
    r#""title": "\u0141\"","#,
    r#""messages": [1, [2], 3],"#,
    r#""messages": "none","#,
    r#""clear_generation": 7,"#,
    r#""truncation_watermark": 0, "truncation_boundary": 0,"#,
    r#""intentional_shrink_generation": "x","#,
    r#""context_messages": [{"role": "user", "content": "a"}, {"content": "[CONTEXT COMPACTION]"}],"#,
    r#""compression_anchor_summary": "s", "compression_anchor_message_key": {"a": 1},"#,
    "\n\n  ",
    "\"raw\u{1}\": 1,",
];

/// Messages, and what breaks them.
const MESSAGES: &[&[u8]] = &[
    b"{\"role\": \"user\", \"content\": \"word\"}",
    b"{\"role\": \"user\", \"content\": \"\\u00e9 \\\"\\\\\"}",
    "{\"content\": \"naïve café — 日本語 🙂\"}".as_bytes(),
    b"\"]}\"",
    b"[[], {}, [{}]]",
    b"-12.5e+7",
    b"1234567890",
    b"-Infinity",
    b"null",
    b"{\"messages\": [1], \"context_messages\": [2]}",
    b"\"\xff\"",
    b"\"\xe2\x82\"",
    b"tru",
    b"]",
    b"",
];

#[derive(Clone, Debug)]
struct Pair {
    live: Vec<u8>,
    backup: Vec<u8>,
}

/// Some keys; one of them has a number, or a nesting, that not every Python reads.
fn keys() -> impl Strategy<Value = String> {
    let long = format!("\"long\": {},", "7".repeat(4301));
    let deep = format!("\"deep\": {}{},", "[".repeat(901), "]".repeat(901));
    let key = prop_oneof![
        10 => select(KEYS).prop_map(str::to_owned),
        1 => select(vec![long, deep]),
    ];
    vec(key, 0..4).prop_map(|keys| keys.concat())
}

fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let deep = [vec![b'['; 900], vec![b']'; 900]].concat();
    let message = prop_oneof![
        60 => select(&MESSAGES[..10]).prop_map(<[u8]>::to_vec),
        1 => select(&MESSAGES[10..]).prop_map(<[u8]>::to_vec),
        2 => select(vec![vec![b'7'; 4301], deep]),
    ];
    vec(message, 0..12)
}

/// Files that hold the same messages, with other keys before them; or only the first of
/// them, and other keys after them too; and some are cut.
fn pair() -> impl Strategy<Value = Pair> {
    let common = (messages(), keys());
    let file = || (keys(), messages(), keys(), any::<Index>());
    (file(), file(), common, 0..3_u8).prop_map(|(live, backup, (first, end), how)| {
        let with = |(before, more, after, cut): (String, Vec<Vec<u8>>, String, Index)| {
            let (more, after) = match how {
                0 => (&[][..], &end),
                _ => (&more[..], &after),
            };
            let messages = [&first, more].concat().join(&b",\n  "[..]);
            let start = format!("{{{before}\"messages\": [");
            let end = format!("], {after} \"end\": [\"it goes on for a while\"]}}");
            let mut file = [start.as_bytes(), &messages, end.as_bytes()].concat();
            if how == 2 {
                file.truncate(cut.index(file.len()));
            }
            file
        };
        let (live, backup) = (with(live), with(backup));
        Pair { live, backup }
    })
}

fn status(live: Option<&[u8]>, backup: Option<&[u8]>, reads: usize) -> Status {
    ask(&directory(live, backup, reads)).expect("it can be listed")
}

fn directory(live: Option<&[u8]>, backup: Option<&[u8]>, reads: usize) -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    for (name, bytes) in [("a.json", live), ("a.json.bak", backup)] {
        if let Some(bytes) = bytes {
            directory.put(name, bytes);
        }
    }
    directory.shorten(reads, reads);
    directory
}

fn ask(directory: &InMemoryDirectory) -> Result<Status, Error> {
    let id = SessionId::parse("a").expect("it is an id");
    inspect_some(directory, &[id]).map(|mut statuses| statuses.remove(0))
}

/// A file without what only the other file of the session tells about it.
fn uncompared(file: &File) -> File {
    File {
        only_here: None,
        ..file.clone()
    }
}

fn alone(bytes: &[u8]) -> File {
    status(Some(bytes), None, WHOLE).live
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pair_is_judged_as_each_file_is_alone(
        Pair { live, backup } in pair(),
        reads in prop_oneof![1..9_usize, 1..300_usize, 4000..9000_usize],
    ) {
        let judged = status(Some(&live), Some(&backup), reads);
        prop_assert_eq!(uncompared(&judged.live), uncompared(&alone(&live)));
        prop_assert_eq!(uncompared(&judged.backup), uncompared(&alone(&backup)));
        prop_assert_eq!(&judged, &status(Some(&live), Some(&backup), WHOLE));
    }

    #[test]
    fn a_call_that_fails_leaves_its_file_undecided_and_the_other_as_it_is(
        Pair { live, backup } in pair(),
        reads in 30..300_usize,
        which in any::<Index>(),
    ) {
        let directory = directory(Some(&live), Some(&backup), reads);
        prop_assert!(ask(&directory).is_ok());
        directory.fail(which.index(directory.calls().len()), FsError::Io("it broke".to_owned()));
        let Ok(judged) = ask(&directory) else {
            return Ok(());
        };
        for (judged, bytes) in [(judged.live, live), (judged.backup, backup)] {
            let is_undecided = matches!(judged.state, FileState::Undecided(_));
            // What is left of a damaged file may be what could not be read.
            let is_unread = judged.salvage.is_none();
            let alone = File {
                salvage: alone(&bytes).salvage.filter(|_| !is_unread),
                ..uncompared(&alone(&bytes))
            };
            prop_assert!(is_undecided || uncompared(&judged) == alone, "{judged:?}");
        }
    }
}

/// A session as the application writes it, with so many messages.
fn saved(messages: impl Iterator<Item = u32>) -> Vec<u8> {
    let text = "It was a bright cold day in April. ".repeat(50);
    let messages: Vec<_> = messages
        .map(|number| {
            format!("\n    {{\n      \"role\": \"user\",\n      \"content\": \"{number} {text}\"\n    }}")
        })
        .collect();
    let count = messages.len();
    let messages = messages.join(",");
    format!("{{\n  \"message_count\": {count},\n  \"messages\": [{messages}\n  ],\n  \"tool_calls\": []\n}}")
        .into_bytes()
}

/// How often a file is read in one go.
fn reads(live: &[u8], backup: &[u8], ask: impl Fn(&InMemoryDirectory)) -> usize {
    let directory = directory(Some(live), Some(backup), WHOLE);
    ask(&directory);
    let calls = directory.calls();
    calls.iter().filter(|call| **call == Call::Read).count()
}

fn inspect(directory: &InMemoryDirectory) {
    ask(directory).expect("it can be listed");
}

fn sweep(directory: &InMemoryDirectory) {
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    recover_all(directory, None, options).expect("it can be listed");
}

#[test]
fn a_pair_of_which_one_begins_with_the_other_is_compared_without_another_read() {
    for (messages, most) in [(3, 2), (300, 5), (3000, 27)] {
        let (short, long) = (saved(0..messages), saved(0..messages * 2));
        let status = status(Some(&long), Some(&short), WHOLE);
        let found = (status.live_only, status.backup_only);
        assert_eq!(found, (Some(messages), Some(0)));
        let to_count = reads(&long, &short, sweep);
        assert!(to_count <= most);
        for [live, backup] in [[&long, &short], [&short, &long], [&long, &long]] {
            assert_eq!(reads(live, backup, inspect), reads(live, backup, sweep));
        }
    }
}

#[test]
fn a_sweep_reads_an_edited_session_once() {
    let (live, backup) = (saved(1..301), saved(0..300));
    let status = status(Some(&live), Some(&backup), WHOLE);
    assert_eq!((status.live_only, status.backup_only), (Some(1), Some(1)));
    assert!(reads(&live, &backup, sweep) < reads(&live, &backup, inspect));
}

#[test]
fn too_many_messages_are_compared_only_if_one_file_begins_with_the_other() {
    let written = |first: &str, number: usize| {
        let zeros = vec!["0"; number].join(",");
        format!("{{\"messages\": [{first},{zeros}]}}").into_bytes()
    };
    let of = |live: &[u8], backup: &[u8]| {
        let status = status(Some(live), Some(backup), WHOLE);
        (status.live_only, status.backup_only)
    };
    let (live, backup) = (written("1", 500_000), written("2", 500_001));
    assert_eq!(of(&live, &backup), (None, None));
    assert_eq!(of(&written("2", 500_000), &backup), (Some(0), Some(1)));
    assert_eq!(of(&live, &written("2", 499_998)), (Some(3), Some(1)));
}
