//! A wheel that is made anew.

use std::{
    collections::HashSet,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    Addition, Check, Content, Durability, Error, Limits, MemberName, NameError, Target, WheelName,
    file_name::normal_name, name::Spellings, output::Output, record::write_row, replace::Draft, rule::Findings,
    wheel::Wheel,
};

/// The mode of a new wheel.
const MODE: u32 = 0o644;

/// What a new wheel is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWheel {
    /// The distribution's name, as it is to be shown: letters of ASCII, digits, `-`, `_` and `.`, none of which it begins or ends with.
    pub name: String,
    /// Its version, in its normal form, which has no `-`.
    pub version: String,
    /// The tag, such as `cp311-cp311-linux_x86_64`, or a set of tags in the form that file names have.
    pub tag: String,
    /// Whether it is for all platforms.
    pub is_purelib: bool,
    /// What makes it, with a version, in one line.
    pub generator: String,
    /// METADATA behind name and version: further fields, each in a line, and after an empty line the description.
    pub metadata: String,
    /// The files that are installed.
    pub files: Vec<Addition>,
}

/// How to make a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateOptions {
    /// How much it may have.
    pub limits: Limits,
    /// The time of all members, in seconds since 1970; 1980 without it.
    pub epoch: Option<u64>,
    /// Whether it survives a power cut.
    pub durability: Durability,
    /// Whether it may take the place of another file.
    pub overwrite: bool,
}

/// Makes a wheel in a folder, and returns its path. Equal files, times and texts give equal bytes.
///
/// Members are sorted, `.dist-info` comes last and RECORD the very last. The finished file is checked like anybody's before
/// it is shown.
///
/// # Errors
/// [`Error::Name`], [`Error::Twice`], [`Error::Clash`] and [`Error::Reserved`] say what is wrong with a file's name;
/// [`Error::NotAWheelName`] and [`Error::NotAField`] what is wrong with the texts;
/// [`Error::OutputExists`] when there is something of the wheel's name; [`Error::WouldBeUnsound`] names what else is wrong.
pub fn create(wheel: &NewWheel, folder: &Path, options: &CreateOptions) -> Result<PathBuf, Error> {
    // As installers escape it, with one spelling for each name.
    let escaped = normal_name(&wheel.name);
    let name = format!("{escaped}-{}-{}.whl", wheel.version, wheel.tag);
    let Some(parsed) = WheelName::parse(&name).filter(|parsed| is_ours(parsed, wheel)) else {
        return Err(Error::NotAWheelName { name });
    };
    check_texts(wheel)?;
    let dist_info = parsed.dist_info();
    let place = folder.join(&name);
    if !options.overwrite && place.symlink_metadata().is_ok() {
        return Err(Error::OutputExists { path: place });
    }
    let mut members: Vec<(String, Addition)> = Vec::new();
    for file in &wheel.files {
        let name = file.target.member(&dist_info, &file.path)?;
        if name.as_str().split('/').next().is_some_and(|top| top.ends_with(".dist-info")) {
            let why = "it is written from what is given beside the files";
            return Err(Error::Reserved { name: name.as_str().to_owned(), why });
        }
        members.push((name.as_str().to_owned(), file.clone()));
    }
    members.sort_by(|one, other| one.0.cmp(&other.0));
    check_names(&members)?;
    for (file, text) in [("METADATA", metadata(wheel)), ("WHEEL", tags(wheel, &parsed))] {
        members.push(text_member(&dist_info, file, text)?);
    }

    let draft = Draft::beside(&place)?;
    write(&members, &dist_info, &draft, options)?;
    let mut findings = Findings::default();
    let read = Wheel::read(&draft.file, &name, Check::Content, &options.limits, &mut findings);
    let read = read.map_err(|source| Error::Io { action: "read the new wheel", source })?;
    if findings.errors() > 0 || read.is_none() {
        return Err(Error::WouldBeUnsound { wheel: place, findings: findings.into_list() });
    }
    let set = draft.file.set_permissions(std::fs::Permissions::from_mode(MODE));
    set.map_err(|source| Error::Io { action: "write the new wheel", source })?;
    draft.show(&place, options.overwrite, options.durability)?;
    Ok(place)
}

