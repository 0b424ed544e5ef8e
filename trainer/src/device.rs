//! The device that training runs on.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use thiserror::Error;

use crate::text::proposal;

/// Which device to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A graphics card if this build and this machine have one, the processor otherwise.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A graphics card through Vulkan, Metal or DirectX 12 (Cargo feature `gpu`).
    Gpu,
    /// The NVIDIA card with this index through CUDA (Cargo feature `cuda`).
    Cuda(usize),
}

/// Why a device cannot be used.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// No device has such a name.
    #[error(
        "no device is named `{0}`: expected auto, cpu, gpu, cuda or cuda:INDEX{hint}",
        hint = proposal(.0.split(':').next().unwrap_or_default(), DeviceChoice::NAMES)
    )]
    Unknown(String),
    /// The program was built without it.
    #[error(
        "this program was built without the device {choice}: build it with `--features {feature}`, \
         or train with `--device cpu`"
    )]
    NotBuilt {
        /// What was asked for.
        choice: DeviceChoice,
        /// The Cargo feature that it needs.
        feature: &'static str,
    },
    /// The machine does not show such a card.
    #[error(
        "no device {choice}: {found} found through {through}; install the card's driver, name \
         another device, or train with `--device cpu`"
    )]
    Absent {
        /// What was asked for.
        choice: DeviceChoice,
        /// How many cards there are.
        found: String,
        /// What was asked for them.
        through: &'static str,
    },
}

/// A device that is there, and why it was taken.
#[derive(Debug)]
pub struct Chosen {
    /// Without gradients; see [`Device::autodiff`].
    pub device: Device,
    /// The device's name and, if nobody asked for it, the reason: a line for people.
    pub report: String,
}

/// A card as a driver shows it.
struct Card {
    device: Device,
    name: String,
    /// Whether it is the processor that plays a card.
    is_software: bool,
}

/// A way to the cards.
#[derive(Clone, Copy)]
struct Route {
    feature: &'static str,
    through: &'static str,
    /// None if the program was built without it.
    cards: fn() -> Option<Vec<Card>>,
}

const CUDA: Route = Route {
    feature: "cuda",
    through: "CUDA",
    cards: cuda_cards,
};
const GPU: Route = Route {
    feature: "gpu",
    through: "Vulkan, Metal or DirectX 12",
    cards: gpu_cards,
};

impl DeviceChoice {
    /// What a device may be called, an index left out.
    pub const NAMES: [&str; 4] = ["auto", "cpu", "gpu", "cuda"];

    /// The device, which is never another than the one that was asked for.
    ///
    /// [`Auto`](Self::Auto) takes the first card through CUDA, then the first through Vulkan,
    /// Metal or DirectX 12, then the processor; a card that the processor plays does not count.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if the program was built without the device or the machine lacks it.
    pub fn open(self) -> Result<Chosen, DeviceError> {
        match self {
            Self::Auto => Ok(choose(&[CUDA, GPU])),
            Self::Cpu => Ok(Chosen {
                device: Device::flex(),
                report: "training on the processor".to_owned(),
            }),
            Self::Gpu => self.pick(GPU, 0),
            Self::Cuda(index) => self.pick(CUDA, index),
        }
    }

    fn pick(self, route: Route, index: usize) -> Result<Chosen, DeviceError> {
        let Route {
            feature, through, ..
        } = route;
        let not_built = DeviceError::NotBuilt {
            choice: self,
            feature,
        };
        let mut cards = (route.cards)().ok_or(not_built)?;
        // A card before a processor that plays one.
        cards.sort_by_key(|card| card.is_software);
        let found = count(cards.len());
        match cards.into_iter().nth(index) {
            Some(card) => Ok(Chosen {
                report: format!("training on {} ({through})", card.name),
                device: card.device,
            }),
            None => Err(DeviceError::Absent {
                choice: self,
                found,
                through,
            }),
        }
    }
}

/// The first card on any of the routes, or the processor and the reasons.
fn choose(routes: &[Route]) -> Chosen {
    let mut reasons = Vec::new();
    for Route {
        feature,
        through,
        cards,
    } in routes
    {
        let Some(cards) = cards() else {
            reasons.push(format!("built without `{feature}`"));
            continue;
        };
        let found = cards.len();
        if let Some(card) = cards.into_iter().find(|card| !card.is_software) {
            return Chosen {
                report: format!(
                    "training on {} ({through}), the first card found",
                    card.name
                ),
                device: card.device,
            };
        }
        reasons.push(match found {
            0 => format!("no card found through {through}"),
            _ => format!("only the processor plays a card for {through}"),
        });
    }
    Chosen {
        device: Device::flex(),
        report: format!("training on the processor: {}", reasons.join(", ")),
    }
}

