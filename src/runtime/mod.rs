//! What a runtime is made of: shared state (`runtime`), per-thread state (`thread`), errors, making of objects (`create`),
//! what a thread may change without a lock (`alone`), and the abstract operations on objects (`attr`, `call`, `compare`,
//! `iterate`, `number`, `protocol`).

mod alone;
pub mod attr;
pub mod call;
pub mod compare;
pub mod create;
pub mod error;
pub mod flags;
pub mod intern;
pub mod iterate;
pub mod names;
pub mod number;
pub mod protocol;
#[allow(clippy::module_inception)]
pub mod runtime;
pub mod state;
pub mod thread;
pub mod typing;
pub mod weakref;
