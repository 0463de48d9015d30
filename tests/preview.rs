//! What a preview shows, against another reader of the same files: any messages, written in any
//! way, read in chunks of any size, whole and damaged.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use session_recovery::answer::{Entry, Error, ErrorCode, Excerpt, Heading, View, Window};
use session_recovery::directory::{FsError, Kind};
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery_damages::{KINDS, sample};
use session_recovery_testing::{Call, InMemoryDirectory};

const ALL: Window = Window {
    after: 0,
    first: u32::MAX,
    last: 0,
    changed: u32::MAX,
};

fn preview(
    directory: &InMemoryDirectory,
    source: Option<&str>,
    window: Window,
) -> Result<View, Error> {
    Sessions::new(directory.clone()).preview("a", source, window)
}

fn shown(directory: &InMemoryDirectory, source: Option<&str>, window: Window) -> View {
    preview(directory, source, window).expect("it can be shown")
}

/// The excerpts of all messages of a session with these, written as they are here.
fn excerpts_of(messages: &str) -> Vec<Excerpt> {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", session(messages));
    shown(&directory, None, ALL).first
}

fn excerpt_of(message: &str) -> Excerpt {
    let mut excerpts = excerpts_of(message);
    assert_eq!(excerpts.len(), 1);
    excerpts.remove(0)
}

fn session(messages: &str) -> String {
    format!(r#"{{"title": "t", "messages": [{messages}], "message_count": 1}}"#)
}

/// Reads a message as the reader should, in another way.
fn expected(number: usize, message: &Value) -> Excerpt {
    let mut excerpt = Excerpt {
        number: u32::try_from(number).expect("it is small"),
        ..Excerpt::default()
    };
    let text = match message {
        Value::Object(members) => {
            let role = members.get("role").and_then(Value::as_str);
            excerpt.role = role.map(|role| role.chars().take(40).collect());
            let time = |key| {
                let seconds = members.get(key).and_then(Value::as_f64);
                let seconds = seconds.filter(|seconds| (0.0..253_402_300_800.0).contains(seconds));
                seconds.map(|seconds| format!("{}", seconds.trunc()).parse().expect("a number"))
            };
            excerpt.time = time("timestamp").or_else(|| time("_ts"));
            excerpt.tools = tools(message);
            text_of(members.get("content").unwrap_or(&Value::Null))
        }
        Value::Array(_) => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    excerpt.text = text.chars().take(200).collect();
    excerpt.is_cut = text.chars().count() > 200;
    excerpt
}

fn text_of(content: &Value) -> String {
    match content {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts
                .iter()
                .map(|part| part.as_str().or(part.get("text").and_then(Value::as_str)));
            let texts = texts.flatten().filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

fn tools(message: &Value) -> Vec<String> {
    let list = |key| {
        let list = message.get(key).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let name = |value: &Value| value.get("name")?.as_str().map(str::to_owned);
    let calls =
        list("tool_calls").filter_map(|call| call.get("function").and_then(name).or(name(call)));
    let uses = list("content").filter(|part| part.get("type") == Some(&"tool_use".into()));
    let all = calls.chain(uses.filter_map(name)).take(10);
    all.map(|name| name.chars().take(80).collect()).collect()
}

fn expected_of(messages: &[Value]) -> Vec<Excerpt> {
    let numbered = (1..).zip(messages);
    numbered
        .map(|(number, message)| expected(number, message))
        .collect()
}

/// Text of JSON, with keys that say something in places where they do and where they do not.
fn value() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "0",
        "-1",
        "1716239022.75",
        "17",
        "3000000000",
        "253402300800",
        "0.5",
    ]);
    let word = prop::sample::select(vec!["null", "true", "false", "[]", "{}", "\"tool_use\""]);
    let leaf = prop_oneof![
        number.prop_map(str::to_owned),
        word.prop_map(str::to_owned),
        string(),
        string(),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|values| array(&values)),
            vec((key(), inner), 0..8).prop_map(|members| object(&members)),
        ]
    })
}

