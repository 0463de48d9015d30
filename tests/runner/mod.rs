//! The list of cases as Rust types, a directory on disk for each, and the
//! comparison of what is with what should be. A host is a function that does a
//! call on a directory.

#![allow(dead_code, reason = "no runner needs all of it")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use session_recovery::command::{Parsed, Program, parse};
use session_recovery::operations::Operations;
use session_recovery::report::{Page, Report, json, text, worst};
use session_recovery::session::LOG;

/// A case of `tests/cases/`, which documents the keys.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub before: BTreeMap<String, Node>,
    #[serde(default)]
    pub not_utf8: Vec<String>,
    #[serde(default)]
    pub granted: Granted,
    pub call: Vec<String>,
    pub answer: Value,
    pub says: Option<Vec<String>>,
    /// What the program exits with; the component for a terminal knows only 0 and 1.
    #[serde(default)]
    pub exit: i32,
    pub after: BTreeMap<String, Option<Node>>,
}

/// How the host is given the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    #[default]
    Once,
    Twice,
    Never,
    /// What is granted is not there.
    Missing,
}

/// Hosts that are known to differ in some cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    hosts: Vec<String>,
    cases: Vec<String>,
    /// For those who read the list.
    #[allow(dead_code)]
    reason: String,
    instead: Option<Instead>,
}

/// What holds there instead of what the case says.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    answer: Value,
    #[serde(default)]
    exit: i32,
}

/// What bears a name.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    Messages(usize),
    Text(String),
    Latin1(String),
    Parts(Vec<Part>),
    SameAs(String),
    LinkTo(String),
    Is(Special),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Part {
    Once(String),
    Repeated(String, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    Directory,
    Fifo,
}

/// A name's bearer as it can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File(Vec<u8>),
    Link,
    Directory,
    Special,
}

/// A directory as it can be compared: names as bytes.
pub type Tree = BTreeMap<Vec<u8>, Found>;

/// What a host answered to a call, on standard output and on standard error.
pub struct Said {
    pub answer: String,
    pub diagnostics: String,
    pub exit: i32,
}

impl Said {
    fn of(reports: &[Report]) -> Self {
        let diagnostics: Vec<_> = reports
            .iter()
            .flat_map(|report| &report.diagnostics)
            .cloned()
            .collect();
        Self {
            answer: reports.iter().map(|report| &*report.output).collect(),
            diagnostics: diagnostics.join("\n"),
            exit: i32::from(worst(reports.iter().map(|report| report.exit_code))),
        }
    }
}

