//! The members of a wheel, for who looks at it before others do.

use std::{io, sync::Arc};

use crate::{
    Error,
    archive::Archive,
    content::{Inflater, Problem},
};

/// The members of a changed wheel, which is checked already and still nobody else's.
#[derive(Debug, Clone)]
pub struct Members {
    file: Arc<fs_err::File>,
    archive: Arc<Archive>,
}

impl Members {
    pub(crate) fn new(file: &fs_err::File, archive: Arc<Archive>) -> Result<Self, Error> {
        let file = file.try_clone().map_err(|source| Error::Io { action: "read the changed wheel", source })?;
        Ok(Self { file: Arc::new(file), archive })
    }

    /// Their names, in the order of the directory.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.archive.members.iter().map(|member| &*member.name)
    }

    /// The content of a member, by its place among the names. None if there is no such place, or the content has more bytes
    /// than are allowed.
    ///
    /// # Errors
    /// Why it cannot be read, or is not what its header says.
    pub fn read(&self, index: usize, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(member) = self.archive.members.get(index).filter(|member| member.header.size <= limit) else {
            return Ok(None);
        };
        match Inflater::new().read_all(&self.file, member, limit) {
            Ok(content) => Ok(Some(content)),
            Err(Problem::Io(error)) => Err(error),
            Err(Problem::Wrong(message)) => Err(io::Error::new(io::ErrorKind::InvalidData, message)),
        }
    }
}
