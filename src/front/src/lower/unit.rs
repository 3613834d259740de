//! One code object being made: its registers, instructions, names and constants, and the primitives that emit.

use super::blocks::Block;
use super::consts::ConstKey;
use super::{Compiler, Label, Reg, Val};
use crate::code::{CellVar, Code, Const, Site, flags};
use crate::errors::{ErrorKind, Res, SyntaxError};
use crate::instr::{KILL_A, KILL_B, KILL_C};
use crate::opcode::Op;
use crate::symbols::{Kind, NameId, ScopeId, ScopeKind, Symbols, def};
use foldhash::{HashMap, HashMapExt};
use ruff_text_size::TextRange;

/// A code object with more instructions is refused: nested `finally` bodies double at each level.
const MAX_INSTRUCTIONS: usize = 4_000_000;

/// Operand c of a `Nop` that stands for a line.
pub(crate) const LINE_MARK: u16 = 1;

/// No label.
pub(crate) const NO_LABEL: u32 = u32::MAX;

/// An instruction before branches are resolved.
#[derive(Clone, Copy)]
pub(crate) struct Ins {
    pub op: Op,
    pub k: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    /// Label of a branch.
    pub target: u32,
    pub at: TextRange,
}

/// A protected range before offsets are final.
pub(crate) struct RawHandler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub depth: Reg,
}

/// A code object being made.
pub(crate) struct Unit<'a> {
    pub scope: ScopeId,
    /// The unit's scope and the inlined comprehensions entered.
    pub scopes: Vec<ScopeId>,
    pub name: Box<str>,
    pub qualname: Box<str>,
    pub first_line: u32,
    pub code_flags: u32,
    pub argcount: u32,
    pub posonly: u32,
    pub kwonly: u32,
    pub varnames: Vec<u32>,
    pub cells: Vec<CellVar>,
    pub cell_params: Vec<bool>,
    /// Registers of variables: `(scope, name)`.
    pub regs: HashMap<(ScopeId, NameId), Reg>,
    pub free: Vec<NameId>,
    pub nlocals: Reg,
    pub nparams: Reg,
    pub top: u32,
    pub max: u32,
    pub pinned: Vec<Reg>,
    pub names: Vec<Box<str>>,
    pub name_index: HashMap<Box<str>, u32>,
    pub consts: Vec<Const>,
    pub const_index: HashMap<ConstKey, u32>,
    pub sites: Vec<Site>,
    pub shared_sites: HashMap<(u8, u32), u32>,
    pub ins: Vec<Ins>,
    pub labels: Vec<u32>,
    pub used: Vec<bool>,
    pub handlers: Vec<RawHandler>,
    /// Variables of inlined comprehensions: name, register, whether it is a cell, first and last label.
    pub hidden: Vec<(u32, super::Reg, bool, super::Label, super::Label)>,
    pub loops: u16,
    pub reachable: bool,
    pub blocks: Vec<Block<'a>>,
    pub static_attributes: Vec<u32>,
    /// Generator or coroutine: where StopIteration must not leave.
    pub stop_iter: Option<u16>,
    pub saved_at: TextRange,
    /// Too many registers, names or loops for the operand fields.
    pub overflow: bool,
    /// Numbers of the conditional annotations of this class or module, by address of the statement.
    pub conditional: HashMap<usize, u32>,
}

