//! What a wheel is.

use std::path::Path;

use crate::{
    Check, Error, Limits, WheelName,
    apply::{read_sound, record_member},
    mark::{self, Original},
    replace::WheelFile,
};

/// What a wheel is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// What its file name says.
    pub name: WheelName,
    /// The name of its `.dist-info` folder.
    pub dist_info: String,
    /// What made it, as it says itself.
    pub generator: Option<String>,
    /// Whether its root goes where modules for all platforms go.
    pub root_is_purelib: bool,
    /// The signature, if there is one.
    pub signature: Option<String>,
    /// Whether it knows how to get the bytes back that it had before something was added.
    pub can_undo: bool,
    /// Its members, in their order.
    pub members: Vec<MemberInfo>,
}

/// A member of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberInfo {
    /// Its full name. That of a folder ends with `/`.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// How many bytes it has in the wheel.
    pub compressed_size: u64,
    /// Its Unix mode, if it has one.
    pub mode: Option<u32>,
    /// Its hash, as RECORD has it.
    pub hash: Option<String>,
    /// Whether it was added to a finished wheel.
    pub is_added: bool,
}

/// Says what a wheel is, if it is sound.
///
/// # Errors
/// [`Error::Unsound`] when it is not, [`Error::Io`] when it cannot be read.
pub fn inspect(wheel: &Path, limits: &Limits) -> Result<Inspection, Error> {
    let target = WheelFile::open_to_read(wheel)?;
    let (wheel, _) = read_sound(&target, Check::Structure, limits)?;
    let hashes: std::collections::HashMap<&str, &str> =
        wheel.record.rows().iter().map(|row| (&*row.path, &*row.hash)).collect();
    let members = wheel.archive.members.iter().map(|member| MemberInfo {
        name: member.name.to_string(),
        size: member.header.size,
        compressed_size: member.header.compressed,
        mode: member.mode(),
        hash: hashes.get(&*member.name).filter(|hash| !hash.is_empty()).map(|hash| (*hash).to_owned()),
        is_added: mark::is_added(member),
    });
    let members: Vec<MemberInfo> = members.collect();
    let signature = ["RECORD.jws", "RECORD.p7s"].map(|name| format!("{}/{name}", wheel.dist_info));
    Ok(Inspection {
        generator: wheel.fields.one("Generator").map(str::to_owned),
        root_is_purelib: wheel.fields.one("Root-Is-Purelib").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        signature: signature.into_iter().find(|name| members.iter().any(|member| member.name == *name)),
        can_undo: Original::of(record_member(&wheel)).is_some(),
        members,
        dist_info: wheel.dist_info,
        name: wheel.name,
    })
}
