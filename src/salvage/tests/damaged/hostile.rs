//! Streams that are made to be slow, and documents that are no sessions.

use session_recovery_count::count;
use session_recovery_damages::Numbers;
use session_recovery_salvage::{MOST, MOST_DOCUMENTS, Salvager, salvage};

/// How long a stream is.
const LENGTH: usize = 1_000_000;
/// How often a byte may be looked at.
const MOST_LOOKS: u64 = 8;

const PARTS: &[&str] = &[
    "[",
    "{",
    "\"",
    "]",
    "}",
    ",",
    ":",
    " ",
    "\n",
    "\\",
    "\0",
    "/",
    "//\n",
    "/*",
    "*/",
    "a",
    "{\"",
    ",{\"",
    "{\"\u{1}",
    "{ \"a\": 1},",
    "{\"role\":",
    "{\"role\": \"user\", \"content\": \"",
    "{\"role\":\"user\",\"content\":\"x\",\"_ts\":1}",
    ",{\"role\":\"user\",\"content\":\"x\",\"_ts\":1}",
    "\n    {\n      \"role\": \"user\",",
    "\n    {\n      \"role\": \"user\",\n      \"content\": \"x\"\n    },",
    "{\"messages\":[",
    "{\"messages\":[]}",
    "\"messages\": [",
    "\"context_messages\": [",
    "\"message_count\": 3,",
    "\n  \"a\": 1,",
    "\n  \"a\": \u{1}",
    "                                                                        ",
    "é",
];

#[test]
fn every_stream_is_read_in_linear_time() {
    let whole =
        "{\n  \"messages\": [\n    {\n      \"role\": \"user\",\n      \"content\": \"x\"\n    },";
    let compact = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},";
    let mut most = 0.0_f64;
    for part in PARTS {
        for other in PARTS.iter().chain([&""]) {
            for start in ["", whole, compact] {
                let both = format!("{part}{other}");
                let length = if other.is_empty() {
                    LENGTH
                } else {
                    LENGTH / 50
                };
                let stream = [
                    start.as_bytes(),
                    &both.as_bytes().repeat(length / both.len()),
                ]
                .concat();
                let mut salvager = Salvager::default();
                for chunk in stream.chunks(65_536) {
                    salvager.feed(chunk);
                }
                let steps = salvager.steps();
                #[allow(clippy::cast_precision_loss, reason = "shown only")]
                let share = steps as f64 / stream.len() as f64;
                most = most.max(share);
                let shown = format!("{steps} steps for {start:?} and {both:?}");
                assert!(steps <= MOST_LOOKS * stream.len() as u64, "{shown}");
                let found = salvager.finish();
                let documents = &found.documents;
                let regions: usize = documents
                    .iter()
                    .map(|document| document.regions.len())
                    .sum();
                let pairs = documents
                    .iter()
                    .map(|document| document.head.len() + document.tail.len());
                assert!(pairs.max().unwrap_or_default() <= 128, "{shown}");
                assert!(regions <= MOST, "{shown}");
                assert!(documents.len() <= MOST_DOCUMENTS, "{shown}");
                assert!(found.damages.len() <= MOST_DOCUMENTS, "{shown}");
            }
        }
    }
    println!("a byte is looked at {most:.2} times at most, on average");
}

#[test]
fn any_mixture_is_read_alike_in_any_chunks() {
    for seed in 0..3_000 {
        let numbers = &mut Numbers::new(seed);
        let length = numbers.below(60);
        let stream: String = (0..length).map(|_| *numbers.one_of(PARTS)).collect();
        let mut stream = stream.into_bytes();
        if numbers.one_in(2) && !stream.is_empty() {
            let at = numbers.below(stream.len());
            stream[at] = numbers.next().to_le_bytes()[0];
        }
        let whole = salvage(&stream);
        let length = 1 + numbers.below(9);
        let mut salvager = Salvager::default();
        for chunk in stream.chunks(length) {
            salvager.feed(chunk);
        }
        assert_eq!(
            salvager.finish(),
            whole,
            "{seed} {length}: {}",
            stream.escape_ascii()
        );
    }
}

const VALUES: &[&str] = &[
    "1",
    "-0.5e3",
    "\"a\"",
    "null",
    "true",
    "NaN",
    "[]",
    "{}",
    "[1, [2]]",
    "{\"a\": {\"messages\": [1]}}",
    "\"]}\"",
    "{\"role\": \"user\"}",
    "{\"role\": \"user\", \"content\": \"\"}",
];
const KEYS: &[&str] = &[
    "messages",
    "mess\\u0061ges",
    "messages",
    "a",
    "message_count",
    "context_messages",
    "role",
    "session_id",
    "",
];
const SPACES: &[&str] = &["", "", " ", "\n", "\r\n  "];

fn document(numbers: &mut Numbers) -> String {
    let mut document = String::new();
    let space = |numbers: &mut Numbers, document: &mut String| {
        document.push_str(numbers.one_of::<&str>(SPACES));
    };
    space(numbers, &mut document);
    document.push('{');
    for number in 0..numbers.below(5) {
        if number > 0 {
            document.push(',');
        }
        space(numbers, &mut document);
        document.extend(["\"", numbers.one_of::<&str>(KEYS), "\""]);
        space(numbers, &mut document);
        document.push(':');
        space(numbers, &mut document);
        if numbers.one_in(2) {
            document.push_str(numbers.one_of::<&str>(VALUES));
        } else {
            document.push('[');
            for number in 0..numbers.below(4) {
                if number > 0 {
                    document.push(',');
                }
                space(numbers, &mut document);
                document.push_str(numbers.one_of::<&str>(VALUES));
                space(numbers, &mut document);
            }
            document.push(']');
        }
        space(numbers, &mut document);
    }
    document.push('}');
    space(numbers, &mut document);
    document
}

#[test]
fn what_the_counter_reads_is_whole_and_nothing_else_is() {
    let mut readable = 0;
    for seed in 0..20_000 {
        let numbers = &mut Numbers::new(seed);
        let mut document = document(numbers).into_bytes();
        if numbers.one_in(2) {
            let at = numbers.below(document.len());
            document[at] = *numbers.one_of(b"\"\\{}[],: \n\x001a\xff/");
        }
        let salvaged = salvage(&document);
        let counted = count(&document);
        let shown = || format!("{seed}: {} {salvaged:?}", document.escape_ascii());
        assert_eq!(salvaged.is_whole, counted.is_ok(), "{}", shown());
        if let Ok(counted) = counted {
            readable += 1;
            assert_eq!(salvaged.messages(), counted.messages, "{}", shown());
        }
    }
    assert!(readable > 3_000, "{readable}");
}
