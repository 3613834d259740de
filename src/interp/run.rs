//! The interpreter loop.
//!
//! One native activation of `run` executes the frame that is on top when it starts, and every Python function, generator
//! and class body that is called from there: those calls push records, they do not nest on the native stack. It returns
//! when a frame flagged ENTRY is left.
//!
//! Invariants
//! - L1: while an instruction runs, `(*f).pc` is either up to date or no code can look at it: `save!` stores it before
//!   anything that may raise, call, or poll.
//! - L2: `f`, `pc`, `base` are reloaded (`reload!`) after anything that may have pushed or popped records.

use super::attr;
use super::call::{self, Called};
use super::fast;
use super::reg::{self, inc, kill, set, take};
use super::unwind::{self, Landed};
use super::{generator, matching, names, ops, slow, trace};
use crate::object::cache::Found;
use crate::object::dict::Dict;
use crate::object::frame::{Frame, Generator, flag, state};
use crate::object::function::{Cell, Function};
use crate::object::list::List;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::tuple::Tuple;
use crate::object::{Obj, Slot, Value};
use crate::record::hot::{self, After};
use crate::record::step::Next;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::Ordering;

/// How the entry frame was left.
pub enum Exit {
    /// By `return`.
    Returned(Obj),
    /// By `yield`.
    Yielded(Obj),
}

/// How the loop was left.
enum Left {
    /// With its entry frame.
    Frame(Exit),
    /// A recording has ended, or nobody watches any more: another form of the loop goes on with the record on top.
    Loop,
}

/// Runs the frame on top until it is left. `thrown`: an exception to raise where it is suspended.
///
/// # Safety
/// The top record is flagged ENTRY, its registers are set up, and this thread owns it.
pub unsafe fn run(th: &Thread, mut thrown: Option<Exc>) -> Result<Exit, Exc> {
    // SAFETY: the record on top and its code; a recording runs the same record.
    unsafe {
        let f = th.top.get();
        let code = &*(*f).code;
        if th.tracing.watch.get() == 0 && (*f).pc == code.entry && thrown.is_none() {
            let n = (code.calls.load(Ordering::Relaxed) as i32).wrapping_add(1);
            code.calls.store(n as u32, Ordering::Relaxed);
            if n >= th.jit.call_threshold.get() {
                match hot::entry(th, f) {
                    After::Go | After::Reload => {}
                    After::Raise(e) => thrown = Some(e),
                    After::Record => match execute::<REC>(th, None) {
                        Ok(Left::Loop) => {}
                        left => {
                            crate::record::close::forget(th);
                            return match left? {
                                Left::Frame(exit) => Ok(exit),
                                Left::Loop => Err(th.system_error("a lost recording")),
                            };
                        }
                    },
                }
            }
        }
    }
    loop {
        // SAFETY: as this function's.
        let left = unsafe {
            match th.tracing.watch.get() {
                0 => execute::<PLAIN>(th, thrown.take()),
                _ => execute::<TRACE>(th, thrown.take()),
            }
        };
        if let Left::Frame(exit) = left? {
            return Ok(exit);
        }
    }
}

/// The form of the loop that runs code and nothing else.
const PLAIN: u8 = 0;
/// The form that shows each instruction to the recorder before it runs.
const REC: u8 = 1;
/// The form that shows each instruction to `trace` before it runs.
const TRACE: u8 = 2;

