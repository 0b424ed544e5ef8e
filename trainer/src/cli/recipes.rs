//! `gannet recipes`

use clap::Subcommand;
use gannet_trainer::recipe::{PRESETS, Recipe};

use super::{Ending, output};

/// Lists the shipped recipes, or prints a complete one.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints a complete recipe with every key explained, ready to be saved and changed.
    Show {
        /// A shipped recipe or a file; the default recipe if absent.
        name: Option<String>,
        /// Change a key, as in `gannet train`.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// Print JSON instead of TOML.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let text = match args.command {
        Some(Command::Show {
            name,
            settings,
            json,
        }) => {
            let recipe = Recipe::resolve(name.as_deref(), &settings)?;
            match json || args.json {
                true => serde_json::to_string_pretty(&recipe)?,
                false => recipe.to_documented_toml()?,
            }
        }
        None if args.json => {
            let list = PRESETS.map(
                |preset| serde_json::json!({ "name": preset.name, "summary": preset.summary }),
            );
            serde_json::to_string_pretty(&list)?
        }
        None => PRESETS
            .map(|preset| format!("{:<22}{}", preset.name, preset.summary))
            .join("\n"),
    };
    output::print(&text)?;
    Ok(Ending::Done)
}
