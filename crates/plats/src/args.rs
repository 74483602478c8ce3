//! What can be typed. The first word is looked up in the table of aliases; clap reads the rest.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use platskript::Voice;

use crate::{
    Error,
    alias::{self, Name},
    texts::{VOICES, about, option},
};

/// A command line.
#[derive(Debug, Parser)]
#[command(name = "plats", disable_help_subcommand = true, disable_help_flag = true, color = clap::ColorChoice::Never)]
pub(crate) struct Arguments {
    /// How to speak: nl, en, west-vlaams, antwerps, limburgs, brussels, oost-vlaams or genks
    #[arg(long, global = true, value_name = "VOICE", value_parser = voice)]
    pub(crate) voice: Option<Voice>,
    /// Explain this command
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunOptions),
    Build(BuildOptions),
    ShowPython {
        /// The program, or `-`
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        language: LanguageOptions,
    },
    Check {
        /// Programs, folders, or `-`
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// One JSON object per line for what is found
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        language: LanguageOptions,
    },
    Fmt {
        /// Programs, folders, or `-`
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// Change nothing, and fail where something would change
        #[arg(long)]
        check: bool,
    },
    Repl(PythonOptions),
    Examples(ExamplesOptions),
    Init {
        /// The folder to make
        #[arg(value_name = "NAME")]
        name: Option<PathBuf>,
    },
    Fortune {
        /// The same number gives the same saying
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
    },
    Dialecten,
    Vertaal(TranslateOptions),
    #[command(subcommand)]
    Packs(PacksCommand),
    Doctor {
        /// One JSON object per line for each answer
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        python: PythonOptions,
    },
    Version,
    Help {
        /// The command to explain
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// `plats run`
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The program, or `-`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the program finds in `sys.argv`
    #[arg(value_name = "ARGUMENTS", last = true)]
    pub(crate) arguments: Vec<OsString>,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
    #[command(flatten)]
    pub(crate) language: LanguageOptions,
}

/// `plats build`
#[derive(Debug, Args)]
pub(crate) struct BuildOptions {
    /// The program, or `-`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The file to write; without it, the program's with the ending `.py`
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a file that this command did not write
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) language: LanguageOptions,
}

/// How programs are read.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LanguageOptions {
    /// Let pieces of Python pass as they are
    #[arg(long)]
    pub(crate) raw_python: bool,
}

/// Which Python runs programs.
#[derive(Debug, Clone, Args)]
pub(crate) struct PythonOptions {
    /// The interpreter; without it, the one beside this command, else the one on PATH
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,
}

/// `plats examples`
#[derive(Debug, Args)]
pub(crate) struct ExamplesOptions {
    /// List them, as happens without options
    #[arg(long, group = "what")]
    pub(crate) list: bool,
    /// Show one
    #[arg(long, value_name = "NAME", group = "what")]
    pub(crate) show: Option<String>,
    /// Run one
    #[arg(long, value_name = "NAME", group = "what")]
    pub(crate) run: Option<String>,
    /// Write one into the folder where you are
    #[arg(long, value_name = "NAME", group = "what")]
    pub(crate) save: Option<String>,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

/// `plats vertaal`
#[derive(Debug, Args)]
pub(crate) struct TranslateOptions {
    /// The text, or `-`
    #[arg(value_name = "TEXT", required = true)]
    pub(crate) text: Vec<String>,
    /// The dialect, as `plats dialecten` names it
    #[arg(short, long, value_name = "ID", default_value = "vlaams/basis", hide_default_value = true)]
    pub(crate) dialect: String,
    /// Particles come at the same places each time; `=no` chooses them without regard to the sentence's place
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true, default_missing_value = "yes", value_parser = yes)]
    pub(crate) deterministic: Option<bool>,
    /// Another number puts particles elsewhere
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) seed: Option<i64>,
    /// Put in particles such as `zeg` and `zulle`
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true, default_missing_value = "yes", value_parser = yes)]
    pub(crate) particles: Option<bool>,
    /// How often the rules are used at most
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_passes: Option<u32>,
    /// Fail if using the rules once more would change something
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true, default_missing_value = "yes", value_parser = yes)]
    pub(crate) strict_idempotency: Option<bool>,
    /// The word for who does something; `ge` without it
    #[arg(long, value_name = "WORD")]
    pub(crate) pronoun_subject: Option<String>,
    /// The word for whom it happens to; `u` without it
    #[arg(long, value_name = "WORD")]
    pub(crate) pronoun_object: Option<String>,
    /// The word for whose it is; `uw` without it
    #[arg(long, value_name = "WORD")]
    pub(crate) pronoun_possessive: Option<String>,
}

