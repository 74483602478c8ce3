//! `pyxide wheel`

mod tools;

use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

use pyxide::{Error, Settings};
use serde::Serialize;
use serde_json::json;
use wheel_patch::{
    Applied, Change, Compression, Durability, Finding, Limits, MemberInfo, Members, NormaliseOptions, Options,
    Patience, RepairOptions, SbomOptions, Severity, Target, UndoOptions, printable, shown,
};

use crate::{
    SUCCESS, UNSOUND,
    args::{CheckOption, EditOptions, SchemeOption, Source, Wheel},
    exit,
    report::{Report, coloured, text},
};

/// Looks at wheels and changes them. Needs no interpreter and no cache.
pub(crate) fn wheel(report: &Report, command: &Wheel) -> Result<u8, Error> {
    let done = match command {
        Wheel::Inspect { wheel, read } => inspect(report, wheel, &read.limits()),
        Wheel::Verify { wheels, check, read } => Ok(verify(report, wheels, *check, &read.limits())),
        Wheel::Inject { wheel, sources, scheme, mode, replace, edit } => {
            let options = options(report, edit)?;
            changes(sources, *scheme, *mode, *replace).and_then(|changes| apply(report, wheel, &changes, &options))
        }
        Wheel::Remove { wheel, names, edit } => {
            let changes: Vec<Change> = names.iter().cloned().map(Change::Remove).collect();
            apply(report, wheel, &changes, &options(report, edit)?)
        }
        Wheel::Rename { wheel, from, to, edit } => {
            let change = Change::Rename { from: from.clone(), to: to.clone() };
            apply(report, wheel, &[change], &options(report, edit)?)
        }
        Wheel::Diff { first, second, read } => tools::diff(report, first, second, &read.limits()),
        Wheel::Normalise { wheel, recompress, check, drop_signature, output, read } => {
            let compression = if *recompress { Compression::Redone } else { Compression::Kept };
            let options = NormaliseOptions {
                check: (*check).into(),
                compression,
                drop_signature: *drop_signature,
                limits: read.limits(),
                epoch: Settings::source_date_epoch()?,
                output: output.clone(),
                durability: durability()?,
                patience: patience(report)?,
            };
            tools::normalise(report, wheel, &options)
        }
        Wheel::Repair { wheel, output, read } => {
            let options = RepairOptions {
                limits: read.limits(),
                output: output.clone(),
                durability: durability()?,
                patience: patience(report)?,
            };
            tools::repair(report, wheel, &options)
        }
        Wheel::Sbom { wheel, documents, replace, edit } => {
            let given = SbomOptions { options: options(report, edit)?, replace: *replace };
            wheel_patch::add_sbom(wheel, documents, &given)
                .map(|applied| say_applied(report, wheel, &applied, &given.options))
        }
        Wheel::Undo { wheel, undo_file, read } => {
            let options = UndoOptions {
                undo_file: undo_file.clone(),
                limits: read.limits(),
                durability: durability()?,
                patience: patience(report)?,
            };
            undo(report, wheel, &options)
        }
    };
    Ok(done.unwrap_or_else(|error| failed(report, &error)))
}

fn options(report: &Report, edit: &EditOptions) -> Result<Options, Error> {
    Ok(Options {
        check: edit.check.into(),
        drop_signature: edit.drop_signature,
        limits: edit.read.limits(),
        epoch: Settings::source_date_epoch()?,
        undo_file: edit.undo_file.clone(),
        output: edit.output.clone(),
        durability: durability()?,
        patience: patience(report)?,
    })
}

fn durability() -> Result<Durability, Error> {
    Ok(match Settings::cache_options()?.durability {
        pyxide::Durability::Full => Durability::Full,
        pyxide::Durability::None => Durability::None,
    })
}

/// How long to wait for a process that has locked a wheel: as the environment says, else as long as the library does.
fn patience(report: &Report) -> Result<Patience, Error> {
    let usual = Patience::default();
    Ok(Patience { at_most: Settings::lock_timeout()?.unwrap_or(usual.at_most), told: report.tells_of_waiting() })
}

