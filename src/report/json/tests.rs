//! Reads answers as hosts pass them, and compares the documents with what `docs/reference.md` says.

use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

use super::{Answer, answer};

fn read<T: DeserializeOwned>(value: Value) -> T {
    from_value(value).expect("the answer has the shape of WIT")
}

/// The document of an answer, which is on one line.
fn document(given: &Answer) -> Value {
    let written = answer(given, false);
    assert_eq!(written.find('\n'), Some(written.len() - 1), "{written}");
    assert!(written.is_ascii(), "{written}");
    serde_json::from_str(&written).expect("it is JSON")
}

fn status() -> Value {
    json!({
        "session-id": "a",
        "heading": {"title": "Lisbon", "updated": 9},
        "live": {"state": "readable", "messages": 3, "bytes": 40},
        "backup": {"state": "missing"},
        "recommendation": "no-backup",
        "verdict": "complete",
        "reason": "r",
        "notes": [],
    })
}

#[test]
fn sources_have_what_is_known_of_each() {
    let list = read(json!({
        "session-id": "a",
        "sources": [
            {
                "name": "a.json",
                "kind": "live",
                "file": {"state": "readable", "messages": 3, "bytes": 40},
                "heading": {"title": "Lis\u{1b}bon", "updated": 9},
                "first": 1,
                "last": 8,
                "brings": 0,
                "hides": 0,
                "doubled": 2,
            },
            {
                "name": "a (conflicted copy).json",
                "kind": "conflict-copy",
                "file": {
                    "state": "unreadable",
                    "problem": {"kind": "not-json", "offset": 7, "message": "m"},
                    "salvage": {"messages": 2, "recorded": null, "damage": ["cut off"]},
                },
                "heading": {"title": null, "updated": null},
                "first": null,
                "last": null,
                "brings": null,
                "hides": null,
                "doubled": null,
            },
        ],
        "best": "a.json",
        "why": "w",
        "unread": 0,
    }));
    assert_eq!(
        document(&Answer::Sources(list)),
        json!({
            "session_id": "a",
            "best": "a.json",
            "why": "w",
            "sources": [
                {
                    "name": "a.json",
                    "kind": "live",
                    "state": "readable",
                    "messages": 3,
                    "bytes": 40,
                    "title": "Lis\u{1b}bon",
                    "updated": 9,
                    "first": 1,
                    "last": 8,
                    "brings": 0,
                    "hides": 0,
                    "doubled": 2,
                },
                {
                    "name": "a (conflicted copy).json",
                    "kind": "conflict_copy",
                    "state": "unreadable",
                    "problem": {"kind": "not_json", "offset": 7, "message": "m"},
                    "salvage": {"messages": 2, "damage": ["cut off"]},
                },
            ],
        })
    );
}

#[test]
fn sources_that_were_not_read_are_counted() {
    let list = read(json!({
        "session-id": "a", "sources": [], "best": null, "why": "w", "unread": 5,
    }));
    assert_eq!(
        document(&Answer::Sources(list)),
        json!({"session_id": "a", "why": "w", "unread": 5, "sources": []})
    );
}

#[test]
fn a_view_has_its_messages() {
    let excerpt = json!({
        "number": 1, "role": "user", "time": 5, "text": "t\u{2028}", "is-cut": true, "tools": ["f"],
    });
    let view = json!({
        "session-id": "a",
        "name": "a.json.bak",
        "heading": {"title": "Lisbon", "updated": 9},
        "created": 4,
        "messages": 2,
        "first": [excerpt],
        "last": [],
        "brings": 1,
        "brought": [{"number": 2, "text": "", "is-cut": false, "tools": []}],
        "hides": null,
        "hidden": [],
    });
    let written = json!({
        "session_id": "a",
        "name": "a.json.bak",
        "title": "Lisbon",
        "updated": 9,
        "created": 4,
        "messages": 2,
        "first": [{
            "number": 1, "role": "user", "time": 5, "text": "t\u{2028}", "is_cut": true,
            "tools": ["f"],
        }],
        "last": [],
        "brings": 1,
        "brought": [{"number": 2, "text": "", "is_cut": false, "tools": []}],
        "hidden": [],
    });
    assert_eq!(document(&Answer::Show(read(view.clone()))), written);
    assert_eq!(document(&Answer::Diff(read(view))), written);
}

#[test]
fn a_history_has_its_events() {
    let events = read(json!([
        {
            "deed": "restored", "session-id": "a", "time": 5, "run": "node-1",
            "source": "a.json.bak", "kept": "a.json.replaced.1", "messages": 7, "can-undo": true,
        },
        {
            "deed": "undone", "session-id": "b", "time": null, "run": null, "source": null,
            "kept": null, "messages": null, "can-undo": false,
        },
    ]));
    assert_eq!(
        document(&Answer::History(events)),
        json!({"events": [
            {
                "deed": "restored", "session_id": "a", "time": 5, "run": "node-1",
                "source": "a.json.bak", "kept": "a.json.replaced.1", "messages": 7,
                "can_undo": true,
            },
            {"deed": "undone", "session_id": "b", "can_undo": false},
        ]})
    );
}

#[test]
fn a_run_that_was_undone_has_its_sessions() {
    let outcomes = read(json!([{
        "status": status(),
        "action": "restored",
        "errors": [],
        "source": "a.json.replaced.1",
        "merged": 0,
        "kept": "a.json.replaced.2",
    }]));
    let written = document(&Answer::UndoRun(outcomes));
    let session = &written["sessions"][0];
    assert_eq!(session["session_id"], "a");
    assert_eq!(session["source"], "a.json.replaced.1");
    assert_eq!(session["title"], "Lisbon");
}

#[test]
fn a_session_has_its_title_and_date_in_every_answer() {
    let of_status = document(&Answer::Inspect(read(status())));
    let entries = read(json!([
        {"session-id": "a", "live": true, "backup": false, "heading": {"title": "Lisbon", "updated": 9}},
        {"session-id": "b", "live": true, "backup": false},
    ]));
    let listed = document(&Answer::Sessions(entries));
    for session in [&of_status, &listed["sessions"][0]] {
        assert_eq!(session["title"], "Lisbon", "{session}");
        assert_eq!(session["updated"], 9, "{session}");
    }
    assert_eq!(
        listed["sessions"][1],
        json!({"session_id": "b", "live": true, "bak": false})
    );
}
