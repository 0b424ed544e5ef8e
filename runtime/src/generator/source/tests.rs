use super::*;
use crate::ErrorKind;
use crate::generator::Generator;
use crate::testing::{Outcome, generator};

#[test]
fn a_path_bytes_and_a_reader_give_one_generator() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = generator().write(&folder, "g.onnx")?;
    let bytes: &'static [u8] = std::fs::read(&path)?.leak();
    let expected = Generator::open(&path)?.sample(7, 0..3)?;
    for source in [
        Source::from(&path),
        Source::from(&*path),
        Source::from(path.display().to_string()),
        Source::from(path.clone()),
        Source::bytes(bytes),
        Source::bytes(bytes.to_vec()),
        Source::read(bytes)?,
    ] {
        let generator = Generator::builder(source).build()?;
        assert_eq!(generator.name(), "tiny");
        assert_eq!(generator.sample(7, 0..3)?, expected);
        assert!(generator.golden()?.is_none());
    }
    Ok(())
}

#[test]
fn a_reader_that_fails_is_refused() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let error = Source::read(Broken).map_err(|error| error.kind());
    assert_eq!(error.map(drop), Err(ErrorKind::Io));
    let shown = format!("{:?}", Source::bytes(vec![0; 9]));
    assert_eq!(shown, "Bytes(9 bytes)");
}
