//! What steps are watched with.

use burn::tensor::{Int, Tensor, TensorData};

use super::super::state::{State, label_tensor};
use super::copies::Examples;
use super::cover::Cover;
use super::{CopyVitals, CoverVitals};
use crate::data::{Batch, DataError, Split};
use crate::recipe::Recipe;
use crate::streams::Stream;

/// Real images that steps are compared with.
pub(in super::super) struct Watch {
    /// Held-out images that the critic scores beside the step's own, `[n, c, h, w]`, and their
    /// labels if the networks are told of classes.
    pub(in super::super) held_out: Option<(Tensor<4>, Option<Tensor<1, Int>>)>,
    cover: Option<Cover>,
    examples: Option<Examples>,
}

/// A look at one step.
#[derive(Clone, Copy)]
pub(in super::super) struct Glance<'a> {
    pub(in super::super) watch: &'a Watch,
    /// Whether the dearer signs are taken too.
    pub(in super::super) is_thorough: bool,
}

impl Watch {
    /// A watch over the steps of a run.
    pub(in super::super) fn new(
        recipe: &Recipe,
        split: &Split,
        state: &State,
    ) -> Result<Self, DataError> {
        let training = &recipe.training;
        let seed = Stream::Bins.seed(recipe.seed);
        Ok(Self {
            held_out: held_out(recipe, split)?.map(|batch| state.placed(batch)),
            cover: Cover::new(&split.training, training.batch_images, seed)?,
            examples: Examples::new(split)?,
        })
    }
}

impl Glance<'_> {
    /// The signs of generated images beside real ones, `[n, pixels]`, and their counts over bins,
    /// which are the ones `before` for the next glance.
    pub(in super::super) fn at(
        self,
        fake: &[f32],
        before: &mut Vec<u64>,
    ) -> (Option<CoverVitals>, Option<CopyVitals>) {
        let cover = self.watch.cover.as_ref();
        let cover = cover
            .and_then(|cover| cover.of(fake, before))
            .map(|(signs, counts)| {
                *before = counts;
                signs
            });
        let examples = self.watch.examples.as_ref().filter(|_| self.is_thorough);
        (cover, examples.and_then(|examples| examples.of(fake)))
    }
}

/// Held-out images from all over their set, as many as a batch and whole packs, if there are so
/// many.
fn held_out(recipe: &Recipe, split: &Split) -> Result<Option<Batch>, DataError> {
    let packing = recipe.critic.packing;
    let n = recipe.training.batch_images.min(split.held_out.len());
    let n = n / packing * packing;
    (n > 0).then(|| split.held_out.spread(n)).transpose()
}

impl State {
    /// Images as tensors, and their labels if the networks are told of classes.
    fn placed(&self, Batch { images, labels }: Batch) -> (Tensor<4>, Option<Tensor<1, Int>>) {
        let [channels, height, width] = self.target.shape;
        let plain = self.device.clone().inner();
        let n = images.len() / (channels * height * width);
        let data = TensorData::new(images, [n, channels, height, width]);
        let labels = labels.filter(|_| self.target.classes.is_some());
        let labels = labels.map(|labels| label_tensor(&labels, &plain));
        (Tensor::from_data(data, &plain), labels)
    }
}
