//! What is said, by code and voice.
//!
//! The rows are in the order of [`Voice::ALL`]. `{0}` is what the text has there. The words of three English messages stand in all others as well: people look for them.

use crate::{Code, Severity, Voice};

/// One sentence in every voice.
type Row = [&'static str; Voice::ALL.len()];

/// What is wrong.
pub(crate) fn message(code: Code, voice: Voice) -> &'static str {
    row(code)[voice as usize]
}

/// What to do about it, if no suggestion says it better.
pub(crate) fn hint(code: Code, voice: Voice) -> Option<&'static str> {
    let (dutch, english) = match code {
        Code::MissingAmen => ("elke zin eindigt met `amen`", "each sentence ends with `amen`"),
        Code::UnknownInstruction => (
            "een lijn begint met klap, zet, roep, geeftterug, maak, als, anders, zolang, plan of gedaan",
            "a line begins with klap, zet, roep, geeftterug, maak, als, anders, zolang, plan or gedaan",
        ),
        Code::GedaanWithoutBlock => ("schrap deze `gedaan`", "remove this `gedaan`"),
        Code::UnclosedBlocks => ("sluit elk blok met `gedaan`", "end each block with `gedaan`"),
        Code::MissingMet => ("schrijf `met` voor de parameters", "write `met` in front of the parameters"),
        Code::MissingOp => ("schrijf `zet naam op waarde amen`", "write `zet name op value amen`"),
        Code::MissingDoe => ("de kop van een blok eindigt met `doe`", "the head of a block ends with `doe`"),
        Code::MissingNumber | Code::BadNumber => (
            "een getal is zoals `5`, `-5` of `3.14`, met hoogstens 4300 cijfers",
            "a number is like `5`, `-5` or `3.14`, with 4300 digits at most",
        ),
        Code::MissingName => ("zet er een naam achter", "write a name behind it"),
        Code::BadName => (
            "een naam heeft letters, cijfers, `_` en `-`, en begint met een letter",
            "a name has letters, digits, `_` and `-`, and begins with a letter",
        ),
        Code::AndersWithoutAls => ("`anders` hoort bij een `als` die nog open is", "`anders` belongs to an open `als`"),
        Code::SecondAnders => (
            "`anders` komt één keer, als laatste; daarvoor kan `anders als`",
            "`anders` comes once, and last; `anders als` may come before it",
        ),
        Code::TrailingWords => {
            ("één zin per lijn; een opmerking begint met `#`", "one sentence per line; a comment begins with `#`")
        }
        Code::MissingValue => {
            ("zet er een waarde bij, zoals `getal 5` of `da naam`", "write a value, such as `getal 5` or `da name`")
        }
        Code::AdjacentValues => (
            "zet er een bewerking tussen, zoals `plakt` of `derbij`",
            "write an operator between them, such as `plakt` or `derbij`",
        ),
        Code::RawPython => (
            "schrijf het in het Platskript, of sta Python uitdrukkelijk toe",
            "write it in Platskript, or allow Python explicitly",
        ),
        Code::UnclosedQuote => (
            "sluit de aanhaling op dezelfde lijn, of gebruik `tekst`",
            "close the quote on the same line, or use `tekst`",
        ),
        Code::BadEscape => ("schrijf `\\\\` voor een backslash", "write `\\\\` for a backslash"),
        Code::LoneBracket => ("elke haak heeft een tweede nodig", "each bracket needs its partner"),
        Code::ReturnOutsideFunction => ("gebruik `klap` om iets te tonen", "use `klap` to show something"),
        Code::DuplicateParameter | Code::NameClash => {
            ("geef een van de twee een andere naam", "give one of the two another name")
        }
        Code::TooDeep => ("verdeel het over meer lijnen of functies", "spread it over more lines or functions"),
        Code::NestedCall => ("zet haken rond de binnenste `roep`", "put brackets around the inner `roep`"),
        Code::ConstantSet => ("kies een andere naam", "choose another name"),
        Code::OperatorInText => {
            ("zet tekst tussen aanhalingstekens als ge zeker wilt zijn", "put a text in quotes to be sure")
        }
        Code::UndefinedName => ("geef het eerst een waarde met `zet`", "give it a value with `zet` first"),
        Code::UsedBeforeSet => (
            "wat een functie ergens zet, is overal in die functie van haar alleen",
            "what a function sets anywhere is its own everywhere",
        ),
        Code::EmptyArgument => ("schrap die `en`", "remove that `en`"),
        Code::ArgumentCount | Code::TakenName | Code::Unreachable => return None,
    };
    Some(if voice == Voice::English { english } else { dutch })
}

