//! Writes state dicts as PyTorch before 1.6 did: pickles of the header, of the
//! tensors' descriptions and of the storages' names, then the storages.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Shape and values of each tensor.
pub(super) type StateDict = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

const PROTOCOL: &[u8] = b"\x80\x02";
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const VERSION: &[u8] = b"M\xe9\x03.";

pub(super) fn write_state_dict(path: &Path, state: &StateDict) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for pickle in [MAGIC, VERSION, &system(), &tensors(state), &keys(state)] {
        file.write_all(PROTOCOL)?;
        file.write_all(pickle)?;
    }
    for (_, values) in state.values() {
        file.write_all(&(values.len() as i64).to_le_bytes())?;
        for value in values {
            file.write_all(&value.to_le_bytes())?;
        }
    }
    file.flush()
}

fn system() -> Vec<u8> {
    [b"}", &*text("little_endian"), b"\x88s."].concat()
}

fn keys(state: &StateDict) -> Vec<u8> {
    let mut pickle = b"](".to_vec();
    (0..state.len()).for_each(|key| pickle.extend(text(&key.to_string())));
    pickle.extend(b"e.");
    pickle
}

fn tensors(state: &StateDict) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    for (key, (name, (shape, values))) in state.iter().enumerate() {
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis];
        }
        pickle.extend(text(name));
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        pickle.extend(text("storage"));
        pickle.extend(b"ctorch\nFloatStorage\n");
        pickle.extend(text(&key.to_string()));
        pickle.extend(text("cpu"));
        pickle.extend(number(values.len()));
        // No view; the persistent id; offset 0.
        pickle.extend(b"NtQK\x00");
        pickle.extend(tuple(shape));
        pickle.extend(tuple(&strides));
        // No gradient, no hooks.
        pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    pickle.extend(b"u.");
    pickle
}

fn text(text: &str) -> Vec<u8> {
    let len = (text.len() as u32).to_le_bytes();
    [b"X", &len[..], text.as_bytes()].concat()
}

fn number(n: usize) -> Vec<u8> {
    [b"J", &(n as u32).to_le_bytes()[..]].concat()
}

fn tuple(numbers: &[usize]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|&n| number(n)).collect();
    [b"(", &*numbers, b"t"].concat()
}
