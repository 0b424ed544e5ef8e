//! How a network's ports are understood.

use std::fmt;

use super::{Contract, Layout, PixelRange};
use crate::engine::{Batch, Network, Output};
use crate::error::{Error, Result};
use crate::samples::planar;

/// How the inputs and outputs of a generator's file are understood, and why.
///
/// The samples themselves are `[n, c, h, w]` in `[-1, 1]` whatever stands here. It prints
/// as its reasons, one a line:
///
/// ```
/// # std::env::set_current_dir("..").unwrap();
/// let generator = gannet::Generator::open("models/fashion-mnist/generator.onnx")?;
/// let reasons = generator.interpretation().to_string();
/// assert!(reasons.contains("the metadata `gannet.*` state"));
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interpretation {
    /// What goes in and comes out.
    pub contract: Contract,
    /// The name of the output that is the image.
    pub output: String,
    /// Where that output has its channels.
    pub layout: Layout,
    /// What its numbers mean.
    pub range: PixelRange,
    /// Why each of these was taken: one sentence for each.
    pub reasons: Vec<String>,
    slot: usize,
}

/// What the caller says about a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) output: Option<String>,
    pub(crate) layout: Option<Layout>,
    pub(crate) range: Option<PixelRange>,
    pub(crate) classes: Option<usize>,
}

impl Interpretation {
    /// Takes what the metadata state, what is given, and infers the rest from the graph.
    ///
    /// What the metadata of gannet's own files state is checked against the graph, and
    /// what is given against them.
    pub(crate) fn of(network: &Network, given: &Given) -> Result<Self> {
        let refused = |why: &str| {
            Error::contract(format!("{}: {why}; it has {}", network.file, network.ports))
        };
        let (latent, latent_reason) = latent(network).map_err(|why| refused(&why))?;
        let stated = Contract::stated(network)?;
        let given = match &stated {
            Some(contract) => given.agreeing_with(contract, &network.file)?,
            None => given.clone(),
        };
        let (slot, output, output_reason) = given.image(network).map_err(|why| refused(&why))?;
        let (layout, layout_reason) = given.layout(output).map_err(|why| refused(&why))?;
        let (range, range_reason) = given.range(output).map_err(|why| refused(&why))?;
        let (classes, label_reason) = given.classes(network).map_err(|why| refused(&why))?;
        let [channels, height, width] = layout.read(image(output).unwrap_or_default());
        let contract = Contract {
            latent,
            classes,
            channels,
            height,
            width,
        };
        let reasons = match stated {
            None => [latent_reason, output_reason, layout_reason, range_reason]
                .into_iter()
                .chain(label_reason)
                .chain(batch_reason(network))
                .collect(),
            Some(stated) if stated == contract => vec![
                format!("contract: the metadata `gannet.*` state {stated}, NCHW in {range}"),
                output_reason,
            ],
            Some(stated) => {
                return Err(Error::contract(format!(
                    "{}: the metadata states {stated}, but the graph has {contract}",
                    network.file
                )));
            }
        };
        Ok(Self {
            contract,
            output: output.name.clone(),
            layout,
            range,
            reasons,
            slot,
        })
    }

    /// The values of `[n, c, h, w]` in `[-1, 1]` out of a network's outputs.
    pub(crate) fn samples(&self, mut outputs: Vec<Vec<f32>>) -> Vec<f32> {
        let mut values = outputs.swap_remove(self.slot);
        if self.range != PixelRange::Signed {
            for value in &mut values {
                *value = self.range.to_signed(*value);
            }
        }
        let Contract {
            channels,
            height,
            width,
            ..
        } = self.contract;
        match self.layout {
            Layout::ChannelsFirst => values,
            Layout::ChannelsLast => planar(&values, [0, channels, height, width]),
        }
    }
}

impl Given {
    /// What gannet's own files leave to be understood: nothing.
    fn agreeing_with(&self, contract: &Contract, file: &str) -> Result<Self> {
        let differs = self
            .layout
            .is_some_and(|layout| layout != Layout::ChannelsFirst)
            || self.range.is_some_and(|range| range != PixelRange::Signed)
            || self
                .classes
                .is_some_and(|classes| Some(classes) != contract.classes);
        if differs {
            return Err(Error::input(format!(
                "{file}: its metadata state {contract}, NCHW and in [-1, 1]: the layout, the \
                 range and the classes need not be given, and those given are others"
            )));
        }
        Ok(Self {
            output: self.output.clone(),
            layout: Some(Layout::ChannelsFirst),
            range: Some(PixelRange::Signed),
            classes: contract.classes,
        })
    }

