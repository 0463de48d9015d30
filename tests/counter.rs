//! Holds the counter to the language that `CPython` reads: a good file that is
//! called damaged is overwritten, and so is a good file beside a torn one that
//! is called good.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use session_recovery::count::{Count, Counter, Defect, Expected, count};

use answers::{Answer, Verdict};
use documents::Session;
use table::Case;

/// Longer cases are not split at every position: that would take too long.
const SPLIT_EVERYWHERE: usize = 400;
/// How many documents are made for `CPython`.
const GENERATED: usize = 6000;

#[test]
fn every_case_of_the_table_has_its_answer() {
    for case in table::cases() {
        assert_eq!(answer(&case.document), case.answer(), "{}", case.name);
    }
}

#[test]
fn every_difference_from_cpython_has_its_reason() {
    for case in table::cases() {
        let agrees = case.answer().verdict() == case.cpython;
        assert!(agrees || case.because.is_some(), "{}", case.name);
    }
}

#[test]
fn every_case_has_the_same_answer_byte_by_byte() {
    for case in table::cases() {
        let bytes = case.document.chunks(1);
        assert_eq!(in_chunks(bytes), count(&case.document), "{}", case.name);
    }
}

#[test]
fn every_case_has_the_same_answer_wherever_it_is_split() {
    let short = |case: &Case| case.document.len() <= SPLIT_EVERYWHERE;
    for Case { name, document, .. } in table::cases().into_iter().filter(short) {
        let whole = count(&document);
        for at in 0..=document.len() {
            let (start, end) = document.split_at(at);
            assert_eq!(in_chunks([start, end]), whole, "{name} at {at}");
        }
    }
}

#[test]
fn cpython_gives_the_same_answers() {
    let cases = table::cases();
    let generated = documents::generated(GENERATED);
    let completed: Vec<_> = generated
        .iter()
        .map(|document| complete(document))
        .collect();
    let asked = cases.iter().map(|case| &case.document);
    let verdicts = cpython::verdicts(asked.chain(&generated).chain(&completed));
    let (of_cases, rest) = verdicts.split_at(cases.len());
    let (of_generated, of_completed) = rest.split_at(generated.len());

    for (case, verdict) in cases.iter().zip(of_cases) {
        assert!(case.allows(*verdict), "{}: {verdict:?}", case.name);
    }
    for (document, verdict) in generated.iter().zip(of_generated) {
        let ours = answer(document).verdict();
        assert_eq!(ours, *verdict, "{}", document.escape_ascii());
    }
    for (document, verdict) in completed.iter().zip(of_completed) {
        assert!(verdict.accepts(), "{}", document.escape_ascii());
    }
    assert_is_a_healthy_mix(of_generated);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_split_of_arbitrary_bytes_gives_the_same_answer(
        document in documents::bytes(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        prop_assert_eq!(in_chunks(split(&document, &cuts)), count(&document));
    }

    #[test]
    fn any_split_of_tokens_gives_the_same_answer(
        document in documents::tokens(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        prop_assert_eq!(in_chunks(split(&document, &cuts)), count(&document));
    }

    #[test]
    fn any_split_of_a_mutated_session_gives_the_same_answer(
        document in documents::mutated(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        prop_assert_eq!(in_chunks(split(&document, &cuts)), count(&document));
    }

    #[test]
    fn nothing_that_follows_changes_a_settled_answer(
        document in documents::mutated(),
        more in documents::tokens(),
    ) {
        let mut counter = Counter::default();
        counter.feed(&document);
        let settled = counter.is_settled();
        counter.feed(&more);
        prop_assert!(!settled || counter.finish() == count(&document));
    }

    #[test]
    fn a_session_has_the_count_it_was_written_with(session in documents::session()) {
        let Session { text, messages } = session;
        let counted = count(text.as_bytes()).map(|count| (count.messages, count.caveat));
        let expected = messages.map(|messages| (messages, None));
        prop_assert_eq!(counted, expected.ok_or(Defect::NoMessages));
    }

    #[test]
    fn the_messages_are_where_the_count_says(session in documents::session()) {
        let Ok(Count { messages, elements, .. }) = count(session.text.as_bytes()) else {
            return Ok(());
        };
        let [start, end] = [elements.start, elements.end].map(|at| usize::try_from(at).unwrap());
        prop_assert_eq!(&session.text[start - 1..start], "[");
        prop_assert_eq!(&session.text[end..=end], "]");
        let alone = format!("{{\"messages\":[{}]}}", &session.text[start..end]);
        let counted = count(alone.as_bytes()).map(|count| count.messages);
        prop_assert_eq!(counted, Ok(messages));
    }

    #[test]
    fn a_truncated_session_is_never_readable(
        session in documents::session(),
        cut in any::<Index>(),
    ) {
        let whole = session.text.trim_end().as_bytes();
        let truncated = answer(&whole[..cut.index(whole.len())]);
        prop_assert_eq!(truncated.verdict(), Verdict::Unreadable);
    }

    #[test]
    fn what_is_expected_completes_any_document(document in documents::mutated()) {
        prop_assert!(answer(&complete(&document)).verdict().accepts());
    }
}

fn answer(document: &[u8]) -> Answer {
    Answer::from(count(document))
}

fn in_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Count, Defect> {
    let mut counter = Counter::default();
    chunks.into_iter().for_each(|chunk| counter.feed(chunk));
    counter.finish()
}

fn split<'a>(document: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let end = document.len();
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(end + 1)).collect();
    cuts.sort_unstable();
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([end]);
    starts
        .zip(ends)
        .map(|(start, end)| &document[start..end])
        .collect()
}

/// Keeps what is right of a document and goes on with what is expected, which
/// takes a step for each open bracket and few more.
fn complete(document: &[u8]) -> Vec<u8> {
    let mut right = document.to_vec();
    for _ in 0..document.len() + 16 {
        match count(&right) {
            Err(Defect::NotUtf8(at)) => right.truncate(length(at)),
            Err(Defect::NotJson { offset, expected }) => {
                right.truncate(length(offset));
                let next = shortest(expected, &right);
                right.extend_from_slice(next.as_bytes());
            }
            Err(Defect::Empty) => right.push(b'0'),
            _ => break,
        }
    }
    right
}

fn length(offset: u64) -> usize {
    usize::try_from(offset).expect("the document is in memory")
}

/// The fewest bytes that are what is expected after `right`.
fn shortest(expected: Expected, right: &[u8]) -> &'static str {
    match expected {
        Expected::Value | Expected::HexDigit | Expected::Digit => "0",
        Expected::ValueOrEnd | Expected::CommaOrArrayEnd => "]",
        Expected::KeyOrEnd | Expected::CommaOrObjectEnd => "}",
        Expected::Key | Expected::StringEnd => "\"",
        Expected::Colon => ":",
        Expected::EndOfFile | Expected::NoControlCharacter => "",
        Expected::Escape => "n",
        Expected::RestOf(word) => rest_of(word, right),
    }
}

