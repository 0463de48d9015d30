//! The documents hold together: their links lead somewhere, their commands exist, the
//! tests they name exist, and they keep the width and the words that we agreed on.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The README is one look at the project. What does not fit belongs in `docs/`.
const WORDS_IN_README: usize = 1_700;
/// Editors and terminals show so much of a line.
const WIDTH: usize = 100;
/// Words that made our sentences hard to read, and what to write instead.
const AVOIDED: [(&str, &str); 11] = [
    ("as ever", "nothing"),
    ("but for", "except"),
    ("moreover", "also"),
    ("all the same", "even so"),
    ("so does", "a sentence of its own"),
    ("is told", "is shown, is listed"),
    ("of which there", "a sentence of its own"),
    ("where there is none", "if there is none"),
    ("beyond help", "cannot be restored"),
    ("the words are wrong", "the command line is wrong"),
    ("alone", "only"),
];

/// One Markdown file of the repository.
struct Document {
    /// Its path from the root.
    path: PathBuf,
    text: String,
}

impl Document {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(root().join(path));
        Self {
            path: path.to_owned(),
            text: text.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        }
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// The targets of its links and images.
    fn targets(&self) -> Vec<String> {
        let targets = self.events().filter_map(|(event, _)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        });
        targets.collect()
    }

    /// The references `[text][label]` that no line defines.
    fn undefined(&self) -> Vec<String> {
        let mut undefined = Vec::new();
        let mut record = |link: BrokenLink<'_>| {
            if link.link_type != LinkType::Shortcut {
                undefined.push(link.reference.to_string());
            }
            None
        };
        let all = Options::ENABLE_TABLES;
        Parser::new_with_broken_link_callback(&self.text, all, Some(&mut record)).for_each(drop);
        undefined
    }

    /// The anchors of its headings, as GitHub makes them.
    fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        let mut seen = HashMap::new();
        let mut heading: Option<String> = None;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let number = seen.entry(slug.clone()).or_insert(0);
                    anchors.insert(match *number {
                        0 => slug,
                        number => format!("{slug}-{number}"),
                    });
                    *number += 1;
                }
                _ => {}
            }
        }
        anchors
    }

    /// What it says in prose, block by block: no code, no tables.
    fn prose(&self) -> Vec<String> {
        let mut blocks = vec![String::new()];
        let mut is_code = false;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(_)) => is_code = true,
                Event::End(TagEnd::CodeBlock) => is_code = false,
                Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => {
                    blocks.push(String::new());
                }
                Event::Text(text) if !is_code => push(&mut blocks, &text),
                Event::SoftBreak => push(&mut blocks, " "),
                _ => {}
            }
        }
        blocks
    }

    /// Its code, in blocks and within lines.
    fn code(&self) -> Vec<String> {
        let mut code = Vec::new();
        let mut is_code = false;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(_)) => is_code = true,
                Event::End(TagEnd::CodeBlock) => is_code = false,
                Event::Code(text) => code.push(text.into_string()),
                Event::Text(text) if is_code => code.push(text.into_string()),
                _ => {}
            }
        }
        code
    }

    /// The numbers of its lines that are too long and are neither code nor a table.
    fn long_lines(&self) -> Vec<usize> {
        let exempt = self.events().filter_map(|(event, range)| match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Table(_)) => Some(range),
            _ => None,
        });
        let exempt: Vec<_> = exempt.collect();
        let mut start = 0;
        let mut long = Vec::new();
        for (number, line) in self.text.split_inclusive('\n').enumerate() {
            let is_exempt = exempt.iter().any(|range| range.contains(&start));
            if line.trim_end().chars().count() > WIDTH && !is_exempt {
                long.push(number + 1);
            }
            start += line.len();
        }
        long
    }
}

