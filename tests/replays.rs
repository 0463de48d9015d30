//! Merging loses no message and doubles none, although the application writes messages
//! again, adds keys to them and rounds their times: against the obvious way to tell, one
//! message with one.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use session_recovery::answer::{Action, Outcome, Status};
use session_recovery::count::Elements;
use session_recovery::recover::{self, Options};
use session_recovery::session::SessionId;
use session_recovery::verdict::inspect::inspect_some;
use session_recovery_testing::InMemoryDirectory;

const MERGE: Options = Options {
    merge: true,
    ..Options::NONE
};

/// A message that has few values under each key, so that many are alike.
#[derive(Clone, Debug, PartialEq)]
struct Message {
    content: &'static str,
    /// Quarters of a second.
    timestamp: Option<u32>,
    /// What is added later: `_ts`, `_media_snapshots` and `attachments`.
    later: [Option<u32>; 3],
    id: Option<u32>,
    /// Whether the keys are in another order.
    is_turned: bool,
}

impl Message {
    fn text(&self) -> String {
        let key = |key: &str, value: Option<String>| Some(format!("\"{key}\": {}", value?));
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let seconds = |quarters| (f64::from(quarters) / 4.0).to_string();
        let [ts, media, attachments] = self.later;
        let mut members: Vec<_> = [
            key("role", Some("\"user\"".to_owned())),
            key("content", Some(format!("\"{}\"", self.content))),
            key("timestamp", self.timestamp.map(seconds)),
            key("_ts", number(ts)),
            key(
                "_media_snapshots",
                media.map(|one| format!("{{\"a\": [{one}]}}")),
            ),
            key("attachments", attachments.map(|one| format!("[{one}]"))),
            key("id", number(self.id)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.is_turned {
            members.reverse();
        }
        format!("{{{}}}", members.join(", "))
    }

    /// Whether the same one again is no other message.
    fn is_timed(&self) -> bool {
        let says_something = |number: Option<u32>| number.is_some_and(|number| number > 0);
        [self.timestamp, self.later[0], self.id]
            .into_iter()
            .any(says_something)
    }

    /// Whether it is the same as another one except for what is added later.
    fn is_like(&self, other: &Self) -> bool {
        let is_close = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (Some(one), Some(other)) => one.abs_diff(other) <= 4,
            _ => true,
        };
        let mut later = self.later.iter().zip(&other.later);
        (self.content, self.id) == (other.content, other.id)
            && is_close(self.timestamp, other.timestamp)
            && later.all(|(one, other)| one.is_none() || other.is_none() || one == other)
    }

    /// In this order they find their counterparts. Which of two at the same time comes
    /// first makes no difference, but it is always the same one.
    fn order(&self) -> (Option<u32>, u128) {
        let mut digest = 0;
        let mut elements = Elements::new(0);
        let take = &mut |element: session_recovery::count::Element| digest = element.identity.exact;
        elements.feed(self.text().as_bytes(), take);
        elements.finish(take);
        (self.timestamp, digest)
    }
}

fn message() -> impl Strategy<Value = Message> {
    let later = || prop_oneof![5 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(1))];
    let time = prop_oneof![1 => Just(None), 4 => (0..12_u32).prop_map(Some)];
    let id = prop_oneof![9 => Just(None), 1 => (0..2_u32).prop_map(Some)];
    let content = select(&["ok", "go on"][..]);
    let is_turned = prop_oneof![7 => Just(false), 1 => Just(true)];
    (content, time, [later(), later(), later()], id, is_turned).prop_map(
        |(content, timestamp, later, id, is_turned)| Message {
            content,
            timestamp,
            later,
            id,
            is_turned,
        },
    )
}

/// Two files of such messages: some of one are those of the other, written again or added
/// to.
fn pair(most_in_live: usize) -> impl Strategy<Value = [Vec<Message>; 2]> {
    let backup = vec(message(), 8..14);
    let live = vec((message(), any::<Index>(), 0..4_u8), 0..most_in_live);
    (live, backup).prop_map(|(live, mut backup)| {
        let live = live.into_iter().map(|(message, index, how)| {
            let old = backup[index.index(backup.len())].clone();
            match how {
                0 => message,
                1 => Message {
                    timestamp: old.timestamp.map(|time| time / 4 * 4),
                    later: [0, 1, 2].map(|number| old.later[number].or(message.later[number])),
                    ..old
                },
                2 => {
                    let place = index.index(backup.len());
                    backup.insert(place, old.clone());
                    old
                }
                _ => old,
            }
        });
        [live.collect(), backup]
    })
}

/// Those with a time once.
fn once(messages: &[Message]) -> Vec<Message> {
    messages.iter().fold(Vec::new(), |mut all, message| {
        if !(message.is_timed() && all.contains(message)) {
            all.push(message.clone());
        }
        all
    })
}

/// Those messages of two files that only one of them holds, one by one.
fn only_in_one(live: &[Message], backup: &[Message]) -> [Vec<Message>; 2] {
    let [mut live, mut backup] = [once(live), once(backup)];
    live.sort_by_key(Message::order);
    backup.sort_by_key(Message::order);
    for is_same in [PartialEq::eq, Message::is_like] {
        live.retain(|message| {
            let counterpart = backup.iter().position(|other| is_same(message, other));
            counterpart.map(|place| backup.remove(place)).is_none()
        });
    }
    [live, backup]
}

