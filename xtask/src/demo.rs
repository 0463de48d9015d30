//! Shows what the tool does, on a session directory of its own making, and
//! explains each line it shows.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use crate::first_look::{Host, Runs, shown};
use crate::{hosts, root, times};

/// Makes a damaged session directory and puts it back.
pub fn show(shell: &Shell, wanted: Option<Runs>, started: Instant) -> Result<()> {
    let host = Host::set_up(shell, wanted)?;
    println!("Building the Node host, to show it too (15 seconds the first time)");
    let node = hosts::set_up_node(shell);
    let sessions = root().join("target").join("demo");
    make_sessions(&sessions)?;
    let host = |words: &[&str]| host.run(shell, &sessions, words);

    say(&[
        "A session directory after a bad day. Each session ID is the file ID.json;",
        "ID.json.bak is what the application kept when a save made the session shorter.",
    ]);
    list(&sessions, &BEFORE)?;

    show_looks(&host)?;
    say(&["What happened to that one? Compare its two files:"]);
    host(&["inspect", WIPED])?;
    explain(&[
        (
            "live",
            "the file that the application reads: whole, but it begins anew",
        ),
        ("backup", "the snapshot beside it: it still has them all"),
        ("verdict", "what `recover` would do, and below it why"),
        (
            "lacks 2",
            "they were written since; a restore keeps them in a file beside it",
        ),
    ]);

    say(&["What would be done about all of them? A dry run changes nothing:"]);
    host(&["recover-all", "--dry-run"])?;
    explain(&[
        ("3f2a90c41b7e", "has fewer messages than its backup"),
        (
            "81d0c5aa02f6",
            "was cut off in the middle of a write, so nothing can read it",
        ),
        ("c07be91d55a3", "holds zeros, as after a power failure"),
        (
            "d4418f30e9b2",
            "is damaged, and its backup is empty; but whole messages are left in it",
        ),
        (
            "9a1c5e70b2d4",
            "is shorter because its user took messages back; it says so itself",
        ),
        ("0c8d2e6f1b35", "is gone, and nobody deleted it"),
        (
            "f7d20b9c4e61",
            "is gone because its user deleted it: the application keeps a list",
        ),
        (
            "11 sessions",
            "all that have a live file or a backup; only those with a backup are read",
        ),
        (
            "attachments",
            "is no session but a directory; it stops nothing",
        ),
    ]);

    show_restores(&host)?;
    show_repair(&host)?;
    say(&["The directory now:"]);
    list(&sessions, &AFTER)?;

    say(&[
        "The first session lost the two messages that were written after it was wiped. Nothing",
        "is gone: put back what was replaced, and restore it with them:",
    ]);
    host(&["undo", WIPED])?;
    host(&["recover", WIPED, "--merge"])?;
    explain(&[
        (
            "Put back",
            "and what stood there until now is kept in turn, so that this can be undone too",
        ),
        ("2 messages of the live file", "so it holds all 1206"),
    ]);

    say(&["All that was done here, by any program, and what of it can be taken back:"]);
    host(&["history"])?;

    show_node(shell, &sessions, node)?;
    say(&[
        "On a page, with buttons to restore, for as long as you let it run:",
        "node host-examples/node/server/main.js --sessions target/demo",
    ]);
    say(&[
        "Yours next, without changing anything in it: cargo xtask try DIR",
        &format!("All of this took {}.", times::words(started.elapsed())),
    ]);
    Ok(())
}

/// Which conversation is which, and what comes back.
fn show_looks(host: &dyn Fn(&[&str]) -> Result<()>) -> Result<()> {
    say(&["Which conversation is which? Look for the one about Lisbon:"]);
    host(&["list"])?;

    say(&["What comes back if it is restored? The beginning of its ID is enough:"]);
    host(&["show", &WIPED[..4]])?;
    explain(&[
        ("source", "the file that a restore would put in place"),
        ("holds", "and the first and the last of its messages"),
        (
            "Next",
            "`diff` shows only those that come back, and those that go out of sight",
        ),
    ]);
    Ok(())
}

/// What is put in place, of whole backups and of damaged files.
fn show_restores(host: &dyn Fn(&[&str]) -> Result<()>) -> Result<()> {
    say(&["Restore what can be restored:"]);
    host(&["recover-all"])?;
    explain(&[(
        "restored",
        "copied, judged again, synced, renamed into place; what it replaced is kept",
    )]);

    say(&["A damaged file still holds whole messages. A salvage brings them back:"]);
    host(&["recover-all", "--salvage"])?;
    explain(&[
        (
            "salvaged",
            "what is whole is in place, and the damaged file is kept",
        ),
        (
            "ee27a61f08c4",
            "was cut off before its first message; a salvage also reads what has no backup",
        ),
    ]);

    say(&["Once more, as JSON for programs. It is done, so nothing is restored twice:"]);
    host(&["--json", "recover-all"])?;
    explain(&[
        (
            "scanned, restored, details",
            "what the original module answers, key by key",
        ),
        (
            "sessions, orphans, oddities",
            "what is not simply fine, and why",
        ),
    ]);
    Ok(())
}

