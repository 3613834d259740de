//! Callables: Python functions, native functions, method descriptors, bound methods, cells.

use super::code::Code;
use super::def::MethodDef;
use super::dict::Dict;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Py, Slot};
use super::sig::Sig;
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// Payload of Python functions.
pub struct Function {
    /// `__code__`
    pub code: Slot,
    /// `__globals__`
    pub globals: Py<Dict>,
    /// `__builtins__`: the dict in which names are looked up after the globals.
    pub builtins: Py<Dict>,
    /// `__name__`
    pub name: Slot,
    /// `__qualname__`
    pub qualname: Slot,
    /// `__defaults__`: a tuple or nothing.
    pub defaults: Slot,
    /// `__kwdefaults__`: a dict or nothing.
    pub kwdefaults: Slot,
    /// `__closure__`: a tuple of cells or nothing.
    pub closure: Option<Obj>,
    /// `__doc__`
    pub doc: Slot,
    /// `__module__`
    pub module: Slot,
    /// `__annotations__`, once computed or set.
    pub annotations: Slot,
    /// `__annotate__`
    pub annotate: Slot,
    /// `__type_params__`: a tuple or nothing.
    pub type_params: Slot,
    /// Changes with code, defaults and keyword defaults; 0: nobody relies on it.
    pub version: AtomicU32,
}

static FUNCTION: Layout = Layout::of::<Function>("function");

// SAFETY: FUNCTION is of this type.
unsafe impl Native for Function {
    const TYPE: TypeId = TypeId::Function;
    const LAYOUT: &'static Layout = &FUNCTION;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.globals.obj().value());
        visit(self.builtins.obj().value());
        if let Some(c) = &self.closure {
            visit(c.value());
        }
        for s in self.slots() {
            visit(s.raw());
        }
    }
    fn clear(&self, th: &Thread) {
        for s in [
            &self.defaults,
            &self.kwdefaults,
            &self.doc,
            &self.annotations,
            &self.annotate,
            &self.module,
        ] {
            s.set(th, None);
        }
    }
}

impl Function {
    fn slots(&self) -> [&Slot; 10] {
        [
            &self.code,
            &self.name,
            &self.qualname,
            &self.defaults,
            &self.kwdefaults,
            &self.doc,
            &self.module,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }
    /// The code object, borrowed until the next safepoint (a replaced one is only released after it).
    #[inline(always)]
    pub fn code(&self) -> &Py<Code> {
        // SAFETY: the slot always holds a code object; the reference points at the slot itself, whose word is valid.
        unsafe {
            Obj::ref_from((&self.code as *const Slot).cast::<Value>()).cast_unchecked::<Code>()
        }
    }
}

impl Py<Function> {
    /// Makes sure that changes of code and defaults are told to whoever relies on them.
    pub fn version_for_cache(&self, th: &Thread) -> u32 {
        let v = self.version.load(Ordering::Acquire);
        if v != 0 {
            return v;
        }
        let new = th.rt().next_version();
        match self
            .version
            .compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => new,
            Err(v) => v,
        }
    }
}

/// Payload of native functions and native methods bound to an object.
pub struct BuiltinFunction {
    /// The definition.
    pub def: &'static MethodDef,
    /// Its signature, parsed.
    pub sig: &'static Sig,
    /// The first argument, for bound ones.
    pub me: Option<Obj>,
    /// The type whose static method it is, for its qualified name and for pickles.
    pub owner: Option<Obj>,
    /// `__module__`
    pub module: Slot,
}

static BUILTIN: Layout = Layout::of::<BuiltinFunction>("builtin_function_or_method");

// SAFETY: BUILTIN is of this type.
unsafe impl Native for BuiltinFunction {
    const TYPE: TypeId = TypeId::BuiltinFunction;
    const LAYOUT: &'static Layout = &BUILTIN;
    fn traverse(&self, visit: Visit<'_>) {
        for o in self.me.iter().chain(&self.owner) {
            visit(o.value());
        }
        visit(self.module.raw());
    }
}

/// Payload of methods of native types, unbound.
pub struct MethodDescriptor {
    /// The definition.
    pub def: &'static MethodDef,
    /// Its signature, parsed.
    pub sig: &'static Sig,
    /// The type that it belongs to.
    pub ty: Obj,
}

static METHOD_DESCRIPTOR: Layout = Layout::of::<MethodDescriptor>("method_descriptor");

// SAFETY: METHOD_DESCRIPTOR is of this type.
unsafe impl Native for MethodDescriptor {
    const TYPE: TypeId = TypeId::MethodDescriptor;
    const LAYOUT: &'static Layout = &METHOD_DESCRIPTOR;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.ty.value());
    }
}

/// Payload of bound methods.
pub struct Method {
    /// `__func__`
    pub func: Obj,
    /// `__self__`
    pub me: Obj,
}

static METHOD: Layout = Layout::of::<Method>("method");

// SAFETY: METHOD is of this type.
unsafe impl Native for Method {
    const TYPE: TypeId = TypeId::Method;
    const LAYOUT: &'static Layout = &METHOD;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.func.value());
        visit(self.me.value());
    }
}

/// Payload of cells: a variable shared by closures.
pub struct Cell {
    /// Its content.
    pub v: Slot,
}

static CELL: Layout = Layout::of::<Cell>("cell");

// SAFETY: CELL is of this type.
unsafe impl Native for Cell {
    const TYPE: TypeId = TypeId::Cell;
    const LAYOUT: &'static Layout = &CELL;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.v.raw());
    }
    fn clear(&self, th: &Thread) {
        self.v.set(th, None);
    }
}
