//! Names and attributes: what inline caches found becomes guards on shapes, facts about types and bindings, and plain loads.

use super::super::facts::Fact;
use super::super::helpers;
use super::super::layout::OVERFLOW;
use super::super::multi::{Place, Write};
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use crate::builtins::descriptors;
use crate::interp::{attr, ops, reg};
use crate::object::cache::{Entry, Found};
use crate::object::def::type_flags;
use crate::object::dict::Dict;
use crate::object::module::Module;
use crate::object::types::Type as PyType;
use crate::object::{Obj, Py, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B};
use threadsnake_jit::ir::{AliasClass, ClassSet, InstData, Op as Ir, Value as V, boxed};
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// The shape of a live object.
fn shape_of(v: Value) -> u32 {
    // SAFETY: the word is held by a register.
    unsafe { (*(v.0 as *const Header)).shape.load(Ordering::Acquire) }
}

/// The word at an offset in a live object.
fn word_at(v: Value, offset: usize) -> Value {
    // SAFETY: a slot of the object's shape.
    Value(unsafe { (*((v.0 as usize + offset) as *const AtomicU64)).load(Ordering::Acquire) })
}

impl Recorder {
    /// A global or builtin: a constant under the fact that nobody binds it anew, else a look-up.
    pub(super) fn load_global(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let code = self.code();
        // SAFETY: site names are interned and immortal.
        let name = unsafe { Obj::from_borrowed(code.sites[i.bc() as usize].name) };
        let f = self.running();
        // SAFETY: dicts of the running record.
        let (globals, builtins) = unsafe {
            (
                Obj::from_borrowed((*f).globals),
                Obj::from_borrowed((*f).builtins),
            )
        };
        let (Some(g), Some(b)) = (globals.exact::<Dict>(), builtins.exact::<Dict>()) else {
            return Err(Abort::Opcode(i.op()));
        };
        match self.promoted(th, g, &name) {
            Some(Some(v)) => {
                let bits = self.keep(&v);
                self.put(i.a(), Val::Const(bits), false)?;
            }
            Some(None) => match self.promoted(th, b, &name) {
                Some(Some(v)) => {
                    let bits = self.keep(&v);
                    self.put(i.a(), Val::Const(bits), false)?;
                }
                _ => return Err(Abort::Opcode(i.op())),
            },
            None => {
                if g.get_interned(th, &name).is_none() {
                    return Err(Abort::Opcode(i.op()));
                }
                let (d, n) = (self.keep(&globals), self.keep(&name));
                let (d, n) = (
                    self.b().constant(Ir::Vconst, d),
                    self.b().constant(Ir::Vconst, n),
                );
                let effects = Effects::Classes(AliasClass::DICT.set(), ClassSet::NONE);
                let lookup = helpers::lookup as *const ();
                let v = self.trying_helper("lookup", lookup, &[d, n], effects)?;
                // Owned by the register from here on; its kind is looked at next.
                self.leaf_result(i.a(), v, next)?;
                return Ok(());
            }
        }
        self.flush(next);
        Ok(())
    }

    /// What a dict binds a name to, as a fact. `None`: that broke before. `Some(None)`: it does not bind it.
    fn promoted(&mut self, th: &Thread, d: &Py<Dict>, name: &Obj) -> Option<Option<Obj>> {
        let fact = Fact::binding(d, name);
        if !self.assume(th, fact) {
            return None;
        }
        d.watched.store(1, Ordering::Release);
        self.keep(d.obj());
        self.keep(name);
        Some(d.get_interned(th, name))
    }

    /// Binds a global: a helper, which tells whoever relied on the old value.
    pub(super) fn store_global(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let code = self.code();
        // SAFETY: as above.
        let name = unsafe { Obj::from_borrowed(code.sites[i.bc() as usize].name) };
        let f = self.running();
        // SAFETY: as above.
        let globals = unsafe { Obj::from_borrowed((*f).globals) };
        if !globals.is_exact::<Dict>() {
            return Err(Abort::Opcode(i.op()));
        }
        let x = self.val(i.a())?;
        let x = self.boxed(x);
        let (d, n) = (self.keep(&globals), self.keep(&name));
        let (d, n) = (
            self.b().constant(Ir::Vconst, d),
            self.b().constant(Ir::Vconst, n),
        );
        self.python_helper("bind", helpers::bind as *const (), &[d, n, x])?;
        self.kills(i.k(), &[(KILL_A, i.a())])?;
        self.patched(next);
        self.flush(next);
        Ok(())
    }

