//! What stands only in the live file, against the obvious way to tell: any
//! messages, written in any way, read in chunks of any size.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use session_recovery::answer::{Action, Outcome};
use session_recovery::recover::{self, Options};
use session_recovery::session::SessionId;
use session_recovery_testing::InMemoryDirectory;

const MERGE: Options = Options {
    merge: true,
    ..Options::NONE
};

/// Different messages: no two rows are the same value. The spellings of one row
/// are the same message.
const MESSAGES: &[&[&str]] = &[
    &["0"],
    &["0.0"],
    &["-1e5"],
    &["-1"],
    &["-12"],
    &["NaN"],
    &["null"],
    &["\"\""],
    &["\"0\"", r#""\u0030""#],
    &["\"é\"", r#""\u00e9""#, r#""\u00E9""#],
    &["\"🙂\"", r#""\ud83d\ude42""#, r#""\uD83D\uDE42""#],
    &[r#""\ud83d""#, r#""\uD83D""#],
    &[r#""\ude42\ud83d""#],
    &[r#""\ud83d \ude42""#, r#""\ud83d\u0020\ude42""#],
    &[r#""a\nb/""#, r#""a\u000ab\/""#, r#""\u0061\nb/""#],
    &[r#""a\\nb""#, r#""a\u005cnb""#],
    &[r#""],[\"""#, r#""\u005d,[\u0022""#],
    &["[]", "[ ]", "[\n]"],
    &["[[]]", "[ [] ]"],
    &["{}", "{ }"],
    &["[1,2]", "[1, 2]", "[\t1\r,\n2 ]"],
    &["[12]"],
    &["[\"1\",2]"],
    &["[\"1,2\"]"],
    &[
        r#"{"a":1,"b":[true]}"#,
        r#"{ "a" : 1, "\u0062": [ true ] }"#,
    ],
    &[r#"{"b":[true],"a":1}"#],
    &[r#"{"a":"1","b":[true]}"#],
    &[r#"{"a b":1}"#],
    &[r#"{"ab":1}"#],
];

/// A file of some messages.
#[derive(Clone, Debug)]
struct Written {
    before: &'static str,
    messages: Vec<Message>,
    after: &'static str,
}

/// One of [`MESSAGES`] in one spelling, and the white space around it.
#[derive(Clone, Debug)]
struct Message {
    row: usize,
    before: &'static str,
    text: &'static str,
    after: &'static str,
}

impl Written {
    fn text(&self) -> String {
        let messages = self.messages.iter();
        let messages = messages.map(|one| [one.before, one.text, one.after].concat());
        let messages = messages.collect::<Vec<_>>().join(",");
        [self.before, &messages, self.after].concat()
    }

    /// With more messages right after the last one.
    fn text_with(&self, more: &str) -> String {
        let text = self.text();
        let last = self.messages.last().map_or("", |last| last.after);
        let end = text.len() - self.after.len() - last.len();
        [&text[..end], more, &text[end..]].concat()
    }

    /// Which messages `other` has not, or not so often: the last ones.
    fn alone(&self, other: &Self) -> Vec<bool> {
        let mut others: Vec<_> = other.messages.iter().map(|message| message.row).collect();
        let mut is_alone = |message: &Message| {
            let same = others.iter().position(|row| *row == message.row);
            same.map(|at| others.swap_remove(at)).is_none()
        };
        self.messages.iter().map(&mut is_alone).collect()
    }

    /// The messages that are alone, each after a comma; the white space between
    /// two that follow each other stays.
    fn text_of(&self, alone: &[bool]) -> String {
        let next_too = |at: usize| alone.get(at + 1) == Some(&true);
        let texts = self.messages.iter().enumerate();
        let texts = texts.filter(|(at, _)| alone[*at]);
        texts.fold(String::new(), |text, (at, message)| {
            let after = if next_too(at) { message.after } else { "" };
            text + "," + message.before + message.text + after
        })
    }
}

fn written(number: Range<usize>) -> impl Strategy<Value = Written> {
    let space = || prop::sample::select(vec!["", " ", "\n  ", "\t\r\n"]);
    let message = (0..MESSAGES.len(), any::<Index>(), space(), space());
    let message = message.prop_map(|(row, spelling, before, after)| Message {
        row,
        before,
        text: MESSAGES[row][spelling.index(MESSAGES[row].len())],
        after,
    });
    let around = prop::sample::select(vec![
        ("{\"messages\":[", "]}"),
        (
            "{\"messages\": [0, 1], \"title\": \"]\", \"mess\\u0061ges\" : [",
            "] , \"more\": [[]]}\n",
        ),
        (
            " {\"a\": {\"messages\": [0]}, \"messages\": [",
            "], \"z\": \"\\\"\"}",
        ),
    ]);
    (vec(message, number), around).prop_map(|(messages, (before, after))| Written {
        before,
        messages,
        after,
    })
}

/// A live file that holds the first messages of its backup, written as they are there,
/// but for the last one, and what is between them.
fn first_of_backup() -> impl Strategy<Value = (Written, Written)> {
    let files = (written(8..20), written(0..8));
    let last = (any::<Index>(), any::<bool>(), 0..5_usize, 0..5_usize);
    (files, last).prop_map(|((mut backup, mut live), (place, is_same, one, other))| {
        let number = place.index(live.messages.len() + 1);
        let more = live.messages.split_off(number);
        live.messages = backup.messages[..number].to_vec();
        if let (Some(last), false) = (live.messages.last_mut(), is_same) {
            last.row = one;
            last.text = MESSAGES[one][0];
            last.after = more.first().map_or("", |message| message.after);
            backup.messages[number - 1].row = other;
            backup.messages[number - 1].text = MESSAGES[other][0];
        }
        (live, backup)
    })
}

fn merge(directory: &InMemoryDirectory) -> Outcome {
    let id = SessionId::new("a").expect("a is an id");
    recover::recover(directory, &id, MERGE).expect("the directory can be listed")
}

/// Merges, and compares what came of it with what should.
fn check(live: &Written, backup: &Written, chunk: usize) -> Result<(), TestCaseError> {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", live.text());
    directory.put("a.json.bak", backup.text());
    directory.shorten(chunk, chunk);

    let outcome = merge(&directory);

    let alone = live.alone(backup);
    let number = u32::try_from(alone.iter().filter(|alone| **alone).count()).unwrap();
    prop_assert_eq!(outcome.action, Action::Restored, "{:?}", outcome.errors);
    prop_assert_eq!(
        (outcome.status.live_only, outcome.merged),
        (Some(number), number)
    );
    let merged = backup.text_with(&live.text_of(&alone));
    prop_assert_eq!(directory.bytes("a.json"), Some(merged.into_bytes()));
    prop_assert_eq!(
        directory.bytes("a.json.bak"),
        Some(backup.text().into_bytes())
    );
    let kept = outcome.kept.expect("what is replaced is kept");
    prop_assert_eq!(directory.bytes(&kept), Some(live.text().into_bytes()));
    prop_assert_eq!(merge(&directory).action, Action::Nothing);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_merge_adds_what_only_the_live_file_holds(
        live in written(0..8),
        backup in written(8..20),
        chunk in 1_usize..200,
    ) {
        check(&live, &backup, chunk)?;
    }

    #[test]
    fn a_merge_adds_nothing_that_the_backup_begins_with(
        (live, backup) in first_of_backup(),
        chunk in 1_usize..200,
    ) {
        check(&live, &backup, chunk)?;
    }
}