fn inspect(report: &Report, wheel: &Path, limits: &Limits) -> Result<u8, wheel_patch::Error> {
    let found = wheel_patch::inspect(wheel, limits)?;
    let tags: Vec<&str> = found.name.tags.iter().map(String::as_str).collect();
    let purelib = if found.root_is_purelib { "purelib" } else { "platlib" };
    report.line(&format!("{} {}", found.name.name, found.name.version));
    report.line(&format!("tags       {}", tags.join(", ")));
    if let Some(build) = &found.name.build {
        report.line(&format!("build      {build}"));
    }
    if let Some(generator) = &found.generator {
        report.line(&format!("made by    {}", shown(generator)));
    }
    report.line(&format!("root       {purelib}"));
    if let Some(signature) = &found.signature {
        report.line(&format!("signature  {}", shown(signature)));
    }
    if found.can_undo {
        report.line("undo       can be undone");
    }
    report.lines(found.members.iter().map(|member| {
        let mode = member.mode.map_or_else(|| "-".to_owned(), |mode| format!("{:04o}", mode & 0o7777));
        let added = if member.is_added { "  (added)" } else { "" };
        format!("{mode:>4}  {:>12}  {}{added}", member.size, shown(&member.name))
    }));
    report.document("wheel", || Inspected {
        build: found.name.build.as_deref(),
        can_undo: found.can_undo,
        dist_info: &found.dist_info,
        generator: found.generator.as_deref(),
        members: found.members.iter().map(InspectedMember::of).collect(),
        name: &found.name.name,
        root: purelib,
        signature: found.signature.as_deref(),
        tags,
        version: &found.name.version,
        wheel: text(wheel),
    });
    Ok(SUCCESS)
}

/// What is known of a wheel. Its members may be tens of thousands, of which no tree of values is made.
#[derive(Serialize)]
struct Inspected<'a> {
    build: Option<&'a str>,
    can_undo: bool,
    dist_info: &'a str,
    generator: Option<&'a str>,
    members: Vec<InspectedMember<'a>>,
    name: &'a str,
    root: &'a str,
    signature: Option<&'a str>,
    tags: Vec<&'a str>,
    version: &'a str,
    wheel: Cow<'a, str>,
}

#[derive(Serialize)]
struct InspectedMember<'a> {
    added: bool,
    compressed_size: u64,
    hash: Option<&'a str>,
    mode: Option<String>,
    name: &'a str,
    size: u64,
}

impl<'a> InspectedMember<'a> {
    fn of(member: &'a MemberInfo) -> Self {
        Self {
            added: member.is_added,
            compressed_size: member.compressed_size,
            hash: member.hash.as_deref(),
            mode: member.mode.map(|mode| format!("{:04o}", mode & 0o7777)),
            name: &member.name,
            size: member.size,
        }
    }
}

/// Looks at all wheels, also behind one that cannot be read. The exit code is that of the worst.
fn verify(report: &Report, wheels: &[PathBuf], check: CheckOption, limits: &Limits) -> u8 {
    let mut status = SUCCESS;
    for wheel in wheels {
        let mut findings = match wheel_patch::verify(wheel, check.into(), limits) {
            Ok(findings) => findings,
            Err(error) => {
                status = status.max(failed(report, &error));
                continue;
            }
        };
        if findings.iter().all(|finding| finding.severity != Severity::Error) {
            findings.extend(judged(pth_hook::lint(wheel)));
        }
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let counts = [Severity::Error, Severity::Warning, Severity::Note].map(count);
        let named = printable(&text(wheel));
        for finding in &findings {
            let shown = coloured(finding.severity.name());
            report.line(&format!("{named}: {shown}: {finding} [{}]", finding.rule));
            report.object("finding", object(wheel, finding));
        }
        let said = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let [errors, warnings, notes] = counts;
        let is_sound = errors == 0;
        report.line(&format!(
            "{named}: {}: {}, {}, {}",
            if is_sound { "sound" } else { "not sound" },
            said(errors, "error"),
            said(warnings, "warning"),
            said(notes, "note")
        ));
        report.object(
            "verified",
            json!({ "wheel": text(wheel), "ok": is_sound, "errors": errors, "warnings": warnings, "notes": notes }),
        );
        if findings.iter().any(|finding| finding.rule == wheel_patch::Rule::ZipLimit.id()) {
            report.note("limits are raised by their names, as with `--limit member-size=8G`");
        }
        if !is_sound {
            status = status.max(UNSOUND);
        }
    }
    status
}

/// What is wrong with the startup hooks in a wheel that is sound otherwise.
fn judged(found: Result<Vec<pth_hook::Finding>, pth_hook::Error>) -> Vec<Finding> {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let message = format!("what it runs at start cannot be read: {}", printable(&pyxide::chain(&error)));
            return vec![Finding { rule: "hook", severity: Severity::Error, place: None, message }];
        }
    };
    let finding = |hook: pth_hook::Finding| Finding {
        rule: hook.rule,
        severity: match hook.severity {
            pth_hook::Severity::Error => Severity::Error,
            pth_hook::Severity::Warning => Severity::Warning,
            pth_hook::Severity::Note => Severity::Note,
        },
        place: Some(if hook.line == 0 { hook.file } else { format!("{}:{}", hook.file, hook.line) }),
        message: hook.message,
    };
    found.into_iter().map(finding).collect()
}

/// What to add for what was typed.
fn changes(
    sources: &[Source],
    scheme: Option<SchemeOption>,
    mode: Option<bool>,
    replace: bool,
) -> Result<Vec<Change>, wheel_patch::Error> {
    let target = scheme.map_or(Target::Root, |scheme| Target::Scheme(scheme.into()));
    let mut changes = Vec::new();
    for Source { path, target: name } in sources {
        let additions = wheel_patch::gather(path, target, name.as_deref(), mode, replace)?;
        changes.extend(additions.into_iter().map(Change::Add));
    }
    Ok(changes)
}

