//! The headers of a tar file, as POSIX has them, with nothing in them that could differ.
//!
//! They are written only. Whoever reads a bundle knows from its index which header must come, and compares.

/// Everything in a tar file begins at a multiple of this.
pub(super) const BLOCK: u64 = 512;

/// What a tar file ends with.
pub(super) const END: [u8; 1024] = [0; 1024];

/// The longest name that a header has room for.
const LONGEST: usize = 100;

/// Where a header has the size, in octal digits.
const SIZE: std::ops::Range<usize> = 124..135;

/// What stands before the content of a file with this name in a folder, or in none.
///
/// A name that is too long for a header has a header and a block of its own before it, which all tar programs know.
pub(super) fn headers(folder: &str, name: &str, size: u64) -> Vec<u8> {
    let mut headers = Vec::new();
    if name.len() > LONGEST {
        let record = record("path", &format!("{folder}/{name}"));
        headers.extend(header("", "long-name", record.len() as u64, b'x'));
        headers.extend(record.as_bytes());
        headers.resize(headers.len() + padding(record.len() as u64), 0);
    }
    let end = (0..=LONGEST.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    headers.extend(header(folder, &name[..end], size, b'0'));
    headers
}

/// How many zeros follow so many bytes.
pub(super) fn padding(size: u64) -> usize {
    usize::try_from(size.next_multiple_of(BLOCK) - size).unwrap_or(0)
}

/// The size that a header speaks of, if it does.
pub(super) fn size(header: &[u8]) -> Option<u64> {
    let digits = header.get(SIZE)?;
    digits
        .iter()
        .try_fold(0_u64, |size, digit| matches!(digit, b'0'..=b'7').then(|| size * 8 + u64::from(digit - b'0')))
}

fn header(folder: &str, name: &str, size: u64, kind: u8) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(SIZE.start, &format!("{size:011o}"));
    put(136, "00000000000");
    // The checksum is made with blanks in its own place.
    put(148, "        ");
    put(257, "ustar\x0000");
    put(329, "0000000");
    put(337, "0000000");
    put(345, folder);
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A line of a header that gives one value: its length, which counts itself, and what it says.
fn record(name: &str, value: &str) -> String {
    let rest = format!(" {name}={value}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_themselves() {
        for length in 80..120 {
            let record = record("path", &"x".repeat(length));
            assert!(record.starts_with(&format!("{} path=x", record.len())), "{record}");
        }
    }

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for wanted in [0, 7, 512, 1 << 29, 0o77_777_777_777] {
            assert_eq!(size(&header("", "a", wanted, b'0')), Some(wanted));
        }
        assert_eq!((size(&[b'9'; 512]), size(&[0; 512]), size(b"")), (None, None, None));
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        let headers = headers("k", &"ü".repeat(66), 1);
        assert_eq!(headers.len(), 3 * 512);
        assert!(headers[1024..].starts_with(format!("{}0000644", "ü".repeat(50)).as_bytes()));
        assert_eq!(super::headers("k", &"x".repeat(100), 1).len(), 512);
    }
}
