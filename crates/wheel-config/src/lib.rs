#![doc = include_str!("../README.md")]
//!
//! ```
//! use wheel_config::Settings;
//!
//! let text = r#"
//! [tool.pyxide.build]
//! backend = "setuptools.build_meta"
//!
//! [tool.pyxide.wheel]
//! hooks = [{ name = "greeting_autoload", call = "greeting.codec:register", module = "_greeting_hook" }]
//! folders = [{ from = "dialects" }]
//! "#;
//! let settings = Settings::read(text)?;
//! assert_eq!(settings.build.backend.module, "setuptools.build_meta");
//! assert_eq!(settings.folders[0].to.as_str(), "dialects");
//!
//! let error = Settings::read(&text.replace("folders", "folder")).unwrap_err();
//! assert_eq!(error.to_string(), "pyproject.toml:7:1: `tool.pyxide.wheel` has no key `folder`");
//! assert_eq!(error.hint().unwrap(), "did you mean `folders`? The keys are `files`, `folders` and `hooks`");
//! # Ok::<(), wheel_config::Error>(())
//! ```
//!
//! A wheel that a backend has made gets what a project asks for:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use wheel_config::{Finished, Kind, Payload, Settings, wheel_patch};
//!
//! let (project, wheel) = (Path::new("greetings"), Path::new("dist/greetings-1.0-py3-none-any.whl"));
//! let settings = Settings::open(project)?;
//! let payload = Payload::gather(&settings, project, Kind::Regular)?;
//! let changes = payload.changes(&Finished::open(wheel, &settings.build.backend.module)?)?;
//! wheel_patch::apply(wheel, &changes.changes, &wheel_patch::Options::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod changes;
mod editable;
mod error;
mod finished;
mod hooks;
mod path;
mod payload;
mod place;
mod places;
mod reader;
mod relocated;
mod sdist;
mod settings;
mod tree;

/// What hooks are made of here.
pub use pth_hook;
/// What is done to wheels, and with what.
pub use wheel_patch;

pub use changes::Changes;
pub use error::{EncodingFault, Error, PathFault, TargetFault, TreeFault};
pub use finished::Finished;
pub use path::{RelativePath, SourcePath};
pub use payload::{Kind, Payload};
pub use place::Place;
pub use relocated::relocated;
pub use sdist::{SdistFile, sdist_files};
pub use settings::{Backend, Build, EditableFolder, FileEntry, FolderEntry, Hook, HookSource, Settings};
