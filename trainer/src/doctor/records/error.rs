//! What can be wrong with logs.

use std::io;
use std::path::PathBuf;

/// Why a log cannot be used: what, where, expected, found, how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// There is nothing at the path.
    #[error(
        "{}: not found; give the folder of a run, a folder with event files of TensorBoard, an event file, or a log as .csv, .tsv or .jsonl",
        path.display()
    )]
    Missing {
        /// The path.
        path: PathBuf,
    },

    /// The file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The folder holds no log.
    #[error(
        "{}: no log in this folder; looked for metrics.jsonl in it and for *tfevents* files in it and below{}",
        path.display(),
        match others.as_slice() {
            [] => String::new(),
            others => format!("; it has {}, which can be given by name", others.join(", ")),
        }
    )]
    NothingInFolder {
        /// The folder.
        path: PathBuf,
        /// Files in it that may be logs.
        others: Vec<String>,
    },

    /// There are more event files in a folder than are read.
    #[error(
        "{}: more than {limit} event files or folders in and below this folder; give the folder of one run",
        path.display()
    )]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// How many are read.
        limit: usize,
    },

    /// There is nothing in the log.
    #[error("{}: no {what} in it; give a log of a run that has taken a step", path.display())]
    Empty {
        /// The log.
        path: PathBuf,
        /// What there should be.
        what: &'static str,
    },

    /// A log that should be text is not.
    #[error("{}: not a text file: {reason}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// How it is known, and how to mend it.
        reason: &'static str,
    },

    /// A line is not UTF-8.
    #[error(
        "{}: line {line} is not UTF-8; convert the file, as by `iconv -f latin1 -t utf8`",
        path.display()
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
    },

    /// A line is longer than is read.
    #[error(
        "{}: line {line} is longer than {limit} bytes; the file is damaged or not a log",
        path.display()
    )]
    LongLine {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The most bytes of a line.
        limit: usize,
    },

    /// A quoted field does not end.
    #[error(
        "{}: the quoted field that begins in line {line} has no closing quote; remove the quote or add the other",
        path.display()
    )]
    OpenQuote {
        /// The file.
        path: PathBuf,
        /// The line with the opening quote.
        line: u64,
    },

    /// The first line is numbers.
    #[error(
        "{}: line 1 is numbers where the names of the columns are expected; add a first line such as `step,d_loss,g_loss`",
        path.display()
    )]
    NoHeader {
        /// The file.
        path: PathBuf,
    },

    /// The file is one JSON array.
    #[error(
        "{}: a JSON array, and one object a line is expected; convert it by `jq -c '.[]'` into a file .jsonl",
        path.display()
    )]
    JsonArray {
        /// The file.
        path: PathBuf,
    },

    /// More lines are broken than whole.
    #[error(
        "{}: {broken} of {lines} lines cannot be read, so that this is hardly a log of the kind; the first of them: {first}",
        path.display()
    )]
    MostlyBroken {
        /// The file.
        path: PathBuf,
        /// Lines passed over.
        broken: u64,
        /// All lines.
        lines: u64,
        /// What is wrong with the first.
        first: String,
    },

    /// A mapping of a column is not of the form.
    #[error("--map {given}: expected OURS=THEIRS, as `d_loss=Loss/D`")]
    MapForm {
        /// The mapping.
        given: String,
    },

    /// A mapping is to no sign.
    #[error("--map {given}: `{ours}` is neither a sign nor `step`{proposal}")]
    MapUnknown {
        /// The mapping.
        given: String,
        /// The name that is not known.
        ours: String,
        /// The nearest that is, as the end of a sentence.
        proposal: String,
    },

    /// Two mappings have a side in common.
    #[error("--map {first} and --map {second} both use `{name}`; keep one of them")]
    MapTwice {
        /// The one mapping.
        first: String,
        /// The other.
        second: String,
        /// What they have in common.
        name: String,
    },

    /// A mapped column does not exist.
    #[error(
        "{}: no column `{theirs}`, which --map gives as `{ours}`{proposal}; the columns are {}",
        path.display(),
        listed(found)
    )]
    MappedMissing {
        /// The log.
        path: PathBuf,
        /// The sign, or `step`.
        ours: &'static str,
        /// The column looked for.
        theirs: String,
        /// The nearest that there is, as the end of a sentence.
        proposal: String,
        /// The columns that there are.
        found: Vec<String>,
    },

    /// The steps of event files were mapped to a column.
    #[error(
        "--map step={theirs}: events carry their steps; leave it out, or give `--map step=` to number the values of each tag instead"
    )]
    MapStepOfEvents {
        /// The column.
        theirs: String,
    },

    /// Two columns are the same sign.
    #[error(
        "{}: `{first}` and `{second}` both are {sign}; say which by `--map {sign}={first}`{}",
        path.display(),
        if is_of_two_folders(first, second) { ", or give the folder of one run" } else { "" }
    )]
    TwoColumns {
        /// The log.
        path: PathBuf,
        /// The sign, or `step`.
        sign: &'static str,
        /// The one column.
        first: String,
        /// The other.
        second: String,
    },

    /// A step is no step.
    #[error(
        "{}, {place}: the step is {got}, expected a whole number from 0 to 2^53; give another column by `--map step=THEIRS`, or number the lines by `--map step=`",
        path.display()
    )]
    Step {
        /// The log.
        path: PathBuf,
        /// The line or offset.
        place: String,
        /// The step.
        got: String,
    },

    /// The steps go back too often to be restarts of a run.
    #[error(
        "{}: steps go back at {count} places: sort by step, or give one run and a column that counts the steps of all of it (`--map step=THEIRS`)",
        path.display()
    )]
    StepsBack {
        /// The log.
        path: PathBuf,
        /// How often they go back.
        count: u64,
    },

    /// The steps do not go on.
    #[error(
        "{}: the step is {step} in all of {count} rows; give the column that counts steps by `--map step=THEIRS`, or number the rows by `--map step=`",
        path.display()
    )]
    StepsStand {
        /// The log.
        path: PathBuf,
        /// The step.
        step: u64,
        /// Values of one sign.
        count: u64,
    },

    /// No column is known.
    #[error(
        "{}: no column with a value that is known as a sign; map them, as by `--map d_loss=THEIRS --map g_loss=THEIRS`; the columns are {}",
        path.display(),
        listed(found)
    )]
    NoSigns {
        /// The log.
        path: PathBuf,
        /// The columns that there are.
        found: Vec<String>,
    },

    /// The file does not begin with a whole record of an event file.
    #[error(
        "{}: not an event file of TensorBoard, or damaged: at offset {offset}, {reason}; copy it again",
        path.display()
    )]
    NotEvents {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },

    /// A record of an event file is longer than is read.
    #[error(
        "{}: the record at offset {offset} has {length} bytes, and at most {limit} are read; log scalars to a file of their own",
        path.display()
    )]
    LongRecord {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// Its length.
        length: u64,
        /// The most bytes of a record.
        limit: u64,
    },
}

/// Columns in a sentence: the first of them if there are many.
fn listed(found: &[String]) -> String {
    const SHOWN: usize = 30;
    if found.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = found.iter().take(SHOWN).map(|f| format!("`{f}`")).collect();
    let rest = match found.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{rest}", shown.join(", "))
}

/// Whether two columns are the same tag of two folders of event files.
fn is_of_two_folders(first: &str, second: &str) -> bool {
    match (first.rsplit_once('/'), second.rsplit_once('/')) {
        (Some((first_folder, first)), Some((second_folder, second))) => {
            first == second && first_folder != second_folder
        }
        _ => false,
    }
}
