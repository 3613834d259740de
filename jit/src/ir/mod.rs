//! The intermediate representation: SSA over a control-flow graph whose blocks have parameters.
//!
//! [`op`] is the table of operations, [`func`] holds a function, [`build`] makes one, [`print`] and [`parse`]
//! are its text, [`pack`] is its form as bytes, [`verify`] its rules, [`eval`] the meaning of its scalar operations, [`interp`] the reference
//! interpreter that every back end must agree with.

pub mod build;
pub mod cfg;
pub mod entity;
pub mod eval;
pub mod func;
pub mod interp;
pub mod op;
pub mod pack;
pub mod parse;
pub mod print;
pub mod region;
pub mod types;
pub mod verify;

pub use build::Builder;
pub use entity::{Block, Helper, Inst, Snap, Value};
pub use func::{
    AllocInfo, Func, HelperDecl, InstData, Lists, MemRef, Replace, SnapEntry, SnapFrame, SnapVal,
    Snapshot, Succ, VirtualObj,
};
pub use op::Op;
pub use pack::Packed;
pub use parse::{ParseError, parse};
pub use types::{AliasClass, ClassSet, Type, boxed};
pub use verify::{VerifyError, verify};
