//! Numbers and names as people read them.

/// Names further than this from every known one get no proposal.
const SIMILAR: f64 = 0.7;

/// A number with its thousands apart: 128,000.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of images.
pub fn images(number: u64) -> String {
    match number {
        1 => "1 image".to_owned(),
        _ => format!("{} images", grouped(number)),
    }
}

/// A time in the two largest of its units.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".to_owned();
    }
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// The one of `known` that a name is nearest to, as the end of a sentence (`; did you mean
/// `white`?`), or nothing if none is near or the name is one of them. Upper case and what is no
/// letter or digit do not count.
pub fn proposal<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let normal = normalised(name);
    let likeness = |candidate| strsim::jaro_winkler(&normal, &normalised(candidate));
    known
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, candidate)| *likeness >= SIMILAR && *candidate != name)
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

fn normalised(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A name as `mode-collapse` in a sentence: mode collapse.
pub fn spoken(name: &str) -> String {
    name.replace('-', " ")
}

/// A sentence's beginning in upper case.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Names as a list in a sentence: a, b and c.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Text that is safe in HTML, also within a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::proposal;

    #[test]
    fn the_nearest_name_is_proposed_if_it_is_near() {
        let known = ["fashion-mnist", "dcgan", "wgan-gp", "cuda"];
        for (name, expected) in [
            ("dcgn", "; did you mean `dcgan`?"),
            ("WGAN_GP", "; did you mean `wgan-gp`?"),
            ("fashionmnist", "; did you mean `fashion-mnist`?"),
            ("cud", "; did you mean `cuda`?"),
            ("cuda", ""),
            ("", ""),
            ("xyz", ""),
        ] {
            assert_eq!(proposal(name, known), expected, "{name}");
        }
    }
}
