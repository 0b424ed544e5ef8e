//! What a history is made of.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

macro_rules! signs {
    ($(#[doc = $meaning:literal] $sign:ident = $name:literal, $path:literal;)*) => {
        /// A quantity of a training run: a column of a log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Sign {
            $(#[doc = $meaning] $sign,)*
        }

        impl Sign {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$sign,)*];

            /// The column's name in logs of others, as `d_loss`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$sign => $name,)* }
            }

            /// What it is, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$sign => $meaning.trim_ascii(),)* }
            }

            /// Where it stands in a line of `metrics.jsonl`, as `vitals.scores.pull`.
            pub fn path(self) -> &'static str {
                match self { $(Self::$sign => $path,)* }
            }
        }
    };
}

signs! {
    /// The critic's adversarial loss.
    CriticLoss = "d_loss", "critic_loss";
    /// The generator's loss.
    GeneratorLoss = "g_loss", "generator_loss";
    /// Mean score of real images, before any sigmoid.
    RealScore = "d_real", "real_score";
    /// Mean score of generated images.
    FakeScore = "d_fake", "fake_score";
    /// Standard deviation of real images' scores.
    RealScoreStd = "d_real_std", "vitals.scores.real_std";
    /// Standard deviation of generated images' scores.
    FakeScoreStd = "d_fake_std", "vitals.scores.fake_std";
    /// Mean score of held-out real images.
    HeldOutScore = "d_holdout", "vitals.scores.held_out_mean";
    /// Share of real images that are scored as real.
    RealAccuracy = "d_acc_real", "vitals.scores.real_accuracy";
    /// Share of generated images that are scored as generated.
    FakeAccuracy = "d_acc_fake", "vitals.scores.fake_accuracy";
    /// Share of pairs in which the real image has the higher score.
    Ranking = "d_auc", "vitals.scores.ranking";
    /// Mean size of the slope that the generator's loss has in a score.
    Pull = "g_pull", "vitals.scores.pull";
    /// Norm of the critic's gradient.
    CriticGradient = "d_grad_norm", "vitals.critic.gradient_norm";
    /// Norm of the generator's gradient.
    GeneratorGradient = "g_grad_norm", "vitals.generator.gradient_norm";
    /// The same of the critic's first layer.
    CriticFirstGradient = "d_first_grad_norm", "vitals.critic.first_gradient_norm";
    /// The same of the critic's last layer.
    CriticLastGradient = "d_last_grad_norm", "vitals.critic.last_gradient_norm";
    /// The same of the generator's first layer.
    GeneratorFirstGradient = "g_first_grad_norm", "vitals.generator.first_gradient_norm";
    /// The same of the generator's last layer.
    GeneratorLastGradient = "g_last_grad_norm", "vitals.generator.last_gradient_norm";
    /// Norm of the critic's weights.
    CriticWeights = "d_weight_norm", "vitals.critic.weight_norm";
    /// Smallest stable rank of the critic's layers' weights.
    CriticWeightRank = "d_weight_rank", "vitals.critic.weight_rank";
    /// Norm of the generator's weights.
    GeneratorWeights = "g_weight_norm", "vitals.generator.weight_norm";
    /// What a step changes of the critic's weights, over their norm.
    CriticUpdate = "d_update_ratio", "vitals.critic.update_ratio";
    /// What a step changes of the generator's weights, over their norm.
    GeneratorUpdate = "g_update_ratio", "vitals.generator.update_ratio";
    /// Share of the critic's units that answer to nothing.
    CriticDeadUnits = "d_dead_units", "vitals.critic.dead_units";
    /// Share of the generator's units that answer to nothing.
    GeneratorDeadUnits = "g_dead_units", "vitals.generator.dead_units";
    /// Effective rank of the critic's features of real images.
    RealRank = "d_rank_real", "vitals.real_rank";
    /// Effective rank of its features of generated images.
    FakeRank = "d_rank_fake", "vitals.fake_rank";
    /// Smallest value of real images.
    RealMin = "real_min", "vitals.real.min";
    /// Greatest value of real images.
    RealMax = "real_max", "vitals.real.max";
    /// Mean value of real images.
    RealMean = "real_mean", "vitals.real.mean";
    /// Standard deviation of real images' values.
    RealStd = "real_std", "vitals.real.std";
    /// Share of real values that are 0.
    RealZeros = "real_zeros", "vitals.real.zeros";
    /// Share of real values that are −1 or 1.
    RealEnds = "real_ends", "vitals.real.ends";
    /// Share of real values that are the most frequent one within the range.
    RealAtom = "real_atom", "vitals.real.atom";
    /// Mean distance between two real images.
    RealSpread = "real_spread", "vitals.real.spread";
    /// Smallest value of generated images.
    FakeMin = "fake_min", "vitals.fake.min";
    /// Greatest value of generated images.
    FakeMax = "fake_max", "vitals.fake.max";
    /// Mean value of generated images.
    FakeMean = "fake_mean", "vitals.fake.mean";
    /// Standard deviation of generated images' values.
    FakeStd = "fake_std", "vitals.fake.std";
    /// Share of generated values that are 0.
    FakeZeros = "fake_zeros", "vitals.fake.zeros";
    /// Share of generated values that are −1 or 1.
    FakeEnds = "fake_ends", "vitals.fake.ends";
    /// Share of generated values that are the most frequent one within the range.
    FakeAtom = "fake_atom", "vitals.fake.atom";
    /// Mean distance between two generated images.
    FakeSpread = "fake_spread", "vitals.fake.spread";
    /// Mean distance between two generated images over that of real ones.
    Diversity = "diversity", "diversity";
    /// Share of the bins of real images whose share of generated ones differs.
    DifferentBins = "ndb", "vitals.cover.different";
    /// Share of the real images in bins without a generated one.
    MissingBins = "missing", "vitals.cover.missing";
    /// Share of the generated images that moved to other bins.
    Turnover = "turnover", "vitals.cover.turnover";
    /// Share of the generated images that are nearer to training images than to held-out ones.
    NearerToTraining = "nearer_to_training", "vitals.copies.nearer_to_training";
    /// Largest standard deviation of the generator's layers' values before training.
    GeneratorScale = "g_scale", "vitals.untrained.generator.largest";
    /// Largest standard deviation of the critic's layers' values before training.
    CriticScale = "d_scale", "vitals.untrained.critic.largest";
    /// Share of the generated images that are copies of training images.
    Copied = "copied", "vitals.copies.copied";
    /// The Fréchet distance to real images.
    FrechetDistance = "fid", "frechet_distance";
    /// The share of generated images among real ones.
    Precision = "precision", "precision";
    /// The share of real images among generated ones.
    Recall = "recall", "recall";
    /// The share of real images with a generated one near by.
    Coverage = "coverage", "coverage";
}

impl Sign {
    /// The sign of a column's name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sign| sign.name() == name)
    }

    /// Its value in a line of `metrics.jsonl`, if it is there. JSON has no NaN: a value that is
    /// not finite is written as `null`.
    pub fn of_record(self, record: &Value) -> Option<f64> {
        let mut value = record;
        for key in self.path().split('.') {
            value = value.get(key)?;
        }
        match value {
            Value::Null => Some(f64::NAN),
            value => value.as_f64(),
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Sign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