/// What a sweep does not see, and what mends it.
fn show_repair(host: &dyn Fn(&[&str]) -> Result<()>) -> Result<()> {
    say(&["What else is wrong? An audit reads every session, with or without a backup:"]);
    host(&["audit"])?;
    explain(&[
        (
            "To repair",
            "what `repair` mends; `plan` tells beforehand what it would change",
        ),
        ("To look at", "what needs a decision of yours"),
        ("For information", "what is fine, and good to know"),
    ]);
    host(&["plan"])?;
    host(&["repair"])
}

/// The same component in Node, as far as the machine has it.
fn show_node(shell: &Shell, sessions: &Path, node: Result<PathBuf>) -> Result<()> {
    let node = match node {
        Ok(node) => node,
        Err(error) => {
            say(&[&format!("Not shown in Node: {error:#}.")]);
            return Ok(());
        }
    };
    say(&[
        "The same component in Node, with the same words. The deleted session comes back only if",
        "that is asked for:",
    ]);
    let cli = node.join("cli.js");
    println!(
        "$ node {} --sessions {} recover {DELETED} --ignore-guards",
        shown(&cli),
        shown(sessions)
    );
    let words = ["recover", DELETED, "--ignore-guards"];
    let recover = cmd!(shell, "node {cli} --sessions {sessions} {words...}");
    Ok(recover.quiet().run()?)
}

/// The session that was wiped.
const WIPED: &str = "3f2a90c41b7e";
const WIPED_LIVE: &str = "3f2a90c41b7e.json";
/// The session that was deleted on purpose.
const DELETED: &str = "f7d20b9c4e61";

/// What the demo says about each file at first.
const BEFORE: [(&str, &str); 19] = [
    ("0c8d2e6f1b35.json.bak", "a backup whose session is gone"),
    ("9a1c5e70b2d4.json", "its user took messages back"),
    ("9a1c5e70b2d4.json.bak", "... its backup, from before that"),
    ("_deleted_webui_sessions.json", "the application's list"),
    ("f7d20b9c4e61.json.bak", "a backup of a deleted session"),
    ("3f2a90c41b7e.json", "wiped, then written to again"),
    ("3f2a90c41b7e.json.bak", "... its backup, whole"),
    ("5b9e37d2c1a0.json", "healthy: somebody went on talking"),
    ("5b9e37d2c1a0.json.bak", "... its backup, older and shorter"),
    ("81d0c5aa02f6.json", "cut off in the middle of a write"),
    ("81d0c5aa02f6.json.bak", "... its backup, whole"),
    ("_index.json", "the application's own file"),
    ("a96f40be7d18.json", "healthy, without a backup"),
    ("attachments.json", "a directory with an unlucky name"),
    ("c07be91d55a3.json", "overwritten with zeros"),
    ("c07be91d55a3.json.bak", "... its backup, whole"),
    ("d4418f30e9b2.json", "cut off at its end"),
    ("d4418f30e9b2.json.bak", "... its backup, empty"),
    (
        "ee27a61f08c4.json",
        "damaged, without a backup: a sweep does not read it",
    ),
];

/// What the demo says about the files that a restore concerns, after it.
const AFTER: [(&str, &str); 14] = [
    (
        ".session-recovery-log.jsonl",
        "the history: what was done here",
    ),
    ("0c8d2e6f1b35.json", "put back"),
    (
        "_index.json.replaced.1",
        "set aside: the application makes a new one",
    ),
    ("3f2a90c41b7e.json", "restored: as long as its backup"),
    ("3f2a90c41b7e.json.bak", "... which is still there"),
    (
        "3f2a90c41b7e.json.replaced.1",
        "... and so is what it replaced",
    ),
    ("81d0c5aa02f6.json", "restored"),
    ("81d0c5aa02f6.json.bak", "... still there"),
    ("81d0c5aa02f6.json.replaced.1", "... kept"),
    ("c07be91d55a3.json", "restored"),
    ("c07be91d55a3.json.bak", "... still there"),
    ("c07be91d55a3.json.replaced.1", "... kept"),
    ("d4418f30e9b2.json", "salvaged: its whole messages"),
    (
        "d4418f30e9b2.json.replaced.1",
        "... and the damaged file, kept",
    ),
];

fn say(lines: &[&str]) {
    println!();
    for line in lines {
        println!("# {line}");
    }
    println!();
}