/// The loop, in its three forms.
///
/// # Safety
/// As [`run`]; in form `REC` this thread is recording.
unsafe fn execute<const FORM: u8>(th: &Thread, thrown: Option<Exc>) -> Result<Left, Exc> {
    // SAFETY: the caller's promise, the invariants above, and those of `reg` and `object::frame`; code objects have been
    // verified by the compiler (`threadsnake_front::verify`), so every operand names a register, constant, name or site
    // of the running code and every jump leads to an instruction.
    unsafe {
        let mut f: *mut Frame = th.top.get();
        let mut pc: *const Instr = (*f).pc;
        let mut base: *mut Value = (*f).base;
        let mut raised: Option<(Exc, bool)> = thrown.map(|e| (e, true));

        macro_rules! reload {
            () => {{
                f = th.top.get();
                pc = (*f).pc;
                base = (*f).base;
            }};
        }
        macro_rules! save {
            () => {
                (*f).pc = pc
            };
        }
        macro_rules! r {
            ($n:expr) => {
                base.add($n)
            };
        }
        macro_rules! kills {
            ($i:ident, $($bit:ident $n:expr),*) => {
                if $i.k() != 0 {
                    $( if $i.k() & $bit != 0 { kill(th, base.add($n)); } )*
                }
            };
        }
        macro_rules! code {
            () => {
                (&*(*f).code)
            };
        }
        macro_rules! site {
            ($n:expr) => {
                &*code!().sites.as_ptr().add($n)
            };
        }
        macro_rules! jump {
            ($off:expr) => {
                pc = pc.offset($off as isize)
            };
        }
        // After what may have made somebody watch this thread: goes on in the form that tells them.
        macro_rules! watched {
            () => {
                if FORM != TRACE && th.tracing.watch.get() != 0 {
                    save!();
                    if FORM == REC {
                        crate::record::close::forget(th);
                        return Ok(Left::Loop);
                    }
                    match execute::<TRACE>(th, None) {
                        Ok(Left::Loop) => reload!(),
                        left => return left,
                    }
                }
            };
        }
        macro_rules! obj_result {
            ($i:ident, $v:expr) => {{
                let v: Obj = $v;
                set(th, r!($i.a()), v.into_value());
            }};
        }

        // Each turn runs instructions until one raises; what was raised is then led to its handler.
        loop {
            if let Some((e, fresh)) = raised.take() {
                if fresh {
                    unwind::contextualise(th, &e);
                }
                match unwind::unwind(th, e, fresh) {
                    Landed::Handler => reload!(),
                    Landed::Out(e) => return Err(e),
                }
            }
            let exc: (Exc, bool) = 'run: loop {
                macro_rules! raise {
                    ($e:expr) => {
                        break 'run ($e, true)
                    };
                }
                // A function has been entered: its record is on top.
                macro_rules! entered {
                    () => {{
                        reload!();
                        let calls = &code!().calls;
                        let n = (calls.load(Ordering::Relaxed) as i32).wrapping_add(1);
                        calls.store(n as u32, Ordering::Relaxed);
                        if FORM == PLAIN && n >= th.jit.call_threshold.get() {
                            match hot::entry(th, f) {
                                After::Go => {}
                                After::Reload => reload!(),
                                After::Raise(e) => raise!(e),
                                After::Record => match execute::<REC>(th, None) {
                                    Ok(Left::Loop) => reload!(),
                                    left => {
                                        crate::record::close::forget(th);
                                        return left;
                                    }
                                },
                            }
                        }
                    }};
                }
                // Without a new traceback entry.
                macro_rules! reraise {
                    ($e:expr) => {
                        match $e.into_py::<crate::object::exception::BaseException>() {
                            Ok(e) => break 'run (Exc(e), false),
                            Err(_) => {
                                break 'run (
                                    th.system_error("reraise of something that is no exception"),
                                    true,
                                );
                            }
                        }
                    };
                }
                macro_rules! tri {
                    ($r:expr) => {
                        match $r {
                            Ok(v) => v,
                            Err(e) => raise!(e),
                        }
                    };
                }
                // A binary operator: fast path on words, else out of line.
                macro_rules! binary {
                    ($i:ident, $fast:path, $slow:ident, $op:expr) => {{
                        if let Some(v) = $fast(*r!($i.b()), *r!($i.c())) {
                            set(th, r!($i.a()), v);
                        } else {
                            save!();
                            tri!(slow::$slow(th, base, $i, $op));
                        }
                    }};
                }
                macro_rules! slow_binary {
                    ($i:ident, $f:expr) => {{
                        save!();
                        tri!(slow::with2(th, base, $i, $f));
                    }};
                }
                macro_rules! imm {
                    ($i:ident, $fast:path, $op:expr) => {{
                        if let Some(v) = $fast(*r!($i.b()), Value::from_int($i.sc() as i64)) {
                            set(th, r!($i.a()), v);
                        } else {
                            save!();
                            tri!(slow::imm(th, base, $i, $op));
                        }
                    }};
                }
                macro_rules! unary {
                    ($i:ident, $f:expr) => {{
                        save!();
                        tri!(slow::with1(th, base, $i, $f));
                    }};
                }
                macro_rules! compare {
                    ($i:ident, $op:expr) => {{
                        if let Some(v) = fast::compare($op, *r!($i.b()), *r!($i.c())) {
                            set(th, r!($i.a()), Value::from_bool(v));
                        } else {
                            save!();
                            tri!(slow::compare(th, base, $i, $op));
                        }
                    }};
                }
                macro_rules! compare_jump {
                    ($i:ident, $op:expr, $want:literal) => {{
                        let yes = match fast::compare($op, *r!($i.a()), *r!($i.b())) {
                            Some(v) => v,
                            None => {
                                save!();
                                tri!(slow::compare_jump(th, base, $i, $op))
                            }
                        };
                        if yes == $want {
                            jump!($i.sc());
                        }
                    }};
                }
                macro_rules! compare_jump_imm {
                    ($i:ident, $op:expr, $want:literal) => {{
                        let y = Value::from_int($i.sb() as i64);
                        let yes = match fast::compare($op, *r!($i.a()), y) {
                            Some(v) => v,
                            None => {
                                save!();
                                tri!(slow::compare_jump_imm(th, base, $i, $op))
                            }
                        };
                        if yes == $want {
                            jump!($i.sc());
                        }
                    }};
                }
                macro_rules! truth_jump {
                    ($i:ident, $want:literal) => {{
                        let yes = match fast::truth(*r!($i.a())) {
                            Some(t) => t,
                            None => {
                                save!();
                                tri!(slow::truthy(th, r!($i.a()), $i.k() & KILL_A != 0))
                            }
                        };
                        if yes == $want {
                            jump!($i.sbc());
                        }
                    }};
                }

                if FORM == REC {
                    save!();
                    match crate::record::step::step(th, f, pc) {
                        Next::Run => {}
                        Next::Stop => return Ok(Left::Loop),
                        Next::Reload => {
                            reload!();
                            continue;
                        }
                        Next::Raise(e) => {
                            reload!();
                            raise!(e);
                        }
                    }
                }
                if FORM == TRACE {
                    save!();
                    if !tri!(trace::step(th, f)) {
                        return Ok(Left::Loop);
                    }
                }
                let i = *pc;
                pc = pc.add(1);
                // SAFETY: verified code has known opcodes only.
                let op: Op = std::mem::transmute::<u8, Op>(i.0 as u8);
                match op {
                    Op::Nop | Op::Ext => {}
                    Op::Move => {
                        let v = *r!(i.b());
                        if i.k() & KILL_B != 0 {
                            *r!(i.b()) = Value::EMPTY;
                        } else {
                            inc(th, v);
                        }
                        set(th, r!(i.a()), v);
                    }
                    Op::LoadConst => {
                        // Constants on the heap are immortal, but for code objects.
                        let v = (*code!().consts.as_ptr().add(i.bc() as usize)).value();
                        if v.is_ptr() && !(*(v.0 as *const Header)).is_immortal() {
                            inc(th, v);
                        }
                        set(th, r!(i.a()), v);
                    }
                    Op::LoadInt => set(th, r!(i.a()), Value::from_int(i.sbc() as i64)),
                    Op::CheckBound => {
                        if (*r!(i.a())).is_empty() {
                            save!();
                            raise!(ops::unbound_local(th, &code!().names[i.b()]));
                        }
                    }
                    Op::DeleteLocal => {
                        if (*r!(i.a())).is_empty() {
                            save!();
                            raise!(ops::unbound_local(th, &code!().names[i.b()]));
                        }
                        save!();
                        let v = take(r!(i.a()));
                        reg::dec(th, v);
                    }
                    Op::Release => {
                        save!();
                        for n in 0..i.b() {
                            kill(th, r!(i.a() + n));
                        }
                    }
                    Op::MakeCell => {
                        let v = Obj::from_value_opt(take(r!(i.a())));
                        let c = th.alloc(Cell { v: Slot::new(v) });
                        *r!(i.a()) = c.into_obj().into_value();
                    }
                    Op::NewCell => {
                        let c = th.alloc(Cell { v: Slot::empty() });
                        set(th, r!(i.a()), c.into_obj().into_value());
                    }
                    Op::LoadCell => {
                        let c = reg::obj(r!(i.b())).cast_unchecked::<Cell>();
                        match c.v.get() {
                            Some(v) => obj_result!(i, v),
                            None => {
                                save!();
                                raise!(ops::unbound_local(th, &code!().names[i.c()]));
                            }
                        }
                    }
                    Op::StoreCell => {
                        save!();
                        let v = take_or_copy(th, i, KILL_B, r!(i.b()));
                        reg::obj(r!(i.a()))
                            .cast_unchecked::<Cell>()
                            .v
                            .set(th, Some(v));
                    }
                    Op::DeleteCell => {
                        save!();
                        let old = reg::obj(r!(i.a()))
                            .cast_unchecked::<Cell>()
                            .v
                            .swap(th, None);
                        if old.is_none() {
                            raise!(ops::unbound_local(th, &code!().names[i.b()]));
                        }
                        drop(old);
                    }
                    Op::LoadFreeCell => {
                        let c = free_cell(f, i.b()).clone();
                        obj_result!(i, c);
                    }
                    Op::LoadFree => {
                        let c = free_cell(f, i.b()).cast_unchecked::<Cell>();
                        match c.v.get() {
                            Some(v) => obj_result!(i, v),
                            None => {
                                save!();
                                raise!(ops::unbound_free(th, code!(), i.b()));
                            }
                        }
                    }
                    Op::StoreFree => {
                        save!();
                        let v = take_or_copy(th, i, KILL_B, r!(i.b()));
                        free_cell(f, i.a())
                            .cast_unchecked::<Cell>()
                            .v
                            .set(th, Some(v));
                    }
                    Op::DeleteFree => {
                        save!();
                        let old = free_cell(f, i.a())
                            .cast_unchecked::<Cell>()
                            .v
                            .swap(th, None);
                        if old.is_none() {
                            raise!(ops::unbound_free(th, code!(), i.a()));
                        }
                        drop(old);
                    }
                    Op::LoadDictOrCell => {
                        save!();
                        let name = &code!().names[i.c()];
                        let found = tri!(names::from_locals(th, f, name));
                        let v = match found {
                            Some(v) => v,
                            None => match reg::obj(r!(i.b())).cast_unchecked::<Cell>().v.get() {
                                Some(v) => v,
                                None => raise!(th.name_error(name)),
                            },
                        };
                        obj_result!(i, v);
                    }
                    Op::LoadDictOrFree => {
                        save!();
                        let name = &code!().names[i.c()];
                        let found = tri!(names::from_locals(th, f, name));
                        let v = match found {
                            Some(v) => v,
                            None => match free_cell(f, i.b()).cast_unchecked::<Cell>().v.get() {
                                Some(v) => v,
                                None => raise!(ops::unbound_free(th, code!(), i.b())),
                            },
                        };
                        obj_result!(i, v);
                    }
                    Op::LoadFromDictOrFree => {
                        save!();
                        let name = &code!().names[code!().front.freevars[i.c()] as usize];
                        let found = tri!(names::from_mapping(th, reg::obj(r!(i.b())), name));
                        kills!(i, KILL_B i.b());
                        let v = match found {
                            Some(v) => v,
                            None => match free_cell(f, i.c()).cast_unchecked::<Cell>().v.get() {
                                Some(v) => v,
                                None => raise!(ops::unbound_free(th, code!(), i.c())),
                            },
                        };
                        obj_result!(i, v);
                    }
                    Op::LoadFromDictOrGlobal => {
                        save!();
                        let site = site!(i.c());
                        let name = Obj::ref_from(&site.name);
                        let found = tri!(names::from_mapping(th, reg::obj(r!(i.b())), name));
                        kills!(i, KILL_B i.b());
                        let v = match found {
                            Some(v) => v,
                            None => tri!(names::load_global(th, f, site)),
                        };
                        obj_result!(i, v);
                    }
                    Op::LoadGlobal => {
                        let site = site!(i.bc() as usize);
                        let w = site.a.load(Ordering::Acquire);
                        let globals = reg::obj(&(*f).globals).cast_unchecked::<Dict>();
                        let mut v = if w != 0 {
                            globals.cached_value((w >> 32) as u32, w as u32)
                        } else {
                            Value::EMPTY
                        };
                        if v.is_empty() {
                            let c = site.c.load(Ordering::Acquire);
                            let b = site.b.load(Ordering::Acquire);
                            if c != 0 && globals.is_still_absent(c as u32) {
                                let builtins = reg::obj(&(*f).builtins).cast_unchecked::<Dict>();
                                v = builtins.cached_value((b >> 32) as u32, b as u32);
                            }
                        }
                        if v.is_empty() {
                            save!();
                            let v = tri!(names::load_global(th, f, site));
                            obj_result!(i, v);
                        } else {
                            inc(th, v);
                            set(th, r!(i.a()), v);
                        }
                    }
                    Op::StoreGlobal => {
                        save!();
                        let site = site!(i.bc() as usize);
                        let v = take_or_copy(th, i, KILL_A, r!(i.a()));
                        tri!(names::store_global(th, f, site, v));
                    }
                    Op::DeleteGlobal => {
                        save!();
                        tri!(names::delete_global(th, f, &code!().sites[i.bc() as usize]));
                    }
                    Op::LoadName => {
                        save!();
                        let v = tri!(names::load_name(th, f, &code!().sites[i.bc() as usize]));
                        obj_result!(i, v);
                    }
                    Op::StoreName => {
                        save!();
                        let v = take_or_copy(th, i, KILL_A, r!(i.a()));
                        tri!(names::store_name(th, f, &code!().sites[i.bc() as usize], v));
                    }
                    Op::DeleteName => {
                        save!();
                        tri!(names::delete_name(th, f, &code!().sites[i.bc() as usize]));
                    }
                    Op::LoadLocals => {
                        save!();
                        let v = tri!(names::locals(th, f));
                        obj_result!(i, v);
                    }
                    Op::LoadBuildClass => {
                        save!();
                        let v = tri!(names::build_class(th, f));
                        obj_result!(i, v);
                    }
                    Op::LoadAssertionError => {
                        let t = th
                            .ty(crate::object::type_ids::TypeId::AssertionError)
                            .obj()
                            .clone();
                        obj_result!(i, t);
                    }

                    // --- attributes
                    Op::LoadAttr => {
                        let v = *r!(i.b());
                        let site = site!(i.c());
                        if v.is_ptr() {
                            let shape = (*(v.0 as *const Header)).shape.load(Ordering::Acquire);
                            if let Some(e) = attr::find(site, shape) {
                                if e.offset != 0 {
                                    let x = attr::load_inline(th, v, e.offset);
                                    if !x.is_empty() {
                                        if i.k() & KILL_B != 0 {
                                            save!();
                                            kill(th, r!(i.b()));
                                        }
                                        set(th, r!(i.a()), x);
                                        continue;
                                    }
                                }
                            }
                        }
                        save!();
                        match tri!(slow::load_attr(th, base, i, site)) {
                            slow::Loaded::Done => {}
                            slow::Loaded::Getter(getter) => {
                                let me = take_or_copy(th, i, KILL_B, r!(i.b()));
                                tri!(call::push_python(
                                    th,
                                    getter,
                                    &[me.into_value()],
                                    i.a() as u16,
                                    0
                                ));
                                reload!();
                            }
                        }
                    }
                    Op::StoreAttr => {
                        let v = *r!(i.a());
                        let site = site!(i.c());
                        if v.is_ptr() && !th.multi() {
                            let h = &*(v.0 as *const Header);
                            if let Some(e) = attr::find(site, h.shape.load(Ordering::Acquire)) {
                                // In Single every slot-store entry has an offset.
                                let x = *r!(i.b());
                                if i.k() & KILL_B != 0 {
                                    *r!(i.b()) = Value::EMPTY;
                                } else {
                                    inc(th, x);
                                }
                                save!();
                                attr::store_single(th, v, e, x);
                                kills!(i, KILL_A i.a());
                                continue;
                            }
                        }
                        save!();
                        tri!(slow::store_attr(th, base, i, site));
                    }
                    Op::DeleteAttr => {
                        save!();
                        let name = Obj::ref_from(&code!().sites[i.b()].name);
                        tri!(th.delattr_obj(reg::obj(r!(i.a())), name));
                        kills!(i, KILL_A i.a());
                    }
                    Op::LoadMethod => {
                        let v = *r!(i.b());
                        let site = site!(i.c());
                        if v.is_ptr() {
                            let shape = (*(v.0 as *const Header)).shape.load(Ordering::Acquire);
                            if let Some(e) = attr::find(site, shape) {
                                if e.found == Found::Method {
                                    if let Some(m) = &e.value {
                                        let m = m.value();
                                        inc(th, m);
                                        if i.k() & KILL_B != 0 {
                                            *r!(i.b()) = Value::EMPTY;
                                        } else {
                                            inc(th, v);
                                        }
                                        set(th, r!(i.a()), m);
                                        set(th, r!(i.a() + 1), v);
                                        continue;
                                    }
                                }
                            }
                        }
                        save!();
                        tri!(slow::load_method(th, base, i, site));
                    }
                    Op::LoadSuperAttr | Op::LoadSuperMethod => {
                        save!();
                        let name = Obj::ref_from(&code!().sites[i.c()].name);
                        let w = r!(i.b());
                        let method = op == Op::LoadSuperMethod;
                        let (m, me) = tri!(ops::super_attr(
                            th,
                            reg::obj(w),
                            reg::obj(w.add(1)),
                            reg::obj(w.add(2)),
                            name,
                            method
                        ));
                        reg::clear(th, w, 3);
                        set(th, r!(i.a()), m.into_value());
                        if method {
                            set(th, r!(i.a() + 1), me.map_or(Value::EMPTY, Obj::into_value));
                        }
                    }
                    Op::LoadSpecial => {
                        save!();
                        let (m, me) = tri!(ops::load_special(th, reg::obj(r!(i.b())), i.c()));
                        kills!(i, KILL_B i.b());
                        set(th, r!(i.a()), m.into_value());
                        set(th, r!(i.a() + 1), me.map_or(Value::EMPTY, Obj::into_value));
                    }

                    // --- operators
                    Op::Add => binary!(i, fast::add, binary, BinOp::Add),
                    Op::Sub => binary!(i, fast::sub, binary, BinOp::Sub),
                    Op::Mul => binary!(i, fast::mul, binary, BinOp::Mul),
                    Op::TrueDiv => binary!(i, fast::truediv, binary, BinOp::TrueDiv),
                    Op::FloorDiv => binary!(i, fast::floordiv, binary, BinOp::FloorDiv),
                    Op::Mod => binary!(i, fast::modulo, binary, BinOp::Mod),
                    Op::Pow => slow_binary!(i, ops::pow),
                    Op::MatMul => {
                        save!();
                        tri!(slow::binary(th, base, i, BinOp::MatMul));
                    }
                    Op::LShift => binary!(i, fast::lshift, binary, BinOp::LShift),
                    Op::RShift => binary!(i, fast::rshift, binary, BinOp::RShift),
                    Op::BitAnd => binary!(i, fast::and, binary, BinOp::And),
                    Op::BitOr => binary!(i, fast::or, binary, BinOp::Or),
                    Op::BitXor => binary!(i, fast::xor, binary, BinOp::Xor),
                    Op::IAdd => binary!(i, fast::add, inplace, BinOp::Add),
                    Op::ISub => binary!(i, fast::sub, inplace, BinOp::Sub),
                    Op::IMul => binary!(i, fast::mul, inplace, BinOp::Mul),
                    Op::ITrueDiv => binary!(i, fast::truediv, inplace, BinOp::TrueDiv),
                    Op::IFloorDiv => binary!(i, fast::floordiv, inplace, BinOp::FloorDiv),
                    Op::IMod => binary!(i, fast::modulo, inplace, BinOp::Mod),
                    Op::IPow => slow_binary!(i, |th: &Thread, a, b| th.ipow(a, b)),
                    Op::IMatMul => {
                        save!();
                        tri!(slow::inplace(th, base, i, BinOp::MatMul));
                    }
                    Op::ILShift => binary!(i, fast::lshift, inplace, BinOp::LShift),
                    Op::IRShift => binary!(i, fast::rshift, inplace, BinOp::RShift),
                    Op::IBitAnd => binary!(i, fast::and, inplace, BinOp::And),
                    Op::IBitOr => binary!(i, fast::or, inplace, BinOp::Or),
                    Op::IBitXor => binary!(i, fast::xor, inplace, BinOp::Xor),
                    Op::AddImm => imm!(i, fast::add, BinOp::Add),
                    Op::SubImm => imm!(i, fast::sub, BinOp::Sub),
                    Op::MulImm => imm!(i, fast::mul, BinOp::Mul),
                    Op::FloorDivImm => imm!(i, fast::floordiv, BinOp::FloorDiv),
                    Op::ModImm => imm!(i, fast::modulo, BinOp::Mod),
                    Op::BitAndImm => imm!(i, fast::and, BinOp::And),
                    Op::LShiftImm => imm!(i, fast::lshift, BinOp::LShift),
                    Op::RShiftImm => imm!(i, fast::rshift, BinOp::RShift),
                    Op::Neg => match fast::neg(*r!(i.b())) {
                        Some(v) => set(th, r!(i.a()), v),
                        None => unary!(i, |th: &Thread, o| th.unary_neg(o)),
                    },
                    Op::Pos => unary!(i, |th: &Thread, o| th.unary_pos(o)),
                    Op::Invert => unary!(i, |th: &Thread, o| th.unary_invert(o)),
                    Op::Not | Op::Bool => {
                        let x = *r!(i.b());
                        let t = match fast::truth(x) {
                            Some(t) => t,
                            None => {
                                save!();
                                tri!(slow::truthy(th, r!(i.b()), i.k() & KILL_B != 0))
                            }
                        };
                        set(th, r!(i.a()), Value::from_bool(t == (op == Op::Bool)));
                    }
                    Op::Lt => compare!(i, CmpOp::Lt),
                    Op::Le => compare!(i, CmpOp::Le),
                    Op::Eq => compare!(i, CmpOp::Eq),
                    Op::Ne => compare!(i, CmpOp::Ne),
                    Op::Gt => compare!(i, CmpOp::Gt),
                    Op::Ge => compare!(i, CmpOp::Ge),
                    Op::Is | Op::IsNot => {
                        let same = *r!(i.b()) == *r!(i.c());
                        save!();
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                        set(th, r!(i.a()), Value::from_bool(same == (op == Op::Is)));
                    }
                    Op::In | Op::NotIn => {
                        save!();
                        let t = tri!(slow::contains(th, base, i));
                        set(th, r!(i.a()), Value::from_bool(t == (op == Op::In)));
                    }

                    // --- branches
                    Op::Jump => jump!(i.sbc()),
                    Op::JumpBack => {
                        jump!(i.sbc());
                        if th.rec().guard.load(Ordering::Relaxed) != 0 {
                            save!();
                            if let Err(e) = th.poll() {
                                // The line of the jump itself, not of its target.
                                raise!(e);
                            }
                            watched!();
                        }
                        let heat = &code!().loops[i.a()];
                        let n = (heat.load(Ordering::Relaxed) as i32).wrapping_add(1);
                        heat.store(n as u32, Ordering::Relaxed);
                        if FORM == PLAIN && n >= th.jit.threshold.get() {
                            save!();
                            match hot::back_edge(th, f, i.a()) {
                                After::Go => {}
                                After::Reload => reload!(),
                                After::Raise(e) => raise!(e),
                                After::Record => match execute::<REC>(th, None) {
                                    Ok(Left::Loop) => reload!(),
                                    left => {
                                        crate::record::close::forget(th);
                                        return left;
                                    }
                                },
                            }
                            watched!();
                        }
                    }
                    Op::JumpIfTrue => truth_jump!(i, true),
                    Op::JumpIfFalse => truth_jump!(i, false),
                    Op::JumpIfNone | Op::JumpIfNotNone => {
                        let none = *r!(i.a()) == Value::NONE;
                        save!();
                        kills!(i, KILL_A i.a());
                        if none == (op == Op::JumpIfNone) {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpIfEmpty => {
                        if (*r!(i.a())).is_empty() {
                            jump!(i.sbc());
                        }
                    }
                    Op::JumpLt => compare_jump!(i, CmpOp::Lt, true),
                    Op::JumpLe => compare_jump!(i, CmpOp::Le, true),
                    Op::JumpEq => compare_jump!(i, CmpOp::Eq, true),
                    Op::JumpNe => compare_jump!(i, CmpOp::Ne, true),
                    Op::JumpGt => compare_jump!(i, CmpOp::Gt, true),
                    Op::JumpGe => compare_jump!(i, CmpOp::Ge, true),
                    Op::JumpNotLt => compare_jump!(i, CmpOp::Lt, false),
                    Op::JumpNotLe => compare_jump!(i, CmpOp::Le, false),
                    Op::JumpNotEq => compare_jump!(i, CmpOp::Eq, false),
                    Op::JumpNotNe => compare_jump!(i, CmpOp::Ne, false),
                    Op::JumpNotGt => compare_jump!(i, CmpOp::Gt, false),
                    Op::JumpNotGe => compare_jump!(i, CmpOp::Ge, false),
                    Op::JumpLtImm => compare_jump_imm!(i, CmpOp::Lt, true),
                    Op::JumpLeImm => compare_jump_imm!(i, CmpOp::Le, true),
                    Op::JumpEqImm => compare_jump_imm!(i, CmpOp::Eq, true),
                    Op::JumpNeImm => compare_jump_imm!(i, CmpOp::Ne, true),
                    Op::JumpGtImm => compare_jump_imm!(i, CmpOp::Gt, true),
                    Op::JumpGeImm => compare_jump_imm!(i, CmpOp::Ge, true),
                    Op::JumpNotLtImm => compare_jump_imm!(i, CmpOp::Lt, false),
                    Op::JumpNotLeImm => compare_jump_imm!(i, CmpOp::Le, false),
                    Op::JumpNotEqImm => compare_jump_imm!(i, CmpOp::Eq, false),
                    Op::JumpNotNeImm => compare_jump_imm!(i, CmpOp::Ne, false),
                    Op::JumpNotGtImm => compare_jump_imm!(i, CmpOp::Gt, false),
                    Op::JumpNotGeImm => compare_jump_imm!(i, CmpOp::Ge, false),
                    Op::JumpIs | Op::JumpIsNot => {
                        let same = *r!(i.a()) == *r!(i.b());
                        save!();
                        kills!(i, KILL_A i.a(), KILL_B i.b());
                        if same == (op == Op::JumpIs) {
                            jump!(i.sc());
                        }
                    }

                    // --- iteration and unpacking
                    Op::GetIter => unary!(i, |th: &Thread, o| th.iter(o)),
                    Op::ForIter => {
                        let it = *r!(i.b());
                        save!();
                        match ops::next_fast(th, it) {
                            ops::Next::Item(v) => set(th, r!(i.a()), v),
                            ops::Next::End => {
                                kill(th, r!(i.b()));
                                jump!(i.sc());
                            }
                            ops::Next::Generator => {
                                let g = reg::obj(r!(i.b())).cast_unchecked::<Generator>();
                                match tri!(generator::begin(th, g)) {
                                    Some(started) => {
                                        if !th.has_room((*f).limit) {
                                            generator::put_back(g, started);
                                            raise!(th.too_deep(""));
                                        }
                                        // Held for the time of its run: the register may be overwritten meanwhile.
                                        inc(th, it);
                                        generator::push(
                                            th,
                                            g,
                                            Value::NONE,
                                            started,
                                            i.a() as u16,
                                            flag::FOR_ITER,
                                        );
                                        reload!();
                                    }
                                    None => {
                                        kill(th, r!(i.b()));
                                        jump!(i.sc());
                                    }
                                }
                            }
                            ops::Next::Other => match tri!(th.next(reg::obj(r!(i.b())))) {
                                Some(v) => obj_result!(i, v),
                                None => {
                                    kill(th, r!(i.b()));
                                    jump!(i.sc());
                                }
                            },
                        }
                    }
                    Op::Unpack => {
                        save!();
                        tri!(slow::unpack(th, base, i));
                    }
                    Op::UnpackEx => {
                        save!();
                        let items = tri!(ops::unpack_ex(
                            th,
                            reg::obj(r!(i.b())),
                            i.c() & 0xFF,
                            i.c() >> 8
                        ));
                        kills!(i, KILL_B i.b());
                        for (k, x) in items.into_iter().enumerate() {
                            set(th, r!(i.a() + k), x.into_value());
                        }
                    }

                    // --- subscripts
                    Op::GetItem => {
                        let o = reg::obj(r!(i.b()));
                        let k = *r!(i.c());
                        if k.is_int() {
                            let x = fast::item(o, k.as_int());
                            if !x.is_empty() {
                                inc(th, x);
                                if i.k() & KILL_B != 0 {
                                    save!();
                                    kill(th, r!(i.b()));
                                }
                                set(th, r!(i.a()), x);
                                continue;
                            }
                        }
                        slow_binary!(i, ops::getitem);
                    }
                    Op::GetItemImm => {
                        let x = fast::item(reg::obj(r!(i.b())), i.sc() as i64);
                        if !x.is_empty() {
                            inc(th, x);
                            if i.k() & KILL_B != 0 {
                                save!();
                                kill(th, r!(i.b()));
                            }
                            set(th, r!(i.a()), x);
                            continue;
                        }
                        save!();
                        tri!(slow::getitem_imm(th, base, i));
                    }
                    Op::SetItem => {
                        save!();
                        let o = reg::obj(r!(i.a()));
                        let k = *r!(i.b());
                        if k.is_int() && o.is_exact::<List>() && !th.multi() {
                            let l = o.cast_unchecked::<List>();
                            let n = k.as_int();
                            let at = if n < 0 { n + l.len() as i64 } else { n };
                            if let Some(slot) = l.slot_single(at) {
                                let x = *r!(i.c());
                                if i.k() & KILL_C != 0 {
                                    *r!(i.c()) = Value::EMPTY;
                                } else {
                                    inc(th, x);
                                }
                                attr::publish_word(x);
                                let old = Value(slot.load(Ordering::Relaxed));
                                slot.store(x.0, Ordering::Release);
                                reg::dec(th, old);
                                kills!(i, KILL_A i.a());
                                continue;
                            }
                        }
                        tri!(slow::setitem(th, base, i));
                    }
                    Op::DelItem => {
                        save!();
                        tri!(th.delitem(reg::obj(r!(i.a())), reg::obj(r!(i.b()))));
                        kills!(i, KILL_A i.a(), KILL_B i.b());
                    }
                    Op::GetSlice => {
                        save!();
                        let w = r!(i.c());
                        let v = tri!(ops::get_slice(
                            th,
                            reg::obj(r!(i.b())),
                            reg::obj(w),
                            reg::obj(w.add(1))
                        ));
                        reg::clear(th, w, 2);
                        kills!(i, KILL_B i.b());
                        obj_result!(i, v);
                    }
                    Op::SetSlice => {
                        save!();
                        let w = r!(i.c());
                        tri!(ops::set_slice(
                            th,
                            reg::obj(r!(i.a())),
                            reg::obj(w),
                            reg::obj(w.add(1)),
                            reg::obj(r!(i.b()))
                        ));
                        reg::clear(th, w, 2);
                        kills!(i, KILL_A i.a(), KILL_B i.b());
                    }

                    // --- building
                    Op::BuildTuple => {
                        save!();
                        let t = tri!(tuple_window(th, r!(i.b()), i.c()));
                        obj_result!(i, t);
                    }
                    Op::BuildList => {
                        save!();
                        let (w, n) = (r!(i.b()), i.c());
                        let l = tri!(crate::object::list::list_of_words(th, w, n));
                        for k in 0..n {
                            *w.add(k) = Value::EMPTY;
                        }
                        obj_result!(i, l.into_obj());
                    }
                    Op::BuildSet => {
                        save!();
                        let v = tri!(ops::build_set(th, window_refs(r!(i.b()), i.c())));
                        reg::clear(th, r!(i.b()), i.c());
                        obj_result!(i, v);
                    }
                    Op::BuildDict => {
                        save!();
                        let n = i.c() * 2;
                        let v = tri!(ops::build_dict(th, window_refs(r!(i.b()), n)));
                        reg::clear(th, r!(i.b()), n);
                        obj_result!(i, v);
                    }
                    Op::BuildSlice => {
                        save!();
                        let w = r!(i.b());
                        let step = if i.c() == 3 {
                            Obj::from_value(take(w.add(2)))
                        } else {
                            Obj::NONE
                        };
                        let s = th.alloc(crate::object::slice::Slice {
                            start: Obj::from_value(take(w)),
                            stop: Obj::from_value(take(w.add(1))),
                            step,
                        });
                        obj_result!(i, s.into_obj());
                    }
                    Op::BuildString => {
                        save!();
                        let v = tri!(ops::build_string(th, window_refs(r!(i.b()), i.c())));
                        reg::clear(th, r!(i.b()), i.c());
                        obj_result!(i, v);
                    }
                    Op::ListAppend => {
                        save!();
                        let l = reg::obj(r!(i.a())).cast_unchecked::<List>();
                        let x = take_or_copy(th, i, KILL_B, r!(i.b()));
                        if let Err(x) = l.push_quick(th, x) {
                            tri!(l.push(th, x));
                        }
                    }
                    Op::ListExtend => {
                        save!();
                        tri!(ops::list_extend(
                            th,
                            reg::obj(r!(i.a())),
                            reg::obj(r!(i.b()))
                        ));
                        kills!(i, KILL_B i.b());
                    }
                    Op::ListToTuple => {
                        save!();
                        let t = tri!(ops::list_to_tuple(th, reg::obj(r!(i.b()))));
                        kills!(i, KILL_B i.b());
                        obj_result!(i, t);
                    }
                    Op::SetAdd => {
                        save!();
                        tri!(ops::set_add(th, reg::obj(r!(i.a())), reg::obj(r!(i.b()))));
                        kills!(i, KILL_B i.b());
                    }
                    Op::SetUpdate => {
                        save!();
                        tri!(th.call_method(
                            reg::obj(r!(i.a())),
                            "update",
                            std::slice::from_ref(reg::obj(r!(i.b())))
                        ));
                        kills!(i, KILL_B i.b());
                    }
                    Op::DictSet => {
                        save!();
                        let x = reg::obj(r!(i.c())).clone();
                        tri!(reg::obj(r!(i.a())).cast_unchecked::<Dict>().set_item(
                            th,
                            reg::obj(r!(i.b())),
                            x
                        ));
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                    }
                    Op::DictUpdate => {
                        save!();
                        tri!(ops::dict_update(
                            th,
                            reg::obj(r!(i.a())),
                            reg::obj(r!(i.b()))
                        ));
                        kills!(i, KILL_B i.b());
                    }
                    Op::DictMerge => {
                        save!();
                        tri!(ops::dict_merge(
                            th,
                            reg::obj(r!(i.a())),
                            reg::obj(r!(i.b())),
                            reg::obj(r!(i.c()))
                        ));
                        kills!(i, KILL_B i.b());
                    }
                    Op::Convert => {
                        save!();
                        let o = reg::obj(r!(i.b()));
                        let v = tri!(match i.c() {
                            1 => th.to_str(o),
                            2 => th.repr(o),
                            _ => th.ascii(o),
                        });
                        kills!(i, KILL_B i.b());
                        obj_result!(i, v.into_obj());
                    }
                    Op::Format => {
                        save!();
                        let v = tri!(th.format(reg::obj(r!(i.b())), reg::obj(r!(i.c()))));
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                        obj_result!(i, v);
                    }
                    Op::FormatPlain => {
                        save!();
                        let v = tri!(th.format(reg::obj(r!(i.b())), &th.empty_str()));
                        kills!(i, KILL_B i.b());
                        obj_result!(i, v);
                    }
                    Op::BuildInterpolation => {
                        save!();
                        let v = tri!(ops::build_interpolation(
                            th,
                            window_refs(r!(i.b()), 3),
                            i.c()
                        ));
                        reg::clear(th, r!(i.b()), 3);
                        obj_result!(i, v);
                    }
                    Op::BuildTemplate => {
                        save!();
                        let v = tri!(ops::build_template(th, window_refs(r!(i.b()), 2)));
                        reg::clear(th, r!(i.b()), 2);
                        obj_result!(i, v);
                    }

                    // --- calls
                    Op::Call => {
                        save!();
                        if call::enter_quick(th, f, r!(i.b()), i) {
                            entered!();
                            continue;
                        }
                        match tri!(call::call(
                            th,
                            f,
                            i.b(),
                            i.c(),
                            i.a() as u16,
                            i.k() & KILL_C != 0
                        )) {
                            Called::Pushed => entered!(),
                            Called::Done(v) => {
                                obj_result!(i, v);
                                watched!();
                            }
                        }
                    }
                    Op::CallKw => {
                        let kw = (*pc).bc();
                        pc = pc.add(1);
                        save!();
                        let names = code!().consts[kw as usize]
                            .cast_unchecked::<Tuple>()
                            .items();
                        match tri!(call::call_kw(
                            th,
                            f,
                            i.b(),
                            i.c(),
                            names,
                            i.a() as u16,
                            i.k() & KILL_C != 0
                        )) {
                            Called::Pushed => entered!(),
                            Called::Done(v) => {
                                obj_result!(i, v);
                                watched!();
                            }
                        }
                    }
                    Op::CallEx => {
                        save!();
                        match tri!(call::call_ex(th, f, i.b(), i.c() & 1 != 0, i.a() as u16)) {
                            Called::Pushed => entered!(),
                            Called::Done(v) => {
                                obj_result!(i, v);
                                watched!();
                            }
                        }
                    }
                    Op::MakeFunction => {
                        save!();
                        let v = tri!(ops::make_function(th, f, i.b(), i.c(), r!(i.a() + 1)));
                        obj_result!(i, v);
                    }
                    Op::Return | Op::ReturnNone => {
                        save!();
                        let v = if op == Op::Return {
                            take(r!(i.a()))
                        } else {
                            Value::NONE
                        };
                        let flags = (*f).flags;
                        let owner = (*f).owner;
                        let dst = (*f).dst as usize;
                        // Locals go last-in, as in CPython: in register order.
                        if (*f).object.is_empty() && (*f).exc.is_empty() && (*f).locals.is_empty() {
                            reg::clear(th, base, code!().nlocals as usize);
                        } else {
                            th.leave(f, code!().nlocals as usize);
                        }
                        th.pop_frame();
                        if flags == 0 {
                            reload!();
                            reg::dec(th, owner);
                            set(th, r!(dst), v);
                            continue;
                        }
                        reg::dec(th, owner);
                        if flags & flag::INIT != 0 {
                            let me = take(base.sub(1));
                            let ok = v == Value::NONE;
                            reload!();
                            if ok {
                                set(th, r!(dst), me);
                                continue;
                            }
                            reg::dec(th, me);
                            let v = Obj::from_value(v);
                            raise!(th.type_error(format!(
                                "__init__() should return None, not '{}'",
                                th.type_name(&v)
                            )));
                        }
                        if flags & flag::GENERATOR != 0 {
                            let gv = (*f).generator;
                            reg::obj(&gv)
                                .cast_unchecked::<Generator>()
                                .state
                                .store(state::FINISHED, Ordering::Release);
                            if flags & flag::ENTRY == 0 {
                                reg::dec(th, gv);
                                reload!();
                                let at = *pc.sub(1);
                                if flags & flag::FOR_ITER != 0 {
                                    reg::dec(th, v);
                                    kill(th, r!(at.b()));
                                    jump!(at.sc());
                                } else {
                                    // `Send` and its Ext word: the generator returned.
                                    set(th, r!(dst), v);
                                    jump!(at.sbc());
                                }
                                continue;
                            }
                        }
                        if flags & flag::ENTRY != 0 {
                            return Ok(Left::Frame(Exit::Returned(Obj::from_value(v))));
                        }
                        reload!();
                        if flags & flag::DISCARD != 0 {
                            reg::dec(th, v);
                        } else {
                            set(th, r!(dst), v);
                        }
                    }

                    // --- generators
                    Op::ReturnGenerator => {
                        save!();
                        let g = tri!(generator::make(th, f));
                        let flags = (*f).flags;
                        let dst = (*f).dst as usize;
                        th.pop_frame();
                        if flags & flag::ENTRY != 0 {
                            return Ok(Left::Frame(Exit::Returned(g)));
                        }
                        reload!();
                        set(th, r!(dst), g.into_value());
                    }
                    Op::Yield => {
                        save!();
                        let v = take_or_copy(th, i, KILL_B, r!(i.b()));
                        let flags = (*f).flags;
                        let dst = (*f).dst as usize;
                        let gv = (*f).generator;
                        generator::suspend(th, f, i.c() as u32);
                        if flags & flag::ENTRY != 0 {
                            return Ok(Left::Frame(Exit::Yielded(v)));
                        }
                        reload!();
                        set(th, r!(dst), v.into_value());
                        reg::dec(th, gv);
                    }
                    Op::GetYieldFromIter => unary!(i, ops::yield_from_iter),
                    Op::Send => {
                        let ext = *pc;
                        pc = pc.add(1);
                        save!();
                        let it = reg::obj(r!(i.b()));
                        let sent = take(r!(i.c()));
                        let sent = Obj::from_value_opt(sent).unwrap_or(Obj::NONE);
                        let plain = it.is_exact::<Generator>()
                            || it.shape_id()
                                == crate::object::type_ids::TypeId::Coroutine.root_shape();
                        if plain && sent.is_none() {
                            let g = it.cast_unchecked::<Generator>();
                            if let Some(started) = tri!(generator::begin(th, g)) {
                                if !th.has_room((*f).limit) {
                                    generator::put_back(g, started);
                                    raise!(th.too_deep(""));
                                }
                                inc(th, it.value());
                                generator::push(
                                    th,
                                    g,
                                    Value::NONE,
                                    started,
                                    i.a() as u16,
                                    flag::SEND,
                                );
                                reload!();
                                continue;
                            }
                            if it.is_exact::<Generator>() {
                                set(th, r!(i.a()), Value::NONE);
                                jump!(ext.sbc());
                                continue;
                            }
                        }
                        match tri!(generator::send_into(th, it, &sent)) {
                            generator::Resumed::Yielded(v) => obj_result!(i, v),
                            generator::Resumed::Returned(v) => {
                                obj_result!(i, v);
                                jump!(ext.sbc());
                            }
                        }
                    }
                    Op::GetAwaitable => {
                        save!();
                        let v = tri!(ops::get_awaitable(th, reg::obj(r!(i.b())), i.c()));
                        kills!(i, KILL_B i.b());
                        obj_result!(i, v);
                    }
                    Op::GetAIter => unary!(i, ops::get_aiter),
                    Op::GetANext => unary!(i, ops::get_anext),
                    Op::EndAsyncFor => {
                        save!();
                        let e = Obj::from_value(take(r!(i.a())));
                        if th.is_a(&e, crate::object::type_ids::TypeId::StopAsyncIteration) {
                            drop(e);
                            kill(th, r!(i.b()));
                        } else {
                            reraise!(e);
                        }
                    }
                    Op::AsyncGenWrap => unary!(i, ops::async_gen_wrap),

                    // --- exceptions
                    Op::PushExc => {
                        let old = (*f).exc;
                        if old.is_empty() {
                            th.handling.set(th.handling.get() + 1);
                        }
                        // A borrowed word of an exception that an outer handler's register keeps alive.
                        inc(th, old);
                        set(th, r!(i.a() + 1), old);
                        (*f).exc = *r!(i.a());
                    }
                    Op::PopExc => {
                        save!();
                        let old = *r!(i.a() + 1);
                        (*f).exc = old;
                        if old.is_empty() {
                            th.handling.set(th.handling.get() - 1);
                        }
                        kill(th, r!(i.a() + 1));
                        kill(th, r!(i.a()));
                    }
                    Op::Raise => {
                        save!();
                        match i.c() {
                            0 => match super::api::handled_exception(th) {
                                // As in CPython, no further traceback entry.
                                Some(e) => reraise!(e),
                                None => raise!(th.runtime_error("No active exception to reraise")),
                            },
                            c => {
                                let cause = if c == 2 {
                                    Some(reg::obj(r!(i.b())))
                                } else {
                                    None
                                };
                                let e = unwind::make_exception(th, reg::obj(r!(i.a())), cause);
                                kills!(i, KILL_A i.a(), KILL_B i.b());
                                raise!(e);
                            }
                        }
                    }
                    Op::Reraise => {
                        save!();
                        let e = take_or_copy(th, i, KILL_A, r!(i.a()));
                        reraise!(e);
                    }
                    Op::MatchExc => {
                        save!();
                        let t = tri!(matching::match_exception(
                            th,
                            reg::obj(r!(i.b())),
                            reg::obj(r!(i.c()))
                        ));
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                        set(th, r!(i.a()), Value::from_bool(t));
                    }
                    Op::MatchEg => {
                        save!();
                        let (m, rest) = tri!(matching::match_group(
                            th,
                            reg::obj(r!(i.b())),
                            reg::obj(r!(i.c()))
                        ));
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                        set(th, r!(i.a()), m.into_value());
                        set(th, r!(i.a() + 1), rest.into_value());
                    }
                    Op::PrepReraiseStar => slow_binary!(i, matching::prep_reraise_star),
                    Op::ExcArgs => {
                        save!();
                        let e = reg::obj(r!(i.b()));
                        let tb = th
                            .getattr_opt(e, "__traceback__")
                            .ok()
                            .flatten()
                            .unwrap_or(Obj::NONE);
                        let (t, e) = (th.type_of(e).obj().clone(), e.clone());
                        kills!(i, KILL_B i.b());
                        set(th, r!(i.a()), t.into_value());
                        set(th, r!(i.a() + 1), e.into_value());
                        set(th, r!(i.a() + 2), tb.into_value());
                    }
                    Op::StopIterToRuntime => {
                        save!();
                        let e = matching::stop_iter_to_runtime(th, code!(), reg::obj(r!(i.a())));
                        if let Some(e) = e {
                            set(th, r!(i.a()), e.into_value());
                        }
                    }

                    // --- patterns
                    Op::GetLen => unary!(i, |th: &Thread, o| th.len(o).map(|n| th.uint(n as u64))),
                    Op::MatchSequence => unary!(i, matching::match_sequence),
                    Op::MatchMapping => unary!(i, matching::match_mapping),
                    Op::MatchKeys => slow_binary!(i, matching::match_keys),
                    Op::MatchClass => {
                        let ext = *pc;
                        pc = pc.add(1);
                        save!();
                        let kw = code!().consts[ext.bc() as usize].clone();
                        let v = tri!(matching::match_class(
                            th,
                            reg::obj(r!(i.b())),
                            reg::obj(r!(i.c())),
                            ext.a(),
                            &kw
                        ));
                        kills!(i, KILL_B i.b(), KILL_C i.c());
                        obj_result!(i, v);
                    }

                    // --- imports
                    Op::ImportName => {
                        let ext = *pc;
                        pc = pc.add(1);
                        save!();
                        let name = Obj::ref_from(&code!().sites[i.b()].name);
                        let from = code!().consts[ext.bc() as usize].clone();
                        let v = tri!(ops::import_name(th, f, name, &from, ext.a()));
                        obj_result!(i, v);
                    }
                    Op::ImportFrom => {
                        save!();
                        let name = Obj::ref_from(&code!().sites[i.c()].name);
                        let v = tri!(ops::import_from(th, reg::obj(r!(i.b())), name));
                        obj_result!(i, v);
                    }
                    Op::ImportStar => {
                        save!();
                        let ns = tri!(names::locals(th, f));
                        tri!(ops::import_star(th, reg::obj(r!(i.a())), &ns));
                        kills!(i, KILL_A i.a());
                    }

                    // --- the rest
                    Op::SetupAnnotations => {
                        save!();
                        tri!(names::setup_annotations(th, f));
                    }
                    Op::TypeVar => {
                        save!();
                        let w = r!(i.b());
                        let eval = if i.c() == 1 || i.c() == 2 {
                            Some(reg::obj(w.add(1)))
                        } else {
                            None
                        };
                        let v = tri!(ops::type_var(th, reg::obj(w), eval, i.c()));
                        if eval.is_some() {
                            kill(th, w.add(1));
                        }
                        kills!(i, KILL_B i.b());
                        obj_result!(i, v);
                    }
                    Op::TypeParamDefault => {
                        save!();
                        tri!(ops::type_param_default(
                            th,
                            reg::obj(r!(i.a())),
                            reg::obj(r!(i.b()))
                        ));
                        kills!(i, KILL_B i.b());
                    }
                    Op::TypeAlias => {
                        save!();
                        let v = tri!(ops::type_alias(th, window_refs(r!(i.b()), 3)));
                        reg::clear(th, r!(i.b()), 3);
                        obj_result!(i, v);
                    }
                    Op::SubscriptGeneric => unary!(i, ops::subscript_generic),
                    Op::SetTypeParams => {
                        save!();
                        let v = reg::obj(r!(i.b())).clone();
                        reg::obj(r!(i.a()))
                            .cast_unchecked::<Function>()
                            .type_params
                            .set(th, Some(v));
                        kills!(i, KILL_B i.b());
                    }
                    Op::PrintExpr => {
                        save!();
                        tri!(ops::print_expr(th, reg::obj(r!(i.a()))));
                        kills!(i, KILL_A i.a());
                    }
                }
            };
            raised = Some(exc);
        }
    }
}

