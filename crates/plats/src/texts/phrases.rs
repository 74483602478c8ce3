//! Short phrases of the command line in every voice.

use platskript::Voice;

use super::{Voiced, column};

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// The first line of the help.
    Welcome,
    /// Behind a file in which nothing is wrong.
    Fine,
    /// Before the list of what `init` has made.
    Made,
    /// Behind that list: what to do next. The braces stand for a path.
    Next,
    /// Before what is typed.
    Prompt,
    /// When the prompt opens on a terminal.
    Hello,
    /// When it closes on a terminal.
    Bye,
}

/// A phrase in a voice.
pub(crate) fn phrase(phrase: Phrase, voice: Voice) -> &'static str {
    let voiced: &Voiced = match phrase {
        Phrase::Welcome => &[
            "plats spreekt Platskript: Vlaams programmeren",
            "plats speaks Platskript: programming in Flemish",
            "plats klapt Platskript: programmeren lik in West-Vloandern",
            "plats klapt Platskript: programmeren lak in Antwaarpe",
            "plats kalt Platskript: programmere wie in Limburg",
            "plats klapt Platskript: programmeire gelak in Brussel",
            "plats klapt Platskript: programmeren gelijk in Oost-Vloandere",
            "plats klapt Platskript, jaow: programmeren zoals in Genk",
        ],
        Phrase::Fine => &[
            "klopt helemaal",
            "is fine",
            "is gelyk of dat 't moe zyn",
            "is in orde, zenne",
            "is good, zèkker",
            "is in den haak, zulle",
            "is goe, zulle",
            "klopt, jaow",
        ],
        Phrase::Made => {
            &["Gemaakt:", "Made:", "Gemoakt:", "Gemaakt, zie:", "Gemaak:", "Gemokt:", "Gemoakt, zie:", "Gemaakt, jaow:"]
        }
        Phrase::Next => &[
            "Probeer nu: plats run {}",
            "Now try: plats run {}",
            "Proboir nu: plats voertuut {}",
            "Probeert na: plats doeme {}",
            "Probeer noe: plats gaon {}",
            "Probeit na: plats run {}",
            "Probeer nu: plats doet {}",
            "Probeer es: plats jaodoen {}",
        ],
        Phrase::Prompt => &["plats> ", "plats> ", "plansen> ", "sansen> ", "allei> ", "awel> ", "plats> ", "plats> "],
        Phrase::Hello => &[
            "Typ Platskript. Met `help` ziet ge wat er nog kan, met `weg` gaat ge buiten.",
            "Type Platskript. `help` says what else there is, `exit` leaves.",
            "Typt moar Platskript. Mee `haalp` ziet je wuk dat der nog kan, mee `wech` zy je weg.",
            "Typt maar Platskript. Me `help` ziede wat er nog kan, me `weg` zijde weg.",
            "Typ mer Platskript. Mèt `help` zuuste wat d'r nog kan, mèt `weg` bis te weg.",
            "Typt moar Platskript. Mè `help` zeede wa dat er nog kan, mè `weg` zaaide weg.",
            "Typt moar Platskript. Met `hulpe` ziede wat dat er nog kan, met `weg` zijde weg.",
            "Typ maar Platskript, jaow. Met `help` ziede wat er nog kan, met `weg` zijde weg.",
        ],
        Phrase::Bye => &[
            "Tot ziens!",
            "Bye!",
            "Toet ziens, ee!",
            "Salukes!",
            "Hajje!",
            "Salu, en de kost!",
            "Tot de noaste!",
            "Ciao, jaow!",
        ],
    };
    voiced[column(voice)]
}
