//! A part of a file in memory, so that many small reads are few large ones.

use std::io;

use fs_err::os::unix::fs::FileExt as _;

/// Reads a file at any place, in steps.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    file: &'a fs_err::File,
    size: u64,
    step: usize,
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Window<'a> {
    /// Over a file of this size, of which so many bytes are read at a time.
    pub(crate) fn new(file: &'a fs_err::File, size: u64, step: usize) -> Self {
        Self { file, size, step, start: 0, buffer: Vec::new() }
    }

    /// So many bytes from an offset on. None if the file does not have them.
    pub(crate) fn get(&mut self, offset: u64, length: usize) -> io::Result<Option<&[u8]>> {
        let Some(end) = offset.checked_add(length as u64).filter(|end| *end <= self.size) else { return Ok(None) };
        let held = self.start..self.start + self.buffer.len() as u64;
        if offset < held.start || end > held.end {
            let wanted = (self.size - offset).min(length.max(self.step) as u64);
            // No more than what was asked for or a step.
            self.buffer.resize(usize::try_from(wanted).unwrap_or(usize::MAX), 0);
            self.start = offset;
            if let Err(error) = self.file.read_exact_at(&mut self.buffer, offset) {
                self.buffer.clear();
                return Err(error);
            }
        }
        let from = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..from + length))
    }
}

/// A window that is read in order, for readers that want that.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    window: Window<'a>,
    at: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(window: Window<'a>) -> Self {
        Self { window, at: 0 }
    }
}

impl io::Read for Cursor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.window.size.saturating_sub(self.at);
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX)).min(self.window.step);
        if let Some(bytes) = self.window.get(self.at, length)? {
            buffer[..length].copy_from_slice(bytes);
            self.at += length as u64;
            return Ok(length);
        }
        Ok(0)
    }
}

impl io::Seek for Cursor<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let at = match to {
            io::SeekFrom::Start(offset) => Some(offset),
            io::SeekFrom::End(distance) => self.window.size.checked_add_signed(distance),
            io::SeekFrom::Current(distance) => self.at.checked_add_signed(distance),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A little-endian number at a place in a record whose length was checked.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let mut number = [0; 2];
    number.copy_from_slice(&bytes[at..at + 2]);
    u16::from_le_bytes(number)
}

/// The same with four bytes.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

/// The same with eight bytes.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