fn push(blocks: &mut [String], text: &str) {
    if let Some(block) = blocks.last_mut() {
        block.push_str(text);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document that people read, by its path from the root.
fn documents() -> Vec<Document> {
    let fixed = [
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "fuzz/README.md",
        "host-examples/node/README.md",
        "host-examples/node/server/README.md",
        "host-examples/python/README.md",
        "tests/cases/README.md",
    ];
    let mut paths: Vec<_> = fixed.iter().map(PathBuf::from).collect();
    for entry in fs::read_dir(root().join("docs")).expect("docs/ can be listed") {
        let name = entry.expect("docs/ can be listed").file_name();
        let path = Path::new("docs").join(name);
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    paths.iter().map(|path| Document::read(path)).collect()
}

/// A heading's anchor: lower case, blanks to hyphens, and of the rest only letters,
/// digits, hyphens and underscores.
fn slug(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ => Some(character).filter(|character| character.is_alphanumeric()),
    });
    kept.collect()
}

/// The path that a link leads to, without `..`; none if it leaves the repository.
fn resolved(from: &Path, target: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    let joined = from.parent()?.join(target);
    for component in joined.components() {
        match component {
            Component::ParentDir if !path.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            _ => path.push(component),
        }
    }
    Some(path)
}

/// What is wrong with a link of a document, if anything.
fn fault(document: &Document, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let wrong = |why: &str| Some(format!("{}: {target}: {why}", document.path.display()));
    let (file, anchor) = match target.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (target, None),
    };
    let path = if file.is_empty() {
        document.path.clone()
    } else {
        match resolved(&document.path, file) {
            Some(path) => path,
            None => return wrong("leaves the repository"),
        }
    };
    if !root().join(&path).exists() {
        return wrong("no such file");
    }
    match anchor {
        Some(anchor) if !Document::read(&path).anchors().contains(anchor) => {
            wrong("no such heading")
        }
        _ => None,
    }
}

/// The subcommands of `cargo xtask`, from the variants of its `Task`.
fn xtask_commands() -> BTreeSet<String> {
    let source = include_str!("../xtask/src/main.rs");
    let (_, variants) = source.split_once("enum Task {").expect("xtask has tasks");
    let (variants, _) = variants.split_once("\n}").expect("the tasks end");
    let names = variants.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?;
        let name = name.split(|c: char| !c.is_alphanumeric()).next()?;
        name.starts_with(char::is_uppercase)
            .then(|| name.to_lowercase())
    });
    names.collect()
}

