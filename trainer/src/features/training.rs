//! Training a classifier.

use std::f64::consts::PI;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData, activation::log_softmax};

use super::augment::Augmentation;
use super::random::Random;
use super::{Classifier, FEATURE_COUNT, FeaturesError};
use crate::data::{Dataset, Split};

/// How to train a classifier.
#[derive(Clone, Debug)]
pub struct ClassifierConfig {
    /// The same seed gives the same network on the same device.
    pub seed: u64,
    /// How often each training image is seen; at least 1.
    pub epochs: usize,
    /// Images a step; at least 2, for a batch normalisation of one image is
    /// constant.
    pub batch: usize,
    /// The learning rate at the start, after which it falls as a half cosine
    /// to 0.
    pub learning_rate: f64,
    /// The decoupled weight decay of AdamW (Loshchilov and Hutter, 2019).
    pub weight_decay: f32,
    /// The part of the target spread over all classes, in [0, 1) (Szegedy et
    /// al., 2016).
    pub label_smoothing: f32,
    /// The greatest random shift in each direction, pixels.
    pub shift: usize,
    /// Whether half of the images are mirrored left to right; wrong for
    /// letters and digits.
    pub mirror: bool,
}

impl Default for ClassifierConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            epochs: 8,
            batch: 128,
            learning_rate: 3e-3,
            weight_decay: 1e-2,
            label_smoothing: 0.05,
            shift: 1,
            mirror: true,
        }
    }
}

/// How far a training has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// A step is done.
    Step {
        /// Steps done in all.
        step: usize,
        /// Steps to do in all.
        steps: usize,
        /// The loss of the step, nats.
        loss: f64,
    },
    /// An epoch is done, and the network was measured on the held-out images.
    Epoch {
        /// Epochs done.
        epoch: usize,
        /// Epochs to do.
        epochs: usize,
        /// The mean loss of the epoch's steps, nats.
        loss: f64,
        /// The part of the held-out images whose class was found.
        accuracy: f64,
    },
}

/// A trained classifier and how well it does.
#[derive(Debug)]
pub struct Trained {
    /// The network, ready for use: it no longer learns.
    pub net: Classifier,
    /// The part of the held-out images whose class it finds, after the last
    /// epoch.
    pub accuracy: f64,
    /// How many of the features are positive for some held-out image; the
    /// others say nothing.
    pub live_features: usize,
    /// How many held-out images it was measured on.
    pub held_out: usize,
    /// How many images it was trained on.
    pub training: usize,
    /// The names of the classes, in the order of the logits.
    pub classes: Vec<String>,
}

