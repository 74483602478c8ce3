//! A wheel, with everything about it checked.

use std::{io, path::Path, thread};

use crate::{
    Check, Error, Finding, Limits, Rule, WheelName,
    archive::{Archive, ArchiveMember, second_opinion},
    content::{Inflater, Problem},
    file_name::NO_WHEEL_NAME,
    layout, listing,
    metadata::{self, Fields},
    record::Record,
    replace::open_file,
    rule::Findings,
};

/// The largest text of `.dist-info` that is read whole.
pub(crate) const LARGEST_TEXT: u64 = 16 << 20;

/// A wheel in which nothing was found that forbids to change it.
#[derive(Debug)]
pub(crate) struct Wheel {
    pub(crate) archive: Archive,
    pub(crate) name: WheelName,
    /// The name of its `.dist-info` folder.
    pub(crate) dist_info: String,
    pub(crate) record: Record,
    /// What its WHEEL file says.
    pub(crate) fields: Fields,
}

impl Wheel {
    /// Reads a wheel, of which the name is given, and notes everything that is wrong with it.
    ///
    /// None if something is so wrong that the rest cannot be told.
    pub(crate) fn read(
        file: &fs_err::File,
        file_name: &str,
        check: Check,
        limits: &Limits,
        findings: &mut Findings,
    ) -> io::Result<Option<Self>> {
        Self::read_meanwhile(&mut Meanwhile::default(), file, file_name, check, limits, findings)
    }

    /// The same, with something else that goes on.
    pub(crate) fn read_meanwhile(
        meanwhile: &mut Meanwhile<'_>,
        file: &fs_err::File,
        file_name: &str,
        check: Check,
        limits: &Limits,
        findings: &mut Findings,
    ) -> io::Result<Option<Self>> {
        let name = WheelName::parse(file_name);
        if name.is_none() {
            findings.at(Rule::WheelFileName, file_name, NO_WHEEL_NAME);
        }
        let read = thread::scope(|scope| {
            let mut opinion = None;
            let listed = |members: &[ArchiveMember], directory: Option<u64>| {
                if let (Some(directory), Some(listed)) = (directory, meanwhile.listed.take()) {
                    listed(members, directory);
                }
                let mut names = Findings::default();
                layout::check_names(members, name.as_ref(), &mut names);
                meanwhile.written.take().map_or(Ok(()), |written| written())?;
                if directory.is_some() && names.errors() == 0 {
                    opinion = Some(thread::Builder::new().spawn_scoped(scope, || second_opinion(file)));
                }
                Ok(names)
            };
            let Some(archive) = Archive::read_with(file, limits, listed, findings)? else { return Ok(None) };
            let is_asked = findings.errors() == 0;
            let texts = Texts::read(file, &archive, name.as_ref(), limits)?;
            if let Some(opinion) = opinion.filter(|_| is_asked) {
                let opinion = match opinion {
                    Ok(opinion) => opinion.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    // There can be no more threads.
                    Err(_) => second_opinion(file),
                };
                archive.compare(opinion, findings)?;
            }
            io::Result::Ok(Some((archive, texts)))
        })?;
        let Some((archive, texts)) = read else { return Ok(None) };
        let Texts { dist_info, record, wheel, findings: found } = texts;
        findings.extend(found);
        if check == Check::Content {
            listing::check_contents(file, &archive, record.as_ref(), findings)?;
        }
        Ok(match (name, dist_info, record, wheel) {
            (Some(name), Some(dist_info), Some(record), Some(fields)) => {
                Some(Self { archive, name, dist_info, record, fields })
            }
            _ => None,
        })
    }

    /// The full name of RECORD.
    pub(crate) fn record_name(&self) -> String {
        format!("{}/RECORD", self.dist_info)
    }

