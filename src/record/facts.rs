//! What compiled code assumes, and who breaks it: the one table of assumptions.
//!
//! A fact names the thing that must not change. Who records first assumes, then reads (W1 of `threads::watch`). Who
//! changes the thing calls the `…_changed` function here after the change: another thread that still runs on the old fact
//! meanwhile behaves as if it had looked before the change, and what the fact was about is kept alive by the code.
//!
//! | fact       | holds while                                                     | broken by                             |
//! |------------|-----------------------------------------------------------------|---------------------------------------|
//! | `Binding`  | the dict binds the name to the same value, or does not bind it   | `object::dict`, where `watched` is set |
//! | `Type`     | look-ups through the type find the same                          | `Type::modified`                      |
//! | `Function` | the function has the same code and defaults                      | `builtins::function::bump`            |
//!
//! That the mode is Single is no entry here: it is the tier itself (R2 of the module).

use super::region::Dependant;
use crate::object::dict::Dict;
use crate::object::function::Function;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use crate::runtime::thread::Thread;
use threadsnake_threads::patch;

/// Something that compiled code relies on. Addresses of objects that the code keeps alive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fact {
    /// What this dict binds this interned name to.
    Binding(u64, u64),
    /// What look-ups through this type find.
    Type(u64),
    /// Code and defaults of this function.
    Function(u64),
}

impl Fact {
    /// The reason, for counters and reports.
    pub fn name(self) -> &'static str {
        match self {
            Fact::Binding(..) => "binding",
            Fact::Type(_) => "type",
            Fact::Function(_) => "function",
        }
    }
    /// The fact that the dict binds `name` (interned) to what it binds it to now.
    pub fn binding(d: &Py<Dict>, name: &Obj) -> Fact {
        Fact::Binding(d.obj().value().0, name.value().0)
    }
    /// The fact that the type does not change.
    pub fn of_type(t: &Py<Type>) -> Fact {
        Fact::Type(t.obj().value().0)
    }
}

/// A fact does not hold any more: code that relies on it is made to leave and taken out of its table. A safepoint where
/// there is such code in Multi; under no lock.
fn broken(th: &Thread, fact: Fact) {
    let jit = th.rt().jit();
    let ((outcome, ()), alone) = if th.multi() {
        let r = patch::change_fact(&th.rt().domain, th.rec(), &jit.watchers, &fact, || ());
        (r, false)
    } else {
        // Nobody else runs, and what this thread is inside of are calls of helpers: any form may be patched.
        (jit.watchers.break_(&fact, Dependant::leave, || ()), true)
    };
    if let threadsnake_threads::watch::Outcome::Patched(n) = outcome {
        jit.counters.invalidated(fact, n, alone);
        jit.retire_broken();
    }
}

/// The binding of `key` in a watched dict has changed.
#[cold]
pub fn binding_changed(th: &Thread, d: &Py<Dict>, key: &Obj) {
    // Facts name interned strings; a key of the same text may be another object.
    let key = th.intern_obj(key);
    broken(th, Fact::Binding(d.obj().value().0, key.value().0));
}

/// What look-ups through the type find has changed.
#[cold]
pub fn type_changed(th: &Thread, t: &Type) {
    // SAFETY: the payload of a live object.
    let o = unsafe { crate::object::obj::owner_of(t) };
    broken(th, Fact::Type(o.obj().value().0));
}

/// Code or defaults of the function have changed.
#[cold]
pub fn function_changed(th: &Thread, f: &Function) {
    // SAFETY: the payload of a live object.
    let o = unsafe { crate::object::obj::owner_of(f) };
    broken(th, Fact::Function(o.obj().value().0));
}
