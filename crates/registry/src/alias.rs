//! The name of a pin.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// A name for an entry: up to 64 lowercase letters, digits, `.`, `_` and `-`, the first a letter or digit, and no `..`.
///
/// It is the name of a file, so what it cannot be is as important as what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

impl Alias {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Alias {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let begins_well = text.bytes().next().is_some_and(is_plain);
        let goes_on_well = text.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'_' | b'-'));
        if begins_well && goes_on_well && text.len() <= 64 && !text.contains("..") {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::NotAnAlias { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for Alias {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_a_harmless_file_name() {
        let longest = "a".repeat(64);
        for text in ["a", "7", "fast-square_2.1", &longest] {
            assert_eq!(text.parse::<Alias>().unwrap().as_str(), text);
        }
        let too_long = "a".repeat(65);
        let bad =
            ["", ".", "..", ".a", "-a", "_a", "A", "aB", "a/b", "a..b", "a b", "a\n", "a\0", "é", "aé", &too_long];
        for text in bad {
            assert!(matches!(text.parse::<Alias>(), Err(Error::NotAnAlias { .. })), "{text:?}");
        }
    }
}