    /// Guards that the object has the shape of the cache entry and assumes that its type is as it was then.
    fn guard_entry(&mut self, th: &Thread, o: V, word: Value, e: &Entry) -> Rec {
        // SAFETY: held by a register.
        let obj = unsafe { reg::obj(&word) };
        let t = th.type_of(obj).clone();
        if !self.assume_type(th, &t) {
            return Err(Abort::Call("an attribute of a class that keeps changing"));
        }
        if !e.holds(e.shape) {
            return Err(Abort::Surprise);
        }
        self.guard(Ir::GuardShape, &[o], e.shape as u64);
        Ok(())
    }

    /// What a cached load gives, without a call. `None`: it needs one.
    fn cached_load(
        &mut self,
        th: &Thread,
        x: Val,
        word: Value,
        e: &Entry,
        name: &Obj,
    ) -> Rec<Option<Val>> {
        let o = self.object(x).ok_or(Abort::Surprise)?;
        Ok(match e.found {
            Found::Inline | Found::Fixed => {
                let w = word_at(word, e.offset as usize);
                if w.is_empty() {
                    return Ok(None);
                }
                self.guard_entry(th, o, word, e)?;
                let v = self.load(Ir::LoadVal, &[o], e.offset as i32, AliasClass::SLOTS);
                let s = self.before();
                Some(self.of_kind(v, w, s)?)
            }
            Found::Overflow => {
                let sh = th.shapes().get(e.shape);
                if sh.attr_offset == crate::object::shape::VAR_ATTRS {
                    return Ok(None);
                }
                let Some(k) = (e.index as usize).checked_sub(sh.inline_cap as usize) else {
                    return Ok(None);
                };
                // SAFETY: the object's shape is the entry's.
                let w = unsafe { attr::load_overflow(th, word, e.shape, e.index) };
                if w.is_empty() {
                    return Ok(None);
                }
                // SAFETY: `load_overflow` counted it.
                drop(unsafe { Obj::from_value(w) });
                self.guard_entry(th, o, word, e)?;
                let ext = self.load(Ir::LoadPtr, &[o], sh.attr_offset as i32, AliasClass::SLOTS);
                let v = self.load(Ir::LoadVal, &[ext], 8 + 8 * k as i32, OVERFLOW);
                let s = self.before();
                Some(self.of_kind(v, w, s)?)
            }
            Found::TypeValue => {
                // SAFETY: held by a register.
                let t = th.type_of(unsafe { reg::obj(&word) });
                let Some(v) = t.lookup_in(th, e.index, name) else {
                    return Ok(None);
                };
                // Whether the entry holds is asked again in there, once the assumption stands.
                self.guard_entry(th, o, word, e)?;
                Some(Val::Const(self.keep(&v)))
            }
            Found::Module => {
                // SAFETY: an entry of this kind is for modules.
                let m = unsafe { reg::obj(&word).cast_unchecked::<Module>() };
                let d = m.dict.clone();
                let b = match x {
                    Val::Const(_) => None,
                    x => Some(self.boxed(x)),
                };
                if let Some(b) = b {
                    self.guard(Ir::GuardVal, &[b], word.0);
                }
                // SAFETY: held by a register.
                self.keep(unsafe { reg::obj(&word) });
                match self.promoted(th, &d, name) {
                    Some(Some(v)) => Some(Val::Const(self.keep(&v))),
                    _ => return Ok(None),
                }
            }
            _ => None,
        })
    }

