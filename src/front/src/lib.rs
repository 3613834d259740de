//! The front end: Python source in, register bytecode out. It knows no Python objects.
//!
//! The way of a program: `parse` (the `ruff` parser behind limits of our own) → `symbols` (scopes) → `compile`
//! (lowering to [`instr::Instr`]) → `verify` → [`code::Code`].

pub mod code;
pub mod instr;
pub mod opcode;
