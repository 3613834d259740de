//! Calls.

use super::expr::MAX_WINDOW;
use super::{Compiler, Reg, Val};
use crate::code::{Const, StrConst};
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{Kind, ScopeKind};
use ruff_python_ast::*;
use ruff_text_size::Ranged;

impl<'a> Compiler<'a> {
    /// `R[dst] = func(args)`
    pub(super) fn call(&mut self, c: &'a ExprCall, dst: Reg) -> Res<()> {
        let range = c.range();
        self.check_call(c)?;
        self.warn_call(&c.func);
        if self.wide(&c.arguments.args, &c.arguments.keywords) {
            let w = self.alloc_n(2);
            self.expr_to(&c.func, w)?;
            return self.call_ex(w, &c.arguments.args, &c.arguments.keywords, None, dst);
        }
        if self.consume(c, dst)? {
            return Ok(());
        }
        let w = self.alloc_n(2);
        let method = c.func.is_attribute_expr();
        match &*c.func {
            Expr::Attribute(a) => {
                if !self.super_method(a, w)? {
                    let m = self.mark();
                    let v = if a.value.is_name_expr() {
                        self.expr(&a.value)?
                    } else {
                        self.expr_to(&a.value, w)?;
                        Val { reg: w, temp: true }
                    };
                    self.at_attribute(a.range, a.attr.range);
                    let name = self.mangled(&a.attr);
                    let s = self.site(&name);
                    self.op_un(Op::LoadMethod, w, v, s);
                    self.free_to(m);
                }
            }
            f => self.expr_to(f, w)?,
        }
        for e in &c.arguments.args {
            let r = self.alloc();
            if !self.joined(c, r)? {
                self.expr_to(e, r)?;
            }
        }
        self.keywords_and_call(
            &c.arguments.keywords,
            w,
            c.arguments.args.len(),
            dst,
            range,
            method,
        )
    }

    /// Evaluates plain keywords behind the arguments of the window `w` and calls.
    fn keywords_and_call(
        &mut self,
        keywords: &'a [Keyword],
        w: Reg,
        positional: usize,
        dst: Reg,
        range: ruff_text_size::TextRange,
        method: bool,
    ) -> Res<()> {
        let mut names = Vec::new();
        for k in keywords {
            let r = self.alloc();
            self.expr_to(&k.value, r)?;
            if let Some(n) = &k.arg {
                names.push(Const::Str(StrConst::Text(self.mangled(n))));
            }
        }
        self.at = range;
        let n = (positional + keywords.len()) as u16;
        match (names.is_empty(), method) {
            (true, true) => self.op_method(Op::Call, dst, w, n),
            (true, false) => self.op(Op::Call, dst, w, n),
            (false, _) => self.call_kw(dst, w, n, names, method),
        }
        Ok(())
    }

    /// Emits `CallKw` with its names.
    pub(super) fn call_kw(&mut self, dst: Reg, w: Reg, n: u16, names: Vec<Const>, method: bool) {
        let names = self.constant(Const::Tuple(names.into()));
        if method {
            self.op_method(Op::CallKw, dst, w, n);
        } else {
            self.op(Op::CallKw, dst, w, n);
        }
        self.op_bc(Op::Ext, 0, 0, names);
    }

    /// Whether the arguments need `CallEx`.
    pub(super) fn wide(&self, args: &[Expr], keywords: &[Keyword]) -> bool {
        args.iter().any(Expr::is_starred_expr)
            || keywords.iter().any(|k| k.arg.is_none())
            || args.len() + keywords.len() > MAX_WINDOW
    }

    /// A call with `*` or `**`; the function is in `w`, which with `w + 1` is the window's start. `extra` is appended to
    /// the positional arguments.
    pub(super) fn call_ex(
        &mut self,
        w: Reg,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        extra: Option<Val>,
        dst: Reg,
    ) -> Res<()> {
        self.free_to(w + 2);
        let tuple = self.alloc();
        self.call_tuple(w, args, extra, tuple)?;
        let has_keywords = !keywords.is_empty();
        if has_keywords {
            self.call_dict(w, keywords)?;
        }
        self.op(Op::CallEx, dst, w, u16::from(has_keywords));
        Ok(())
    }

    fn call_tuple(&mut self, _w: Reg, args: &'a [Expr], extra: Option<Val>, tuple: Reg) -> Res<()> {
        if args.is_empty() && extra.is_none() {
            self.load_const(Const::Tuple([].into()), tuple);
            return Ok(());
        }
        let m = self.mark();
        self.display(args, tuple, false)?;
        self.free_to(m);
        if let Some(x) = extra {
            self.op_mut(Op::ListAppend, tuple, x);
        }
        self.op(Op::ListToTuple, tuple, tuple, 0);
        Ok(())
    }

