//! The WIT package, encoded as registries want it.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use wit_component::{DecodedWasm, decode};
use wit_parser::{PackageId, Resolve};
use xtask::artifacts::COMPONENTS;
use xtask::root;

use crate::{Release, VERSION};

fn name() -> String {
    format!("session-recovery-api-{VERSION}.wasm")
}

fn written() -> Result<(Resolve, PackageId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit"))?;
    Ok((resolve, package))
}

pub fn pack(release: &Release) -> Result<()> {
    let (resolve, package) = written()?;
    let encoded = wit_component::encode(&resolve, package)?;
    Ok(fs::write(release.file(&name()), encoded)?)
}

/// It decodes to the worlds of the sources, with their words.
pub fn try_out(release: &Release) -> Result<()> {
    let decoded = decode(&fs::read(release.file(&name()))?)?;
    let DecodedWasm::WitPackage(resolve, package) = decoded else {
        bail!("it is not a WIT package");
    };
    let (written, original) = written()?;
    let (ours, theirs) = (&resolve.packages[package], &written.packages[original]);
    ensure!(ours.name == theirs.name, "it is called {}", ours.name);
    for component in COMPONENTS {
        let world = component.world;
        let [ours, theirs] = [(&resolve, ours), (&written, theirs)].map(|(resolve, package)| {
            let world = package.worlds.get(world).map(|id| &resolve.worlds[*id]);
            world.map(|world| (world.docs.clone(), world.imports.len(), world.exports.len()))
        });
        ensure!(ours == theirs, "its world {world} differs");
        ours.with_context(|| format!("it has no world {world}"))?;
    }
    println!("{} has the worlds of the sources", name());
    Ok(())
}