/// Makes a test of each case: `host` does a call on a directory on disk.
pub fn trials<H>(name: &'static str, host: H) -> impl Iterator<Item = Trial>
where
    H: Fn(&Path, &Case, &[String]) -> Result<Said, String> + Clone + Send + Sync + 'static,
{
    trials_with(name, move |case, words| {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let sessions = directory.path().join("sessions");
        if case.granted != Granted::Missing {
            fs::create_dir(&sessions).map_err(|error| error.to_string())?;
            case.make(&sessions);
        }
        let said = host(&sessions, case, words)?;
        let after = sessions.is_dir().then(|| tree_on_disk(&sessions));
        Ok((said, after.unwrap_or_default()))
    })
}

/// Makes a test of each case: `host` makes the directory, does the call, and
/// gives the answer and the directory after it.
pub fn trials_with<H>(name: &'static str, host: H) -> impl Iterator<Item = Trial>
where
    H: Fn(&Case, &[String]) -> Result<(Said, Tree), String> + Clone + Send + Sync + 'static,
{
    let differences = differences(name);
    cases().into_iter().map(move |mut case| {
        let difference = differences
            .iter()
            .find(|known| known.cases.contains(&case.name));
        let differs = difference.is_some();
        let trial_name = format!("{name}: {}", case.name);
        if let Some(instead) = difference.and_then(|known| known.instead.clone()) {
            case.answer = instead.answer;
            case.exit = instead.exit;
            case.says = None;
        } else if differs {
            return Trial::test(trial_name, || Ok(())).with_ignored_flag(true);
        }
        let host = host.clone();
        let kind = if differs { "differs" } else { "" };
        Trial::test(trial_name, move || Ok(case.run(host)?)).with_kind(kind)
    })
}

/// What the command line answers, on these operations.
pub fn said_with(operations: &impl Operations, words: &[String]) -> Result<Said, String> {
    let command = match parse(Program::Component, words, None)? {
        Parsed::Run(command) => command,
        Parsed::Print(text) => return Err(text),
        Parsed::InputWanted => return Err("it reads standard input".to_owned()),
    };
    let mut reports = Vec::new();
    for task in &command.tasks {
        let answer = task.perform(operations, &mut |_, _| ControlFlow::Continue(()));
        let report = if command.json {
            json(&answer, command.question(task))
        } else {
            text(&answer, command.question(task), Page::default())
        };
        reports.push(report);
    }
    Ok(Said::of(&reports))
}

/// A program's answer to a call.
pub fn said_by(program: &mut Command) -> Result<Said, String> {
    let output = program
        .output()
        .map_err(|error| format!("{program:?} cannot be run ({error}): use `cargo xtask test`"))?;
    Ok(Said {
        answer: String::from_utf8_lossy(&output.stdout).into_owned(),
        diagnostics: String::from_utf8_lossy(&output.stderr).into_owned(),
        exit: output
            .status
            .code()
            .ok_or_else(|| format!("{program:?} was killed"))?,
    })
}

/// Every case, in the order of the files.
pub fn cases() -> Vec<Case> {
    read_all(&list())
}

/// The cases that the host of this name runs otherwise or not at all.
fn differences(host: &str) -> Vec<Difference> {
    let known: Vec<Difference> = read_all(&list().join("differences"));
    let cases = cases();
    for name in known.iter().flat_map(|known| &known.cases) {
        let is_case = cases.iter().any(|case| case.name == *name);
        assert!(is_case, "a difference names no case: {name}");
    }
    let concerns = |known: &Difference| known.hosts.iter().any(|known| known == host);
    known.into_iter().filter(concerns).collect()
}

fn list() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|ancestor| ancestor.join("tests/cases"))
        .find(|cases| cases.is_dir())
        .expect("the cases stand in tests/cases")
}

