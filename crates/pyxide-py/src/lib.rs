//! The Python distribution pyxide
