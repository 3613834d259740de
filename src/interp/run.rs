//! The interpreter loop: see `enter` for who starts it.
//!
//! Invariants
//! - L1: while an instruction runs, `(*f).pc` is either up to date or no code can look at it: `save!` stores it before
//!   anything that may raise, call, or poll.
//! - L2: `f`, `pc`, `base` are reloaded (`reload!`) after anything that may have pushed or popped records.

use super::at::At;
use super::attr;
use super::call::{self, Called};
use super::enter::{Exit, Left, ended, is_hot, record, returns};
use super::fast;
use super::rare::{self, free_cell, take_or_copy, tuple_window};
use super::reg::{self, inc, kill, set, take};
use super::unwind::{self, Landed};
use super::{generator, matching, names, operator, ops, quick, sink, slow, trace};
use crate::object::cache::Found;
use crate::object::frame::{Frame, Generator, NO_DELEGATE, flag, state};
use crate::object::function::Cell;
use crate::object::list::List;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::tuple::Tuple;
use crate::object::{Obj, Value};
use crate::record::hot::{self, After};
use crate::record::step::Next;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_threads::header::Header;
use threadsnake_threads::record::LAZY;
use threadsnake_threads::sync::atomic::Ordering;

/// The form of the loop that runs code and nothing else.
pub(super) const PLAIN: u8 = 0;
/// The form that shows each instruction to the recorder before it runs.
pub(super) const REC: u8 = 1;
/// The form that shows each instruction to `trace` before it runs.
pub(super) const TRACE: u8 = 2;

