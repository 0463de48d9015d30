//! The project has one version, in all of its packages.

use std::fs;

use xtask::root;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> serde_json::Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// What stands between the first `before` and the quotation mark after it.
fn after<'a>(text: &'a str, before: &str) -> &'a str {
    let (_, text) = text.split_once(before).unwrap_or_default();
    text.split('"').next().unwrap_or_default()
}

#[test]
fn the_node_package_has_it() {
    assert_eq!(json("host-examples/node/package.json")["version"], VERSION);
    let lock = json("host-examples/node/package-lock.json");
    assert_eq!(lock["version"], VERSION);
    assert_eq!(lock["packages"][""]["version"], VERSION);
}

#[test]
fn the_python_package_has_it() {
    let project = read("host-examples/python/pyproject.toml");
    assert_eq!(after(&project, "\nversion = \""), VERSION);
}

#[test]
fn the_packages_outside_the_workspace_have_it() {
    for package in ["benches", "fuzz"] {
        let manifest = read(&format!("{package}/Cargo.toml"));
        assert_eq!(after(&manifest, "\nversion = \""), VERSION, "{package}");
    }
}

#[test]
fn the_lock_files_have_it() {
    for lock in ["Cargo.lock", "benches/Cargo.lock", "fuzz/Cargo.lock"] {
        let text = read(lock);
        let packages: Vec<_> = text.split("[[package]]").collect();
        let ours = packages
            .iter()
            .filter(|package| after(package, "name = \"").starts_with("session-recovery"));
        let versions: Vec<_> = ours.map(|package| after(package, "version = \"")).collect();
        assert!(!versions.is_empty(), "{lock}");
        assert!(versions.iter().all(|version| *version == VERSION), "{lock}");
    }
}

#[test]
fn the_crates_need_each_other_in_it() {
    for manifest in ["Cargo.toml", "host-examples/wasmtime/Cargo.toml"] {
        let text = read(manifest);
        let needs = text
            .lines()
            .filter(|line| line.starts_with("session-recovery") && line.contains("version = "));
        let mut versions: Vec<_> = needs.map(|line| after(line, "version = \"")).collect();
        versions.dedup();
        assert_eq!(versions, [VERSION], "{manifest}");
    }
}

#[test]
fn the_interface_has_it() {
    for file in fs::read_dir(root().join("wit")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let text = fs::read_to_string(&path).unwrap();
            let package = format!("package session-recovery:api@{VERSION};");
            assert!(
                text.lines().any(|line| line == package),
                "{}",
                path.display()
            );
        }
    }
}
