//! Passes answers through the component that hosts print with, in the shapes of WIT.

use std::fs;
use std::path::Path;

use serde_json::{Value, from_str, json};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use wit::exports::session_recovery::api::command_line::{Parsed, Task};
use wit::exports::session_recovery::api::report::{Kind, Page, Question, Report};

#[allow(missing_docs, clippy::pedantic, reason = "generated")]
mod wit {
    wasmtime::component::bindgen!({ world: "reporter", path: "../../wit" });
}

/// An instance of the component.
struct Instance {
    store: Store<()>,
    world: wit::Reporter,
}

impl Instance {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = path.join("../../dist/session-recovery-report.wasm");
        let bytes = fs::read(path).expect("`cargo xtask build` has built it");
        let engine = Engine::default();
        let component = Component::new(&engine, bytes).unwrap();
        let linker = Linker::new(&engine);
        let mut store = Store::new(&engine, ());
        let world = wit::Reporter::instantiate(&mut store, &component, &linker).unwrap();
        Self { store, world }
    }

    fn json(&mut self, kind: Kind, answer: &Value) -> (Value, u8) {
        let question = question(kind);
        let report = self.world.session_recovery_api_report();
        let report = report.call_json(&mut self.store, question, &answer.to_string());
        let report = report.unwrap().expect("the answer has its shape");
        (from_str(&report.output).unwrap(), report.exit_code)
    }

    fn text(&mut self, kind: Kind, answer: &Value, width: Option<u16>) -> Report {
        let page = Page {
            width,
            escapes: false,
        };
        let report = self.world.session_recovery_api_report();
        let report = report.call_text(&mut self.store, question(kind), &answer.to_string(), page);
        report.unwrap().expect("the answer has its shape")
    }

    fn parse(&mut self, words: &[&str], input: Option<&str>) -> Result<Parsed, String> {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        let line = self.world.session_recovery_api_command_line();
        line.call_parse(&mut self.store, &words, input).unwrap()
    }
}

const fn question(kind: Kind) -> Question {
    Question {
        kind,
        dry_run: true,
        check: true,
    }
}

fn sources(best: &str) -> Value {
    let source = |name: &str, kind: &str| {
        json!({
            "name": name,
            "kind": kind,
            "file": {"state": "readable", "messages": 5, "bytes": 40},
            "heading": {"title": "Lisbon", "updated": 1_795_902_263},
            "first": 1_795_902_000,
            "last": 1_795_902_200,
            "brings": 2,
            "hides": 0,
            "doubled": null,
        })
    };
    json!({
        "session-id": "a",
        "sources": [source("a.json", "live"), source("a.json~", "other-copy")],
        "best": best,
        "why": "w.",
        "unread": 0,
    })
}

fn view() -> Value {
    let excerpt = json!({
        "number": 1,
        "role": "user",
        "time": 1_795_902_000,
        "text": "Where \u{1b}[31mto?",
        "is-cut": false,
        "tools": [],
    });
    json!({
        "session-id": "a",
        "name": "a.json~",
        "heading": {"title": "Lisbon", "updated": null},
        "created": null,
        "messages": 5,
        "first": [excerpt],
        "last": [],
        "brings": 1,
        "brought": [excerpt],
        "hides": 0,
        "hidden": [],
    })
}

#[test]
fn sources_need_attention_unless_the_live_file_is_the_best() {
    let mut reporter = Instance::new();
    for (best, exit_code) in [("a.json", 0), ("a.json~", 3)] {
        let (answer, exit) = reporter.json(Kind::Sources, &sources(best));
        assert_eq!(answer["best"], best);
        assert_eq!(answer["sources"][1]["kind"], "other_copy");
        assert_eq!(exit, exit_code, "{best}");
    }
    let report = reporter.text(Kind::Sources, &sources("a.json~"), Some(60));
    assert!(report.output.contains("recover --from 'a.json~' a\n"));
}

#[test]
fn messages_are_shown_and_escaped_in_text_only() {
    let mut reporter = Instance::new();
    for (kind, place) in [(Kind::Show, "first"), (Kind::Diff, "brought")] {
        let (answer, exit_code) = reporter.json(kind, &view());
        assert_eq!(answer[place][0]["text"], "Where \u{1b}[31mto?");
        assert_eq!(exit_code, 0);
        for width in [None, Some(60), Some(80), Some(100)] {
            let shown = reporter.text(kind, &view(), width).output;
            assert!(shown.contains("Where \\u{1b}[31mto?"), "{shown}");
        }
    }
}

#[test]
fn a_history_and_an_undone_run_are_shown() {
    let mut reporter = Instance::new();
    let events = json!([{
        "deed": "restored",
        "session-id": "a",
        "time": 1_795_902_263,
        "run": "node-1",
        "source": "a.json.bak",
        "kept": null,
        "messages": 5,
        "can-undo": true,
    }]);
    let (answer, _) = reporter.json(Kind::History, &events);
    assert_eq!(answer["events"][0]["can_undo"], true);
    let shown = reporter.text(Kind::History, &events, None).output;
    assert!(shown.starts_with("2026-11-28 21:44  node-1\n"), "{shown}");

    let file = json!({"state": "missing"});
    let outcomes = json!([{
        "status": {
            "session-id": "a",
            "heading": {},
            "live": file,
            "backup": file,
            "recommendation": "no-backup",
            "verdict": "absent",
            "reason": "r",
            "notes": [],
        },
        "action": "restored",
        "errors": [],
        "merged": 0,
        "kept": "a.json.replaced.1",
    }]);
    let (answer, _) = reporter.json(Kind::UndoRun, &outcomes);
    assert_eq!(answer["sessions"][0]["restored"], true);
    let shown = reporter.text(Kind::UndoRun, &outcomes, None).output;
    assert!(shown.contains("a.json is now a.json.replaced.1"), "{shown}");
}

#[test]
fn a_command_line_may_want_standard_input() {
    let mut reporter = Instance::new();
    let words = ["--sessions", "d", "diff", "-", "--from", "a.json~"];
    assert!(matches!(
        reporter.parse(&words, None),
        Ok(Parsed::InputWanted)
    ));
    let Ok(Parsed::Run(command)) = reporter.parse(&words, Some("a\n")) else {
        panic!("it is understood");
    };
    let [Task::Diff(shown)] = &command.tasks[..] else {
        panic!("it is one diff");
    };
    assert_eq!(shown.of.session, "a");
    assert_eq!(shown.of.source.as_deref(), Some("a.json~"));
    assert_eq!(shown.window.changed, 20);
    let complaint = reporter.parse(&words, Some("a\nb\n")).unwrap_err();
    assert!(complaint.contains("2 sessions are given"), "{complaint}");
}