/// How a suggestion to replace something is said.
pub(crate) fn replacement(voice: Voice) -> &'static str {
    REPLACEMENT[voice as usize]
}

/// How a suggestion to insert something is said.
pub(crate) fn insertion(voice: Voice) -> &'static str {
    INSERTION[voice as usize]
}

/// What an error or a warning is called.
pub(crate) fn severity(severity: Severity, voice: Voice) -> &'static str {
    match (severity, voice) {
        (Severity::Error, Voice::English) => "error",
        (Severity::Error, _) => "fout",
        (Severity::Warning, Voice::English) => "warning",
        (Severity::Warning, _) => "let op",
    }
}

/// Puts what a text has into a sentence.
pub(crate) fn fill(sentence: &str, arguments: &[String]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, behind)) = behind.split_once('}') else { break };
        let argument = place.parse().ok().and_then(|place: usize| arguments.get(place));
        filled.push_str(argument.map_or("", String::as_str));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

const REPLACEMENT: Row = [
    "bedoelt ge `{0}`?",
    "do you mean `{0}`?",
    "peist ge up `{0}`?",
    "bedoelde gij `{0}`?",
    "meinste `{0}`?",
    "bedoelde ni `{0}`, menneke?",
    "bedoelde gij `{0}` misschien?",
    "bedoel je `{0}`, mattie?",
];

const INSERTION: Row = [
    "zet hier `{0}`",
    "write `{0}` here",
    "zet ier `{0}`",
    "zet hier `{0}` bij, manneke",
    "zèt hie `{0}` bie",
    "zet hie `{0}` bij, menneke",
    "zet hier `{0}` bij, jong",
    "zet hier `{0}`, mattie",
];

