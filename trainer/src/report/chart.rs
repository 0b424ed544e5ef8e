//! Charts over the images seen, as SVG.

use std::fmt::Write;

use serde_json::json;

use super::axis::{Axis, Scale};
use super::case::Kind;
use crate::text::{escaped, images};

/// The picture and the plot in it, pixels.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 548.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 204.0;

/// Parts of the width of which a long line keeps its extremes.
const BUCKETS: f64 = 300.0;

/// Gaps of a line that are marked.
const MOST_GAPS: usize = 24;

/// A line through points; where a value has no place on the axis it is broken.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) name: String,
    /// Which of the page's colours.
    pub(super) colour: usize,
    /// Images and value.
    pub(super) points: Vec<(f64, f64)>,
    /// How far the values of each point deviate; none, or one a point.
    pub(super) deviations: Vec<f64>,
    /// Whether the points are few, and shown.
    pub(super) has_dots: bool,
}

/// A value that is drawn across a stretch, for comparison.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) colour: usize,
    /// Images from which and up to which it holds, and the value.
    pub(super) stretches: Vec<(f64, f64, f64)>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) images: f64,
    pub(super) kind: Kind,
    /// What the page's list calls it.
    pub(super) label: String,
    /// What to say of it under the pointer.
    pub(super) text: String,
    /// The colour of its run, if there are several.
    pub(super) run: Option<usize>,
}

/// What all charts of a page have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    /// Images at the right end.
    pub(super) end: f64,
    pub(super) marks: Vec<Mark>,
    /// Stretches in which something was found, images.
    pub(super) spells: Vec<(f64, f64)>,
}

/// A chart.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What it says, and in which unit.
    pub(super) caption: String,
    pub(super) scale: Scale,
    /// The ends of the axis, if the quantity has some.
    pub(super) range: Option<(f64, f64)>,
    pub(super) lines: Vec<Line>,
    pub(super) rules: Vec<Rule>,
    /// A point that is told of: images, value and what.
    pub(super) pin: Option<(f64, f64, String)>,
}

impl Chart {
    /// A chart of lines, of which those without points are left out.
    pub(super) fn new(title: &'static str, caption: &str, scale: Scale, lines: Vec<Line>) -> Self {
        let lines = lines.into_iter().filter(|line| !line.points.is_empty());
        Self {
            title,
            caption: caption.to_owned(),
            scale,
            range: None,
            lines: lines.collect(),
            rules: Vec::new(),
            pin: None,
        }
    }

    /// The picture.
    pub(super) fn svg(&self, timeline: &Timeline) -> String {
        let across = Axis::exactly(0.0, timeline.end);
        let values = self.lines.iter().flat_map(|line| {
            let deviation = |at: usize| line.deviations.get(at).copied().unwrap_or(0.0);
            let points = line.points.iter().enumerate();
            points.flat_map(move |(at, &(_, y))| [y - deviation(at), y + deviation(at), y])
        });
        let stretches = self.rules.iter().flat_map(|rule| &rule.stretches);
        let values = values.chain(stretches.map(|&(_, _, y)| y));
        let up = match self.range {
            Some((low, high)) => Axis::exactly(low, high),
            None => Axis::around(self.scale, values),
        };
        let mut sketch = Sketch {
            svg: String::new(),
            across,
            up,
        };
        sketch.open(self.title);
        sketch.spells(&timeline.spells);
        sketch.grid();
        self.rules.iter().for_each(|rule| sketch.rule(rule));
        for line in &self.lines {
            sketch.band(line);
        }
        for line in &self.lines {
            sketch.line(line);
        }
        if let Some((x, y, text)) = &self.pin {
            sketch.pin(*x, *y, text);
        }
        sketch.marks(&timeline.marks);
        sketch.svg.push_str("</svg>");
        sketch.svg
    }

    /// The values for a script: `{"end": …, "lines": [{"name", "points": [[images, value], …]}]}`.
    pub(super) fn values(&self, timeline: &Timeline) -> String {
        let lines = self.lines.iter().map(|line| {
            let places = thinned(&line.points, timeline.end);
            let points = places.into_iter().map(|at| {
                let (x, y) = line.points[at];
                // JSON has no NaN: what is not finite is null.
                json!([x, rounded(y)])
            });
            json!({ "name": line.name, "colour": line.colour, "points": points.collect::<Vec<_>>() })
        });
        let lines: Vec<_> = lines.collect();
        json!({ "end": timeline.end, "left": LEFT, "right": RIGHT, "width": WIDTH, "lines": lines })
            .to_string()
    }
}

