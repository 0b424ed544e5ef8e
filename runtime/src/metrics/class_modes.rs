//! Modes that a classifier tells apart in a generator's samples.

use super::divergence::{kullback_leibler, shares};
use crate::error::{Error, Result};
use crate::features::{Logits, check_matrix};

/// How a generator treats classes.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassModes {
    /// Classes with a sample at least.
    pub captured: usize,
    /// Classes that exist.
    pub modes: usize,
    /// `KL(generated ‖ real)` over the classes, in nats; 0 is best.
    pub reverse_kl: f64,
    /// Samples of each class.
    pub counts: Vec<u64>,
}

/// Classes hit and reverse KL divergence (Metz et al., 2017; Lin et al.,
/// 2018, section 4.2): of Stacked MNIST's 1,000 modes, how many a
/// generator captures and how evenly.
///
/// `classes` is the class of each sample, as [`predicted_classes`] finds it, and
/// `real` the share of each class in the real data, in any unit: counts will do,
/// or equal numbers. Both numbers depend on how many samples there are; the
/// papers take 25,600 and 26,000. Time is O(n + classes).
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) without samples, if a real share is not
/// above 0, or if a sample is of a class beyond them.
///
/// ```
/// use gannet::metrics::class_modes;
///
/// let found = class_modes(&[0, 0, 2, 2], &[1.0; 4])?;
/// assert_eq!(found.captured, 2);
/// assert_eq!(found.reverse_kl, 2.0_f64.ln());
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn class_modes(classes: &[usize], real: &[f64]) -> Result<ClassModes> {
    let total: f64 = real.iter().sum();
    if classes.is_empty() || !real.iter().all(|&share| share > 0.0) || !total.is_finite() {
        return Err(Error::input(format!(
            "modes by class need a sample and a real share above 0 for each class, got {} samples \
             and the shares {real:?}",
            classes.len()
        )));
    }
    let mut counts = vec![0_u64; real.len()];
    for &class in classes {
        let known = counts.len();
        *counts.get_mut(class).ok_or_else(|| {
            Error::input(format!(
                "a sample is of class {class}, but there are real shares of {known} classes only"
            ))
        })? += 1;
    }
    let real: Vec<f64> = real.iter().map(|share| share / total).collect();
    Ok(ClassModes {
        captured: counts.iter().filter(|&&count| count > 0).count(),
        modes: counts.len(),
        reverse_kl: kullback_leibler(&shares(&counts), &real),
        counts,
    })
}

/// The class of each sample: that of its highest logit, the first of equals.
///
/// Where a sample consists of several parts that are classified one by one, as
/// the three digits of Stacked MNIST, `parts` holds the logits of each, `[n,
/// classes]`, and the class is the number they spell: `(a · kb + b) · kc + c`
/// for classes `a`, `b`, `c` of `ka`, `kb`, `kc`.
///
/// ```
/// use gannet::{Logits, metrics::predicted_classes};
///
/// let digit = |values: [f32; 3]| Logits { classes: 3, values: values.to_vec() };
/// let (tens, ones) = (digit([0.0, 4.0, 1.0]), digit([0.0, 1.0, 4.0]));
/// // Class 1 and class 2 of 3: 1 · 3 + 2.
/// assert_eq!(predicted_classes(&[&tens, &ones])?, [5]);
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) without parts, if their numbers of samples
/// differ or a size does not fit, [`Numeric`](crate::ErrorKind::Numeric) if a
/// logit is not finite.
pub fn predicted_classes(parts: &[&Logits]) -> Result<Vec<usize>> {
    let rows = |logits: &Logits| logits.values.len().checked_div(logits.classes).unwrap_or(0);
    let n = parts.first().map_or(0, |first| rows(first));
    let kinds = parts
        .iter()
        .try_fold(1_usize, |kinds, part| kinds.checked_mul(part.classes));
    if parts.is_empty() || kinds.is_none() {
        return Err(Error::input(
            "classes need the logits of a part at least, and must not be too many to count",
        ));
    }
    let mut classes = vec![0; n];
    for part in parts {
        check_matrix("logits", n, part.classes, &part.values)?;
        for (class, row) in classes
            .iter_mut()
            .zip(part.values.chunks_exact(part.classes))
        {
            *class = *class * part.classes + highest(row);
        }
    }
    Ok(classes)
}

fn highest(row: &[f32]) -> usize {
    let mut at = 0;
    for (i, value) in row.iter().enumerate() {
        if *value > row[at] {
            at = i;
        }
    }
    at
}

#[cfg(test)]
mod tests;