fn rest_of(word: &'static str, right: &[u8]) -> &'static str {
    let spelled = (1..word.len()).rfind(|&spelled| right.ends_with(&word.as_bytes()[..spelled]));
    &word[spelled.expect("a literal that is expected has begun")..]
}

fn assert_is_a_healthy_mix(verdicts: &[Verdict]) {
    let accepted = verdicts.iter().filter(|verdict| verdict.accepts()).count();
    let rejected = verdicts.len() - accepted;
    println!("CPython accepted {accepted} of the generated documents and rejected {rejected}");
    assert!(
        accepted.min(rejected) * 5 >= verdicts.len(),
        "too few of a kind"
    );
}

/// What the counter and `CPython` say, in the words of the table.
mod answers {
    use serde::Deserialize;
    use session_recovery::count::{Caveat, Count, Defect};

    /// What the counter says of a document.
    #[derive(Clone, Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    pub enum Answer {
        Count(u32),
        LongInteger { count: u32, at: u64 },
        DeepNesting { count: u32, at: u64 },
        Empty,
        NotUtf8(u64),
        NotJson { at: u64, expected: String },
        NotAnObject,
        NoMessages,
        TooDeep(u64),
    }

    /// What becomes of a document: `CPython` says no more.
    #[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    pub enum Verdict {
        Count(u32),
        NoCount,
        Unreadable,
        TooDeep,
    }

    impl Answer {
        pub fn verdict(&self) -> Verdict {
            match *self {
                Self::Count(count)
                | Self::LongInteger { count, .. }
                | Self::DeepNesting { count, .. } => Verdict::Count(count),
                Self::NotAnObject | Self::NoMessages => Verdict::NoCount,
                Self::Empty | Self::NotUtf8(_) | Self::NotJson { .. } => Verdict::Unreadable,
                Self::TooDeep(_) => Verdict::TooDeep,
            }
        }
    }

    impl Verdict {
        pub fn accepts(self) -> bool {
            matches!(self, Self::Count(_) | Self::NoCount)
        }
    }

    impl From<Result<Count, Defect>> for Answer {
        fn from(result: Result<Count, Defect>) -> Self {
            match result {
                Ok(count) => Self::from(count),
                Err(defect) => Self::from(defect),
            }
        }
    }

    impl From<Count> for Answer {
        fn from(count: Count) -> Self {
            let Count {
                messages: count,
                caveat,
                ..
            } = count;
            match caveat {
                None => Self::Count(count),
                Some(Caveat::LongInteger(at)) => Self::LongInteger { count, at },
                Some(Caveat::DeepNesting(at)) => Self::DeepNesting { count, at },
            }
        }
    }

    impl From<Defect> for Answer {
        fn from(defect: Defect) -> Self {
            match defect {
                Defect::Empty => Self::Empty,
                Defect::NotUtf8(at) => Self::NotUtf8(at),
                Defect::NotJson { offset, expected } => Self::NotJson {
                    at: offset,
                    expected: expected.to_string(),
                },
                Defect::NotAnObject => Self::NotAnObject,
                Defect::NoMessages => Self::NoMessages,
                Defect::TooDeep(at) => Self::TooDeep(at),
            }
        }
    }
}

