#![doc = include_str!("../README.md")]
//!
//! ```no_run
//! use pyxide::{BuildRequest, Session, Settings};
//!
//! let session = Session::new(Settings::from_environment(None, None, &|| false)?);
//! let built = session.build(&BuildRequest::text("def f(int n):\n    return n * n\n"), &session.patient())?;
//! assert_eq!(built.request_key.map(|key| format!("pyxide.jit.pyxide_{}", key.short())).as_deref(), Some(built.verified.module().as_str()));
//! # Ok::<(), pyxide::Error>(())
//! ```
//!
//! ```
//! use pyxide::{BuildKey, Registry, check};
//!
//! let folder = tempfile::tempdir()?;
//! let key: BuildKey = "5f".repeat(32).parse()?;
//! let error = check(&Registry::new(folder.path()), &key).unwrap_err();
//! assert_eq!(error.to_string(), format!("there is no cache entry `{key}`"));
//! assert_eq!(error.hint().as_deref(), Some("`pyxide cache list` shows the entries there are"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod annotation;
mod artifact;
mod as_text;
mod batch;
mod circle;
mod error;
mod event;
mod folder;
mod given;
mod managed;
mod named;
mod package;
mod paths;
mod prepared;
mod prerequisites;
mod profile;
mod remedy;
mod repair;
mod request;
mod restore;
mod session;
mod settings;
mod signature;
mod sources;
mod stub;
mod summary;
mod templates;
mod tools;
mod traced;
mod turn;
mod unloaded;
mod utility;
mod watched;
mod wheel;
mod workers;

pub use annotation::LineCost;
pub use artifact::{Artifact, ArtifactFile, Unfit};
pub use cache_key::{Abi, BuildKey, Error as NameError, Language, ModuleName, RequestKey};
pub use cython_driver::{
    Diagnostic, Error as DriverError, Failure, Note, NumPyUse, PackageFiles, Phase, Severity, Source,
};
pub use error::{Error, chain, circle_hint};
pub use event::{Event, Patience};
pub use ext_loader::{Error as LoadError, Exception, Host, HostError, HostedModule, Importer, MARK, Sources, Verified};
pub use fingerprint::{
    Compiler, Error as ProbeError, Interpreter, InterpreterQuery, Need, NumPy, Python, SearchPath, Witnesses,
    install_command,
};
pub use folder::{FoundSource, sources_in};
pub use lock_dir::{Error as LockError, Owner, Wait, after_fork_in_child};
pub use package::{BuiltPackage, PackageFault, PackageRequest, PythonFile};
pub use prerequisites::{Prerequisite, prerequisites};
pub use profile::Profile;
pub use registry::{
    Alias, Cleared, Collected, Durability, Entry, Error as RegistryError, Kind, Layer, Listed, ListedPackage,
    ListedPin, Meta, Options, Overview, Overwrite, PackageEntry, PackageMeta, Packed, PartSize, Pin, Pinned, Purged,
    Quarantined, Registry, Rules, Stats, Swept, Trust, utc,
};
pub use repair::{Repair, mend};
pub use request::{Build, BuildRequest, LimitedApi, SourceText};
pub use restore::{RestoreOptions, Restored, RestoredEntry, restore};
pub use session::{Built, Session, check};
pub use settings::{Environment, SETTINGS, Settings, VariableDoc};
pub use signature::{Difference, Explanation, Outcome, Signature, SignatureField};
pub use stub::{DESCRIBE, stub};
pub use summary::{PackageSummary, StatsSummary, Summary};
pub use templates::{Template, TemplateKind, Templates};
pub use tools::ToolBox;
pub use traced::traced_lines;
pub use unloaded::{Unloaded, unloaded};
pub use wheel::{ExportedWheel, WheelOptions, export_wheel};
