//! A generator: open, ask, sample, free.

use std::ffi::{CString, c_char};

use gannet::{Generator, Samples};

use crate::border::{check_place, free, guarded, lent, text};
use crate::error::{Failure, GannetStatus};

/// A generator, ready to sample. Any number of threads may use one at once.
pub struct GannetGenerator {
    pub(crate) generator: Generator,
    name: CString,
}

/// What a generator takes and gives: `latent` normal values in, an image
/// `[channels, height, width]` out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct GannetContract {
    /// Values in one latent vector.
    pub latent: usize,
    /// Channels of an image: 1 is grey, 3 is RGB.
    pub channels: usize,
    /// Rows of an image in pixels.
    pub height: usize,
    /// Columns of an image in pixels.
    pub width: usize,
}

/// Opens a package folder or a bare `.onnx` file on `threads` threads of its own, or
/// on a pool that all generators share if that is 0.
///
/// # Safety
///
/// `path` is null or points to a text that ends with a null byte; `generator` is null
/// or points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_generator_open(
    path: *const c_char,
    threads: u32,
    generator: *mut *mut GannetGenerator,
) -> GannetStatus {
    guarded(|| {
        check_place("generator", generator)?;
        // SAFETY: the text stays for the call by the caller's word.
        let path = unsafe { text("path", path) }?;
        let mut builder = Generator::builder(path);
        if threads > 0 {
            builder = builder.threads(threads as usize);
        }
        let opened = builder.build()?;
        let handle = Box::new(GannetGenerator {
            name: CString::new(opened.name().replace('\0', "")).unwrap_or_default(),
            generator: opened,
        });
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { generator.write(Box::into_raw(handle)) };
        Ok(())
    })
}

/// Frees a generator; nothing if it is null.
///
/// # Safety
///
/// `generator` is null or came from an open function, was not freed, and no thread uses
/// it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_generator_free(generator: *mut GannetGenerator) {
    // SAFETY: opening makes the handle with `Box::into_raw`; the rest is the caller's word.
    unsafe { free(generator) }
}

/// Writes what the generator takes and gives to `contract`.
///
/// # Safety
///
/// `generator` is null or an open generator; `contract` is null or points to room for a
/// `GannetContract`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_generator_contract(
    generator: *const GannetGenerator,
    contract: *mut GannetContract,
) -> GannetStatus {
    guarded(|| {
        check_place("contract", contract)?;
        // SAFETY: null or open by the caller's word.
        let stated = unsafe { lent("generator", generator) }?.generator.contract();
        let stated = GannetContract {
            latent: stated.latent,
            channels: stated.channels,
            height: stated.height,
            width: stated.width,
        };
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { contract.write(stated) };
        Ok(())
    })
}

/// The name of the generator, which stands until it is freed; null if `generator` is.
///
/// # Safety
///
/// `generator` is null or an open generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_generator_name(
    generator: *const GannetGenerator,
) -> *const c_char {
    // SAFETY: null or open by the caller's word.
    match unsafe { generator.as_ref() } {
        Some(generator) => generator.name.as_ptr(),
        None => std::ptr::null(),
    }
}

/// Draws the samples `first` to `first + count - 1` of `seed` into `values`:
/// `[count, channels, height, width]`, row-major, in `[-1, 1]`.
///
/// A sample depends on nothing but the generator, the seed and its index. `length` is
/// the number of floats in `values`, and must be that of the result.
///
/// # Safety
///
/// `generator` is null or an open generator; `values` is null or points to room for
/// `length` floats that nothing else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_sample_floats(
    generator: *const GannetGenerator,
    seed: u64,
    first: u64,
    count: u64,
    values: *mut f32,
    length: usize,
) -> GannetStatus {
    guarded(|| {
        check_place("values", values)?;
        // SAFETY: null or open by the caller's word.
        let generator = unsafe { lent("generator", generator) }?;
        let samples = generator.sample(seed, first, count, length)?;
        // SAFETY: not null, so there is room for `length` floats by the caller's word, and
        // `sample` made sure that there are as many. The samples are new: no overlap.
        unsafe { values.copy_from_nonoverlapping(samples.values().as_ptr(), length) };
        Ok(())
    })
}

/// Draws as `gannet_sample_floats`, in 8 bits: `(v + 1) * 127.5`, rounded half away from
/// zero and clamped to 0 to 255. `length` is the number of bytes in `pixels`.
///
/// # Safety
///
/// `generator` is null or an open generator; `pixels` is null or points to room for
/// `length` bytes that nothing else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_sample_bytes(
    generator: *const GannetGenerator,
    seed: u64,
    first: u64,
    count: u64,
    pixels: *mut u8,
    length: usize,
) -> GannetStatus {
    guarded(|| {
        check_place("pixels", pixels)?;
        // SAFETY: null or open by the caller's word.
        let generator = unsafe { lent("generator", generator) }?;
        let samples = generator.sample(seed, first, count, length)?;
        let bytes: Vec<u8> = (0..samples.len()).flat_map(|i| samples.quantised(i)).collect();
        // SAFETY: not null, so there is room for `length` bytes by the caller's word, and
        // `sample` made sure that there are as many. `bytes` are new: no overlap.
        unsafe { pixels.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    })
}

impl GannetGenerator {
    /// Draws samples that fill `length` values, or refuses before it draws.
    fn sample(&self, seed: u64, first: u64, count: u64, length: usize) -> Result<Samples, Failure> {
        let contract = self.generator.contract();
        let shape = [contract.channels, contract.height, contract.width];
        let needed = shape
            .iter()
            .try_fold(count, |values, &size| values.checked_mul(size as u64));
        if needed != Some(length as u64) {
            return Err(Failure::input(format!(
                "`length`: {count} samples of {shape:?} have {} values, got room for {length}",
                needed.map_or("too many".to_owned(), |values| values.to_string())
            )));
        }
        let end = first.checked_add(count).ok_or_else(|| {
            Failure::input(format!("sample {first} and {count} more pass the last index"))
        })?;
        Ok(self.generator.sample(seed, first..end)?)
    }
}