    /// The output that is the image: its place, itself, and why.
    fn image<'n>(
        &self,
        network: &'n Network,
    ) -> std::result::Result<(usize, &'n Output, String), String> {
        let outputs = network.outputs.iter().enumerate();
        if let Some(name) = &self.output {
            let (slot, output) = { outputs }
                .find(|(_, output)| &output.name == name)
                .ok_or_else(|| format!("there is no float output `{name}`"))?;
            image(output)
                .ok_or_else(|| format!("the output `{name}` is no image of three sizes"))?;
            return Ok((
                slot,
                output,
                format!("image: the output `{name}` was given"),
            ));
        }
        let images: Vec<_> = outputs
            .filter(|(_, output)| image(output).is_some())
            .collect();
        match *images {
            [(slot, output)] => {
                let reason = format!(
                    "image: the output {} is the only one of three sizes",
                    port(&output.name, &output.row)
                );
                Ok((slot, output, reason))
            }
            [] => Err(
                "expected a float output [batch, channels, height, width] or [batch, height, \
                 width, channels]"
                    .to_owned(),
            ),
            _ => {
                let names: Vec<_> = { images.iter() }
                    .map(|(_, output)| format!("`{}`", output.name))
                    .collect();
                Err(format!(
                    "each of the outputs {} may be the image: give its name (`output`)",
                    names.join(", ")
                ))
            }
        }
    }

    fn layout(&self, output: &Output) -> std::result::Result<(Layout, String), String> {
        if let Some(layout) = self.layout {
            return Ok((layout, format!("layout: {layout} was given")));
        }
        let port = port(&output.name, &output.row);
        match Layout::infer(image(output).unwrap_or_default()) {
            Ok((layout, why)) => Ok((layout, format!("layout: of {port} {why} → {layout}"))),
            Err(why) => Err(format!(
                "of {port} {why}: give the layout (`layout`), NCHW or NHWC"
            )),
        }
    }

    fn range(&self, output: &Output) -> std::result::Result<(PixelRange, String), String> {
        if let Some(range) = self.range {
            return Ok((range, format!("range: {range} was given")));
        }
        match PixelRange::infer(&output.operators) {
            Ok((range, why)) => Ok((range, format!("range: {why} → {range}"))),
            Err(why) => Err(format!(
                "the range of `{}` cannot be told: {why}: give the range (`range`), [-1, 1], \
                 [0, 1] or [0, 255]",
                output.name
            )),
        }
    }

    fn classes(
        &self,
        network: &Network,
    ) -> std::result::Result<(Option<usize>, Option<String>), String> {
        match (&network.label, self.classes) {
            (None, None) => Ok((None, None)),
            (None, Some(_)) => Err("classes were given, but there is no integer input for a \
                                    label"
                .to_owned()),
            (Some(_), Some(0)) => Err("a generator of 0 classes makes nothing".to_owned()),
            (Some(label), Some(classes)) => {
                let reason = format!(
                    "label: the integer input {} takes one of {classes} classes, as given",
                    port(&label.name, &label.row)
                );
                Ok((Some(classes), Some(reason)))
            }
            (Some(label), None) => Err(format!(
                "the integer input `{}` takes a label, but how many classes there are cannot be \
                 told: give their number (`classes`)",
                label.name
            )),
        }
    }
}

fn latent(network: &Network) -> std::result::Result<(usize, String), String> {
    let port = port(&network.input.name, &network.input.row);
    match *network.input.row {
        [latent] | [latent, 1, 1] => Ok((
            latent,
            format!("latents: {port} is the only float input → dimension {latent}"),
        )),
        _ => Err(format!(
            "expected latents [batch, latent] or [batch, latent, 1, 1], got the input {port}"
        )),
    }
}

/// Why any number of samples can be drawn from a file that says otherwise.
fn batch_reason(network: &Network) -> Option<String> {
    match network.batch {
        Batch::Any => None,
        Batch::Fixed(size) => Some(format!(
            "batch: the file says {size}, but images do not depend on each other → any number"
        )),
    }
}

/// The three sizes of an image, if the output may be one.
fn image(output: &Output) -> Option<[usize; 3]> {
    output.row.as_slice().try_into().ok()
}

fn port(name: &str, row: &[usize]) -> String {
    let sizes: Vec<String> = row.iter().map(|size| format!(", {size}")).collect();
    format!("`{name}` [batch{}]", sizes.concat())
}

impl fmt::Display for Interpretation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reasons.join("\n"))
    }
}

#[cfg(test)]
mod tests;
