//! The interpreter.

pub mod api;
pub mod dunder;