/// The language case by case, one line of JSON each.
mod table {
    use super::answers::{Answer, Verdict};
    use serde::{Deserialize, Deserializer};

    #[derive(Debug, Deserialize)]
    pub struct Case {
        pub name: String,
        /// In the table as Latin-1, where a character stands for a byte.
        #[serde(rename = "bytes", deserialize_with = "from_latin_1")]
        pub document: Vec<u8>,
        /// What `CPython` 3.11 says, called from a shallow stack.
        pub cpython: Verdict,
        /// What the counter says; it may be left out where it says no more than
        /// `CPython`.
        ours: Option<Answer>,
        /// Why the counter does not follow `CPython`, which is not of one mind
        /// here.
        pub because: Option<String>,
    }

    /// The text of a document, or its parts and how often each is repeated.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Latin1 {
        Text(String),
        Parts(Vec<(String, usize)>),
    }

    pub fn cases() -> Vec<Case> {
        let lines = include_str!("counter/language.jsonl").lines();
        lines
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    impl Case {
        pub fn answer(&self) -> Answer {
            match (&self.ours, self.cpython) {
                (Some(ours), _) => ours.clone(),
                (None, Verdict::Count(count)) => Answer::Count(count),
                (None, _) => panic!("{}: the table lacks our answer", self.name),
            }
        }

        /// Whether the `CPython` at hand may say this of the case. Where they are
        /// not of one mind, it refuses the case or does as the counter does.
        pub fn allows(&self, verdict: Verdict) -> bool {
            let refuses_or_follows = !verdict.accepts() || verdict == self.answer().verdict();
            verdict == self.cpython || self.because.is_some() && refuses_or_follows
        }
    }

    fn from_latin_1<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = match Latin1::deserialize(deserializer)? {
            Latin1::Text(text) => text,
            Latin1::Parts(parts) => parts
                .iter()
                .map(|(part, times)| part.repeat(*times))
                .collect(),
        };
        let bytes = text.chars().map(u8::try_from).collect::<Result<_, _>>();
        bytes.map_err(serde::de::Error::custom)
    }
}

/// Documents to try the counter with.
mod documents {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    const SPACE: &str = "[ \t\r\n]{0,2}";
    const PLAIN: &str = r#"[ -~&&[^"\\]]|[^\x00-\x1f"\\]"#;
    const ESCAPE: &str = r#"\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\u[dD][89a-fA-F][0-9a-f]{2}"#;
    const NUMBER: &str = r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?";
    const LITERAL: &str = "true|false|null|NaN|Infinity|-Infinity";
    /// The key `messages`, with any of its letters escaped.
    const MESSAGES: &str = concat!(
        r#""(m|\\u006[dD])(e|\\u0065)(s|\\u0073)(s|\\u0073)"#,
        r#"(a|\\u0061)(g|\\u0067)(e|\\u0065)(s|\\u0073)""#,
    );
    const NEARLY_MESSAGES: &str = concat!(
        r#""(message|Messages|messages |messagess|messages\\u0000"#,
        r#"|messages\\ud800|\\u016dessages|mess\\/ages|\\"messages)""#,
    );
    const WORDS: &str = concat!(
        r#"{ } [ ] {} [] , : " "" \ \u \u00 \ud83d \n "messages" "a" "a":1 {"messages": [{"a": "#,
        r#","messages":[1] 0 01 - -1 1.5e-3 . e E+ true null nul NaN Inf -Infinity"#,
    );
    const TELLING_BYTES: &[u8] = b"\0\x0b\x0c\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xef\xf0\xf4\xff";

