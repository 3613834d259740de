//! What compiled code asks of classes.

use super::{obj, thread};
use crate::object::def::type_flags;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Value};
use crate::runtime::thread::Thread;
use threadsnake_threads::record::ThreadRecord;

/// Whether `o` is of a class, or of one of a tuple of classes, that nobody but the classes themselves has a say in. `None`:
/// somebody has.
pub fn plain_isinstance(th: &Thread, o: &Obj, classes: &Obj) -> Option<bool> {
    let t = th.type_of(o);
    let one = std::slice::from_ref(classes);
    let classes = classes.exact::<Tuple>().map_or(one, |t| t.items());
    let mut is = false;
    for c in classes {
        if th.type_of(c).id != Some(TypeId::Type) {
            return None;
        }
        is |= t.is_subtype_of(c.cast::<Type>()?);
    }
    if is {
        return Some(true);
    }
    // What `__class__` says counts too, and who says it.
    let of_object = |name| t.lookup_word(th, name) == th.ty(TypeId::Object).lookup_word(th, name);
    let names = th.rt().names();
    let plain = t.has(type_flags::PLAIN_GETATTR)
        || t.id == Some(TypeId::Type)
        || t.id.is_none() && of_object(&names.__getattribute__);
    (plain && of_object(&names.__class__)).then_some(false)
}

/// `isinstance(o, classes)`; nothing where somebody has to be asked.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn isinstance(rec: *const ThreadRecord, o: u64, classes: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, classes) = unsafe { (thread(rec), obj(&o), obj(&classes)) };
    let is = plain_isinstance(th, o, classes);
    is.map_or(Value::EMPTY, Value::from_bool).0
}
