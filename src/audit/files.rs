//! Compares the live files with the application's index, which uses the IDs inside the files.

use crate::answer::{Category, FileState, Finding, FindingKind};
use crate::app::index::Row;
use crate::app::note::id_inside;
use crate::count::{Key, Value};
use crate::session::{INDEX, SessionId};
use crate::sorted::sorted;
use crate::verdict::inspect::Inspection;
use crate::verdict::recommend::many;

/// A live file, as the application lists it.
pub struct Live {
    id: SessionId,
    /// The ID inside, if that is another one.
    inside: Option<String>,
    /// How many messages it holds, if it is readable.
    messages: Option<u32>,
    /// How many the application counts at least, once it is restored.
    expected: Option<u32>,
    /// Whether it is readable and gives itself no ID: the application makes one up each time.
    is_nameless: bool,
}

impl Live {
    /// What was found out about it.
    pub fn of<F>(id: &SessionId, inspection: &Inspection<F>) -> Self {
        let facts = inspection.live.judgement.facts();
        let status = &inspection.status;
        let expected = status.live.messages().max(status.backup.messages());
        // The application counts a message that waits for its answer.
        let is_pending =
            facts.is_some_and(|facts| facts.value(Key::PendingUserMessage).is_truthy());
        Self {
            id: id.clone(),
            inside: facts.and_then(|facts| id_inside(id, facts)),
            messages: match status.live.state {
                FileState::Readable { messages, .. } => Some(messages),
                _ => None,
            },
            expected: expected.map(|messages| messages.max(u32::from(is_pending))),
            is_nameless: facts.is_some_and(|facts| !is_text(facts.value(Key::SessionId))),
        }
    }

    /// The ID under which the application lists it.
    fn listed_as(&self) -> String {
        self.inside.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// Whether its name says that it is a copy of the session whose ID is inside.
    fn is_copy(&self) -> bool {
        let (Some(inside), name) = (&self.inside, self.id.to_string()) else {
            return false;
        };
        let goes_on = |rest: &str| !rest.starts_with(char::is_alphanumeric);
        name.strip_prefix(&**inside).is_some_and(goes_on)
            || name.strip_prefix(OLD_PREFIX) == Some(inside)
    }
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Scalar(token) if token.is_text)
}

/// What the names of the application's agent have before the ID.
const OLD_PREFIX: &str = "session_";

/// The live files that the application lists under another ID than their names'.
pub fn ids_inside(live: &[Live]) -> Vec<Finding> {
    live.iter().filter_map(|file| id_of(file, live)).collect()
}

fn id_of(file: &Live, live: &[Live]) -> Option<Finding> {
    let inside = file.inside.as_ref()?;
    // They are in the order of their names.
    let original = format!("{inside}.json");
    let original = live.binary_search_by(|other| other.id.live_name().cmp(&original));
    let original = original.ok().map(|place| &live[place]);
    let finding = |kind, seen: String| Finding {
        session_id: Some(file.id.to_string()),
        name: Some(file.id.live_name()),
        live_messages: file.messages,
        ..Finding::new(kind, &seen)
    };
    if !file.is_copy() {
        let seen = format!(
            "The ID inside the file is {inside}. The application lists the session under that ID and saves it to {inside}.json."
        );
        return Some(finding(FindingKind::OtherId, seen));
    }
    let of_original = original.and_then(|original| original.messages);
    let finding = finding(
        FindingKind::Copy,
        match of_original {
            Some(number) => {
                format!(
                    "This file is a copy of {inside}, which holds {}.",
                    many(number)
                )
            }
            None => format!("This file is a copy of {inside}, which has no readable live file."),
        },
    );
    Some(if file.messages > of_original {
        finding
    } else {
        Finding {
            category: Category::Information,
            ..finding
        }
    })
}