/// Whether a file name means this name and this version: a `-` in a version would make a build number of its end.
fn is_ours(parsed: &WheelName, wheel: &NewWheel) -> bool {
    let is_inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let is_outer = |letter: char| letter.is_ascii_alphanumeric();
    let name = &wheel.name;
    name.chars().all(is_inner)
        && name.starts_with(is_outer)
        && name.ends_with(is_outer)
        && parsed.version == wheel.version
}

/// Refuses texts that would say something else in `.dist-info` than they are to say.
fn check_texts(wheel: &NewWheel) -> Result<(), Error> {
    if wheel.generator.is_empty() || wheel.generator.contains(char::is_control) {
        return Err(Error::NotAField { file: "WHEEL", line: wheel.generator.clone() });
    }
    let lines = wheel.metadata.lines().take_while(|line| !line.is_empty());
    for (index, line) in lines.enumerate() {
        let is_name = |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let is_field = line.split_once(':').is_some_and(|(name, _)| !name.is_empty() && is_name(name));
        // Readers of mail end a line at a carriage return, too.
        let is_one = !line.contains(|letter: char| letter.is_control() && letter != '\t');
        // A line that begins with a space goes on with the last field, which is the version for the first one.
        if !is_one || !is_field && (index == 0 || !line.starts_with([' ', '\t'])) {
            return Err(Error::NotAField { file: "METADATA", line: line.to_owned() });
        }
    }
    Ok(())
}

fn write(members: &[(String, Addition)], dist_info: &str, draft: &Draft, options: &CreateOptions) -> Result<(), Error> {
    // Nothing is kept of another wheel, so nothing is ever read from the source.
    let mut output = Output::new(&draft.file, &draft.file, options.durability);
    let mut record = String::new();
    for (name, member) in members {
        let written = output.add(name, member, None, options.epoch, options.limits.member_size, false)?;
        write_row(&mut record, name, &written.hash, &written.header.size.to_string(), "\n");
    }
    let own = format!("{dist_info}/RECORD");
    write_row(&mut record, &own, "", "", "\n");
    let (_, member) = text_member(dist_info, "RECORD", record)?;
    output.add(&own, &member, None, options.epoch, options.limits.directory, false)?;
    output
        .finish()
        .and_then(|(_, rest)| rest.wait())
        .map_err(|source| Error::Io { action: "write the new wheel", source })
}

/// Refuses names that are there twice, also where a file system might not tell them apart, and a file in a file's place.
fn check_names(members: &[(String, Addition)]) -> Result<(), Error> {
    if let Some(pair) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::Twice { name: pair[0].0.clone() });
    }
    let mut spellings = Spellings::default();
    let files: HashSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    for (name, _) in members {
        let in_file = crate::name::folders(name).find(|folder| files.contains(folder));
        let name = name.as_str();
        if let Some((name, other)) = spellings.add(name).or(in_file.map(|other| (name, other))) {
            return Err(Error::Clash { name: name.to_owned(), other: other.to_owned() });
        }
    }
    Ok(())
}

fn text_member(dist_info: &str, file: &str, text: String) -> Result<(String, Addition), Error> {
    let path = format!("{dist_info}/{file}");
    let name = MemberName::parse(&path).map_err(|reason: NameError| Error::Name { name: path.clone(), reason })?;
    let content = Content::Bytes(text.into_bytes());
    let member = Addition { target: Target::Root, path, content, executable: false, replace: false };
    Ok((name.as_str().to_owned(), member))
}

fn metadata(wheel: &NewWheel) -> String {
    format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n{}", wheel.name, wheel.version, wheel.metadata)
}

fn tags(wheel: &NewWheel, name: &WheelName) -> String {
    let purelib = if wheel.is_purelib { "true" } else { "false" };
    let tags = name.tags.iter().map(|tag| format!("Tag: {tag}\n")).collect::<Vec<_>>().concat();
    format!("Wheel-Version: 1.0\nGenerator: {}\nRoot-Is-Purelib: {purelib}\n{tags}", wheel.generator)
}
