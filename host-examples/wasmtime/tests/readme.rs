//! The README's Rust snippet does what it says.

use std::{env, fs};

mod snippet {
    include!("snippets/readme.rs");

    pub fn run() -> Result<(), HostError> {
        main()
    }
}

#[test]
fn the_snippet_restores_a_session() {
    let readme = include_str!("../../../README.md");
    let snippet = include_str!("snippets/readme.rs");
    assert!(readme.contains(&format!("```rust\n{snippet}```")));

    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("sessions")).unwrap();
    let live = directory.path().join("sessions/3f2a90c41b7e.json");
    let backup = live.with_extension("json.bak");
    fs::write(&live, r#"{"messages": []}"#).unwrap();
    fs::write(&backup, r#"{"messages": [1, 2]}"#).unwrap();
    env::set_current_dir(directory.path()).unwrap();
    snippet::run().unwrap();
    assert_eq!(fs::read(live).unwrap(), fs::read(backup).unwrap());
}