fn apply(report: &Report, wheel: &Path, changes: &[Change], options: &Options) -> Result<u8, wheel_patch::Error> {
    let review = |members: &Members, applied: &Applied| hooks_that_fail(wheel, members, applied);
    let applied = wheel_patch::apply_reviewed(wheel, changes, options, &review)?;
    Ok(say_applied(report, wheel, &applied, options))
}

/// The errors in those startup hooks of a changed wheel that the change puts there.
fn hooks_that_fail(wheel: &Path, members: &Members, applied: &Applied) -> Vec<Finding> {
    let Applied { added, replaced, renamed, .. } = applied;
    let names = added.iter().chain(replaced).chain(renamed.iter().map(|(_, to)| to));
    let hooks: Vec<&str> = names
        .filter_map(|name| Path::new(name).file_name()?.to_str())
        .filter(|name| [".pth", ".start"].iter().any(|ending| name.ends_with(ending)))
        .collect();
    if hooks.is_empty() {
        return Vec::new();
    }
    let is_new = |finding: &pth_hook::Finding| {
        finding.severity == pth_hook::Severity::Error && hooks.contains(&finding.file.as_str())
    };
    let found = pth_hook::lint_wheel(wheel, Box::new(Opened(members.clone())));
    judged(found.map(|found| found.into_iter().filter(is_new).collect()))
}

/// A wheel that is open for a change.
#[derive(Debug)]
struct Opened(Members);

impl pth_hook::Members for Opened {
    fn each(&self, seen: &mut dyn FnMut(usize, &str)) -> io::Result<()> {
        self.0.names().enumerate().for_each(|(index, name)| seen(index, name));
        Ok(())
    }

    fn read(&self, index: usize, limit: u64) -> io::Result<Option<Vec<u8>>> {
        self.0.read(index, limit)
    }
}

/// Tells what was added, removed and renamed.
fn say_applied(report: &Report, wheel: &Path, applied: &Applied, options: &Options) -> u8 {
    for finding in applied.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        report.warning(&format!("{finding} [{}]", finding.rule));
    }
    let Applied { added, replaced, removed, renamed, unchanged, can_undo, .. } = applied;
    for (what, names) in [("added", added), ("replaced", replaced), ("removed", removed), ("unchanged", unchanged)] {
        report.lines(names.iter().map(|name| format!("{what:<10} {}", shown(name))));
    }
    report.lines(renamed.iter().map(|(from, to)| format!("{:<10} {} -> {}", "renamed", shown(from), shown(to))));
    let is_changed = !(added.is_empty() && replaced.is_empty() && removed.is_empty() && renamed.is_empty());
    if applied.is_original {
        report.note("the original bytes are back");
    } else if is_changed && !can_undo && options.undo_file.is_none() && options.output.is_none() {
        report.note("this cannot be undone from the wheel alone, and `--undo-file` was not given");
    }
    let renamed: Vec<_> = renamed.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    let output = options.output.as_deref().unwrap_or(wheel);
    let findings: Vec<_> = applied.findings.iter().map(|finding| object(wheel, finding)).collect();
    report.object(
        "applied",
        json!({
            "wheel": text(output),
            "changed": is_changed,
            "added": added,
            "replaced": replaced,
            "removed": removed,
            "renamed": renamed,
            "unchanged": unchanged,
            "can_undo": can_undo,
            "findings": findings,
        }),
    );
    SUCCESS
}

fn undo(report: &Report, wheel: &Path, options: &UndoOptions) -> Result<u8, wheel_patch::Error> {
    let undone = wheel_patch::undo(wheel, options)?;
    report.lines(undone.removed.iter().map(|name| format!("{:<10} {}", "removed", shown(name))));
    report.note("the original bytes are back");
    report.object("undone", json!({ "wheel": text(wheel), "removed": undone.removed }));
    Ok(SUCCESS)
}

fn object(wheel: &Path, finding: &Finding) -> serde_json::Value {
    json!({
        "wheel": text(wheel),
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "place": finding.place,
        "message": finding.message,
    })
}

/// Tells why a wheel was not changed, with everything that was found to be wrong.
fn failed(report: &Report, error: &wheel_patch::Error) -> u8 {
    let (status, kind) = exit::wheel_code(error);
    if let wheel_patch::Error::Unsound { wheel, findings } | wheel_patch::Error::WouldBeUnsound { wheel, findings } =
        error
    {
        for finding in findings {
            report.object("finding", object(wheel, finding));
        }
    }
    // The system's own words have paths in them, too.
    report.failure(kind, &printable(&pyxide::chain(error)), error.hint());
    status
}
