//! Comprehensions (PEP 709: inlined) and generator expressions.

use super::{Compiler, Label, Reg, Val};
use crate::code::flags;
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{Kind, ScopeId, ScopeKind, key, tag};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

/// What is done with each item.
#[derive(Clone, Copy)]
enum Element<'a> {
    List(&'a Expr),
    Set(&'a Expr),
    Dict(&'a Expr, &'a Expr),
    Yield(&'a Expr),
}

impl<'a> Compiler<'a> {
    /// A list, set or dict comprehension into the temporary `dst`.
    pub(super) fn comprehension(&mut self, e: &'a Expr, dst: Reg) -> Res<()> {
        let (node, generators, element, build) = match e {
            Expr::ListComp(c) => (key(c), &c.generators, Element::List(&c.elt), Op::BuildList),
            Expr::SetComp(c) => (key(c), &c.generators, Element::Set(&c.elt), Op::BuildSet),
            Expr::DictComp(c) => {
                let Some(k) = &c.key else {
                    return self.err(c.range, "invalid syntax");
                };
                (
                    key(c),
                    &c.generators,
                    Element::Dict(k, &c.value),
                    Op::BuildDict,
                )
            }
            _ => return Ok(()),
        };
        let scope = self.t.keys[&(node, tag::MAIN)];
        self.check_async_comp(scope, e.range())?;
        let m = self.mark();
        let first = self.comp_iterator(&generators[0])?;
        // The iteration variables: pinned temporaries, cells where captured.
        let pins = self.u.pinned.len();
        let vars = self.mark();
        for i in 0..self.t.scopes[scope].syms.len() {
            let sym = self.t.scopes[scope].syms[i];
            if matches!(sym.kind, Kind::Local | Kind::Cell) {
                let r = self.alloc();
                self.u.regs.insert((scope, sym.name), r);
                self.u.pinned.push(r);
                if sym.kind == Kind::Cell {
                    self.op(Op::NewCell, r, 0, 0);
                }
            }
        }
        let hidden = self.begin_hidden(scope);
        let count = u32::from(self.mark() - vars);
        // Tells the analysis of definite assignment that these are variables now; never in finished code.
        self.op(Op::Nop, vars, count as u16, 0);
        let m0 = self.mark();
        self.op(build, dst, m0, 0);
        self.u.scopes.push(scope);
        self.comp_loop(generators, 0, first, element, dst)?;
        self.u.scopes.pop();
        self.place(hidden);
        self.u.pinned.truncate(pins);
        self.release(vars, count);
        self.free_to(m);
        Ok(())
    }

    /// Notes where the variables of a comprehension are from here up to the label.
    fn begin_hidden(&mut self, scope: ScopeId) -> Label {
        let (start, end) = (self.label(), self.label());
        self.place(start);
        for i in 0..self.t.scopes[scope].syms.len() {
            let sym = self.t.scopes[scope].syms[i];
            if let Some(&reg) = self.u.regs.get(&(scope, sym.name)) {
                let text = self.t.names.text(sym.name).to_owned();
                let name = self.u.name(&text);
                let cell = sym.kind == Kind::Cell;
                self.u.hidden.push((name, reg, cell, start, end));
            }
        }
        end
    }

    fn check_async_comp(&self, scope: ScopeId, range: TextRange) -> Res<()> {
        if self.t.scopes[scope].async_comp
            && !self.in_async()
            && self.t.scopes[self.u.scope].kind != ScopeKind::Generator
        {
            return self.err(
                range,
                "asynchronous comprehension outside of an asynchronous function",
            );
        }
        Ok(())
    }

    fn comp_iterator(&mut self, g: &'a Comprehension) -> Res<Reg> {
        if !g.is_async {
            return self.iterator(&g.iter);
        }
        let it = self.alloc();
        self.expr_to(&g.iter, it)?;
        self.op(Op::GetAIter, it, it, 0);
        Ok(it)
    }

    /// The loop of the `i`th `for`, over the iterator `it`.
    fn comp_loop(
        &mut self,
        generators: &'a [Comprehension],
        i: usize,
        it: Reg,
        element: Element<'a>,
        into: Reg,
    ) -> Res<()> {
        let g = &generators[i];
        let (top, cont, exit): (Label, Label, Label) = (self.label(), self.label(), self.label());
        let number = self.new_loop();
        self.place(top);
        self.at = g.iter.range();
        let depth = if g.is_async {
            self.async_next(it, &g.target, exit)?
        } else {
            self.for_iter(it, &g.target, exit)?;
            0
        };
        for test in &g.ifs {
            self.cond(test, false, cont)?;
        }
        let m = self.mark();
        if i + 1 < generators.len() {
            let next = self.comp_iterator(&generators[i + 1])?;
            self.comp_loop(generators, i + 1, next, element, into)?;
        } else {
            self.element(element, into)?;
        }
        self.free_to(m);
        self.place(cont);
        self.at = g.iter.range();
        self.jump_back(number, top);
        let m = self.mark();
        if g.is_async {
            self.async_end(it, depth, exit);
        } else {
            self.place(exit);
        }
        self.free_to(m);
        Ok(())
    }

    fn element(&mut self, element: Element<'a>, into: Reg) -> Res<()> {
        match element {
            Element::List(e) => {
                if let Expr::Starred(s) = e {
                    return self.err(
                        s.range,
                        "iterable unpacking cannot be used in comprehension",
                    );
                }
                let v = self.expr(e)?;
                self.at = e.range();
                self.op_mut(Op::ListAppend, into, v);
            }
            Element::Set(e) => {
                let v = self.expr(e)?;
                self.at = e.range();
                self.op_mut(Op::SetAdd, into, v);
            }
            Element::Dict(k, v) => {
                let k = self.expr_before(k, &[v])?;
                let v = self.expr(v)?;
                self.op_use3(
                    Op::DictSet,
                    Val {
                        reg: into,
                        temp: false,
                    },
                    k,
                    v,
                );
            }
            Element::Yield(e) => {
                let mut v = self.expr(e)?;
                self.at = e.range();
                if self.u.code_flags & flags::ASYNC_GENERATOR != 0 {
                    let w = self.temp();
                    self.op_un(Op::AsyncGenWrap, w.reg, v, 0);
                    v = w;
                }
                let t = self.temp();
                self.op_un(Op::Yield, t.reg, v, u16::MAX);
                self.release(t.reg, 1);
            }
        }
        Ok(())
    }

    /// A generator expression: a function that is called with the first iterator.
    pub(super) fn generator(&mut self, g: &'a ExprGenerator, dst: Reg) -> Res<()> {
        let scope = self.t.keys[&(key(g), tag::MAIN)];
        let is_async = self.t.scopes[scope].awaits;
        let first = &g.generators[0];
        self.enter(scope, "<genexpr>", g.range);
        self.u.code_flags |= if is_async {
            flags::ASYNC_GENERATOR
        } else {
            flags::GENERATOR
        };
        self.u.argcount = 1;
        self.begin_unit();
        // The parameter `.0` is the iterator; it is moved to a temporary so that the end of the loop empties that.
        let it = self.temp();
        self.mov(
            it.reg,
            Val {
                reg: 0,
                temp: false,
            },
        );
        self.release(0, 1);
        self.comp_loop(&g.generators, 0, it.reg, Element::Yield(&g.elt), 0)?;
        self.free_to(it.reg);
        self.at = g.range;
        self.emit_return_none();
        let code = self.leave()?;
        self.at = g.range;
        let w = self.alloc_n(2);
        self.closure(code, w, Default::default())?;
        let m = self.alloc();
        if first.is_async {
            self.expr_to(&first.iter, m)?;
            self.op(Op::GetAIter, m, m, 0);
        } else {
            self.free_to(m);
            self.iterator(&first.iter)?;
        }
        self.at = g.range;
        self.op(Op::Call, dst, w, 1);
        Ok(())
    }
}