impl Unit<'_> {
    pub fn new(t: &Symbols, scope: ScopeId, name: &str, qualname: &str, first_line: u32) -> Self {
        let s = &t.scopes[scope];
        let mut u = Unit {
            scope,
            scopes: vec![scope],
            name: name.into(),
            qualname: qualname.into(),
            first_line,
            code_flags: if s.kind.fast() {
                flags::OPTIMIZED | flags::NEWLOCALS
            } else {
                0
            },
            argcount: 0,
            posonly: 0,
            kwonly: 0,
            varnames: Vec::new(),
            cells: Vec::new(),
            cell_params: Vec::new(),
            regs: HashMap::new(),
            free: s.free.clone(),
            nlocals: 0,
            nparams: 0,
            top: 0,
            max: 0,
            pinned: Vec::new(),
            names: Vec::new(),
            name_index: HashMap::new(),
            consts: Vec::new(),
            const_index: HashMap::new(),
            sites: Vec::new(),
            shared_sites: HashMap::new(),
            ins: Vec::new(),
            labels: Vec::new(),
            used: Vec::new(),
            handlers: Vec::new(),
            hidden: Vec::new(),
            loops: 0,
            reachable: true,
            blocks: Vec::new(),
            static_attributes: Vec::new(),
            stop_iter: None,
            saved_at: TextRange::default(),
            overflow: false,
            conditional: HashMap::new(),
        };
        let mut next: u32 = 0;
        if s.kind.fast() {
            // Parameters are noted first, in order.
            for pass in 0..2 {
                for y in &s.syms {
                    let param = y.flags & def::PARAM != 0;
                    let here = matches!(y.kind, Kind::Local) || (param && y.kind == Kind::Cell);
                    if here && param == (pass == 0) {
                        u.regs.insert((scope, y.name), next as Reg);
                        let n = u.name(t.names.text(y.name));
                        u.varnames.push(n);
                        if y.kind == Kind::Cell {
                            u.cells.push(CellVar {
                                name: n,
                                reg: next as Reg,
                            });
                            u.cell_params.push(true);
                        }
                        next += 1;
                    }
                }
                if pass == 0 {
                    u.nparams = next as Reg;
                }
            }
        }
        let mut cells: Vec<NameId> = s
            .syms
            .iter()
            .filter(|y| y.kind == Kind::Cell && (y.flags & def::PARAM == 0 || !s.kind.fast()))
            .map(|y| y.name)
            .collect();
        cells.sort_by(|a, b| t.names.text(*a).cmp(t.names.text(*b)));
        for name in cells {
            u.regs.insert((scope, name), next as Reg);
            let n = u.name(t.names.text(name));
            u.cells.push(CellVar {
                name: n,
                reg: next as Reg,
            });
            u.cell_params.push(false);
            next += 1;
        }
        for i in 0..u.free.len() {
            u.name(t.names.text(u.free[i]));
        }
        u.overflow = next > 60_000;
        u.nlocals = next as Reg;
        u.top = next;
        u.max = next;
        u
    }

    /// Index of a name.
    pub fn name(&mut self, name: &str) -> u32 {
        if let Some(&i) = self.name_index.get(name) {
            return i;
        }
        let i = self.names.len() as u32;
        self.names.push(name.into());
        self.name_index.insert(name.into(), i);
        i
    }
}

/// `KILL_*` of an operand where it is a temporary other than the destination.
fn kill(v: Val, dst: Option<Reg>, bit: u8) -> u8 {
    if v.temp && Some(v.reg) != dst { bit } else { 0 }
}

