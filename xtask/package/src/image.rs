//! The container image: the static program and nothing else, as an OCI layout, which
//! needs no daemon to be made.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use oci_spec::image::{
    ConfigBuilder, Descriptor, DescriptorBuilder, ImageConfiguration, ImageConfigurationBuilder,
    ImageIndex, ImageIndexBuilder, ImageManifest, ImageManifestBuilder, MediaType,
    OciLayoutBuilder, RootFsBuilder, Sha256Digest,
};
use tar::{Archive, Builder};

use crate::clean::{Clean, SESSION, said};
use crate::program::{self, PROGRAM};
use crate::sums::sha256;
use crate::{LICENCE, Release, VERSION};

/// Where the session directory is to be mounted.
const SESSIONS: &str = "/sessions";
/// The words by which anybody may give a program another root.
const IN_A_NAMESPACE: [&str; 1] = ["--map-root-user"];

fn name() -> String {
    format!("{PROGRAM}-{VERSION}-{}-image.tar", std::env::consts::ARCH)
}

pub fn pack(release: &Release) -> Result<()> {
    let file = File::create(release.file(&name()))?;
    let mut layout = Layout(Builder::new(file));
    let version = OciLayoutBuilder::default().image_layout_version("1.0.0");
    layout.add("oci-layout", version.build()?.to_string()?.as_bytes())?;

    let files = layer(&program::packed(release)?)?;
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(&files)?;
    let layer = layout.add_blob(MediaType::ImageLayerGzip, &zipped.finish()?)?;
    let config = configuration(&files)?.to_string()?;
    let config = layout.add_blob(MediaType::ImageConfig, config.as_bytes())?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageManifest)
        .config(config)
        .layers([layer])
        .annotations(annotations())
        .build()?
        .to_string()?;
    let mut manifest = layout.add_blob(MediaType::ImageManifest, manifest.as_bytes())?;
    manifest.set_annotations(Some(names()));
    let index = ImageIndexBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageIndex)
        .manifests([manifest])
        .build()?;
    layout.add("index.json", index.to_string()?.as_bytes())?;
    layout.0.finish()?;
    Ok(())
}

/// The archive of an OCI layout.
struct Layout(Builder<File>);

impl Layout {
    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        program::append(&mut self.0, path, bytes, 0o644)
    }

    fn add_blob(&mut self, kind: MediaType, bytes: &[u8]) -> Result<Descriptor> {
        let digest = sha256(bytes);
        self.add(&format!("blobs/sha256/{digest}"), bytes)?;
        let descriptor = DescriptorBuilder::default()
            .media_type(kind)
            .digest(digest.parse::<Sha256Digest>()?)
            .size(bytes.len() as u64);
        Ok(descriptor.build()?)
    }
}

/// The image's only files.
fn layer(program: &[u8]) -> Result<Vec<u8>> {
    let mut layer = Builder::new(Vec::new());
    program::append(&mut layer, PROGRAM, program, 0o755)?;
    Ok(layer.into_inner()?)
}

fn configuration(files: &[u8]) -> Result<ImageConfiguration> {
    let run = ConfigBuilder::default()
        .entrypoint([format!("/{PROGRAM}"), "--sessions".into(), SESSIONS.into()])
        .cmd(["audit".to_owned()])
        .working_dir("/")
        .volumes([SESSIONS.to_owned()])
        .labels(annotations())
        .build()?;
    let files = RootFsBuilder::default()
        .typ("layers")
        .diff_ids([format!("sha256:{}", sha256(files))]);
    let configuration = ImageConfigurationBuilder::default()
        .architecture(match std::env::consts::ARCH {
            "aarch64" => oci_spec::image::Arch::ARM64,
            _ => oci_spec::image::Arch::Amd64,
        })
        .os(oci_spec::image::Os::Linux)
        .config(run)
        .rootfs(files.build()?);
    Ok(configuration.build()?)
}

fn annotations() -> HashMap<String, String> {
    let description = "Restores chat sessions from their backups";
    [
        ("title", PROGRAM),
        ("description", description),
        ("version", VERSION),
        ("licenses", LICENCE),
    ]
    .map(|(key, value)| (format!("org.opencontainers.image.{key}"), value.to_owned()))
    .into()
}

/// What tools call the image once it is loaded: each reads one of these.
fn names() -> HashMap<String, String> {
    let name = format!("docker.io/library/{PROGRAM}:{VERSION}");
    [
        ("org.opencontainers.image.ref.name".into(), VERSION.into()),
        ("io.containerd.image.name".into(), name),
    ]
    .into()
}

pub fn try_out(release: &Release) -> Result<()> {
    let clean = Clean::new()?;
    let layout = clean.folder().join("layout");
    Archive::new(File::open(release.file(&name()))?).unpack(&layout)?;
    let index = ImageIndex::from_file(layout.join("index.json"))?;
    let manifest = ImageManifest::from_reader(blob(&layout, &index.manifests()[0])?.as_slice())?;
    let config = blob(&layout, manifest.config())?;
    let config = ImageConfiguration::from_reader(config.as_slice())?;
    let layer = blob(&layout, &manifest.layers()[0])?;

    let image = clean.folder().join("image");
    Archive::new(GzDecoder::new(layer.as_slice())).unpack(&image)?;
    let run = config.config().as_ref().context("it runs nothing")?;
    let entry = run.entrypoint().as_ref().context("it has no entry point")?;
    ensure!(entry[0] == format!("/{PROGRAM}"), "it runs {}", entry[0]);
    if said(
        clean
            .command("unshare", &[])?
            .args(IN_A_NAMESPACE)
            .arg("true"),
    )
    .is_err()
    {
        println!("Not with the image as its root: this machine allows no user namespaces");
        clean.restore(&mut clean.command(image.join(PROGRAM), &[])?)?;
        return Ok(());
    }
    fs::rename(clean.sessions(), image.join("sessions"))?;
    let mut inside = clean.command("unshare", &[])?;
    inside.args(IN_A_NAMESPACE).arg("--root").arg(&image);
    said(inside.args(entry).args(["recover", SESSION]))?;
    fs::rename(image.join("sessions"), clean.sessions())?;
    clean.require_restored()?;
    println!("{} restores, with nothing else in its root", name());
    Ok(())
}

/// A blob, whose digest and size are as its descriptor says.
fn blob(layout: &Path, descriptor: &Descriptor) -> Result<Vec<u8>> {
    let digest = descriptor.as_digest_sha256().context("no sha256")?;
    let path: PathBuf = layout.join("blobs/sha256").join(digest);
    let bytes = fs::read(&path)?;
    ensure!(
        sha256(&bytes) == digest,
        "{}: another digest",
        path.display()
    );
    ensure!(
        bytes.len() as u64 == descriptor.size(),
        "{}: another size",
        path.display()
    );
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_with_other_bytes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let digest = sha256(b"these bytes");
        let blobs = folder.path().join("blobs/sha256");
        fs::create_dir_all(&blobs).unwrap();
        let descriptor = DescriptorBuilder::default()
            .media_type(MediaType::ImageConfig)
            .digest(digest.parse::<Sha256Digest>().unwrap())
            .size(11_u64)
            .build()
            .unwrap();
        fs::write(blobs.join(&digest), b"these bytes").unwrap();
        assert_eq!(blob(folder.path(), &descriptor).unwrap(), b"these bytes");
        fs::write(blobs.join(&digest), b"other bytes").unwrap();
        assert!(blob(folder.path(), &descriptor).is_err());
    }
}