/// The loop, in its three forms.
///
/// # Safety
/// As [`super::enter::run`]; in form `REC` this thread is recording.
pub(super) unsafe fn execute<const FORM: u8>(
    th: &Thread,
    thrown: Option<Exc>,
) -> Result<Left, Exc> {
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
        // After what may have made somebody watch this thread: goes on in the form that tells them. When nobody watches any
        // more the thread is somewhere else, and the rest of the instruction is not its.
        macro_rules! watched {
            () => {
                if FORM != TRACE && th.tracing.watch.get() != 0 {
                    save!();
                    if FORM == REC {
                        crate::record::close::forget(th);
                        return Ok(Left::Loop);
                    }
                    match execute::<TRACE>(th, None) {
                        Ok(Left::Loop) => {
                            reload!();
                            continue;
                        }
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
                if FORM == REC {
                    crate::record::step::raised(th, th.top.get(), fresh);
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
                // What is next after a look at hot code.
                macro_rules! after {
                    ($looked:expr) => {
                        match $looked {
                            After::Go => {}
                            After::Reload => reload!(),
                            After::Raise(e) => raise!(e),
                            After::Returned(v, dst) => {
                                reload!();
                                set(th, r!(dst), v);
                                continue;
                            }
                            After::Record(e) => match record(th, e) {
                                Ok(Left::Loop) => {
                                    reload!();
                                    watched!();
                                }
                                left => return left,
                            },
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
                // A function has been entered: its record is on top.
                macro_rules! entered {
                    () => {{
                        reload!();
                        // What recurses need not loop.
                        if th.rec().guard.load(Ordering::Relaxed) != 0 {
                            tri!(th.poll());
                            watched!();
                        }
                        let hot = is_hot(th, th.jit.call_threshold.get(), || &code!().calls);
                        if FORM == PLAIN && hot {
                            after!(hot::entry(th, f));
                        }
                    }};
                }
                // A result that takes nothing but the place of operand b.
                macro_rules! give {
                    ($i:ident, $x:expr) => {{
                        let x = $x;
                        if $i.k() & KILL_B != 0 {
                            save!();
                            kill(th, r!($i.b()));
                        }
                        set(th, r!($i.a()), x);
                        continue;
                    }};
                }
                // A generator has been resumed: its record is on top.
                macro_rules! resumed {
                    ($g:expr) => {{
                        if FORM == PLAIN && $g.delegate.load(Ordering::Relaxed) != NO_DELEGATE {
                            generator::descend(th, &raw const **$g);
                        }
                        reload!();
                    }};
                }
                // What came of a call.
                macro_rules! called {
                    ($i:ident, $called:expr) => {
                        match tri!($called) {
                            Called::Pushed => entered!(),
                            Called::Done(v) => {
                                obj_result!($i, v);
                                watched!();
                            }
                        }
                    };
                }
                // A safepoint between two instructions, or before a call does anything: what cannot wait for a loop's end.
                macro_rules! prompt {
                    () => {
                        if FORM != REC && th.rec().guard.load(Ordering::Relaxed) & !LAZY != 0 {
                            save!();
                            tri!(th.poll());
                        }
                    };
                }
                // An instruction that is done out of line.
                macro_rules! out {
                    ($f:ident, $i:ident) => {{
                        save!();
                        tri!(rare::$f(th, f, base, $i.word()));
                    }};
                }
                // A binary operator: fast path on words, else out of line.
                macro_rules! binary {
                    ($i:ident, $fast:path, $slow:ident, $op:expr) => {{
                        if let Some(v) = $fast(*r!($i.b()), *r!($i.c())) {
                            set(th, r!($i.a()), v);
                        } else {
                            save!();
                            tri!(slow::$slow(th, base, $i.word(), $op));
                        }
                    }};
                }
                macro_rules! slow_binary {
                    ($i:ident, $f:expr) => {{
                        save!();
                        tri!(slow::with2(th, base, $i.word(), $f));
                    }};
                }
                macro_rules! imm {
                    ($i:ident, $fast:path, $op:expr) => {{
                        if let Some(v) = $fast(*r!($i.b()), Value::from_int($i.sc() as i64)) {
                            set(th, r!($i.a()), v);
                        } else {
                            save!();
                            tri!(slow::imm(th, base, $i.word(), $op));
                        }
                    }};
                }
                macro_rules! unary {
                    ($i:ident, $f:expr) => {{
                        save!();
                        tri!(slow::with1(th, base, $i.word(), $f));
                    }};
                }
                macro_rules! compare {
                    ($i:ident, $op:expr) => {{
                        if let Some(v) = fast::compare($op, *r!($i.b()), *r!($i.c())) {
                            set(th, r!($i.a()), Value::from_bool(v));
                        } else {
                            save!();
                            tri!(slow::compare(th, base, $i.word(), $op));
                        }
                    }};
                }
                macro_rules! compare_jump {
                    ($i:ident, $op:expr, $want:literal) => {{
                        let yes = match fast::compare($op, *r!($i.a()), *r!($i.b())) {
                            Some(v) => v,
                            None => {
                                save!();
                                tri!(slow::compare_jump(th, base, $i.word(), $op))
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
                                tri!(slow::compare_jump_imm(th, base, $i.word(), $op))
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
                let i = At::new(&*pc);
                pc = pc.add(1);
                // SAFETY: verified code has known opcodes only.
                let op: Op = std::mem::transmute::<u8, Op>(i.opcode());
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
                    Op::Release => {
                        save!();
                        kill(th, r!(i.a()));
                        for n in 1..i.b() {
                            kill(th, r!(i.a() + n));
                        }
                    }
                    Op::LoadCell => {
                        let c = reg::obj(r!(i.b())).cast_unchecked::<Cell>();
                        let v = c.v.raw();
                        if v.is_empty() {
                            save!();
                            raise!(ops::unbound_local(th, &code!().names[i.c()]));
                        }
                        inc(th, v);
                        set(th, r!(i.a()), v);
                    }
                    Op::LoadFree => {
                        let c = free_cell(f, i.b()).cast_unchecked::<Cell>();
                        let v = c.v.raw();
                        if v.is_empty() {
                            save!();
                            raise!(ops::unbound_free(th, code!(), i.b()));
                        }
                        inc(th, v);
                        set(th, r!(i.a()), v);
                    }
                    Op::LoadGlobal => {
                        let site = site!(i.bc() as usize);
                        let v = quick::global(f, site);
                        if v.is_empty() {
                            save!();
                            let v = tri!(names::load_global(th, f, site));
                            obj_result!(i, v);
                        } else {
                            inc(th, v);
                            set(th, r!(i.a()), v);
                        }
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
                                        give!(i, x);
                                    }
                                } else if e.found == Found::TypeValue {
                                    inc(th, e.raw);
                                    give!(i, e.raw);
                                }
                            }
                        }
                        save!();
                        match tri!(slow::load_attr(th, base, i.word(), site)) {
                            slow::Loaded::Done => {}
                            slow::Loaded::Getter(getter) => {
                                let me = take_or_copy(th, i.k() & KILL_B, r!(i.b()));
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
                        let site = site!(i.c());
                        save!();
                        if !quick::store_attr(th, base, i, site) {
                            tri!(slow::store_attr(th, base, i.word(), site));
                        }
                    }
                    Op::LoadMethod => {
                        let site = site!(i.c());
                        if !quick::load_method(th, base, i, site) {
                            save!();
                            tri!(slow::load_method(th, base, i.word(), site));
                        }
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
                        tri!(slow::binary(th, base, i.word(), BinOp::MatMul));
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
                        tri!(slow::inplace(th, base, i.word(), BinOp::MatMul));
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
                        let t = tri!(slow::contains(th, base, i.word()));
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
                        let hot = is_hot(th, th.jit.threshold.get(), || &code!().loops[i.a()]);
                        if FORM == PLAIN && hot {
                            save!();
                            after!(hot::back_edge(th, f, i.a()));
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
                    Op::GetIter => {
                        save!();
                        tri!(slow::get_iter(th, base, i.word()));
                    }
                    Op::ForIter => {
                        save!();
                        macro_rules! end {
                            () => {{
                                kill(th, r!(i.b()));
                                jump!(i.sc());
                            }};
                        }
                        match ops::next_fast(th, *r!(i.b())) {
                            ops::Next::Item(v) => set(th, r!(i.a()), v),
                            ops::Next::End => end!(),
                            ops::Next::Generator => {
                                let g = reg::obj(r!(i.b())).cast_unchecked::<Generator>();
                                let to = (i.a() as u16, flag::FOR_ITER);
                                match tri!(generator::enter(th, (*f).limit, g, to)) {
                                    true => resumed!(g),
                                    false => end!(),
                                }
                            }
                            ops::Next::Other => match tri!(th.next_by_slot(reg::obj(r!(i.b())))) {
                                Some(v) => obj_result!(i, v),
                                None => end!(),
                            },
                        }
                    }
                    Op::Unpack => {
                        save!();
                        tri!(slow::unpack(th, base, i.word()));
                    }

                    // --- subscripts
                    Op::GetItem => {
                        let o = reg::obj(r!(i.b()));
                        let k = *r!(i.c());
                        if k.is_int() {
                            let x = fast::item(th, o, k.as_int());
                            if !x.is_empty() {
                                inc(th, x);
                                give!(i, x);
                            }
                        }
                        save!();
                        tri!(slow::getitem(th, base, i.word()));
                    }
                    Op::GetItemImm => {
                        let x = fast::item(th, reg::obj(r!(i.b())), i.sc() as i64);
                        if !x.is_empty() {
                            inc(th, x);
                            give!(i, x);
                        }
                        save!();
                        tri!(slow::getitem_imm(th, base, i.word()));
                    }
                    Op::SetItem => {
                        save!();
                        if !quick::set_item(th, base, i) {
                            tri!(slow::setitem(th, base, i.word()));
                        }
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
                    Op::ListAppend => {
                        save!();
                        let l = reg::obj(r!(i.a())).cast_unchecked::<List>();
                        let x = take_or_copy(th, i.k() & KILL_B, r!(i.b()));
                        tri!(l.push(th, x));
                    }

                    // --- calls
                    Op::Call => {
                        save!();
                        prompt!();
                        if call::enter_quick(th, f, r!(i.b()), i) {
                            entered!();
                            continue;
                        }
                        called!(i, call::call_quick(th, f, i.word()));
                    }
                    Op::CallKw => {
                        let kw = (*pc).bc();
                        pc = pc.add(1);
                        save!();
                        let names = code!().consts[kw as usize]
                            .cast_unchecked::<Tuple>()
                            .items();
                        let method = i.k() & KILL_C != 0;
                        called!(
                            i,
                            call::call_kw(th, f, i.b(), i.c(), names, i.a() as u16, method)
                        );
                    }
                    Op::CallEx => {
                        save!();
                        let kw = i.c() & 1 != 0;
                        called!(i, call::call_ex(th, f, i.b(), kw, i.a() as u16));
                    }
                    Op::Return | Op::ReturnNone => {
                        save!();
                        let v = if op == Op::Return {
                            returns(th, f, r!(i.a()))
                        } else {
                            Value::NONE
                        };
                        let flags = (*f).flags;
                        let dst = (*f).dst as usize;
                        // Finalisers may run in what follows, and their frames where this one was.
                        let gv = (*f).generator;
                        let owner = ended(th, f, base);
                        if flags == 0 {
                            reload!();
                            reg::dec(th, owner);
                            set(th, r!(dst), v);
                            continue;
                        }
                        reg::dec(th, owner);
                        if flags & flag::INIT != 0 {
                            let me = take(base.sub(1));
                            reload!();
                            let me = tri!(slow::made(th, me, v));
                            set(th, r!(dst), me);
                            continue;
                        }
                        if flags & flag::GENERATOR != 0 {
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
                        } else if flags & flag::OPERATOR != 0 {
                            let v = tri!(operator::returned(th, base, *pc.sub(1), v));
                            set(th, r!(dst), v);
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
                        let mut v = take_or_copy(th, i.k() & KILL_B, r!(i.b()));
                        let flags = (*f).flags;
                        if FORM != TRACE && flags & flag::ENTRY != 0 {
                            match sink::offer(th, f, v) {
                                Ok(()) => {
                                    set(th, r!(i.a()), Value::NONE);
                                    continue;
                                }
                                Err(back) => v = back,
                            }
                        }
                        let mut dst = (*f).dst;
                        let mut gv = (*f).generator;
                        generator::suspend(th, f, i.c() as u32);
                        if flags & flag::ENTRY != 0 {
                            return Ok(Left::Frame(Exit::Yielded(v)));
                        }
                        if FORM == PLAIN && flags & flag::SEND != 0 {
                            (dst, gv) = generator::ascend(th, dst, gv);
                        }
                        reload!();
                        set(th, r!(dst as usize), v.into_value());
                        reg::dec(th, gv);
                    }
                    Op::GetYieldFromIter => unary!(i, ops::yield_from_iter),
                    Op::GetAwaitable => {
                        save!();
                        if !quick::own_awaitable(th, base, i) {
                            tri!(rare::step(th, f, base, i.word(), op));
                            prompt!();
                        }
                    }
                    Op::Send => {
                        let ext = *pc;
                        pc = pc.add(1);
                        save!();
                        let it = reg::obj(r!(i.b()));
                        let none = *r!(i.c()) == Value::NONE;
                        if none && generator::is_generator_or_coroutine(it) {
                            *r!(i.c()) = Value::EMPTY;
                            let g = it.cast_unchecked::<Generator>();
                            let to = (i.a() as u16, flag::SEND);
                            if tri!(generator::enter(th, (*f).limit, g, to)) {
                                resumed!(g);
                                continue;
                            }
                            if it.is_exact::<Generator>() {
                                set(th, r!(i.a()), Value::NONE);
                                jump!(ext.sbc());
                                continue;
                            }
                        }
                        let sent = take(r!(i.c()));
                        let sent = Obj::from_value_opt(sent).unwrap_or(Obj::NONE);
                        match tri!(generator::send_into(th, it, &sent)) {
                            generator::Resumed::Yielded(v) => obj_result!(i, v),
                            generator::Resumed::Returned(v) => {
                                obj_result!(i, v);
                                jump!(ext.sbc());
                            }
                        }
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
                            break 'run slow::again(th, e);
                        }
                    }
                    Op::AsyncGenWrap => unary!(i, ops::async_gen_wrap),

                    // --- exceptions
                    Op::Raise => {
                        save!();
                        break 'run slow::raise(th, base, i.word());
                    }
                    Op::Reraise => {
                        save!();
                        let e = take_or_copy(th, i.k() & KILL_A, r!(i.a()));
                        break 'run slow::again(th, e);
                    }
                    Op::PrepReraiseStar => slow_binary!(i, matching::prep_reraise_star),

                    // --- patterns
                    Op::GetLen => unary!(i, |th: &Thread, o| th.len(o).map(|n| th.uint(n as u64))),
                    Op::MatchSequence => unary!(i, matching::match_sequence),
                    Op::MatchMapping => unary!(i, matching::match_mapping),
                    Op::MatchKeys => slow_binary!(i, matching::match_keys),

                    // --- imports

                    // --- the rest
                    Op::SubscriptGeneric => unary!(i, ops::subscript_generic),
                    // --- what is out of line
                    Op::LoadName => out!(load_name, i),
                    Op::StoreName => out!(store_name, i),
                    Op::StoreGlobal => out!(store_global, i),
                    Op::StoreCell => out!(store_cell, i),
                    Op::StoreFree => out!(store_free, i),
                    Op::MakeCell => out!(make_cell, i),
                    Op::SetAdd => out!(set_add, i),
                    Op::SumAdd => out!(sum_add, i),
                    Op::LoadBuiltin => out!(load_builtin, i),
                    Op::DictSet => out!(dict_set, i),
                    Op::FormatPlain => out!(format_plain, i),
                    Op::Format => out!(format, i),
                    Op::BuildString => out!(build_string, i),
                    Op::BuildDict => out!(build_dict, i),
                    Op::BuildSet => out!(build_set, i),
                    Op::BuildSlice => out!(build_slice, i),
                    Op::GetSlice => out!(get_slice, i),
                    Op::SetSlice => out!(set_slice, i),
                    Op::PushExc => out!(push_exc, i),
                    Op::PopExc => out!(pop_exc, i),
                    Op::MatchExc => out!(match_exc, i),
                    Op::MakeFunction => out!(make_function, i),
                    Op::LoadSpecial => out!(load_special, i),
                    Op::DeleteLocal
                    | Op::DeleteCell
                    | Op::DeleteFree
                    | Op::LoadDictOrCell
                    | Op::LoadDictOrFree
                    | Op::LoadFromDictOrFree
                    | Op::LoadFromDictOrGlobal
                    | Op::DeleteGlobal
                    | Op::DeleteName
                    | Op::LoadLocals
                    | Op::LoadBuildClass
                    | Op::DeleteAttr
                    | Op::LoadSuperAttr
                    | Op::LoadSuperMethod
                    | Op::UnpackEx
                    | Op::DelItem
                    | Op::ListExtend
                    | Op::ListToTuple
                    | Op::SumEnd
                    | Op::SetUpdate
                    | Op::DictUpdate
                    | Op::DictMerge
                    | Op::Convert
                    | Op::BuildInterpolation
                    | Op::BuildTemplate
                    | Op::MatchEg
                    | Op::ExcArgs
                    | Op::StopIterToRuntime
                    | Op::ImportFrom
                    | Op::ImportStar
                    | Op::SetupAnnotations
                    | Op::TypeVar
                    | Op::TypeParamDefault
                    | Op::TypeAlias
                    | Op::SetTypeParams
                    | Op::PrintExpr
                    | Op::NewCell
                    | Op::LoadFreeCell => {
                        save!();
                        tri!(rare::step(th, f, base, i.word(), op));
                        prompt!();
                    }
                    Op::MatchClass | Op::ImportName => {
                        // The Ext word is theirs.
                        pc = pc.add(1);
                        save!();
                        tri!(rare::step(th, f, base, i.word(), op));
                    }
                }
            };
            raised = Some(exc);
        }
    }
}