/// `plats packs`
#[derive(Debug, Subcommand)]
pub(crate) enum PacksCommand {
    /// Say what is wrong with the packs of a folder
    Validate {
        /// The folder with `index.json`; without it, the one that `vertaal` uses
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// One JSON object per line for what is found
        #[arg(long)]
        json: bool,
    },
    /// Say which packs there are, and in which folder
    List,
}

/// What was typed, and how to answer.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) arguments: Arguments,
    pub(crate) voice: Voice,
}

/// Why there is no command to run: what to show, or what is wrong.
#[derive(Debug)]
pub(crate) enum Other {
    /// Something to read was asked for.
    Show(String),
    /// The words make no command.
    Wrong(Voice, Error),
}

/// Reads a command line, the first word of which is the program's name.
pub(crate) fn read(mut words: Vec<OsString>) -> Result<Typed, Other> {
    let mut voiced = Voice::Dutch;
    let at = first_word(&words);
    if let Some(word) = words.get(at).map(|word| word.to_string_lossy().into_owned()) {
        // Whoever says how to speak means that for what goes wrong with the rest, too.
        let asked = words[1..at]
            .iter()
            .filter_map(|word| word.to_str())
            .find_map(|word| voice(word.strip_prefix("--voice=").unwrap_or(word)).ok());
        let name = match word.as_str() {
            "-v" | "-V" | "--version" => Some((Name::Version, Voice::Dutch)),
            "-h" | "--help" => Some((Name::Help, Voice::Dutch)),
            word if word.starts_with('-') => None,
            word => {
                let unknown = || Error::UnknownCommand { word: word.to_owned(), near: alias::nearest(word) };
                let found = alias::find(word).ok_or_else(|| Other::Wrong(asked.unwrap_or_default(), unknown()))?;
                Some(found)
            }
        };
        if let Some((name, voice)) = name {
            words[at] = name.word().into();
            voiced = voice;
        }
        voiced = asked.unwrap_or(voiced);
    }
    let read = command(voiced).try_get_matches_from(words).and_then(|matches| Arguments::from_arg_matches(&matches));
    match read {
        Ok(arguments) => {
            let voice = arguments.voice.unwrap_or(voiced);
            Ok(Typed { arguments, voice })
        }
        Err(error) if error.use_stderr() => Err(Other::Wrong(voiced, Error::Usage(Box::new(error)))),
        Err(error) => Err(Other::Show(in_language(&error.render().to_string(), voiced))),
    }
}

/// The page about one command.
pub(crate) fn page(name: Name, voice: Voice) -> String {
    let mut command = command(voice);
    command.build();
    let page = command.find_subcommand_mut(name.word()).map(|command| command.render_help().to_string());
    in_language(&page.unwrap_or_default(), voice)
}

/// Where the name of the command stands, or would stand.
fn first_word(words: &[OsString]) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at).and_then(|word| word.to_str()) {
        match word {
            "--voice" => at += 2,
            _ if word.starts_with("--voice=") => at += 1,
            _ => break,
        }
    }
    at.min(words.len())
}

/// Everything that can be typed, explained in a voice.
fn command(voice: Voice) -> clap::Command {
    let english = voice == Voice::English;
    let [usage, options, commands] =
        if english { ["Usage", "Options", "Commands"] } else { ["Gebruik", "Opties", "Opdrachten"] };
    let template = format!("{{about-with-newline}}\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}\n");
    let headings = [if english { "With" } else { "Erbij" }, options];
    let mut command = localise(Arguments::command(), "", english, headings);
    for name in Name::ALL {
        command = command.mut_subcommand(name.word(), |one| {
            let also: Vec<_> = name.aliases().map(|alias| alias.word).collect();
            let mut one = localise(one.about(about(name, voice)), name.word(), english, headings)
                .help_template(template.clone())
                .subcommand_help_heading(commands);
            if !also.is_empty() {
                one = one.after_help(format!("{}: {}", if english { "Also" } else { "Ook" }, also.join(", ")));
            }
            let below: Vec<_> = one.get_subcommands().map(|one| one.get_name().to_owned()).collect();
            for inner in below {
                one = one.mut_subcommand(&inner, |inner| {
                    let key = format!("{} {}", name.word(), inner.get_name());
                    let inner = match option(&key, "") {
                        Some(text) if !english => inner.about(text.text),
                        _ => inner,
                    };
                    localise(inner, &key, english, headings).help_template(template.clone())
                });
            }
            one
        });
    }
    command
}

