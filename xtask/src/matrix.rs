//! The cases that every host runs, as a table of case by host.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use serde::Deserialize;

use crate::root;

/// What the runners of the cases print, collected.
#[derive(Default)]
pub struct Matrix {
    /// In the order in which they ran.
    hosts: Vec<String>,
    /// By case and host.
    results: BTreeMap<(String, String), &'static str>,
}

impl Matrix {
    /// Takes a line of a runner's output: `test HOST: CASE ... ok`, with
    /// `[differs]` before it where the host is known to differ.
    pub fn add(&mut self, line: &str) {
        let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|line| line.rsplit_once(" ... "))
        else {
            return;
        };
        let differs = name.strip_prefix("[differs] ");
        let Some((host, case)) = differs.unwrap_or(name).split_once(": ") else {
            return;
        };
        let result = match (result, differs) {
            ("ok", None) => "ok",
            ("ok", Some(_)) => "differs",
            ("ignored", _) => "-",
            _ => "FAILED",
        };
        let (host, case) = (host.to_owned(), case.trim_end().to_owned());
        if !self.hosts.contains(&host) {
            self.hosts.push(host.clone());
        }
        self.results.insert((case, host), result);
    }

    /// Prints the table, and below it why some cells are not `ok`.
    pub fn print(&self) -> Result<()> {
        let cases = cases()?;
        let widest = cases.iter().map(|case| case.chars().count()).max();
        let widest = widest.unwrap_or_default();
        println!("\n== The cases in every host\n");
        // Other tests have names of that form as well.
        let ran = |host: &&String| {
            let cell = |case: &String| self.results.contains_key(&(case.clone(), (*host).clone()));
            cases.iter().any(cell)
        };
        let hosts: Vec<_> = self.hosts.iter().filter(ran).map(String::as_str).collect();
        println!("{:widest$}  {}", "", hosts.join("  "));
        for case in &cases {
            let results = hosts.iter().map(|host| {
                let result = self.results.get(&(case.clone(), (*host).to_owned()));
                format!("{:<width$}", result.unwrap_or(&"-"), width = host.len())
            });
            let results = results.collect::<Vec<_>>().join("  ");
            println!("{case:widest$}  {}", results.trim_end());
        }
        println!();
        for Difference { hosts, reason } in differences()? {
            println!("{}: {reason}", hosts.join(", "));
        }
        if self.is_skipped("Node") || self.is_skipped("Python") {
            println!("A host without any result was skipped.");
        }
        Ok(())
    }

    fn is_skipped(&self, host: &str) -> bool {
        let mut results = self.results.iter().filter(|((_, of), _)| of == host);
        results.all(|(_, result)| *result == "-")
    }
}

/// Why some hosts run some cases otherwise or not at all.
#[derive(Deserialize)]
struct Difference {
    hosts: Vec<String>,
    reason: String,
}

/// The names of all cases, in the order of the files.
fn cases() -> Result<Vec<String>> {
    let list = fs::read_dir(root().join("tests/cases"))?;
    let paths = list.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<Result<Vec<_>>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut names = Vec::new();
    for path in paths {
        let cases: Vec<Case> = serde_json::from_slice(&fs::read(path)?)?;
        names.extend(cases.into_iter().map(|case| case.name));
    }
    Ok(names)
}

#[derive(Deserialize)]
struct Case {
    name: String,
}

fn differences() -> Result<Vec<Difference>> {
    let list = root().join("tests/cases/differences/hosts.json");
    Ok(serde_json::from_slice(&fs::read(list)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_sorted_by_case_and_host() {
        let mut matrix = Matrix::default();
        for line in [
            "running 4 tests",
            "test natively: a: b is c   ... ok",
            "test [differs] Node: a: b is c ... ok",
            "test Python: a: b is c ... FAILED",
            "test natively: d ... ignored",
            "test count::tests::e ... ok",
        ] {
            matrix.add(line);
        }
        assert_eq!(matrix.hosts, ["natively", "Node", "Python"]);
        let result = |case: &str, host: &str| matrix.results[&(case.to_owned(), host.to_owned())];
        assert_eq!(result("a: b is c", "natively"), "ok");
        assert_eq!(result("a: b is c", "Node"), "differs");
        assert_eq!(result("a: b is c", "Python"), "FAILED");
        assert_eq!(result("d", "natively"), "-");
    }
}
