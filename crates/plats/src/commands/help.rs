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
    let line = |name: Name| {
        let ours: Vec<_> = name.aliases().filter(|alias| alias.voice == voice).map(|alias| alias.word).collect();
        let also =
            if ours.is_empty() { String::new() } else { format!(" ({}: {})", either("ook", "also"), ours.join(", ")) };
        format!("  {:<12} {}{also}\n", name.word(), about(name, voice))
    };
    let usage = either("Gebruik: plats [OPDRACHT] [...]", "Usage: plats [COMMAND] [...]");
    let commands = either("Opdrachten:", "Commands:");
    let rest = either(
        "`plats help OPDRACHT` legt er een uit, met al haar namen. Zonder opdracht gaat de prompt open.\n\
         De exitcode is 0, of 1 als het niet gelukt is, of 2 als de woorden geen opdracht zijn.\n\
         `--voice` kiest hoe plats spreekt:",
        "`plats help COMMAND` explains one, with all its names. Without a command, the prompt opens.\n\
         The exit code is 0, 1 when it failed, 2 when the words make no command.\n\
         `--voice` chooses how plats speaks:",
    );
    let lines: String = Name::ALL.into_iter().map(line).collect();
    let voices = VOICES.map(|(_, name)| name).join(", ");
    format!("{}\n\n{usage}\n\n{commands}\n{lines}\n{rest} {voices}.\n", phrase(Phrase::Welcome, voice))
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