    /// Whether a member is in `.dist-info`.
    pub(crate) fn is_dist_info(&self, name: &str) -> bool {
        name.strip_prefix(&*self.dist_info).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// What is told of a wheel when its directory was read.
type Listed<'a> = dyn FnOnce(&[ArchiveMember], u64) + 'a;

/// What goes on while a wheel is read.
#[derive(Default)]
pub(crate) struct Meanwhile<'a> {
    /// Called with the members, of which the data is not yet known to be there, and where the directory begins, if nothing is
    /// wrong so far.
    pub(crate) listed: Option<Box<Listed<'a>>>,
    /// Returns when what stands in front of the tail of a new file is written.
    pub(crate) written: Option<Box<dyn FnOnce() -> io::Result<()> + 'a>>,
}

/// What the texts in `.dist-info` say.
struct Texts {
    /// The folder's name.
    dist_info: Option<String>,
    record: Option<Record>,
    /// The fields of WHEEL.
    wheel: Option<Fields>,
    /// What is wrong with them, and with the places of members.
    findings: Findings,
}

impl Texts {
    fn read(file: &fs_err::File, archive: &Archive, name: Option<&WheelName>, limits: &Limits) -> io::Result<Self> {
        let mut findings = Findings::default();
        let dist_info = layout::dist_info(archive, name, &mut findings);
        let mut reader = Reader { file, archive, inflater: Inflater::new() };
        let (mut record, mut wheel) = (None, None);
        if let Some(dist_info) = &dist_info {
            layout::check_places(archive, dist_info, &mut findings);
            record = reader.record(dist_info, limits, &mut findings)?;
            if let Some(record) = &record {
                listing::check(archive, dist_info, record, &mut findings);
            }
            wheel = reader.metadata(dist_info, name, &mut findings)?;
        }
        Ok(Self { dist_info, record, wheel, findings })
    }
}

/// Reads texts out of `.dist-info`.
struct Reader<'a> {
    file: &'a fs_err::File,
    archive: &'a Archive,
    inflater: Inflater,
}

impl Reader<'_> {
    /// The content of a member. None if it is not there or cannot be had, which is noted.
    fn text(
        &mut self,
        name: &str,
        most: u64,
        missing: Option<Rule>,
        findings: &mut Findings,
    ) -> io::Result<Option<Vec<u8>>> {
        let Some(member) = self.archive.members.iter().find(|member| *member.name == *name) else {
            if let Some(rule) = missing {
                findings.at(rule, name, "it is not there");
            }
            return Ok(None);
        };
        // Without a local header it is not known where its data is, and that was noted.
        if member.head == 0 || !matches!(member.header.method, 0 | 8) {
            return Ok(None);
        }
        match self.inflater.read_all(self.file, member, most) {
            Ok(text) => Ok(Some(text)),
            Err(Problem::Io(error)) => Err(error),
            Err(Problem::Wrong(message)) => {
                findings.at(Rule::ZipContent, name, message);
                Ok(None)
            }
        }
    }

    fn record(&mut self, dist_info: &str, limits: &Limits, findings: &mut Findings) -> io::Result<Option<Record>> {
        let name = format!("{dist_info}/RECORD");
        let Some(text) = self.text(&name, limits.directory, Some(Rule::RecordMissing), findings)? else {
            return Ok(None);
        };
        match Record::parse(text) {
            Ok(record) => Ok(Some(record)),
            Err(problem) => {
                findings.at(Rule::RecordSyntax, &format!("{name}:{}", problem.line), problem.message);
                Ok(None)
            }
        }
    }

    /// Looks at the other texts, and returns the fields of WHEEL.
    fn metadata(
        &mut self,
        dist_info: &str,
        name: Option<&WheelName>,
        findings: &mut Findings,
    ) -> io::Result<Option<Fields>> {
        let [wheel, metadata, entry_points] =
            ["WHEEL", "METADATA", "entry_points.txt"].map(|file| format!("{dist_info}/{file}"));
        let text = self.text(&wheel, LARGEST_TEXT, Some(Rule::WheelMissing), findings)?;
        let fields = text.map(|text| Fields::parse(&text));
        if let Some(fields) = &fields {
            metadata::check_wheel(&wheel, fields, name, findings);
        }
        if let Some(text) = self.text(&metadata, LARGEST_TEXT, Some(Rule::MetadataMissing), findings)? {
            let has = |name: &str| self.archive.members.iter().any(|member| *member.name == *name);
            metadata::check_metadata(&metadata, &Fields::parse(&text), name, has, findings);
        }
        if let Some(text) = self.text(&entry_points, LARGEST_TEXT, None, findings)? {
            metadata::check_entry_points(&entry_points, &text, findings);
        }
        Ok(fields)
    }
}

/// Everything that is wrong with a wheel.
///
/// With [`Check::Content`] every member is decompressed and hashed; without, headers and RECORD are compared alone.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read.
pub fn verify(wheel: &Path, check: Check, limits: &Limits) -> Result<Vec<Finding>, Error> {
    let io = |source| Error::Io { action: "read the wheel", source };
    let (file, _) = open_file(wheel, "read the wheel")?;
    let mut findings = Findings::default();
    Wheel::read(&file, &file_name(wheel), check, limits, &mut findings).map_err(io)?;
    Ok(findings.into_list())
}

/// The last part of a path, as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