/// The messages that a merge is to add: of the same ones without a time the last ones,
/// and of others the first one.
fn added(live: &[Message], mut alone: Vec<Message>) -> Vec<Message> {
    let mut left = live.to_vec();
    let mut added = Vec::new();
    for message in live {
        left.remove(0);
        let of = |messages: &[Message]| messages.iter().filter(|other| *other == message).count();
        let is_last_chance = of(&left) < of(&alone);
        if let Some(place) = alone.iter().position(|other| other == message)
            && (message.is_timed() || is_last_chance)
        {
            added.push(alone.remove(place));
        }
    }
    added
}

fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::text).collect()
}

/// How many only one of them holds. Where one file's messages begin with all of the
/// other's, each further one counts.
fn numbers(live: &[Message], backup: &[Message]) -> [usize; 2] {
    let (texts_of_live, texts_of_backup) = (texts(live), texts(backup));
    if texts_of_live.starts_with(&texts_of_backup) || texts_of_backup.starts_with(&texts_of_live) {
        return [
            live.len().saturating_sub(backup.len()),
            backup.len().saturating_sub(live.len()),
        ];
    }
    only_in_one(live, backup).map(|only| only.len())
}

fn file(messages: &[Message], before: &str, after: &str) -> String {
    format!(
        "{{{before}\"messages\": [{}]{after}}}",
        texts(messages).join(", ")
    )
}

fn id() -> SessionId {
    SessionId::new("a").expect("a is an id")
}

fn status(directory: &InMemoryDirectory) -> Status {
    let statuses = inspect_some(directory, &[id()]);
    statuses.expect("the directory can be listed").remove(0)
}

fn merge(directory: &InMemoryDirectory) -> Outcome {
    recover::recover(directory, &id(), MERGE).expect("the directory can be listed")
}

/// Whether each message of a file has a counterpart of its own among others. One gives its
/// counterpart to another if there is one more for it.
fn all_have_counterparts(all: &[Message], others: &[Message]) -> bool {
    let [all, others] = [once(all), once(others)];
    let mut taken = vec![None; others.len()];
    (0..all.len()).all(|number| {
        let mut tried = vec![false; others.len()];
        find_counterpart(&all, &others, number, &mut taken, &mut tried)
    })
}

fn find_counterpart(
    all: &[Message],
    others: &[Message],
    number: usize,
    taken: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for place in 0..others.len() {
        if tried[place] || !all[number].is_like(&others[place]) {
            continue;
        }
        tried[place] = true;
        let is_free = match taken[place] {
            None => true,
            Some(other) => find_counterpart(all, others, other, taken, tried),
        };
        if is_free {
            taken[place] = Some(number);
            return true;
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_only_one_file_holds_is_counted(
        [live, backup] in pair(24),
        is_turned in any::<bool>(),
        chunk in prop_oneof![1_usize..200, Just(1 << 20)],
    ) {
        let [live, backup] = if is_turned { [backup, live] } else { [live, backup] };
        let directory = InMemoryDirectory::default();
        directory.put("a.json", file(&live, "", ""));
        directory.put("a.json.bak", file(&backup, "\"message_count\": 9, ", ""));
        directory.shorten(chunk, chunk);
        let status = status(&directory);
        let found = [status.live_only, status.backup_only];
        let number = |number: usize| Some(u32::try_from(number).expect("it is small"));
        prop_assert_eq!(found, numbers(&live, &backup).map(number));
    }

    #[test]
    fn a_merge_loses_and_doubles_nothing(
        [live, backup] in pair(8),
        chunk in 1_usize..200,
        is_before in any::<bool>(),
        said in prop_oneof![Just(0_usize), 0..200_usize],
    ) {
        let written = |messages: &[Message], number: usize| {
            let number = format!("\"message_count\": {number}");
            if is_before {
                file(messages, &format!("{number}, "), "")
            } else {
                file(messages, "\"x\": [{\"message_count\": 1}], ", &format!(", {number}"))
            }
        };
        let directory = InMemoryDirectory::default();
        directory.put("a.json", file(&live, "", ""));
        directory.put("a.json.bak", written(&backup, said));
        directory.shorten(chunk, chunk);

        let outcome = merge(&directory);

        let alone = if numbers(&live, &backup)[0] == 0 {
            Vec::new()
        } else {
            added(&live, only_in_one(&live, &backup)[0].clone())
        };
        prop_assert_eq!(outcome.action, Action::Restored, "{:?}", outcome.errors);
        prop_assert_eq!(outcome.merged as usize, alone.len());
        let merged = [&backup[..], &alone].concat();
        let number = if alone.is_empty() { said } else { merged.len() };
        let without_space = |file: &str| file.replace("}, {", "},{");
        let found = String::from_utf8(directory.bytes("a.json").expect("it is there"));
        let found = found.expect("it is UTF-8");
        prop_assert_eq!(
            without_space(&found),
            without_space(&written(&merged, number))
        );
        // Nothing is lost, and what is added is not there twice.
        prop_assert!(all_have_counterparts(&live, &merged));
        for (number, message) in alone.iter().enumerate() {
            let others = [&backup[..], &alone[..number]].concat();
            prop_assert!(!(message.is_timed() && others.contains(message)));
        }
        let kept = outcome.kept.expect("what is replaced is kept");
        prop_assert_eq!(directory.bytes(&kept), Some(file(&live, "", "").into_bytes()));
        prop_assert_eq!(merge(&directory).action, Action::Nothing);
    }
}