/// The words that follow `cargo xtask ` in a text.
fn xtask_calls(code: &str) -> Vec<&str> {
    let calls = code.split("cargo xtask ").skip(1);
    let words = calls.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
    words.filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let faults = documents.iter().flat_map(|document| {
        let targets = document.targets();
        let undefined = document.undefined().into_iter();
        let undefined =
            undefined.map(|label| format!("{}: [{label}] is not defined", document.path.display()));
        let faults = targets.iter().filter_map(|target| fault(document, target));
        faults.chain(undefined).collect::<Vec<_>>()
    });
    let faults: Vec<_> = faults.collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_readme_is_short() {
    let readme = Document::read(Path::new("README.md"));
    let words = readme.text.split_whitespace().count();
    assert!(words <= WORDS_IN_README, "{words} words");
}

#[test]
fn no_line_is_too_long() {
    let documents = documents();
    let long = documents.iter().flat_map(|document| {
        let lines = document.long_lines().into_iter();
        lines.map(|line| format!("{}:{line}", document.path.display()))
    });
    let long: Vec<_> = long.collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_xtask_command_exists() {
    let commands = xtask_commands();
    assert!(commands.contains("test"), "{commands:?}");
    let documents = documents();
    let code = documents.iter().flat_map(Document::code);
    let unknown: BTreeSet<_> = code
        .flat_map(|code| {
            let calls = xtask_calls(&code).into_iter();
            calls.map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|command| !commands.contains(command))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_test_that_a_guarantee_names_exists() {
    let guarantees = Document::read(Path::new("docs/guarantees.md"));
    let linked = guarantees.targets().into_iter().filter_map(|target| {
        let path = root().join(resolved(&guarantees.path, &target)?);
        fs::read_to_string(path).ok()
    });
    let linked: Vec<_> = linked.collect();
    let is_name = |code: &String| code.matches('_').count() >= 3 && !code.contains('.');
    let names: Vec<_> = guarantees.code().into_iter().filter(is_name).collect();
    assert!(names.len() > 10, "the guarantees name their tests");
    let missing = names.iter().filter(|name| {
        let definitions = ["fn", "def"].map(|word| format!("{word} {name}("));
        !linked
            .iter()
            .any(|text| definitions.iter().any(|each| text.contains(each)))
    });
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The cases of an enum of the interface, as JSON spells them.
fn cases_of(wit: &str, name: &str) -> Vec<String> {
    let lines = wit.lines().map(str::trim);
    let lines = lines.skip_while(|line| *line != format!("enum {name} {{"));
    let cases = lines.skip(1).take_while(|line| *line != "}");
    let cases = cases.filter(|line| !line.starts_with("//"));
    cases
        .map(|case| case.trim_end_matches(',').replace('-', "_"))
        .collect()
}

#[test]
fn the_reference_names_every_case_of_the_interface() {
    let wit = Document::read(Path::new("wit/recovery.wit")).text;
    let reference = Document::read(Path::new("docs/reference.md")).text;
    for name in [
        "error-code",
        "problem-kind",
        "guard",
        "verdict",
        "note-kind",
        "action",
    ] {
        let cases = cases_of(&wit, name);
        assert!(cases.len() > 4, "{name}: {cases:?}");
        let lacking = cases.iter();
        let lacking: Vec<_> = lacking
            .filter(|case| !reference.contains(&format!("`{case}`")))
            .collect();
        assert_eq!(lacking, Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn the_words_are_those_that_we_agreed_on() {
    let documents = documents();
    let found = documents.iter().flat_map(|document| {
        let blocks = document.prose().into_iter().flat_map(|block| {
            let block = block.to_lowercase();
            let found = AVOIDED.iter().filter(move |(avoided, _)| {
                let mut at = block.match_indices(avoided);
                at.any(|(start, word)| is_whole(&block, start..start + word.len()))
            });
            found.copied().collect::<Vec<_>>()
        });
        let path = document.path.display().to_string();
        blocks.map(move |(avoided, instead)| format!("{path}: \"{avoided}\": write {instead}"))
    });
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether no letter stands right before or after this range.
fn is_whole(text: &str, range: Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    ![before, after]
        .into_iter()
        .flatten()
        .any(char::is_alphanumeric)
}

/// What the tests above look for is found.
mod failures {
    use super::*;

    fn document(text: &str) -> Document {
        Document {
            path: PathBuf::from("docs/guide.md"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text = "# A `b`, c\n[1](#a-b-c) [2](#a-b) [3](../README.md) [4](../NO.md) [5][no]\n\
            [6](../../x.md) [7](https://example.org/no)";
        let document = document(text);
        let found = |target| fault(&document, target).is_some();
        assert!(document.anchors().contains("a-b-c"));
        let targets = document.targets();
        assert_eq!(targets.len(), 6);
        assert!(!found("../README.md") && !found("https://example.org/no"));
        assert!(found("../README.md#no-such-heading"));
        assert!(found("../NO.md") && found("../../x.md"));
        assert_eq!(document.undefined(), ["no"]);
    }

    #[test]
    fn two_headings_of_one_text_have_two_anchors() {
        let anchors = document("# Same\n\n# Same\n").anchors();
        assert_eq!(anchors, ["same", "same-1"].map(str::to_owned).into());
    }

    #[test]
    fn a_long_line_is_found_unless_it_is_code_or_a_table() {
        let long = "word ".repeat(30);
        let text = format!(
            "{long}\n\n```text\n{long}\n```\n\n| a | {long} |\n|---|---|\n| 1 | {long} |\n"
        );
        assert_eq!(document(&text).long_lines(), [1]);
    }

    #[test]
    fn commands_are_found_in_code() {
        let text =
            "`cargo xtask no --all`\n\n```console\n$ cargo xtask test\n```\ncargo xtask prose\n";
        let code = document(text).code();
        let calls: Vec<_> = code.iter().flat_map(|code| xtask_calls(code)).collect();
        assert_eq!(calls, ["no", "test"]);
    }

    #[test]
    fn words_are_found_in_prose_and_in_tables() {
        let document = document("As\never, `as ever`.\n\n| moreover |\n|---|\n| x |\n");
        let prose = document.prose().join("|").to_lowercase();
        assert!(prose.contains("as ever") && prose.contains("moreover"));
        assert!(!is_whole("malone", 1..6) && is_whole("it, alone.", 4..9));
    }
}