impl Compiler<'_> {
    // --- registers

    /// The next temporary.
    pub fn alloc(&mut self) -> Reg {
        self.alloc_n(1)
    }

    /// The first of `n` new temporaries.
    pub fn alloc_n(&mut self, n: u32) -> Reg {
        let r = self.u.top;
        self.u.top += n;
        self.u.max = self.u.max.max(self.u.top);
        if self.u.top > 60_000 {
            self.u.overflow = true;
            self.u.top = 59_000;
            return 0;
        }
        r as Reg
    }

    /// The next temporary to be allocated.
    pub fn mark(&self) -> Reg {
        self.u.top.min(u32::from(u16::MAX)) as Reg
    }

    /// Gives back all temporaries from `mark` on. They must be empty.
    pub fn free_to(&mut self, mark: Reg) {
        self.u.top = u32::from(mark);
    }

    /// Whether a register is a variable (I2 applies) and no temporary that is about to be filled.
    pub fn is_var(&self, r: Reg) -> bool {
        r < self.u.nlocals || self.u.pinned.contains(&r)
    }

    pub fn temp(&mut self) -> Val {
        Val {
            reg: self.alloc(),
            temp: true,
        }
    }

    // --- instructions

    pub fn raw(&mut self, op: Op, k: u8, a: u16, b: u16, c: u16, target: u32) {
        if self.u.ins.len() >= MAX_INSTRUCTIONS {
            self.u.overflow = true;
        } else if self.u.reachable {
            self.u.ins.push(Ins {
                op,
                k,
                a,
                b,
                c,
                target,
                at: self.at,
            });
        }
    }

    pub fn op(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.raw(op, 0, a, b, c, NO_LABEL);
    }

    /// `Call` or `CallKw` of a window that `LoadMethod`, `LoadSuperMethod` or `LoadSpecial` began (kill bit c).
    pub fn op_method(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.raw(op, crate::instr::KILL_C, a, b, c, NO_LABEL);
    }

    pub fn op_bc(&mut self, op: Op, k: u8, a: u16, bc: u32) {
        self.raw(op, k, a, bc as u16, (bc >> 16) as u16, NO_LABEL);
    }

    /// `R[dst] = op(x)`, with `c` a plain operand.
    pub fn op_un(&mut self, op: Op, dst: Reg, x: Val, c: u16) {
        self.raw(op, kill(x, Some(dst), KILL_B), dst, x.reg, c, NO_LABEL);
    }

    /// `R[dst] = x op y`
    pub fn op_bin(&mut self, op: Op, dst: Reg, x: Val, y: Val) {
        let k = kill(x, Some(dst), KILL_B) | kill(y, Some(dst), KILL_C);
        self.raw(op, k, dst, x.reg, y.reg, NO_LABEL);
    }

    /// An instruction that reads a, b and c.
    pub fn op_use3(&mut self, op: Op, x: Val, y: Val, z: Val) {
        let k = kill(x, None, KILL_A) | kill(y, None, KILL_B) | kill(z, None, KILL_C);
        self.raw(op, k, x.reg, y.reg, z.reg, NO_LABEL);
    }

    /// An instruction that reads a and b; `c` is plain.
    pub fn op_use2(&mut self, op: Op, x: Val, y: Val, c: u16) {
        let k = kill(x, None, KILL_A) | kill(y, None, KILL_B);
        self.raw(op, k, x.reg, y.reg, c, NO_LABEL);
    }

    /// An instruction that reads a; `bc` is plain.
    pub fn op_use1(&mut self, op: Op, x: Val, bc: u32) {
        self.op_bc(op, kill(x, None, KILL_A), x.reg, bc);
    }

    /// Changes R[a] in place with the value b.
    pub fn op_mut(&mut self, op: Op, a: Reg, y: Val) {
        self.raw(op, kill(y, None, KILL_B), a, y.reg, 0, NO_LABEL);
    }

    pub fn mov(&mut self, dst: Reg, x: Val) {
        if x.reg != dst {
            self.op_un(Op::Move, dst, x, 0);
        }
    }

    pub fn release(&mut self, first: Reg, n: u32) {
        if n > 0 {
            self.op(Op::Release, first, n as u16, 0);
        }
    }

    /// Drops a value that nobody wants.
    pub fn drop_val(&mut self, v: Val) {
        if v.temp {
            self.release(v.reg, 1);
        }
    }

    // --- labels and branches

    pub fn label(&mut self) -> Label {
        self.u.labels.push(NO_LABEL);
        self.u.used.push(false);
        Label(self.u.labels.len() as u32 - 1)
    }

    pub fn place(&mut self, l: Label) {
        self.u.labels[l.0 as usize] = self.u.ins.len() as u32;
        if self.u.used[l.0 as usize] {
            self.u.reachable = true;
        }
    }

    pub fn branch(&mut self, op: Op, x: Option<Val>, y: Option<Val>, imm: u16, l: Label) {
        if !self.u.reachable {
            return;
        }
        self.u.used[l.0 as usize] = true;
        let k = x.map_or(0, |v| kill(v, None, KILL_A)) | y.map_or(0, |v| kill(v, None, KILL_B));
        self.raw(
            op,
            k,
            x.map_or(0, |v| v.reg),
            y.map_or(imm, |v| v.reg),
            0,
            l.0,
        );
    }

    /// A jump that the source does not have: it belongs to no line.
    pub fn jump(&mut self, l: Label) {
        let saved = std::mem::replace(&mut self.at, super::nowhere());
        self.jump_here(l);
        self.at = saved;
    }

    /// The jump that a statement is.
    pub fn jump_here(&mut self, l: Label) {
        self.branch(Op::Jump, None, None, 0, l);
        self.u.reachable = false;
    }

    /// A statement that does nothing is run all the same: whoever watches sees its line. Where the next instruction is in
    /// the same line, the assembler takes it away.
    pub fn line_mark(&mut self, at: TextRange) {
        let saved = std::mem::replace(&mut self.at, at);
        self.op(Op::Nop, 0, 0, LINE_MARK);
        self.at = saved;
    }

    pub fn new_loop(&mut self) -> u16 {
        let n = self.u.loops;
        if n == u16::MAX {
            self.u.overflow = true;
        } else {
            self.u.loops += 1;
        }
        n
    }

    pub fn jump_back(&mut self, number: u16, l: Label) {
        if self.u.reachable {
            self.u.used[l.0 as usize] = true;
            self.raw(Op::JumpBack, 0, number, 0, 0, l.0);
        }
        self.u.reachable = false;
    }

    pub fn emit_return(&mut self, v: Val) {
        self.op_use1(Op::Return, v, 0);
        self.u.reachable = false;
    }

    pub fn emit_return_none(&mut self) {
        self.op(Op::ReturnNone, 0, 0, 0);
        self.u.reachable = false;
    }

    // --- names and sites

    pub fn name16(&mut self, name: &str) -> u16 {
        let i = self.u.name(name);
        if i > u32::from(u16::MAX) {
            self.u.overflow = true;
        }
        i as u16
    }

    /// A new inline-cache site.
    pub fn site(&mut self, name: &str) -> u16 {
        let name = self.u.name(name);
        if self.u.sites.len() >= 65_000 {
            let s = self.shared_site_id(Op::LoadAttr, name);
            if s > u32::from(u16::MAX) {
                self.u.overflow = true;
            }
            return s as u16;
        }
        self.u.sites.push(Site { name });
        (self.u.sites.len() - 1) as u16
    }

    /// The site that all uses of a name by one opcode share.
    pub fn shared_site(&mut self, op: Op, name: &str) -> u32 {
        let name = self.u.name(name);
        self.shared_site_id(op, name)
    }

    fn shared_site_id(&mut self, op: Op, name: u32) -> u32 {
        if let Some(&s) = self.u.shared_sites.get(&(op as u8, name)) {
            return s;
        }
        let s = self.u.sites.len() as u32;
        self.u.sites.push(Site { name });
        self.u.shared_sites.insert((op as u8, name), s);
        s
    }

    // --- units

    /// Emits what every code object starts with.
    pub fn begin_unit(&mut self) {
        let generator = flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR;
        if self.u.code_flags & generator != 0 {
            self.op(Op::ReturnGenerator, 0, 0, 0);
            let f = self.u.code_flags;
            self.u.stop_iter = Some(if f & flags::ASYNC_GENERATOR != 0 {
                2
            } else if f & flags::COROUTINE != 0 {
                1
            } else {
                0
            });
        }
        for i in 0..self.u.cells.len() {
            let op = if self.u.cell_params[i] {
                Op::MakeCell
            } else {
                Op::NewCell
            };
            self.op(op, self.u.cells[i].reg, 0, 0);
        }
    }

    /// Ends the unit's instructions and makes its code object.
    pub fn finish_unit(&mut self) -> Res<Code> {
        if self.u.reachable {
            self.at = super::nowhere();
            self.emit_return_none();
        }
        if let Some(kind) = self.u.stop_iter {
            let l = self.label();
            let end = self.u.ins.len() as u32;
            let depth = self.u.nlocals;
            self.u.handlers.push(RawHandler {
                start: 1,
                end,
                target: l.0,
                depth,
            });
            self.u.used[l.0 as usize] = true;
            self.at = super::nowhere();
            self.place(l);
            self.alloc();
            self.op(Op::StopIterToRuntime, depth, kind, 0);
            self.op_use1(
                Op::Reraise,
                Val {
                    reg: depth,
                    temp: true,
                },
                0,
            );
            self.u.reachable = false;
        }
        if self.u.overflow {
            return Err(Box::new(SyntaxError::bare(
                ErrorKind::Memory,
                "code object is too large",
            )));
        }
        if self.opts.future_annotations {
            self.u.code_flags |= flags::FUTURE_ANNOTATIONS;
        }
        if self.t.scopes[self.u.scope].kind == ScopeKind::Module {
            self.u.code_flags &= !flags::OPTIMIZED;
        }
        super::asm::assemble(self)
    }
}