/// Finds differences between the index and the live files. A difference that the application would
/// make again is none. If the application would remove a file when it creates a new index, that
/// file is `endangered`, and the index stays where it is.
pub fn index(
    rows: &[Row],
    live: &[Live],
    is_deleted: &dyn Fn(&SessionId) -> bool,
    endangered: Option<&str>,
) -> Vec<Finding> {
    let listed = live.iter().enumerate();
    let listed = sorted(listed.map(|(at, file)| (file.listed_as(), at)).collect());
    let listed = listed.into_iter();
    let listed: Vec<_> = listed
        .filter_map(|(id, at)| Some((id, live.get(at)?)))
        .collect();
    let has_row = |id: &String| rows.binary_search_by(|row| row.id.cmp(id)).is_ok();
    let is_listed = |row: &&Row| listed.binary_search_by(|(id, _)| id.cmp(&row.id)).is_ok();
    let is_gone = |row: &&Row| !SessionId::new(&row.id).is_ok_and(|id| is_deleted(&id));

    let missing_file = rows.iter().filter(|row| !is_listed(row)).filter(is_gone);
    let mut missing_file: Vec<_> = missing_file.map(|row| row.id.clone()).collect();
    let without_row = listed.iter().filter(|(id, _)| !has_row(id));
    let (mut lacking, unreadable): (Vec<_>, Vec<_>) =
        without_row.partition(|(_, file)| file.messages.is_some());
    // After a rebuild each nameless file has a row with an ID that no file has.
    let nameless = lacking.iter().filter(|(_, file)| file.is_nameless).count();
    if nameless > 0 && missing_file.len() == nameless {
        lacking.retain(|(_, file)| !file.is_nameless);
        missing_file.clear();
    }
    let ids = |files: &[&(String, &Live)]| {
        let mut ids: Vec<_> = files.iter().map(|(id, _)| id.clone()).collect();
        ids.dedup();
        ids
    };
    let gone = "The application's index has sessions without a live file";
    let lacks = "The application's index lacks sessions";
    let repairable = [
        about(FindingKind::IndexMissingFile, gone, missing_file),
        about(FindingKind::IndexMissingEntry, lacks, ids(&lacking)).map(|finding| Finding {
            live_messages: only_one(&lacking).and_then(|file| file.messages),
            ..finding
        }),
    ];
    let repairable = repairable
        .into_iter()
        .flatten()
        .map(|finding| held(finding, endangered));
    // What the application cannot read is in no index that it makes.
    let unreadable = about(
        FindingKind::IndexMissingEntry,
        "The application's index lacks sessions whose live files are damaged",
        ids(&unreadable),
    );
    let unreadable = unreadable.map(Finding::for_information);
    let counts = rows.iter().filter_map(|row| indexed_count(row, &listed));
    repairable.chain(unreadable).chain(counts).collect()
}

fn only_one<'a>(files: &[&(String, &'a Live)]) -> Option<&'a Live> {
    match files {
        [(_, file)] => Some(file),
        _ => None,
    }
}

fn about(kind: FindingKind, seen: &str, ids: Vec<String>) -> Option<Finding> {
    const SHOWN: usize = 10;
    let shown = ids
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = match ids.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!ids.is_empty()).then(|| Finding {
        session_id: ids.first().filter(|_| ids.len() == 1).cloned(),
        name: Some(INDEX.to_owned()),
        session_ids: ids,
        ..Finding::new(kind, &format!("{seen}: {shown}{more}."))
    })
}

/// A difference that is to stay as long as setting the index aside could destroy a file.
fn held(finding: Finding, endangered: Option<&str>) -> Finding {
    match endangered {
        None => finding,
        Some(name) => Finding {
            category: Category::ManualReview,
            remedy: format!(
                "Look at {name} first. The application removes it before it creates a new index. Put it in place with `recover --from`, or move it out of the directory, then run `repair` again."
            ),
            ..finding
        },
    }
}

/// A row that says more than the files with its ID hold, or will hold once they are restored.
fn indexed_count(row: &Row, listed: &[(String, &Live)]) -> Option<Finding> {
    let start = listed.partition_point(|(id, _)| *id < row.id);
    let files = listed[start..].iter().take_while(|(id, _)| *id == row.id);
    let files: Vec<_> = files.map(|(_, file)| *file).collect();
    let expected = files.iter().filter_map(|file| file.expected).max()?;
    let number = row
        .messages
        .filter(|number| *number > u64::from(expected))?;
    let file = files.iter().find(|file| file.inside.is_none())?;
    let messages = file.messages?;
    Some(Finding {
        session_id: Some(row.id.clone()),
        name: Some(file.id.live_name()),
        live_messages: Some(messages),
        ..Finding::new(
            FindingKind::IndexedCount,
            &format!(
                "The application's index counts {number} messages. The live file holds {messages}."
            ),
        )
    })
}
