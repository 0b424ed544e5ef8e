//! Which columns of a Parquet file are the images and the labels.

use std::path::Path;

use parquet::basic::{ConvertedType, Type};
use parquet::file::metadata::FileMetaData;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::ShardError;

/// Names of the column of images, the first that there is.
const IMAGES: [&str; 2] = ["image", "img"];

/// Names of the column of labels, the first that there is.
const LABELS: [&str; 3] = ["label", "labels", "fine_label"];

/// The leaf columns that matter, by their numbers.
pub(super) struct Columns {
    pub(super) image: usize,
    pub(super) label: Option<usize>,
    /// The names of the classes, by label, where Hugging Face's description of the
    /// columns has them; a comma in a name has become a semicolon.
    pub(super) classes: Option<Vec<String>>,
}

impl Columns {
    /// Finds the columns of a file: see [`ShardError::NoImages`] for the rule.
    pub(super) fn find(path: &Path, file: &FileMetaData) -> Result<Self, ShardError> {
        let schema = file.schema_descr();
        let label = label(path, schema)?;
        let name = label.map(|column| schema.column(column).name().to_owned());
        Ok(Self {
            image: image(path, schema)?,
            label,
            classes: name.and_then(|name| class_names(file, &name)),
        })
    }
}

fn image(path: &Path, schema: &SchemaDescriptor) -> Result<usize, ShardError> {
    let all = || schema.columns().iter().enumerate();
    for name in IMAGES {
        let mut named = all().filter(|(_, column)| column.path().parts()[0] == name);
        let Some((_, first)) = named.clone().next() else {
            continue;
        };
        let usable = named.find(|(_, column)| holds_bytes(column));
        return match usable {
            Some((index, _)) => Ok(index),
            None => Err(ShardError::WrongType {
                path: path.to_owned(),
                column: name.to_owned(),
                expected: "encoded images (binary, or a struct with binary `bytes`)",
                got: type_of(first),
            }),
        };
    }
    let mut usable = all().filter(|(_, column)| holds_bytes(column));
    match (usable.next(), usable.next()) {
        (Some((index, _)), None) => Ok(index),
        _ => Err(ShardError::NoImages {
            path: path.to_owned(),
            columns: list(schema),
        }),
    }
}

fn label(path: &Path, schema: &SchemaDescriptor) -> Result<Option<usize>, ShardError> {
    for name in LABELS {
        let mut columns = schema.columns().iter().enumerate();
        let Some((index, column)) = columns.find(|(_, column)| column.path().parts()[0] == name)
        else {
            continue;
        };
        let whole = matches!(column.physical_type(), Type::INT32 | Type::INT64);
        return match whole && column.path().parts().len() == 1 && column.max_rep_level() == 0 {
            true => Ok(Some(index)),
            false => Err(ShardError::WrongType {
                path: path.to_owned(),
                column: name.to_owned(),
                expected: "whole numbers (int32 or int64)",
                got: type_of(column),
            }),
        };
    }
    Ok(None)
}

/// Whether a column is binary, or the binary `bytes` of a struct, once a row.
fn holds_bytes(column: &ColumnDescriptor) -> bool {
    let placed = match column.path().parts() {
        [_] => true,
        [_, field] => field == "bytes",
        _ => false,
    };
    placed
        && column.physical_type() == Type::BYTE_ARRAY
        && column.converted_type() == ConvertedType::NONE
        && column.max_rep_level() == 0
}

fn type_of(column: &ColumnDescriptor) -> String {
    let path = column.path().string();
    let list = if column.max_rep_level() > 0 {
        "a list of "
    } else {
        ""
    };
    match column.converted_type() {
        ConvertedType::NONE => format!("{list}{} in `{path}`", column.physical_type()),
        converted => format!("{list}{converted} in `{path}`"),
    }
}

fn list(schema: &SchemaDescriptor) -> String {
    let columns: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| type_of(column))
        .collect();
    match columns.is_empty() {
        true => "no columns".to_owned(),
        false => columns.join(", "),
    }
}

/// `info.features.COLUMN.names` of the metadata `huggingface`, a JSON text.
fn class_names(file: &FileMetaData, column: &str) -> Option<Vec<String>> {
    let entries = file.key_value_metadata()?;
    let entry = entries.iter().find(|entry| entry.key == "huggingface")?;
    let description: serde_json::Value = serde_json::from_str(entry.value.as_ref()?).ok()?;
    let names = description["info"]["features"][column]["names"].as_array()?;
    let names = names
        .iter()
        .map(|name| Some(name.as_str()?.replace(',', ";")));
    names.collect()
}
