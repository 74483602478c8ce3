//! What each option means, in Dutch. The English texts stand beside the options in `args.rs`.

/// The text of one option, and the word for its value if that is another than in English.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OptionText {
    pub(crate) text: &'static str,
    pub(crate) value: &'static str,
}

/// The text of an option of a command; with an empty identifier, of the command itself.
pub(crate) fn option(command: &str, id: &str) -> Option<OptionText> {
    let here = |key: &&(&str, &str, &str, &str)| (key.0 == command || key.0 == "*") && key.1 == id;
    TEXTS.iter().find(here).map(|(_, _, text, value)| OptionText { text, value })
}

/// Command (`*` for all), option, text, value.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "*",
        "voice",
        "Hoe plats spreekt: nl, en, west-vlaams, antwerps, limburgs, brussels, oost-vlaams of genks",
        "STEM",
    ),
    ("*", "help", "Leg deze opdracht uit", ""),
    ("*", "raw_python", "Laat stukken Python door zoals ze zijn", ""),
    ("*", "python", "De interpreter; anders die naast deze opdracht, en anders die op PATH", "PROGRAMMA"),
    ("*", "file", "Het programma, of `-`", "BESTAND"),
    ("*", "json", "Per vondst een JSON-object op een lijn", ""),
    ("*", "paths", "Programma's, mappen, of `-`", "PAD"),
    ("run", "arguments", "Wat het programma in `sys.argv` vindt", "ARGUMENTEN"),
    ("build", "out", "Het bestand om te schrijven; anders dat van het programma met `.py` op het eind", "BESTAND"),
    ("build", "force", "Overschrijf ook een bestand dat niet van deze opdracht komt", ""),
    ("fmt", "check", "Verander niets, en faal waar iets zou veranderen", ""),
    ("examples", "list", "Noem ze, zoals zonder opties", ""),
    ("examples", "show", "Toon er een", "NAAM"),
    ("examples", "run", "Draai er een", "NAAM"),
    ("examples", "save", "Schrijf er een in de map waar ge zijt", "NAAM"),
    ("init", "name", "De map om te maken", "NAAM"),
    ("fortune", "seed", "Hetzelfde getal geeft dezelfde spreuk", "GETAL"),
    ("vertaal", "text", "De tekst, of `-`", "TEKST"),
    ("vertaal", "dialect", "Het dialect, zoals `plats dialecten` het noemt; anders vlaams/basis", "ID"),
    (
        "vertaal",
        "deterministic",
        "Tussenwoorden komen telkens op dezelfde plaats; met `=nee` telt de zin niet mee",
        "JA",
    ),
    ("vertaal", "seed", "Een ander getal zet tussenwoorden elders", "GETAL"),
    ("vertaal", "particles", "Zet er woorden als `zeg` en `zulle` tussen", "JA"),
    ("vertaal", "max_passes", "Hoe vaak de regels hoogstens gebruikt worden", "GETAL"),
    ("vertaal", "strict_idempotency", "Faal als de regels daarna nog iets zouden veranderen", "JA"),
    ("vertaal", "pronoun_subject", "Het woord voor wie iets doet; anders `ge`", "WOORD"),
    ("vertaal", "pronoun_object", "Het woord voor wie het overkomt; anders `u`", "WOORD"),
    ("vertaal", "pronoun_possessive", "Het woord voor van wie het is; anders `uw`", "WOORD"),
    ("packs validate", "", "Zeg wat er mis is met de pakken van een map", ""),
    ("packs validate", "folder", "De map met `index.json`; anders die van `vertaal`", "MAP"),
    ("packs list", "", "Zeg welke pakken er zijn, en in welke map", ""),
    ("help", "command", "De opdracht om uit te leggen", "OPDRACHT"),
];
