//! What the files of other programs leave open.

use gannet::{GeneratorBuilder, Layout, PixelRange};

use super::named::named;

/// How the inputs and outputs of an ONNX file are understood where it does not say so itself.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files of other programs")]
pub(super) struct Ports {
    /// Where the images' channels stand: nchw or nhwc [default: as their sizes tell].
    #[arg(long, value_name = "LAYOUT", value_parser = named::<Layout, _>(["nchw", "nhwc"]))]
    layout: Option<Layout>,
    /// The values of black and white: -1..1, 0..1 or 0..255 [default: as the last operators tell].
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    range: Option<PixelRange>,
    /// How many classes the label input takes.
    #[arg(long, value_name = "N")]
    classes: Option<usize>,
    /// The output that is the image, of several.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
}

impl Ports {
    /// Gives a generator what was given here.
    pub(super) fn of(&self, mut builder: GeneratorBuilder) -> GeneratorBuilder {
        if let Some(layout) = self.layout {
            builder = builder.layout(layout);
        }
        if let Some(range) = self.range {
            builder = builder.range(range);
        }
        if let Some(classes) = self.classes {
            builder = builder.classes(classes);
        }
        if let Some(output) = &self.output {
            builder = builder.output(output);
        }
        builder
    }
}
