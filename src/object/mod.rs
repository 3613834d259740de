//! The object model: values, headers, references, shapes, types, and the payloads of the types that everything else
//! stands on. Knows nothing of the interpreter. `object` is one of the few places with `unsafe`; each file states its
//! invariants at its head.

pub mod buffer;
pub mod bytes;
pub mod cache;
pub mod code;
pub mod def;
pub mod destroy;
pub mod dict;
pub mod exception;
pub mod frame;
pub mod function;
pub mod guarded;
pub mod heap;
pub mod instance;
pub mod int;
pub mod iters;
pub mod layout;
pub mod list;
pub mod lookup;
pub mod module;
pub mod obj;
pub mod range;
pub mod rc;
pub mod set;
pub mod shape;
pub mod sig;
pub mod slice;
pub mod slots;
pub mod string;
pub mod tuple;
pub mod type_ids;
pub mod types;
pub mod value;

pub use layout::{Layout, Native, Visit};
pub use obj::{Obj, Py, Slot};
pub use value::Value;
