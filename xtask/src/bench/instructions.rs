//! Counts the instructions that our counter needs for a byte: a figure that is
//! the same on a busy machine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::inputs::Pair;
use super::programs::native_peers;
use super::report::Table;
use super::shapes::Shape;

/// The ways to count that are compared: the word for each, and its name.
const WAYS: [(&str, &str); 3] = [
    ("counter", "our counter"),
    ("salvager", "our salvager"),
    ("serde-json", "serde_json"),
];

/// A table of the shapes, each of so many bytes; fails where the machine has no
/// valgrind.
pub fn table(shell: &Shell, bytes: u64) -> Result<Table> {
    let version = cmd!(shell, "valgrind --version").quiet().ignore_stderr();
    version.read().context("valgrind is not on the PATH")?;
    // Without the instructions of this machine alone, which valgrind may not know.
    let peers = native_peers(shell, "portable")?;
    let names = WAYS.map(|(_, name)| name);
    let mut table = Table::new(["", "bytes"].into_iter().chain(names));
    for shape in Shape::ALL {
        let pair = Pair::make(shape, bytes)?;
        let [file, _] = pair.files();
        let bytes = fs::metadata(&file)?.len();
        let mut cells = vec![bytes.to_string()];
        for (way, name) in WAYS {
            eprintln!("{}: instructions of {name}", pair.title);
            let all = instructions(shell, &peers, way, Some(&file))?;
            let start = instructions(shell, &peers, way, None)?;
            cells.push(per_byte(all.saturating_sub(start), bytes));
        }
        table.add(shape.name(), cells);
    }
    Ok(table)
}

/// Of the whole process, without those of the kernel.
fn instructions(shell: &Shell, peers: &Path, way: &str, file: Option<&Path>) -> Result<u64> {
    let callgrind = cmd!(
        shell,
        "valgrind --tool=callgrind --callgrind-out-file=/dev/null {peers} {way} {file...}"
    );
    let said = callgrind.quiet().ignore_stdout().read_stderr()?;
    collected(&said).context("valgrind names no figure")
}

/// The figure of `==24322== Collected : 330656`.
fn collected(said: &str) -> Option<u64> {
    let (_, after) = said.split_once("Collected : ")?;
    after.lines().next()?.trim().parse().ok()
}

#[allow(clippy::cast_precision_loss, reason = "no digit that is shown is lost")]
fn per_byte(instructions: u64, bytes: u64) -> String {
    format!("{:.2}", instructions as f64 / bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_found_in_what_valgrind_prints() {
        let said = "==2== Events    : Ir\n==2== Collected : 330656\n==2== \n";
        assert_eq!(collected(said), Some(330_656));
        assert_eq!(collected("==2== \n"), None);
    }
}
