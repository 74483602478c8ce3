#![doc = include_str!("../README.md")]

mod acquire;
mod error;
mod file_system;
mod folder;
mod held;
mod kernel_lock;
mod owner;
#[cfg(test)]
mod pretence;
mod table;

pub use acquire::{Outcome, Request, Wait, acquire, try_lock};
pub use error::Error;
pub use held::Held;
pub use owner::{Owner, owner};
pub use table::after_fork_in_child;
