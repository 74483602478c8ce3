//! `plats version`

use crate::{SUCCESS, report::Report};

/// Says which version this is.
pub(crate) fn version(report: &Report) -> u8 {
    report.line(concat!("plats ", env!("CARGO_PKG_VERSION")));
    SUCCESS
}
