//! Sayings of `plats fortune`, all of them our own.

use super::VOICES;

/// The sayings of each voice, in the order of [`VOICES`].
pub(crate) const SAYINGS: [&[&str]; VOICES.len()] = [
    &[
        "Wie zijn amen vergeet, moet nog lang op zijn gedaan wachten.",
        "Een programma dat niets zegt, heeft meestal iets te verbergen.",
        "Eerst klappen, dan rekenen, en dan pas opscheppen.",
        "Beter een kleine funksie die klopt dan een groot plan dat blijft liggen.",
        "Wie drie keer hetzelfde typt, had beter één keer nagedacht.",
        "Een waarschuwing is een fout die nog beleefd is.",
        "De computer luistert altijd; het zijn de mensen die anders bedoelen dan ze typen.",
    ],
    &[
        "Whoever forgets the amen waits a long time for the end of the sermon.",
        "A program that says nothing usually has something to hide.",
        "The quickest code is the code that you did not have to explain.",
        "A warning is an error with good manners.",
        "Count from one with people and from nought with machines.",
        "Two spaces deep is neat, ten blocks deep is a mine.",
    ],
    &[
        "Je kun beter ne keer te vele amen zeggn dan ne keer te lettel.",
        "'t Zyn kleine foutn die lange avondn moakn.",
        "Zegt nie te rap dat 't goat: 't e nog nie gedraaid.",
        "Wien dat de zee kent, zet zyn netn; wien dat code kent, zet zyn testn.",
        "Een goe programma es lik een goe pinte: nie te lange loatn stoan.",
        "Der es gin wind of 't es ergens goed vo.",
    ],
    &[
        "Ge moet ni zwanze tegen een computer, die verstaat da ni.",
        "Beter een klein funksieke da werkt dan een groot gedacht da ni werkt.",
        "As 't van d'eerste keer draait, kijkt dan nog maar es goe.",
        "Den dieje die ni test, die mag 's avonds blijve.",
        "Ne mens kan nooit te veel amen zegge, maar te weinig wel.",
        "Ieder blokske zijn gedaan, en ieder manneke zijn bed.",
    ],
    &[
        "Doe mer kalm aan: de computer wach wel.",
        "Wae neet test, dae mót later zeuke.",
        "'n Good programma is wie vlaai: de laog mót geliek ligke.",
        "Klein begónne is ouch begónne.",
        "Vergaet 't amen neet, anders blief de mès dore.",
        "Edere lus mót ins oetgaon, zoewie eder fieës.",
    ],
    &[
        "Na moede gaai ni peize da de computer zwanst.",
        "Een programma zonder amen, da's gelak een pint zonder schoeim.",
        "Alleï, probeit et nog ne kier: den twidde kier es et ziker van aa.",
        "Wee dat er te rap klapt, moot twie kiere herbeginne.",
        "Ge kunt ni allebaai: rap gedoen en goe gedoen.",
        "'t Es mo een foutsje, mo et zit al sinds vandemerge in de weg.",
    ],
    &[
        "Ge moet nie roepen op een computer, hij kan der niks aan doen.",
        "Beter traag getypt en seffens goe dan rap getypt en lang gezocht.",
        "Een plan zonder gedaan is gelijk een deure zonder klinke.",
        "Da 't gisteren ging, da zegt nog niks van vandoage.",
        "Wie dat er zijn namen goe kiest, moet achteraf nie zoeken.",
        "Ieder zijn gedacht, moar de rekening moet kloppen.",
    ],
    &[
        "Jaow, eerst kieken en dan pas klagen.",
        "Jaow, zonder amen gaat die nergens naartoe.",
        "Als die werkt, raak die niet meer aan, jaow.",
        "Diep zoeken doen ze in de put; in code doet ge da stap per stap.",
        "Wie goed test, die slaapt gerust, jaow.",
        "Klein programmake, groot plezier.",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_has_a_few_sayings_of_its_own() {
        let all: Vec<_> = SAYINGS.iter().flat_map(|sayings| sayings.iter()).collect();
        assert!(SAYINGS.iter().all(|sayings| sayings.len() >= 5));
        for saying in &all {
            assert_eq!(all.iter().filter(|other| other == &saying).count(), 1, "{saying}");
        }
    }
}