/// Gives the options of one command the texts of a language; English stands in the code.
fn localise(command: clap::Command, key: &str, english: bool, headings: [&'static str; 2]) -> clap::Command {
    command.mut_args(|argument| {
        let argument = if argument.is_positional() {
            argument.help_heading(headings[0])
        } else {
            argument.help_heading(headings[1])
        };
        match option(key, argument.get_id().as_str()) {
            Some(text) if !english => {
                let argument = argument.help(text.text);
                if text.value.is_empty() { argument } else { argument.value_name(text.value) }
            }
            _ => argument,
        }
    })
}

/// clap's own words, of which a page has two.
fn in_language(page: &str, voice: Voice) -> String {
    if voice == Voice::English {
        page.to_owned()
    } else {
        page.replace("[OPTIONS]", "[OPTIES]").replace("<COMMAND>", "<OPDRACHT>")
    }
}

/// A voice by its name.
fn voice(name: &str) -> Result<Voice, String> {
    let names = || VOICES.map(|(_, name)| name).join(", ");
    VOICES.iter().find(|(_, one)| *one == name).map(|(voice, _)| *voice).ok_or_else(names)
}

/// Yes or no, as the environment variables of the dialects spell it.
fn yes(word: &str) -> Result<bool, &'static str> {
    match word.to_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "on" | "ja" => Ok(true),
        "0" | "false" | "no" | "n" | "off" | "nee" => Ok(false),
        _ => Err("yes, no"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &str) -> Result<Typed, Other> {
        read(words.split(' ').map(Into::into).collect())
    }

    #[test]
    fn clap_knows_the_commands_of_the_table() {
        Arguments::command().debug_assert();
        let known: Vec<_> = Arguments::command().get_subcommands().map(|one| one.get_name().to_owned()).collect();
        assert_eq!(known, Name::ALL.map(Name::word));
    }

    #[test]
    fn each_page_lists_the_aliases_of_its_command() {
        for name in Name::ALL {
            let page = page(name, Voice::Dutch);
            let words: Vec<_> = page.split(|it: char| !it.is_alphanumeric()).collect();
            assert!(page.contains(&format!("plats {}", name.word())), "{page}");
            for alias in name.aliases() {
                assert!(words.contains(&alias.word), "{} is not in\n{page}", alias.word);
            }
        }
    }

    #[test]
    fn every_option_is_explained_in_dutch() {
        fn check(command: &clap::Command, key: &str) {
            for argument in command.get_arguments() {
                assert!(
                    option(key, argument.get_id().as_str()).is_some(),
                    "`{key}` has no text for {}",
                    argument.get_id()
                );
            }
            for one in command.get_subcommands() {
                check(one, format!("{key} {}", one.get_name()).trim());
            }
        }
        check(&Arguments::command(), "");
    }

    #[test]
    fn an_alias_brings_its_voice_unless_another_is_asked_for() {
        assert_eq!(typed("plats run a.plats").unwrap().voice, Voice::Dutch);
        assert_eq!(typed("plats voertuut a.plats").unwrap().voice, Voice::WestFlemish);
        assert_eq!(typed("plats --voice en voertuut a.plats").unwrap().voice, Voice::English);
        assert_eq!(typed("plats voertuut a.plats --voice=genks").unwrap().voice, Voice::Genk);
        assert!(typed("plats").unwrap().arguments.command.is_none());
    }

    #[test]
    fn what_is_no_command_leads_to_one() {
        let Err(Other::Wrong(_, Error::UnknownCommand { word, near })) = typed("plats chekc a") else { panic!() };
        assert_eq!((word.as_str(), near), ("chekc", Some("check")));
        assert!(matches!(typed("plats run"), Err(Other::Wrong(_, Error::Usage(_)))));
        assert!(matches!(
            typed("plats --version"),
            Ok(Typed { arguments: Arguments { command: Some(Command::Version), .. }, .. })
        ));
    }

    #[test]
    fn words_behind_two_dashes_are_the_programs() {
        let Ok(Typed { arguments: Arguments { command: Some(Command::Run(options)), .. }, .. }) =
            typed("plats run a.plats --python p -- --python q")
        else {
            panic!()
        };
        assert_eq!(options.python.python, Some("p".into()));
        assert_eq!(options.arguments, ["--python", "q"]);
    }
}
