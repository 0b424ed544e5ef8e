//! Writes a package: the folder that a generator travels in.

mod card;
mod staging;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gannet::{Generator, Golden, Manifest, RealStats, Samples, Source};

pub use card::Card;
use staging::Staging;

const GENERATOR: &str = "generator.onnx";
const STATISTICS: &str = "real.npz";
const GOLDEN: &str = "golden.npz";
const CARD: &str = "CARD.md";
const SHEET: &str = "samples.png";
const MANIFEST: &str = "manifest.toml";

/// Images in a row of the sample sheet.
const COLUMNS: usize = 10;

/// Which golden samples are kept, by which a user's machine is checked.
const GOLDEN_SEED: u64 = 0;
const GOLDEN_COUNT: u64 = 4;

/// What goes into a package.
#[derive(Clone, Debug)]
pub struct PackageContents<'a> {
    /// The generator as ONNX.
    pub generator: &'a [u8],
    /// The statistics of the real images, if they were measured.
    pub statistics: Option<&'a RealStats>,
    /// Name, licence, contract, provenance and scores; the list of files is
    /// made here.
    pub manifest: Manifest,
    /// The samples of the sheet, ten in a row.
    pub sheet: &'a Samples,
    /// What the card says beyond the manifest.
    pub card: Card,
}

/// Why a package could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// There is a package already, and replacing it was not asked for.
    #[error("{} exists already: name another folder, or ask to replace it", .path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something else than a package and is not replaced.
    #[error(
        "{} holds `{entry}`, which is no part of a package: name another folder, or move it away",
        .path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The name of what is in the way.
        entry: String,
    },
    /// The file system refused.
    #[error("cannot write the package {}", .path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The runtime refused a part of the package, or the package as a whole.
    #[error("cannot make the package {}", .path.display())]
    Runtime {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: gannet::Error,
    },
}

/// Writes the package to the folder `out`, whole or not at all.
///
/// Golden samples of the generator are drawn and join the contents. The files are
/// written to a temporary folder beside `out`, synced, opened by the runtime with all
/// digests checked, and only then given their place. Missing folders above `out` are
/// made.
///
/// With `replace`, a package that is there already is set aside while the new
/// one takes its name, and removed after that. A crash between these two
/// renames leaves it beside as `.NAME.PID-0.old`. A folder with any file that
/// is not a package's is never replaced.
///
/// # Errors
///
/// See [`PackageError`]. Nothing is left behind, and what was there stays.
pub fn write_package(
    out: &Path,
    contents: &PackageContents<'_>,
    replace: bool,
) -> Result<(), PackageError> {
    check_package_destination(out, replace)?;
    let io = |source| PackageError::Io {
        path: out.to_owned(),
        source,
    };
    let staging = Staging::beside(out).map_err(io)?;
    fill(staging.path(), out, contents).map_err(|source| PackageError::Runtime {
        path: out.to_owned(),
        source,
    })?;
    staging.publish(out).map_err(io)
}

fn fill(folder: &Path, out: &Path, contents: &PackageContents<'_>) -> Result<(), gannet::Error> {
    let mut manifest = contents.manifest.clone();
    manifest.files.clear();
    let card = contents.card.render(&shown(out), &manifest);
    gannet::durable::write_file(folder.join(GENERATOR), contents.generator)?;
    if let Some(statistics) = contents.statistics {
        statistics.save(folder.join(STATISTICS))?;
        manifest.add_file(folder, STATISTICS)?;
    }
    contents.sheet.write_grid(folder.join(SHEET), COLUMNS)?;
    gannet::durable::write_file(folder.join(CARD), card.as_bytes())?;
    let generator = Generator::builder(Source::bytes(contents.generator.to_vec())).build()?;
    Golden::record(&generator, GOLDEN_SEED, GOLDEN_COUNT)?.save(folder.join(GOLDEN))?;
    for name in [GENERATOR, GOLDEN, CARD, SHEET] {
        manifest.add_file(folder, name)?;
    }
    manifest.write(folder)?;
    // What a user will do with it must work before anyone sees it.
    let read = Manifest::read(folder)?;
    read.verify(folder)?;
    if contents.statistics.is_some() {
        RealStats::load(folder.join(STATISTICS))?;
    }
    Generator::open(folder)?.verify()?;
    Ok(())
}

/// The path as examples name it: as given if it is relative and plain,
/// otherwise the folder's own name.
fn shown(out: &Path) -> String {
    let plain = |part| matches!(part, std::path::Component::Normal(_));
    let path = match out.components().all(plain) {
        true => out,
        false => out.file_name().map_or(out, Path::new),
    };
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a package may take the place `out`; to be asked before long work.
///
/// # Errors
///
/// [`PackageError::Occupied`] if there is a package and `replace` is false,
/// [`PackageError::Foreign`] if there is anything else, [`PackageError::Io`]
/// if `out` cannot be a folder or cannot be read.
pub fn check_package_destination(out: &Path, replace: bool) -> Result<(), PackageError> {
    let io = |source| PackageError::Io {
        path: out.to_owned(),
        source,
    };
    if out.file_name().is_none() {
        let why = "the path does not end in a folder's name";
        return Err(io(io::Error::new(io::ErrorKind::InvalidInput, why)));
    }
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    let mut is_empty = true;
    for entry in entries {
        let name = entry.map_err(io)?.file_name();
        let name = name.to_string_lossy();
        if ![GENERATOR, STATISTICS, GOLDEN, CARD, SHEET, MANIFEST].contains(&&*name) {
            return Err(PackageError::Foreign {
                path: out.to_owned(),
                entry: name.into_owned(),
            });
        }
        is_empty = false;
    }
    match is_empty || replace {
        true => Ok(()),
        false => Err(PackageError::Occupied {
            path: out.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
