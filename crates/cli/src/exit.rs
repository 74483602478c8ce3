//! Exit codes.

use pyxide::{DriverError, Error, LoadError, LockError, NameError};

/// All went well.
pub const SUCCESS: u8 = 0;
/// Cython, the compiler or the linker found errors, or took too long.
pub const BUILD_FAILED: u8 = 1;
/// The command line or an input file is wrong: an unknown option, a missing file, a bad name, a file that is not UTF-8.
pub const USAGE: u8 = 2;
/// An interpreter, a compiler or Cython is missing or unsuitable.
pub const TOOLS_MISSING: u8 = 3;
/// The cache cannot be used, does not have what was asked for, or has damaged entries.
pub const CACHE: u8 = 4;
/// The module was built, and importing it or evaluating the expression raised an exception.
pub const RAISED: u8 = 5;
/// A wheel or a startup hook is not sound; a wheel does not take a change, or cannot be brought back.
pub const UNSOUND: u8 = 6;
/// Ended by the user with Ctrl-C; 128 and the signal's number for other signals.
pub const INTERRUPTED: u8 = 130;

/// What the help text says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0    success
  1    Cython, the compiler or the linker found errors, or took too long
  2    the command line or an input file is wrong
  3    an interpreter, a compiler or Cython is missing or unsuitable
  4    the cache cannot be used, lacks what was asked for, or has damaged entries
  5    importing the module or evaluating the expression raised an exception
  6    a wheel or a startup hook is not sound, or a wheel does not take the change
  130  ended by the user";

/// The exit code for an error, and the name of its kind in JSON.
pub(crate) fn code(error: &Error) -> (u8, &'static str) {
    match error {
        Error::Build(DriverError::Cancelled) | Error::Lock(LockError::Cancelled) => (INTERRUPTED, "interrupted"),
        Error::Build(_) | Error::Unloadable { .. } | Error::KeepsChanging { .. } => (BUILD_FAILED, "build"),
        Error::Tools(_) | Error::NoCython { .. } | Error::NoNumPy { .. } | Error::Install { .. } => {
            (TOOLS_MISSING, "tools")
        }
        Error::Name(NameError::Key(_))
        | Error::NoEntry { .. }
        | Error::NotAPackage { .. }
        | Error::NotAModule { .. }
        | Error::NoSuchBeginning { .. }
        | Error::NotQuarantined { .. }
        | Error::ManyKeys { .. }
        | Error::UnknownAlias { .. }
        | Error::NoModule { .. }
        | Error::OtherModules { .. }
        | Error::ManyModules { .. }
        | Error::NoBuild { .. }
        | Error::NoCacheFolder
        | Error::KeepsVanishing
        | Error::ForAnother { .. }
        | Error::Registry(_)
        | Error::Lock(_)
        | Error::Load(LoadError::OtherInterpreter { .. }) => (CACHE, "cache"),
        Error::Load(_) => (RAISED, "load"),
        Error::Wheel(error) => wheel_code(error),
        // Everything else is about what was given.
        _ => (USAGE, "input"),
    }
}

/// The exit code for an error of a wheel, and the name of its kind in JSON.
pub(crate) fn wheel_code(error: &wheel_patch::Error) -> (u8, &'static str) {
    use wheel_patch::Error as Wheel;
    match error {
        Wheel::Unsound { .. } | Wheel::WouldBeUnsound { .. } => (UNSOUND, "unsound"),
        Wheel::Exists { .. }
        | Wheel::Taken { .. }
        | Wheel::Clash { .. }
        | Wheel::SamePlace { .. }
        | Wheel::Reserved { .. }
        | Wheel::Signed { .. } => (UNSOUND, "refused"),
        Wheel::Changed { .. } => (UNSOUND, "changed"),
        Wheel::Locked { .. } => (UNSOUND, "locked"),
        Wheel::NoUndo { .. } | Wheel::UndoFile { .. } => (UNSOUND, "undo"),
        // Everything else is about what was given.
        _ => (USAGE, "input"),
    }
}

/// The same for what is wrong with a startup hook.
pub(crate) fn hook_code(error: &pth_hook::Error) -> (u8, &'static str) {
    match error {
        pth_hook::Error::Cancelled => (INTERRUPTED, "interrupted"),
        pth_hook::Error::Interpreter { .. } => (TOOLS_MISSING, "tools"),
        pth_hook::Error::Start { .. } => (RAISED, "start"),
        // Everything else is about what was given.
        _ => (USAGE, "input"),
    }
}
