//! What an interpreter does with startup files: `site.main()`, as far as site folders are concerned.
//!
//! | up to 3.14, for each site folder | from 3.15 |
//! |---|---|
//! | append the folder itself | read all site folders: for each, all its `.pth`, then all its `.start`, each kind sorted by name |
//! | for each `.pth`, sorted by name, read it | append the folders themselves and those that `.pth` files name, in this order |
//! | line by line: append, or run code | run the `import` lines of `.pth` files that no `.start` replaces |
//! | a line that fails ends its file | run the entry points of `.start` files |
//!
//! So from 3.15 on all paths are there before any code runs, and no failure keeps anything else from happening.
//!
//! The model does not run code. What comes of it is a [`World`]'s answer; what it does to `sys.path`, to files and to other lines of the
//! same file is beyond the model. Neither are `sitecustomize` and `usercustomize` in it, which run afterwards.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    encoding::{self, Locale, is_space},
    entry,
    folder::{Content, SiteFile, SiteFolder, is_pth, is_start, sort_key},
    paths,
    step::{Code, Complaint, Place, Ran, Skipped, Step},
    version::{ImportLines, Version},
};

/// An interpreter that is about to look at its site folders.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Which one; the oldest that is known if it is not said.
    pub version: Version,
    /// The encoding of its locale.
    pub locale: Locale,
    /// What is on `sys.path` before, in absolute paths: the folders of its own library.
    pub path: Vec<PathBuf>,
}

/// What the model cannot know.
pub trait World {
    /// Whether there is a file or folder of this name.
    fn exists(&mut self, path: &Path) -> bool;
    /// What comes of running this.
    fn run(&mut self, code: &Code, place: &Place) -> Ran;
}

/// What happens, in order.
pub fn start(interpreter: &Start, folders: &[SiteFolder], world: &mut dyn World) -> Vec<Step> {
    let known = interpreter.path.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut model = Model { interpreter, world, steps: Vec::new(), known };
    // Nothing comes after an interpreter gave up or ended, so how it ended is among the steps.
    let _ = if interpreter.version.reads_start() { model.in_phases(folders) } else { model.in_turn(folders) };
    model.steps
}

impl Default for Version {
    fn default() -> Self {
        Self { minor: 10, patch: 0 }
    }
}

struct Model<'a> {
    interpreter: &'a Start,
    world: &'a mut dyn World,
    steps: Vec<Step>,
    /// What was on `sys.path` at the beginning, or was asked for since.
    known: HashSet<String>,
}

/// The interpreter came to its end.
struct Over;

/// What a line of a `.pth` file is.
enum Line {
    Nothing,
    Import(String),
    Path(String),
}

/// What reading all site folders found.
#[derive(Default)]
struct Found {
    paths: Vec<(Place, String)>,
    imports: Vec<(Place, Vec<(usize, String)>)>,
    entry_points: Vec<(Place, Vec<(usize, String)>)>,
}

