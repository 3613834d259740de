//! First pass: expressions and comprehensions.

use super::collect::Collector;
use super::{ScopeKind, def, key, tag};
use crate::errors::Res;
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

impl<'a> Collector<'a> {
    pub(super) fn arguments(&mut self, a: &'a Arguments) -> Res<()> {
        a.args.iter().try_for_each(|e| self.expr(e))?;
        a.keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    fn opt(&mut self, e: &'a Option<Box<Expr>>) -> Res<()> {
        e.as_ref().map_or(Ok(()), |e| self.expr(e))
    }

    /// `yield`, `await` and `:=` may not occur in annotation-like scopes.
    fn not_in_annotation(&self, range: TextRange, what: &str) -> Res<()> {
        let s = &self.t.scopes[self.cur];
        match s.kind {
            ScopeKind::Annotation | ScopeKind::TypeAlias | ScopeKind::TypeVar => {
                self.err(range, format!("{what} cannot be used within {}", s.what))
            }
            ScopeKind::TypeParams => self.err(
                range,
                format!("{what} cannot be used within the definition of a generic"),
            ),
            _ => Ok(()),
        }
    }

    fn yields(&mut self, range: TextRange, word: &str) -> Res<()> {
        self.not_in_annotation(range, "yield expression")?;
        let what = match self.t.scopes[self.cur].kind {
            ScopeKind::Comp => self.t.scopes[self.cur].what,
            ScopeKind::Generator => "generator expression",
            ScopeKind::Module | ScopeKind::Class => {
                return self.err(range, format!("'{word}' outside function"));
            }
            _ => {
                self.t.scopes[self.cur].generator = true;
                return Ok(());
            }
        };
        self.err(range, format!("'yield' inside {what}"))
    }

    /// Notes that the enclosing block awaits; comprehensions pass it on.
    fn awaits(&mut self) {
        let mut s = self.cur;
        self.t.scopes[s].awaits = true;
        while self.t.scopes[s].kind == ScopeKind::Comp {
            self.t.scopes[s].async_comp = true;
            s = self.t.scopes[s].parent.unwrap_or(0);
            self.t.scopes[s].awaits = true;
        }
    }

    pub(super) fn expr(&mut self, e: &'a Expr) -> Res<()> {
        match e {
            Expr::BoolOp(b) => b.values.iter().try_for_each(|v| self.expr(v)),
            Expr::Named(n) => self.named(n),
            Expr::BinOp(b) => {
                // The left spine of a chain is walked in a loop.
                let mut spine = vec![&*b.right];
                let mut left = &*b.left;
                while let Expr::BinOp(l) = left {
                    spine.push(&l.right);
                    left = &l.left;
                }
                self.expr(left)?;
                spine.into_iter().rev().try_for_each(|r| self.expr(r))
            }
            Expr::UnaryOp(u) => self.expr(&u.operand),
            Expr::Lambda(l) => {
                if let Some(p) = &l.parameters {
                    self.defaults(p)?;
                }
                let saved = self.enter(ScopeKind::Lambda, key(l), tag::MAIN);
                if let Some(p) = &l.parameters {
                    self.params(p)?;
                }
                self.expr(&l.body)?;
                self.leave(saved);
                Ok(())
            }
            Expr::If(i) => {
                self.expr(&i.test)?;
                self.expr(&i.body)?;
                self.expr(&i.orelse)
            }
            Expr::Dict(d) => {
                for i in &d.items {
                    if let Some(k) = &i.key {
                        self.expr(k)?;
                    }
                    self.expr(&i.value)?;
                }
                Ok(())
            }
            Expr::Set(s) => s.elts.iter().try_for_each(|e| self.expr(e)),
            Expr::ListComp(c) => self.comp(
                key(c),
                ScopeKind::Comp,
                "list comprehension",
                &[&c.elt],
                &c.generators,
            ),
            Expr::SetComp(c) => self.comp(
                key(c),
                ScopeKind::Comp,
                "set comprehension",
                &[&c.elt],
                &c.generators,
            ),
            Expr::DictComp(c) => {
                let Some(k) = &c.key else {
                    return self.err(
                        c.range,
                        "dict unpacking cannot be used in dict comprehension",
                    );
                };
                self.comp(
                    key(c),
                    ScopeKind::Comp,
                    "dict comprehension",
                    &[k, &c.value],
                    &c.generators,
                )
            }
            Expr::Generator(c) => self.comp(
                key(c),
                ScopeKind::Generator,
                "generator expression",
                &[&c.elt],
                &c.generators,
            ),
            Expr::Await(a) => {
                self.not_in_annotation(a.range, "await expression")?;
                self.awaits();
                self.expr(&a.value)
            }
            Expr::Yield(y) => {
                self.opt(&y.value)?;
                self.yields(y.range, "yield")
            }
            Expr::YieldFrom(y) => {
                self.expr(&y.value)?;
                self.yields(y.range, "yield from")
            }
            Expr::Compare(c) => {
                self.expr(&c.left)?;
                c.comparators.iter().try_for_each(|e| self.expr(e))
            }
            Expr::Call(c) => {
                self.expr(&c.func)?;
                self.arguments(&c.arguments)
            }
            Expr::FString(f) => {
                for part in f.value.as_slice() {
                    if let FStringPart::FString(f) = part {
                        self.elements(&f.elements)?;
                    }
                }
                Ok(())
            }
            Expr::TString(t) => t
                .value
                .as_slice()
                .iter()
                .try_for_each(|t| self.elements(&t.elements)),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
            Expr::Attribute(a) => {
                if a.attr.as_str() == "__debug__" && a.ctx != ExprContext::Load {
                    return self.err(a.range, "cannot assign to __debug__");
                }
                self.expr(&a.value)
            }
            Expr::Subscript(s) => {
                self.expr(&s.value)?;
                self.expr(&s.slice)
            }
            Expr::Starred(s) => self.expr(&s.value),
            Expr::Name(n) => match n.ctx {
                ExprContext::Store | ExprContext::Del => {
                    if n.ctx == ExprContext::Del && n.id.as_str() == "__debug__" {
                        return self.err(n.range, "cannot delete __debug__");
                    }
                    self.bind(&n.id, n.range, def::LOCAL)
                }
                _ => {
                    let id = self.name_id(&n.id);
                    self.note(self.cur, id, def::USE);
                    if n.id.as_str() == "super" && self.t.scopes[self.cur].kind.fast() {
                        let class = self.t.names.id("__class__");
                        self.note(self.cur, class, def::USE);
                    }
                    Ok(())
                }
            },
            Expr::List(l) => l.elts.iter().try_for_each(|e| self.expr(e)),
            Expr::Tuple(l) => l.elts.iter().try_for_each(|e| self.expr(e)),
            Expr::Slice(s) => {
                self.opt(&s.lower)?;
                self.opt(&s.upper)?;
                self.opt(&s.step)
            }
        }
    }

    fn elements(&mut self, elements: &'a [InterpolatedStringElement]) -> Res<()> {
        for e in elements {
            if let InterpolatedStringElement::Interpolation(i) = e {
                self.expr(&i.expression)?;
                if let Some(spec) = &i.format_spec {
                    self.elements(&spec.elements)?;
                }
            }
        }
        Ok(())
    }

    fn named(&mut self, n: &'a ExprNamed) -> Res<()> {
        self.not_in_annotation(n.range, "named expression")?;
        if self.comp_iterable > 0 {
            let msg = "assignment expression cannot be used in a comprehension iterable expression";
            return self.err(n.range, msg);
        }
        let Expr::Name(target) = &*n.target else {
            return self.err(
                n.target.range(),
                "cannot use assignment expressions with expression",
            );
        };
        if matches!(
            self.t.scopes[self.cur].kind,
            ScopeKind::Comp | ScopeKind::Generator
        ) {
            self.extend_named(target)?;
        }
        self.expr(&n.value)?;
        if !matches!(
            self.t.scopes[self.cur].kind,
            ScopeKind::Comp | ScopeKind::Generator
        ) {
            self.bind(&target.id, target.range, def::LOCAL | def::WALRUS)?;
        }
        Ok(())
    }

    /// An assignment expression in a comprehension binds in the nearest block that is none.
    fn extend_named(&mut self, target: &'a ExprName) -> Res<()> {
        if target.id.as_str() == "__debug__" {
            return self.err(target.range, "cannot assign to __debug__");
        }
        let id = self.name_id(&target.id);
        let mut s = self.cur;
        let mut inner = vec![];
        loop {
            match self.t.scopes[s].kind {
                ScopeKind::Comp | ScopeKind::Generator => {
                    if self.t.scopes[s]
                        .get(id)
                        .is_some_and(|y| y.flags & def::COMP_ITER != 0)
                    {
                        let msg = format!(
                            "assignment expression cannot rebind comprehension iteration variable '{}'",
                            target.id
                        );
                        return self.err(target.range, msg);
                    }
                    inner.push(s);
                    s = self.t.scopes[s].parent.unwrap_or(0);
                }
                ScopeKind::Module => {
                    self.note(s, id, def::GLOBAL);
                    for i in inner {
                        self.note(i, id, def::GLOBAL);
                    }
                    return Ok(());
                }
                ScopeKind::Class => {
                    let msg = "assignment expression within a comprehension cannot be used in a class body";
                    return self.err(target.range, msg);
                }
                ScopeKind::Function | ScopeKind::Lambda => {
                    let old = self.t.scopes[s].get(id).map_or(0, |y| y.flags);
                    let flag = if old & def::GLOBAL != 0 {
                        def::GLOBAL
                    } else {
                        def::NONLOCAL
                    };
                    if old & (def::GLOBAL | def::NONLOCAL) == 0 {
                        self.note(s, id, def::LOCAL | def::WALRUS);
                    } else {
                        self.note(s, id, def::WALRUS);
                    }
                    for i in inner {
                        self.note(i, id, flag);
                    }
                    return Ok(());
                }
                _ => {
                    let what = self.t.scopes[s].what;
                    let msg = format!(
                        "assignment expression within a comprehension cannot be used in {what}"
                    );
                    return self.err(target.range, msg);
                }
            }
        }
    }

    fn comp(
        &mut self,
        node: usize,
        kind: ScopeKind,
        what: &'static str,
        elts: &[&'a Expr],
        generators: &'a [Comprehension],
    ) -> Res<()> {
        let first = &generators[0];
        self.comp_iterable += 1;
        self.expr(&first.iter)?;
        self.comp_iterable -= 1;
        let saved = self.enter(kind, node, tag::MAIN);
        self.t.scopes[self.cur].what = what;
        if kind == ScopeKind::Generator {
            self.t.scopes[self.cur].generator = true;
            let dot = self.t.names.id(".0");
            self.note(self.cur, dot, def::PARAM);
        }
        for (i, g) in generators.iter().enumerate() {
            self.comp_target(&g.target)?;
            if i > 0 {
                self.comp_iterable += 1;
                self.expr(&g.iter)?;
                self.comp_iterable -= 1;
            }
            if g.is_async {
                self.awaits();
                self.t.scopes[self.cur].async_comp = true;
            }
            g.ifs.iter().try_for_each(|e| self.expr(e))?;
        }
        elts.iter().try_for_each(|e| self.expr(e))?;
        self.leave(saved);
        Ok(())
    }

    fn comp_target(&mut self, e: &'a Expr) -> Res<()> {
        match e {
            Expr::Name(n) => {
                let id = self.name_id(&n.id);
                let bound_outside = def::GLOBAL | def::NONLOCAL;
                if self.t.scopes[self.cur]
                    .get(id)
                    .is_some_and(|y| y.flags & bound_outside != 0)
                {
                    let msg = format!(
                        "comprehension inner loop cannot rebind assignment expression target '{}'",
                        n.id
                    );
                    return self.err(n.range, msg);
                }
                self.bind(&n.id, n.range, def::LOCAL | def::COMP_ITER)
            }
            Expr::Tuple(t) => t.elts.iter().try_for_each(|e| self.comp_target(e)),
            Expr::List(t) => t.elts.iter().try_for_each(|e| self.comp_target(e)),
            Expr::Starred(s) => self.comp_target(&s.value),
            e => self.expr(e),
        }
    }
}
