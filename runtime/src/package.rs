//! A package: a folder that holds a generator and all that belongs to it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::digest::{digest_bytes, digest_file};
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::scores::Scores;

/// The generator of a package.
pub(crate) const GENERATOR_FILE: &str = "generator.onnx";

/// The statistics of the real images of a package.
#[cfg(feature = "score")]
pub(crate) const STATISTICS_FILE: &str = "real.npz";

/// The manifest of a package.
const MANIFEST_FILE: &str = "manifest.toml";

/// A larger manifest is refused before it is read.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// The version of the manifest that this library reads and writes.
const FORMAT: u32 = 1;

/// What a package says of itself: `manifest.toml`.
///
/// A package is a folder with `generator.onnx`, `real.npz` (the statistics of
/// the real images, see [`RealStats`](crate::RealStats)), `manifest.toml`,
/// `CARD.md` and `samples.png`. Unknown keys are refused.
///
/// ```
/// use gannet::Manifest;
///
/// # std::env::set_current_dir("..").unwrap();
/// let manifest = Manifest::read("models/fashion-mnist")?;
/// assert_eq!((manifest.name.as_str(), manifest.contract.latent), ("fashion-mnist", 64));
/// manifest.verify("models/fashion-mnist")?; // The digest of every file.
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// The version of the manifest's own format.
    pub format: u32,
    /// The name of the generator.
    pub name: String,
    /// The licence of the generator, as an SPDX expression.
    pub licence: String,
    /// What the generator takes and gives.
    pub contract: Contract,
    /// How the generator came to be.
    pub provenance: Provenance,
    /// The size and digest of each file, by its name.
    #[serde(default)]
    pub files: BTreeMap<String, PackagedFile>,
    /// The scores of the generator, with their protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Scores>,
}

/// What a file of a package must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackagedFile {
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// How a generator came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The name of the recipe it was trained from.
    pub recipe: String,
    /// The name of the data set it was trained on.
    pub dataset: String,
    /// Real images seen in training, counted with repetition.
    pub images_seen: u64,
    /// The seed of the training run.
    pub seed: u64,
    /// The version of gannet that trained it.
    pub gannet: String,
}

impl Manifest {
    /// A manifest that lists no files yet; see [`add_file`](Self::add_file).
    pub fn new(
        name: impl Into<String>,
        licence: impl Into<String>,
        contract: Contract,
        provenance: Provenance,
    ) -> Self {
        Self {
            format: FORMAT,
            name: name.into(),
            licence: licence.into(),
            contract,
            provenance,
            files: BTreeMap::new(),
            scores: None,
        }
    }

    /// Records the present size and digest of the file `name` in `dir`.
    ///
    /// ```
    /// use gannet::{Contract, Manifest, Provenance};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let folder = folder.path();
    /// let provenance = Provenance {
    ///     recipe: "by hand".into(),
    ///     dataset: "photos".into(),
    ///     images_seen: 0,
    ///     seed: 0,
    ///     gannet: "0.1.0".into(),
    /// };
    /// let mut manifest = Manifest::new("mine", "MIT", Contract::new(64, 3, 32, 32), provenance);
    /// std::fs::write(folder.join("CARD.md"), "# mine").unwrap();
    /// manifest.add_file(folder, "CARD.md")?;
    /// manifest.write(folder)?;
    /// assert_eq!(Manifest::read(folder)?, manifest);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if `name` is not a plain file name,
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read.
    pub fn add_file(&mut self, dir: impl AsRef<Path>, name: &str) -> Result<()> {
        if !is_plain(name) {
            return Err(Error::input(format!(
                "a package cannot hold `{name}`: expected a plain file name"
            )));
        }
        let path = dir.as_ref().join(name);
        let bytes = fs::metadata(&path)
            .map_err(|source| Error::io("read", &path, source))?
            .len();
        let sha256 = digest_file(&path)?;
        self.files
            .insert(name.to_owned(), PackagedFile { sha256, bytes });
        Ok(())
    }

