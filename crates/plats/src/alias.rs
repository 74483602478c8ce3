//! The table of names: what each word at the start of a command line means, and whose voice it is.

use platskript::Voice::{self, Antwerp, Brussels, Dutch, EastFlemish, Genk, Limburg, WestFlemish};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Run,
    Build,
    ShowPython,
    Check,
    Fmt,
    Repl,
    Examples,
    Init,
    Fortune,
    Dialects,
    Translate,
    Packs,
    Doctor,
    Version,
    Help,
}

impl Name {
    /// Every command, in the order of the help.
    pub(crate) const ALL: [Self; 15] = [
        Self::Run,
        Self::Build,
        Self::ShowPython,
        Self::Check,
        Self::Fmt,
        Self::Repl,
        Self::Examples,
        Self::Init,
        Self::Fortune,
        Self::Dialects,
        Self::Translate,
        Self::Packs,
        Self::Doctor,
        Self::Version,
        Self::Help,
    ];

    /// What it is called everywhere.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Build => "build",
            Self::ShowPython => "show-python",
            Self::Check => "check",
            Self::Fmt => "fmt",
            Self::Repl => "repl",
            Self::Examples => "examples",
            Self::Init => "init",
            Self::Fortune => "fortune",
            Self::Dialects => "dialecten",
            Self::Translate => "vertaal",
            Self::Packs => "packs",
            Self::Doctor => "doctor",
            Self::Version => "version",
            Self::Help => "help",
        }
    }

    /// Its other names.
    pub(crate) fn aliases(self) -> impl Iterator<Item = &'static Alias> {
        ALIASES.iter().filter(move |alias| alias.command == self)
    }
}

/// Another name of a command.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) word: &'static str,
    pub(crate) command: Name,
    /// How the command then speaks.
    pub(crate) voice: Voice,
}

/// What a word stands for, and the voice that comes with it.
pub(crate) fn find(word: &str) -> Option<(Name, Voice)> {
    let named = Name::ALL.into_iter().find(|name| name.word() == word).map(|name| (name, Dutch));
    named.or_else(|| ALIASES.iter().find(|alias| alias.word == word).map(|alias| (alias.command, alias.voice)))
}

/// The known word that is most like this one, if it is like it at all.
pub(crate) fn nearest(word: &str) -> Option<&'static str> {
    let words = Name::ALL.into_iter().map(Name::word).chain(ALIASES.iter().map(|alias| alias.word));
    near(word, words)
}

/// The candidate that is most like a word, if it is like it at all.
pub(crate) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| strsim::jaro_winkler(word, candidate);
    let likely = candidates.into_iter().filter(|candidate| likeness(candidate) > 0.8);
    likely.max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}

