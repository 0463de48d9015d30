//! The figures as tables of a page.

use super::figures::{Figures, Sampled, Score, Speed};
use super::{Options, Peers};
use crate::bench::report::{Report, Table};
use crate::bench::units::{figure, size};

/// What stands before the first table.
pub fn preface(options: &Options, peers: &Peers) -> String {
    let Options {
        files, seed, most, ..
    } = options;
    let versions = peers.versions.join(" and ");
    let left_out = peers.left_out.iter();
    let left_out = left_out.map(|reason| format!("\nLeft out: {reason}.\n"));
    let left_out: String = left_out.collect();
    format!(
        "\
# Salvage

`cargo xtask salvage --write` made this page, from {files} damaged files of sessions of 1 to {most} messages, with the
seeds from {seed} on. *There* are the messages all of whose bytes are in the file, and *made up* is what is none of
these. *In doubt* is what is made up, doubled or out of order in files where the answer says: this may be the context.
A context repeats messages, in some versions with their times. If the beginning of a file is gone, nothing may tell it
from the messages. The general repairers are {versions}.
{left_out}"
    )
}

/// Reports all of it.
pub fn fill(report: &mut Report, figures: &Figures, speed: &Speed) {
    report.part(
        "Found",
        &format!(
            "Our salvager reads all files, {} together.",
            size(figures.bytes)
        ),
    );
    let mut kinds = Table::new(FOUND);
    for (kind, score) in &figures.kinds {
        kinds.add(kind, found(score));
    }
    kinds.add("all", found(&figures.total()));
    report.say(kinds);
    let mut shapes = Table::new(FOUND);
    for (shape, score) in &figures.shapes {
        shapes.add(shape, found(score));
    }
    report.say(shapes);
    beside_others(report, figures);
    report.part("Whole files", &as_cpython(figures));
    report.part(
        "Speed",
        "One process, rounds in turn, medians. The hole has 4,096 bytes and is in the middle.",
    );
    report.say(speed.table());
}

const FOUND: [&str; 9] = [
    "",
    "files",
    "messages there",
    "found",
    "found, %",
    "made up",
    "doubled",
    "out of order",
    "in doubt",
];

fn found(score: &Score) -> Vec<String> {
    let mut cells = vec![
        score.files.to_string(),
        score.there.to_string(),
        score.found.to_string(),
        share(score),
    ];
    let faults = [
        score.made_up,
        score.doubled,
        score.out_of_order,
        score.in_doubt,
    ];
    cells.extend(faults.map(|number| number.to_string()));
    cells
}

fn beside_others(report: &mut Report, figures: &Figures) {
    let total = figures.sampled_total();
    if total.peers.is_empty() {
        return;
    }
    report.part(
        "Beside general repairers",
        &format!(
            "On {} of the files. Found is what equals a message as a JSON value, in order, among the `messages` of the \
             repaired document, or of each one if it is a list. jsonrepair, like json_repair, first tries whether the file is whole. \
             Bytes that are no text are replaced before. `× time` is how many times as long as our salvager each takes, without its start.",
            total.ours.files
        ),
    );
    let columns = ["", "there", "ours, %", "made up"].map(str::to_owned);
    let peers = total.peers.keys().flat_map(|name| {
        let columns = [format!("{name}, %"), "made up".to_owned()];
        columns.into_iter().chain(["× time".to_owned()])
    });
    let mut table = Table::new(columns.into_iter().chain(peers));
    let rows = figures.sampled.iter();
    let rows = rows.map(|(kind, sampled)| (&**kind, sampled));
    for (kind, sampled) in rows.chain([("all", &total)]) {
        table.add(kind, beside(sampled));
    }
    for (name, score) in &total.peers {
        if score.given_up > 0 {
            let given_up = score.given_up;
            table.note(format!(
                "{name} took too long for {given_up} of these files: nothing counts as found in them, and the time is the bound."
            ));
        }
    }
    report.say(table);
}

fn beside(sampled: &Sampled) -> Vec<String> {
    let ours = &sampled.ours;
    let mut cells = vec![
        ours.there.to_string(),
        share(ours),
        ours.made_up.to_string(),
    ];
    for score in sampled.peers.values() {
        let time = figure(score.seconds / ours.seconds);
        cells.extend([share(score), score.made_up.to_string(), time]);
    }
    cells
}

fn as_cpython(figures: &Figures) -> String {
    let Figures {
        read_by_cpython,
        differing,
        ..
    } = figures;
    if *read_by_cpython == 0 {
        return "Left out: CPython is not there.".to_owned();
    }
    let equal = *read_by_cpython as usize - differing.len();
    format!(
        "CPython's `json` reads {read_by_cpython} of the files. In {equal} of them our salvager finds exactly the messages that it does."
    )
}

impl Speed {
    fn table(&self) -> Table {
        let title = format!("{}, {} messages", size(self.bytes), self.messages);
        let mut table = Table::new(["", "ms", "× count"]).titled(&title);
        for (what, seconds) in [
            ("count the whole file", self.counted),
            ("salvage the whole file", self.whole_salvaged),
            ("salvage it with a hole", self.holed_salvaged),
        ] {
            let ratio = figure(seconds / self.counted);
            table.add(what, vec![figure(seconds * 1e3), ratio]);
        }
        let lost = self.messages.saturating_sub(self.salvaged);
        table.note(format!("The hole takes {lost} of the messages."));
        table
    }
}

/// In percent, never rounded up: 100.00 is all of them.
#[allow(clippy::cast_precision_loss, reason = "no digit that is shown is lost")]
fn share(score: &Score) -> String {
    if score.there == 0 {
        return "-".to_owned();
    }
    let hundredths = score.found * 10_000 / score.there;
    format!("{:.2}", hundredths as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_not_rounded_up() {
        let share = |found, there| {
            share(&Score {
                there,
                found,
                ..Score::default()
            })
        };
        assert_eq!(share(0, 0), "-");
        assert_eq!(share(99_999, 100_000), "99.99");
        assert_eq!(share(7, 7), "100.00");
    }
}
