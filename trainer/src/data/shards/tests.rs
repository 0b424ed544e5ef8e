use std::error::Error;
use std::io::Cursor;
use std::sync::Arc;

use image::{ImageFormat, Luma, Rgb};
use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;
use tempfile::TempDir;

use super::*;
use crate::data::{Batches, load as load_data};

type Outcome = Result<(), Box<dyn Error>>;

/// The columns that Hugging Face's `datasets` writes.
const HUGGING_FACE: &str = "message schema { optional group image { optional binary bytes; \
     optional binary path (UTF8); } optional int64 label; }";

/// A grey PNG of `side`x`side` pixels of one level.
fn png(side: u32, level: u8) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    image::GrayImage::from_pixel(side, side, Luma([level]))
        .write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// A file to write.
struct Written<'a> {
    schema: &'a str,
    compression: Compression,
    /// By row group.
    rows: Vec<Vec<(Option<Vec<u8>>, i64)>>,
    description: Option<&'a str>,
}

impl Default for Written<'_> {
    fn default() -> Self {
        Self {
            schema: HUGGING_FACE,
            compression: Compression::SNAPPY,
            rows: Vec::new(),
            description: None,
        }
    }
}

/// An encoded image, or none, and its label.
type Row = (Option<Vec<u8>>, i64);

/// Rows with 4x4 images of these levels, each with the label `level / 10`.
fn rows(levels: &[u8]) -> Result<Vec<Row>, image::ImageError> {
    let row = |&level: &u8| Ok((Some(png(4, level)?), i64::from(level / 10)));
    levels.iter().map(row).collect()
}

impl Written<'_> {
    fn bytes(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let description = self
            .description
            .map(|text| vec![KeyValue::new("huggingface".to_owned(), text.to_owned())]);
        let properties = WriterProperties::builder()
            .set_compression(self.compression)
            // Several pages a row group.
            .set_data_page_row_count_limit(2)
            .set_write_batch_size(1)
            .set_key_value_metadata(description)
            .build();
        let schema = Arc::new(parse_message_type(self.schema)?);
        let columns = SchemaDescriptor::new(schema.clone());
        let mut bytes = Vec::new();
        let mut file = SerializedFileWriter::new(&mut bytes, schema.clone(), Arc::new(properties))?;
        for rows in &self.rows {
            let mut group = file.next_row_group()?;
            let mut number = 0;
            while let Some(mut column) = group.next_column()? {
                let mut ints = Vec::new();
                let mut blobs = Vec::new();
                let mut levels = Vec::new();
                let descriptor = columns.column(number);
                number += 1;
                let (most, name) = (descriptor.max_def_level(), descriptor.name().to_owned());
                for (image, label) in rows {
                    ints.push(*label);
                    match (image, name.as_str()) {
                        (Some(bytes), "bytes" | "picture") => {
                            blobs.push(ByteArray::from(bytes.clone()));
                            levels.push(most);
                        }
                        (None, "bytes" | "picture") => levels.push(0),
                        _ => {
                            blobs.push(ByteArray::from("a.png"));
                            levels.push(most);
                        }
                    }
                }
                match descriptor.physical_type() {
                    parquet::basic::Type::INT64 => {
                        column
                            .typed::<Int64Type>()
                            .write_batch(&ints, Some(&levels), None)?;
                    }
                    _ => {
                        column
                            .typed::<ByteArrayType>()
                            .write_batch(&blobs, Some(&levels), None)?;
                    }
                }
                column.close()?;
            }
            group.close()?;
        }
        file.close()?;
        Ok(bytes)
    }
}

/// A folder called `animals` with these files.
fn folder(files: &[(&str, Vec<u8>)]) -> std::io::Result<(TempDir, PathBuf)> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("Animals");
    fs::create_dir(&folder)?;
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok((temporary, folder))
}

/// The levels of all images of a set, which are of one level each.
fn levels(set: &Dataset) -> Result<Vec<u8>, DataError> {
    let all: Vec<usize> = (0..set.len()).collect();
    let pixels = set.pixels(&all)?;
    let images = pixels.chunks_exact(set.image_size());
    Ok(images.map(|image| image[0]).collect())
}

fn refusal(written: &Written<'_>) -> Result<String, Box<dyn Error>> {
    let (_keep, path) = folder(&[("a.parquet", written.bytes()?)])?;
    let error = load_data(Some(&path), None).err().ok_or("it was loaded")?;
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        text += &format!(": {source}");
    }
    Ok(text)
}

