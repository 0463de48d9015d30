//! Finds the component that the host carries.

use std::path::Path;

fn main() {
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/session-recovery.wasm");
    println!("cargo::rerun-if-changed={}", component.display());
    if component.is_file() {
        println!(
            "cargo::rustc-env=SESSION_RECOVERY_COMPONENT={}",
            component.display()
        );
    } else {
        println!(
            "cargo::error=dist/session-recovery.wasm is missing: run `cargo xtask build` first"
        );
    }
}
