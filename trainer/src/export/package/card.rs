//! The model card: `CARD.md`, for people.

use std::fmt::Write as _;

use gannet::{Manifest, Scores};

/// What the card says beyond the manifest. Each text is Markdown of one
/// paragraph, written for someone who meets the model for the first time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// What the generator makes.
    pub summary: String,
    /// Where the training images come from, which of them were used, and their
    /// licence.
    pub data: String,
    /// How it was trained: networks, objective, length, machine and time.
    pub training: String,
    /// The commands that repeat the training, one a line.
    pub training_commands: Vec<String>,
    /// The feature network's name in the commands that score, unless they find it themselves.
    pub score_features: Option<String>,
    /// The scores of as many held-out real images under the same protocol: what the generator's
    /// would be if it were perfect.
    pub floor: Option<Scores>,
    /// What it cannot do or should not be used for.
    pub limits: Vec<String>,
}

impl Card {
    /// The card of the package at `path`, as examples name it.
    pub(super) fn render(&self, path: &str, manifest: &Manifest) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, path, manifest);
        text
    }

    fn write(&self, text: &mut String, path: &str, manifest: &Manifest) -> std::fmt::Result {
        let contract = &manifest.contract;
        let (channels, height, width) = (contract.channels, contract.height, contract.width);
        let latent = contract.latent;
        let provenance = &manifest.provenance;
        let colour = match channels {
            1 => "grey".to_owned(),
            3 => "RGB".to_owned(),
            n => format!("{n}-channel"),
        };
        writeln!(text, "# {}\n\n{}\n", manifest.name, self.summary)?;
        writeln!(text, "![Samples of the generator](samples.png)\n")?;
        writeln!(text, "| | |\n|---|---|")?;
        writeln!(
            text,
            "| Makes | {colour} images of {width}x{height} pixels |"
        )?;
        writeln!(text, "| From | {latent} standard normal values |")?;
        writeln!(text, "| Licence | {} |\n", manifest.licence)?;

        writeln!(
            text,
            "## Use\n\nIn Rust, with the crate `gannet`:\n\n```rust"
        )?;
        writeln!(text, "use gannet::Generator;\n")?;
        writeln!(text, "let generator = Generator::open({path:?})?;")?;
        let shape = format!("[64, {channels}, {height}, {width}]");
        writeln!(
            text,
            "let samples = generator.sample(7, 0..64)?; // {shape} in [-1, 1]"
        )?;
        writeln!(text, "samples.write_grid(\"grid.png\", 8)?;\n```\n")?;
        writeln!(text, "On the command line:\n\n```sh")?;
        writeln!(
            text,
            "gannet sample {path} -n 64 --seed 7 --out grid.png\n```\n"
        )?;
        writeln!(
            text,
            "`generator.onnx` runs in any ONNX runtime: the input `z` is float32 \
             `[batch, {latent}]`, the output `image` float32 \
             `[batch, {channels}, {height}, {width}]` in [-1, 1].\n"
        )?;

        writeln!(text, "## Data\n\n{}\n", self.data)?;

        writeln!(text, "## Training\n\n{}\n", self.training)?;
        writeln!(text, "| | |\n|---|---|")?;
        writeln!(text, "| Recipe | {} |", provenance.recipe)?;
        writeln!(text, "| Data set | {} |", provenance.dataset)?;
        writeln!(text, "| Images seen | {} |", provenance.images_seen)?;
        writeln!(text, "| Seed | {} |", provenance.seed)?;
        writeln!(text, "| gannet | {} |\n", provenance.gannet)?;
        if !self.training_commands.is_empty() {
            let commands = self.training_commands.join("\n");
            writeln!(text, "To repeat it:\n\n```sh\n{commands}\n```\n")?;
        }

        writeln!(text, "## Scores\n")?;
        match &manifest.scores {
            Some(scores) => {
                write_scores(text, scores, self.floor.as_ref())?;
                let (n, seed) = (scores.n_fake, scores.protocol.seed.unwrap_or_default());
                let features = match &self.score_features {
                    Some(network) => format!(" --features {network}"),
                    None => String::new(),
                };
                writeln!(text, "To score it again:\n\n```sh")?;
                writeln!(text, "gannet score {path} -n {n} --seed {seed}{features}")?;
                if self.floor.is_some() {
                    let part = "FOLDER --part held-out";
                    let against = format!("--against {path}/real.npz");
                    writeln!(text, "gannet score {part} -n {n} {against}{features}")?;
                }
                writeln!(text, "```")?;
            }
            None => writeln!(text, "The generator has not been scored.")?,
        }

        if !self.limits.is_empty() {
            writeln!(text, "\n## Limits\n")?;
            for limit in &self.limits {
                writeln!(text, "- {limit}")?;
            }
        }
        Ok(())
    }
}

/// A score's name, whether lower or higher is better, and its value as text.
type Row = (&'static str, &'static str, fn(&Scores) -> Option<String>);

const ROWS: [Row; 7] = [
    ("Fréchet distance", "lower", |s| {
        Some(format!("{:.3}", s.fid))
    }),
    ("Inception Score", "higher", |s| {
        Some(format!("{:.3} ± {:.3}", s.is_mean?, s.is_std?))
    }),
    ("Kernel distance", "lower", |s| {
        Some(format!("{:.5} ± {:.5}", s.kid_mean?, s.kid_std?))
    }),
    ("Precision", "higher", |s| {
        Some(format!("{:.4}", s.precision?))
    }),
    ("Recall", "higher", |s| Some(format!("{:.4}", s.recall?))),
    ("Density", "higher", |s| Some(format!("{:.4}", s.density?))),
    ("Coverage", "higher", |s| {
        Some(format!("{:.4}", s.coverage?))
    }),
];

fn write_scores(text: &mut String, scores: &Scores, floor: Option<&Scores>) -> std::fmt::Result {
    let protocol = &scores.protocol;
    let columns: Vec<&Scores> = [Some(scores), floor].into_iter().flatten().collect();
    write!(text, "| Score | {} samples |", scores.n_fake)?;
    if let Some(floor) = floor {
        write!(text, " {} held-out real images |", floor.n_fake)?;
    }
    writeln!(text, " Better |\n|---|{}---|", "---|".repeat(columns.len()))?;
    for (name, better, value) in ROWS {
        let values: Vec<_> = columns.iter().filter_map(|scores| value(scores)).collect();
        if values.len() == columns.len() {
            writeln!(text, "| {name} | {} | {better} |", values.join(" | "))?;
        }
    }
    if floor.is_some() {
        writeln!(
            text,
            "\nThe held-out images show what a perfect generator would score."
        )?;
    }
    writeln!(
        text,
        "\nThese are computed on the features of the network `{}`. They are not comparable with \
         scores on other features, and the Fréchet distance is not comparable with a published \
         FID.\n",
        protocol.extractor.as_deref().unwrap_or("unknown")
    )?;
    writeln!(text, "| Protocol | |\n|---|---|")?;
    // Every field of the protocol, whichever there are: a score without one of
    // them compares with nothing.
    let fields = serde_json::to_value(protocol).map_err(|_| std::fmt::Error)?;
    for (key, value) in fields.as_object().into_iter().flatten() {
        let name = key.replace('_', " ");
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::String(value) => writeln!(text, "| {name} | {value} |")?,
            value => writeln!(text, "| {name} | {value} |")?,
        }
    }
    writeln!(text)
}
