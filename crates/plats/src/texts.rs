//! What people are told, as tables. A table has a column per voice, in the order of [`VOICES`].

mod about;
mod options;
mod phrases;
mod sayings;

use platskript::Voice;

pub(crate) use about::about;
pub(crate) use options::option;
pub(crate) use phrases::{Phrase, phrase};
pub(crate) use sayings::SAYINGS;

/// The voices, in the order of the columns, with the names that `--voice` takes.
pub(crate) const VOICES: [(Voice, &str); 8] = [
    (Voice::Dutch, "nl"),
    (Voice::English, "en"),
    (Voice::WestFlemish, "west-vlaams"),
    (Voice::Antwerp, "antwerps"),
    (Voice::Limburg, "limburgs"),
    (Voice::Brussels, "brussels"),
    (Voice::EastFlemish, "oost-vlaams"),
    (Voice::Genk, "genks"),
];

/// One text in every voice.
pub(crate) type Voiced = [&'static str; VOICES.len()];

/// The column of a voice.
pub(crate) fn column(voice: Voice) -> usize {
    // A voice that the language learns before this table does is answered in Dutch.
    VOICES.iter().position(|(one, _)| *one == voice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_voice_has_its_column_and_name() {
        assert_eq!(VOICES.map(|(voice, _)| voice), Voice::ALL);
        for (index, (voice, name)) in VOICES.iter().enumerate() {
            assert_eq!(column(*voice), index);
            assert!(VOICES.iter().filter(|(_, other)| other == name).count() == 1, "{name}");
        }
    }
}