/// Trains a classifier on the CPU.
///
/// # Errors
///
/// A [`FeaturesError`] if the data have no labels or only one class, if a
/// setting is out of range, or if the loss stops being a number.
pub fn train_classifier(
    split: &Split,
    config: &ClassifierConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<Trained, FeaturesError> {
    check(config)?;
    let set = &split.training;
    let labels = labels_of(set, "training")?;
    labels_of(&split.held_out, "held-out")?;
    let classes = split.class_names().unwrap_or_default();
    if labels.iter().all(|&label| label == labels[0]) {
        return Err(FeaturesError::OneClass {
            name: set.name().to_owned(),
            label: labels[0],
        });
    }

    let device = Device::flex().autodiff();
    let mut net = Classifier::new(set.shape(), classes.len(), config.seed, &device)?;
    let mut optimizer = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(config.weight_decay)
        .init();
    let augmentation = Augmentation {
        shift: config.shift,
        mirror: config.mirror,
    };
    let batch = config.batch.min(set.len());
    // A last batch that is not full is left for another epoch's order.
    let steps_an_epoch = set.len() / batch;
    let steps = steps_an_epoch * config.epochs;
    let mut step = 0;
    let (mut accuracy, mut live_features) = (0.0, 0);

    for epoch in 1..=config.epochs {
        let random = &mut Random::epoch(config.seed, epoch);
        let order = random.order(set.len());
        let mut sum = 0.0;
        for indices in order.chunks_exact(batch) {
            let images = augmentation.images(set, indices, random)?;
            let images = to_tensor(images, set, &device);
            let targets = targets(labels, indices, classes.len(), config.label_smoothing);
            let targets = Tensor::<2>::from_data(targets, &device);

            let (_, logits) = net.forward(images);
            let loss = (log_softmax(logits, 1) * targets).sum() / -(batch as f64);
            let value: f64 = loss.clone().into_scalar();
            if !value.is_finite() {
                return Err(FeaturesError::Diverged {
                    epoch,
                    step: step % steps_an_epoch + 1,
                    loss: value,
                    learning_rate: config.learning_rate,
                });
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            let done = step as f64 / steps as f64;
            let learning_rate = config.learning_rate * 0.5 * (1.0 + (PI * done).cos());
            net = optimizer.step(learning_rate, net, gradients);

            sum += value;
            step += 1;
            progress(Progress::Step {
                step,
                steps,
                loss: value,
            });
        }
        let measured = measure(&net.valid(), &split.held_out, config.batch)?;
        (accuracy, live_features) = (measured.accuracy, measured.live_features);
        progress(Progress::Epoch {
            epoch,
            epochs: config.epochs,
            loss: sum / steps_an_epoch as f64,
            accuracy,
        });
    }
    Ok(Trained {
        net: net.valid(),
        accuracy,
        live_features,
        held_out: split.held_out.len(),
        training: set.len(),
        classes,
    })
}

/// How well a network does on a data set.
pub(super) struct Measurement {
    /// The part of the images whose label has the greatest logit.
    pub(super) accuracy: f64,
    /// How many features are positive for some image.
    pub(super) live_features: usize,
}

pub(super) fn measure(
    net: &Classifier,
    set: &Dataset,
    batch: usize,
) -> Result<Measurement, FeaturesError> {
    let labels = labels_of(set, "held-out")?;
    let device = Device::flex();
    let all: Vec<usize> = (0..set.len()).collect();
    let mut right = 0;
    let mut live = [false; FEATURE_COUNT];
    for indices in all.chunks(batch) {
        let images = to_tensor(set.batch(indices)?.images, set, &device);
        let (features, logits) = net.forward(images);
        let found = logits.argmax(1).into_data();
        right += found
            .iter::<i64>()
            .zip(indices)
            .filter(|&(found, &index)| found == i64::from(labels[index]))
            .count();
        let greatest = features.max_dim(0).into_data();
        for (live, greatest) in live.iter_mut().zip(greatest.iter::<f32>()) {
            *live |= greatest > 0.0;
        }
    }
    Ok(Measurement {
        accuracy: right as f64 / set.len() as f64,
        live_features: live.iter().filter(|&&live| live).count(),
    })
}

fn check(config: &ClassifierConfig) -> Result<(), FeaturesError> {
    let refuse = |key, value: String, range| Err(FeaturesError::Config { key, value, range });
    if config.epochs == 0 {
        return refuse("epochs", config.epochs.to_string(), "at least 1");
    }
    if config.batch < 2 {
        return refuse("batch", config.batch.to_string(), "at least 2");
    }
    if !(config.learning_rate > 0.0 && config.learning_rate.is_finite()) {
        return refuse(
            "learning_rate",
            config.learning_rate.to_string(),
            "a positive number",
        );
    }
    if !(config.weight_decay >= 0.0 && config.weight_decay.is_finite()) {
        return refuse(
            "weight_decay",
            config.weight_decay.to_string(),
            "0 or a positive number",
        );
    }
    if !(0.0..1.0).contains(&config.label_smoothing) {
        return refuse(
            "label_smoothing",
            config.label_smoothing.to_string(),
            "at least 0 and below 1",
        );
    }
    Ok(())
}

fn labels_of<'a>(set: &'a Dataset, part: &'static str) -> Result<&'a [u16], FeaturesError> {
    set.labels().ok_or_else(|| FeaturesError::NoLabels {
        name: set.name().to_owned(),
        part,
    })
}

fn to_tensor(images: Vec<f32>, set: &Dataset, device: &Device) -> Tensor<4> {
    let [channels, height, width] = set.shape();
    let count = images.len() / set.image_size();
    Tensor::from_data(
        TensorData::new(images, [count, channels, height, width]),
        device,
    )
}

/// The probabilities to learn, `[indices, classes]`.
fn targets(labels: &[u16], indices: &[usize], classes: usize, smoothing: f32) -> TensorData {
    let spread = smoothing / classes as f32;
    let mut values = vec![spread; indices.len() * classes];
    for (row, &index) in values.chunks_exact_mut(classes).zip(indices) {
        row[usize::from(labels[index])] += 1.0 - smoothing;
    }
    TensorData::new(values, [indices.len(), classes])
}