fn read_all<T: DeserializeOwned>(directory: &Path) -> Vec<T> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("the cases can be listed")
        .map(|entry| entry.expect("the cases can be listed").path())
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read<T: DeserializeOwned>(file: &Path) -> Vec<T> {
    let mut text = fs::read_to_string(file).expect("a file of cases can be read");
    for length in [246, 247] {
        text = text.replace(&format!("<{length} x>"), &"x".repeat(length));
    }
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

impl Case {
    /// The directory before the call.
    pub fn tree_before(&self) -> Tree {
        let named = self.before.iter().map(|(name, node)| {
            let found = found(node, &self.before);
            (name.clone().into_bytes(), found)
        });
        let not_utf8 = self
            .not_utf8
            .iter()
            .map(|name| (latin1(name), Found::File(Vec::new())));
        named.chain(not_utf8).collect()
    }

    /// The directory after the call.
    pub fn tree_after(&self) -> Tree {
        let mut tree = self.tree_before();
        for (name, node) in &self.after {
            let name = name.clone().into_bytes();
            match node {
                Some(node) => tree.insert(name, found(node, &self.before)),
                None => tree.remove(&name),
            };
        }
        tree
    }

    /// Makes the directory on disk.
    pub fn make(&self, directory: &Path) {
        for (name, node) in self.tree_before() {
            let path = directory.join(OsStr::from_bytes(&name));
            match node {
                Found::File(bytes) => fs::write(path, bytes).expect("a file can be made"),
                Found::Directory => fs::create_dir(path).expect("a directory can be made"),
                Found::Special => make_fifo(&path),
                Found::Link => {}
            }
        }
        for (name, node) in &self.before {
            if let Node::LinkTo(target) = node {
                symlink(target, directory.join(name)).expect("a link can be made");
            }
        }
    }

    /// Does the call for its JSON answer and, if the case gives them, for its
    /// words; each time in a directory of its own.
    fn run<H>(&self, host: H) -> Result<(), String>
    where
        H: Fn(&Self, &[String]) -> Result<(Said, Tree), String>,
    {
        let json = [vec!["--json".to_owned()], self.call.clone()].concat();
        let (said, after) = host(self, &json)?;
        self.check(&said, &after)
            .map_err(|difference| format!("{difference}\n{}", said.diagnostics))?;
        let Some(lines) = &self.says else {
            return Ok(());
        };
        let (said, _) = host(self, &self.call)?;
        if said.answer.lines().eq(lines) {
            Ok(())
        } else {
            Err(format!("it says\n{}not\n{}", said.answer, lines.join("\n")))
        }
    }

    /// Compares an answer and the directory after it with what they should be.
    fn check(&self, said: &Said, after: &Tree) -> Result<(), String> {
        let answer = serde_json::from_str(&said.answer).map_err(|error| error.to_string())?;
        if let Some(difference) = difference(&self.answer, &answer, "answer") {
            return Err(format!("{difference}\nin {answer}"));
        }
        if said.exit != self.exit {
            return Err(format!("it exits with {}, not {}", said.exit, self.exit));
        }
        let (mut after, mut wanted) = (after.clone(), self.tree_after());
        wanted.remove(LOG.as_bytes());
        let log = after.remove(LOG.as_bytes());
        self.check_log(log.as_ref())?;
        compare(&after, &wanted)
    }

    /// Checks what was written to the history. Hosts without a run write nothing.
    fn check_log(&self, log: Option<&Found>) -> Result<(), String> {
        let before = self.tree_before().remove(LOG.as_bytes());
        if log == before.as_ref() {
            return Ok(());
        }
        if self.call.iter().any(|word| word == "--dry-run") {
            return Err(format!("a dry run changed {LOG}"));
        }
        let before = match &before {
            None => &[],
            Some(Found::File(bytes)) => bytes.as_slice(),
            Some(_) => return Err(format!("{LOG} was no file, and was replaced")),
        };
        let written = match log {
            Some(Found::File(bytes)) => bytes.strip_prefix(before),
            _ => None,
        };
        let written = written.ok_or_else(|| format!("{LOG} lost what it held"))?;
        let written = str::from_utf8(written).map_err(|error| format!("{LOG}: {error}"))?;
        // A line that was torn before gets its end.
        let is_torn = before.last().is_some_and(|last| *last != b'\n');
        let lines = if is_torn {
            written.strip_prefix('\n')
        } else {
            Some(written)
        };
        let lines = lines.and_then(|lines| lines.strip_suffix('\n'));
        let mut lines = lines
            .ok_or_else(|| format!("{LOG} has a torn line"))?
            .split('\n');
        lines.try_for_each(|line| {
            check_line(line).map_err(|wrong| format!("{LOG}: {wrong} in {line}"))
        })
    }
}

/// The directory on disk, with what is inside its directories, as it can be compared.
pub fn tree_on_disk(directory: &Path) -> Tree {
    let entries = fs::read_dir(directory).expect("the directory can be listed");
    let mut tree = Tree::new();
    for entry in entries {
        let entry = entry.expect("the directory can be listed");
        let kind = entry.file_type().expect("an entry has a type");
        let name = entry.file_name().as_bytes().to_vec();
        let found = if kind.is_file() {
            Found::File(fs::read(entry.path()).expect("a file can be read"))
        } else if kind.is_dir() {
            let inside = tree_on_disk(&entry.path()).into_iter();
            tree.extend(inside.map(|(path, found)| ([&name, &b"/"[..], &path].concat(), found)));
            Found::Directory
        } else if kind.is_symlink() {
            Found::Link
        } else {
            Found::Special
        };
        tree.insert(name, found);
    }
    tree
}

/// The bytes of a session with so many messages.
pub fn session(messages: usize) -> Vec<u8> {
    let messages: Vec<_> = (0..messages)
        .map(|number| {
            format!("{{\"role\": \"user\", \"content\": \"message {number} \\u2014 „ok“\"}}")
        })
        .collect();
    format!(
        "{{\"title\": \"x\", \"messages\": [{}], \"tool_calls\": []}}",
        messages.join(", ")
    )
    .into_bytes()
}

fn found(node: &Node, siblings: &BTreeMap<String, Node>) -> Found {
    match node {
        Node::Messages(messages) => Found::File(session(*messages)),
        Node::Text(text) => Found::File(text.clone().into_bytes()),
        Node::Latin1(text) => Found::File(latin1(text)),
        Node::Parts(parts) => Found::File(parts.iter().flat_map(Part::bytes).collect()),
        Node::SameAs(name) => found(&siblings[name], siblings),
        Node::LinkTo(_) => Found::Link,
        Node::Is(Special::Directory) => Found::Directory,
        Node::Is(Special::Fifo) => Found::Special,
    }
}

impl Part {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Once(text) => text.clone().into_bytes(),
            Self::Repeated(text, times) => text.repeat(*times).into_bytes(),
        }
    }
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).expect("Latin-1 has one byte a character"))
        .collect()
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mkfifo makes a FIFO"
    );
}

