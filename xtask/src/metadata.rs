//! Writes into a component what it is: name, version, licence, description, and what
//! the WIT says about its world. Registries and `wasm-tools metadata show` read that.

use std::borrow::Cow;
use std::fs;

use anyhow::{Context, Result};
use serde_json::json;
use wasm_encoder::{
    Component as Encoded, ComponentNameSection, ComponentSection, CustomSection, RawSection,
};
use wasmparser::{Parser, Payload};

use crate::root;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// The form of the section `package-docs` that every reader knows.
const DOCS_FORM: u8 = 0;

/// Replaces the names that the linker gives to a component's parts by what it is.
pub fn described(built: &[u8], file: &str, world: &str, description: &str) -> Result<Vec<u8>> {
    let mut described = without_names(built)?;
    let mut name = ComponentNameSection::new();
    name.component(file.trim_end_matches(".wasm"));
    described.section(&name);
    // These are named after the OCI's annotations.
    described.section(&text("version", VERSION));
    described.section(&text("licenses", LICENCE));
    described.section(&text("description", description));
    described.section(&package_docs(world)?);
    Ok(described.finish())
}

fn text<'a>(name: &'a str, text: &'a str) -> impl ComponentSection + 'a {
    custom(name, text.as_bytes())
}

fn custom<'a>(name: &'a str, data: impl Into<Cow<'a, [u8]>>) -> CustomSection<'a> {
    CustomSection {
        name: name.into(),
        data: data.into(),
    }
}

/// A component's own world is always called `root`.
fn package_docs(world: &str) -> Result<CustomSection<'static>> {
    let docs = json!({ "worlds": { "root": { "docs": docs_of(world)? } } });
    let data = [&[DOCS_FORM], docs.to_string().as_bytes()].concat();
    Ok(custom("package-docs", data))
}

/// What `wit/worlds.wit` says about a world.
fn docs_of(world: &str) -> Result<String> {
    let wit = fs::read_to_string(root().join("wit/worlds.wit"))?;
    let mut docs = Vec::new();
    for line in wit.lines() {
        if line == format!("world {world} {{") {
            return Ok(docs.join("\n"));
        }
        match line.strip_prefix("///") {
            Some(text) => docs.push(text.trim()),
            None if line.starts_with('@') => {}
            None => docs.clear(),
        }
    }
    None.with_context(|| format!("wit/worlds.wit has no world {world}"))
}

/// Leaves out the names that the linker gives to the parts of a component.
fn without_names(component: &[u8]) -> Result<Encoded> {
    let mut kept = Encoded::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let is_names =
            matches!(&payload, Payload::CustomSection(custom) if custom.name() == "component-name");
        if let Some((id, range)) = payload.as_section()
            && depth == 0
            && !is_names
        {
            let data = &component[range];
            kept.section(&RawSection { id, data });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::COMPONENTS;

    #[test]
    fn every_world_is_described() {
        for component in COMPONENTS {
            let docs = docs_of(component.world).unwrap();
            assert!(docs.ends_with('.'), "{docs}");
        }
    }
}
