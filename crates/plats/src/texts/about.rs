//! What each command does, in one sentence per voice.

use platskript::Voice;

use super::{Voiced, column};
use crate::alias::Name;

/// The sentence about a command.
pub(crate) fn about(name: Name, voice: Voice) -> &'static str {
    SENTENCES.iter().find(|(one, _)| *one == name).map_or("", |(_, voiced)| voiced[column(voice)])
}

const SENTENCES: [(Name, Voiced); Name::ALL.len()] = [
    (
        Name::Run,
        [
            "Voer een programma uit",
            "Run a program",
            "Voert een programma uut",
            "Doe een programma draaien",
            "Laot e programma loupe",
            "Loet e programma droaie",
            "Doe een programma lopen",
            "Doe dieje programma draaien, jaow",
        ],
    ),
    (
        Name::Build,
        [
            "Maak een Python-bestand van een programma",
            "Make a Python file of a program",
            "Moakt een Python-bestand van een programma",
            "Maakt een Python-bestand van e programma",
            "Maak e Python-bestand van e programma",
            "Moakt een Python-bestand van e programma",
            "Moak een Python-bestand van een programma",
            "Maak es een Python-bestand van dieje programma",
        ],
    ),
    (
        Name::ShowPython,
        [
            "Toon de Python die van een programma gemaakt wordt",
            "Show the Python that a program becomes",
            "Tuunt de Python die van een programma komt",
            "Toont de Python die van e programma komt",
            "Laot de Python zien die van e programma kump",
            "Loet de Python zien dee van e programma komt",
            "Loat de Python zien die van een programma komt",
            "Kiek welke Python van dieje programma komt",
        ],
    ),
    (
        Name::Check,
        [
            "Kijk na of programma's kloppen, zonder ze uit te voeren",
            "Check programs without running them",
            "Kykt achter of da programma's goed zyn",
            "Ziet of da programma's goe zijn",
            "Kiek nao of programma's kloppe",
            "Kaaikt of da programma's in orde zaain",
            "Kijk ne keer of da programma's goe zijn",
            "Kiek of die programma's kloppen, jaow",
        ],
    ),
    (
        Name::Fmt,
        [
            "Zet programma's netjes",
            "Lay programs out neatly",
            "Zet programma's proper",
            "Zet programma's schoon",
            "Zèt programma's sjoen",
            "Zet programma's propper",
            "Zet programma's schone",
            "Zet die programma's es netjes",
        ],
    ),
    (
        Name::Repl,
        [
            "Typ Platskript en zie meteen wat het doet",
            "Type Platskript and see at once what it does",
            "Typt Platskript en ziet direct wuk dat 't doet",
            "Typt Platskript en ziet direct wa dat 't doet",
            "Typ Platskript en zuug direk wat 't deit",
            "Typt Platskript en zeet direct wa dat et doot",
            "Typ Platskript en zie seffens wat da 't doet",
            "Typ Platskript en kiek direct wat 't doet",
        ],
    ),
    (
        Name::Examples,
        [
            "Toon, bewaar of draai voorbeelden",
            "Show, save or run examples",
            "Tuunt, bewoart of draait voorbeelden",
            "Toont, houdt bij of draait voorbeeldekes",
            "Laot veurbeelde zien, of haw ze biej",
            "Toent, bewoart of droait voorbeeldekes",
            "Toont, bewoart of draait voorbeelden",
            "Kiek naar voorbeeldjes, of draai ze, jaow",
        ],
    ),
    (
        Name::Init,
        [
            "Begin een map met een eerste programma",
            "Start a folder with a first program",
            "Begunt een mappe met een eerste programma",
            "Begint een map me een eerste programma",
            "Begin 'n map mèt e ierste programma",
            "Begint een map mè een ieste programma",
            "Begin een mappe met een eerste programma",
            "Begin es een map met uw eerste programma",
        ],
    ),
    (
        Name::Fortune,
        [
            "Zeg een spreuk",
            "Say a saying",
            "Zegt een spreuke",
            "Zegt een spreukske",
            "Zèk 'n spreuk",
            "Zegt een spreukske, menneke",
            "Zegt een spreukse",
            "Zeg es een spreuk, jaow",
        ],
    ),
    (
        Name::Dialects,
        [
            "Noem de dialecten die er zijn",
            "List the dialects that there are",
            "Noemt de dialecten die der zyn",
            "Noemt de dialecten die der zijn",
            "Neum de dialekte die d'r zint",
            "Noemt de dialecten dee er zaain",
            "Noemt de dialecten die der zijn",
            "Zeg welke dialecten er zijn",
        ],
    ),
    (
        Name::Translate,
        [
            "Zet een tekst om naar een dialect",
            "Turn a text into a dialect",
            "Zet een tekst over in een dialect",
            "Zet een tekst om naar een dialect",
            "Zèt 'nen teks euver in 'n dialek",
            "Zet een tekst om in een dialect",
            "Zet een tekst over noar een dialect",
            "Zet die tekst es om naar een dialect",
        ],
    ),
    (
        Name::Packs,
        [
            "Kijk pakken van dialecten na",
            "Look after packs of dialects",
            "Kykt pakken van dialecten achter",
            "Ziet pakken van dialecten na",
            "Kiek pakke van dialekte nao",
            "Kaaikt pakken van dialecten noa",
            "Kijk pakken van dialecten noa",
            "Kiek die pakken van dialecten na",
        ],
    ),
    (
        Name::Doctor,
        [
            "Zoek uit wat er aan de installatie scheelt",
            "Find out what is wrong with the installation",
            "Zoekt uut wuk dat der scheelt",
            "Zoekt uit wat dat er scheelt",
            "Zeuk oet wat d'r sjilt",
            "Zukt oeit wa dat er schilt",
            "Zoek uit wat dat er scheelt",
            "Zoek es uit wat er mis is",
        ],
    ),
    (
        Name::Version,
        [
            "Zeg welke versie dit is",
            "Say which version this is",
            "Zegt welke versie dat 't is",
            "Zegt welke versie dat da is",
            "Zèk welke versie dit is",
            "Zegt welke versie dat da is",
            "Zegt welke versie dat 't is",
            "Zeg welke versie da is",
        ],
    ),
    (
        Name::Help,
        [
            "Leg de opdrachten uit",
            "Explain the commands",
            "Legt de opdrachten uut",
            "Legt de opdrachten uit",
            "Lèk de opdrachte oet",
            "Legt de opdrachten oeit",
            "Legt de opdrachten uit",
            "Leg die opdrachten es uit",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::VOICES;
    use super::*;

    #[test]
    fn no_sentence_is_empty_or_ends_with_a_stop() {
        for name in Name::ALL {
            for (voice, _) in VOICES {
                let sentence = about(name, voice);
                assert!(!sentence.is_empty() && !sentence.ends_with('.'), "{}: {sentence}", name.word());
            }
        }
    }
}
