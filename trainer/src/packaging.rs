//! From a trained state to a package: export, proof, statistics, scores, card.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use gannet::{Contract, FeatureNet, Manifest, Provenance, Scorer, Scores};
use thiserror::Error;

use crate::data::{self, Split};
use crate::export::{
    Agreement, Card, ExportError, PackageContents, PackageError, generator_to_onnx,
    verify_generator, write_package,
};
use crate::nets::Generator;
use crate::recipe::{PRESETS, Recipe, RecipeError};
use crate::scoring::{self, ScoringError, Shard};
use crate::training::{State, picture};

/// Samples of seed 0 on a package's sheet.
const SHEET: u64 = 100;

/// Samples on which the exported file is compared with Burn.
const COMPARED: u64 = 64;

/// The seed of the samples that are scored, `gannet score`'s default.
const SCORE_SEED: u64 = 0;

/// Why a state could not become a package.
#[derive(Debug, Error)]
pub enum PackagingError {
    /// Nothing has been trained.
    #[error("the run has no checkpoint yet: there is nothing to export")]
    Untrained,
    /// The generator's graph.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The recipe that the card compares with.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The runtime: loading the file, statistics or scores.
    #[error(transparent)]
    Runtime(#[from] gannet::Error),
    /// The real images' features.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The temporary file that the runtime loads.
    #[error("cannot write a temporary file")]
    Temporary(#[source] std::io::Error),
    /// The folder.
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// How to package a state.
#[derive(Debug)]
pub struct Packaging<'a> {
    /// The recipe it was trained from.
    pub recipe: &'a Recipe,
    /// Its data.
    pub split: &'a Split,
    /// What measures it; without, the package has neither statistics nor scores.
    pub features: Option<FeatureNet>,
    /// An SPDX expression.
    pub licence: &'a str,
    /// Whether a package that is there already may be replaced.
    pub replace: bool,
}

/// What was packaged.
#[derive(Debug)]
pub struct Packaged {
    /// The exported file against Burn's own forward pass.
    pub agreement: Agreement,
    /// The scores, if it was measured.
    pub scores: Option<Scores>,
}

/// What measured a generator, and the results.
struct Measured {
    scorer: Scorer,
    scores: Scores,
    /// Those of as many held-out real images, unless there are fewer.
    floor: Option<Scores>,
}

impl Packaging<'_> {
    /// Exports the averaged generator of `state`, proves the file against Burn, scores it and
    /// writes the package folder `out`, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`ExportError::Differs`] if the file and Burn differ by more than 1e-4, and whatever
    /// exporting, scoring or writing says.
    pub fn write(mut self, state: &State, out: &Path) -> Result<Packaged, PackagingError> {
        if state.step() == 0 {
            return Err(PackagingError::Untrained);
        }
        let recipe = self.recipe;
        let [channels, height, width] = self.split.training.shape();
        let mut contract = Contract::new(recipe.generator.latent, channels, height, width);
        let average = state.average().to_device(&Device::flex());
        contract.classes = average.classes();
        let onnx = generator_to_onnx(&recipe.name, &contract, &average, Generator::sample)?;
        let generator = load(&onnx)?;
        let forward = |z, labels| average.sample(z, labels);
        let agreement =
            verify_generator(&generator, SCORE_SEED, COMPARED, &Device::flex(), forward)?;
        let measured = self.measure(&generator)?;

        let seen = state.step() * recipe.images_per_step();
        let mut manifest = Manifest::new(
            &recipe.name,
            self.licence,
            contract,
            Provenance {
                recipe: recipe.name.clone(),
                dataset: self.split.training.name().to_owned(),
                images_seen: seen,
                seed: recipe.seed,
                gannet: env!("CARGO_PKG_VERSION").to_owned(),
            },
        );
        manifest.scores = measured.as_ref().map(|measured| measured.scores.clone());
        let contents = PackageContents {
            generator: &onnx,
            statistics: measured.as_ref().map(|measured| measured.scorer.real()),
            manifest,
            sheet: &picture(generator.sample(SCORE_SEED, 0..SHEET)?)?,
            card: self.card(seen, measured.as_ref())?,
        };
        write_package(out, &contents, self.replace)?;
        Ok(Packaged {
            agreement,
            scores: measured.map(|measured| measured.scores),
        })
    }

    fn measure(
        &mut self,
        generator: &gannet::Generator,
    ) -> Result<Option<Measured>, PackagingError> {
        let Some(net) = self.features.take() else {
            return Ok(None);
        };
        let statistics = scoring::real_stats(&net, &self.split.training, "training", Shard::WHOLE)?;
        let scorer = Scorer::new(net, statistics)?;
        let scores = scorer.score(generator, self.recipe.score.samples, SCORE_SEED)?;
        let held_out = &self.split.held_out;
        let compared = usize::try_from(self.recipe.score.samples).unwrap_or(usize::MAX);
        let floor = match held_out.len() >= compared {
            true => Some(scorer.score_samples(&scoring::first_samples(held_out, compared)?)?),
            false => None,
        };
        Ok(Some(Measured {
            scorer,
            scores,
            floor,
        }))
    }

    fn card(&self, seen: u64, measured: Option<&Measured>) -> Result<Card, RecipeError> {
        let recipe = self.recipe;
        let set = &self.split.training;
        let [channels, height, width] = set.shape();
        Ok(Card {
            summary: format!(
                "Images like those of {}, {channels}x{height}x{width}.",
                set.name()
            ),
            data: format!(
                "{}, {} training images; {} were held out. {} The training images' SHA-256, as \
                 the recipe's `data.digest` has it, is `{}`.",
                set.name(),
                set.len(),
                self.split.held_out.len(),
                self.split.rule,
                set.image_digest(),
            ),
            training: format!(
                "A convolutional generator (width {}) against a critic without normalisation (width {}): \
                 {}, {} with learning \
                 rates {} and {}, batch {}, {seen} images. The exported weights are their moving average \
                 with a half-life of {} images.",
                recipe.generator.network.width,
                recipe.critic.network.width,
                recipe.objective,
                optimisers(recipe),
                recipe.generator.network.learning_rate,
                recipe.critic.network.learning_rate,
                recipe.training.batch_images,
                recipe.training.ema_half_life_images,
            ),
            training_commands: vec![training_command(recipe)?],
            score_features: recipe
                .score
                .features
                .as_ref()
                .map(|_| "NET.onnx".to_owned()),
            floor: measured.and_then(|measured| measured.floor.clone()),
            limits: vec![format!(
                "It knows {} and nothing else; it has no notion of classes to ask for.",
                set.name()
            )],
        })
    }
}

/// The optimisers of the generator and the critic, once if they are the same.
fn optimisers(recipe: &Recipe) -> String {
    let (generator, critic) = (
        recipe.generator.network.optimiser,
        recipe.critic.network.optimiser,
    );
    match generator == critic {
        true => generator.title().to_owned(),
        false => format!("{} and {}", generator.title(), critic.title()),
    }
}

/// The command that repeats a training: its shipped recipe, or else the default one, and what
/// differs from it. Where folders lie on this machine is left for the reader to fill in.
fn training_command(recipe: &Recipe) -> Result<String, RecipeError> {
    let shipped = PRESETS.iter().find(|preset| preset.name == recipe.name);
    let base = shipped.unwrap_or(&PRESETS[0]).name;
    let mut portable = recipe.clone();
    portable.data.path = recipe.data.path.as_deref().map(data::portable);
    portable.data.digest = None;
    portable.score.features = recipe.score.features.as_ref().map(|_| "NET.onnx".into());
    let settings = portable.settings_from(&Recipe::resolve(Some(base), &[])?)?;
    let settings = settings.iter().map(|setting| format!(" --set {setting}"));
    Ok(format!(
        "gannet train {base}{}",
        settings.collect::<String>()
    ))
}

/// The bytes of a model, loaded by the runtime as any user of the file would.
fn load(onnx: &[u8]) -> Result<gannet::Generator, PackagingError> {
    let folder = tempfile::tempdir().map_err(PackagingError::Temporary)?;
    let path = folder.path().join("generator.onnx");
    gannet::durable::write_file(&path, onnx)?;
    Ok(gannet::Generator::open(&path)?)
}

#[cfg(test)]
mod tests {
    use super::training_command;
    use crate::recipe::{Recipe, RecipeError};

    #[test]
    fn a_command_says_what_differs_from_the_shipped_recipe_and_no_path() -> Result<(), RecipeError>
    {
        let settings = ["name=mine", "data.path=/home/me/images", "seed=3"];
        let recipe = Recipe::resolve(None, &settings.map(str::to_owned))?;
        assert_eq!(
            training_command(&recipe)?,
            "gannet train fashion-mnist-quick --set name=\"mine\" --set seed=3 --set data.path=\"FOLDER\""
        );
        Ok(())
    }
}
