//! SHA-256 of files and bytes, in lower-case hexadecimal.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The SHA-256 of a file's content in lower-case hexadecimal, read in constant
/// memory.
///
/// ```
/// use gannet::digest_file;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("abc");
/// std::fs::write(&path, b"abc").unwrap();
/// assert!(digest_file(&path)?.starts_with("ba7816bf"));
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io) if the file cannot be read.
pub fn digest_file(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    let failed = |source| Error::io("read", path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match io::Read::read(&mut file, &mut block).map_err(failed)? {
            0 => return Ok(hex(&hasher.finalize())),
            length => hasher.update(&block[..length]),
        }
    }
}

pub(crate) fn digest_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    let mut text = Vec::with_capacity(2 * digest.len());
    for byte in digest {
        // Writing to memory cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc_is_that_of_fips_180() -> Result<()> {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_bytes(b"abc"), expected);
        let folder = tempfile::tempdir().map_err(|e| Error::io("make", Path::new("tmp"), e))?;
        let path = folder.path().join("abc");
        crate::durable::write_file(&path, b"abc")?;
        assert_eq!(digest_file(&path)?, expected);
        Ok(())
    }
}
