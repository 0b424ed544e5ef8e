//! Times batches of 64 samples on one engine, for `benches/peers/engines.py`:
//! `engine_speed WAY MODEL [LIBRARY]`.
//!
//! WAY is `tract` or `ort` (`Generator::sample`), `bare-tract` or `bare-ort` (the same engine
//! driven as gannet drives it, without gannet). Each line on stdin asks for one batch; the answer
//! is its time in seconds. All run on 2 threads.

#![allow(clippy::print_stdout, reason = "a program that exists to print times")]

use std::io::BufRead;
use std::sync::Mutex;
use std::time::Instant;

use gannet::{Engine, Generator, Latents};
use ort::session::Session;
use ort::value::TensorRef;
use rayon::prelude::*;
use tract_onnx::prelude::*;

const THREADS: usize = 2;
const BATCH: u64 = 64;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

type Draw = Box<dyn FnMut() -> Result<usize>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [way, model, library @ ..] = &*args else {
        return Err("usage: engine_speed WAY MODEL [LIBRARY]".into());
    };
    let library = library.first();
    let mut draw: Draw = match &**way {
        "tract" => ours(Generator::builder(model).threads(THREADS).build()?),
        "ort" => ours(
            Generator::builder(model)
                .engine(Engine::Ort)
                .library(library.ok_or("which library?")?)
                .threads(THREADS)
                .build()?,
        ),
        "bare-tract" => bare_tract(model)?,
        "bare-ort" => bare_ort(model, library.ok_or("which library?")?)?,
        _ => return Err(format!("unknown way `{way}`").into()),
    };
    let expected = draw()?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let began = Instant::now();
        let values = draw()?;
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(values, expected);
        println!("{seconds}");
    }
    Ok(())
}

fn ours(generator: Generator) -> Draw {
    Box::new(move || Ok(generator.sample(7, 0..BATCH)?.values().len()))
}

/// The network's file, and 64 latents with the dimension of one.
fn inputs(model: &str) -> Result<(String, Vec<f32>, usize)> {
    let dim = Generator::open(model)?.contract().latent;
    let latents = Latents::draw(7, 0..BATCH, dim).values().to_vec();
    Ok((format!("{model}/generator.onnx"), latents, dim))
}

fn pool() -> Result<rayon::ThreadPool> {
    Ok(rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS)
        .build()?)
}

fn bare_tract(model: &str) -> Result<Draw> {
    let (file, latents, dim) = inputs(model)?;
    let plan = tract_onnx::onnx()
        .model_for_path(file)?
        .with_input_fact(0, f32::fact([1, dim]).into())?
        .into_optimized()?
        .into_runnable()?;
    let pool = pool()?;
    Ok(Box::new(move || {
        let images: Vec<TVec<TValue>> = pool.install(|| {
            latents
                .par_chunks_exact(dim)
                .map(|row| plan.run(tvec![Tensor::from_shape(&[1, dim], row)?.into_tvalue()]))
                .collect::<TractResult<_>>()
        })?;
        Ok(images.iter().map(|outputs| outputs[0].len()).sum())
    }))
}

fn bare_ort(model: &str, library: &str) -> Result<Draw> {
    let (file, latents, dim) = inputs(model)?;
    let environment = ort::init_from(library)?.build()?;
    let sessions = (0..THREADS)
        .map(|_| {
            let session = Session::builder(&environment)?
                .with_intra_threads(1)?
                .commit_from_file(&file)?;
            Ok(Mutex::new(session))
        })
        .collect::<ort::Result<Vec<_>>>()?;
    let pool = pool()?;
    Ok(Box::new(move || {
        let values = pool.install(|| {
            latents
                .par_chunks_exact(dim)
                .map(|row| {
                    let thread = rayon::current_thread_index().unwrap_or_default();
                    let session = sessions[thread].lock();
                    let mut session = session.unwrap_or_else(std::sync::PoisonError::into_inner);
                    let row = TensorRef::from_array_view(([1, dim], row))?;
                    let outputs = session.run(ort::inputs![row])?;
                    Ok(outputs[0].try_extract_tensor::<f32>()?.1.len())
                })
                .sum::<ort::Result<usize>>()
        })?;
        Ok(values)
    }))
}