#[test]
fn shards_are_joined_and_their_names_say_what_is_held_out() -> Outcome {
    let description = r#"{"info": {"features": {"label": {"names": ["cat", "dog, wild"], "_type": "ClassLabel"}}}}"#;
    let shard = |groups: &[&[u8]]| -> Result<Vec<u8>, Box<dyn Error>> {
        let rows: Result<_, _> = groups.iter().map(|levels| rows(levels)).collect();
        Written {
            rows: rows?,
            description: Some(description),
            ..Written::default()
        }
        .bytes()
    };
    let (_keep, path) = folder(&[
        ("train-00001-of-00002.parquet", shard(&[&[13, 4]])?),
        (
            "train-00000-of-00002.parquet",
            shard(&[&[0, 1, 12, 3, 4], &[], &[5, 16]])?,
        ),
        ("test-00000-of-00001.parquet", shard(&[&[7, 18]])?),
        ("validation-00000-of-00001.parquet", shard(&[&[9]])?),
        ("README.md", Vec::new()),
    ])?;
    let split = load_data(Some(&path), None)?;
    let (training, held_out) = (&split.training, &split.held_out);
    assert_eq!((training.name(), training.shape()), ("animals", [1, 4, 4]));
    assert_eq!(levels(training)?, [0, 1, 12, 3, 4, 5, 16, 13, 4]);
    assert_eq!(training.labels(), Some(&[0, 0, 1, 0, 0, 0, 1, 1, 0][..]));
    assert_eq!(levels(held_out)?, [7, 18]);
    assert_eq!(
        split.class_names().ok_or("no labels")?,
        ["cat", "dog; wild"]
    );
    assert!(
        split.rule.contains("test*.parquet are held out"),
        "{}",
        split.rule
    );
    assert!(
        split.rule.contains("1 other Parquet files"),
        "{}",
        split.rule
    );

    // One file alone is one set.
    let split = load_data(Some(&path.join("train-00000-of-00002.parquet")), Some(2))?;
    assert_eq!(levels(&split.training)?, [0, 1, 12, 3, 5, 16]);
    assert_eq!(levels(&split.held_out)?, [4]);
    assert_eq!(split.training.shape(), [1, 2, 2]);
    Ok(())
}

#[test]
fn streamed_rows_are_those_in_memory_in_any_order() -> Outcome {
    let groups: Result<_, _> = [&[1, 2, 3, 4, 5, 6, 7][..], &[8], &[9, 10, 11, 12, 13]]
        .map(rows)
        .into_iter()
        .collect();
    let written = Written {
        rows: groups?,
        ..Written::default()
    };
    let (_keep, path) = folder(&[("a.parquet", written.bytes()?)])?;
    let kept = load(&path, Preparation::default(), u64::MAX)?.training;
    let streamed = load(&path, Preparation::default(), 0)?.training;
    assert!(streamed.is_streamed() && !kept.is_streamed());
    assert_eq!(levels(&streamed)?, [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13]);
    for indices in [&[10, 0, 5, 0, 6, 3][..], &[2, 2], &[]] {
        assert_eq!(streamed.batch(indices)?, kept.batch(indices)?);
    }
    let (mut a, mut b) = (
        Batches::start(&kept, 1, 2, 4)?,
        Batches::start(&streamed, 1, 2, 4)?,
    );
    for _ in 0..8 {
        assert_eq!(a.next()?, b.next()?);
    }
    Ok(())
}

#[test]
fn any_usual_column_and_compression_is_read() -> Outcome {
    for schema in [
        "message schema { required group img { required binary bytes; optional binary path (UTF8); } \
         required int64 fine_label; }",
        "message schema { optional binary picture; optional binary caption (UTF8); optional int64 n; }",
    ] {
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
        ] {
            let written = Written {
                schema,
                compression,
                rows: vec![rows(&[10, 11, 12, 13, 24])?],
                ..Written::default()
            };
            let (_keep, path) = folder(&[("A.parquet", written.bytes()?)])?;
            let split = load_data(Some(&path), None)?;
            assert_eq!(levels(&split.training)?, [10, 11, 12, 13]);
            let expected = schema.contains("label").then_some(&[2][..]);
            assert_eq!(split.held_out.labels(), expected);
        }
    }
    // Withheld labels are none.
    let mut withheld = rows(&[0; 5])?;
    withheld.iter_mut().for_each(|row| row.1 = -1);
    let written = Written {
        rows: vec![withheld],
        ..Written::default()
    };
    let (_keep, path) = folder(&[("a.parquet", written.bytes()?)])?;
    assert_eq!(load_data(Some(&path), None)?.training.labels(), None);
    Ok(())
}

