//! Wheels made by hand: changed, brought back, and refused.

mod change;
mod make;
mod refuse;
mod undo;
