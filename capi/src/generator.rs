//! A generator: open, ask, sample, free.

use std::ffi::{CString, c_char};

use gannet::{Draw, Generator, Samples, Source};

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
    /// Classes of a conditional generator, 0 of any other.
    pub classes: usize,
    /// Channels of an image: 1 is grey, 3 is RGB.
    pub channels: usize,
    /// Rows of an image in pixels.
    pub height: usize,
    /// Columns of an image in pixels.
    pub width: usize,
}

/// Which samples to draw. What is 0 or null is left to its default, so that
/// `(GannetDraw){.seed = 7, .count = 64}` are the first 64 samples of seed 7.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct GannetDraw {
    /// Where the latents come from.
    pub seed: u64,
    /// The index of the first sample.
    pub first: u64,
    /// How many samples there are.
    pub count: u64,
    /// The class of all samples, counted from 0. If it is null, sample `i` of a
    /// conditional generator has the class `i % classes`.
    pub class_index: *const usize,
    /// The bound of the latents' values, 0.01 or more; none if it is 0.
    pub truncation: f64,
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
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { open(path.into(), threads, generator) }
    })
}

/// Opens as `gannet_generator_open` the content of an ONNX file, `length` bytes, which are
/// not needed any more afterwards.
///
/// # Safety
///
/// `bytes` is null or points to `length` bytes; `generator` is null or points to room for a
/// pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_generator_open_bytes(
    bytes: *const u8,
    length: usize,
    threads: u32,
    generator: *mut *mut GannetGenerator,
) -> GannetStatus {
    guarded(|| {
        check_place("generator", generator)?;
        check_place("bytes", bytes.cast_mut())?;
        // SAFETY: it is not null, so there are `length` bytes by the caller's word.
        let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { open(Source::bytes(bytes.to_vec()), threads, generator) }
    })
}

/// Opens a generator and hands it over.
///
/// # Safety
///
/// `generator` points to room for a pointer.
unsafe fn open(
    source: Source,
    threads: u32,
    generator: *mut *mut GannetGenerator,
) -> Result<(), Failure> {
    let mut builder = Generator::builder(source);
    if threads > 0 {
        builder = builder.threads(threads as usize);
    }
    let opened = builder.build()?;
    let handle = Box::new(GannetGenerator {
        name: CString::new(opened.name().replace('\0', "")).unwrap_or_default(),
        generator: opened,
    });
    // SAFETY: there is room by the caller's word.
    unsafe { generator.write(Box::into_raw(handle)) };
    Ok(())
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
        let stated = unsafe { lent("generator", generator) }?
            .generator
            .contract();
        let stated = GannetContract {
            latent: stated.latent,
            classes: stated.classes.unwrap_or(0),
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
pub unsafe extern "C" fn gannet_generator_name(generator: *const GannetGenerator) -> *const c_char {
    // SAFETY: null or open by the caller's word.
    match unsafe { generator.as_ref() } {
        Some(generator) => generator.name.as_ptr(),
        None => std::ptr::null(),
    }
}

/// Draws samples into `values`: `[count, channels, height, width]`, row-major, in `[-1, 1]`.
///
/// A sample depends on nothing but the generator, the seed, its index and, if it has one,
/// its class and truncation. `length` is
/// the number of floats in `values`, and must be that of the result.
///
/// # Safety
///
/// `generator` is null or an open generator; `draw` is null or points to a `GannetDraw` whose
/// `class_index` is null or points to a class; `values` is null or points to room for
/// `length` floats that nothing else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_sample_floats(
    generator: *const GannetGenerator,
    draw: *const GannetDraw,
    values: *mut f32,
    length: usize,
) -> GannetStatus {
    guarded(|| {
        check_place("values", values)?;
        // SAFETY: null or open by the caller's word.
        let generator = unsafe { lent("generator", generator) }?;
        // SAFETY: as above.
        let draw = unsafe { lent("draw", draw) }?;
        // SAFETY: what it points to is valid by the caller's word.
        let samples = unsafe { generator.draw(draw, length) }?;
        // SAFETY: not null, so there is room for `length` floats by the caller's word, and
        // `draw` made sure that there are as many. The samples are new: no overlap.
        unsafe { values.copy_from_nonoverlapping(samples.values().as_ptr(), length) };
        Ok(())
    })
}

/// Draws as `gannet_sample_floats`, in 8 bits: `(v + 1) * 127.5`, rounded half away from
/// zero and clamped to 0 to 255. `length` is the number of bytes in `pixels`.
///
/// # Safety
///
/// `generator` is null or an open generator; `draw` is null or points to a `GannetDraw` whose
/// `class_index` is null or points to a class; `pixels` is null or points to room for
/// `length` bytes that nothing else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_sample_bytes(
    generator: *const GannetGenerator,
    draw: *const GannetDraw,
    pixels: *mut u8,
    length: usize,
) -> GannetStatus {
    guarded(|| {
        check_place("pixels", pixels)?;
        // SAFETY: null or open by the caller's word.
        let generator = unsafe { lent("generator", generator) }?;
        // SAFETY: as above.
        let draw = unsafe { lent("draw", draw) }?;
        // SAFETY: what it points to is valid by the caller's word.
        let samples = unsafe { generator.draw(draw, length) }?;
        let bytes: Vec<u8> = (0..samples.len())
            .flat_map(|i| samples.quantised(i))
            .collect();
        // SAFETY: not null, so there is room for `length` bytes by the caller's word, and
        // `draw` made sure that there are as many. `bytes` are new: no overlap.
        unsafe { pixels.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    })
}

impl GannetGenerator {
    /// Draws samples that fill `length` values, or refuses before it draws.
    ///
    /// # Safety
    ///
    /// `class_index` is null or points to a class.
    unsafe fn draw(&self, draw: &GannetDraw, length: usize) -> Result<Samples, Failure> {
        let GannetDraw {
            seed,
            first,
            count,
            class_index,
            truncation,
        } = *draw;
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
            Failure::input(format!(
                "sample {first} and {count} more pass the last index"
            ))
        })?;
        let mut draw = Draw::new(seed, first..end);
        // SAFETY: null or a class by the caller's word.
        if let Some(&class) = unsafe { class_index.as_ref() } {
            draw = draw.class(class);
        }
        if truncation != 0.0 {
            draw = draw.truncation(truncation);
        }
        Ok(self.generator.draw(&draw)?)
    }
}
