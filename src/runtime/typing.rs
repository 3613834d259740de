//! Types of objects, subclass and instance checks.

use super::error::Res;
use super::thread::Thread;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py, Value};

impl Thread {
    /// A built-in type.
    #[inline(always)]
    pub fn ty(&self, id: TypeId) -> &Py<Type> {
        self.rt().ty(id)
    }

    /// The type of an object.
    #[inline(always)]
    pub fn type_of<'a>(&'a self, o: &'a Obj) -> &'a Py<Type> {
        let v = o.value();
        if v.is_ptr() {
            let s = self.shapes().get(o.shape_id());
            // SAFETY: the shape's first word is its type, alive as long as the shape is in use (S3).
            return unsafe {
                Obj::ref_from((s as *const crate::object::shape::Shape).cast::<Value>())
                    .cast_unchecked()
            };
        }
        self.ty(immediate_type(v))
    }

    /// The type's name.
    pub fn type_name(&self, o: &Obj) -> String {
        self.type_of(o).name_text()
    }

    /// The same with the module of native types, as most of CPython's messages have it.
    #[cold]
    pub fn type_name_full(&self, o: &Obj) -> String {
        let t = self.type_of(o);
        match t.id {
            Some(_) => self.full_type_name(t).unwrap_or_else(|_| t.name_text()),
            None => t.name_text(),
        }
    }

    /// Whether the object's type is the built-in type or derives from it.
    #[inline]
    pub fn is_a(&self, o: &Obj, id: TypeId) -> bool {
        let t = self.type_of(o);
        t.id == Some(id) || t.is_subtype_of(self.ty(id))
    }