    /// Builds the keyword dictionary of a call into the window's fourth register.
    pub(super) fn call_dict(&mut self, w: Reg, keywords: &'a [Keyword]) -> Res<()> {
        let dict = self.alloc();
        self.op(Op::BuildDict, dict, dict, 0);
        for k in keywords {
            let m = self.mark();
            match &k.arg {
                Some(n) => {
                    // One name at a time, merged, so that a duplicate is noticed.
                    let pair = self.alloc_n(2);
                    let name = self.mangled(n);
                    self.load_str(&name, pair);
                    self.expr_to(&k.value, pair + 1)?;
                    let one = self.temp();
                    self.op(Op::BuildDict, one.reg, pair, 1);
                    let f = Val {
                        reg: w,
                        temp: false,
                    };
                    self.op_use3(
                        Op::DictMerge,
                        Val {
                            reg: dict,
                            temp: false,
                        },
                        one,
                        f,
                    );
                }
                None => {
                    let v = self.expr(&k.value)?;
                    let f = Val {
                        reg: w,
                        temp: false,
                    };
                    self.op_use3(
                        Op::DictMerge,
                        Val {
                            reg: dict,
                            temp: false,
                        },
                        v,
                        f,
                    );
                }
            }
            self.free_to(m);
        }
        Ok(())
    }

    pub(super) fn check_call(&mut self, c: &'a ExprCall) -> Res<()> {
        self.check_keywords(&c.arguments.keywords)
    }

    pub(super) fn check_keywords(&mut self, keywords: &[Keyword]) -> Res<()> {
        let mut seen = foldhash::HashSet::default();
        for k in keywords {
            if let Some(n) = &k.arg {
                if n.as_str() == "__debug__" {
                    return self.err(k.range, "cannot assign to __debug__");
                }
                if !seen.insert(n.as_str()) {
                    return self.err(k.range, format!("keyword argument repeated: {n}"));
                }
            }
        }
        Ok(())
    }

    fn warn_call(&mut self, f: &Expr) {
        let what = match f {
            Expr::NumberLiteral(n) => match n.value {
                Number::Int(_) => "int",
                Number::Float(_) => "float",
                Number::Complex { .. } => "complex",
            },
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::NoneLiteral(_) => "NoneType",
            Expr::BooleanLiteral(_) => "bool",
            Expr::EllipsisLiteral(_) => "ellipsis",
            _ => return,
        };
        self.warn(
            f.range(),
            format!("'{what}' object is not callable; perhaps you missed a comma?"),
        );
    }

    /// The window of `super`, class and instance for `super().name` or `super(a, b).name`, where it can be looked up
    /// directly.
    fn super_window(&mut self, a: &'a ExprAttribute, w: Reg) -> Res<bool> {
        let Expr::Call(c) = &*a.value else {
            return Ok(false);
        };
        let Expr::Name(f) = &*c.func else {
            return Ok(false);
        };
        if f.id.as_str() != "super"
            || !c.arguments.keywords.is_empty()
            || a.attr.as_str() == "__class__"
        {
            return Ok(false);
        }
        let s = &self.t.scopes[self.u.scope];
        if s.kind != ScopeKind::Function || self.u.scopes.len() > 1 {
            return Ok(false);
        }
        let global = |t: &crate::symbols::Symbols, s: &crate::symbols::Scope| {
            t.names
                .find("super")
                .and_then(|id| s.get(id))
                .is_none_or(|y| y.kind == Kind::GlobalImplicit)
        };
        if !global(&self.t, s) || !self.module_has_no("super") {
            return Ok(false);
        }
        let args = &c.arguments.args;
        match args.len() {
            0 => {
                let class = self.t.names.find("__class__");
                let class = class.and_then(|id| self.u.free.iter().position(|f| *f == id));
                let (Some(class), true) = (class, self.u.argcount > 0) else {
                    return Ok(false);
                };
                self.at = f.range;
                self.name_to("super", w);
                self.op(Op::LoadFree, w + 1, class as u16, 0);
                let first = self.u.varnames[0];
                let name = self.u.names[first as usize].clone();
                self.name_to(&name, w + 2);
            }
            2 if !args.iter().any(Expr::is_starred_expr) => {
                self.at = f.range;
                self.name_to("super", w);
                self.expr_to(&args[0], w + 1)?;
                self.expr_to(&args[1], w + 2)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn module_has_no(&self, name: &str) -> bool {
        self.t
            .names
            .find(name)
            .and_then(|id| self.t.scopes[0].get(id))
            .is_none_or(|y| y.kind != Kind::Local)
    }

    /// `super().name` as a value. Says whether it applied.
    pub(super) fn super_attr(&mut self, a: &'a ExprAttribute, dst: Reg) -> Res<bool> {
        let m = self.mark();
        let w = self.alloc_n(3);
        let done = self.super_window(a, w)?;
        if done {
            self.at_attribute(a.range, a.attr.range);
            let name = self.mangled(&a.attr);
            let s = self.site(&name);
            self.op(Op::LoadSuperAttr, dst, w, s);
        }
        self.free_to(m);
        Ok(done)
    }

    /// `super().name` as a method to be called, into `w` and `w + 1`.
    fn super_method(&mut self, a: &'a ExprAttribute, w: Reg) -> Res<bool> {
        let m = self.mark();
        let win = self.alloc_n(3);
        let done = self.super_window(a, win)?;
        if done {
            self.at_attribute(a.range, a.attr.range);
            let name = self.mangled(&a.attr);
            let s = self.site(&name);
            self.op(Op::LoadSuperMethod, w, win, s);
        }
        self.free_to(m);
        Ok(done)
    }
}