/// Every alias. Where tradition has two meanings for a word, this is the one that it acts by.
const ALIASES: &[Alias] = &[
    Alias { word: "loop", command: Name::Run, voice: Dutch },
    Alias { word: "voertuut", command: Name::Run, voice: WestFlemish },
    Alias { word: "doeme", command: Name::Run, voice: Antwerp },
    Alias { word: "doeda", command: Name::Run, voice: Antwerp },
    Alias { word: "doedansen", command: Name::Run, voice: Antwerp },
    Alias { word: "doet", command: Name::Run, voice: EastFlemish },
    Alias { word: "gaon", command: Name::Run, voice: Limburg },
    Alias { word: "jaodoen", command: Name::Run, voice: Genk },
    Alias { word: "bouw", command: Name::Build, voice: Dutch },
    Alias { word: "bouwt", command: Name::Build, voice: Dutch },
    Alias { word: "maakt", command: Name::Build, voice: Dutch },
    Alias { word: "moakt", command: Name::Build, voice: WestFlemish },
    Alias { word: "moaktme", command: Name::Build, voice: WestFlemish },
    Alias { word: "maakda", command: Name::Build, voice: Antwerp },
    Alias { word: "bouwtda", command: Name::Build, voice: Antwerp },
    Alias { word: "maktme", command: Name::Build, voice: Limburg },
    Alias { word: "toon", command: Name::ShowPython, voice: Dutch },
    Alias { word: "toont", command: Name::ShowPython, voice: Dutch },
    Alias { word: "tuunt", command: Name::ShowPython, voice: WestFlemish },
    Alias { word: "toontme", command: Name::ShowPython, voice: Antwerp },
    Alias { word: "toonmansen", command: Name::ShowPython, voice: Antwerp },
    Alias { word: "loatziejn", command: Name::ShowPython, voice: EastFlemish },
    Alias { word: "loatkieke", command: Name::ShowPython, voice: Limburg },
    Alias { word: "loatkiejke", command: Name::ShowPython, voice: Brussels },
    Alias { word: "zijdezekers", command: Name::Check, voice: WestFlemish },
    Alias { word: "zekers", command: Name::Check, voice: WestFlemish },
    Alias { word: "okeej", command: Name::Check, voice: WestFlemish },
    Alias { word: "istdagoe", command: Name::Check, voice: Antwerp },
    Alias { word: "isdatgoe", command: Name::Check, voice: Antwerp },
    Alias { word: "goeddansen", command: Name::Check, voice: Antwerp },
    Alias { word: "kloptda", command: Name::Check, voice: Limburg },
    Alias { word: "kloptdat", command: Name::Check, voice: Limburg },
    Alias { word: "goedzowie", command: Name::Check, voice: Limburg },
    Alias { word: "zalkdagaan", command: Name::Check, voice: EastFlemish },
    Alias { word: "checktem", command: Name::Check, voice: EastFlemish },
    Alias { word: "passedat", command: Name::Check, voice: Brussels },
    Alias { word: "camarche", command: Name::Check, voice: Brussels },
    Alias { word: "jaowklopt", command: Name::Check, voice: Genk },
    Alias { word: "probeircheck", command: Name::Check, voice: Genk },
    Alias { word: "checkdansen", command: Name::Check, voice: Dutch },
    Alias { word: "proboir", command: Name::Repl, voice: WestFlemish },
    Alias { word: "smos", command: Name::Repl, voice: Antwerp },
    Alias { word: "smossen", command: Name::Repl, voice: Antwerp },
    Alias { word: "efkes", command: Name::Repl, voice: Limburg },
    Alias { word: "klansen", command: Name::Repl, voice: Brussels },
    Alias { word: "zwansen", command: Name::Repl, voice: Brussels },
    Alias { word: "efkesproberen", command: Name::Repl, voice: Dutch },
    Alias { word: "probeer", command: Name::Repl, voice: Dutch },
    Alias { word: "probeertme", command: Name::Repl, voice: Dutch },
    Alias { word: "probeirme", command: Name::Repl, voice: Dutch },
    Alias { word: "probeerdansen", command: Name::Repl, voice: Dutch },
    Alias { word: "tuuntnekeer", command: Name::Examples, voice: WestFlemish },
    Alias { word: "tuuntse", command: Name::Examples, voice: WestFlemish },
    Alias { word: "toondada", command: Name::Examples, voice: Antwerp },
    Alias { word: "voorbeeldskes", command: Name::Examples, voice: Antwerp },
    Alias { word: "toontdie", command: Name::Examples, voice: Antwerp },
    Alias { word: "toontmansen", command: Name::Examples, voice: Antwerp },
    Alias { word: "voorbeeldansen", command: Name::Examples, voice: Antwerp },
    Alias { word: "loatskiejn", command: Name::Examples, voice: EastFlemish },
    Alias { word: "ziedievoorbeelden", command: Name::Examples, voice: EastFlemish },
    Alias { word: "voorbeeldekes", command: Name::Examples, voice: Brussels },
    Alias { word: "voorbeeldanse", command: Name::Examples, voice: Brussels },
    Alias { word: "voorbeeldjes", command: Name::Examples, voice: Dutch },
    Alias { word: "kiekenseffe", command: Name::Examples, voice: Limburg },
    Alias { word: "jaowkiek", command: Name::Examples, voice: Genk },
    Alias { word: "allehop", command: Name::Init, voice: WestFlemish },
    Alias { word: "startop", command: Name::Init, voice: WestFlemish },
    Alias { word: "beginme", command: Name::Init, voice: WestFlemish },
    Alias { word: "awel", command: Name::Init, voice: Antwerp },
    Alias { word: "aweldan", command: Name::Init, voice: Antwerp },
    Alias { word: "allei", command: Name::Init, voice: Limburg },
    Alias { word: "gaonme", command: Name::Init, voice: Limburg },
    Alias { word: "komaan", command: Name::Init, voice: EastFlemish },
    Alias { word: "komme", command: Name::Init, voice: EastFlemish },
    Alias { word: "allez", command: Name::Init, voice: Brussels },
    Alias { word: "allezdan", command: Name::Init, voice: Brussels },
    Alias { word: "jaowel", command: Name::Init, voice: Genk },
    Alias { word: "startdansen", command: Name::Init, voice: Dutch },
    Alias { word: "zegt", command: Name::Fortune, voice: WestFlemish },
    Alias { word: "zenmoederzegt", command: Name::Fortune, voice: WestFlemish },
    Alias { word: "spreuke", command: Name::Fortune, voice: WestFlemish },
    Alias { word: "watteda", command: Name::Fortune, voice: Antwerp },
    Alias { word: "manneke", command: Name::Fortune, voice: Antwerp },
    Alias { word: "wiste", command: Name::Fortune, voice: Limburg },
    Alias { word: "wistedak", command: Name::Fortune, voice: Limburg },
    Alias { word: "zansen", command: Name::Fortune, voice: Brussels },
    Alias { word: "eikes", command: Name::Fortune, voice: Brussels },
    Alias { word: "spreuk", command: Name::Fortune, voice: EastFlemish },
    Alias { word: "gezegd", command: Name::Fortune, voice: EastFlemish },
    Alias { word: "jaow", command: Name::Fortune, voice: Genk },
    Alias { word: "zegansen", command: Name::Fortune, voice: Dutch },
    Alias { word: "versie", command: Name::Version, voice: Dutch },
    Alias { word: "welke", command: Name::Version, voice: Dutch },
    Alias { word: "welkversie", command: Name::Version, voice: WestFlemish },
    Alias { word: "watversie", command: Name::Version, voice: Antwerp },
    Alias { word: "welkansen", command: Name::Version, voice: Antwerp },
    Alias { word: "versje", command: Name::Version, voice: Limburg },
    Alias { word: "helpt", command: Name::Help, voice: Dutch },
    Alias { word: "haalp", command: Name::Help, voice: WestFlemish },
    Alias { word: "hulpe", command: Name::Help, voice: EastFlemish },
    Alias { word: "hulpme", command: Name::Help, voice: Limburg },
    Alias { word: "helptemij", command: Name::Help, voice: Antwerp },
    Alias { word: "helpansen", command: Name::Help, voice: Antwerp },
    Alias { word: "helpme", command: Name::Help, voice: Brussels },
    Alias { word: "helptme", command: Name::Help, voice: Genk },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_word_has_one_meaning() {
        let mut seen = HashSet::new();
        for word in Name::ALL.into_iter().map(Name::word).chain(ALIASES.iter().map(|alias| alias.word)) {
            assert!(seen.insert(word), "`{word}` stands twice in the table");
        }
    }

    #[test]
    fn every_word_is_found_with_its_voice() {
        for alias in ALIASES {
            assert_eq!(find(alias.word), Some((alias.command, alias.voice)));
        }
        for name in Name::ALL {
            assert_eq!(find(name.word()), Some((name, Dutch)));
        }
        assert_eq!(find("Run"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn words_that_had_two_meanings_have_the_one_they_acted_by() {
        for (word, command) in [
            ("komaan", Name::Init),
            ("startop", Name::Init),
            ("tuuntnekeer", Name::Examples),
            ("toondada", Name::Examples),
            ("loatskiejn", Name::Examples),
        ] {
            assert_eq!(find(word).map(|(command, _)| command), Some(command), "{word}");
        }
    }

    #[test]
    fn a_slip_leads_to_the_word_that_was_meant() {
        assert_eq!(nearest("chekc"), Some("check"));
        assert_eq!(nearest("zwanzen"), Some("zwansen"));
        assert_eq!(nearest("xyz"), None);
    }
}