/// The register's value: taken out where the instruction kills it, else counted.
#[inline(always)]
unsafe fn take_or_copy(th: &Thread, i: Instr, bit: u8, p: *mut Value) -> Obj {
    // SAFETY: a full register of the running frame.
    unsafe {
        if i.k() & bit != 0 {
            Obj::from_value(take(p))
        } else {
            inc(th, *p);
            Obj::from_value(*p)
        }
    }
}

/// A cell of the running function's closure.
#[inline(always)]
unsafe fn free_cell<'a>(f: *mut Frame, n: usize) -> &'a Obj {
    // SAFETY: code with free variables runs in a function with a closure tuple of that many cells.
    unsafe {
        match (*(*f).func)
            .closure
            .as_ref()
            .and_then(|c| c.exact::<Tuple>())
        {
            Some(t) => &(*(t as *const crate::object::Py<Tuple>)).items()[n],
            None => unreachable!("MakeFunction gives a closure to code with free variables"),
        }
    }
}

/// The items of a window, borrowed.
unsafe fn window_refs<'a>(p: *mut Value, n: usize) -> &'a [Obj] {
    // SAFETY: full registers; `Obj` is a transparent word.
    unsafe { std::slice::from_raw_parts(p.cast::<Obj>(), n) }
}

unsafe fn tuple_window(th: &Thread, p: *mut Value, n: usize) -> crate::runtime::error::Res {
    // SAFETY: full registers, emptied once the tuple has their references.
    unsafe {
        let words = std::slice::from_raw_parts(p, n);
        let t = th.tuple_of_words(words)?;
        for k in 0..n {
            *p.add(k) = Value::EMPTY;
        }
        Ok(t)
    }
}