    /// A valid document whose top level is an object.
    #[derive(Clone, Debug)]
    pub struct Session {
        pub text: String,
        /// The length of the last `messages`, if that is an array.
        pub messages: Option<u32>,
    }

    /// A key of the top level with its value.
    #[derive(Clone, Debug)]
    struct Entry {
        text: String,
        holds: Holds,
    }

    #[derive(Clone, Copy, Debug)]
    enum Holds {
        Messages(u32),
        MessagesButNoArray,
        AnotherKey,
    }

    /// Some bytes give way to others; either may be none.
    #[derive(Clone, Debug)]
    struct Mutation {
        at: Index,
        removed: usize,
        inserted: Vec<u8>,
    }

    /// The same documents in every run; none is nested so deep, and no integer so
    /// long, that `CPython` would refuse it for that.
    pub fn generated(number: usize) -> Vec<Vec<u8>> {
        let documents = prop_oneof![
            4 => session().prop_map(|session| session.text.into_bytes()),
            1 => value().prop_map(String::into_bytes),
            4 => mutated(),
            1 => tokens(),
            1 => bytes(),
        ];
        let mut runner = TestRunner::deterministic();
        let mut tree = || {
            documents
                .new_tree(&mut runner)
                .expect("nothing is filtered out")
        };
        (0..number).map(|_| tree().current()).collect()
    }

