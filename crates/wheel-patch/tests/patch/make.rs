//! Wheels made by hand, right ones and wrong ones, without the code that is tested.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compress, Compression, Crc, FlushCompress};
use ring::digest::{SHA256, digest};
use tempfile::TempDir;

/// A member, with everything that can be wrong about it.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) stored: bool,
    pub(crate) method: Option<u16>,
    pub(crate) flags: u16,
    pub(crate) date: u16,
    pub(crate) extra: Vec<u8>,
    /// What follows the data: its length and whether it tells the truth.
    pub(crate) descriptor: Option<(usize, bool)>,
    /// What is appended to the compressed data, and counted as part of it.
    pub(crate) behind: Vec<u8>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) local_crc: Option<u32>,
    pub(crate) comment: Vec<u8>,
    /// Not listed in the directory.
    pub(crate) orphan: bool,
}

/// A plain member.
pub(crate) fn member(name: &str, content: &[u8]) -> Member {
    Member {
        name: name.as_bytes().to_vec(),
        content: content.to_vec(),
        mode: 0o100_644,
        stored: false,
        method: None,
        flags: if name.is_ascii() { 0 } else { 1 << 11 },
        date: 0x5821,
        extra: Vec::new(),
        descriptor: None,
        behind: Vec::new(),
        local_name: None,
        local_crc: None,
        comment: Vec::new(),
        orphan: false,
    }
}

/// A member with something changed.
pub(crate) fn with(mut member: Member, change: impl FnOnce(&mut Member)) -> Member {
    change(&mut member);
    member
}

/// The bytes of an archive.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let number = |length: usize| u32::try_from(length).unwrap();
    for member in members {
        let mut crc = Crc::new();
        crc.update(&member.content);
        let mut data = if member.stored { member.content.clone() } else { deflate(&member.content) };
        data.extend(&member.behind);
        let offset = number(file.len());
        let flags = member.flags | if member.descriptor.is_some() { 8 } else { 0 };
        let method = member.method.unwrap_or(if member.stored { 0 } else { 8 });
        let sums = [crc.sum(), number(data.len()), number(member.content.len())];
        let halves = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let words = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap();

        let local = member.local_name.as_ref().unwrap_or(&member.name);
        let local_sums = if member.descriptor.is_some() { [0; 3] } else { sums };
        file.extend(words(&[0x0403_4b50]));
        file.extend(halves(&[20, flags, method, 0x6000, member.date]));
        file.extend(words(&[member.local_crc.unwrap_or(local_sums[0]), local_sums[1], local_sums[2]]));
        file.extend(halves(&[length(local), length(&member.extra)]));
        file.extend(local);
        file.extend(&member.extra);
        file.extend(&data);
        if let Some((length, is_true)) = member.descriptor {
            let crc = if is_true { sums[0] } else { sums[0] ^ 1 };
            let sizes = [u64::from(sums[1]), u64::from(sums[2])];
            let mut all = if length % 8 == 0 { words(&[0x0807_4b50, crc]) } else { words(&[crc]) };
            if length < 20 {
                all.extend(words(&sums[1..]));
            } else {
                all.extend(sizes.map(u64::to_le_bytes).concat());
            }
            assert_eq!(all.len(), length);
            file.extend(all);
        }
        if member.orphan {
            continue;
        }
        count += 1;
        directory.extend(words(&[0x0201_4b50]));
        directory.extend(halves(&[0x0314, 20, flags, method, 0x6000, member.date]));
        directory.extend(words(&sums));
        directory.extend(halves(&[length(&member.name), length(&member.extra), length(&member.comment), 0, 0]));
        directory.extend(words(&[member.mode << 16, offset]));
        directory.extend(&member.name);
        directory.extend(&member.extra);
        directory.extend(&member.comment);
    }
    let start = number(file.len());
    file.extend(&directory);
    file.extend(0x0605_4b50_u32.to_le_bytes());
    file.extend([0; 4]);
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend([number(directory.len()).to_le_bytes(), start.to_le_bytes()].concat());
    file.extend([0; 2]);
    file
}

/// Compresses as other libraries than ours would: not at the level that we take.
fn deflate(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 1000);
    Compress::new(Compression::new(3), false).compress_vec(content, &mut out, FlushCompress::Finish).unwrap();
    out
}

/// The file name of the wheels.
pub(crate) const NAME: &str = "demo-1.0-py3-none-any.whl";

/// The members of a sound wheel but RECORD.
pub(crate) fn sound() -> Vec<Member> {
    vec![
        member("demo/__init__.py", b"VERSION = '1.0'\n"),
        member("demo/text.txt", "line after line\n".repeat(200).as_bytes()),
        with(member("demo/empty.py", b""), |member| member.stored = true),
        with(member("demo/tool", b"#!/bin/sh\n"), |member| member.mode = 0o100_755),
        member("demo-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
        member(
            "demo-1.0.dist-info/WHEEL",
            b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
    ]
}

/// The row of RECORD for a member.
pub(crate) fn row(member: &Member) -> String {
    let name = String::from_utf8_lossy(&member.name);
    let name = if name.contains([',', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.into_owned() };
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, &member.content));
    format!("{name},sha256={hash},{}\n", member.content.len())
}

/// The text of RECORD for members.
pub(crate) fn record(members: &[Member]) -> String {
    let rows: String = members.iter().filter(|member| !member.name.ends_with(b"/")).map(row).collect();
    rows + "demo-1.0.dist-info/RECORD,,\n"
}

/// Members with RECORD behind them.
pub(crate) fn listed(mut members: Vec<Member>) -> Vec<Member> {
    let record = member("demo-1.0.dist-info/RECORD", record(&members).as_bytes());
    members.push(record);
    members
}

/// A wheel in a folder of its own.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Made {
    /// With these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        fs_err::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    /// A sound one.
    pub(crate) fn sound() -> Self {
        Self::of(&zip(&listed(sound())))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs_err::read(&self.path).unwrap()
    }

    /// Its members by another reader: name, mode, method, and content.
    pub(crate) fn read(&self) -> Vec<(String, u32, u16, Vec<u8>)> {
        read(&self.path)
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> Vec<String> {
        self.read().into_iter().map(|(name, ..)| name).collect()
    }

    /// The text of its RECORD.
    pub(crate) fn record(&self) -> String {
        let found = self.read().into_iter().find(|(name, ..)| name.ends_with(".dist-info/RECORD")).unwrap();
        String::from_utf8(found.3).unwrap()
    }
}

fn read(path: &Path) -> Vec<(String, u32, u16, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(fs_err::File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut content).unwrap();
            let method = if file.compression() == zip::CompressionMethod::Stored { 0 } else { 8 };
            (file.name().unwrap().into_owned(), file.unix_mode().unwrap_or(0), method, content)
        })
        .collect()
}
