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

pub use changes::Changes;
pub use error::{EncodingFault, Error, PathFault, TargetFault, TreeFault};
pub use finished::Finished;
pub use path::{RelativePath, SourcePath};
pub use payload::{Kind, Payload};
pub use place::Place;
pub use relocated::relocated;
pub use sdist::{SdistFile, sdist_files};
pub use settings::{Backend, Build, EditableFolder, FileEntry, FolderEntry, Hook, HookSource, Settings};
