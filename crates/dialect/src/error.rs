//! Why packs cannot be used.

use std::fmt;

use crate::expression::PatternFault;

/// Where something stands: a file below the folder of packs, and a key in it such as `rules[2].to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, such as `packs/vlaams__gent.json`.
    pub file: String,
    /// The key; empty for the file as a whole.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key } = self;
        if key.is_empty() { write!(formatter, "{file}") } else { write!(formatter, "{file}: `{key}`") }
    }
}

/// Why a folder of packs, one pack or a transform fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No pack has this id.
    #[error("there is no dialect `{id}`")]
    UnknownDialect {
        /// What was asked for.
        id: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
    /// The id that was asked for has no characters.
    #[error("the id of a dialect cannot be empty")]
    EmptyId,
    /// A file is not JSON.
    #[error("{place} is not JSON")]
    Json {
        /// The file.
        place: Place,
        /// Where the parser stopped, and why.
        source: serde_json::Error,
    },
    /// An object has a key that means nothing.
    #[error("{place} means nothing")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The known key that is most like it.
        nearest: Option<&'static str>,
        /// All known keys.
        known: &'static [&'static str],
    },
    /// An object has a key twice.
    #[error("{place} stands there twice")]
    TwiceKey {
        /// Where.
        place: Place,
    },
    /// A key is missing.
    #[error("{place} is missing")]
    MissingKey {
        /// Where it should be.
        place: Place,
    },
    /// A value is of another type than its key takes.
    #[error("{place} should be {expected}, and is {found}")]
    Type {
        /// Where.
        place: Place,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value is not among those that its key takes.
    #[error("{place} cannot be `{value}`")]
    Choice {
        /// Where.
        place: Place,
        /// The value.
        value: String,
        /// The known value that is most like it.
        nearest: Option<&'static str>,
        /// All known values.
        known: &'static [&'static str],
    },
    /// A value has not the form that its key takes.
    #[error("{place} cannot be `{value}`: {reason}")]
    Form {
        /// Where.
        place: Place,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pattern cannot be compiled.
    #[error("{place} cannot be `{pattern}`")]
    Pattern {
        /// Where.
        place: Place,
        /// The pattern.
        pattern: String,
        /// Why not.
        source: PatternFault,
    },
    /// Two packs of an index have one id.
    #[error("{place} is `{id}`, and so is `{other}`")]
    TwiceId {
        /// The later one.
        place: Place,
        /// The id.
        id: String,
        /// The key of the earlier one.
        other: String,
    },
    /// A pack is another than the index says.
    #[error("{place} is `{found}`, where the index has `{expected}`")]
    OtherId {
        /// Where the pack says so.
        place: Place,
        /// The id in the index.
        expected: String,
        /// The id in the pack.
        found: String,
    },
    /// A file's name leads out of the folder.
    #[error("{place} cannot be `{path}`: it leads out of the folder of packs")]
    LeadsOut {
        /// Where it is named.
        place: Place,
        /// The name.
        path: String,
    },
    /// A file that the index names is not there.
    #[error("{place} names `{file}`, which is not there")]
    NoFile {
        /// Where it is named.
        place: Place,
        /// The file below the folder of packs.
        file: String,
        /// What the system said, with the whole path.
        source: std::io::Error,
    },
    /// A pack inherits one that is not there.
    #[error("{place} is `{parent}`, and there is no such pack")]
    UnknownParent {
        /// Where.
        place: Place,
        /// The parent.
        parent: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
    /// A pack inherits itself, through others.
    #[error("{place} closes a circle: {}", chain.join(" -> "))]
    Circle {
        /// Where the circle closes.
        place: Place,
        /// The packs of the circle; the first one stands at the end again.
        chain: Vec<String>,
    },
    /// The rules go on changing the text.
    #[error("the rules of `{dialect}` do not come to rest on this text")]
    NoRest {
        /// The dialect.
        dialect: String,
    },
    /// The rules make the text grow beyond all measure.
    #[error("the rules of `{dialect}` make more than {limit} bytes of this text")]
    Growth {
        /// The dialect.
        dialect: String,
        /// How much was allowed.
        limit: usize,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownDialect { nearest, .. } | Self::UnknownParent { nearest, .. } => match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "the ids of all packs are in index.json".to_owned(),
            },
            Self::EmptyId => "name a dialect, such as `vlaams/basis`".to_owned(),
            Self::UnknownKey { nearest, known, .. } => choices(*nearest, known, "keys"),
            Self::Choice { nearest, known, .. } => choices(*nearest, known, "values"),
            Self::TwiceKey { .. } => "keep one of the two".to_owned(),
            Self::TwiceId { .. } => "give one of the two another id".to_owned(),
            Self::OtherId { .. } => "correct the id in the pack, or the file's name in index.json".to_owned(),
            Self::LeadsOut { .. } => {
                "name a file in the folder `packs`, with `/` between the parts of a path".to_owned()
            }
            Self::NoFile { .. } => "correct the name in index.json, or add the file".to_owned(),
            Self::Circle { .. } => "take one of them out of the list `inherits` of another".to_owned(),
            Self::Pattern { source: PatternFault::LookAround, .. } => {
                "put what stands around into a group, and back with `\\1`; or write out the words that are meant"
                    .to_owned()
            }
            Self::Pattern { source: PatternFault::BackReference, .. } => {
                "write out the words that are meant; `\\1` can stand in `to` alone".to_owned()
            }
            Self::NoRest { .. } => {
                "see which rule makes what another one takes: `plats packs validate` names it".to_owned()
            }
            Self::Growth { .. } => {
                "see which rule makes more than it takes: `plats packs validate` names it".to_owned()
            }
            Self::Json { .. }
            | Self::MissingKey { .. }
            | Self::Type { .. }
            | Self::Form { .. }
            | Self::Pattern { .. }
            | Self::Io { .. } => return None,
        };
        Some(hint)
    }

    /// The name of the rule that is broken, and where, for what a pack or an index says wrongly.
    pub(crate) fn finding(&self) -> Option<(&'static str, &Place)> {
        match self {
            Self::Json { place, .. } => Some(("json", place)),
            Self::UnknownKey { place, .. } => Some(("unknown-key", place)),
            Self::TwiceKey { place } => Some(("duplicate-key", place)),
            Self::MissingKey { place } => Some(("missing-key", place)),
            Self::Type { place, .. } => Some(("type", place)),
            Self::Choice { place, .. } => Some(("choice", place)),
            Self::Form { place, .. } => Some(("form", place)),
            Self::Pattern { place, .. } => Some(("pattern", place)),
            Self::TwiceId { place, .. } => Some(("duplicate-id", place)),
            Self::OtherId { place, .. } => Some(("other-id", place)),
            Self::LeadsOut { place, .. } => Some(("leads-out", place)),
            Self::NoFile { place, .. } => Some(("no-file", place)),
            Self::UnknownParent { place, .. } => Some(("unknown-parent", place)),
            Self::Circle { place, .. } => Some(("circle", place)),
            Self::UnknownDialect { .. }
            | Self::EmptyId
            | Self::NoRest { .. }
            | Self::Growth { .. }
            | Self::Io { .. } => None,
        }
    }
}

fn choices(nearest: Option<&str>, known: &[&str], what: &str) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    let all = match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("the {what} are {} and {last}", rest.join(", ")),
        _ => format!("the only one of the {what} is {}", quoted.join("")),
    };
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? T{}", &all[1..]),
        None => all,
    }
}

/// The name among some that somebody who wrote `name` may have meant.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// Less alike than this is another word.
    const ALIKE: f64 = 0.75;
    let mut best: Option<(f64, &str)> = None;
    for known in known {
        let alike = strsim::jaro_winkler(name, known);
        // The first one of several that are equally alike.
        if alike >= ALIKE && best.is_none_or(|(other, _)| alike > other) {
            best = Some((alike, known));
        }
    }
    best.map(|(_, known)| known)
}
