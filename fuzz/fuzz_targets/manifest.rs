//! `manifest.toml`: whatever it says, reading and checking it ends in an answer,
//! and no file outside its folder is asked for.

#![no_main]

use gannet::{ErrorKind, Manifest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    gannet_fuzz::with_file("manifest.toml", content, |folder| {
        let Ok(manifest) = Manifest::read(folder) else {
            return;
        };
        for name in manifest.files.keys() {
            let path = folder.join(name);
            assert_eq!(path.parent(), Some(folder), "{name:?} leaves the folder");
            assert_eq!(path.file_name(), Some(name.as_ref()), "{name:?}");
        }
        let _ = manifest.verify(folder);
        let _ = manifest.real_stats(folder);
        match manifest.write(folder) {
            Ok(()) => {
                let again = Manifest::read(folder).map_err(|error| format!("{error:?}"));
                // Scores may hold NaN, which equals nothing.
                assert!(
                    again.is_ok(),
                    "what was read and written reads no more: {again:?}"
                );
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Input, "{error:?}"),
        }
    });
});
