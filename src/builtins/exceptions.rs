//! Built-in exceptions: `base` is BaseException, `table` lists all classes, the other files are those with fields.

use crate::object::Obj;
use crate::object::def::type_flags;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

pub mod attribute;
pub mod base;
pub mod group;
pub mod import;
pub mod keyerror;
pub mod name;
pub mod os;
pub mod stop;
pub mod syntax;
pub mod table;
pub mod unicode;

pub use group::prep_reraise_star;

/// `e.add_note(text)`
pub fn add_note(th: &Thread, e: &Obj, text: &str) -> Res<()> {
    let note = th.str(text)?;
    base::add_note_obj(th, e, &note)
}

/// Whether a type is a built-in exception class.
pub fn is_exception(id: TypeId) -> bool {
    id >= TypeId::BaseException && id <= TypeId::EncodingWarning
}

/// Whether an object is a class that derives from BaseException.
pub fn is_exception_class(o: &Obj) -> bool {
    o.cast::<Type>()
        .is_some_and(|t| t.has(type_flags::EXCEPTION))
}