fn message() -> impl Strategy<Value = String> {
    let known = |key: &'static str| move |value| (format!("\"{key}\""), value);
    let part = vec((key(), value()), 0..6).prop_map(|members| object(&members));
    let parts = vec(prop_oneof![part, value()], 0..5).prop_map(|parts| array(&parts));
    let member = prop_oneof![
        string().prop_map(known("role")),
        string().prop_map(known("content")),
        parts.clone().prop_map(known("content")),
        parts.prop_map(known("tool_calls")),
        (key(), value()),
    ];
    prop_oneof![
        1 => value(),
        5 => vec(member, 0..7).prop_map(|members| object(&members)),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let keys = [
        "role",
        "content",
        "timestamp",
        "_ts",
        "tool_calls",
        "text",
        "type",
        "name",
        "function",
        "",
        "messages",
    ];
    (prop::sample::select(keys.to_vec()), 0..4_usize).prop_map(|(key, how)| match how {
        0 => {
            let escaped = key.chars().map(|c| format!("\\u{:04x}", u32::from(c)));
            format!("\"{}\"", escaped.collect::<String>())
        }
        _ => format!("\"{key}\""),
    })
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "é",
        "日本",
        "🙂",
        r"\n",
        r#"\""#,
        r"\\",
        r"\/",
        r"\u00e9",
        r"\ud83d\ude42",
        "{",
        "]",
        ",",
        "tool_use",
        "a text of some words ",
    ]);
    (
        vec(piece, 0..12),
        prop::sample::select(vec![1, 1, 1, 7, 40]),
    )
        .prop_map(|(pieces, times)| format!("\"{}\"", pieces.concat().repeat(times)))
}

fn array(values: &[String]) -> String {
    format!("[ {}\n]", values.join(" , "))
}

