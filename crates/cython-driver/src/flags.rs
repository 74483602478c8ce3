//! Which arguments of compilers and linkers strings from elsewhere may hold.
//!
//! An argument can do more than its name says: load code into the compiler, run another program in its place, write
//! files wherever it likes. So an argument passes only if it has a shape that is known to be harmless:
//!
//! | shape | what is still refused |
//! |---|---|
//! | `-I`, `-L`, `-isystem`, `-iquote`, `-idirafter` with a folder, `-D`, `-U`, `-l`, `-z`, `--param` with a value | a folder that begins with `-` or `@`, unknown keywords of `-z` |
//! | `-O2`, `-g`, `-std=c17` and their like | forms that are not listed |
//! | `-f` and `-m` with words and numbers | the options of `REFUSED_F` and `REFUSED_M`; paths, except in prefix maps |
//! | `-W` with a warning | `-Wa,` and `-Wp,` |
//! | `-Wl,` with words of `LINKER_WORDS` and a few with values | every other word |
//! | the words of `PLAIN` | |
//!
//! The tables are in `flags/tables.rs`. The rest is refused, and `REFUSED` says why where the reason is known. An argument
//! that is harmless for GCC and unknown to Clang, or the other way round, passes: the compiler itself will complain.
//!
//! This protects callers who pass on strings that others wrote. It is no sandbox for sources: C can read any file.

mod tables;

use std::fmt;

use tables::{
    DEBUG_FORMS, FAST_MATH, FOLDER_OPTIONS, KEYWORDS, LINKER_PAIRS, LINKER_VALUES, LINKER_WORDS, PLAIN, PREFIX_MAPS,
    REFUSED, REFUSED_F, REFUSED_M, REFUSED_WORDS, VALUE_OPTIONS,
};

/// How long an argument can be, in bytes.
const LONGEST: usize = 4 * 1024;
/// How many arguments there can be.
const MOST: usize = 1024;
/// How long all arguments together can be, in bytes.
const LONGEST_TOGETHER: usize = 128 * 1024;

/// Which of the two lists of arguments is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `extra_compile_args`, `CFLAGS` and `CPPFLAGS`.
    Compile,
    /// `extra_link_args` and `LDFLAGS`.
    Link,
}

/// An argument that may not be passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the argument `{}` is refused: {reason}", shown(argument))]
pub struct RefusedArgument {
    /// The argument.
    pub argument: String,
    /// What is wrong with it.
    pub reason: Refusal,
}

/// Why an argument may not be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It loads code into the compiler or the linker.
    LoadsCode,
    /// It makes other programs run than those that the compiler is known to run.
    RunsPrograms,
    /// It writes files besides the module.
    WritesFiles,
    /// It reads files that the build does not know of.
    ReadsFiles,
    /// It hands arguments on that cannot be checked.
    HandsOn,
    /// It changes what is built: no module, or one that cannot be loaded.
    ChangesTask,
    /// It changes the whole process that loads the module.
    ChangesProcess,
    /// It is a word where an option was expected.
    NoOption,
    /// Its value is missing.
    NoValue,
    /// Its value is not one that it can have.
    BadValue,
    /// It is not known to be harmless.
    Unknown,
    /// It holds a control character.
    ControlCharacter,
    /// It is longer than an argument can be.
    TooLong,
    /// It is one too many, or makes all of them together too long.
    TooMany,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LoadsCode => "it loads code into the compiler or the linker",
            Self::RunsPrograms => "it can run other programs than the compiler's own",
            Self::WritesFiles => "it writes files besides the module",
            Self::ReadsFiles => "it reads files that the build does not know of",
            Self::HandsOn => "it hands arguments on that cannot be checked",
            Self::ChangesTask => "it changes what is built",
            Self::ChangesProcess => "it changes the whole process that loads the module",
            Self::NoOption => "it is not an option, and files to build with have a setting of their own",
            Self::NoValue => "its value is missing",
            Self::BadValue => "its value is not one that it can have",
            Self::Unknown => "it is not known to be harmless",
            Self::ControlCharacter => "it holds a control character",
            Self::TooLong => "it is longer than 4 KiB",
            Self::TooMany => "there are more than 1024 arguments, or they take more than 128 KiB",
        })
    }
}

