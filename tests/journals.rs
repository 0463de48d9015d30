//! However much stands in turn journals, an audit looks at as much of it as there is memory
//! for, and says how much it left out.

use session_recovery::answer::{AuditReport, FindingKind};
use session_recovery::audit::audit;
use session_recovery::directory::Kind;
use session_recovery_testing::InMemoryDirectory;

fn audited(journal: String, session: &str) -> AuditReport {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", session);
    directory.put_other("_turn_journal", Kind::Directory);
    directory.put("_turn_journal/a.jsonl", journal);
    audit(&directory, None).unwrap_or_else(|error| panic!("{error}"))
}

fn submitted(id: &str, text: &str) -> String {
    format!(r#"{{"turn_id": "{id}", "event": "submitted", "created_at": 5, "content": "{text}"}}"#)
        + "\n"
}

fn ended(id: &str) -> String {
    format!(r#"{{"turn_id": "{id}", "event": "completed", "created_at": 6}}"#) + "\n"
}

fn pending(report: &AuditReport) -> Vec<&str> {
    let turns = report.findings.iter();
    let turns = turns.filter_map(|finding| finding.turn.as_ref());
    turns.map(|turn| &*turn.turn_id).collect()
}

/// How many turns were not looked at, as the finding about that says.
fn left_out(report: &AuditReport) -> usize {
    let mut records = report.findings.iter();
    let record = records.find(|finding| finding.kind == FindingKind::UnreadableRecord);
    let number = record.map(|finding| finding.seen.trim_end_matches('.').rsplit(' ').next());
    number
        .flatten()
        .map_or(0, |number| number.parse().expect("it is a number"))
}

#[test]
fn turns_that_ended_take_no_room_from_those_that_did_not() {
    let turns = (0..300_000).map(|number| {
        let id = format!("t{number}");
        submitted(&id, "x") + &ended(&id)
    });
    let journal = submitted("first", "1") + &turns.collect::<String>() + &submitted("last", "2");
    let report = audited(journal, r#"{"messages": []}"#);
    assert_eq!(pending(&report), ["first", "last"]);
    assert_eq!(left_out(&report), 0);
}

#[test]
fn of_too_many_turns_some_are_listed_and_the_rest_is_counted() {
    for id in ["t", &"x".repeat(900)] {
        let number = 150_000;
        let turns = (0..number).map(|number| submitted(&format!("{id}{number}"), "x"));
        let report = audited(turns.collect(), r#"{"messages": []}"#);
        let told = pending(&report).len();
        assert!((10_000..=100_000).contains(&told), "{told}");
        assert_eq!(told + left_out(&report), number);
    }
}

#[test]
fn what_is_held_of_turns_makes_room_when_they_end() {
    let number = 150_000;
    let all = || (0..number).map(|number| format!("t{number}"));
    let first: String = all().map(|id| submitted(&id, "x")).collect();
    let ends: String = all().map(|id| ended(&id)).collect();
    let report = audited(
        first + &ends + &submitted("last", "x"),
        r#"{"messages": []}"#,
    );
    assert_eq!(pending(&report), ["last"]);
    assert!(left_out(&report) < number);
}

#[test]
fn texts_are_found_only_in_the_last_messages() {
    let user = |text: &str| format!(r#"{{"role": "user", "content": "{text}"}}"#);
    let (one, two) = (user("one"), user("two"));
    let session = format!(r#"{{"messages": [{one}], "messages": [{two}, {two}], "x": [{one}]}}"#);
    let journal = ["one", "two", "two", "three"].iter().enumerate();
    let journal = journal.map(|(number, text)| submitted(&format!("{text} {number}"), text));
    let report = audited(journal.collect(), &session);
    assert_eq!(pending(&report), ["one 0", "three 3"]);
}

#[test]
fn texts_that_differ_by_half_a_pair_or_by_space_within_differ() {
    let message = |text: &str| format!(r#"{{"role": "user", "content": "{text}"}}"#);
    for (written, submitted_as, is_there) in [
        (r"\ud800", r"\ud800", true),
        (r"\ud800", r"\ud801", false),
        (r"\ud800", "\u{fffd}", false),
        (r"\u0085 a  b \n", "a  b", true),
        ("a  b", "a b", false),
        ("ab", "a b", false),
    ] {
        let session = format!(r#"{{"messages": [{}]}}"#, message(written));
        let report = audited(submitted("t", submitted_as), &session);
        assert_eq!(
            pending(&report).is_empty(),
            is_there,
            "{written} {submitted_as}"
        );
    }
}
