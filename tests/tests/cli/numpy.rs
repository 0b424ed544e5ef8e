//! NumPy's files, as other programs write them.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A version 1 `.npy` file of any element type, shape and data.
pub(crate) fn npy(descr: &str, shape: &str, data: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(118_u16.to_le_bytes());
    bytes.extend(format!("{header:<117}\n").bytes());
    bytes.extend(data);
    bytes
}

/// A `.npy` file of 32-bit floats `[rows, columns]`.
pub(crate) fn matrix(columns: usize, values: &[f32]) -> Vec<u8> {
    let shape = format!("({}, {columns})", values.len() / columns);
    npy("<f4", &shape, values.iter().flat_map(|v| v.to_le_bytes()))
}

/// An `.npz` of `.npy` files.
pub(crate) fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        let options = SimpleFileOptions::default();
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(array).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