/// Checks arguments that a caller, a source's header or the environment gives.
///
/// # Errors
/// The first argument that may not be passed on.
///
/// # Example
/// ```
/// use cython_driver::{Refusal, Stage, check_arguments};
///
/// let arguments = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
/// assert!(check_arguments(&arguments("-O3 -fopenmp -I include -DN=(1)"), Stage::Compile).is_ok());
/// assert!(check_arguments(&arguments("-Wl,-z,relro,--as-needed -lm"), Stage::Link).is_ok());
///
/// let refused = check_arguments(&arguments("-O3 -fplugin=x.so"), Stage::Compile).unwrap_err();
/// assert_eq!((refused.argument.as_str(), refused.reason), ("-fplugin=x.so", Refusal::LoadsCode));
/// ```
pub fn check_arguments(arguments: &[String], stage: Stage) -> Result<(), RefusedArgument> {
    let refused = |argument: &String, reason| RefusedArgument { argument: argument.clone(), reason };
    let mut together = 0;
    for (index, argument) in arguments.iter().enumerate() {
        together += argument.len() + 1;
        let reason = if argument.chars().any(char::is_control) {
            Refusal::ControlCharacter
        } else if argument.len() > LONGEST {
            Refusal::TooLong
        } else if index >= MOST || together > LONGEST_TOGETHER {
            Refusal::TooMany
        } else {
            continue;
        };
        return Err(refused(argument, reason));
    }
    let mut at = 0;
    while let Some(rest) = arguments.get(at..).filter(|rest| !rest.is_empty()) {
        at += first(rest, stage).map_err(|(offset, reason)| refused(&rest[offset], reason))?;
    }
    Ok(())
}

/// Whether the arguments ask for the processor that compiles, so that the module may not run on another.
#[must_use]
pub fn uses_native_cpu(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| {
        let value = ["-march=", "-mtune=", "-mcpu="].iter().find_map(|option| argument.strip_prefix(option));
        // Arm adds features to a processor: `native+crypto`.
        value.is_some_and(|value| value == "native" || value.starts_with("native+"))
    })
}

/// Checks the first argument, and what belongs to it, and tells how many those are. Else tells which one is wrong.
fn first(arguments: &[String], stage: Stage) -> Result<usize, (usize, Refusal)> {
    let argument = arguments[0].as_str();
    if argument.starts_with("-Wl,") {
        return linker_words(arguments);
    }
    let next = arguments.get(1).map(String::as_str);
    for option in FOLDER_OPTIONS {
        if let Some(joined) = argument.strip_prefix(option) {
            return value(joined, next, is_folder);
        }
    }
    for (option, is_good) in VALUE_OPTIONS {
        if let Some(joined) = argument.strip_prefix(option) {
            let next = next.filter(|_| !option.ends_with('='));
            return value(joined, next, *is_good);
        }
    }
    one(argument, stage).map(|()| 1).map_err(|reason| (0, reason))
}

/// Checks a value that is joined to its option or follows it.
fn value(joined: &str, next: Option<&str>, is_good: fn(&str) -> bool) -> Result<usize, (usize, Refusal)> {
    match (joined, next) {
        ("", None) => Err((0, Refusal::NoValue)),
        ("", Some(next)) if is_good(next) => Ok(2),
        ("", Some(_)) => Err((1, Refusal::BadValue)),
        (joined, _) if is_good(joined) => Ok(1),
        _ => Err((0, Refusal::BadValue)),
    }
}

/// Checks an argument that stands for itself.
fn one(argument: &str, stage: Stage) -> Result<(), Refusal> {
    if argument.starts_with('@') {
        return Err(Refusal::HandsOn);
    }
    if !argument.starts_with('-') || argument == "-" {
        return Err(Refusal::NoOption);
    }
    if stage == Stage::Link && FAST_MATH.contains(&argument) {
        return Err(Refusal::ChangesProcess);
    }
    if PLAIN.contains(&argument) {
        return Ok(());
    }
    if let Some(map) = PREFIX_MAPS.iter().find_map(|option| argument.strip_prefix(option)) {
        return if map.contains('=') { Ok(()) } else { Err(Refusal::BadValue) };
    }
    // Before the shapes, so that each table can be read alone.
    if let Some(reason) = reason(REFUSED, argument) {
        return Err(reason);
    }
    if let Some(name) = argument.strip_prefix("-f") {
        return language_option(name);
    }
    if let Some(name) = argument.strip_prefix("-m") {
        if let Some(reason) = reason(REFUSED_M, name) {
            return Err(reason);
        }
        let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".=+-_".contains(&byte);
        return if !name.is_empty() && name.bytes().all(is_good) { Ok(()) } else { Err(Refusal::Unknown) };
    }
    if let Some(name) = argument.strip_prefix("-g") {
        let name = name.strip_prefix("no-").unwrap_or(name);
        return if DEBUG_FORMS.contains(&name) { Ok(()) } else { Err(Refusal::Unknown) };
    }
    if let Some(standard) = argument.strip_prefix("-std=").or_else(|| argument.strip_prefix("--std=")) {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"+:".contains(&byte);
        return if !standard.is_empty() && standard.bytes().all(is_good) { Ok(()) } else { Err(Refusal::BadValue) };
    }
    if let Some(warning) = argument.strip_prefix("-W") {
        if ["a", "l", "p"].contains(&warning) {
            return Err(Refusal::NoValue);
        }
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b".=+-_:".contains(&byte);
        return if warning.bytes().all(is_good) { Ok(()) } else { Err(Refusal::Unknown) };
    }
    Err(Refusal::Unknown)
}