/// A picture that is being drawn.
struct Sketch {
    svg: String,
    across: Axis,
    up: Axis,
}

impl Sketch {
    /// The place of a number of images.
    fn x(&self, images: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.across.place(images).unwrap_or(0.0).clamp(0.0, 1.0)
    }

    /// The place of a value, within the plot.
    fn y(&self, value: f64) -> Option<f64> {
        let place = self.up.place(value)?.clamp(-0.02, 1.02);
        Some(BOTTOM - (BOTTOM - TOP) * place)
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.svg.write_fmt(element);
    }

    fn open(&mut self, title: &str) {
        self.put(format_args!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escaped(title)
        ));
    }

    fn spells(&mut self, spells: &[(f64, f64)]) {
        for &(from, to) in spells {
            let (left, right) = (self.x(from), self.x(to));
            self.put(format_args!(
                "<rect class=\"spell\" x=\"{left:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{}\"/>",
                (right - left).max(1.0),
                BOTTOM - TOP
            ));
        }
    }

    fn grid(&mut self) {
        for (value, label) in self.up.ticks(5) {
            let Some(y) = self.y(value) else { continue };
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
                 <text class=\"tick\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 6.0,
                y + 3.5
            ));
        }
        self.put(format_args!(
            "<path class=\"axis\" d=\"M{LEFT} {BOTTOM}H{RIGHT}\"/>"
        ));
        for (value, label) in self.across.ticks(6) {
            let x = self.x(value);
            self.put(format_args!(
                "<path class=\"axis\" d=\"M{x:.1} {BOTTOM}v4\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
                BOTTOM + 16.0
            ));
        }
    }

    fn rule(&mut self, rule: &Rule) {
        for &(from, to, value) in &rule.stretches {
            let Some(y) = self.y(value) else { continue };
            let (left, right) = (self.x(from), self.x(to));
            self.put(format_args!(
                "<path class=\"rule s{}\" d=\"M{left:.1} {y:.1}H{right:.1}\"><title>{}: {}</title></path>",
                rule.colour,
                escaped(&rule.name),
                crate::doctor::shown(value)
            ));
        }
    }

    /// The deviations about a line, a piece between two gaps each.
    fn band(&mut self, line: &Line) {
        if line.deviations.is_empty() {
            return;
        }
        let (mut above, mut below) = (Vec::new(), Vec::new());
        let places = thinned(&line.points, self.end());
        for at in places.into_iter().map(Some).chain([None]) {
            let edges = at.and_then(|at| {
                let ((x, y), deviation) = (line.points[at], line.deviations[at]);
                Some((self.x(x), self.y(y + deviation)?, self.y(y - deviation)?))
            });
            if let Some((x, high, low)) = edges {
                above.push(format!("{x:.1} {high:.1}"));
                below.push(format!("{x:.1} {low:.1}"));
                continue;
            }
            if above.len() > 1 {
                below.reverse();
                let outline = [above.as_slice(), below.as_slice()].concat().join("L");
                self.put(format_args!(
                    "<path class=\"band f{}\" d=\"M{outline}Z\"/>",
                    line.colour
                ));
            }
            above.clear();
            below.clear();
        }
    }

    fn line(&mut self, line: &Line) {
        let (mut path, mut is_open, mut gaps) = (String::new(), false, Vec::new());
        let mut dots = String::new();
        let places = thinned(&line.points, self.end());
        let count = places.len();
        for at in places {
            let (x, y) = line.points[at];
            let Some(place) = self.y(y) else {
                if is_open || gaps.is_empty() {
                    gaps.push((x, y));
                }
                is_open = false;
                continue;
            };
            let (x, letter) = (self.x(x), if is_open { 'L' } else { 'M' });
            let _ = write!(path, "{letter}{x:.1} {place:.1}");
            is_open = true;
            if line.has_dots || count == 1 {
                let _ = write!(
                    dots,
                    "<circle class=\"dot f{}\" cx=\"{x:.1}\" cy=\"{place:.1}\" r=\"2.5\"/>",
                    line.colour
                );
            }
        }
        self.put(format_args!(
            "<path class=\"line s{}\" d=\"{path}\"/>{dots}",
            line.colour
        ));
        for (x, y) in gaps.into_iter().take(MOST_GAPS) {
            let what = match y.is_finite() {
                true => format!("{} and has no place on this axis", crate::doctor::shown(y)),
                false => "not finite".to_owned(),
            };
            let at = self.x(x);
            self.put(format_args!(
                "<path class=\"gap s{}\" d=\"M{:.1} {TOP}l6 6m0 -6l-6 6\"><title>{} is {what} after {}</title></path>",
                line.colour,
                at - 3.0,
                escaped(&line.name),
                images(x as u64)
            ));
        }
    }

    fn pin(&mut self, x: f64, y: f64, text: &str) {
        let (at, Some(place)) = (self.x(x), self.y(y)) else {
            return;
        };
        let (anchor, beside) = if at > (LEFT + RIGHT) / 2.0 {
            ("end", -9.0)
        } else {
            ("start", 9.0)
        };
        self.put(format_args!(
            "<circle class=\"pin\" cx=\"{at:.1}\" cy=\"{place:.1}\" r=\"5.5\"/>\
             <text class=\"note\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            at + beside,
            place - 8.0,
            escaped(text)
        ));
    }

    /// What happened: a line down the plot with a sign and a number above it.
    fn marks(&mut self, marks: &[Mark]) {
        for mark in marks {
            let x = self.x(mark.images);
            let row = mark.run.map_or(10.0, |run| 6.0 + 5.0 * (run % 4) as f64);
            let (class, colour) = match (mark.kind, mark.run) {
                (_, Some(run)) => ("run", format!(" f{run}")),
                (Kind::Found | Kind::Exhausted | Kind::Stopped, _) => ("found", String::new()),
                (Kind::Treated | Kind::Undone, _) => ("treated", String::new()),
                (Kind::Helped | Kind::Gone, _) => ("helped", String::new()),
            };
            let shape = match mark.kind {
                Kind::Found | Kind::Exhausted | Kind::Stopped => "l5.5 -9.5h-11z",
                Kind::Treated | Kind::Undone => "l5.5 -5.5l-5.5 -5.5l-5.5 5.5z",
                Kind::Helped | Kind::Gone => "a5 5 0 1 1 .01 0z",
            };
            let from = row + 9.0;
            self.put(format_args!(
                "<g class=\"mark {class}\"><title>{}</title>",
                escaped(&mark.text)
            ));
            if mark.run.is_none() {
                self.put(format_args!(
                    "<path class=\"post\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>"
                ));
            }
            self.put(format_args!(
                "<path class=\"sign{colour}\" d=\"M{x:.1} {from}{shape}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
                x + 7.5,
                row + 7.5,
                escaped(&mark.label)
            ));
        }
    }

    fn end(&self) -> f64 {
        self.across.high_end()
    }
}