    /// `isinstance(o, cls)` in full: tuples, unions, `__instancecheck__`.
    pub fn isinstance(&self, o: &Obj, cls: &Obj) -> Res<bool> {
        if self.type_of(o).obj().is(cls) {
            return Ok(true);
        }
        if let Some(t) = cls.cast::<Type>() {
            if self.type_of(cls).id == Some(TypeId::Type) {
                return self.real_isinstance(o, t);
            }
        }
        if self.type_of(cls).id == Some(TypeId::Union) {
            let args = self.getattr_obj(cls, &self.rt().names().__args__)?;
            return self.isinstance(o, &args);
        }
        if let Some(t) = cls.cast::<Tuple>() {
            let _d = self.enter("in __instancecheck__")?;
            for c in t.items() {
                if self.isinstance(o, c)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let name = &self.rt().names().__instancecheck__;
        if let Some(t) = cls.cast::<Type>()
            && self.is_of_type(cls, name)
        {
            return self.real_isinstance(o, t);
        }
        let guard = self.enter("in __instancecheck__")?;
        if let Some(r) = self.call_special(cls, name, std::slice::from_ref(o))? {
            return self.truthy(&r);
        }
        drop(guard);
        self.object_isinstance(o, cls)
    }

    /// Whether the metaclass of `cls` has special method `name` from `type` itself.
    fn is_of_type(&self, cls: &Obj, name: &Obj) -> bool {
        let own = self.type_of(cls).lookup_word(self, name);
        !own.is_empty() && own == self.ty(TypeId::Type).lookup_word(self, name)
    }

    /// What `type.__instancecheck__` does.
    pub fn real_isinstance(&self, o: &Obj, t: &Py<Type>) -> Res<bool> {
        if self.type_of(o).is_subtype_of(t) {
            return Ok(true);
        }
        // A proxy may claim another class.
        if self
            .type_of(o)
            .has(crate::object::def::type_flags::PLAIN_GETATTR)
            && !self.has_class_attr(o)
        {
            return Ok(false);
        }
        match self.getattr_opt_obj(o, &self.rt().names().__class__)? {
            Some(c) => match c.cast::<Type>() {
                Some(c) if !c.obj().is(self.type_of(o).obj()) => Ok(c.is_subtype_of(t)),
                _ => Ok(false),
            },
            None => Ok(false),
        }
    }

    /// Whether the class of `o` overrides `__class__`.
    fn has_class_attr(&self, o: &Obj) -> bool {
        let name = &self.rt().names().__class__;
        self.type_of(o).lookup_word(self, name) != self.ty(TypeId::Object).lookup_word(self, name)
    }

    /// `isinstance` against something that is no type: by `__bases__`.
    fn object_isinstance(&self, o: &Obj, cls: &Obj) -> Res<bool> {
        if let Some(t) = cls.cast::<Type>() {
            return self.real_isinstance(o, t);
        }
        if self.bases_of(cls)?.is_none() {
            return Err(
                self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")
            );
        }
        match self.getattr_opt_obj(o, &self.rt().names().__class__)? {
            Some(c) => self.abstract_issubclass(&c, cls),
            None => Ok(false),
        }
    }

    fn bases_of(&self, cls: &Obj) -> Res<Option<Obj>> {
        Ok(self
            .getattr_opt_obj(cls, &self.rt().names().__bases__)?
            .filter(|b| b.cast::<Tuple>().is_some()))
    }

    fn abstract_issubclass(&self, derived: &Obj, cls: &Obj) -> Res<bool> {
        if derived.is(cls) {
            return Ok(true);
        }
        let _d = self.enter("in __issubclass__")?;
        let Some(b) = self.bases_of(derived)? else {
            return Ok(false);
        };
        if let Some(t) = b.cast::<Tuple>() {
            for c in t.items() {
                if self.abstract_issubclass(c, cls)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// `issubclass(derived, cls)` in full.
    pub fn issubclass(&self, derived: &Obj, cls: &Obj) -> Res<bool> {
        if let Some(t) = cls.cast::<Type>() {
            if self.type_of(cls).id == Some(TypeId::Type) {
                if derived.is(cls) {
                    return Ok(true);
                }
                return self.real_issubclass(derived, t);
            }
        }
        if self.type_of(cls).id == Some(TypeId::Union) {
            let args = self.getattr_obj(cls, &self.rt().names().__args__)?;
            return self.issubclass(derived, &args);
        }
        if let Some(t) = cls.cast::<Tuple>() {
            let _d = self.enter("in __subclasscheck__")?;
            for c in t.items() {
                if self.issubclass(derived, c)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let name = &self.rt().names().__subclasscheck__;
        if let Some(t) = cls.cast::<Type>()
            && self.is_of_type(cls, name)
        {
            return self.real_issubclass(derived, t);
        }
        let guard = self.enter("in __subclasscheck__")?;
        if let Some(r) = self.call_special(cls, name, std::slice::from_ref(derived))? {
            return self.truthy(&r);
        }
        drop(guard);
        match cls.cast::<Type>() {
            Some(t) => self.real_issubclass(derived, t),
            None => {
                self.check_class(derived, "issubclass() arg 1 must be a class")?;
                self.check_class(
                    cls,
                    "issubclass() arg 2 must be a class, a tuple of classes, or a union",
                )?;
                self.abstract_issubclass(derived, cls)
            }
        }
    }

    /// What `type.__subclasscheck__` does.
    pub fn real_issubclass(&self, derived: &Obj, t: &Py<Type>) -> Res<bool> {
        match derived.cast::<Type>() {
            Some(d) => Ok(d.is_subtype_of(t)),
            None => {
                self.check_class(derived, "issubclass() arg 1 must be a class")?;
                self.abstract_issubclass(derived, t.obj())
            }
        }
    }

    fn check_class(&self, o: &Obj, msg: &str) -> Res<()> {
        match self.bases_of(o)? {
            Some(_) => Ok(()),
            None => Err(self.type_error(msg)),
        }
    }
}

/// Type of a value that is no heap object.
#[inline(always)]
pub fn immediate_type(v: Value) -> TypeId {
    if v.is_int() {
        TypeId::Int
    } else if v.is_float() {
        TypeId::Float
    } else {
        match v {
            Value::NONE => TypeId::NoneType,
            Value::TRUE | Value::FALSE => TypeId::Bool,
            Value::ELLIPSIS => TypeId::EllipsisType,
            _ => TypeId::NotImplementedType,
        }
    }
}
