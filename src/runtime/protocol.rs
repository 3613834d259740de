//! Text of objects, slices, buffers, imports, warnings: the rest of the abstract operations.

use super::error::{Exc, Res};
use super::thread::Thread;
use crate::object::buffer::Buffer;
use crate::object::def::type_flags;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use threadsnake_threads::sync::atomic::Ordering;

impl Thread {
    /// `repr(o)`
    pub fn repr(&self, o: &Obj) -> Res<Py<Str>> {
        let _d = self.enter("while getting the repr of an object")?;
        let r = match self.type_of(o).slots().repr {
            Some(f) => f(self, o)?,
            None => self.default_repr(o)?,
        };
        let name = || self.type_name(&r);
        match r.cast::<Str>() {
            Some(s) => Ok(s.clone()),
            None => Err(self.type_error(format!("__repr__ returned non-string (type {})", name()))),
        }
    }
    /// `<module.Name object at 0x…>`
    pub fn default_repr(&self, o: &Obj) -> Res {
        let t = self.type_of(o);
        let name = self.full_type_name(t)?;
        self.str(&format!("<{name} object at {:#x}>", o.value().0))
    }
    /// `module.qualname`, the module left out for builtins.
    pub fn full_type_name(&self, t: &Py<Type>) -> Res<String> {
        let n = self.rt().names();
        let q = match t.qualname.get() {
            Some(q) => self.str_text(&q),
            None => t.name_text(),
        };
        match t.dict.get_interned(self, &n.__module__) {
            Some(m) if m.cast::<Str>().is_some_and(|s| !s.eq_rust("builtins")) => {
                Ok(format!("{}.{q}", self.str_text(&m)))
            }
            _ => Ok(q),
        }
    }
    /// `str(o)`
    pub fn to_str(&self, o: &Obj) -> Res<Py<Str>> {
        if let Some(s) = o.exact::<Str>() {
            return Ok(s.clone());
        }
        if o.value().is_int() {
            return self.repr(o);
        }
        let Some(f) = self.type_of(o).slots().str else {
            return self.repr(o);
        };
        let _d = self.enter("while getting the str of an object")?;
        let r = f(self, o)?;
        match r.cast::<Str>() {
            Some(s) => Ok(s.clone()),
            None => Err(self.type_error(format!(
                "__str__ returned non-string (type {})",
                self.type_name(&r)
            ))),
        }
    }
    /// `ascii(o)`
    pub fn ascii(&self, o: &Obj) -> Res<Py<Str>> {
        let r = self.repr(o)?;
        if r.as_ascii().is_some() {
            return Ok(r);
        }
        let mut out = String::with_capacity(r.len() + 16);
        for i in 0..r.len() {
            match r.at(i) {
                c if c < 128 => out.push(c as u8 as char),
                c if c < 256 => out.push_str(&format!("\\x{c:02x}")),
                c if c < 65536 => out.push_str(&format!("\\u{c:04x}")),
                c => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        match self.str(&out)?.into_py::<Str>() {
            Ok(s) => Ok(s),
            Err(_) => Err(self.system_error("str is no str")),
        }
    }
    /// `format(o, spec)`
    pub fn format(&self, o: &Obj, spec: &Obj) -> Res {
        let Some(s) = spec.cast::<Str>() else {
            return Err(self.type_error(format!(
                "format() argument 2 must be str, not {}",
                self.type_name(spec)
            )));
        };
        if s.is_empty() {
            if o.is_exact::<Str>() {
                return Ok(o.clone());
            }
            if o.as_small_int().is_some() {
                return self.to_str(o).map(Py::into_obj);
            }
        }
        match self.call_special(o, &self.rt().names().__format__, std::slice::from_ref(spec))? {
            Some(r) if r.cast::<Str>().is_some() => Ok(r),
            Some(r) => Err(self.type_error(format!(
                "__format__ must return a str, not {}",
                self.type_name(&r)
            ))),
            None => Err(self.type_error(format!(
                "Type {} doesn't define __format__",
                self.type_name(o)
            ))),
        }
    }
    /// The str behind an argument; TypeError "WHAT must be str, not T".
    pub fn text_of<'a>(&self, o: &'a Obj, what: &str) -> Res<&'a Py<Str>> {
        match o.cast::<Str>() {
            Some(s) => Ok(s),
            None => Err(self.type_error(format!("{what} must be str, not {}", self.type_name(o)))),
        }
    }
    /// The text of a str as a Rust string, lone surrogates replaced; the repr-like rest for anything else.
    pub fn str_text(&self, o: &Obj) -> String {
        match o.cast::<Str>() {
            Some(s) => s.to_rust(),
            None => format!("{o:?}"),
        }
    }