/// Checks that a line of the history is an object with the documented keys.
fn check_line(line: &str) -> Result<(), String> {
    /// A key, whether each line has it, and what is right for it.
    type Key = (&'static str, bool, fn(&Value) -> bool);
    const KEYS: [Key; 8] = [
        ("deed", true, |deed| deed == "restored" || deed == "undone"),
        ("time", true, Value::is_u64),
        ("run", true, Value::is_string),
        ("session", true, Value::is_string),
        ("source", false, Value::is_string),
        ("kept", false, Value::is_string),
        ("messages", false, Value::is_u64),
        ("discarded", false, |discarded| *discarded == true),
    ];
    let line: BTreeMap<String, Value> =
        serde_json::from_str(line).map_err(|error| error.to_string())?;
    for (key, is_required, is_right) in KEYS {
        if !line.get(key).map_or(!is_required, is_right) {
            return Err(format!("{key} is missing or wrong"));
        }
    }
    let is_known = |key: &&String| KEYS.iter().any(|(known, ..)| known == key);
    match line.keys().find(|key| !is_known(key)) {
        Some(key) => Err(format!("{key} is not documented")),
        None => Ok(()),
    }
}

/// Where `found` lacks something of `wanted`.
fn difference(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(key, wanted)| {
            let found = found.get(key).unwrap_or(&Value::Null);
            difference(wanted, found, &format!("{at}.{key}"))
        }),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(index, (wanted, found))| {
                difference(wanted, found, &format!("{at}[{index}]"))
            }),
        _ if wanted == found => None,
        _ => Some(format!("{at} is {found}, not {wanted}")),
    }
}

fn compare(after: &Tree, wanted: &Tree) -> Result<(), String> {
    for name in wanted.keys().chain(after.keys()) {
        let shown = String::from_utf8_lossy(name);
        match (after.get(name), wanted.get(name)) {
            (Some(after), Some(wanted)) if after == wanted => {}
            (Some(after), Some(wanted)) => {
                return Err(format!(
                    "{shown} differs from what it should be: {after:?} {wanted:?}"
                ));
            }
            (Some(_), None) => return Err(format!("{shown} should not be there")),
            (None, _) => return Err(format!("{shown} is gone")),
        }
    }
    Ok(())
}
