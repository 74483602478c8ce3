//! A pack with all that it inherits, ready to be applied.

use crate::error::Error;
use crate::options::Options;

/// A resolved pack.
#[derive(Debug)]
pub struct Dialect {
    pub(crate) id: String,
    pub(crate) rules: Vec<(String, String)>,
}

impl Dialect {
    /// The id that it was asked for by.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The text as it is said there.
    pub fn transform(&self, text: &str, options: &Options) -> Result<String, Error> {
        let mut text = text.to_owned();
        for (from, to) in &self.rules {
            let to = to
                .replace("{pronoun_subject}", &options.pronoun_subject)
                .replace("{pronoun_object}", &options.pronoun_object)
                .replace("{pronoun_possessive}", &options.pronoun_possessive);
            let pieces = text.split_inclusive(|it: char| !it.is_alphanumeric());
            text = pieces.map(|piece| replaced(piece, from, &to)).collect();
        }
        Ok(text)
    }
}

fn replaced(piece: &str, from: &str, to: &str) -> String {
    let word = piece.trim_end_matches(|it: char| !it.is_alphanumeric());
    let rest = &piece[word.len()..];
    if word.to_lowercase() != from {
        piece.to_owned()
    } else if word.chars().all(char::is_uppercase) {
        to.to_uppercase() + rest
    } else {
        to.to_owned() + rest
    }
}
