//! How much the plugin computes for each byte of a session: a number that is the
//! same on every machine, so that a slower plugin shows on a busy one. With
//! `--nocapture` the figures are printed; a better one is to be recorded here.

use std::fs;
use std::path::Path;

use wasmtime::component::{Component, Linker, ResourceTable, Val};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView, p2};

/// By how much the figures may be higher than those recorded.
const MOST_MORE: f64 = 1.05;
const ENOUGH: u64 = u64::MAX / 2;
const BYTES: usize = 4 << 20;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// What is asked of the plugin about a session and its backup.
#[derive(Clone, Copy)]
enum Ask {
    /// Which sessions would be restored: this counts.
    Sweep,
    /// What is in the two: this counts, and compares.
    Inspect,
}

/// The fuel that this takes for each byte of both files, where they hold such messages,
/// neither begins with the other's, and nothing is counted for both at once.
fn fuel_per_byte(ask: Ask, message: &str) -> f64 {
    let messages = many(message, BYTES);
    let keys = ["1", "2"].map(|first| format!("\"messages\": [{first}, {messages}\n  ]"));
    fuel_per_byte_to(ask, keys)
}

/// So many bytes of messages.
fn many(message: &str, bytes: usize) -> String {
    vec![message; bytes.div_ceil(message.len() + 1)].join(",")
}

/// The fuel that it takes to count a session and its backup with these keys.
fn fuel_per_byte_of(keys: [impl AsRef<[u8]>; 2]) -> f64 {
    fuel_per_byte_to(Ask::Sweep, keys)
}

fn fuel_per_byte_to(ask: Ask, keys: [impl AsRef<[u8]>; 2]) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes = 0;
    for (name, keys) in ["a.json", "a.json.bak"].iter().zip(keys) {
        let session = [b"{\"session_id\": \"a\", ", keys.as_ref(), b"\n}"].concat();
        bytes += session.len();
        fs::write(directory.path().join(name), session).unwrap();
    }
    let fuel = fuel(ask, directory.path());
    f64::from(u32::try_from(fuel).unwrap()) / f64::from(u32::try_from(bytes).unwrap())
}

fn fuel(ask: Ask, directory: &Path) -> u64 {
    let (function, argument) = match ask {
        Ask::Sweep => ("recover-all", Val::Flags(vec!["dry-run".to_owned()])),
        Ask::Inspect => ("inspect", Val::String("a".to_owned())),
    };
    fuel_to_call(directory, function, &[argument])
}

fn fuel_to_call(directory: &Path, function: &str, arguments: &[Val]) -> u64 {
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    let plugin = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../dist/session-recovery.wasm"
    );
    let plugin = Component::from_file(&engine, plugin).unwrap();
    let mut linker = Linker::new(&engine);
    p2::add_to_linker_sync(&mut linker).unwrap();
    let mut wasi = WasiCtx::builder();
    wasi.preopened_dir(directory, "/sessions", FsPerms::ReadOnly)
        .unwrap();
    let (wasi, table) = (wasi.build(), ResourceTable::new());
    let mut store = Store::new(&engine, State { wasi, table });
    store.set_fuel(ENOUGH).unwrap();
    let instance = linker.instantiate(&mut store, &plugin).unwrap();
    let interface = "session-recovery:api/recovery@0.3.0";
    let interface = instance
        .get_export_index(&mut store, None, interface)
        .unwrap();
    let function = instance
        .get_export_index(&mut store, Some(&interface), function)
        .unwrap();
    let function = instance.get_func(&mut store, function).unwrap();
    let mut answer = [Val::Bool(false)];
    function.call(&mut store, arguments, &mut answer).unwrap();
    assert!(matches!(&answer[0], Val::Result(Ok(_))), "{answer:?}");
    ENOUGH - store.get_fuel().unwrap()
}

/// Fails where a session of such messages takes more fuel than was recorded: to count
/// them, and to compare them too.
#[track_caller]
fn assert_takes_no_more_than(recorded: [f64; 2], shape: &str, message: &str) {
    let fuel = [Ask::Sweep, Ask::Inspect].map(|ask| fuel_per_byte(ask, message));
    println!(
        "fuel: {shape}: {:.2} to count, {:.2} to compare too",
        fuel[0], fuel[1]
    );
    for (fuel, recorded) in fuel.into_iter().zip(recorded) {
        assert!(
            fuel <= recorded * MOST_MORE,
            "{fuel:.3}, {recorded:.3} recorded"
        );
    }
}