    pub(super) fn load_attr(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let word = self.word(i.b());
        let site = &self.code().sites[i.c()];
        // SAFETY: site names are interned and immortal.
        let name = unsafe { Obj::from_borrowed(site.name) };
        if word.is_ptr() {
            let shape = shape_of(word);
            if let Some(e) = attr::find(site, shape) {
                if let Some(v) = self.cached_load(th, x, word, e, &name)? {
                    if i.k() & KILL_B != 0 {
                        self.kill(i.b())?;
                    }
                    self.put(i.a(), v, false)?;
                    self.flush(next);
                    return Ok(());
                }
                if e.found == Found::Property {
                    if let Some(getter) = e.value.clone() {
                        let o = self.object(x).ok_or(Abort::Surprise)?;
                        self.guard_entry(th, o, word, e)?;
                        return self.enter_getter(th, &getter, i);
                    }
                }
            }
        }
        // A plain value in a class.
        let class = match word.is_ptr() {
            // SAFETY: held by a register.
            true => unsafe { reg::obj(&word) }.cast::<PyType>().cloned(),
            false => None,
        };
        if let Some(c) = class {
            if let Some(v) = self.of_class(th, x, &c, &name)? {
                let kind = th.type_of(&v);
                // The code keeps it alive: nobody must see that.
                let plain = kind.slots().get.is_none() && !kind.has(type_flags::HAS_DEL);
                if plain || v.is_exact::<crate::object::function::Function>() {
                    if i.k() & KILL_B != 0 {
                        self.kill(i.b())?;
                    }
                    let v = Val::Const(self.keep(&v));
                    self.put(i.a(), v, false)?;
                    self.flush(next);
                    return Ok(());
                }
            }
        }
        let name = self.keep(&name);
        let b = self.boxed(x);
        let n = self.b().constant(Ir::Vconst, name);
        let v = self.python_helper("getattr", helpers::getattr as *const (), &[b, n])?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.result(i.a(), v, next)
    }

