//! From a trained state to a scored package, and where everything is.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gannet::FeatureNet;
use gannet_trainer::data::Split;
use gannet_trainer::packaging::Packaging;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::repository;
use gannet_trainer::training::{Judge, State};
use serde_json::json;

use super::{Ending, output};

/// What will measure the result.
pub(super) struct Features(Option<(PathBuf, FeatureNet)>);

impl Features {
    /// The network that the recipe names, or the shipped one of the data set's name. Says so on
    /// stderr where there is none.
    pub(super) fn find(recipe: &Recipe, split: &Split) -> anyhow::Result<Self> {
        if recipe.score.samples == 0 && recipe.score.interval_images == 0 {
            return Ok(Self(None));
        }
        let name = split.training.name();
        ensure!(
            split.training.len() >= 2,
            "{name} has one training image: scores need two or more; leave scoring out with --set score.samples=0"
        );
        let named = recipe.score.features.clone();
        let Some(path) = named.or_else(|| repository::find_features(name)) else {
            output::narrate(&format!(
                "the result will not be scored: there is no feature network for {name}. `gannet features \
                 train` makes one from labelled images; name it with --set score.features=NET.onnx"
            ));
            return Ok(Self(None));
        };
        let net = FeatureNet::open(&path).context("score.features")?;
        net.check_shape(split.training.shape()).with_context(|| {
            format!(
                "{} does not take the images of {name}: name another network with --set \
                 score.features=NET.onnx, or leave scoring out with --set score.samples=0",
                path.display()
            )
        })?;
        Ok(Self(Some((path, net))))
    }

    /// Whether there is something to score with.
    pub(super) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    /// The network, if there is one.
    pub(super) fn net(&self) -> Option<&FeatureNet> {
        self.0.as_ref().map(|(_, net)| net)
    }

    /// What scores a run while it trains, if the recipe wants that. Says so on stderr, for the
    /// training images are described first.
    pub(super) fn judge(&self, recipe: &Recipe, split: &Split) -> anyhow::Result<Option<Judge>> {
        let Some((path, _)) = self.0.as_ref().filter(|_| recipe.score.interval_images > 0) else {
            return Ok(None);
        };
        output::narrate("describing the training images for the scores during the run");
        let net = FeatureNet::open(path).context("score.features")?;
        Judge::new(net, split)
            .context("score.interval_images")
            .map(Some)
    }
}

/// Who asks for a package, and how.
pub(super) struct Request<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) split: &'a Split,
    pub(super) features: Features,
    pub(super) licence: &'a str,
    pub(super) replace: bool,
    pub(super) json: bool,
}

impl Request<'_> {
    /// Writes the package `out` and prints where sheet, ONNX file and scores are.
    pub(super) fn fulfil(self, state: &State, out: &Path) -> anyhow::Result<Ending> {
        output::narrate("exporting and scoring");
        let packaging = Packaging {
            recipe: self.recipe,
            split: self.split,
            features: self
                .features
                .0
                .filter(|_| self.recipe.score.samples > 0)
                .map(|(_, net)| net),
            licence: self.licence,
            replace: self.replace,
        };
        let packaged = packaging.write(state, out)?;
        let (sheet, onnx) = (out.join("samples.png"), out.join("generator.onnx"));
        let manifest = out.join("manifest.toml");
        let text = if self.json {
            serde_json::to_string_pretty(&json!({
                "package": out,
                "sheet": sheet,
                "onnx": onnx,
                "manifest": manifest,
                "images_seen": state.step() * self.recipe.images_per_step(),
                "largest_difference": packaged.agreement.largest_difference,
                "scores": packaged.scores,
            }))?
        } else {
            let scores = match &packaged.scores {
                Some(scores) => format!("{}\n\n{scores}", manifest.display()),
                None => "not scored".to_owned(),
            };
            format!(
                "samples   {}\ngenerator {} (differs from Burn's by {:.1e} at most)\nscores    {scores}",
                sheet.display(),
                onnx.display(),
                packaged.agreement.largest_difference,
            )
        };
        output::print(&text)?;
        Ok(Ending::Done)
    }
}