    /// The buffer that an object lends.
    pub fn buffer(&self, o: &Obj, writable: bool) -> Res<Buffer> {
        match self.type_of(o).slots().buffer {
            Some(f) => f(self, o, writable),
            None => Err(self.type_error(format!(
                "a bytes-like object is required, not '{}'",
                self.type_name(o)
            ))),
        }
    }
    /// A read-only buffer.
    pub fn bytes_like(&self, o: &Obj) -> Res<Buffer> {
        self.buffer(o, false)
    }

    /// Imports a module by its full name and returns it.
    pub fn import(&self, name: &str) -> Res {
        if let Some(m) = self.rt().modules().get_str(self, name) {
            if !m.is_none() {
                return Ok(m);
            }
        }
        crate::modules::import::import_module(self, name)
    }
    /// An attribute of module `sys`.
    pub fn sys_get(&self, name: &str) -> Option<Obj> {
        self.rt().sys.get()?.get_str(self, name)
    }

    /// Issues a warning.
    pub fn warn(&self, category: TypeId, text: &str) -> Res<()> {
        crate::builtins::warn::warn(self, category, text)
    }

    /// The exception being handled.
    pub fn exc_info(&self) -> Option<Obj> {
        crate::interp::api::handled_exception(self)
    }

    /// Limit of digits in conversions between int and str; 0: none.
    pub fn int_max_str_digits(&self) -> usize {
        self.rt()
            .int_max_str_digits
            .load(threadsnake_threads::sync::atomic::Ordering::Relaxed)
    }

    /// "Type: message" of an exception, for logs.
    pub fn describe(&self, e: &Exc) -> String {
        let name = self.type_name(e.obj());
        match self.to_str(e.obj()) {
            Ok(s) if s.is_empty() => name,
            Ok(s) => format!("{name}: {}", s.to_rust()),
            Err(_) => name,
        }
    }

    /// Runs `__del__` (or the native finaliser) of an object that is about to die; what it raises is reported as
    /// unraisable.
    pub fn run_finaliser(&self, t: &Py<Type>, o: &Obj) {
        if let Some(f) = t.slots().del {
            let depth = self.finalising.get();
            let limit = self.rt().recursion_limit.load(Ordering::Relaxed);
            let r = if depth as usize >= limit {
                Err(self.recursion_error("maximum recursion depth exceeded"))
            } else {
                self.finalising.set(depth + 1);
                let r = f(self, o);
                self.finalising.set(depth);
                r
            };
            if let Err(e) = r {
                let (what, about) = match t.lookup(self, &self.intern("__del__")) {
                    Some(f) if t.has(type_flags::HEAP) => ("calling deallocator", f),
                    _ if t.id == Some(TypeId::Generator) || t.id == Some(TypeId::Coroutine) => {
                        ("closing generator", o.clone())
                    }
                    _ => ("calling deallocator", o.clone()),
                };
                self.unraisable(e, &format!("Exception ignored while {what}"), Some(&about));
            }
        }
    }
    /// Reports an exception that cannot be raised: `sys.unraisablehook`.
    pub fn unraisable(&self, e: Exc, what: &str, o: Option<&Obj>) {
        crate::builtins::unraisable::report(self, e, what, o);
    }
    /// Calls the callbacks of weak references whose object has died.
    pub fn run_weakref_callbacks(&self, list: Vec<(Obj, Obj)>) {
        for (callback, reference) in list {
            if let Err(e) = self.call(&callback, std::slice::from_ref(&reference)) {
                self.unraisable(
                    e,
                    "Exception ignored while calling weakref callback",
                    Some(&callback),
                );
            }
        }
    }
}