    /// Reads the manifest of the package in `dir`. The files it lists are not
    /// looked at; [`verify`](Self::verify) does that.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if it cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is not a manifest of this
    /// version, is larger than 1 MiB, has an unknown key or lists what is not a
    /// plain file name.
    pub fn read(dir: impl AsRef<Path>) -> Result<Self> {
        let path = dir.as_ref().join(MANIFEST_FILE);
        let failed = |why: &str| Error::format(format!("{}: {why}", path.display()));
        let mut text = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut text))
            .map_err(|source| Error::io("read", &path, source))?;
        if text.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(failed("larger than 1 MiB, the limit for a manifest"));
        }
        let text = String::from_utf8(text).map_err(|source| failed("not TOML").because(source))?;
        let table: toml::Table =
            toml::from_str(&text).map_err(|source| failed("not TOML").because(source))?;
        match table.get("format").and_then(toml::Value::as_integer) {
            Some(version) if version == i64::from(FORMAT) => {}
            Some(version) => {
                return Err(failed(&format!(
                    "expected a manifest of format {FORMAT}, got {version}: \
                     use the gannet that wrote it, or a newer one"
                )));
            }
            None => return Err(failed("expected the key `format` with a number")),
        }
        let manifest: Self =
            toml::from_str(&text).map_err(|source| failed("not a manifest").because(source))?;
        for (name, file) in &manifest.files {
            if !is_plain(name) {
                return Err(failed(&format!(
                    "`files` lists `{name}`: expected a plain file name"
                )));
            }
            if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(failed(&format!(
                    "`files.{name}.sha256`: expected 64 hexadecimal digits, got `{}`",
                    file.sha256
                )));
            }
        }
        Ok(manifest)
    }

    /// Writes `manifest.toml` into `dir`.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if it cannot be written,
    /// [`Input`](crate::ErrorKind::Input) if a value cannot be written as TOML,
    /// such as a seed beyond 63 bits.
    pub fn write(&self, dir: impl AsRef<Path>) -> Result<()> {
        let text = toml::to_string_pretty(self).map_err(|source| {
            Error::input(format!(
                "the manifest of `{}` cannot be written as TOML",
                self.name
            ))
            .because(source)
        })?;
        durable::write_file(dir.as_ref().join(MANIFEST_FILE), text.as_bytes())
    }

    /// Checks the size and digest of every listed file in `dir`.
    ///
    /// # Errors
    ///
    /// [`Digest`](crate::ErrorKind::Digest) naming the file, what was expected
    /// and what was found; [`Io`](crate::ErrorKind::Io) if one is missing.
    pub fn verify(&self, dir: impl AsRef<Path>) -> Result<()> {
        for (name, expected) in &self.files {
            let path = dir.as_ref().join(name);
            let bytes = fs::metadata(&path)
                .map_err(|source| Error::io("read", &path, source))?
                .len();
            if bytes != expected.bytes {
                return Err(wrong_size(&path, expected.bytes, bytes));
            }
            expected.check_digest(&path, &digest_file(&path)?)?;
        }
        Ok(())
    }

    /// Reads the file `name` at `path`, of no more bytes than are listed, and checks it.
    pub(crate) fn read_file(&self, name: &str, path: &Path) -> Result<Vec<u8>> {
        let failed = |source| Error::io("read", path, source);
        let listed = self.listed(name, path)?.bytes;
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length != listed {
            return Err(wrong_size(path, listed, length));
        }
        let mut bytes = Vec::new();
        file.take(listed).read_to_end(&mut bytes).map_err(failed)?;
        self.check_bytes(name, path, &bytes)?;
        Ok(bytes)
    }

    /// Checks content already read against the entry `name`.
    pub(crate) fn check_bytes(&self, name: &str, path: &Path, bytes: &[u8]) -> Result<()> {
        let expected = self.listed(name, path)?;
        if bytes.len() as u64 != expected.bytes {
            return Err(wrong_size(path, expected.bytes, bytes.len() as u64));
        }
        expected.check_digest(path, &digest_bytes(bytes))
    }

    fn listed(&self, name: &str, path: &Path) -> Result<&PackagedFile> {
        self.files.get(name).ok_or_else(|| {
            Error::format(format!(
                "{}: the manifest does not list `{name}`",
                path.display()
            ))
        })
    }
}

impl PackagedFile {
    fn check_digest(&self, path: &Path, got: &str) -> Result<()> {
        if got.eq_ignore_ascii_case(&self.sha256) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Digest,
            format!(
                "{}: expected the SHA-256 {}, got {got}: the file was changed after the \
                 package was made; fetch or export it again",
                path.display(),
                self.sha256
            ),
        ))
    }
}

fn wrong_size(path: &Path, expected: u64, got: u64) -> Error {
    Error::new(
        ErrorKind::Digest,
        format!(
            "{}: expected {expected} bytes, got {got}: the file was changed after the \
             package was made; fetch or export it again",
            path.display()
        ),
    )
}

/// Whether a name stays inside its folder on every platform.
fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests;