#[test]
fn colours_and_sizes_follow_the_rules_of_image_files() -> Outcome {
    let mut five = rows(&[1, 2, 3, 4, 5])?;
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(4, 4, Rgb([7, 8, 9])).write_to(&mut bytes, ImageFormat::Png)?;
    five[1].0 = Some(bytes.into_inner());
    let mut written = Written {
        rows: vec![five],
        ..Written::default()
    };
    let (_keep, path) = folder(&[("a.parquet", written.bytes()?)])?;
    let set = load_data(Some(&path), None)?.training;
    assert_eq!(set.shape(), [3, 4, 4]);
    let expected = [[1; 16], [1; 16], [1; 16], [7; 16], [8; 16], [9; 16]].concat();
    assert_eq!(set.pixels(&[0, 1])?, expected);
    written.rows[0][3].0 = Some(png(6, 0)?);
    let message = refusal(&written)?;
    for word in [
        "a.parquet: row group 0, row 3: 6x6 pixels",
        "row 0 has 4x4",
        "data.size",
    ] {
        assert!(message.contains(word), "{message}");
    }
    Ok(())
}

#[test]
fn bad_columns_are_refused() -> Outcome {
    for (schema, words) in [
        (
            "message schema { optional int64 label; }",
            ["expected a column `image`", "INT64 in `label`"],
        ),
        (
            "message schema { optional binary picture; optional binary bytes; }",
            ["BYTE_ARRAY in `picture`", "BYTE_ARRAY in `bytes`"],
        ),
        (
            "message schema { optional int64 image; optional binary bytes; }",
            ["the column `image`: expected encoded images", "got INT64"],
        ),
        (
            "message schema { optional binary image (UTF8); }",
            ["the column `image`", "got UTF8"],
        ),
        (
            "message schema { optional group image { optional binary bytes; } optional binary label (UTF8); }",
            ["the column `label`: expected whole numbers", "got UTF8"],
        ),
    ] {
        let message = refusal(&Written {
            schema,
            rows: vec![rows(&[1; 5])?],
            ..Written::default()
        })?;
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
    }
    Ok(())
}

#[test]
fn bad_rows_are_named() -> Outcome {
    let with = |image: Option<Vec<u8>>, label: i64| {
        let mut groups = vec![rows(&[1; 5])?, rows(&[2; 5])?];
        groups[1][3] = (image, label);
        refusal(&Written {
            rows: groups,
            ..Written::default()
        })
    };
    for (image, label, word) in [
        (None, 0, "row group 1, row 3: no image"),
        (
            Some(b"none".to_vec()),
            0,
            "row group 1, row 3: not a usable PNG",
        ),
        (Some(Vec::new()), 0, "row group 1, row 3: not a usable PNG"),
        (
            Some(png(4, 0)?[..60].to_vec()),
            0,
            "row group 1, row 3: not a usable PNG",
        ),
        (
            Some(png(4, 0)?),
            -1,
            "row group 1, row 3: expected a label from 0 to 65535, got -1",
        ),
        (Some(png(4, 0)?), 65_536, "got 65536"),
    ] {
        let message = with(image, label)?;
        assert!(message.contains(word), "{word}: {message}");
    }
    let empty = refusal(&Written::default())?;
    assert!(empty.contains("no rows in"), "{empty}");
    Ok(())
}

#[test]
fn a_file_cut_anywhere_or_none_at_all_is_refused() -> Outcome {
    let whole = Written {
        rows: vec![rows(&[1, 2, 3])?, rows(&[4, 5])?],
        ..Written::default()
    }
    .bytes()?;
    for end in (0..whole.len()).step_by(7) {
        let (_keep, path) = folder(&[("a.parquet", whole[..end].to_vec())])?;
        let error = load_data(Some(&path), None).err().ok_or("it was loaded")?;
        assert!(
            matches!(&error, DataError::Shard(ShardError::NotParquet { .. })),
            "{end}: {error:?}"
        );
    }
    let (_keep, path) = folder(&[("a.parquet", b"PAR1 this is prose PAR1".to_vec())])?;
    let error = load_data(Some(&path), None).err().ok_or("it was loaded")?;
    assert!(
        error
            .to_string()
            .contains("a.parquet: not a usable Parquet file"),
        "{error}"
    );
    let missing = load_data(Some("absent.parquet".as_ref()), None)
        .err()
        .ok_or("loaded")?;
    assert!(
        missing
            .to_string()
            .contains("absent.parquet: cannot be read"),
        "{missing}"
    );
    Ok(())
}

/// Whatever a byte becomes, the file is read or refused, and nothing else happens.
#[test]
fn a_file_with_any_byte_changed_is_read_or_refused() -> Outcome {
    let whole = Written {
        compression: Compression::UNCOMPRESSED,
        rows: vec![rows(&[1, 2, 3])?, rows(&[4, 5])?],
        ..Written::default()
    }
    .bytes()?;
    let temporary = tempfile::tempdir()?;
    let path = temporary.path().join("a.parquet");
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, bytes)?;
        refused += usize::from(load_data(Some(&path), None).is_err());
    }
    assert!(refused > whole.len() / 10, "{refused} of {}", whole.len());
    Ok(())
}