impl Model<'_> {
    /// Up to 3.14.
    fn in_turn(&mut self, folders: &[SiteFolder]) -> Result<(), Over> {
        for folder in folders {
            let path = folder.path.to_string_lossy().into_owned();
            if self.known.insert(path.clone()) {
                self.append(None, path);
            }
            for file in sorted(folder, is_start) {
                self.skip(place(folder, file, 0), Skipped::UnknownKind);
            }
            for file in sorted(folder, is_pth) {
                self.file_in_turn(folder, file)?;
            }
        }
        Ok(())
    }

    fn file_in_turn(&mut self, folder: &SiteFolder, file: &SiteFile) -> Result<(), Over> {
        let Some(lines) = self.read(folder, file)? else { return Ok(()) };
        for (number, line) in (1..).zip(&lines.lines) {
            let place = place(folder, file, number);
            let well = match classify_as_it_stands(line) {
                Line::Nothing => true,
                Line::Import(code) => self.run(place.clone(), Code::Line(code))? == Ran::Well,
                Line::Path(text) => {
                    self.path_in_turn(folder, place.clone(), &text);
                    true
                }
            };
            if !well {
                self.print(place, Complaint::LineFailed);
                let rest = (number + 1..).zip(&lines.lines[number..]);
                for (number, _) in rest.filter(|(_, line)| !matches!(classify_as_it_stands(line), Line::Nothing)) {
                    self.skip(self::place(folder, file, number), Skipped::AfterFailure);
                }
                return Ok(());
            }
        }
        if lines.ends_badly { Err(self.fail(place(folder, file, 0))) } else { Ok(()) }
    }

    fn path_in_turn(&mut self, folder: &SiteFolder, place: Place, text: &str) {
        let path = paths::make(&folder.path.to_string_lossy(), text);
        if self.known.contains(&path) {
            self.skip(place, Skipped::Known);
        } else if self.exists(&path) {
            self.known.insert(path.clone());
            self.append(Some(place), path);
        } else {
            self.skip(place, Skipped::Missing);
        }
    }

    /// From 3.15 on.
    fn in_phases(&mut self, folders: &[SiteFolder]) -> Result<(), Over> {
        let mut found = Found::default();
        let mut own = Vec::new();
        let mut processed = HashSet::new();
        for folder in folders {
            let path = folder.path.to_string_lossy().into_owned();
            if !processed.insert(path.clone()) {
                continue;
            }
            if self.known.insert(path.clone()) {
                own.push((found.paths.len(), path));
            }
            for file in sorted(folder, is_pth) {
                self.collect_pth(folder, file, &mut found)?;
            }
            for file in sorted(folder, is_start) {
                self.collect_start(folder, file, &mut found)?;
            }
        }
        self.extend(own, found.paths);
        self.run_imports(found.imports, &found.entry_points)?;
        self.run_entry_points(found.entry_points)
    }

    fn collect_pth(&mut self, folder: &SiteFolder, file: &SiteFile, found: &mut Found) -> Result<(), Over> {
        let Some(lines) = self.read(folder, file)? else { return Ok(()) };
        if lines.ends_badly {
            return Err(self.fail(place(folder, file, 0)));
        }
        let mut imports = Vec::new();
        for (number, line) in (1..).zip(&lines.lines) {
            match classify_stripped(line) {
                Line::Nothing => {}
                Line::Import(code) => imports.push((number, code)),
                Line::Path(text) => {
                    let path = paths::make(&folder.path.to_string_lossy(), &text);
                    let place = place(folder, file, number);
                    if self.known.insert(path.clone()) {
                        found.paths.push((place, path));
                    } else {
                        self.skip(place, Skipped::Known);
                    }
                }
            }
        }
        if !imports.is_empty() {
            found.imports.push((place(folder, file, 0), imports));
        }
        Ok(())
    }

    fn collect_start(&mut self, folder: &SiteFolder, file: &SiteFile, found: &mut Found) -> Result<(), Over> {
        let Some(lines) = self.read(folder, file)? else { return Ok(()) };
        let lines = (1..).zip(&lines.lines).map(|(number, line)| (number, line.trim_matches(is_space).to_owned()));
        // A file without a single line counts, too: it replaces the `.pth` of its name.
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
        found.entry_points.push((place(folder, file, 0), lines));
        Ok(())
    }

    /// Appends what was collected: each site folder in front of what its own files name.
    fn extend(&mut self, own: Vec<(usize, String)>, paths: Vec<(Place, String)>) {
        let mut own = own.into_iter().peekable();
        for (index, asked) in paths.into_iter().map(Some).chain([None]).enumerate() {
            while let Some((_, path)) = own.next_if(|(before, _)| *before <= index) {
                self.append(None, path);
            }
            let Some((place, path)) = asked else { continue };
            if self.exists(&path) {
                self.append(Some(place), path);
            } else {
                self.print(place.clone(), Complaint::NoFolder { path });
                self.skip(place, Skipped::Missing);
            }
        }
    }

    fn run_imports(
        &mut self,
        files: Vec<(Place, Vec<(usize, String)>)>,
        starts: &[(Place, Vec<(usize, String)>)],
    ) -> Result<(), Over> {
        let lines = self.interpreter.version.import_lines();
        for (file, imports) in files {
            let is_paired = starts.iter().any(|(start, _)| is_pair(&file, start));
            for (number, line) in imports {
                let place = Place { line: number, ..file.clone() };
                match lines {
                    ImportLines::Ignored => self.skip(place, Skipped::Retired),
                    ImportLines::IgnoredWithWarning => {
                        self.print(place.clone(), Complaint::ImportIgnored);
                        self.skip(place, Skipped::Retired);
                    }
                    ImportLines::Run | ImportLines::RunUnlessPaired if is_paired => self.skip(place, Skipped::Paired),
                    ImportLines::Run | ImportLines::RunUnlessPaired => {
                        if self.run(place.clone(), Code::Line(line.clone()))? != Ran::Well {
                            self.print(place, Complaint::ImportFailed { line });
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn run_entry_points(&mut self, files: Vec<(Place, Vec<(usize, String)>)>) -> Result<(), Over> {
        for (file, lines) in files {
            for (number, line) in lines {
                let place = Place { line: number, ..file.clone() };
                if !entry::is_resolvable(&line) {
                    self.print(place, Complaint::NoEntryPoint { line });
                    continue;
                }
                match self.run(place.clone(), Code::EntryPoint(line.clone()))? {
                    Ran::Well | Ran::Ended => {}
                    Ran::Raised => self.print(place, Complaint::EntryPointFailed { line }),
                    Ran::Unresolved => self.print(place, Complaint::Unresolved { line }),
                    Ran::Misread => self.print(place, Complaint::NoEntryPoint { line }),
                }
            }
        }
        Ok(())
    }

    /// The lines of a file that is looked at.
    fn read(&mut self, folder: &SiteFolder, file: &SiteFile) -> Result<Option<encoding::Lines>, Over> {
        let Start { version, locale, .. } = *self.interpreter;
        let place = place(folder, file, 0);
        if version.skips_hidden() && file.is_hidden() {
            self.skip(place, Skipped::Hidden);
            return Ok(None);
        }
        let Content::Bytes(bytes) = &file.content else {
            self.skip(place, Skipped::Unreadable);
            return Ok(None);
        };
        let lines = if is_start(&file.name) { encoding::start(bytes) } else { encoding::pth(bytes, version, locale) };
        match lines {
            None => {
                self.skip(place, Skipped::NotUtf8);
                Ok(None)
            }
            // Read at once, so nothing of it counts.
            Some(lines) if lines.ends_badly && lines.lines.is_empty() => Err(self.fail(place)),
            Some(lines) => Ok(Some(lines)),
        }
    }

    fn exists(&mut self, path: &str) -> bool {
        !path.contains('\0') && self.interpreter.locale.path(path).is_some_and(|path| self.world.exists(&path))
    }

    fn append(&mut self, place: Option<Place>, path: String) {
        self.steps.push(Step::Append { path: path.into(), place });
    }

    fn run(&mut self, place: Place, code: Code) -> Result<Ran, Over> {
        let ran = self.world.run(&code, &place);
        self.steps.push(Step::Run { place: place.clone(), code, ran });
        if ran == Ran::Ended {
            self.steps.push(Step::End { place });
            return Err(Over);
        }
        Ok(ran)
    }

    fn skip(&mut self, place: Place, why: Skipped) {
        self.steps.push(Step::Skip { place, why });
    }

    fn print(&mut self, place: Place, complaint: Complaint) {
        self.steps.push(Step::Print { place, complaint });
    }

    fn fail(&mut self, place: Place) -> Over {
        self.steps.push(Step::Fail { place });
        Over
    }
}

/// Up to 3.14 a line counts as it stands.
fn classify_as_it_stands(line: &str) -> Line {
    if line.starts_with('#') || line.chars().all(is_space) {
        Line::Nothing
    } else if is_import(line) {
        Line::Import(line.to_owned())
    } else {
        Line::Path(line.trim_end_matches(is_space).to_owned())
    }
}

/// From 3.15 on white space around a line does not count.
fn classify_stripped(line: &str) -> Line {
    let line = line.trim_matches(is_space);
    if line.is_empty() || line.starts_with('#') {
        Line::Nothing
    } else if is_import(line) {
        Line::Import(line.to_owned())
    } else {
        Line::Path(line.to_owned())
    }
}

/// Whether a line of a `.pth` file is code.
pub(crate) fn is_import(line: &str) -> bool {
    line.starts_with("import ") || line.starts_with("import\t")
}

/// The files of a kind, in the order of their names.
fn sorted(folder: &SiteFolder, kind: fn(&std::ffi::OsStr) -> bool) -> Vec<&SiteFile> {
    let mut files: Vec<&SiteFile> = folder.files.iter().filter(|file| kind(&file.name)).collect();
    files.sort_by_key(|file| sort_key(&file.name));
    files
}

/// Whether the second is the `.start` of the same folder and name.
fn is_pair(pth: &Place, start: &Place) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let stem = |place: &Place, ending: &[u8]| place.file.as_bytes().strip_suffix(ending).map(<[u8]>::to_vec);
    pth.folder == start.folder && stem(pth, b".pth").is_some_and(|pth| stem(start, b".start") == Some(pth))
}

fn place(folder: &SiteFolder, file: &SiteFile, line: usize) -> Place {
    Place { folder: folder.path.clone(), file: file.name.clone(), line }
}
