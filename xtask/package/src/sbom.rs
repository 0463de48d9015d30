//! The bill of materials: every crate that is compiled into the program or the
//! components, and every package that npm installs with the library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};
use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::prelude::{
    Bom, Component, Components, Metadata as BomMetadata, Purl, SpecVersion, Validate,
};
use xshell::cmd;
use xtask::artifacts::COMPONENTS;
use xtask::{hosts, tools};

use crate::{Release, VERSION};

/// What is released of Rust: packages, and what each is compiled for.
fn roots() -> Vec<(&'static str, String)> {
    let components = COMPONENTS.map(|component| (component.package, component.target.to_owned()));
    let program = ("session-recovery-host", tools::static_target());
    components.into_iter().chain([program]).collect()
}

fn name() -> String {
    format!("session-recovery-{VERSION}.cdx.json")
}

fn name_for_npm() -> String {
    format!("session-recovery-{VERSION}-npm.cdx.json")
}

pub fn pack(release: &Release) -> Result<()> {
    let mut crates = Crates::default();
    for (root, target) in roots() {
        crates.add(root, target)?;
    }
    let mut file = File::create(release.file(&name()))?;
    crates.bom().output_as_json_v1_5(&mut file)?;

    let shell = &release.shell;
    let _in_node = shell.push_dir(hosts::set_up_node(shell)?);
    let npm = cmd!(shell, "npm sbom --sbom-format cyclonedx --omit dev");
    Ok(fs::write(
        release.file(&name_for_npm()),
        npm.quiet().read()?,
    )?)
}

/// Crates, each with those that it uses, by their references.
#[derive(Default)]
struct Crates {
    components: BTreeMap<String, Component>,
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Crates {
    /// Adds a crate and all that is compiled into it for a target.
    fn add(&mut self, root: &str, target: String) -> Result<()> {
        let metadata = MetadataCommand::new()
            .features(CargoOpt::AllFeatures)
            .other_options([
                "--filter-platform".to_owned(),
                target,
                "--locked".to_owned(),
            ])
            .exec()?;
        let package = metadata
            .packages
            .iter()
            .find(|package| *package.name == *root);
        let mut open = vec![package.context("no such crate")?.id.clone()];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(id.clone()) {
                open.extend(self.add_one(&metadata, &id)?);
            }
        }
        Ok(())
    }

    /// Adds a crate, and gives those that it uses.
    fn add_one(&mut self, metadata: &Metadata, id: &PackageId) -> Result<Vec<PackageId>> {
        let reference = |id: &PackageId| {
            let package = &metadata[id];
            Purl::new("cargo", &package.name, &package.version.to_string())
        };
        let purl = reference(id)?;
        let package = &metadata[id];
        let version = package.version.to_string();
        let mut component = Component::new(
            Classification::Library,
            &package.name,
            &version,
            Some(purl.to_string()),
        );
        component.licenses = package.license.as_ref().map(|licence| {
            // Older crates separate the choices by a slash.
            let licence = licence.replace('/', " OR ");
            Licenses(vec![LicenseChoice::expression(&licence)])
        });
        component.purl = Some(purl.clone());
        self.components.insert(purl.to_string(), component);

        let resolve = metadata
            .resolve
            .as_ref()
            .context("cargo resolves nothing")?;
        let node = resolve.nodes.iter().find(|node| node.id == *id);
        let uses = node
            .context("cargo resolves it not")?
            .deps
            .iter()
            .filter(|used| {
                let mut kinds = used.dep_kinds.iter();
                kinds.any(|kind| kind.kind == DependencyKind::Normal)
            });
        let uses: Vec<_> = uses.map(|used| used.pkg.clone()).collect();
        let references = uses.iter().map(|id| Ok(reference(id)?.to_string()));
        let references = references.collect::<Result<Vec<_>>>()?;
        self.uses
            .entry(purl.to_string())
            .or_default()
            .extend(references);
        Ok(uses)
    }

    fn bom(self) -> Bom {
        let subject = Component::new(
            Classification::Application,
            "session-recovery",
            VERSION,
            None,
        );
        let uses = self.uses.into_iter().map(|(reference, uses)| Dependency {
            dependency_ref: reference,
            dependencies: uses.into_iter().collect(),
        });
        Bom {
            serial_number: None,
            metadata: Some(BomMetadata {
                component: Some(subject),
                ..BomMetadata::default()
            }),
            components: Some(Components(self.components.into_values().collect())),
            dependencies: Some(Dependencies(uses.collect())),
            ..Bom::default()
        }
    }
}

/// They are valid, and name what matters most.
pub fn try_out(release: &Release) -> Result<()> {
    let bom = Bom::parse_from_json_v1_5(File::open(release.file(&name()))?)?;
    let result = bom.validate_version(SpecVersion::V1_5);
    if !result.passed() {
        bail!("{result:?}");
    }
    let components = bom.components.context("it has no components")?.0;
    for name in ["session-recovery-count", "wasmtime", "wit-bindgen"] {
        let is_there = components
            .iter()
            .any(|component| component.name.to_string() == name);
        ensure!(is_there, "{name} is missing");
    }
    println!("{} names {} crates", name(), components.len());

    let npm: serde_json::Value =
        serde_json::from_reader(File::open(release.file(&name_for_npm()))?)?;
    let packages = npm["components"]
        .as_array()
        .context("npm names no packages")?;
    println!("{} names {} packages", name_for_npm(), packages.len());
    Ok(())
}
