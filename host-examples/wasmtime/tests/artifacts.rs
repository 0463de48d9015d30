//! What the components import, export and weigh: their sandbox, and the
//! promise that hosts rely on.

use std::fs;
use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The most that the plugin may weigh. To salvage takes about 100 kB of it; to list, compare and
/// show the sources of a session, and to write the history, another 95 kB.
const MOST_BYTES: usize = 615_000;

fn artifact(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../dist")
        .join(name);
    fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()))
}

/// The imported interfaces, without versions, and their functions.
fn imports(engine: &Engine, component: &Component) -> Vec<(String, Vec<String>)> {
    let component_type = component.component_type();
    let imports = component_type.imports(engine).map(|(name, item)| {
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            panic!("{name} is no interface");
        };
        let functions = instance.exports(engine).filter_map(|(name, item)| {
            matches!(item.ty, ComponentItem::ComponentFunc(_)).then(|| name.to_owned())
        });
        let unversioned = name.split('@').next().unwrap_or(name);
        (unversioned.to_owned(), functions.collect())
    });
    imports.collect()
}

fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    let component_type = component.component_type();
    component_type
        .exports(engine)
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn the_plugin_imports_only_the_file_system() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery.wasm")).unwrap();
    let mut names: Vec<_> = imports(&engine, &component)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort();
    assert_eq!(names, ["wasi:filesystem/preopens", "wasi:filesystem/types"]);
}

#[test]
fn the_plugin_calls_no_more_of_the_file_system_than_it_needs() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery.wasm")).unwrap();
    let mut functions: Vec<_> = imports(&engine, &component)
        .into_iter()
        .flat_map(|(_, functions)| functions)
        .collect();
    functions.sort();
    assert_eq!(
        functions,
        [
            "[method]descriptor.link-at",
            "[method]descriptor.metadata-hash",
            "[method]descriptor.metadata-hash-at",
            "[method]descriptor.open-at",
            "[method]descriptor.read",
            "[method]descriptor.read-directory",
            "[method]descriptor.rename-at",
            "[method]descriptor.sync",
            "[method]descriptor.unlink-file-at",
            "[method]descriptor.write",
            "[method]directory-entry-stream.read-directory-entry",
            "get-directories",
        ]
    );
}

#[test]
fn the_plugin_exports_its_interface() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery.wasm")).unwrap();
    assert_eq!(
        exports(&engine, &component),
        ["session-recovery:api/recovery@0.3.0"]
    );
}

#[test]
fn the_plugin_is_small() {
    let bytes = artifact("session-recovery.wasm").len();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

#[test]
fn the_reporter_imports_nothing() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery-report.wasm")).unwrap();
    assert_eq!(imports(&engine, &component), []);
    assert_eq!(
        exports(&engine, &component),
        [
            "session-recovery:api/report@0.3.0",
            "session-recovery:api/command-line@0.3.0",
        ]
    );
}

#[test]
fn the_command_imports_no_random_numbers_no_network_and_only_the_time_of_clocks() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery-cli.wasm")).unwrap();
    for (name, _) in imports(&engine, &component) {
        let allowed = [
            "wasi:cli/",
            "wasi:clocks/wall-clock",
            "wasi:filesystem/",
            "wasi:io/",
        ];
        assert!(
            allowed.iter().any(|package| name.starts_with(package)),
            "{name}"
        );
    }
}

#[test]
fn the_command_exports_run() {
    let engine = Engine::default();
    let component = Component::new(&engine, artifact("session-recovery-cli.wasm")).unwrap();
    let exports = exports(&engine, &component);
    assert_eq!(exports.len(), 1, "{exports:?}");
    assert!(exports[0].starts_with("wasi:cli/run@0.2."), "{exports:?}");
}
