//! Hashes as RECORD writes them: `sha256=` and URL-safe base64 without padding.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Why the text of a hash is not one that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashProblem {
    /// It is not `algorithm=` and unpadded URL-safe base64 of the right length.
    Form,
    /// The algorithm is unknown, or one that is given up.
    Weak,
}

/// What computes a hash.
pub(crate) enum Hasher {
    /// What new rows have.
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// The one for new rows.
    pub(crate) fn new() -> Self {
        Self::Sha256(Sha256::new())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// Reads the text of a hash: the hasher to compute another one with, and the bytes that it has to give.
pub(crate) fn parse(text: &str) -> Result<(Hasher, Vec<u8>), HashProblem> {
    let (algorithm, encoded) = text.split_once('=').ok_or(HashProblem::Form)?;
    let (hasher, length) = match algorithm {
        "sha256" => (Hasher::Sha256(Sha256::new()), 32),
        "sha384" => (Hasher::Sha384(Sha384::new()), 48),
        "sha512" => (Hasher::Sha512(Sha512::new()), 64),
        _ => return Err(HashProblem::Weak),
    };
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| HashProblem::Form)?;
    if bytes.len() == length { Ok((hasher, bytes)) } else { Err(HashProblem::Form) }
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
