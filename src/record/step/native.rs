//! Calls of native code: what becomes IR, what is called by its address, and what is known of either.

use super::super::helpers;
use super::super::layout::{BUILTIN_DEF, BUILTIN_ME};
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use super::ahead::Sequence;
use super::call::At;
use super::container::is;
use crate::interp::reg;
use crate::modules::array::Array;
use crate::object::def::{Bind, MethodDef};
use crate::object::dict::Dict;
use crate::object::function::{BuiltinFunction, MethodDescriptor};
use crate::object::list::List;
use crate::object::slots::CmpOp;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type as PyType;
use crate::object::{Native, Obj, Py, Value};
use crate::runtime::thread::Thread;
use threadsnake_jit::ir::{AliasClass, ClassSet, HelperDecl, Op as Ir, Type, Value as V};

/// Methods of exact strs that, with strs and immediates for arguments, run no Python code and drop nothing but strs.
const OF_STR: &[&str] = &[
    "startswith",
    "endswith",
    "find",
    "rfind",
    "index",
    "rindex",
    "count",
    "strip",
    "lstrip",
    "rstrip",
    "removeprefix",
    "removesuffix",
    "lower",
    "upper",
    "title",
    "capitalize",
    "swapcase",
    "casefold",
    "isdigit",
    "isdecimal",
    "isnumeric",
    "isalpha",
    "isalnum",
    "isspace",
    "isupper",
    "islower",
    "isidentifier",
    "isascii",
    "replace",
    "split",
    "rsplit",
    "splitlines",
    "partition",
    "rpartition",
    "zfill",
    "ljust",
    "rjust",
    "center",
];

/// Methods of exact lists that, with immediates for arguments, run no Python code and drop nothing.
const OF_LIST: &[&str] = &["pop", "insert", "reverse", "copy", "extend"];

/// Methods of exact dicts that, without arguments, run no Python code and drop nothing.
const OF_DICT: &[&str] = &["keys", "values", "items", "copy"];

/// Builtin functions of which the same is true.
const OF_BUILTINS: &[&str] = &["ord", "chr"];

