//! The names that others give to the signs.

use super::Sign;

/// What a column is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It counts steps.
    Step,
    /// It counts epochs: only to tell steps that count within an epoch.
    Epoch,
    /// It is a sign.
    Sign(Sign),
}

impl Role {
    /// Its name on our side.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Sign(sign) => sign.name(),
        }
    }
}

/// Columns that count steps, the best first: where a log has several, the first of these is
/// taken. `progress_tick` is that of StyleGAN, whose `Progress/kimg` is no whole number.
const STEPS: [&str; 7] = [
    "step",
    "global_step",
    "iteration",
    "iter",
    "n_iter",
    "batch",
    "progress_tick",
];

/// Stems in front of a name that change nothing: Lightning's and StyleGAN's.
const STEMS: [&str; 3] = ["train_", "metrics_", "results_"];

/// Names that mean one thing only, wherever they were seen.
///
/// Left out on purpose: `D(x)`, `D(G(z))`, `D_x`, `real_score` and `Loss/signs/real`, which are
/// probabilities or signs after the score and not scores; `loss_D_real`, which is a part of a loss.
const ALIASES: [(Sign, &[&str]); 13] = [
    (
        Sign::CriticLoss,
        &[
            "loss_d",
            "lossd",
            "dloss",
            "errd",
            "err_d",
            "loss_dis",
            "dis_loss",
            "loss_disc",
            "disc_loss",
            "loss_discriminator",
            "discriminator_loss",
            "loss_critic",
            "critic_loss",
            "loss_d_loss",
        ],
    ),
    (
        Sign::GeneratorLoss,
        &[
            "loss_g",
            "lossg",
            "gloss",
            "errg",
            "err_g",
            "loss_gen",
            "gen_loss",
            "loss_generator",
            "generator_loss",
            "loss_g_loss",
        ],
    ),
    (
        Sign::RealScore,
        &[
            "loss_scores_real",
            "logits_real",
            "real_logits",
            "d_logits_real",
            "d_real_logits",
        ],
    ),
    (
        Sign::FakeScore,
        &[
            "loss_scores_fake",
            "logits_fake",
            "fake_logits",
            "d_logits_fake",
            "d_fake_logits",
        ],
    ),
    (Sign::RealScoreStd, &["loss_scores_real_std"]),
    (Sign::FakeScoreStd, &["loss_scores_fake_std"]),
    (Sign::CriticGradient, &["grad_norm_d", "d_gradient_norm"]),
    (Sign::GeneratorGradient, &["grad_norm_g", "g_gradient_norm"]),
    (Sign::FrechetDistance, &["fid_50k", "fid50k", "fid50k_full"]),
    (
        Sign::FrechetDistance,
        &["frechet_distance", "frechet_inception_distance"],
    ),
    (
        Sign::Precision,
        &["pr50k3_precision", "pr50k3_full_precision"],
    ),
    (Sign::Recall, &["pr50k3_recall", "pr50k3_full_recall"]),
    (Sign::Ranking, &["d_auroc"]),
];

/// A name in lower case, with `_` for each run of `-`, space, `/`, `.` and `_` within it.
pub(super) fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let words = name.split(['-', ' ', '/', '.', '_', '\\']);
    for word in words.filter(|word| !word.is_empty()) {
        if !normal.is_empty() {
            normal.push('_');
        }
        normal.push_str(word);
    }
    normal.make_ascii_lowercase();
    normal
}

/// What a normalised name means without being told, and how much better others would be.
pub(super) fn meaning(normal: &str) -> Option<(Role, u8)> {
    if let Some((rank, _)) = (0..).zip(STEPS).find(|(_, step)| *step == normal) {
        return Some((Role::Step, rank));
    }
    if matches!(normal, "epoch" | "epochs") {
        return Some((Role::Epoch, 0));
    }
    let stem = STEMS.iter().find_map(|stem| normal.strip_prefix(stem));
    let sign = sign_of(normal).or_else(|| stem.and_then(sign_of))?;
    Some((Role::Sign(sign), 0))
}

fn sign_of(normal: &str) -> Option<Sign> {
    let alias = || {
        let mut aliases = ALIASES.iter();
        aliases.find(|(_, names)| names.contains(&normal))
    };
    Sign::of_name(normal).or_else(|| alias().map(|(sign, _)| *sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_words() {
        assert_eq!(normalise("Loss/D"), "loss_d");
        assert_eq!(normalise(" D-Loss "), "d_loss");
        assert_eq!(normalise("_step"), "step");
        assert_eq!(normalise("a//b..c"), "a_b_c");
        assert_eq!(normalise("--"), "");
    }

    #[test]
    fn common_names_are_known_and_probabilities_are_not() {
        let sign = |name: &str| match meaning(&normalise(name)) {
            Some((Role::Sign(sign), _)) => Some(sign.name()),
            _ => None,
        };
        for name in [
            "D_loss",
            "errD",
            "Loss/D/loss",
            "critic_loss",
            "train/d_loss",
        ] {
            assert_eq!(sign(name), Some("d_loss"), "{name}");
        }
        assert_eq!(sign("Metrics/fid50k_full"), Some("fid"));
        assert_eq!(sign("Loss/scores/real.std"), Some("d_real_std"));
        for name in [
            "D(x)",
            "D(G(z))",
            "D_x",
            "real_score",
            "Loss/signs/real",
            "",
        ] {
            assert_eq!(sign(name), None, "{name}");
        }
    }

    #[test]
    fn aliases_are_normal_and_mean_one_sign() {
        let names: Vec<&str> = ALIASES
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        for (place, name) in names.iter().enumerate() {
            assert_eq!(normalise(name), *name);
            assert!(!names[..place].contains(name), "{name}");
            assert!(Sign::of_name(name).is_none(), "{name}");
        }
    }
}