/// Fails where what a session says of its last save takes more than a tenth of what it
/// takes to count it: as much context as messages, beside the same under another key.
#[track_caller]
fn assert_facts_take_little(shape: &str, message: &str) {
    let messages = many(message, BYTES / 2);
    let [with, without] =
        ["context_messages", "contexts_message"].map(|key| {
            fuel_per_byte_of(["1", "2"].map(|first| {
                format!("\"messages\": [{first}, {messages}], \"{key}\": [{messages}]")
            }))
        });
    let ratio = with / without;
    println!("facts: {shape}: {ratio:.3}");
    assert!(ratio <= 1.1, "{with:.3}, {without:.3} without");
}

/// A message as the application writes it.
fn message(text: &str) -> String {
    let lines = [
        "\n    {",
        "      \"role\": \"assistant\",",
        &format!("      \"content\": \"{text}\","),
        "      \"timestamp\": 1716239022.123456",
        "    }",
    ];
    lines.join("\n")
}

fn prose() -> String {
    let sentence = "It was a bright cold day in April, and the clocks were striking thirteen. ";
    let paragraph = format!(
        "{}Winston Smith slipped in — quickly.\\n\\n",
        sentence.repeat(5)
    );
    message(&paragraph.repeat(3))
}

fn code() -> String {
    let code = r#"fn main() {\n    println!(\"{}\", \"a\\tb\");\n}\n"#;
    message(&code.repeat(20))
}

fn small() -> String {
    message("ok")
}

#[test]
fn prose_takes_no_more_fuel_than_recorded() {
    assert_takes_no_more_than([3.63, 23.98], "prose", &prose());
}

#[test]
fn code_takes_no_more_fuel_than_recorded() {
    assert_takes_no_more_than([9.24, 79.77], "code", &code());
}

#[test]
fn small_messages_take_no_more_fuel_than_recorded() {
    assert_takes_no_more_than([15.41, 141.33], "small messages", &small());
}

/// The fuel per byte to inspect two files with a hole: to count them up to the hole, to salvage both
/// and to compare what is left.
const SALVAGED: f64 = 18.02;
/// The fuel per byte to salvage a damaged file that holds no message.
const SALVAGED_NOTHING: f64 = 5.48;

#[test]
fn a_file_with_a_hole_takes_no_more_fuel_than_recorded() {
    let messages = many(&prose(), BYTES);
    let files = ["1", "2"].map(|first| {
        let mut messages = format!("\"messages\": [{first}, {messages}\n  ]").into_bytes();
        let middle = messages.len() / 2;
        messages[middle..middle + 4096].fill(0);
        messages
    });
    let fuel = fuel_per_byte_to(Ask::Inspect, files);
    println!("fuel: prose with a hole: {fuel:.2} to salvage");
    assert!(
        fuel <= SALVAGED * MOST_MORE,
        "{fuel:.3}, {SALVAGED:.3} recorded"
    );
}

#[test]
fn what_prose_says_of_its_last_save_takes_little() {
    assert_facts_take_little("prose", &prose());
}

#[test]
fn what_code_says_of_its_last_save_takes_little() {
    assert_facts_take_little("code", &code());
}

#[test]
fn what_small_messages_say_of_their_last_save_takes_little() {
    assert_facts_take_little("small messages", &small());
}

#[test]
fn messages_that_both_files_hold_are_counted_once() {
    let messages = many(&prose(), BYTES);
    // Also where they begin after more than one read gives.
    for before in ["", &"x".repeat(100_000)] {
        let saved = |at| {
            format!(
                "\"updated_at\": {at}, \"before\": \"{before}\", \"messages\": [{messages}\n  ]"
            )
        };
        let twins = fuel_per_byte_of([saved("17"), saved("17")]);
        let saved_again = fuel_per_byte_of([saved("17"), saved("16.5")]);
        println!("saved again: {saved_again:.2}, not saved since: {twins:.2}");
        assert!(saved_again <= twins * 1.1, "{saved_again:.3}, {twins:.3}");
    }
}

#[test]
fn messages_that_the_backup_begins_with_are_not_looked_for_one_by_one() {
    let saved = |bytes| format!("\"messages\": [{}\n  ]", many(&prose(), bytes));
    let whole = fuel_per_byte_to(Ask::Inspect, [saved(BYTES), saved(BYTES / 2)]);
    let shrunk = fuel_per_byte_to(Ask::Inspect, [saved(BYTES / 2), saved(BYTES)]);
    println!("shrunk: {shrunk:.2}, whole: {whole:.2}");
    assert!(shrunk <= whole * 1.2, "{shrunk:.3}, {whole:.3}");
}

