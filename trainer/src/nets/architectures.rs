//! The architectures that a recipe can name: each knows how a generator's latent becomes an
//! image, and how an image becomes the features that a critic scores.

mod convolutional;
mod dcgan;
mod mlp;
mod r3gan;
mod resnet;
mod upsample;

use super::NetError;
use super::stack::Stack;
use super::target::{Pyramid, Target};
use crate::recipe::Architecture;

/// Puts a generator's layers up to its last linear one on its latent `[d, 1, 1]`.
pub(super) fn generate(stack: &mut Stack, target: Target) -> Result<(), NetError> {
    let network = stack.network();
    let build = match network.architecture {
        Architecture::Mlp => {
            mlp::generate(stack, target);
            return Ok(());
        }
        Architecture::Convolutional => convolutional::generate,
        Architecture::Dcgan => dcgan::generate,
        Architecture::Upsample => upsample::generate,
        Architecture::Resnet => resnet::generate,
        Architecture::R3gan => r3gan::generate,
    };
    build(stack, Pyramid::of(network, target)?, target.shape[0]);
    Ok(())
}

/// Puts a critic's layers up to its features on an image.
pub(super) fn criticise(stack: &mut Stack, target: Target) -> Result<(), NetError> {
    let network = stack.network();
    let build = match network.architecture {
        Architecture::Mlp => {
            mlp::criticise(stack);
            return Ok(());
        }
        Architecture::Convolutional => convolutional::criticise,
        Architecture::Dcgan => dcgan::criticise,
        Architecture::Upsample => upsample::criticise,
        Architecture::Resnet => resnet::criticise,
        Architecture::R3gan => r3gan::criticise,
    };
    build(stack, Pyramid::of(network, target)?);
    Ok(())
}
