//! Algorithms of Python's types and library that need no Python object.
//!
//! The runtime (crate `threadsnake`) calls these with borrowed text, bytes and numbers and turns the error enums,
//! whose `Display` is CPython's message, into exceptions. Nothing here allocates Python objects, calls Python, shares
//! state between threads, or is `unsafe`.

#![forbid(unsafe_code)]

pub mod binascii;
pub mod calendar;
pub mod decimal;
pub mod float;
pub mod format_spec;
pub mod hash;
pub mod int;
pub mod json_scan;
pub mod percent;
pub mod random;
pub mod sre;
pub mod struct_codec;
pub mod text;
pub mod unicode;
