//! Bills of materials in a finished wheel: PEP 770 puts them into `.dist-info/sboms`.

use std::path::Path;

use crate::{Addition, Applied, Change, Content, Error, Options, Target, inspect::inspect};

/// The largest document that is looked into.
const LARGEST: u64 = 64 << 20;

/// How to add bills of materials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SbomOptions {
    /// How to change the wheel.
    pub options: Options,
    /// Whether a document may take the place of one with the same name.
    pub replace: bool,
}

/// Adds documents to `.dist-info/sboms`, each under the name of its file.
///
/// JSON has to say which kind of bill it is: `bomFormat` of `CycloneDX`, or `spdxVersion` or an `@context` of SPDX. Other forms are
/// taken as they are, since the standard leaves the form open.
///
/// # Errors
/// [`Error::NotABill`] when a document is no bill of materials; others as for [`apply`](crate::apply).
pub fn add_sbom(wheel: &Path, documents: &[impl AsRef<Path>], given: &SbomOptions) -> Result<Applied, Error> {
    let dist_info = inspect(wheel, &given.options.limits)?.dist_info;
    let mut changes = Vec::with_capacity(documents.len());
    for document in documents {
        let document = document.as_ref();
        let name = document.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        check(document)?;
        changes.push(Change::Add(Addition {
            target: Target::Root,
            path: format!("{dist_info}/sboms/{name}"),
            content: Content::File(document.to_owned()),
            executable: false,
            replace: given.replace,
        }));
    }
    crate::apply(wheel, &changes, &given.options)
}

/// Whether a document is what its name says.
fn check(document: &Path) -> Result<(), Error> {
    let read = |source| Error::Io { action: "read the bill of materials", source };
    let wrong = |why| Err(Error::NotABill { path: document.to_owned(), why });
    let metadata = fs_err::metadata(document).map_err(read)?;
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: document.to_owned() });
    }
    if metadata.len() == 0 {
        return wrong("it is empty");
    }
    let is_json = document.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json || metadata.len() > LARGEST {
        return Ok(());
    }
    let text = fs_err::read(document).map_err(read)?;
    match serde_json::from_slice::<serde_json::Value>(&text) {
        Err(_) => wrong("it is no JSON"),
        Ok(value) => {
            let is_bill = value["bomFormat"] == "CycloneDX"
                || value["spdxVersion"].is_string()
                || value["@context"].as_str().is_some_and(|context| context.contains("spdx"));
            if is_bill { Ok(()) } else { wrong("it says neither that it is CycloneDX nor that it is SPDX") }
        }
    }
}
