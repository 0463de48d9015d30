//! The list of cases as Rust types, a directory on disk for each, and the
//! comparison of what is with what should be. Shared by the runners of all
//! hosts that Rust can drive.

#![allow(dead_code, reason = "no runner needs all of it")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

/// A case of `tests/cases/`, which documents the keys.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub before: BTreeMap<String, Node>,
    #[serde(default)]
    pub not_utf8: Vec<String>,
    pub call: Vec<String>,
    pub answer: Value,
    pub success: bool,
    pub after: BTreeMap<String, Option<Node>>,
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

/// What a host answered to a call.
pub struct Answer {
    pub json: Value,
    pub success: bool,
}

/// Every case, in the order of the files.
pub fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|ancestor| ancestor.join("tests/cases"))
        .find(|cases| cases.is_dir())
        .expect("the cases stand in tests/cases");
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("the cases can be listed")
        .map(|entry| entry.expect("the cases can be listed").path())
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Case> {
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

    /// Compares an answer and the directory after it with what they should be.
    pub fn check(&self, answer: &Answer, after: &Tree) -> Result<(), String> {
        if let Some(difference) = difference(&self.answer, &answer.json, "answer") {
            return Err(format!("{difference}\nin {}", answer.json));
        }
        if answer.success != self.success {
            return Err(format!(
                "success is {}, not {}",
                answer.success, self.success
            ));
        }
        compare(after, &self.tree_after())
    }
}

/// The directory on disk, as it can be compared.
pub fn tree_on_disk(directory: &Path) -> Tree {
    let entries = fs::read_dir(directory).expect("the directory can be listed");
    let entries = entries.map(|entry| entry.expect("the directory can be listed"));
    entries
        .map(|entry| {
            let kind = entry.file_type().expect("an entry has a type");
            let found = if kind.is_file() {
                Found::File(fs::read(entry.path()).expect("a file can be read"))
            } else if kind.is_dir() {
                Found::Directory
            } else if kind.is_symlink() {
                Found::Link
            } else {
                Found::Special
            };
            (entry.file_name().as_bytes().to_vec(), found)
        })
        .collect()
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
            (Some(_), Some(_)) => return Err(format!("{shown} differs from what it should be")),
            (Some(_), None) => return Err(format!("{shown} should not be there")),
            (None, _) => return Err(format!("{shown} is gone")),
        }
    }
    Ok(())
}