fn count(cards: usize) -> String {
    match cards {
        0 => "no card was".to_owned(),
        1 => "one card was".to_owned(),
        _ => format!("{cards} cards were"),
    }
}

#[cfg(feature = "cuda")]
fn cuda_cards() -> Option<Vec<Card>> {
    Some(cards(burn::tensor::DeviceType::Cuda))
}

#[cfg(not(feature = "cuda"))]
fn cuda_cards() -> Option<Vec<Card>> {
    None
}

#[cfg(feature = "gpu")]
fn gpu_cards() -> Option<Vec<Card>> {
    Some(cards(burn::tensor::DeviceType::Wgpu))
}

#[cfg(not(feature = "gpu"))]
fn gpu_cards() -> Option<Vec<Card>> {
    None
}

#[cfg(any(feature = "cuda", feature = "gpu"))]
fn cards(kind: burn::tensor::DeviceType) -> Vec<Card> {
    let devices = Device::enumerate(kind).into_vec().into_iter();
    let seen = devices.map(|device| {
        let identity = device.identity();
        Card {
            name: identity
                .as_ref()
                .map_or_else(|| "a nameless card".to_owned(), |one| one.name.clone()),
            is_software: identity.is_none_or(|one| one.physical.is_none()),
            device,
        }
    });
    seen.collect()
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(name.to_owned());
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => {
                let index = name.strip_prefix("cuda:").ok_or_else(unknown)?;
                index.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn nothing() -> Option<Vec<Card>> {
        Some(Vec::new())
    }

    fn not_built() -> Option<Vec<Card>> {
        None
    }

    fn played() -> Option<Vec<Card>> {
        let mut cards = real()?;
        cards.insert(0, card("llvmpipe", true));
        cards.truncate(1);
        Some(cards)
    }

    fn real() -> Option<Vec<Card>> {
        Some(vec![card("llvmpipe", true), card("Radeon", false)])
    }

    fn card(name: &str, is_software: bool) -> Card {
        Card {
            device: Device::flex(),
            name: name.to_owned(),
            is_software,
        }
    }

    fn route(cards: fn() -> Option<Vec<Card>>) -> Route {
        Route { cards, ..GPU }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["auto", "cpu", "gpu", "cuda:0", "cuda:3"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        assert_eq!(
            "cuda".parse::<DeviceChoice>().unwrap(),
            DeviceChoice::Cuda(0)
        );
        for name in ["", "GPU", "cuda:", "cuda:x", "cuda:-1", "metal"] {
            let error = name.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn a_choice_of_nobody_says_why() {
        let report = |routes: &[Route]| choose(routes).report;
        assert_eq!(
            report(&[
                Route {
                    cards: not_built,
                    ..CUDA
                },
                route(nothing)
            ]),
            "training on the processor: built without `cuda`, \
             no card found through Vulkan, Metal or DirectX 12"
        );
        assert!(report(&[route(played)]).contains("only the processor plays a card"));
        assert!(report(&[route(nothing), route(real)]).starts_with("training on Radeon"));
    }

    #[test]
    fn what_was_asked_for_is_never_replaced() {
        let pick = |cards, index| DeviceChoice::Cuda(index).pick(route(cards), index);
        let error = pick(not_built, 0).unwrap_err().to_string();
        assert!(error.contains("--features gpu"), "{error}");
        let error = pick(nothing, 0).unwrap_err().to_string();
        assert!(error.contains("cuda:0: no card was found"), "{error}");
        let error = pick(real, 2).unwrap_err().to_string();
        assert!(error.contains("cuda:2: 2 cards were found"), "{error}");
        assert!(pick(real, 0).unwrap().report.contains("Radeon"));
        assert!(pick(played, 0).unwrap().report.contains("llvmpipe"));
    }

    #[test]
    fn the_processor_is_always_there() {
        let chosen = DeviceChoice::Cpu.open().unwrap();
        assert_eq!(chosen.device, Device::flex());
        assert!(!DeviceChoice::Auto.open().unwrap().report.is_empty());
    }
}