impl Recorder {
    /// A call of native code with arguments that fit its parameters: by its address, past everything that is known of the
    /// callable. `false`: it does not fit.
    pub(super) fn native(&mut self, th: &Thread, f: &Obj, at: At) -> Rec<bool> {
        #[rustfmt::skip]
        let At { callee, b, mut start, mut argc, i } = at;
        let next = self.pc + 1;
        let (mut bound, mut receiver) = (None, None);
        let (sig, def, of) = if let Some(m) = f.exact::<MethodDescriptor>() {
            if argc == 0 || m.def.bind != Bind::Instance {
                return Ok(false);
            }
            let Some(t) = m.ty.cast::<PyType>() else {
                return Ok(false);
            };
            (&m.sig, m.def, Some(t))
        } else if let Some(bf) = f.exact::<BuiltinFunction>() {
            if let Some(me) = &bf.me {
                if self.new_instance(th, f, me, at)? {
                    return Ok(true);
                }
                if start == b + 1 || !me.value().is_ptr() {
                    return Ok(false);
                }
                // What it is bound to takes the free place in the window.
                bound = Some(me.clone());
                (start, argc) = (b + 1, argc + 1);
            }
            (&bf.sig, bf.def, None)
        } else {
            return Ok(false);
        };
        let Some(all) = sig.slots(argc) else {
            return Ok(false);
        };
        if let Some(me) = &bound {
            let v = self.bound_to(f, def, me, callee)?;
            receiver = Some(v);
            if def.name == "append" && argc == 2 && me.is_exact::<List>() {
                return self.append_to(v, at);
            }
        }
        let mut leaf = of.is_none() && bound.is_none() && OF_BUILTINS.contains(&def.name);
        let (mut list, mut dict) = (false, false);
        if of.is_some() || bound.is_some() {
            // The receiver is checked here once for all.
            let (me, word) = match (&bound, receiver) {
                (Some(me), Some(v)) => (v, me.value()),
                _ => (self.val(start)?, self.word(start)),
            };
            let (Some(o), true) = (self.object(me), word.is_ptr()) else {
                return Ok(false);
            };
            // SAFETY: held by a register.
            let obj = unsafe { reg::obj(&word) };
            if of.is_some_and(|t| !th.type_of(obj).is_subtype_of(t)) {
                return Ok(false);
            }
            list = obj.is_exact::<List>() && OF_LIST.contains(&def.name);
            let text = obj.is_exact::<Str>() && OF_STR.contains(&def.name);
            dict = obj.is_exact::<Dict>() && argc == 1 && OF_DICT.contains(&def.name);
            leaf = list || text || dict;
            if leaf || of.is_some() {
                self.guard(Ir::GuardShape, &[o], obj.shape_id() as u64);
            }
        }
        if bound.is_none() {
            self.known(callee, f)?;
        }
        let first = start + (of.is_some() || bound.is_some()) as usize;
        for r in first..start + argc {
            let v = self.val(r)?;
            let word = self.word(r);
            // An item that is put in is not looked at.
            let put = list && def.name == "insert" && r == start + 2;
            if !leaf || !word.is_ptr() || put {
                continue;
            }
            let taken = is::<Str>(word)
                || list && def.name == "extend" && (is::<List>(word) || is::<Tuple>(word));
            match self.object(v).filter(|_| taken) {
                Some(o) => {
                    // SAFETY: held by a register.
                    let shape = unsafe { reg::obj(&word) }.shape_id();
                    self.guard(Ir::GuardShape, &[o], shape as u64);
                }
                None => leaf = false,
            }
        }
        if let Some(me) = receiver {
            self.put(start, me, false)?;
        }
        let p = match leaf {
            true => self.lend_window(start, argc)?,
            false => self.borrow_window(start, argc)?,
        };
        let (base, offset) = (self.func.base(), self.top().offset + start);
        self.need(offset + all + 1);
        for k in argc..all {
            let absent = self.b().constant(Ir::Vconst, Value::EMPTY.0);
            let off = 8 * (offset + k) as i32;
            self.b()
                .store(Ir::StoreVal, &[base, absent], off, AliasClass::FRAME);
        }
        let native = self.b().constant(Ir::Pconst, def.f as usize as u64);
        let n = self.iconst(all as i64);
        let addr = helpers::call_native_at as *const ();
        let args = [native, p, n];
        let v = match leaf {
            false => self.python_helper("call_native", addr, &args)?,
            true => {
                let mut touched = AliasClass::FRAME.set();
                if list {
                    let of_list = AliasClass::LIST.set().union(AliasClass::ITEMS.set());
                    touched = touched.union(of_list);
                }
                if dict {
                    touched = touched.union(AliasClass::DICT.set());
                }
                self.leaf_helper("call_leaf", addr, &args, touched)?
            }
        };
        self.clear_window(b, i.c() + 2)?;
        match leaf {
            true => self.leaf_result(i.a(), v, next)?,
            false => self.result(i.a(), v, next)?,
        }
        Ok(true)
    }

    /// What `isinstance` says of the registers from `start` on, where nobody is asked. A constant where it stays so; objects
    /// of several classes, and a tuple that has just been made, are looked at.
    fn instance_of(&mut self, th: &Thread, start: usize) -> Rec<Option<Val>> {
        let c = self.val(start + 1)?;
        let (xw, cw) = (self.word(start), self.word(start + 1));
        if !cw.is_ptr() || xw.is_empty() {
            return Ok(None);
        }
        // SAFETY: held by registers.
        let (xo, co) = unsafe { (reg::obj(&xw), reg::obj(&cw)) };
        let Some(yes) = helpers::classes::plain_isinstance(th, xo, co) else {
            return Ok(None);
        };
        let made = !matches!(c, Val::Const(_)) && co.is_exact::<Tuple>();
        if made || self.comes_from_here() {
            let x = match self.top().regs[start].val {
                Val::Unread => self.val(start)?,
                x => x,
            };
            let (x, c) = (self.boxed(x), self.boxed(c));
            let reads = Effects::Classes(ClassSet::ALL, ClassSet::NONE);
            let addr = helpers::classes::isinstance as *const ();
            let v = self.trying_helper("isinstance", addr, &[x, c], reads)?;
            return Ok(Some(Val::Bool(self.op(Ir::UnboxBool, &[v]))));
        }
        let x = self.val(start)?;
        let t = th.type_of(xo).clone();
        if xw.is_ptr() {
            let Some(o) = self.object(x) else {
                return Ok(None);
            };
            if !self.assume_type(th, &t) {
                return Ok(None);
            }
            self.guard(Ir::GuardShape, &[o], xo.shape_id() as u64);
        }
        self.known(c, co)?;
        Ok(Some(Val::Const(Value::from_bool(yes).0)))
    }

