//! The statistics in a package.

use std::io::Cursor;
use std::path::Path;

use super::RealStats;
use crate::error::Result;
use crate::limits::LoadLimits;
use crate::package::{Manifest, STATISTICS_FILE};

impl Manifest {
    /// Reads the statistics of the real images, `real.npz`, of the package in
    /// `dir`, after a check of their size and digest.
    ///
    /// ```no_run
    /// use gannet::Generator;
    ///
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// if let Some(manifest) = generator.manifest() {
    ///     let real = manifest.real_stats("models/fashion-mnist")?;
    ///     assert_eq!(real.mu().len(), real.dim());
    /// }
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Digest`](crate::ErrorKind::Digest) if the file is not the one that the
    /// manifest lists, [`Format`](crate::ErrorKind::Format) if it lists none,
    /// and what [`RealStats::load`] returns.
    pub fn real_stats(&self, dir: impl AsRef<Path>) -> Result<RealStats> {
        let path = dir.as_ref().join(STATISTICS_FILE);
        let bytes = self.read_file(STATISTICS_FILE, &path)?;
        RealStats::read(&path, Cursor::new(bytes), LoadLimits::default())
    }
}
