//! `super()`, and calls with arguments that are a tuple and a dict.

use super::super::helpers;
use super::super::recorder::{Abort, Rec, Recorder, Val};
use super::call::{At, looks_at_frames};
use crate::builtins::descriptors;
use crate::interp::reg;
use crate::object::def::type_flags;
use crate::object::function::{BuiltinFunction, Function, MethodDescriptor};
use crate::object::instance::object_size;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type as PyType;
use crate::object::value::Value;
use crate::object::{Obj, Py};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::Instr;
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AllocInfo, ClassSet, InstData, Op as Ir, Value as V};

/// Bytes of the largest instances that compiled code makes itself.
const LARGEST: u32 = 256;

impl Recorder {
    /// A method of the class after the one whose code this is: `super().name` where the class and the type of `self` are known.
    pub(super) fn super_method(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let w = i.b();
        let words = [self.word(w), self.word(w + 1), self.word(w + 2)];
        if !words.iter().all(|v| v.is_ptr()) {
            return Err(Abort::Opcode(i.op()));
        }
        // SAFETY: held by registers.
        let [sup, cls, me] = words.each_ref().map(|v| unsafe { reg::obj(v) }.clone());
        let site = &self.code().sites[i.c()];
        // SAFETY: site names are interned and immortal.
        let name = unsafe { Obj::from_borrowed(site.name) };
        let real = sup.is(th.ty(TypeId::Super).obj());
        let t = th.type_of(&me).clone();
        let Some(c) = cls.cast::<PyType>().filter(|_| real) else {
            return self.any_super(i);
        };
        if let Some(m) = me.cast::<PyType>() {
            return self.super_of_class(th, i, c, m, &name);
        }
        let Some(mro) = t.mro_tuple().filter(|_| t.is_subtype_of(c)) else {
            return self.any_super(i);
        };
        if !self.assume_type(th, &t) {
            return Err(Abort::Call("super() of a class that keeps changing"));
        }
        let found = found_after(th, &mro, &cls, &name);
        let Some(m) = found.filter(descriptors::is_plain_method) else {
            return self.any_super(i);
        };
        for (k, o) in [(0, &sup), (1, &cls)] {
            let v = self.val(w + k)?;
            self.known(v, o)?;
        }
        let v = self.val(w + 2)?;
        let o = self.object(v).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[o], me.shape_id() as u64);
        let (me, owned) = self.take(w + 2, true)?;
        self.kill(w)?;
        self.kill(w + 1)?;
        let bits = self.keep(&m);
        self.put(i.a(), Val::Const(bits), false)?;
        self.put(i.a() + 1, me, owned)?;
        self.flush(next);
        Ok(())
    }

    /// `super(c, m).name` for a class `m`, where that is a native `__new__`, which is not bound.
    fn super_of_class(
        &mut self,
        th: &Thread,
        i: Instr,
        c: &Py<PyType>,
        m: &Py<PyType>,
        name: &Obj,
    ) -> Rec {
        let w = i.b();
        let Some(mro) = m.mro_tuple().filter(|_| m.is_subtype_of(c)) else {
            return self.any_super(i);
        };
        if !self.assume_type(th, m) {
            return self.any_super(i);
        }
        let found = found_after(th, &mro, c.obj(), name);
        let Some(new) = found.filter(descriptors::is_native_new) else {
            return self.any_super(i);
        };
        let sup = th.ty(TypeId::Super).obj().clone();
        for (k, o) in [(0, &sup), (1, c.obj()), (2, m.obj())] {
            let v = self.val(w + k)?;
            self.known(v, o)?;
        }
        self.clear_window(w, 3)?;
        let bits = self.keep(&new);
        self.put(i.a(), Val::Const(bits), false)?;
        self.put(i.a() + 1, Val::Empty, false)?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// `super(cls, me).name` where nothing is known of it, and no method of an instance comes of it that is not bound yet.
    pub(super) fn any_super(&mut self, i: Instr) -> Rec {
        let w = i.b();
        let name = self.site_name(i.c());
        let mut args = Vec::with_capacity(4);
        for k in 0..3 {
            let v = self.val(w + k)?;
            args.push(self.boxed(v));
        }
        let name = self.keep(&name);
        args.push(self.b().constant(Ir::Vconst, name));
        let addr = helpers::super_attr as *const ();
        let v = self.python_helper("super_attr", addr, &args)?;
        self.clear_window(w, 3)?;
        self.put(i.a(), Val::Any(v), true)?;
        if i.op() == Op::LoadSuperMethod {
            self.put(i.a() + 1, Val::Empty, false)?;
        }
        let next = self.pc + 1;
        self.patched(next);
        self.next_finds_kind(i.a(), next)
    }

    /// `object.__new__(cls)` of a class of plain instances. `false`: another call.
    pub(super) fn new_instance(&mut self, th: &Thread, f: &Obj, me: &Obj, at: At) -> Rec<bool> {
        let object = th.ty(TypeId::Object);
        let start = at.start;
        if !descriptors::is_native_new(f)
            || !me.is(object.obj())
            || at.argc != 1
            || start != at.b + 2
        {
            return Ok(false);
        }
        let word = self.word(start);
        if !word.is_ptr() {
            return Ok(false);
        }
        // SAFETY: held by a register.
        let class = unsafe { reg::obj(&word) }.clone();
        let plain = |t: &Py<PyType>| {
            t.has(type_flags::HEAP)
                && !t.has(type_flags::ABSTRACT | type_flags::METATYPE)
                && std::ptr::eq(
                    t.layout,
                    <crate::builtins::objecttype::Plain as crate::object::Native>::LAYOUT,
                )
        };
        let Some(t) = class.cast::<PyType>().filter(|t| plain(t)) else {
            return Ok(false);
        };
        if !self.assume_type(th, t) || !plain(t) {
            return Ok(false);
        }
        self.known(at.callee, f)?;
        let v = self.val(start)?;
        self.known(v, &class)?;
        let t = t.clone();
        self.keep(&class);
        let o = self.instance(th, &t)?;
        self.clear_window(at.b, at.i.c() + 2)?;
        self.put(at.i.a(), Val::Obj(o), true)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// A new instance of a class of plain instances, which is assumed not to change; its attributes empty.
    pub(super) fn instance(&mut self, th: &Thread, t: &Py<PyType>) -> Rec<V> {
        let shape = t.instance_shape(th).map_err(|_| Abort::Surprise)?;
        let s = th.shapes().get(shape);
        let size = object_size(0, 0, s.attr_offset, s.inline_cap as usize) as u32;
        if t.has(type_flags::HAS_DEL) || size > LARGEST {
            let class = self.b().constant(Ir::Vconst, t.obj().value().0);
            let instance = helpers::instance as *const ();
            let v = self.leaf_helper("instance", instance, &[class], ClassSet::NONE)?;
            return Ok(self.op(Ir::UnboxObj, &[v]));
        }
        let mut d = InstData::new(Ir::Alloc, &[]).at(self.before());
        d.alloc = AllocInfo {
            size,
            shape,
            flags: 0,
        };
        let cur = self.cur;
        let i = self.func.append(cur, d);
        let o = self.func.inst(i).result.ok_or(Abort::Surprise)?;
        let empty = self.b().constant(Ir::Vconst, Value::EMPTY.0);
        for off in (16..size as i32).step_by(8) {
            self.store_val(o, empty, off);
        }
        Ok(o)
    }

    /// `CallEx`
    pub(super) fn call_ex(&mut self, i: Instr) -> Rec {
        let (b, next) = (i.b(), self.pc + 1);
        let callee = self.val(b)?;
        let word = self.word(b);
        if !word.is_ptr() {
            return Err(Abort::Call("what is called"));
        }
        // SAFETY: held by a register.
        let f = unsafe { reg::obj(&word) }.clone();
        let name = match (f.exact::<BuiltinFunction>(), f.exact::<MethodDescriptor>()) {
            (Some(f), _) => f.def.name,
            (_, Some(m)) => m.def.name,
            _ => "",
        };
        if looks_at_frames(name, 0) {
            return Err(Abort::Call("a builtin that looks at frames"));
        }
        let n = 3 + i.c();
        let f_val = self.boxed(callee);
        let (args, kw) = (
            self.val(b + 2)?,
            match n {
                4 => self.val(b + 3)?,
                _ => Val::Const(crate::object::Value::NONE.0),
            },
        );
        let (args, kw) = (self.boxed(args), self.boxed(kw));
        let addr = helpers::call_ex as *const ();
        let v = self.python_helper("call_ex", addr, &[f_val, args, kw])?;
        self.clear_window(b, n)?;
        self.result(i.a(), v, next)?;
        if f.is_exact::<Function>() {
            self.skipping = Some((next, 0));
        }
        Ok(())
    }
}

/// What the classes after `class` in a method resolution order have under a name.
fn found_after(th: &Thread, mro: &Py<Tuple>, class: &Obj, name: &Obj) -> Option<Obj> {
    let after = mro.items().iter().skip_while(|t| !t.is(class)).skip(1);
    after
        .filter_map(|t| t.cast::<PyType>())
        .find_map(|t| t.dict.get_interned(th, name))
}
