//! Wheels made by hand: changed, brought back, and refused.

mod change;
mod create;
mod differ;
mod large;
mod make;
mod normalise;
mod place;
mod refuse;
mod repair;
mod undo;
