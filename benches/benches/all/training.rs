//! A step of training by shipped recipes, and the export of a generator to ONNX.
//!
//! A step is timed from one to the next in the loop that `gannet train` runs, so that reading
//! images counts; logs, sheets, checkpoints and the doctor do not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use gannet::Contract;
use gannet_trainer::data;
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::export::generator_to_onnx;
use gannet_trainer::nets::Generator;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::training::{Event, Run};
use tempfile::TempDir;

use crate::harness::{Options, time, worked};

/// The recipes whose steps are timed: the default, the plainest convolutions, perceptrons.
const RECIPES: [&str; 3] = ["fashion-mnist-quick", "dcgan", "ring"];

/// Longer than any benchmark.
const NEVER: &str = "1000000000";

/// Times steps, and the export of the first recipe's generator.
pub(crate) fn measure(options: Options) {
    let mut criterion = options.clock(10);
    let mut group = criterion.benchmark_group("train/step");
    for recipe in RECIPES {
        let mut started = None;
        group.bench_function(recipe, |bencher| {
            let begun = started.get_or_insert_with(|| worked(Begun::start(recipe)));
            bencher.iter_custom(|steps| worked(begun.steps(steps)));
        });
    }
    group.finish();
    let mut started = None;
    let [recipe, ..] = RECIPES;
    criterion.bench_function(&format!("export/{recipe}"), |bencher| {
        let begun = started.get_or_insert_with(|| worked(Begun::start(recipe)));
        time(bencher, || begun.export());
    });
    criterion.final_summary();
}

/// A run in a temporary folder.
struct Begun {
    run: Run,
    _folder: TempDir,
}

impl Begun {
    /// Starts a run and takes its first step, which draws and logs what others do not.
    fn start(name: &str) -> Result<Self> {
        let settings = [
            "training.doctor=off".to_owned(),
            "score.interval_images=0".to_owned(),
            format!("training.length_images={NEVER}"),
            format!("training.log_interval_images={NEVER}"),
            format!("training.sheet_interval_images={NEVER}"),
            format!("training.checkpoint_interval_images={NEVER}"),
        ];
        let mut recipe = Recipe::resolve(Some(name), &settings)?;
        let folder = tempfile::tempdir()?;
        let device = DeviceChoice::Cpu.open()?.device;
        let split = data::load_for(&recipe.data)?;
        recipe.data.digest = Some(split.training.image_digest());
        let out = folder.path().join("run");
        let run = Run::start(recipe, split, None, Some(&out), &device)?;
        let mut begun = Self {
            run,
            _folder: folder,
        };
        begun.steps(1)?;
        Ok(begun)
    }

    /// How long so many steps take, after one that fills the pipeline.
    fn steps(&mut self, count: u64) -> Result<Duration> {
        let stop = AtomicBool::new(false);
        let (mut began, mut done, mut took) = (None, 0, None);
        self.run.train(&stop, &mut |event| {
            let Event::Step { .. } = event else { return };
            let Some(began): Option<Instant> = began else {
                began = Some(Instant::now());
                return;
            };
            done += 1;
            if done == count {
                took = Some(began.elapsed());
                stop.store(true, Ordering::Relaxed);
            }
        })?;
        took.context("the run ended before the benchmark did")
    }

    /// The averaged generator as an ONNX file.
    fn export(&self) -> Result<Vec<u8>> {
        let recipe = self.run.recipe();
        let [channels, height, width] = self.run.split().training.shape();
        let average = self.run.state().average();
        let mut contract = Contract::new(recipe.generator.latent, channels, height, width);
        contract.classes = average.classes();
        Ok(generator_to_onnx(
            &recipe.name,
            &contract,
            &average,
            Generator::sample,
        )?)
    }
}
