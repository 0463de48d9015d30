//! Shows what the tool does, on a session directory of its own making, and
//! explains each line it shows.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use crate::{artifacts, root};

/// Makes a damaged session directory and puts it back.
pub fn show(shell: &Shell) -> Result<()> {
    let host = set_up(shell)?;
    let sessions = root().join("target").join("demo");
    let host = |words: &[&str]| run(shell, &host, &sessions, words);
    make_sessions(&sessions)?;

    say(
        "A session directory after a bad day. Each session is ID.json; ID.json.bak is what the application \
         kept when a save made the session shorter:",
    );
    list(&sessions)?;

    say("What happened to one of them? The live file holds no messages, its backup all of them:");
    host(&["inspect", "3f2a90c41b7e"])?;

    say(
        "What would be done about all of them? A dry run is granted the directory for reading only. Of the two damaged \
         sessions without a whole backup nothing can be restored here, and the odd entries are named and left alone:",
    );
    host(&["recover-all", "--dry-run"])?;

    say("Restore what can be restored:");
    host(&["recover-all"])?;

    say("Once more: it is done, so nothing is restored a second time:");
    host(&["--json", "recover-all"])?;

    say(
        "The directory now. The three restored files are as long as their backups, the backups are still there, \
         and everything else is as it was:",
    );
    list(&sessions)?;

    say("Yours next, without changing anything in it: cargo xtask demo DIR");
    Ok(())
}

/// Makes a dry run on the reader's own directory.
pub fn look_at(shell: &Shell, sessions: &Path) -> Result<()> {
    let host = set_up(shell)?;
    say(
        "A dry run: the component is granted the directory for reading only, so it cannot change it.",
    );
    run(shell, &host, sessions, &["recover-all", "--dry-run"])
}

fn set_up(shell: &Shell) -> Result<PathBuf> {
    println!(
        "Building the components and the wasmtime host (the first time this takes 5 to 10 minutes)"
    );
    artifacts::build(shell)?;
    let built = cmd!(
        shell,
        "cargo build --package session-recovery-host --message-format json-render-diagnostics"
    );
    let messages = built.quiet().read()?;
    let programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    programs
        .last()
        .ok_or_else(|| anyhow::anyhow!("cargo names no program"))
}

/// Runs the host's program and shows its command line as a user would type it.
fn run(shell: &Shell, host: &Path, sessions: &Path, words: &[&str]) -> Result<()> {
    println!(
        "$ session-recovery-host --sessions {} {}",
        shown(sessions),
        words.join(" ")
    );
    // What it says about the sessions is the demonstration, whatever its exit code.
    cmd!(shell, "{host} --sessions {sessions} {words...}")
        .quiet()
        .ignore_status()
        .run()?;
    Ok(())
}

fn say(what: &str) {
    println!("\n# {what}\n");
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn list(sessions: &Path) -> Result<()> {
    println!("$ ls -l {}", shown(sessions));
    let entries = fs::read_dir(sessions)?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
    names.sort();
    for name in names {
        let metadata = fs::symlink_metadata(sessions.join(&name))?;
        let size = if metadata.is_file() {
            format!("{} bytes", metadata.len())
        } else {
            "not a file".to_owned()
        };
        println!("{size:>16}  {}", name.display());
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

    // Wiped by a save of metadata alone.
    put("3f2a90c41b7e.json", &session("Trip to Lisbon", 0))?;
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
    // Deleted, or lost: only its backup is left.
    put("0c8d2e6f1b35.json.bak", &session("Old ideas", 31))?;
    // The application's own file.
    put("_index.json", b"[]")?;
    Ok(())
}

fn session(title: &str, messages: usize) -> Vec<u8> {
    let message = |number: usize| {
        let role = if number.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        };
        json!({ "role": role, "content": format!("Message {number} about \u{201c}{title}\u{201d}.") })
    };
    let session = json!({
        "title": title,
        "model": "demo",
        "messages": (0..messages).map(message).collect::<Vec<_>>(),
        "tool_calls": [],
    });
    format!("{session:#}").into_bytes()
}