/// What is wrong, in every voice.
#[expect(clippy::too_many_lines, reason = "a table, one row per code")]
fn row(code: Code) -> Row {
    match code {
        Code::MissingAmen => [
            "ge zijt 'amen' vergeten op het einde van de zin (missing 'amen')",
            "missing 'amen' at the end of the statement",
            "g'èt 'amen' vergeetn up 't ende van de zin (missing 'amen')",
            "gij zijt 'amen' vergete op 't end van de zin (missing 'amen')",
            "dich höbs 'amen' vergete op 't ind van de zin (missing 'amen')",
            "ge zèt 'amen' vergeite op 't end van de zin (missing 'amen')",
            "g'hèt 'amen' vergeten op 't ende van de zin (missing 'amen')",
            "mattie, 'amen' is vergeten op het einde van de zin (missing 'amen')",
        ],
        Code::UnknownInstruction => [
            "`{0}` is geen instructie die ik ken",
            "unknown instruction: {0}",
            "`{0}`, da kenn'k ik nie",
            "`{0}`? Da ken ek nie",
            "`{0}`, dat kin ich neet",
            "`{0}`, da ken ekik ni",
            "`{0}`, da ken ik nie zulle",
            "`{0}`? Ken ik niet, mattie",
        ],
        Code::GedaanWithoutBlock => [
            "'gedaan', maar er staat geen blok open (gedaan without open block)",
            "gedaan without open block",
            "'gedaan', mo der stoat gin blok oopn (gedaan without open block)",
            "'gedaan', mor der sta gienen blok ope (gedaan without open block)",
            "'gedaan', mer d'r stèit gene blok ope (gedaan without open block)",
            "'gedaan', mo der stoeit gienen blok oupe (gedaan without open block)",
            "'gedaan', maar der staat gienen blok open (gedaan without open block)",
            "'gedaan', maar er is geen blok open, mattie (gedaan without open block)",
        ],
        Code::UnclosedBlocks => [
            "hier mist nog 'gedaan': {0} staat nog open (unclosed blocks: {0})",
            "unclosed blocks: {0}",
            "'t mankeert nog 'gedaan': {0} stoat nog oopn (unclosed blocks: {0})",
            "der mankeert nog 'gedaan': {0} sta nog ope (unclosed blocks: {0})",
            "d'r mankeert nog 'gedaan': {0} stèit nog ope (unclosed blocks: {0})",
            "der mankeit nog 'gedaan': {0} stoeit nog oupe (unclosed blocks: {0})",
            "der mankeert nog 'gedaan': {0} staat nog open (unclosed blocks: {0})",
            "'gedaan' is nog nodig: {0} is nog open, mattie (unclosed blocks: {0})",
        ],
        Code::MissingMet => [
            "de functie heeft geen 'met' voor `{0}`",
            "function missing 'met'",
            "de funksje èt gin 'met' vo `{0}`",
            "die funksie heet geen 'met' veur `{0}`",
            "die funksie haet gein 'met' veur `{0}`",
            "dei funksie eit giene 'met' vui `{0}`",
            "die funksie heeft giene 'met' veur `{0}`",
            "die functie heeft geen 'met' voor `{0}`, mattie",
        ],
        Code::MissingOp => [
            "'zet' heeft geen 'op'",
            "zet missing 'op'",
            "'zet' zoender 'op', da goa nie",
            "'zet' zonder 'op', da gaat nie",
            "'zet' zónger 'op', dat geit neet",
            "'zet' zonder 'op', da goeit ni",
            "'zet' zonder 'op', da gaat nie hé",
            "'zet' zonder 'op', dat gaat niet, mattie",
        ],
        Code::MissingDoe => [
            "de kop van dit blok eindigt niet met 'doe'",
            "missing 'doe' at the end of this head",
            "g'èt 'doe' vergeetn up 't ende",
            "gij zijt 'doe' vergete op 't end",
            "dich höbs 'doe' vergete op 't ind",
            "ge zèt 'doe' vergeite op 't end",
            "g'hèt 'doe' vergeten op 't ende",
            "mattie, 'doe' is vergeten op het einde",
        ],
        Code::MissingNumber => [
            "'getal' zonder waarde",
            "getal without value",
            "'getal' zoender gin getal derachter",
            "'getal', en dan niks",
            "'getal', en dan niks mie",
            "'getal', en dan niks nimi",
            "'getal' zonder iet derachter",
            "'getal' zonder getal, mattie",
        ],
        Code::BadNumber => [
            "`{0}` is geen getal dat Python aanneemt",
            "invalid number literal: {0}",
            "`{0}`, da's gin getal",
            "`{0}` is gee getal",
            "`{0}` is gein getal",
            "`{0}` is gie getal",
            "`{0}` is gien getal",
            "`{0}` is geen getal, mattie",
        ],
        Code::MissingName => [
            "'{0}' zonder naam",
            "{0} without identifier",
            "'{0}' zoender noame",
            "'{0}' zonder naam derachter",
            "'{0}' zónger naam",
            "'{0}' zonder noem",
            "'{0}' zonder name",
            "'{0}' zonder naam, mattie",
        ],
        Code::BadName => [
            "`{0}` kan geen naam zijn",
            "`{0}` cannot be a name",
            "`{0}` ka gin noame zyn",
            "`{0}` kan geene naam zijn",
            "`{0}` kin geine naam zeen",
            "`{0}` kan giene noem zen",
            "`{0}` kan giene name zijn",
            "`{0}` kan geen naam zijn, mattie",
        ],
        Code::AndersWithoutAls => [
            "'anders' zonder 'als' die open staat",
            "anders without open 'als' block",
            "'anders', mo der stoat gin 'als' oopn",
            "'anders', mor der sta geen 'als' ope",
            "'anders', mer d'r stèit gein 'als' ope",
            "'anders', mo der stoeit gien 'als' oupe",
            "'anders', maar der staat gien 'als' open",
            "'anders', maar er is geen 'als' open, mattie",
        ],
        Code::SecondAnders => [
            "deze 'als' heeft al een 'anders'",
            "this 'als' has its 'anders' already",
            "die 'als' èt al een 'anders'",
            "dieje 'als' heet al nen 'anders'",
            "dae 'als' haet al 'nen 'anders'",
            "dei 'als' eit al nen 'anders'",
            "dienen 'als' heeft al nen 'anders'",
            "die 'als' heeft al een 'anders', mattie",
        ],
        Code::TrailingWords => [
            "`{0}` hoort hier niet",
            "`{0}` does not belong here",
            "`{0}` oort ier nie",
            "`{0}` hoort hier nie thuis",
            "`{0}` huurt hie neet",
            "`{0}` oeit hie ni thoeis",
            "`{0}` hoort hier niet thuis",
            "`{0}` moet hier niet, mattie",
        ],
        Code::MissingValue => [
            "hier ontbreekt een waarde",
            "a value is missing here",
            "ier mankeert er entwat",
            "hier mankeert iet",
            "hie mankeert get",
            "hie mankeit iet",
            "hier mankeert der iet",
            "hier mist iets, mattie",
        ],
        Code::AdjacentValues => [
            "`{0}` staat naast een andere waarde, met niets ertussen",
            "`{0}` stands beside another value, with nothing between them",
            "`{0}` stoat neffest een andere weirde, met niet ertusschn",
            "`{0}` sta neffe een ander waarde, mee niks ertusse",
            "`{0}` stèit neve 'n anger waarde, mit niks d'rtösse",
            "`{0}` stoeit neffe een ander wejde, mè niks ertusse",
            "`{0}` staat neffens een andere weerde, mee niets ertussen",
            "`{0}` staat naast een andere waarde, niks ertussen, mattie",
        ],
        Code::RawPython => [
            "`{0}` is Python, geen Platskript",
            "`{0}` is Python, not Platskript",
            "`{0}`, da's Python, gin Platskript",
            "`{0}` is Python, gee Platskript",
            "`{0}` is Python, gein Platskript",
            "`{0}` is Python, gie Platskript",
            "`{0}` is Python, gien Platskript",
            "`{0}` is Python, geen Platskript, mattie",
        ],
        Code::UnclosedQuote => [
            "deze aanhaling wordt niet gesloten",
            "this quote is not closed",
            "dien oanhaling wor nie toegedoan",
            "die aanhaling wor nie gesloten",
            "die aanhaling wuurt neet geslote",
            "dei aanhaling wet ni geslote",
            "die aanhaling wordt nie gesloten",
            "die aanhaling is niet dicht, mattie",
        ],
        Code::BadEscape => [
            "`{0}` betekent niets voor Python",
            "`{0}` means nothing to Python",
            "`{0}` zegt niet vo Python",
            "`{0}` zegt niks veur Python",
            "`{0}` zeet niks veur Python",
            "`{0}` zeit niks vui Python",
            "`{0}` zegt niets veur Python",
            "`{0}` zegt niks voor Python, mattie",
        ],
        Code::LoneBracket => [
            "`{0}` heeft geen tweede haak",
            "`{0}` has no partner",
            "`{0}` èt gin moat",
            "`{0}` heet geenen tweede",
            "`{0}` haet geine maot",
            "`{0}` eit giene kameroed",
            "`{0}` heeft giene maat",
            "`{0}` heeft geen tweede, mattie",
        ],
        Code::ReturnOutsideFunction => [
            "'geeftterug' staat buiten een functie",
            "geeftterug outside of a function",
            "'geeftterug' stoat buutn een funksje",
            "'geeftterug' sta buite een funksie",
            "'geeftterug' stèit boete 'n funksie",
            "'geeftterug' stoeit boeite een funksie",
            "'geeftterug' staat buiten een funksie",
            "'geeftterug' buiten een functie, dat gaat niet, mattie",
        ],
        Code::DuplicateParameter => [
            "`{0}` is twee keer parameter",
            "`{0}` is a parameter twice",
            "`{0}` stoat der twi kers in",
            "`{0}` sta der twee kiere in",
            "`{0}` stèit d'r twie kiere in",
            "`{0}` stoeit der twie kiere in",
            "`{0}` staat der twee keers in",
            "`{0}` staat er twee keer in, mattie",
        ],
        Code::NameClash => [
            "`{0}` en `{1}` heten in Python allebei `{2}`",
            "`{0}` and `{1}` are both `{2}` in Python",
            "`{0}` en `{1}` eetn in Python alle twi `{2}`",
            "`{0}` en `{1}` hiete in Python alletwee `{2}`",
            "`{0}` en `{1}` hete in Python allebei `{2}`",
            "`{0}` en `{1}` iete in Python alletwie `{2}`",
            "`{0}` en `{1}` heten in Python alletwee `{2}`",
            "`{0}` en `{1}` zijn in Python allebei `{2}`, mattie",
        ],
        Code::TooDeep => [
            "dit zit dieper of is langer dan Python aankan",
            "this is nested deeper, or chained longer, than Python bears",
            "da zit dieper of is langer of da Python kan verdroagn",
            "da zit dieper of is langer dan da Python aankan",
            "dat zit deper of is langer es Python aankin",
            "da zit dieper of is langer as da Python kan verdroege",
            "da zit dieper of is langer dan dat Python aankan",
            "dat zit te diep of is te lang voor Python, mattie",
        ],
        Code::NestedCall => [
            "een 'roep met' in een andere heeft haken nodig",
            "a call in the arguments of another needs brackets",
            "een 'roep met' in een andern moe hoakn ên",
            "nen 'roep met' in nen andere heet hake nodig",
            "'ne 'roep met' in 'ne angere haet haken neudig",
            "nen 'roep met' in nen andere moet hoeke emme",
            "nen 'roep met' in nen anderen moet haken hebben",
            "een 'roep met' in een andere moet haken hebben, mattie",
        ],
        Code::ConstantSet => [
            "`{0}` ligt vast, daar kunt ge niets op zetten",
            "`{0}` is fixed and cannot be set",
            "`{0}` ligt vaste, doar kut ge niet up zettn",
            "`{0}` lee vast, daar kunde niks op zette",
            "`{0}` lik vas, dao kinste niks op zette",
            "`{0}` leit vast, doe kunde niks op zette",
            "`{0}` ligt vast, daar kunde niets op zetten",
            "`{0}` ligt vast, daar kan niks op, mattie",
        ],
        Code::OperatorInText => [
            "`{0}` is hier een woord van de tekst, geen bewerking",
            "`{0}` is a word of the text here, not an operator",
            "`{0}` is ier een woord van den tekst, gin bewerkinge",
            "`{0}` is hier e woord van den tekst, geen bewerking",
            "`{0}` is hie 'n woord van den teks, gein bewerking",
            "`{0}` is hie e wood van den tekst, gien bewerking",
            "`{0}` is hier een woord van den tekst, gien bewerking",
            "`{0}` is hier een woord van de tekst, geen bewerking, mattie",
        ],
        Code::UndefinedName => [
            "`{0}` heeft nergens een waarde gekregen",
            "`{0}` is not given a value anywhere",
            "`{0}`, van woar komt da?",
            "`{0}`, van waar komt da?",
            "`{0}`, boe kump dat vandan?",
            "`{0}`, van woe komt da?",
            "`{0}`, van waar komt da nu?",
            "`{0}`, wat is dat, mattie?",
        ],
        Code::ArgumentCount => [
            "`{0}` wil {1} waarden en krijgt er {2}",
            "`{0}` wants {1} values and gets {2}",
            "`{0}` wilt {1} weirdn en krygt er {2}",
            "`{0}` wil der {1} en krijgt er {2}",
            "`{0}` wilt d'r {1} en kriet d'r {2}",
            "`{0}` wilt er {1} en krijgt er {2}",
            "`{0}` wil der {1} en krijgt er {2} zulle",
            "`{0}` wil er {1} en krijgt er {2}, mattie",
        ],
        Code::UsedBeforeSet => [
            "`{0}` wordt gebruikt voor het een waarde heeft",
            "`{0}` is used before it has a value",
            "`{0}` èt nog gin weirde",
            "`{0}` heet nog geen waarde",
            "`{0}` haet nog gein waarde",
            "`{0}` eit nog gien wejde",
            "`{0}` heeft nog gien weerde",
            "`{0}` heeft nog geen waarde, mattie",
        ],
        Code::TakenName => [
            "`{0}` is van Python zelf, en heet daar nu `{1}`",
            "`{0}` is Python's own, and is called `{1}` there",
            "`{0}` is van Python zelve, en eet doar nu `{1}`",
            "`{0}` is van Python zelf, en hiet daar nu `{1}`",
            "`{0}` is van Python zelf, en hit dao noe `{1}`",
            "`{0}` is van Python zelf, en iet doe na `{1}`",
            "`{0}` is van Python zelve, en heet daar nu `{1}`",
            "`{0}` is van Python zelf, en heet nu `{1}`, mattie",
        ],
        Code::Unreachable => [
            "hier komt het programma nooit, 'geeftterug' staat ervoor",
            "this is never reached, geeftterug comes before it",
            "ier komt 't noois, 'geeftterug' stoat ervoorn",
            "hier komt 't noot, 'geeftterug' sta derveur",
            "hie kump 't noets, 'geeftterug' stèit d'rveur",
            "hie komt 't nuut, 'geeftterug' stoeit dervui",
            "hier komt 't nooit, 'geeftterug' staat derveur",
            "hier komt het nooit, 'geeftterug' staat ervoor, mattie",
        ],
        Code::EmptyArgument => [
            "naast deze 'en' staat geen waarde",
            "there is no value beside this 'en'",
            "neffest dien 'en' stoat er niet",
            "neffe dieje 'en' sta niks",
            "neve dae 'en' stèit niks",
            "neffe dei 'en' stoeit niks",
            "neffens dienen 'en' staat niets",
            "naast die 'en' staat niks, mattie",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_has_words_of_its_own() {
        for code in Code::ALL {
            let row = row(*code);
            for (place, text) in row.iter().enumerate() {
                assert!(!text.is_empty() && !row[..place].contains(text), "{code:?}: {text}");
            }
        }
    }

    #[test]
    fn what_people_look_for_is_in_every_voice() {
        let wanted = [
            (Code::MissingAmen, "missing 'amen'"),
            (Code::UnclosedBlocks, "unclosed blocks"),
            (Code::GedaanWithoutBlock, "gedaan without open block"),
        ];
        for (code, fragment) in wanted {
            for voice in Voice::ALL {
                assert!(message(code, voice).contains(fragment), "{code:?} {voice:?}");
            }
        }
    }

    #[test]
    fn sentences_are_filled() {
        assert_eq!(fill("`{0}` en `{1}`, {2}", &["a".to_owned(), "{0}".to_owned()]), "`a` en `{0}`, ");
    }
}