/// Fails where four times as much takes much more than four times the fuel: sorting takes a
/// little more, and what is quadratic sixteen times.
#[track_caller]
fn assert_grows_with(function: &str, argument: &Val, put: impl Fn(&Path, usize)) {
    let [less, more] = [1000, 4000].map(|number| {
        let directory = tempfile::tempdir().unwrap();
        put(directory.path(), number);
        let arguments = std::slice::from_ref(argument);
        fuel_to_call(directory.path(), function, arguments)
    });
    println!("{function}: {less}, {more} for four times as much");
    assert!(more < 6 * less, "{less}, {more}");
}

/// So many backups without a live file, and if asked for a list that has all of them.
fn put_orphans(directory: &Path, number: usize, are_listed: bool) {
    let ids: Vec<_> = (0..number).map(|number| format!("\"s{number}\"")).collect();
    for id in &ids {
        let name = format!("{}.json.bak", id.trim_matches('"'));
        fs::write(directory.join(name), r#"{"messages": [1]}"#).unwrap();
    }
    if are_listed {
        let list = format!(r#"{{"version": 1, "ids": [{}]}}"#, ids.join(", "));
        fs::write(directory.join("_deleted_webui_sessions.json"), list).unwrap();
    }
}

#[test]
fn many_orphans_take_fuel_by_their_number() {
    for are_listed in [false, true] {
        let put = |directory: &Path, number| put_orphans(directory, number, are_listed);
        let dry_run = Val::Flags(vec!["dry-run".to_owned()]);
        assert_grows_with("recover-all", &dry_run, put);
        assert_grows_with("audit", &Val::Option(None), put);
    }
}

#[test]
fn turns_and_messages_take_fuel_by_their_number() {
    assert_grows_with("audit", &Val::Option(None), |directory, number| {
        let turns = (0..number).map(|number| {
            format!(r#"{{"turn_id": "{number}", "event": "submitted", "content": "x {number}"}}"#)
        });
        let messages =
            (0..number).map(|number| format!(r#"{{"role": "user", "content": "y {number}"}}"#));
        let [turns, messages] = [turns.collect::<Vec<_>>(), messages.collect()];
        let session = format!(r#"{{"messages": [{}]}}"#, messages.join(", "));
        fs::create_dir(directory.join("_turn_journal")).unwrap();
        fs::write(directory.join("_turn_journal/a.jsonl"), turns.join("\n")).unwrap();
        fs::write(directory.join("a.json"), session).unwrap();
    });
}

#[test]
fn what_tools_were_asked_for_is_not_looked_at_for_markers() {
    // A part whose type is a list is what such a message is looked at for.
    let calls = message("ok").replace(
        "\n    }",
        ",\n      \"tool_calls\": [{\"type\": \"function\", \"function\": {\"name\": \"x\"}}]\n    }",
    );
    assert_facts_take_little("tool calls", &calls);
}

#[test]
fn messages_that_one_file_begins_with_are_compared_for_free() {
    let saved = |bytes: usize| {
        let messages = many(&prose(), bytes);
        format!("\"message_count\": {bytes}, \"messages\": [{messages}\n  ]")
    };
    for bytes in [10_000, BYTES / 2] {
        let fuel = [Ask::Sweep, Ask::Inspect]
            .map(|ask| fuel_per_byte_to(ask, [saved(bytes * 2), saved(bytes)]));
        println!(
            "of {bytes} bytes: {:.2} to count, {:.2} to compare too",
            fuel[0], fuel[1]
        );
        assert!(fuel[1] <= fuel[0] * 1.01, "{fuel:?}");
    }
}

#[test]
fn a_bad_byte_late_in_a_long_string_takes_no_more_than_a_good_one() {
    // One read gives no more than 64 KiB.
    let text = "naïve café ".repeat(5_000 - 500).into_bytes();
    let with = |byte: &[u8]| [b"\"messages\": [\"", &*text, byte, b"\"]"].concat();
    let good = fuel_per_byte_of([with(b"x"), with(b"y")]);
    let bad = fuel_per_byte_of([with(b"\xff"), with(b"\xfe")]);
    println!("a bad byte: {bad:.2}, a good one: {good:.2}");
    let most = (good + SALVAGED_NOTHING) * MOST_MORE;
    assert!(bad <= most, "{bad:.3}, {good:.3}");
}