    /// Whether the recording began at this very instruction, which has met another kind of value before.
    pub(super) fn comes_from_here(&self) -> bool {
        self.origin.is_some() && self.steps == 1
    }

    /// The truth of an object, which is this word now: that of a container is whether it has a length, that of an object whose
    /// type says nothing of it is a constant. `None`: neither.
    pub(super) fn truth_of_object(&mut self, th: &Thread, x: Val, word: Value) -> Rec<Option<V>> {
        let Val::Obj(o) = x else {
            return Ok(None);
        };
        // SAFETY: held by a register.
        let obj = unsafe { reg::obj(&word) };
        let len = match Sequence::exact(obj) {
            Some(kind) => {
                self.guard(Ir::GuardShape, &[o], obj.shape_id() as u64);
                Some(self.length(o, kind))
            }
            None => self.native_len(o, obj)?,
        };
        if let Some(len) = len {
            let zero = self.iconst(0);
            return Ok(Some(self.op(Ir::Ine, &[len, zero])));
        }
        let t = th.type_of(obj).clone();
        let says = |t: &Py<PyType>| t.slots().bool.is_some() || t.slots().len.is_some();
        if says(&t) || !self.assume_type(th, &t) || says(&t) {
            return Ok(None);
        }
        self.guard(Ir::GuardShape, &[o], obj.shape_id() as u64);
        Ok(Some(self.b().constant(Ir::Bconst, 1)))
    }

