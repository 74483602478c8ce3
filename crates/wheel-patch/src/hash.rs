//! Hashes as RECORD writes them: `sha256=` and URL-safe base64 without padding.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{Algorithm, Context, MAX_OUTPUT_LEN, SHA256, SHA384, SHA512};

/// Why the text of a hash is not one that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashProblem {
    /// It is not `algorithm=` and unpadded URL-safe base64 of the right length.
    Form,
    /// The algorithm is unknown, or one that is given up.
    Weak,
}

/// What computes a hash.
pub(crate) struct Hasher(Context);

impl Hasher {
    /// A sha256, which new rows have.
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The result of a hasher that was made by [`Self::new`].
    pub(crate) fn sha256(self) -> [u8; 32] {
        self.finish().try_into().expect("a sha256 has 32 bytes")
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// The sha256 of these bytes, one behind the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.sha256()
}

/// Reads the text of a hash: the hasher to compute another one with, and the bytes that it has to give.
pub(crate) fn parse(text: &str) -> Result<(Hasher, Vec<u8>), HashProblem> {
    let (algorithm, bytes, length) = read(text)?;
    Ok((Hasher(Context::new(algorithm)), bytes[..length].to_vec()))
}

/// Whether a text is that of a hash.
pub(crate) fn check(text: &str) -> Result<(), HashProblem> {
    read(text).map(drop)
}

/// The algorithm of a hash, its bytes, and how many they are.
fn read(text: &str) -> Result<(&'static Algorithm, [u8; MAX_OUTPUT_LEN], usize), HashProblem> {
    let (algorithm, encoded) = text.split_once('=').ok_or(HashProblem::Form)?;
    let algorithm = match algorithm {
        "sha256" => &SHA256,
        "sha384" => &SHA384,
        "sha512" => &SHA512,
        _ => return Err(HashProblem::Weak),
    };
    let mut bytes = [0; MAX_OUTPUT_LEN];
    match URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
        Ok(length) if length == algorithm.output_len() => Ok((algorithm, bytes, length)),
        _ => Err(HashProblem::Form),
    }
}

/// The text of a sha256.
pub(crate) fn sha256_text(bytes: &[u8]) -> String {
    format!("sha256={}", URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_as_they_are_written() {
        let mut hasher = Hasher::new();
        hasher.update(b"abc");
        let text = sha256_text(&hasher.finish());
        assert_eq!(text, "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        let (mut hasher, expected) = parse(&text).unwrap();
        hasher.update(b"abc");
        assert_eq!(hasher.finish(), expected);
    }

    #[test]
    fn hashes_that_are_none() {
        let form =
            ["", "sha256", "sha256=", "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=", "sha512=ungWv48Bz-pB"];
        // The last letter of the third one has bits that no byte takes.
        for text in form.into_iter().chain([
            "sha256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
            "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1",
        ]) {
            assert_eq!(parse(text).err(), Some(HashProblem::Form), "{text}");
        }
        for text in ["md5=1B2M2Y8AsgTpgAmY7PhCfg", "sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk", "SHA256=x", "=x"] {
            assert_eq!(parse(text).err(), Some(HashProblem::Weak), "{text}");
        }
    }
}