    pub(super) fn load_method(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let word = self.word(i.b());
        let site = &self.code().sites[i.c()];
        // SAFETY: site names are interned and immortal.
        let name = unsafe { Obj::from_borrowed(site.name) };
        if word.is_ptr() {
            let shape = shape_of(word);
            if let Some(e) = attr::find(site, shape) {
                if e.found == Found::Method {
                    if let Some(m) = &e.value {
                        let o = self.object(x).ok_or(Abort::Surprise)?;
                        self.guard_entry(th, o, word, e)?;
                        let bits = self.keep(m);
                        let (me, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
                        self.put(i.a(), Val::Const(bits), false)?;
                        self.put(i.a() + 1, me, owned)?;
                        self.flush(next);
                        return Ok(());
                    }
                } else if let Some(v) = self.cached_load(th, x, word, e, &name)? {
                    if i.k() & KILL_B != 0 {
                        self.kill(i.b())?;
                    }
                    self.put(i.a(), v, false)?;
                    self.put(i.a() + 1, Val::Empty, false)?;
                    self.flush(next);
                    return Ok(());
                }
            }
        }
        if let Some(m) = self.plain_method(th, x, word, &name)? {
            let bits = self.keep(&m);
            let (me, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
            self.put(i.a(), Val::Const(bits), false)?;
            self.put(i.a() + 1, me, owned)?;
            self.flush(next);
            return Ok(());
        }
        let Some((m, me)) = self.call_target(th, x, word, &name)? else {
            // What the attribute is: nothing goes before the arguments.
            let (o, n) = (self.boxed(x), self.keep(&name));
            let n = self.b().constant(Ir::Vconst, n);
            let v = self.python_helper("getattr", helpers::getattr as *const (), &[o, n])?;
            self.kills(i.k(), &[(KILL_B, i.b())])?;
            self.put(i.a() + 1, Val::Empty, false)?;
            return self.result(i.a(), v, next);
        };
        if i.k() & KILL_B != 0 {
            self.kill(i.b())?;
        }
        let m = self.keep(&m);
        self.put(i.a(), Val::Const(m), false)?;
        let me = match me {
            Some(o) => Val::Const(self.keep(&o)),
            None => Val::Empty,
        };
        self.put(i.a() + 1, me, false)?;
        self.flush(next);
        Ok(())
    }

    /// `LoadSpecial`, of a plain method.
    pub(super) fn load_special(&mut self, th: &Thread, i: Instr) -> Rec {
        let (x, word) = (self.val(i.b())?, self.word(i.b()));
        if !word.is_ptr() {
            return Err(Abort::Opcode(i.op()));
        }
        // SAFETY: held by a register.
        let t = th.type_of(unsafe { reg::obj(&word) }).clone();
        if !self.assume_type(th, &t) {
            return Err(Abort::Opcode(i.op()));
        }
        let found = t.lookup(th, ops::special_name(th, i.c()));
        let method = found.filter(descriptors::is_plain_method);
        let method = method.ok_or(Abort::Opcode(i.op()))?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[o], shape_of(word) as u64);
        let bits = self.keep(&method);
        let (me, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
        self.put(i.a(), Val::Const(bits), false)?;
        self.put(i.a() + 1, me, owned)?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// A function or method descriptor that the type of a value finds, and nothing in the value hides.
    fn plain_method(&mut self, th: &Thread, x: Val, word: Value, name: &Obj) -> Rec<Option<Obj>> {
        // SAFETY: held by a register.
        let o = unsafe { reg::obj(&word) };
        let t = th.type_of(o).clone();
        if !t.has(type_flags::PLAIN_GETATTR) || word.is_empty() {
            return Ok(None);
        }
        let pointer = word.is_ptr();
        if pointer
            && (o.instance_attr(th, name).is_some() || th.shapes().get(shape_of(word)).dict_mode())
        {
            return Ok(None);
        }
        if !self.assume_type(th, &t) {
            return Ok(None);
        }
        let found = t.lookup(th, name).filter(descriptors::is_plain_method);
        if found.is_some() {
            if pointer {
                let o = self.object(x).ok_or(Abort::Surprise)?;
                self.guard(Ir::GuardShape, &[o], shape_of(word) as u64);
            } else if matches!(x, Val::Any(_)) {
                return Err(Abort::Surprise);
            }
        }
        Ok(found)
    }

    /// The function, and what goes before the arguments, of a call through a class or module, or of a static or class method:
    /// constants, as the interpreter finds them.
    fn call_target(
        &mut self,
        th: &Thread,
        x: Val,
        word: Value,
        name: &Obj,
    ) -> Rec<Option<(Obj, Option<Obj>)>> {
        if !word.is_ptr() {
            return Ok(None);
        }
        // SAFETY: held by a register.
        let o = unsafe { reg::obj(&word) }.clone();
        let t = th.type_of(&o).clone();
        if let Some(m) = o.exact::<Module>() {
            let d = m.dict.clone();
            self.same_object(x, &o)?;
            let v = self.promoted(th, &d, name).flatten();
            return Ok(v.map(|v| (v, None)));
        }
        if let Some(c) = o.cast::<PyType>() {
            let Some(found) = self.of_class(th, x, c, name)? else {
                return Ok(None);
            };
            if let Some(m) = descriptors::class_target(&found) {
                return Ok(Some((m, Some(o))));
            }
            if let Some(m) = descriptors::static_target(&found) {
                return Ok(Some((m, None)));
            }
            return Ok(descriptors::is_plain_method(&found).then_some((found, None)));
        }
        let shape = shape_of(word);
        if !t.has(type_flags::PLAIN_GETATTR)
            || th.shapes().get(shape).dict_mode()
            || o.instance_attr(th, name).is_some()
        {
            return Ok(None);
        }
        if !self.assume_type(th, &t) {
            return Ok(None);
        }
        let Some(found) = t.lookup(th, name) else {
            return Ok(None);
        };
        let found = match descriptors::class_target(&found) {
            Some(m) => Some((m, Some(t.obj().clone()))),
            None => descriptors::static_target(&found).map(|m| (m, None)),
        };
        if found.is_some() {
            let o = self.object(x).ok_or(Abort::Surprise)?;
            self.guard(Ir::GuardShape, &[o], shape as u64);
        }
        Ok(found)
    }

    /// The value is this very object.
    fn same_object(&mut self, x: Val, o: &Obj) -> Rec {
        let bits = self.keep(o);
        if x != Val::Const(bits) {
            let b = self.boxed(x);
            self.guard(Ir::GuardVal, &[b], bits);
        }
        Ok(())
    }

    /// What a class finds under a name before it is bound, if its metaclass does not find anything: assumed to stay.
    fn of_class(&mut self, th: &Thread, x: Val, c: &Py<PyType>, name: &Obj) -> Rec<Option<Obj>> {
        let meta = th.type_of(c.obj()).clone();
        if !attr::plain_class(&meta) || !self.assume_type(th, c) || !self.assume_type(th, &meta) {
            return Ok(None);
        }
        if meta.lookup(th, name).is_some() {
            return Ok(None);
        }
        let found = c.lookup(th, name);
        if found.is_some() {
            self.same_object(x, c.obj())?;
        }
        Ok(found)
    }

    pub(super) fn store_attr(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.a())?;
        let word = self.word(i.a());
        let value = self.val(i.b())?;
        let site = &self.code().sites[i.c()];
        if word.is_ptr() {
            let shape = shape_of(word);
            if let Some(e) = attr::find(site, shape) {
                if matches!(e.found, Found::Inline | Found::Add) {
                    let o = self.object(x).ok_or(Abort::Surprise)?;
                    self.guard_entry(th, o, word, e)?;
                    let new = self.boxed(value);
                    let snap = self.before();
                    if e.found == Found::Add {
                        self.owned_for_store(i.b(), i.k() & KILL_B != 0)?;
                        let store = self.store_val(o, new, e.offset as i32);
                        let id = self.iconst(e.aux as i64);
                        let mut d = InstData::new(Ir::StoreU32, &[o, id]);
                        d.mem.off = boxed::SHAPE;
                        d.mem.class = AliasClass::HEADER;
                        let cur = self.cur;
                        let shape_store = self.func.append(cur, d);
                        self.writes.push(Write {
                            load: None,
                            store,
                            also: vec![shape_store],
                            drops: false,
                            object: o,
                            value: new,
                            place: Place::Add(e.offset as i32, e.shape, e.aux),
                            snap,
                        });
                    } else {
                        let old = word_at(word, e.offset as usize);
                        self.replace(
                            o,
                            new,
                            old,
                            e.offset as i32,
                            e.shape,
                            snap,
                            (i.b(), i.k() & KILL_B != 0),
                        )?;
                    }
                    self.kills(i.k(), &[(KILL_A, i.a())])?;
                    self.flush(next);
                    return Ok(());
                }
            }
        }
        // SAFETY: site names are interned and immortal.
        let name = unsafe { Obj::from_borrowed(site.name) };
        let name = self.keep(&name);
        let (o, v) = (self.boxed(x), self.boxed(value));
        let n = self.b().constant(Ir::Vconst, name);
        self.python_helper("setattr", helpers::setattr as *const (), &[o, n, v])?;
        self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b())])?;
        self.patched(next);
        self.flush(next);
        Ok(())
    }

    pub(super) fn store_val(&mut self, o: V, new: V, off: i32) -> threadsnake_jit::ir::Inst {
        let mut d = InstData::new(Ir::StoreVal, &[o, new]);
        d.mem.off = off;
        d.mem.class = AliasClass::SLOTS;
        let cur = self.cur;
        self.func.append(cur, d)
    }

    /// Replaces the value of an attribute slot.
    #[allow(clippy::too_many_arguments)]
    fn replace(
        &mut self,
        o: V,
        new: V,
        old_word: Value,
        off: i32,
        shape: u32,
        snap: threadsnake_jit::ir::Snap,
        from: (usize, bool),
    ) -> Rec {
        let cur = self.cur;
        let mut d = InstData::new(Ir::LoadVal, &[o]);
        d.mem.off = off;
        d.mem.class = AliasClass::SLOTS;
        let load = self.func.append(cur, d);
        let old = self.func.inst(load).result.ok_or(Abort::Surprise)?;
        let mut also = Vec::new();
        let plain = !old_word.is_ptr();
        if plain {
            // What was there needs no release: checked, so that nothing can be destroyed here.
            also = self.check_plain(old, snap);
        }
        self.owned_for_store(from.0, from.1)?;
        let store = self.store_val(o, new, off);
        self.writes.push(Write {
            load: Some(load),
            store,
            also,
            drops: plain,
            object: o,
            value: new,
            place: Place::Slot(off, shape),
            snap,
        });
        if !plain {
            self.drop_later(Val::Any(old), true);
        }
        Ok(())
    }

    /// Checks that a boxed value is no object; the instructions that do it.
    pub(super) fn check_plain(
        &mut self,
        old: V,
        snap: threadsnake_jit::ir::Snap,
    ) -> Vec<threadsnake_jit::ir::Inst> {
        let cur = self.cur;
        let is = self.func.append(cur, InstData::new(Ir::IsObj, &[old]));
        let Some(t) = self.func.inst(is).result else {
            return vec![is];
        };
        let g = self
            .func
            .append(cur, InstData::new(Ir::GuardFalse, &[t]).at(snap));
        vec![is, g]
    }
}
