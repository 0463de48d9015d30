//! The components, which say what they are.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use wasm_metadata::Payload;
use wit_parser::decoding::{DecodedWasm, decode};
use xtask::artifacts::{COMPONENTS, Component};

use crate::{LICENCE, Release, VERSION};

pub fn pack(release: &Release) -> Result<()> {
    for component in COMPONENTS {
        fs::copy(component.place(), release.file(component.file))?;
    }
    Ok(())
}

pub fn try_out(release: &Release) -> Result<()> {
    for component in COMPONENTS {
        let bytes = fs::read(release.file(component.file))?;
        require_description(&bytes, &component)?;
        require_docs(&bytes, &component)?;
        println!("{} says what it is", component.file);
    }
    Ok(())
}

fn require_description(bytes: &[u8], component: &Component) -> Result<()> {
    let Payload::Component { metadata, .. } = Payload::from_binary(bytes)? else {
        bail!("{} is not a component", component.file);
    };
    let name = metadata.name.context("it has no name")?;
    ensure!(
        component.file == format!("{name}.wasm"),
        "its name is {name}"
    );
    let version = metadata.version.context("it has no version")?.to_string();
    ensure!(version == VERSION, "its version is {version}");
    let licence = metadata.licenses.context("it has no licence")?.to_string();
    ensure!(licence == LICENCE, "its licence is {licence}");
    let description = metadata.description.context("it has no description")?;
    ensure!(description.to_string() == component.description);
    Ok(())
}

fn require_docs(bytes: &[u8], component: &Component) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = decode(bytes)? else {
        bail!("{} is not a component", component.file);
    };
    let docs = resolve.worlds[world].docs.contents.as_ref();
    ensure!(docs.is_some(), "it does not say what its world is");
    Ok(())
}
