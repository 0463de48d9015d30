//! Checks that the fast path and single steps read the same, however a file is cut into chunks.
//! These tests run in WebAssembly too, where the fast path uses vectors.

use super::{Count, Counter, Defect, Key, Value};

/// How many documents are made.
const DOCUMENTS: u64 = 4_000;

/// Numbers that look random, the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's linear congruential generator; its high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const SPACE: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n  ",
    "\n            ",
    "\t\t",
    "                    ",
];
const SIMPLE: &[&str] = &[
    "0",
    "-0",
    "7",
    "1716239022.123456",
    "-12e+5",
    "1E9",
    "0.5",
    "12345678901234567890123",
    "true",
    "false",
    "null",
    "NaN",
    "Infinity",
    "-Infinity",
];
const TEXT: &[&str] = &[
    "a",
    "word ",
    "\\n",
    "\\\\",
    "\\\"",
    "\\/",
    "\\u00e9",
    "\\ud83d\\ude42",
    "\\ud800",
    "é",
    "日本語",
    "🙂",
    "\u{7f}",
    "a long run of text without anything odd in it, which goes on for a while, and on",
];
/// Bytes that change what a document is.
const ODD: &[u8] = b"\"\\{}[],: \n\x00\x1f0-.eutx\x80\xc3\xe2\xff";
const KEYS: &[&str] = &[
    "messages",
    "mess\\u0061ges",
    "message",
    "role",
    "",
    "ключ",
    "messages\\n",
    "context_messages",
    "context\\u005fmessages",
    "truncation_watermark",
    "clear_generation",
    "pending_attachments",
    "content",
    "type",
    "text",
];

fn space(numbers: &mut Numbers, document: &mut String) {
    document.push_str(numbers.one_of(SPACE));
}

fn string(numbers: &mut Numbers, document: &mut String) {
    document.push('"');
    for _ in 0..numbers.below(9) {
        document.push_str(numbers.one_of(TEXT));
    }
    document.push('"');
}

fn value(numbers: &mut Numbers, document: &mut String, depth: usize) {
    space(numbers, document);
    match numbers.below(if depth < 5 { 6 } else { 3 }) {
        0 => document.push_str(numbers.one_of(SIMPLE)),
        1 | 2 => string(numbers, document),
        3 => list(numbers, document, depth, ['[', ']'], value),
        _ => list(numbers, document, depth, ['{', '}'], member),
    }
    space(numbers, document);
}

fn member(numbers: &mut Numbers, document: &mut String, depth: usize) {
    space(numbers, document);
    document.push('"');
    document.push_str(numbers.one_of(KEYS));
    document.push('"');
    space(numbers, document);
    document.push(':');
    value(numbers, document, depth);
}

fn list(
    numbers: &mut Numbers,
    document: &mut String,
    depth: usize,
    [open, close]: [char; 2],
    item: fn(&mut Numbers, &mut String, usize),
) {
    document.push(open);
    let length = numbers.below(5);
    for number in 0..length {
        item(numbers, document, depth + 1);
        if number + 1 < length {
            document.push(',');
        }
    }
    document.push(close);
}

/// A session, most often with one byte of it changed.
fn document(seed: u64) -> Vec<u8> {
    let numbers = &mut Numbers(seed);
    let mut document = "{\"messages\":".to_owned();
    list(numbers, &mut document, 1, ['[', ']'], value);
    for _ in 0..3 {
        document.push(',');
        member(numbers, &mut document, 1);
    }
    document.push('}');
    let mut document = document.into_bytes();
    if !seed.is_multiple_of(4) {
        let at = numbers.below(document.len());
        document[at] = ODD[numbers.below(ODD.len())];
    }
    document
}

fn in_chunks(document: &[u8], length: usize) -> Result<Count, Defect> {
    let mut counter = Counter::default();
    for chunk in document.chunks(length) {
        counter.feed(chunk);
    }
    counter.finish()
}

#[test]
fn the_fast_path_and_steps_read_the_same() {
    let mut readable = 0;
    for seed in 0..DOCUMENTS {
        let document = document(seed);
        let whole = in_chunks(&document, document.len());
        readable += usize::from(whole.is_ok());
        for length in [1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000] {
            let chunks = in_chunks(&document, length);
            assert_eq!(chunks, whole, "{length}: {}", document.escape_ascii());
        }
    }
    let is_healthy = (1_000..3_000).contains(&readable);
    assert!(is_healthy, "{readable} of {DOCUMENTS} are readable");
}

#[test]
fn a_part_whose_type_is_not_text_ends_the_search_for_a_marker() {
    let marker = r#"{"role": "user", "content": "[context compaction"}"#;
    for (key, value, has_marker) in [
        ("type", "[]", false),
        (r"\u0074\u0079\u0070\u0065", r#"{"a": []}"#, false),
        (r"typ\u0065", "[1]", false),
        ("type", r#""text""#, true),
        ("Type", "[]", true),
        ("type", r#"[], "type": 1"#, true),
    ] {
        let odd = format!(r#"{{"role": 1, "content": [{{"text": "x", "{key}" : {value}}}]}}"#);
        let session = format!(r#"{{"messages": [], "context_messages": [{odd}, {marker}]}}"#);
        let (start, end) = (session.find(key).unwrap() - 3, session.len());
        for split in (start..start + 50).chain([end]) {
            let mut counter = Counter::default();
            let (one, other) = session.as_bytes().split_at(split.min(end));
            counter.feed(one);
            counter.feed(other);
            let facts = counter.finish().unwrap().facts;
            assert_eq!(facts.has_marker, has_marker, "{session} at {split}");
        }
    }
}

#[test]
fn a_file_that_is_not_read_on_says_what_it_said_so_far() {
    let title = |text: &[u8]| {
        let mut counter = Counter::default();
        counter.feed(text);
        match counter.facts_so_far().value(Key::Title) {
            Value::Scalar(title) => Some(title.to_text()),
            _ => None,
        }
    };
    for (text, said) in [
        (&br#"{"title": "abc", "messages": [1, 2"#[..], Some("abc")),
        (br#"{"title": "abc", "messages": [1, ?"#, Some("abc")),
        (br#"{"title": "abc"#, Some("abc")),
        (b"{\"title\": \"abc\xff\"}", Some("abc")),
        (b"{\"title\": \"abc\xe6", Some("abc")),
        (br#"{"title": "abc", "title": "d"#, Some("d")),
        (br#"{"title": "abc", "title": "#, Some("abc")),
        (br#"{"title": "abc", "title": 1"#, None),
        (br#"{"title": 12"#, None),
        (br#"{"a": {"title": "abc"}"#, None),
        (br#"["title", "abc""#, None),
        (b"\xef\xbb\xbf{\"title\": \"abc\"}", None),
        (b"", None),
    ] {
        assert_eq!(title(text).as_deref(), said, "{}", text.escape_ascii());
    }
    let mut counter = Counter::default();
    counter.feed(br#"{"updated_at": 1716239022.5, "created_at": 17162"#);
    let facts = counter.facts_so_far();
    assert_ne!(*facts.value(Key::UpdatedAt), Value::Missing);
    assert_eq!(*facts.value(Key::CreatedAt), Value::Missing);
}
