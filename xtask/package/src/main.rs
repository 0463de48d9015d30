//! Makes the files of a release in `dist/release/`, and tries each in a clean
//! environment, as somebody would who has nothing else of the project.

mod clean;
mod components;
mod crates;
mod image;
mod interface;
mod node;
mod program;
mod sbom;
mod sums;
mod wheel;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xshell::Shell;
use xtask::{artifacts, root};

/// The version of everything that is released.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// Where a release's files go, and what runs the programs that make them.
struct Release {
    shell: Shell,
    folder: PathBuf,
}

/// A kind of file: how it is packed, and how it is tried.
struct Kind {
    /// What it is called on the command line.
    key: &'static str,
    name: &'static str,
    pack: fn(&Release) -> Result<()>,
    try_out: fn(&Release) -> Result<()>,
}

/// Later kinds use the files of those before.
const KINDS: [Kind; 8] = [
    Kind {
        key: "components",
        name: "The components",
        pack: components::pack,
        try_out: components::try_out,
    },
    Kind {
        key: "interface",
        name: "The interface",
        pack: interface::pack,
        try_out: interface::try_out,
    },
    Kind {
        key: "program",
        name: "The program for Linux",
        pack: program::pack,
        try_out: program::try_out,
    },
    Kind {
        key: "image",
        name: "The container image",
        pack: image::pack,
        try_out: image::try_out,
    },
    Kind {
        key: "wheel",
        name: "The wheel",
        pack: wheel::pack,
        try_out: wheel::try_out,
    },
    Kind {
        key: "npm",
        name: "The npm package",
        pack: node::pack,
        try_out: node::try_out,
    },
    Kind {
        key: "crates",
        name: "The crates",
        pack: crates::pack,
        try_out: crates::try_out,
    },
    Kind {
        key: "sbom",
        name: "The bill of materials",
        pack: sbom::pack,
        try_out: sbom::try_out,
    },
];

fn main() -> Result<()> {
    let started = Instant::now();
    let keys: Vec<String> = std::env::args().skip(1).collect();
    let kinds = wanted(&keys)?;
    let release = Release::begin(keys.is_empty())?;
    println!("About 15 minutes on 2 cores the first time; most of it compiles the static program.");
    artifacts::build(&release.shell)?;
    for kind in kinds {
        let began = Instant::now();
        println!("\n== {}", kind.name);
        (kind.pack)(&release).with_context(|| format!("{} cannot be packed", kind.name))?;
        (kind.try_out)(&release).with_context(|| format!("{}: a trial failed", kind.name))?;
        println!("   {} s", began.elapsed().as_secs());
    }
    sums::write(&release)?;
    release.list()?;
    let seconds = started.elapsed().as_secs();
    println!(
        "\nEach was tried and works. It took {} min {} s.",
        seconds / 60,
        seconds % 60
    );
    Ok(())
}

/// The kinds that are named; without a name, all.
fn wanted(keys: &[String]) -> Result<Vec<&'static Kind>> {
    let unknown = keys
        .iter()
        .find(|key| KINDS.iter().all(|kind| kind.key != **key));
    if let Some(key) = unknown {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.key).collect();
        bail!(
            "there is no part {key}. The parts are: {}",
            known.join(", ")
        );
    }
    let is_wanted = |kind: &&Kind| keys.is_empty() || keys.iter().any(|key| key == kind.key);
    Ok(KINDS.iter().filter(is_wanted).collect())
}

impl Release {
    /// A whole release leaves nothing of an older one.
    fn begin(is_whole: bool) -> Result<Self> {
        let folder = root().join("dist/release");
        if is_whole && folder.is_dir() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let shell = Shell::new()?;
        shell.change_dir(root());
        Ok(Self { shell, folder })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// All files by name, in order.
    fn files(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.folder)?;
        let names = entries.map(|entry| Ok(entry?.file_name().display().to_string()));
        let mut names = names.collect::<Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn list(&self) -> Result<()> {
        println!("\n== dist/release, in bytes\n");
        for name in self.files()? {
            let bytes = fs::metadata(self.file(&name))?.len();
            println!("{bytes:>10}  {name}");
        }
        Ok(())
    }
}