    /// `float(x)` and `int(x)` of numbers. `false`: another class, or another argument.
    pub(super) fn converts(&mut self, t: &Py<PyType>, f: &Obj, at: At) -> Rec<bool> {
        let x = self.val(at.start)?;
        let (float, int) = (t.id == Some(TypeId::Float), t.id == Some(TypeId::Int));
        let result = match x {
            Val::Float(_) if float => x,
            Val::Int(_) if int => x,
            Val::Const(w) if float && Value(w).is_float() || int && Value(w).is_int() => x,
            Val::Int(n) if float => Val::Float(self.op(Ir::I2f, &[n])),
            Val::Bool(b) if int => Val::Int(self.op(Ir::B2i, &[b])),
            Val::Float(x) if int => Val::Int(self.checked(Ir::F2i, &[x])),
            _ => return Ok(false),
        };
        self.known(at.callee, f)?;
        self.clear_window(at.b, at.i.c() + 2)?;
        self.put(at.i.a(), result, false)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// `tuple(x)`, `list(x)`, `set(x)`: past what calling a class may do. `false`: another class.
    pub(super) fn collects(&mut self, t: &Py<PyType>, f: &Obj, at: At) -> Rec<bool> {
        let kinds = [TypeId::Tuple, TypeId::List, TypeId::Set];
        let Some(kind) = kinds.iter().position(|k| t.id == Some(*k)) else {
            return Ok(false);
        };
        self.known(at.callee, f)?;
        let x = self.val(at.start)?;
        let x = self.boxed(x);
        let kind = self.iconst(kind as i64);
        let addr = helpers::iterate::collect as *const ();
        let v = self.python_helper("collect", addr, &[x, kind])?;
        self.clear_window(at.b, at.i.c() + 2)?;
        self.result(at.i.a(), v, self.pc + 1)?;
        Ok(true)
    }

    /// The length of an exact container, asked of itself.
    pub(super) fn native_len(&mut self, o: V, obj: &Obj) -> Rec<Option<V>> {
        if !helpers::has_len(obj) {
            return Ok(None);
        }
        self.guard(Ir::GuardShape, &[o], obj.shape_id() as u64);
        let reads = match obj.is_exact::<Str>() {
            true => ClassSet::NONE,
            false => ClassSet::ALL,
        };
        self.runtime("len", helpers::len as *const (), &[o], reads)
            .map(Some)
    }

    /// Calls a function of ours that gives an integer, raises nothing and changes nothing.
    pub(super) fn runtime(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        reads: ClassSet,
    ) -> Rec<V> {
        let types = args.iter().map(|v| self.func.ty(*v)).collect();
        let h = self.func.add_helper(HelperDecl {
            name: name.into(),
            addr: addr as u64,
            args: types,
            ret: Some(Type::I64),
            reads,
            writes: ClassSet::NONE,
            raises: false,
            python: false,
            pure: reads == ClassSet::NONE,
            multi: true,
            replaces: None,
        });
        self.b().call(h, args, None).ok_or(Abort::Surprise)
    }

    /// A call of a builtin function that becomes IR. `false`: it does not.
    pub(super) fn builtin(&mut self, th: &Thread, f: &Obj, name: &str, at: At) -> Rec<bool> {
        #[rustfmt::skip]
        let At { callee, b, start, argc, i } = at;
        let next = self.pc + 1;
        let result = match (name, argc) {
            ("len", 1) => {
                let x = self.val(start)?;
                let word = self.word(start);
                let Some(o) = self.object(x) else {
                    return Ok(false);
                };
                // SAFETY: held by a register.
                let obj = unsafe { reg::obj(&word) };
                if let Some(kind) = Sequence::exact(obj) {
                    self.known(callee, f)?;
                    self.guard(Ir::GuardShape, &[o], obj.shape_id() as u64);
                    Val::Int(self.length(o, kind))
                } else if obj.is_exact::<Array>() {
                    self.known(callee, f)?;
                    Val::Int(self.array_len(o))
                } else if let Some(n) = self.native_len(o, obj)? {
                    self.known(callee, f)?;
                    Val::Int(n)
                } else {
                    return Ok(false);
                }
            }
            ("isinstance", 2) => match self.instance_of(th, start)? {
                Some(answer) => {
                    self.known(callee, f)?;
                    answer
                }
                None => return Ok(false),
            },
            ("min" | "max", 1) => {
                let op = if name == "min" { CmpOp::Lt } else { CmpOp::Gt };
                let Some(n) = self.extreme(start, op)? else {
                    return Ok(false);
                };
                self.known(callee, f)?;
                Val::Int(n)
            }
            ("min" | "max", 2) => {
                let (x, y) = (self.val(start)?, self.val(start + 1)?);
                // The first of two that are equal.
                match (x, y) {
                    (Val::Int(_) | Val::Const(_), Val::Int(_) | Val::Const(_)) => {
                        let (Some(a), Some(b)) = (self.int(x), self.int(y)) else {
                            return Ok(false);
                        };
                        self.known(callee, f)?;
                        let other = match name {
                            "min" => self.op(Ir::Ilt, &[b, a]),
                            _ => self.op(Ir::Igt, &[b, a]),
                        };
                        Val::Int(self.op(Ir::Isel, &[other, b, a]))
                    }
                    (Val::Float(a), Val::Float(b)) => {
                        self.known(callee, f)?;
                        let other = match name {
                            "min" => self.op(Ir::Flt, &[b, a]),
                            _ => self.op(Ir::Fgt, &[b, a]),
                        };
                        Val::Float(self.op(Ir::Fsel, &[other, b, a]))
                    }
                    _ => return Ok(false),
                }
            }
            ("abs", 1) => match self.val(start)? {
                Val::Float(x) => {
                    self.known(callee, f)?;
                    Val::Float(self.op(Ir::Fabs, &[x]))
                }
                Val::Int(n) => {
                    self.known(callee, f)?;
                    let zero = self.iconst(0);
                    let neg = self.checked(Ir::IsubOvf, &[zero, n]);
                    let less = self.op(Ir::Ilt, &[n, zero]);
                    Val::Int(self.op(Ir::Isel, &[less, neg, n]))
                }
                _ => return Ok(false),
            },
            ("sqrt", 1) => match self.val(start).map(|v| self.float(v))? {
                Some(x) => {
                    self.known(callee, f)?;
                    let zero = self.b().fconst(0.0);
                    let ok = self.op(Ir::Fge, &[x, zero]);
                    self.guard(Ir::GuardTrue, &[ok], 0);
                    Val::Float(self.op(Ir::Fsqrt, &[x]))
                }
                None => return Ok(false),
            },
            ("sin" | "cos", 1) => match self.val(start).map(|v| self.float(v))? {
                Some(x) => {
                    self.known(callee, f)?;
                    let inf = self.b().fconst(f64::INFINITY);
                    let a = self.op(Ir::Fabs, &[x]);
                    let ok = self.op(Ir::Flt, &[a, inf]);
                    self.guard(Ir::GuardTrue, &[ok], 0);
                    let (name, addr) = if name == "sin" {
                        ("sin", helpers::sin as *const ())
                    } else {
                        ("cos", helpers::cos as *const ())
                    };
                    Val::Float(self.pure_float(name, addr, &[x])?)
                }
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        self.clear_window(b, i.c() + 2)?;
        self.put(i.a(), result, false)?;
        self.flush(next);
        Ok(true)
    }

    /// What the native function `f`, bound to `me`, is bound to goes into the free place of the window; that it is a function
    /// of this definition is checked.
    fn bound_to(&mut self, f: &Obj, def: &'static MethodDef, me: &Obj, callee: Val) -> Rec<Val> {
        if let Val::Const(_) = callee {
            self.known(callee, f)?;
            return Ok(Val::Const(self.keep(me)));
        }
        let o = self.object(callee).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[o], f.shape_id() as u64);
        let d = self.load(Ir::LoadI64, &[o], BUILTIN_DEF, AliasClass::IMMUTABLE);
        let want = self.iconst(def as *const MethodDef as i64);
        let same = self.op(Ir::Ieq, &[d, want]);
        self.guard(Ir::GuardTrue, &[same], 0);
        let v = self.load(Ir::LoadVal, &[o], BUILTIN_ME, AliasClass::IMMUTABLE);
        let s = self.before();
        self.of_kind(v, me.value(), s)
    }

    /// `append` of the list `me`, the item being the only argument.
    fn append_to(&mut self, me: Val, at: At) -> Rec<bool> {
        let Some(o) = self.object(me) else {
            return Ok(false);
        };
        let item = at.start + at.argc - 1;
        self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
        let v = self.val(item)?;
        let v = self.boxed(v);
        let l = self.op(Ir::BoxObj, &[o]);
        self.append(l, v, item, true)?;
        self.clear_window(at.b, at.i.c() + 2)?;
        self.put(at.i.a(), Val::Const(Value::NONE.0), false)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// A call of a method of a built-in type that becomes IR or a helper of its own. `false`: it does not.
    pub(super) fn descriptor(
        &mut self,
        th: &Thread,
        f: &Obj,
        m: &Py<MethodDescriptor>,
        at: At,
    ) -> Rec<bool> {
        #[rustfmt::skip]
        let At { callee, b, start, argc, i } = at;
        let next = self.pc + 1;
        if argc == 0 {
            return Ok(false);
        }
        let me = self.val(start)?;
        let word = self.word(start);
        if !word.is_ptr() {
            return Ok(false);
        }
        // SAFETY: held by a register.
        let obj = unsafe { reg::obj(&word) };
        if m.def.name == "append" && argc == 2 && obj.is_exact::<List>() {
            self.known(callee, f)?;
            return self.append_to(me, at);
        }
        if argc >= 2 && m.def.bind == Bind::Instance {
            if let Some((v, owned)) = self.looking_method(th, m.def.name, (start, argc))? {
                self.known(callee, f)?;
                self.clear_window(b, i.c() + 2)?;
                self.put(i.a(), v, owned)?;
                match v {
                    Val::Any(_) => self.next_finds_kind(i.a(), next)?,
                    _ => self.flush(next),
                }
                return Ok(true);
            }
        }
        Ok(false)
    }
}