/// Checks what follows `-f`.
fn language_option(name: &str) -> Result<(), Refusal> {
    let positive = name.strip_prefix("no-");
    // `-fno-sanitize=all` is the only one that turns off something by value.
    if positive.is_some_and(|name| name.contains('=') && !name.starts_with("sanitize")) {
        return Err(Refusal::BadValue);
    }
    if let Some(reason) = reason(REFUSED_F, name) {
        return Err(reason);
    }
    let (option, value) = name.split_once('=').map_or((name, None), |(option, value)| (option, Some(value)));
    if let Some(diagnostics) = option.strip_prefix("diagnostics-") {
        let known = ["color", "show-", "urls", "plain-output", "minimum-margin-width"];
        if !known.iter().any(|known| diagnostics.starts_with(known)) {
            return Err(Refusal::Unknown);
        }
    }
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-_".contains(&byte);
    if option.is_empty() || !option.bytes().all(is_name) {
        return Err(Refusal::Unknown);
    }
    // The seed is often the name of the file; it is hashed.
    let more: &[u8] = if option == "random-seed" { b"/" } else { b"" };
    let is_value = |byte: u8| byte.is_ascii_alphanumeric() || b"_.+-,:".contains(&byte) || more.contains(&byte);
    match value {
        Some(value) if value.is_empty() || !value.bytes().all(is_value) => Err(Refusal::BadValue),
        _ => Ok(()),
    }
}

/// Checks the `-Wl,` arguments at the beginning, which the linker sees as one list of words: a value may be in the
/// argument after its option's.
fn linker_words(arguments: &[String]) -> Result<usize, (usize, Refusal)> {
    let lists = arguments.iter().map_while(|argument| argument.strip_prefix("-Wl,"));
    let words: Vec<(usize, &str)> =
        lists.enumerate().flat_map(|(at, list)| list.split(',').map(move |word| (at, word))).collect();
    let mut rest = words.as_slice();
    while let [(at, word), after @ ..] = rest {
        rest = after;
        if LINKER_WORDS.contains(word) {
            continue;
        }
        let (option, joined) = word.split_once('=').map_or((*word, None), |(option, value)| (option, Some(value)));
        let keyword = word.strip_prefix("-z");
        let is_good: fn(&str) -> bool = match LINKER_VALUES.iter().find(|(name, _)| *name == option) {
            _ if keyword.is_some() => is_keyword,
            Some((_, is_good)) if joined.is_some() || LINKER_PAIRS.contains(&option) => *is_good,
            _ if word.is_empty() => return Err((*at, Refusal::NoValue)),
            _ if word.starts_with('@') => return Err((*at, Refusal::HandsOn)),
            _ if !word.starts_with('-') => return Err((*at, Refusal::NoOption)),
            _ => return Err((*at, reason(REFUSED_WORDS, word).unwrap_or(Refusal::Unknown))),
        };
        let (at, value) = match (keyword.filter(|keyword| !keyword.is_empty()).or(joined), after) {
            (Some(value), _) => (*at, value),
            (None, [(at, value), after @ ..]) => {
                rest = after;
                (*at, *value)
            }
            (None, []) => return Err((*at, Refusal::NoValue)),
        };
        if !is_good(value) {
            return Err((at, Refusal::BadValue));
        }
    }
    Ok(words.last().map_or(0, |(at, _)| at + 1))
}

fn reason(table: &[(&str, Refusal)], argument: &str) -> Option<Refusal> {
    table.iter().find(|(beginning, _)| argument.starts_with(beginning)).map(|(_, reason)| *reason)
}

/// A folder that is taken for one: not an option, not a file of arguments, not below the compiler's system root.
fn is_folder(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['-', '@', '=']) && !value.starts_with("$SYSROOT")
}

/// `NAME`, `NAME=value` or `NAME(parameters)=value`. No shell sees the value.
fn is_definition(value: &str) -> bool {
    let name = value.split_once('=').map_or(value, |(name, _)| name);
    match name.split_once('(') {
        Some((name, parameters)) => is_identifier(name) && parameters.ends_with(')'),
        None => is_identifier(name),
    }
}

fn is_identifier(value: &str) -> bool {
    value.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_keyword(value: &str) -> bool {
    let size = value.strip_prefix("max-page-size=").or_else(|| value.strip_prefix("common-page-size="));
    let is_number = |size: &str| !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_alphanumeric());
    KEYWORDS.contains(&value) || size.is_some_and(is_number)
}

fn is_parameter(value: &str) -> bool {
    value.split_once('=').is_some_and(|(name, number)| is_plain(name) && is_plain(number))
}

/// Letters, digits and a few signs, and not what would be an option.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with('-')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
}

/// Absolute folders, or such that begin at the module. An empty one would be the working directory of who loads it.
fn is_run_path(value: &str) -> bool {
    value.split(':').all(|folder| {
        let inside = ["$ORIGIN", "${ORIGIN}"].iter().find_map(|origin| folder.strip_prefix(origin)).unwrap_or(folder);
        inside.starts_with('/') || (inside.is_empty() && !folder.is_empty())
    })
}

/// An argument for a message: in one line, and not too long for it.
fn shown(argument: &str) -> String {
    const LONGEST: usize = 200;
    let shown: String = argument.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if argument.chars().nth(LONGEST).is_some() { format!("{shown}...") } else { shown }
}
