//! `gannet train`

mod plan;

use std::path::PathBuf;

use anyhow::Context;
use gannet_trainer::data;
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::doctor::Severity;
use gannet_trainer::nets::{self, Target};
use gannet_trainer::recipe::{Attendance, Recipe};
use gannet_trainer::report;
use gannet_trainer::threads;
use gannet_trainer::training::{Outcome, Portrait, Run, rehearse};

use super::finish::{Features, Request};
use super::interrupt::Interrupt;
use super::live::{self, Port};
use super::progress::Progress;
use super::{Ending, output};

/// The licence of a package whose owner has not said (SPDX).
pub(super) const UNSTATED: &str = "NOASSERTION";

/// Trains a GAN from a recipe, then exports and scores it.
///
/// Without arguments: the default recipe on the repository's Fashion-MNIST images, in about
/// five minutes. Ctrl-C saves a checkpoint; `gannet resume` goes on from it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A shipped recipe (`gannet recipes`) or a TOML file.
    recipe: Option<String>,
    /// The run folder; must be empty or absent [default: runs/NAME-1, -2, ...].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Decides weights, order of the data and latents; overrides the recipe's.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Change a key of the recipe, for example `--set training.length_images=50000`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Where to train: auto, cpu, gpu (Vulkan, Metal, DirectX 12) or cuda[:INDEX]; the last two
    /// only in a program that was built with them.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// What the doctor may do: treat (change the recipe to cure what it finds), watch (say what it
    /// finds) or off; overrides the recipe's.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(Attendance::NAMES))]
    doctor: Option<String>,
    /// Serve the report while the run trains, on 127.0.0.1 only, at PORT or any free one.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    #[arg(value_parser = live::port, conflicts_with = "dry_run")]
    live: Option<u16>,
    /// Take the first steps, say what the run would be and how long it would take, and write
    /// nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    threads::enlist();
    let mut settings = args.settings;
    settings.extend(
        args.doctor
            .map(|doctor| format!("training.doctor={doctor}")),
    );
    let mut recipe = Recipe::resolve(args.recipe.as_deref(), &settings)?;
    let port = args.live.map(Port::take).transpose()?;
    recipe.seed = args.seed.unwrap_or(recipe.seed);
    // A run goes on from any directory.
    if let Some(path) = &mut recipe.data.path {
        *path = data::absolute(path).context("cannot make data.path absolute")?;
    }
    if let Some(path) = &mut recipe.score.features {
        *path = std::path::absolute(&*path).context("cannot make score.features absolute")?;
    }
    let chosen = args.device.open()?;
    output::narrate(&chosen.report);
    let split = data::load_for(&recipe.data)?;
    recipe.data.digest = Some(split.training.image_digest());
    let target = Target {
        shape: split.training.shape(),
        classes: split.class_count(),
    };
    nets::check(&recipe.generator, &recipe.critic, target)?;
    let features = Features::find(&recipe, &split)?;
    output::narrate(&split.to_string());
    if args.dry_run {
        let plan = rehearse(&recipe, &split, features.are_there(), &chosen.device)?;
        let text = match args.json {
            true => serde_json::to_string_pretty(&plan::json(&recipe, &split, &plan))?,
            false => plan::told(&recipe, &split, &plan),
        };
        return output::print(&text).map(|()| Ending::Done);
    }
    let judge = features.judge(&recipe, &split)?;
    let run = Run::start(recipe, split, judge, args.out.as_deref(), &chosen.device)?;
    drive(run, features, port, args.json)
}

/// Trains to the end or to Ctrl-C, exports and scores, and writes the report however it ended;
/// until then it is served at the port, if there is one.
pub(super) fn drive(
    run: Run,
    features: Features,
    port: Option<Port>,
    json: bool,
) -> anyhow::Result<Ending> {
    let (root, page) = (run.folder().root().to_owned(), run.folder().report());
    let _live = port.map(|port| port.serve(root.clone())).transpose()?;
    let ended = train_and_export(run, features, json);
    match report::write(&[root], &page) {
        Ok(()) => output::narrate(&format!("report: {}", page.display())),
        Err(error) => output::narrate(&format!(
            "warning: there is no report: {:#}",
            anyhow::Error::new(error)
        )),
    }
    ended
}

fn train_and_export(mut run: Run, features: Features, json: bool) -> anyhow::Result<Ending> {
    let interrupt = Interrupt::listen()?;
    let root = run.folder().root().to_owned();
    output::narrate(&format!("run folder: {}", root.display()));
    let equilibrium = run.recipe().objective.equilibrium();
    output::narrate(&format!(
        "a critic that has learned nothing has a loss of {:.3}, its generator one of {:.3}",
        equilibrium.critic, equilibrium.generator
    ));
    let batch = run.recipe().images_per_step();
    let done = run.state().step() * batch;
    let mut progress = Progress::new(done, run.recipe().total_steps() * batch, batch);
    let outcome = run.train(&interrupt.raised, &mut |event| progress.show(event));
    progress.close();
    interrupt.end_at_once();
    let ailments = run.ailments();
    let is_sick = ailments
        .iter()
        .any(|finding| finding.severity > Severity::Notice);
    match outcome? {
        ended @ (Outcome::Finished | Outcome::Stopped) => {
            let images = run.state().step() * batch;
            if ended == Outcome::Stopped {
                let patience = run.recipe().training.patience;
                output::narrate(&format!(
                    "stopped after {images} images: {patience} scores without improvement"
                ));
            }
            run.take_best()?;
            let kept = run.state().step() * batch;
            if kept != images {
                output::narrate(&format!(
                    "the generator after {kept} images has the best score and is exported"
                ));
            }
            if let Err(error) = Portrait::draw(&run, features.net()) {
                output::narrate(&format!(
                    "warning: the report shows no nearest training images: {:#}",
                    anyhow::Error::new(error)
                ));
            }
            let request = Request {
                recipe: run.recipe(),
                split: run.split(),
                features,
                licence: UNSTATED,
                replace: true,
                json,
            };
            let ended = request.fulfil(run.state(), &run.folder().package())?;
            if is_sick {
                output::narrate(&format!(
                    "the run ends sick; `gannet diagnose {}` shows what ails it",
                    root.display()
                ));
            }
            Ok(if is_sick { Ending::Sick } else { ended })
        }
        Outcome::Interrupted => {
            output::narrate(&format!(
                "interrupted; go on with: gannet resume {}",
                root.display()
            ));
            Ok(Ending::Interrupted)
        }
    }
}