fn object(members: &[(String, String)]) -> String {
    let members = members.iter().map(|(key, value)| format!("{key}: {value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_excerpt_says_what_another_reader_reads(
        messages in vec(message(), 0..6),
        chunk in prop_oneof![1_usize..20, 20_usize..5000],
    ) {
        let text = session(&messages.join(","));
        let directory = InMemoryDirectory::default();
        directory.put("a.json", text.clone());
        directory.shorten(chunk, chunk);

        let view = shown(&directory, Some("a.json"), ALL);

        let value: Value = serde_json::from_str(&text).expect("it is JSON");
        let messages = value["messages"].as_array().expect("it is an array");
        prop_assert_eq!(view.first, expected_of(messages), "{}", text);
        prop_assert_eq!(view.messages as usize, messages.len());
    }
}

/// A message of a file of which two are compared.
fn compared() -> impl Strategy<Value = String> {
    (0..4_u32, prop::option::of(0..3_u32), any::<bool>()).prop_map(|(text, time, is_later)| {
        let time = time.map_or(String::new(), |time| format!(r#", "timestamp": {time}.25"#));
        let later = if is_later {
            r#", "attachments": [1]"#
        } else {
            ""
        };
        format!(r#"{{"role": "user", "content": "{text}"{time}{later}}}"#)
    })
}

/// What only one of two files holds, if no two of its messages can be one: of equal messages the
/// last ones.
fn surplus(messages: &[String], others: &[String]) -> Vec<u32> {
    let mut others = others.to_vec();
    let numbered = (1..).zip(messages);
    let alone = numbered.filter(|(_, message)| {
        let same = others.iter().position(|other| other == *message);
        same.map(|place| others.swap_remove(place)).is_none()
    });
    alone.map(|(number, _)| number).collect()
}

fn numbers(excerpts: &[Excerpt]) -> Vec<u32> {
    excerpts.iter().map(|excerpt| excerpt.number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_changes_is_what_is_counted(
        live in vec(compared(), 0..8),
        more in vec(compared(), 0..8),
        common in 0..8_usize,
        changed in 0..10_u32,
    ) {
        let backup = [&live[..common.min(live.len())], &more].concat();
        let directory = InMemoryDirectory::default();
        directory.put("a.json", session(&live.join(",")));
        directory.put("a.json.bak", session(&backup.join(",  ")));
        let status = Sessions::new(directory.clone()).inspect("a").expect("it is there");

        let window = Window { changed, ..ALL };
        let view = shown(&directory, Some("a.json.bak"), window);
        let all = shown(&directory, Some("a.json.bak"), ALL);

        prop_assert_eq!((view.hides, view.brings), (status.live_only, status.backup_only));
        for (some, all, counted) in [
            (&view.brought, &all.brought, status.backup_only),
            (&view.hidden, &all.hidden, status.live_only),
        ] {
            prop_assert_eq!(Some(all.len()), counted.map(|number| number as usize));
            prop_assert_eq!(&all[..all.len().min(changed as usize)], &some[..]);
            prop_assert!(numbers(all).is_sorted_by(|one, other| one < other));
        }
        for excerpt in &all.brought {
            prop_assert_eq!(excerpt, &all.first[excerpt.number as usize - 1]);
        }
        let of_live = shown(&directory, Some("a.json"), ALL);
        for excerpt in &all.hidden {
            prop_assert_eq!(excerpt, &of_live.first[excerpt.number as usize - 1]);
        }
        prop_assert_eq!((of_live.brings, of_live.hides), (Some(0), Some(0)));
    }

    #[test]
    fn of_messages_without_a_time_the_last_ones_of_each_are_shown(
        live in vec(0..5_u32, 0..10),
        backup in vec(0..5_u32, 0..10),
    ) {
        let [live, backup] = [live, backup].map(|numbers| {
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        let directory = InMemoryDirectory::default();
        directory.put("a.json", session(&live.join(",")));
        directory.put("a.json.bak", session(&backup.join(",")));

        let view = shown(&directory, Some("a.json.bak"), ALL);

        prop_assert_eq!(numbers(&view.brought), surplus(&backup, &live));
        prop_assert_eq!(numbers(&view.hidden), surplus(&live, &backup));
    }
}

#[test]
fn a_damaged_file_reads_like_its_salvaged_form() {
    let mut read = 0;
    for seed in 0..10 * KINDS.len() as u64 {
        let sample = sample(seed, 30);
        let directory = InMemoryDirectory::default();
        directory.put("a.json", sample.damaged.bytes);
        directory.shorten(1000, 1000);
        let sessions = Sessions::new(directory.clone());
        let view = shown(&directory, Some("a.json"), ALL);
        let salvage = Options {
            salvage: true,
            ..Options::default()
        };
        let outcome = sessions.recover("a", salvage).expect("it is there");
        let salvaged = outcome.salvaged.unwrap_or_default();
        if !outcome.is_restored() {
            continue;
        }
        read += 1;
        assert_eq!(view.messages, salvaged, "{seed} {}", sample.kind);
        let after = shown(&directory, Some("a.json"), ALL);
        assert_eq!(view, after, "{seed} {}", sample.kind);
        // What is kept of it brings and hides nothing.
        let kept = shown(&directory, outcome.kept.as_deref(), ALL);
        let changes = (kept.brings, kept.hides, kept.messages);
        assert_eq!(changes, (Some(0), Some(0), salvaged), "{seed}");
    }
    assert!(read > 5 * KINDS.len(), "{read}");
}

#[test]
fn odd_messages_have_an_excerpt_too() {
    let long = "x".repeat(201);
    for (message, role, text, is_cut) in [
        (
            r#"{"role": "user", "content": "hi"}"#,
            Some("user"),
            "hi",
            false,
        ),
        (
            r#"{"r\u006fle": "user", "\u0063ontent": "hi"}"#,
            Some("user"),
            "hi",
            false,
        ),
        (
            r#"{"role": "a", "content": "b", "role": "c", "content": "d"}"#,
            Some("c"),
            "d",
            false,
        ),
        (
            r#"{"role": "a", "content": "b", "role": null, "content": null}"#,
            None,
            "",
            false,
        ),
        (
            r#"{"content": [{"text": "a"}, {"text": ""}, "b", {"text": 1}]}"#,
            None,
            "a\nb",
            false,
        ),
        (
            r#"{"content": [{"text": "a", "text": "b"}], "content": [{"text": "c"}]}"#,
            None,
            "c",
            false,
        ),
        (
            r#"{"content": [[{"text": "a"}], {"a": {"text": "b"}}]}"#,
            None,
            "",
            false,
        ),
        (
            r#"{"content": {"text": "a"}, "text": "b"}"#,
            None,
            "",
            false,
        ),
        (r#"{"a": {"role": "b", "content": "c"}}"#, None, "", false),
        (r#"{"content": 12.50}"#, None, "12.50", false),
        (
            r#"{"content": "\ud800 \udc00\ud83d"}"#,
            None,
            "\u{fffd} \u{fffd}\u{fffd}",
            false,
        ),
        (r#""a \"string\"""#, None, "a \"string\"", false),
        ("1e3", None, "1e3", false),
        ("NaN", None, "NaN", false),
        ("-Infinity", None, "-Infinity", false),
        ("null", None, "null", false),
        ("[1, \"a\"]", None, "", false),
        ("[]", None, "", false),
        ("{}", None, "", false),
        (&format!("\"{long}\""), None, &long[1..], true),
        (&format!("\"{}\"", &long[1..]), None, &long[1..], false),
        (&"1".repeat(201), None, &"1".repeat(200), true),
    ] {
        let excerpt = excerpt_of(message);
        let found = (excerpt.role.as_deref(), &*excerpt.text, excerpt.is_cut);
        assert_eq!(found, (role, text, is_cut), "{message}");
        assert_eq!(excerpt.number, 1);
    }
    assert_eq!(excerpts_of(" \n"), []);
    assert_eq!(excerpts_of("1, {} ,[]").len(), 3);
}

#[test]
fn texts_and_names_are_cut_by_characters() {
    for character in ["x", "é", "🙂", r"\ud83d\ude42", r"\ud800", r"\n"] {
        for length in [199, 200, 201, 1000] {
            let text = character.repeat(length);
            let calls = format!(r#"[{{"name": "{text}"}}]"#);
            let message =
                format!(r#"{{"role": "{text}", "content": "{text}", "tool_calls": {calls}}}"#);
            let excerpt = excerpt_of(&message);
            assert_eq!(excerpt.text.chars().count(), length.min(200), "{character}");
            assert_eq!(excerpt.is_cut, length > 200, "{character}");
            assert_eq!(excerpt.role.map(|role| role.chars().count()), Some(40));
            assert_eq!(excerpt.tools[0].chars().count(), 80);
            let parts = format!(r#"{{"content": [{{"text": "{text}"}}, {{"text": "{text}"}}]}}"#);
            let excerpt = excerpt_of(&parts);
            assert_eq!(excerpt.text.chars().count(), 200);
            assert!(excerpt.is_cut);
        }
    }
}

#[test]
fn the_tools_that_a_message_calls_are_named() {
    let uses = r#"[{"type": "tool_use", "name": "d"}, {"type": "text", "name": "no"}, {"name": "e", "type": "tool_use"}]"#;
    let calls = r#"[{"function": {"name": "a", "arguments": "{\"name\": 1}"}}, {"name": "b"},
        {"name": "no", "function": {"name": "c"}}, {"function": {"name": 1}}, {"function": 2}, 3]"#;
    for message in [
        format!(r#"{{"content": {uses}, "tool_calls": {calls}}}"#),
        format!(
            r#"{{"tool_calls": [{{"name": "no"}}], "tool_calls": {calls}, "content": {uses}}}"#
        ),
    ] {
        assert_eq!(excerpt_of(&message).tools, ["a", "b", "c", "d", "e"]);
    }
    let many = [r#"{"name": "a"}"#; 11].join(",");
    let many = excerpt_of(&format!(r#"{{"tool_calls": [{many}]}}"#));
    assert_eq!(many.tools, ["a"; 10]);
}

#[test]
fn a_time_is_the_timestamp_or_else_what_the_application_added() {
    for (message, time) in [
        (
            r#"{"timestamp": 1716239022.9, "_ts": 5}"#,
            Some(1_716_239_022),
        ),
        (r#"{"_ts": 5}"#, Some(5)),
        (r#"{"timestamp": null, "_ts": 5}"#, Some(5)),
        (r#"{"timestamp": "2024-05-20", "_ts": 5}"#, Some(5)),
        (r#"{"timestamp": 3, "timestamp": "x"}"#, None),
        (r#"{"timestamp": -1}"#, None),
        (r#"{"timestamp": 1e300}"#, None),
        (r#"{"timestamp": [7]}"#, None),
    ] {
        assert_eq!(excerpt_of(message).time, time, "{message}");
    }
}

#[test]
fn messages_of_any_size_and_depth_are_read() {
    let long = "x".repeat(5_000_000);
    let excerpt = excerpt_of(&format!(r#"{{"content": "{long}", "role": "user"}}"#));
    assert_eq!((&*excerpt.text, excerpt.is_cut), (&long[..200], true));
    assert_eq!(excerpt.role.as_deref(), Some("user"));

    let parts = vec![r#"{"type": "tool_use", "name": "n", "text": "ab"}"#; 10_000].join(",");
    let excerpt = excerpt_of(&format!(r#"{{"content": [{parts}]}}"#));
    assert_eq!((excerpt.text.len(), excerpt.is_cut), (200, true));
    assert_eq!(excerpt.tools, ["n"; 10]);

    let depth = 400_000;
    for (open, close) in [
        ("[", "]"),
        (r#"{"content":"#, "}"),
        (r#"{"tool_calls":["#, "]}"),
    ] {
        let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let excerpts = excerpts_of(&format!(r#"{deep}, {{"content": "next"}}"#));
        assert_eq!((excerpts.len(), &*excerpts[1].text), (2, "next"), "{open}");
    }
}

#[test]
fn a_window_shows_ten_thousand_at_most() {
    let number = 100_000;
    let messages: Vec<_> = (1..=number).map(|number| number.to_string()).collect();
    let directory = InMemoryDirectory::default();
    directory.put("a.json.bak", session(&messages.join(",")));
    directory.put("a.json", session("0"));
    let most = Window {
        after: 50_000,
        first: u32::MAX,
        last: u32::MAX,
        changed: u32::MAX,
    };

    let view = shown(&directory, None, most);

    let texts = |excerpts: &[Excerpt]| {
        let numbers = excerpts.iter().map(|excerpt| {
            assert_eq!(excerpt.text, excerpt.number.to_string());
            excerpt.number
        });
        let numbers: Vec<_> = numbers.collect();
        (numbers.len(), numbers[0], numbers[numbers.len() - 1])
    };
    assert_eq!((&*view.name, view.messages), ("a.json.bak", number));
    assert_eq!(texts(&view.first), (10_000, 50_001, 60_000));
    assert_eq!(texts(&view.last), (10_000, 90_001, 100_000));
    assert_eq!((view.brings, view.hides), (Some(number), Some(1)));
    assert_eq!(texts(&view.brought), (10_000, 1, 10_000));
    assert_eq!(view.hidden.len(), 1);
}

#[test]
fn a_view_says_what_the_file_is_about() {
    let directory = InMemoryDirectory::default();
    let text = r#"{"title": "é", "created_at": 17.9, "updated_at": 18, "messages": []}"#;
    directory.put("a.json", text);
    let view = shown(&directory, None, ALL);
    let heading = Heading {
        title: Some("é".to_owned()),
        updated: Some(18),
    };
    assert_eq!((view.heading, view.created), (heading, Some(17)));
    assert_eq!(
        (&*view.session_id, &*view.name, view.messages),
        ("a", "a.json", 0)
    );
}

#[test]
fn without_a_source_it_is_what_a_restore_puts_in_place() {
    let (none, two, three, damaged) = (
        session(""),
        session("1,2"),
        session("1,2,3"),
        r#"{"messages": [1, 2, 3, 4"#.to_owned(),
    );
    let cut_before = r#"{"title": "t", "mess"#.to_owned();
    for (files, name) in [
        (
            &[("a.json", &two), ("a.json.bak", &three)][..],
            "a.json.bak",
        ),
        (&[("a.json", &three), ("a.json.bak", &two)], "a.json"),
        (&[("a.json", &damaged), ("a.json.bak", &two)], "a.json.bak"),
        (&[("a.json.bak", &two)], "a.json.bak"),
        (&[("a.json", &damaged)], "a.json"),
        (&[("a.json", &cut_before)], "a.json"),
        (
            &[("a.json", &cut_before), ("a.json.bak", &damaged)],
            "a.json.bak",
        ),
        (
            &[
                ("a.json", &none),
                ("a.json.replaced.1", &two),
                ("a.json.replaced.12", &two),
            ],
            "a.json.replaced.12",
        ),
        (
            &[("a.json.replaced.9", &two), ("a.json.replaced.10", &two)],
            "a.json.replaced.10",
        ),
        (&[("a.tmp.1.2", &two)], "a.tmp.1.2"),
        (&[("a.json", &none)], "a.json"),
    ] {
        let directory = InMemoryDirectory::default();
        for (name, text) in files {
            directory.put(name, text.as_str());
        }
        assert_eq!(shown(&directory, None, ALL).name, name, "{files:?}");
    }
}

#[test]
fn what_cannot_be_compared_has_no_counts() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json.bak", session("1,2"));
    let changes = |view: View| (view.brings, view.hides, view.brought.len());
    let of_backup = || changes(shown(&directory, Some("a.json.bak"), ALL));
    assert_eq!(of_backup(), (Some(2), Some(0), 2), "no live file");
    directory.put("a.json", "");
    assert_eq!(of_backup(), (Some(2), Some(0), 2), "nothing left of it");
    directory.put("a.json", "{\"messages\": [2, {\"a\": 3}, ");
    assert_eq!(of_backup(), (Some(1), Some(1), 1), "damaged");
    directory.put(
        "a.json",
        format!("{{\"messages\": [{}", "[".repeat(1_000_001)),
    );
    assert_eq!(of_backup(), (None, None, 0), "too deep");
    for (kind, changes) in [
        (Kind::Link, (None, None, 0)),
        (Kind::Directory, (Some(2), Some(0), 2)),
        (Kind::Special, (Some(2), Some(0), 2)),
    ] {
        directory.put_other("a.json", kind);
        assert_eq!(of_backup(), changes, "{kind:?}");
    }
}

#[test]
fn a_preview_counts_what_the_list_of_sources_counts() {
    let files = [
        "",
        "{}",
        &session(""),
        &session("1,2"),
        &session("2, {}"),
        "{\"messages\": [1, [2], ",
    ];
    for live in files {
        for other in files {
            let directory = InMemoryDirectory::default();
            directory.put("a.json", live);
            directory.put("a.json.replaced.1", other);
            directory.put("a (1).json", other);
            let sessions = Sessions::new(directory.clone());
            let list = sessions.sources("a").expect("there are some");
            assert_eq!(list.sources.len(), 3);
            for source in list.sources {
                let view = shown(&directory, Some(&source.name), ALL);
                let counts = (view.brings, view.hides, view.heading);
                let listed = (source.brings, source.hides, source.heading);
                assert_eq!(counts, listed, "{live} {other} {}", source.name);
            }
        }
    }
}

#[test]
fn a_file_that_is_no_source_is_not_read() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json.bak", session("1"));
    directory.put("a.json.replaced.2", session("1"));
    let of_another = r#"{"session_id": "b", "messages": []}"#;
    directory.put("a copy.json", of_another);
    directory.put("ab.json", session("1"));
    directory.put("_index.json", "{}");
    directory.put_other("a.json.replaced.3", Kind::Link);
    for name in [
        "a.json",
        "ab.json",
        "_index.json",
        "a.json.replaced.1",
        "a.json.replaced.3",
        "",
        "..",
        "../a.json.bak",
        "./a.json.bak",
        "a copy.json",
        "a",
        "\n\0",
    ] {
        let error = preview(&directory, Some(name), ALL).expect_err(name);
        assert_eq!(error.code, ErrorCode::NoSuchSource, "{name}: {error}");
        assert!(!error.message.contains(char::is_control), "{name}");
    }
    assert_eq!(
        preview(&directory, Some("a.json.replaced.2"), ALL).map(|view| view.messages),
        Ok(1)
    );
    let error = Sessions::new(directory).preview("other", None, ALL);
    assert_eq!(
        error.map_err(|error| error.code),
        Err(ErrorCode::NoSuchSession)
    );
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    for (kind, said) in [
        (Kind::Link, "a symbolic link"),
        (Kind::Directory, "a directory"),
        (Kind::Special, "a FIFO"),
    ] {
        for (name, source) in [
            ("a.json", Some("a.json")),
            ("a.json.bak", Some("a.json.bak")),
            ("a.json", None),
        ] {
            let directory = InMemoryDirectory::default();
            directory.put_other(name, kind);
            let error = preview(&directory, source, ALL).expect_err("it is no file");
            assert_eq!(error.code, ErrorCode::NotARegularFile, "{name}: {error}");
            assert!(error.message.contains(said), "{error}");
            assert!(!directory.calls().contains(&Call::Open), "{name} {kind:?}");
        }
    }
}

#[test]
fn only_the_source_and_the_live_file_are_read() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", session("1"));
    directory.put("a.json.bak", session("1, 2"));
    for number in 1..=1000 {
        directory.put(&format!("a.json.replaced.{number}"), session("1, 3"));
    }
    let opens = |source, most| {
        let before = directory.calls().len();
        shown(&directory, source, ALL);
        let calls = directory.calls().split_off(before);
        let count = |call| calls.iter().filter(|other| **other == call).count();
        assert!(count(Call::Open) <= most, "{}", count(Call::Open));
        assert!(count(Call::Read) <= 8 * most, "{}", count(Call::Read));
    };
    opens(Some("a.json.replaced.500"), 2);
    opens(None, 4);
}

#[test]
fn a_read_that_fails_is_an_error_or_leaves_the_counts_out() {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", session("1, 4"));
    directory.put("a.json.bak", session("1, 2, 3"));
    let before = directory.calls().len();
    let whole = shown(&directory, Some("a.json.bak"), ALL);
    let calls = directory.calls().len() - before;
    for call in 0..calls {
        let directory = InMemoryDirectory::default();
        directory.put("a.json", session("1, 4"));
        directory.put("a.json.bak", session("1, 2, 3"));
        directory.fail(call, FsError::Io("broken".to_owned()));
        match preview(&directory, Some("a.json.bak"), ALL) {
            Ok(view) if view == whole => {}
            Ok(view) => assert_eq!(
                (view.brings, view.hides, &view.first),
                (None, None, &whole.first)
            ),
            Err(error) => assert_eq!(error.code, ErrorCode::Io, "{error}"),
        }
    }
}

fn headings(directory: &InMemoryDirectory) -> Vec<Option<Heading>> {
    let entries = Sessions::new(directory.clone()).sessions(true);
    let entries: Vec<Entry> = entries.expect("it can be listed");
    entries.into_iter().map(|entry| entry.heading).collect()
}

fn heading(title: &str, updated: Option<u64>) -> Heading {
    Heading {
        title: (!title.is_empty()).then(|| title.to_owned()),
        updated,
    }
}

#[test]
fn a_list_says_what_the_beginning_of_each_file_says() {
    let long = "é".repeat(5_000_000);
    let behind = format!(
        r#"{{"messages": ["{}"], "title": "t"}}"#,
        "x".repeat(70_000)
    );
    let cut = format!(r#"{{"a": "{}", "title": "{long}"}}"#, "x".repeat(65_000));
    for (text, found) in [
        (&*session("1"), heading("t", None)),
        (
            r#"{"title": "t", "updated_at": 5.5, "messages": [1, 2"#,
            heading("t", Some(5)),
        ),
        (
            r#"{"title": "t", "updated_at": 5.5, "messages": ?"#,
            heading("t", Some(5)),
        ),
        (r#"{"title": "t", "updated_at": 17"#, heading("t", None)),
        (r#"{"title": "t"#, heading("t", None)),
        (r#"{"title": "", "updated_at": 5}"#, heading("", Some(5))),
        (
            r#"{"title": "a", "title": "b", "updated_at": "c"}"#,
            heading("b", None),
        ),
        (
            &format!(r#"{{"title": "{long}", "updated_at": 5}}"#),
            heading(&long[..400], None),
        ),
        (&cut, heading(&long[..400], None)),
        (&behind, heading("", None)),
        ("", heading("", None)),
        ("\0\0\0\0", heading("", None)),
        ("[\"title\", \"t\"]", heading("", None)),
    ] {
        let beginning = text.chars().take(60).collect::<String>();
        for name in ["a.json", "a.json.bak"] {
            let directory = InMemoryDirectory::default();
            directory.put(name, text);
            directory.shorten(999, 999);
            assert_eq!(headings(&directory), [Some(found.clone())], "{beginning}");
        }
    }
}

#[test]
fn a_list_reads_a_part_of_one_file_of_each_session() {
    let directory = InMemoryDirectory::default();
    directory.put(
        "a.json",
        format!(
            r#"{{"title": "a", "messages": [{}1]}}"#,
            "1,".repeat(2_000_000)
        ),
    );
    directory.put("a.json.bak", session("1"));
    directory.put_other("b.json", Kind::Link);
    directory.put("c.json.bak", session("1"));
    directory.put("c.json.replaced.1", session("1"));
    directory.put_unnameable();
    let titles = |headings: Vec<Option<Heading>>| {
        headings
            .into_iter()
            .map(|heading| heading.map(|heading| heading.title.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let found = titles(headings(&directory));
    assert_eq!(
        found,
        [Some("a".to_owned()), None, Some("t".to_owned()), None]
    );
    let reads = directory.calls();
    let count = |call| reads.iter().filter(|other| **other == call).count();
    assert_eq!((count(Call::Open), count(Call::Read)), (2, 2));

    let entries = Sessions::new(directory.clone())
        .sessions(false)
        .expect("it can be listed");
    assert!(entries.iter().all(|entry| entry.heading.is_none()));
}

#[test]
fn a_session_whose_file_cannot_be_read_is_listed_without_a_heading() {
    let directory = || {
        let directory = InMemoryDirectory::default();
        directory.put("a.json", session("1"));
        directory
    };
    let whole = directory();
    headings(&whole);
    let calls = whole.calls();
    assert_eq!(calls, [Call::Entries, Call::Open, Call::Read]);
    for call in 1..calls.len() {
        let directory = directory();
        directory.fail(call, FsError::Denied);
        assert_eq!(headings(&directory), [None]);
    }
}
