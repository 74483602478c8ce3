//! Who speaks.

/// The language, or the tongue of a region, in which messages are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Voice {
    /// Dutch.
    #[default]
    Dutch,
    /// English.
    English,
    /// West-Vlaams.
    WestFlemish,
    /// Antwerps.
    Antwerp,
    /// Limburgs.
    Limburg,
    /// Brussels.
    Brussels,
    /// Oost-Vlaams.
    EastFlemish,
    /// The tongue of Genk.
    Genk,
}

impl Voice {
    /// Every voice, in the order of the table of messages.
    pub const ALL: [Self; 8] = [
        Self::Dutch,
        Self::English,
        Self::WestFlemish,
        Self::Antwerp,
        Self::Limburg,
        Self::Brussels,
        Self::EastFlemish,
        Self::Genk,
    ];
}