/// What the lines above mean, each by how it begins.
fn explain(lines: &[(&str, &str)]) {
    println!();
    for (line, meaning) in lines {
        println!("  ^ {line}: {meaning}");
    }
}

/// Lists the directory with a word about each file.
fn list(sessions: &Path, words: &[(&str, &str)]) -> Result<()> {
    println!("{}, in bytes:", shown(sessions));
    let entries = fs::read_dir(sessions)?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<_> = entries
        .iter()
        .map(|entry| entry.file_name().display().to_string())
        .collect();
    names.sort();
    for name in names {
        let metadata = fs::symlink_metadata(sessions.join(&name))?;
        let size = if metadata.is_file() {
            metadata.len().to_string()
        } else {
            "-".to_owned()
        };
        let word = words
            .iter()
            .find(|(of, _)| *of == name)
            .map_or("as it was", |(_, word)| word);
        println!("{size:>8}  {name:<28} {word}");
    }
    Ok(())
}

/// Sessions with every kind of damage, and what else lies in such directories.
fn make_sessions(sessions: &Path) -> Result<()> {
    match fs::remove_dir_all(sessions) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(sessions.join("attachments.json"))?,
    }
    let put = |name: &str, bytes: &[u8]| fs::write(sessions.join(name), bytes);

    // Wiped by a save, and written to since.
    let written_since = messages("Trip to Lisbon", 1204..1206);
    put(WIPED_LIVE, &session_of("Trip to Lisbon", &written_since))?;
    put("3f2a90c41b7e.json.bak", &session("Trip to Lisbon", 1204))?;
    // Cut off in the middle of a write.
    let whole = session("Borrow checker", 293);
    put("81d0c5aa02f6.json", &whole[..whole.len() / 3])?;
    put("81d0c5aa02f6.json.bak", &whole)?;
    // Overwritten with zeros.
    put("c07be91d55a3.json", &vec![0; 4096])?;
    put("c07be91d55a3.json.bak", &session("Sourdough", 42))?;
    // Damaged, and so is its backup.
    let both = session("Tax return", 77);
    put("d4418f30e9b2.json", &both[..both.len() - 9])?;
    put("d4418f30e9b2.json.bak", b"")?;
    // Damaged, and without a backup.
    put("ee27a61f08c4.json", b"{\"messages\": [")?;
    // Longer than its backup: somebody went on talking.
    put("5b9e37d2c1a0.json", &session("Garden plan", 58))?;
    put("5b9e37d2c1a0.json.bak", &session("Garden plan", 12))?;
    // Never damaged.
    put("a96f40be7d18.json", &session("Hello", 6))?;
    // Lost: only its backup is left.
    put("0c8d2e6f1b35.json.bak", &session("Old ideas", 31))?;
    // Deleted on purpose.
    put("f7d20b9c4e61.json.bak", &session("Gift ideas", 8))?;
    let deleted = json!({ "version": 1, "ids": [DELETED] });
    put(
        "_deleted_webui_sessions.json",
        deleted.to_string().as_bytes(),
    )?;
    // Shorter on purpose.
    put("9a1c5e70b2d4.json", &undone("Poem", 10))?;
    put("9a1c5e70b2d4.json.bak", &session("Poem", 14))?;
    // The application's own file.
    put("_index.json", b"[]")?;
    Ok(())
}

fn session(title: &str, number: usize) -> Vec<u8> {
    session_of(title, &messages(title, 0..number))
}

fn messages(title: &str, numbers: Range<usize>) -> Vec<Value> {
    let message = |number: usize| {
        let role = if number.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        };
        json!({
            "role": role,
            "content": format!("Message {number} about \u{201c}{title}\u{201d}."),
            "timestamp": time_of(number),
        })
    };
    numbers.map(message).collect()
}

/// When a message was written: one in each minute, from 2026-11-20 18:00 on.
const fn time_of(number: usize) -> usize {
    1_795_197_600 + 60 * number
}

fn session_of(title: &str, messages: &[Value]) -> Vec<u8> {
    let last = messages.last().map(|message| message["timestamp"].clone());
    let session = json!({
        "title": title,
        "updated_at": last,
        "model": "demo",
        "messages": messages,
        "tool_calls": [],
    });
    format!("{session:#}").into_bytes()
}

/// A session of which its user took messages back.
fn undone(title: &str, number: usize) -> Vec<u8> {
    let session = json!({
        "title": title,
        "updated_at": time_of(number),
        "intentional_shrink_generation": "7d0c1f6ab3e54b2a9c8d5e4f3a2b1c0d",
        "messages": messages(title, 0..number),
    });
    format!("{session:#}").into_bytes()
}
