//! Which parts of the networks make no sense together.

use super::{Architecture, CriticClasses, Network, Norm, Recipe, RecipeError};

/// Images whose spread a critic with a minibatch standard deviation sees at once.
const GROUP: usize = 4;

/// Refuses combinations of the networks' keys with each other and with the objective's.
pub(super) fn networks(recipe: &Recipe) -> Result<(), RecipeError> {
    let critic = &recipe.critic;
    one(
        &recipe.generator.network,
        ["generator.norm", "generator.depth"],
    )?;
    one(&critic.network, ["critic.norm", "critic.depth"])?;
    let norm = critic.network.norm;
    refuse(
        norm == Norm::Batch && recipe.objective.needs_input_gradients(),
        "critic.norm",
        "\"layer\", \"instance\" or \"none\" with objective.r1_gamma, objective.r2_gamma, \
         objective.gradient_penalty or objective.dragan above 0: they bound the slope of one image's \
         score, and behind a batch normalisation it depends on the others of its batch",
        "\"batch\" with a penalty on the critic's gradient".to_owned(),
    )?;
    refuse(
        critic.spectral_norm && recipe.objective.weight_clip > 0.0,
        "critic.spectral_norm",
        "false with objective.weight_clip above 0: dividing a weight by its norm undoes the clipping",
        "true".to_owned(),
    )?;
    refuse(
        critic.spectral_norm && critic.network.architecture == Architecture::R3gan,
        "critic.spectral_norm",
        "false with critic.architecture = \"r3gan\", whose blocks start with weights of 0, which \
         have no norm to divide by; \"resnet\" takes it",
        "true".to_owned(),
    )?;
    refuse(
        critic.packing > 1 && critic.classes != CriticClasses::None,
        "critic.packing",
        "1 with critic.classes: the images of a pack have a class each, and the critic one place for it",
        format!("{} with {:?}", critic.packing, critic.classes.name()),
    )?;
    let part = recipe.training.accumulation * critic.packing * GROUP;
    refuse(
        critic.minibatch_std && !recipe.training.batch_images.is_multiple_of(part),
        "training.batch_images",
        "a multiple of 4 times training.accumulation times critic.packing with critic.minibatch_std, which \
         compares groups of 4",
        recipe.training.batch_images.to_string(),
    )
}

fn one(network: &Network, [norm, depth]: [&'static str; 2]) -> Result<(), RecipeError> {
    let got = || format!("{:?}", network.norm.name());
    let is = |architecture| network.architecture == architecture;
    refuse(
        network.norm == Norm::Instance && is(Architecture::Mlp),
        norm,
        "\"layer\", \"batch\" or \"none\" with the architecture \"mlp\": a unit is one value, and \
         an instance normalisation makes 0 of it",
        got(),
    )?;
    refuse(
        network.norm != Norm::None && is(Architecture::R3gan),
        norm,
        "\"none\" with the architecture \"r3gan\", which is made to do without; \"resnet\" takes any",
        got(),
    )?;
    refuse(
        network.depth == 0 && is(Architecture::Mlp),
        depth,
        "at least 1 with the architecture \"mlp\": without hidden layers it is linear; 3 is usual",
        network.depth.to_string(),
    )
}

fn refuse(
    holds: bool,
    key: &'static str,
    expected: &'static str,
    got: String,
) -> Result<(), RecipeError> {
    match holds {
        true => Err(RecipeError::Value { key, expected, got }),
        false => Ok(()),
    }
}
