//! Lowering: the tree and its symbol table in, code objects out.
//!
//! Registers: variables from 0 (parameters, locals, cells), temporaries above them as a stack. [`Val`] says where the
//! value of an expression is: a variable read in place, or a temporary that its user kills. Iteration variables of inlined
//! comprehensions are *pinned* temporaries: read in place, released where the comprehension ends.
//!
//! Invariants
//! - I1: the `depth` of a handler is the stack top where its region was opened, so everything below it is untouched.
//! - I2: a variable is written by the last instruction of the expression that is assigned to it, or not at all.
//! - I3: on every way out of a block its temporaries are released before the jump.

mod annot;
mod asm;
mod blocks;
mod bound;
mod call;
mod class;
mod comp;
mod cond;
mod consts;
mod consume;
mod expr;
mod fold;
mod fstring;
mod func;
mod matching;
mod names;
mod stmt;
pub(crate) mod strings;
mod subscript;
mod targets;
mod try_stmt;
mod type_params;
mod unit;
mod with_stmt;

use crate::code::{Code, flags};
use crate::errors::{ErrorKind, Res, Warning, WarningKind};
use crate::source::Source;
use crate::symbols::{ScopeId, ScopeKind, Symbols};
use crate::{CompileOptions, Mode};
use foldhash::{HashSet, HashSetExt};
use ruff_python_ast::{Mod, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};
use threadsnake_threads::sync::Arc;
use unit::Unit;

/// A register.
pub(crate) type Reg = u16;

/// Where a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Val {
    pub reg: Reg,
    /// A temporary: its user kills it.
    pub temp: bool,
}

/// A place to jump to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(pub u32);

/// The place of instructions that come from nowhere in the source.
pub(crate) fn nowhere() -> TextRange {
    TextRange::empty(TextSize::new(u32::MAX))
}

/// The state of one compilation.
pub(crate) struct Compiler<'a> {
    pub t: Symbols,
    pub source: &'a Source<'a>,
    pub filename: Arc<str>,
    pub opts: &'a CompileOptions,
    pub mode: Mode,
    /// The unit being lowered, and those around it.
    pub u: Unit<'a>,
    pub outer: Vec<Unit<'a>>,
    /// Where the instructions being emitted come from.
    pub at: TextRange,
    pub warnings: Vec<Warning>,
    /// Binary operations known not to be constant (by address).
    pub not_const: HashSet<usize>,
    /// Where the `__future__` imports end.
    pub future_end: TextSize,
}

/// Lowers a whole program.
pub(crate) fn lower<'a>(
    module: &'a Mod,
    symbols: Symbols,
    source: &'a Source<'a>,
    filename: &str,
    mode: Mode,
    opts: &'a CompileOptions,
    future_end: TextSize,
) -> Res<(Code, Vec<Warning>)> {
    let unit = Unit::new(&symbols, 0, "<module>", "<module>", 1);
    let mut c = Compiler {
        t: symbols,
        source,
        filename: filename.into(),
        opts,
        mode,
        u: unit,
        outer: Vec::new(),
        at: TextRange::default(),
        warnings: Vec::new(),
        not_const: HashSet::new(),
        future_end,
    };
    let awaits = opts.top_level_await && c.t.scopes[0].awaits;
    if awaits {
        c.u.code_flags |= flags::COROUTINE;
    }
    c.begin_unit();
    match module {
        Mod::Expression(e) => {
            let v = c.expr(&e.body)?;
            c.emit_return(v);
        }
        Mod::Module(m) => {
            c.module(&m.body)?;
        }
    }
    let code = c.finish_unit()?;
    Ok((code, c.warnings))
}

impl<'a> Compiler<'a> {
    pub fn err<T>(&self, range: TextRange, msg: impl Into<String>) -> Res<T> {
        Err(self.source.error(ErrorKind::Syntax, range, msg))
    }

    pub fn warn(&mut self, range: TextRange, msg: impl Into<String>) {
        let (line, _) = self.source.line_col(range.start());
        self.warnings.push(Warning {
            kind: WarningKind::Syntax,
            msg: msg.into(),
            line,
            col: self.source.char_col(range.start()),
        });
    }

    /// The scope that names are looked up in: the innermost inlined comprehension or the unit's own.
    pub fn scope(&self) -> ScopeId {
        self.u.scopes.last().copied().unwrap_or(0)
    }

    pub fn line_of(&self, range: TextRange) -> u32 {
        self.source.line_col(range.start()).0
    }

    fn module(&mut self, body: &'a [Stmt]) -> Res<()> {
        if let Some(first) = body.first() {
            self.at = TextRange::empty(first.range().start());
        }
        self.annotations_setup(0, body)?;
        let mut body = body;
        if self.mode == Mode::Exec
            && let Some(doc) = self.docstring(body)
        {
            self.at = body[0].range();
            let t = self.alloc();
            self.load_const(doc, t);
            self.store_name_text("__doc__", Val { reg: t, temp: true })?;
            self.free_to(t);
            body = &body[1..];
        }
        self.stmts(body)?;
        self.at = nowhere();
        self.emit_return_none();
        Ok(())
    }

    /// Enters the unit of a scope.
    pub fn enter(&mut self, scope: ScopeId, name: &str, range: TextRange) {
        let qualname = self.qualname(name, scope);
        let line = self.line_of(range);
        let unit = Unit::new(&self.t, scope, name, &qualname, line);
        self.outer.push(std::mem::replace(&mut self.u, unit));
        let nested = self
            .outer
            .iter()
            .any(|u| self.t.scopes[u.scope].kind.fast());
        if nested && self.t.scopes[scope].kind.fast() {
            self.u.code_flags |= flags::NESTED;
        }
        self.u.saved_at = self.at;
        self.at = range;
    }

    /// Leaves the unit; the code is finished.
    pub fn leave(&mut self) -> Res<Arc<Code>> {
        let code = self.finish_unit()?;
        self.at = self.u.saved_at;
        if let Some(u) = self.outer.pop() {
            self.u = u;
        }
        Ok(Arc::new(code))
    }

    fn qualname(&self, name: &str, scope: ScopeId) -> String {
        let mut parent = &self.u;
        let mut depth = self.outer.len();
        let kind = self.t.scopes[parent.scope].kind;
        if kind == ScopeKind::TypeParams {
            if depth == 0 {
                return name.into();
            }
            depth -= 1;
            parent = &self.outer[depth];
        }
        if self.t.scopes[parent.scope].kind == ScopeKind::Module {
            return name.into();
        }
        let own = self.t.scopes[scope].kind;
        if matches!(own, ScopeKind::Function | ScopeKind::Class)
            && let Some(id) = self.t.names.find(name)
            && let Some(sym) = self.t.scopes[parent.scope].get(id)
            && sym.kind == crate::symbols::Kind::GlobalExplicit
        {
            return name.into();
        }
        match self.t.scopes[parent.scope].kind {
            ScopeKind::Class => format!("{}.{name}", parent.qualname),
            _ => format!("{}.<locals>.{name}", parent.qualname),
        }
    }
}
