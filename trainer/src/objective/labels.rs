//! What the critic is told to be real and generated, which need not be the truth.

use burn::tensor::Tensor;

use super::random::{Random, constant};

/// Labels for losses that teach them: 1 of a real image, 0 of a generated one, but for the
/// errors below. The default is the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Labels {
    /// How much the label of real images is lowered (one-sided smoothing, Salimans et al. 2016,
    /// section 3.4).
    pub real_smoothing: f64,
    /// How much the label of generated images is raised.
    pub fake_smoothing: f64,
    /// The probability that an image gets the label of the other side.
    pub flip: f64,
    /// What decides, with the step, which images those are.
    pub seed: u64,
    /// The step.
    pub step: u64,
}

/// How far labels are from the truth, 0 to 1: one number for all scores, or one each `[n, 1]`.
pub(super) enum Errors {
    All(f64),
    Each(Box<Tensor<2>>),
}

impl Labels {
    /// The errors of the labels of these scores `[n, 1]`, of real and of generated images.
    pub(super) fn errors(self, real: &Tensor<2>, fake: &Tensor<2>) -> [Errors; 2] {
        let (lowered, raised) = (self.real_smoothing, self.fake_smoothing);
        if self.flip == 0.0 {
            return [Errors::All(lowered), Errors::All(raised)];
        }
        let mut random = Random::new(self.seed, self.step);
        let mut of = |scores: &Tensor<2>, kept: f64, exchanged: f64| {
            let shape = scores.dims();
            let error = |_| match random.happens(self.flip) {
                true => exchanged as f32,
                false => kept as f32,
            };
            let errors = (0..shape[0]).map(error).collect();
            Errors::Each(Box::new(constant(errors, shape, scores)))
        };
        [
            of(real, lowered, 1.0 - raised),
            of(fake, raised, 1.0 - lowered),
        ]
    }
}

impl Errors {
    /// Scores, each times the error of its label.
    pub(super) fn times(&self, scores: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(error) => scores * *error,
            Self::Each(errors) => scores * *errors.clone(),
        }
    }

    /// Scores less labels of −1 and 1, for scores that grow towards the truth: `y − (1 − 2e)`.
    pub(super) fn distance(&self, scores: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(error) => scores - (1.0 - 2.0 * error),
            Self::Each(errors) => scores - 1.0 + *errors.clone() * 2.0,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    fn drawn(labels: Labels) -> [Vec<f32>; 2] {
        let scores = Tensor::<2>::ones([1_000, 1], &Device::flex());
        let errors = labels.errors(&scores, &scores);
        errors.map(|errors| {
            let errors = errors.times(scores.clone());
            errors.into_data().try_to_vec::<f32>().unwrap()
        })
    }

    #[test]
    fn a_share_of_labels_is_exchanged_with_the_other_sides() {
        let labels = Labels {
            real_smoothing: 0.25,
            fake_smoothing: 0.125,
            flip: 0.2,
            seed: 3,
            step: 5,
        };
        let [real, fake] = drawn(labels);
        for (errors, kept, exchanged) in [(&real, 0.25, 0.875), (&fake, 0.125, 0.75)] {
            let count = |wanted: f32| errors.iter().filter(|error| **error == wanted).count();
            assert_eq!(count(kept) + count(exchanged), 1_000);
            // Four standard errors.
            assert!(
                (149..=251).contains(&count(exchanged)),
                "{}",
                count(exchanged)
            );
        }
        let which = |errors: &[f32], exchanged: f32| -> Vec<bool> {
            errors.iter().map(|error| *error == exchanged).collect()
        };
        assert_ne!(which(&real, 0.875), which(&fake, 0.75));
        assert_eq!([real.clone(), fake], drawn(labels));
        assert_ne!(real, drawn(Labels { step: 6, ..labels })[0]);
        assert_ne!(real, drawn(Labels { seed: 4, ..labels })[0]);
    }

    #[test]
    fn flips_are_none_or_all_at_the_ends() {
        let flip = |flip| {
            drawn(Labels {
                flip,
                ..Labels::default()
            })
        };
        assert_eq!(flip(0.0), [vec![0.0; 1_000], vec![0.0; 1_000]]);
        assert_eq!(flip(1.0), [vec![1.0; 1_000], vec![1.0; 1_000]]);
    }
}