/// The places of the points that are drawn: of each part of the width the extremes, and the first
/// that is not finite.
fn thinned(points: &[(f64, f64)], end: f64) -> Vec<usize> {
    if points.len() as f64 <= 2.0 * BUCKETS {
        return (0..points.len()).collect();
    }
    let bucket = |at: usize| (points[at].0 / end * BUCKETS) as u64;
    let mut kept = Vec::new();
    let mut first = 0;
    while first < points.len() {
        let here = (first..points.len()).take_while(|&at| bucket(at) == bucket(first));
        let here: Vec<usize> = here.collect();
        let finite = || here.iter().copied().filter(|&at| points[at].1.is_finite());
        let value = |at: &usize| points[*at].1;
        let least = finite().min_by(|a, b| value(a).total_cmp(&value(b)));
        let most = finite().max_by(|a, b| value(a).total_cmp(&value(b)));
        let gap = here.iter().copied().find(|&at| !points[at].1.is_finite());
        let mut of_bucket: Vec<usize> = [least, most, gap].into_iter().flatten().collect();
        of_bucket.sort_unstable();
        of_bucket.dedup();
        kept.extend(of_bucket);
        first += here.len().max(1);
    }
    kept
}

/// Four digits of a value, which is none if it is not finite.
fn rounded(value: f64) -> Option<f64> {
    let size = 10_f64.powf(3.0 - value.abs().max(1e-300).log10().floor());
    let rounded = (value * size).round() / size;
    value
        .is_finite()
        .then_some(if rounded.is_finite() { rounded } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_keep_their_extremes_and_gaps() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), 1.0)).collect();
        points[5003].1 = 9.0;
        points[7001].1 = -3.0;
        points[8002].1 = f64::NAN;
        let kept = thinned(&points, 10_000.0);
        assert!(kept.len() <= 3 * (BUCKETS as usize + 1), "{}", kept.len());
        assert!(kept.is_sorted());
        for at in [5003, 7001, 8002] {
            assert!(kept.contains(&at));
        }
    }

    #[test]
    fn values_keep_four_digits() {
        assert_eq!(rounded(1234.567), Some(1235.0));
        assert_eq!(rounded(-0.000_123_456), Some(-0.000_123_5));
        assert_eq!(rounded(0.0), Some(0.0));
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(1e308), Some(1e308));
    }
}
