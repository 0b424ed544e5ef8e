use super::*;

#[test]
fn two_coins_have_closed_forms() {
    let (fair, skewed) = ([0.5, 0.5], [0.25, 0.75]);
    // ½ ln 2 + ½ ln ⅔.
    let expected = 0.5 * 2.0_f64.ln() + 0.5 * (2.0_f64 / 3.0).ln();
    assert!((kullback_leibler(&fair, &skewed) - expected).abs() < 1e-15);
    assert_eq!(kullback_leibler(&fair, &fair), 0.0);
    assert_eq!(jensen_shannon(&fair, &fair), 0.0);
    assert_eq!(
        jensen_shannon(&fair, &skewed),
        jensen_shannon(&skewed, &fair)
    );
}

#[test]
fn nothing_in_common_is_ln_2() {
    let divergence = jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]);
    assert!((divergence - 2.0_f64.ln()).abs() < 1e-15);
}

#[test]
fn one_of_many_bins_is_their_logarithm() {
    let uniform = [0.125; 8];
    let mut one = [0.0; 8];
    one[3] = 1.0;
    assert!((kullback_leibler(&one, &uniform) - 8.0_f64.ln()).abs() < 1e-15);
}
