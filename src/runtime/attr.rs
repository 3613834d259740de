//! Attributes: the generic `__getattribute__` and `__setattr__`, special methods, and shorthands.

use super::error::Res;
use super::thread::Thread;
use crate::object::def::type_flags;
use crate::object::function::{Function, Method, MethodDescriptor};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py, Value};

/// Calls `f` with `me` in front of `args`, all borrowed.
#[inline]
pub fn with_self<R>(me: &Obj, args: &[Obj], f: impl FnOnce(&[Obj]) -> R) -> R {
    const FEW: usize = 6;
    if args.len() < FEW {
        let mut words = [Value::EMPTY; FEW];
        words[0] = me.value();
        for (w, o) in words[1..].iter_mut().zip(args) {
            *w = o.value();
        }
        // SAFETY: words of references that the caller holds meanwhile, seen as such and never dropped; `Obj` is a
        // transparent word.
        return f(unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), args.len() + 1) });
    }
    let mut all = Vec::with_capacity(args.len() + 1);
    all.push(me.clone());
    all.extend_from_slice(args);
    f(&all)
}

impl Thread {
    /// `o.name`
    #[inline]
    pub fn getattr_obj(&self, o: &Obj, name: &Obj) -> Res {
        let name = self.attr_name(name)?;
        match self.type_of(o).slots().getattr {
            Some(f) => f(self, o, &name),
            None => self.generic_getattr(o, &name),
        }
    }
    /// `o.name`
    pub fn getattr(&self, o: &Obj, name: &str) -> Res {
        let n = self.intern(name);
        self.getattr_obj(o, &n)
    }
    /// `o.name`, `None` on AttributeError.
    pub fn getattr_opt(&self, o: &Obj, name: &str) -> Res<Option<Obj>> {
        let n = self.intern(name);
        self.getattr_opt_obj(o, &n)
    }
    /// `o.name`, `None` on AttributeError.
    pub fn getattr_opt_obj(&self, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
        let name = self.attr_name(name)?;
        let t = self.type_of(o);
        if t.has(type_flags::PLAIN_GETATTR) {
            return match self.generic_getattr_opt(o, &name) {
                Err(e) if e.is(self, TypeId::AttributeError) => Ok(None),
                r => r,
            };
        }
        // Of classes without a metaclass of their own: no exception, and no text for it.
        let r = match t.id == Some(TypeId::Type) {
            true => crate::builtins::typeobj::type_getattr_opt(self, o, &name),
            false => self.getattr_obj(o, &name).map(Some),
        };
        match r {
            Err(e) if e.is(self, TypeId::AttributeError) => Ok(None),
            r => r,
        }
    }
    /// The name as an interned str.
    #[inline]
    pub fn attr_name(&self, name: &Obj) -> Res {
        match name.cast::<Str>() {
            Some(s) if s.is_interned() => Ok(name.clone()),
            Some(s) if name.is_exact::<Str>() => {
                let _ = s;
                Ok(self.intern_obj(name))
            }
            Some(s) => {
                let plain = self.str_ref(s.text())?;
                Ok(self.intern_obj(&plain))
            }
            None => Err(self.type_error(format!(
                "attribute name must be string, not '{}'",
                self.type_name(name)
            ))),
        }
    }

    /// `object.__getattribute__(o, name)`; `name` interned.
    pub fn generic_getattr(&self, o: &Obj, name: &Obj) -> Res {
        match self.generic_getattr_opt(o, name)? {
            Some(v) => Ok(v),
            None => Err(self.no_attribute(o, name)),
        }
    }

    /// The same; `None` where there is no such attribute (what a descriptor raises is passed on).
    pub fn generic_getattr_opt(&self, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
        let t = self.type_of(o);
        let found = t.lookup(self, name);
        if let Some(d) = &found {
            let dt = self.type_of(d).slots();
            if let (Some(get), true) = (dt.get, dt.set.is_some()) {
                return get(self, d, Some(o), Some(t.obj())).map(Some);
            }
        }
        if let Some(v) = o.instance_attr(self, name) {
            return Ok(Some(v));
        }
        match found {
            Some(d) => match self.type_of(&d).slots().get {
                Some(get) => get(self, &d, Some(o), Some(t.obj())).map(Some),
                None => Ok(Some(d)),
            },
            None => Ok(None),
        }
    }