    /// Any bytes; some are in a string, where more of them are right.
    pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let start = select(vec!["", "\"", "{\"messages\":[\""]);
        let byte = prop_oneof![any::<u8>(), select(TELLING_BYTES)];
        (start, vec(byte, 0..32)).prop_map(|(start, bytes)| [start.as_bytes(), &bytes].concat())
    }

    pub fn tokens() -> impl Strategy<Value = Vec<u8>> {
        vec(token(), 0..16).prop_map(|tokens| tokens.concat())
    }

    pub fn mutated() -> impl Strategy<Value = Vec<u8>> {
        (session(), vec(mutation(), 1..4)).prop_map(|(session, mutations)| {
            let document = session.text.into_bytes();
            mutations
                .iter()
                .fold(document, |document, mutation| mutation.apply(&document))
        })
    }

    pub fn session() -> impl Strategy<Value = Session> {
        (SPACE, SPACE, vec(entry(), 0..6), SPACE).prop_map(|(before, inside, entries, after)| {
            let list: Vec<_> = entries.iter().map(|entry| entry.text.as_str()).collect();
            let list = list.join(",");
            Session {
                text: format!("{before}{{{inside}{list}}}{after}"),
                messages: entries
                    .iter()
                    .fold(None, |messages, entry| match entry.holds {
                        Holds::Messages(count) => Some(count),
                        Holds::MessagesButNoArray => None,
                        Holds::AnotherKey => messages,
                    }),
            }
        })
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let messages = vec(padded(value()), 0..5).prop_map(|values| {
            let count = u32::try_from(values.len()).expect("there are few");
            (format!("[{}]", values.join(",")), Holds::Messages(count))
        });
        let no_array = prop_oneof![scalar(), object(value())];
        let no_array = no_array.prop_map(|value| (value, Holds::MessagesButNoArray));
        let another = value().prop_map(|value| (value, Holds::AnotherKey));
        let another_key = prop_oneof![string(), NEARLY_MESSAGES];
        let entry = prop_oneof![
            3 => (padded(MESSAGES), messages),
            1 => (padded(MESSAGES), no_array),
            4 => (padded(another_key), another),
        ];
        (entry, SPACE, SPACE).prop_map(|((key, (value, holds)), before, after)| Entry {
            text: format!("{key}:{before}{value}{after}"),
            holds,
        })
    }

    /// Any value; some are nested a hundred levels deep.
    fn value() -> impl Strategy<Value = String> {
        let flat = scalar().prop_recursive(3, 16, 4, |inner| {
            prop_oneof![array(inner.clone()), object(inner)]
        });
        let deep = (scalar(), 1_usize..100).prop_map(|(value, depth)| {
            format!("{}{value}{}", "[".repeat(depth), "]".repeat(depth))
        });
        prop_oneof![19 => flat, 1 => deep]
    }

    fn array(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
        let values = vec(padded(values), 0..4);
        (SPACE, values).prop_map(|(space, values)| format!("[{space}{}]", values.join(",")))
    }

    fn object(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
        let key = padded(prop_oneof![string(), MESSAGES]);
        let pair = (key, padded(values)).prop_map(|(key, value)| format!("{key}:{value}"));
        (SPACE, vec(pair, 0..4))
            .prop_map(|(space, pairs)| format!("{{{space}{}}}", pairs.join(",")))
    }

    fn scalar() -> impl Strategy<Value = String> {
        prop_oneof![2 => string(), 2 => NUMBER, 1 => LITERAL]
    }

    fn string() -> impl Strategy<Value = String> {
        let characters = vec(prop_oneof![3 => PLAIN, 1 => ESCAPE], 0..12);
        characters.prop_map(|characters| format!("\"{}\"", characters.concat()))
    }

    fn padded(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
        (SPACE, text, SPACE).prop_map(|(before, text, after)| before + &text + &after)
    }

    fn token() -> impl Strategy<Value = Vec<u8>> {
        let words: Vec<_> = WORDS.split(' ').collect();
        prop_oneof![
            8 => select(words).prop_map(Vec::from),
            1 => SPACE.prop_map(Vec::from),
            1 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
            1 => select(TELLING_BYTES).prop_map(|byte| vec![byte]),
        ]
    }

    fn mutation() -> impl Strategy<Value = Mutation> {
        let removed = prop_oneof![2 => Just(0), 3 => 1..8_usize, 1 => Just(usize::MAX)];
        let inserted = prop_oneof![
            1 => Just(Vec::new()),
            1 => token(),
            1 => any::<u8>().prop_map(|byte| vec![byte]),
        ];
        let parts = (any::<Index>(), removed, inserted);
        parts.prop_map(|(at, removed, inserted)| Mutation {
            at,
            removed,
            inserted,
        })
    }

    impl Mutation {
        fn apply(&self, document: &[u8]) -> Vec<u8> {
            let (kept, rest) = document.split_at(self.at.index(document.len() + 1));
            let after = &rest[self.removed.min(rest.len())..];
            [kept, &self.inserted, after].concat()
        }
    }
}

/// The interpreter whose language it is: one process reads all documents.
mod cpython {
    use super::answers::Verdict;
    use std::io::Write;
    use std::process::{Child, Command, Stdio};
    use std::thread;

    const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counter/oracle.py");

    pub fn verdicts<'a>(documents: impl Iterator<Item = &'a Vec<u8>>) -> Vec<Verdict> {
        let frames: Vec<_> = documents.map(|document| framed(document)).collect();
        let mut python = start();
        let mut input = python.stdin.take().expect("standard input is a pipe");
        let all = frames.concat();
        let writer = thread::spawn(move || input.write_all(&all));
        let output = python.wait_with_output().expect("Python is running");
        assert!(
            output.status.success(),
            "{ORACLE} failed: {}",
            output.status
        );
        let written = writer.join().expect("writing does not panic");
        written.expect("Python reads everything");

        let lines = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        let verdicts: Vec<_> = lines
            .collect::<Result<_, _>>()
            .expect("each line is a verdict");
        assert_eq!(
            verdicts.len(),
            frames.len(),
            "one verdict for each document"
        );
        verdicts
    }

    /// The environment is left out: it may move the limit on integers.
    fn start() -> Child {
        let mut python = Command::new("python3");
        python
            .args(["-I", ORACLE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        python.spawn().unwrap_or_else(|error| {
            panic!("install Python 3 so that the command `python3` starts it: {error}")
        })
    }

    fn framed(document: &[u8]) -> Vec<u8> {
        let length = u32::try_from(document.len()).expect("the document is short");
        [&length.to_be_bytes(), document].concat()
    }
}
