//! `plats help`

use platskript::Voice;

use crate::{
    Error, SUCCESS,
    alias::{self, Name},
    args,
    report::Report,
    texts::{Phrase, VOICES, about, phrase},
};

/// Explains everything, or one command.
pub(crate) fn help(command: Option<&str>, report: &Report) -> Result<u8, Error> {
    let text = match command {
        None => overview(report.voice),
        Some(word) => {
            let unknown = || Error::UnknownCommand { word: word.to_owned(), near: alias::nearest(word) };
            let (name, voice) = alias::find(word).ok_or_else(unknown)?;
            // `plats help voertuut` asks in Dutch and is answered in the word's own voice.
            args::page(name, if report.voice == Voice::Dutch { voice } else { report.voice })
        }
    };
    report.data(text);
    Ok(SUCCESS)
}

/// All commands, with the names that they have in this voice.
fn overview(voice: Voice) -> String {
    let english = voice == Voice::English;
    let either = |dutch: &'static str, text: &'static str| if english { text } else { dutch };
    let mut text = format!(
        "{}\n\n{}: plats [{}] [...]\n\n{}:\n",
        phrase(Phrase::Welcome, voice),
        either("Gebruik", "Usage"),
        either("OPDRACHT", "COMMAND"),
        either("Opdrachten", "Commands"),
    );
    for name in Name::ALL {
        text += &format!("  {:<12} {}", name.word(), about(name, voice));
        let ours: Vec<_> = name.aliases().filter(|alias| alias.voice == voice).map(|alias| alias.word).collect();
        if !ours.is_empty() {
            text += &format!(" ({}: {})", either("ook", "also"), ours.join(", "));
        }
        text.push('\n');
    }
    let voices = VOICES.map(|(_, name)| name).join(", ");
    text += &match english {
        true => format!("\n`plats help COMMAND` explains one, with all its names. Without a command, the prompt opens.\n`--voice` chooses how plats speaks: {voices}.\nThe exit code is 0, 1 when it failed, 2 when the words make no command.\n"),
        false => format!("\n`plats help OPDRACHT` legt er een uit, met al haar namen. Zonder opdracht gaat de prompt open.\n`--voice` kiest hoe plats spreekt: {voices}.\nDe exitcode is 0, of 1 als het niet gelukt is, of 2 als de woorden geen opdracht zijn.\n"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_has_every_command_and_the_names_of_its_voice() {
        for (voice, _) in VOICES {
            let text = overview(voice);
            for name in Name::ALL {
                assert!(text.contains(&format!("\n  {} ", name.word())) && text.contains(about(name, voice)), "{text}");
                for alias in name.aliases() {
                    let words: Vec<_> = text.split(|it: char| !it.is_alphanumeric()).collect();
                    assert!(alias.voice != voice || words.contains(&alias.word), "{} is not in\n{text}", alias.word);
                }
            }
        }
    }
}