    /// `o.name = value`
    #[inline]
    pub fn setattr_obj(&self, o: &Obj, name: &Obj, value: &Obj) -> Res<()> {
        let name = self.attr_name(name)?;
        match self.type_of(o).slots().setattr {
            Some(f) => f(self, o, &name, Some(value)),
            None => self.generic_setattr(o, &name, Some(value)),
        }
    }
    /// `o.name = value`
    pub fn setattr(&self, o: &Obj, name: &str, value: Obj) -> Res<()> {
        let n = self.intern(name);
        self.setattr_obj(o, &n, &value)
    }
    /// `del o.name`
    pub fn delattr_obj(&self, o: &Obj, name: &Obj) -> Res<()> {
        let name = self.attr_name(name)?;
        match self.type_of(o).slots().setattr {
            Some(f) => f(self, o, &name, None),
            None => self.generic_setattr(o, &name, None),
        }
    }

    /// `object.__setattr__` and `object.__delattr__`; `name` interned.
    pub fn generic_setattr(&self, o: &Obj, name: &Obj, value: Option<&Obj>) -> Res<()> {
        let t = self.type_of(o);
        let found = t.lookup(self, name);
        if let Some(d) = &found {
            if let Some(set) = self.type_of(d).slots().set {
                return set(self, d, o, value);
            }
        }
        let done = match value {
            Some(v) => o.set_instance_attr(self, name, v.clone())?,
            None => o.del_instance_attr(self, name)?,
        };
        if done {
            return Ok(());
        }
        let text = self.str_text(name);
        let tn = t.name_text();
        if t.has(type_flags::HAS_DICT) {
            return Err(self.no_attribute(o, name));
        }
        Err(match found {
            Some(_) => self.attribute_error_on(o, name, format!("'{tn}' object attribute '{text}' is read-only")),
            None => self.attribute_error_on(
                o,
                name,
                format!("'{tn}' object has no attribute '{text}' and no __dict__ for setting new attributes"),
            ),
        })
    }

    /// The attribute of the type, bound to `o`: how special methods are found.
    pub fn special(&self, o: &Obj, name: &str) -> Res<Option<Obj>> {
        let n = self.intern(name);
        self.special_obj(o, &n)
    }
    /// The same for an interned name.
    pub fn special_obj(&self, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
        let t = self.type_of(o);
        let Some(f) = t.lookup(self, name) else {
            return Ok(None);
        };
        match self.type_of(&f).slots().get {
            Some(get) => get(self, &f, Some(o), Some(t.obj())).map(Some),
            None => Ok(Some(f)),
        }
    }
    /// Calls the special method `name` of `o`'s type, if there is one.
    pub fn call_special(&self, o: &Obj, name: &Obj, args: &[Obj]) -> Res<Option<Obj>> {
        let t = self.type_of(o);
        let Some(f) = t.lookup(self, name) else {
            return Ok(None);
        };
        if let Some(func) = f.exact::<Function>() {
            if let Some(r) = crate::interp::call::call_straight(self, func, Some(o), args) {
                return r.map(Some);
            }
        }
        if f.is_exact::<Function>() || f.is_exact::<MethodDescriptor>() {
            return with_self(o, args, |all| self.call(&f, all)).map(Some);
        }
        match self.type_of(&f).slots().get {
            Some(get) => {
                let b = get(self, &f, Some(o), Some(t.obj()))?;
                self.call(&b, args).map(Some)
            }
            None => self.call(&f, args).map(Some),
        }
    }

    /// The attribute of a type by MRO, unbound.
    pub fn type_lookup(&self, t: &Py<Type>, name: &str) -> Option<Obj> {
        let n = self.intern(name);
        t.lookup(self, &n)
    }

    /// A bound method.
    pub fn bound(&self, func: Obj, me: Obj) -> Obj {
        self.alloc(Method { func, me }).into_obj()
    }
}
