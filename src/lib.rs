//! Threadsnake: a Python runtime for programs that have many threads.
//!
//! See ARCHITECTURE.md for the map. In short: `object` is the object model, `runtime` the shared and per-thread state with
//! the abstract operations, `interp` the interpreter, `builtins` one file a built-in type, `modules` one file a native
//! library module, `record` the way from hot bytecode to machine code and back, `embed` what a host uses, `cli` the command.

pub mod builtins;
pub mod cli;
pub mod embed;
pub mod interp;
pub mod modules;
pub mod object;
pub mod record;
pub mod runtime;
