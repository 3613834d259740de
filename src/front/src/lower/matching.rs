//! `match`. What a pattern needs stays in temporaries until the whole pattern has matched or failed; both ways release
//! all of them at once, so a failing test is a plain branch.

use super::{Compiler, Label, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

/// The state of one case: where failures go and what is to be bound.
struct Case {
    fail: Label,
    /// Name, register of the value, place.
    captures: Vec<(Box<str>, Reg, TextRange)>,
}

fn irrefutable(p: &Pattern) -> bool {
    match p {
        Pattern::MatchAs(a) => a.pattern.as_deref().is_none_or(irrefutable),
        Pattern::MatchOr(o) => o.patterns.last().is_some_and(irrefutable),
        _ => false,
    }
}

/// A constant as the key that a mapping takes it for: `0`, `False`, `0.0` and `0j` are one.
fn as_key(c: Const) -> Const {
    match c {
        Const::Bool(b) => Const::Int(i64::from(b)),
        Const::Float(f) if f == f.trunc() && f.abs() < 9e15 => Const::Int(f as i64),
        Const::Complex(r, 0.0) => as_key(Const::Float(r)),
        c => c,
    }
}

impl<'a> Compiler<'a> {
    /// What the parser lets through as a value of a pattern, and CPython does not.
    fn check_value(&self, e: &Expr, message: &str) -> Res<()> {
        match e {
            Expr::FString(_) | Expr::TString(_) => self.err(e.range(), message),
            Expr::BinOp(b) if !matches!(b.op, Operator::Add | Operator::Sub) => {
                self.err(b.range, "invalid syntax")
            }
            Expr::UnaryOp(u) if !u.operand.is_number_literal_expr() => {
                self.err(u.range, "invalid syntax")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn match_stmt(&mut self, s: &'a StmtMatch) -> Res<()> {
        let m = self.mark();
        let mut subject = self.expr(&s.subject)?;
        if !subject.temp {
            // A capture may rebind the local before a later case looks at it.
            let t = self.temp();
            self.mov(t.reg, subject);
            subject = t;
        }
        let end = self.label();
        let last = s.cases.len() - 1;
        for (i, c) in s.cases.iter().enumerate() {
            if i < last && c.guard.is_none() && irrefutable(&c.pattern) {
                return self.unreachable_cases(&c.pattern);
            }
            let (fail, next) = (self.label(), self.label());
            let base = self.mark();
            let outer_max = std::mem::replace(&mut self.u.max, u32::from(base));
            let mut case = Case {
                fail,
                captures: Vec::new(),
            };
            self.pattern(&c.pattern, subject.reg, &mut case)?;
            // The captures are copied out before the guard runs, then everything is released.
            let captures = std::mem::take(&mut case.captures);
            for (name, reg, at) in captures {
                self.at = at;
                self.store_name(&name, Val { reg, temp: false })?;
            }
            let used = self.u.max - u32::from(base);
            self.u.max = self.u.max.max(outer_max);
            self.free_to(base);
            self.release(base, used);
            if let Some(g) = &c.guard {
                self.cond(g, false, next)?;
            }
            self.release(subject.reg, 1);
            self.stmts(&c.body)?;
            self.jump(end);
            self.place(fail);
            self.release(base, used);
            self.place(next);
        }
        self.at = s.subject.range();
        self.release(subject.reg, 1);
        self.free_to(m);
        self.place(end);
        Ok(())
    }

    fn unreachable_cases(&self, p: &Pattern) -> Res<()> {
        let mut q = p;
        loop {
            match q {
                Pattern::MatchAs(a) => match (&a.pattern, &a.name) {
                    (Some(inner), _) => q = inner,
                    (None, Some(n)) => {
                        return self.err(
                            q.range(),
                            format!("name capture '{n}' makes remaining patterns unreachable"),
                        );
                    }
                    (None, None) => {
                        return self
                            .err(q.range(), "wildcard makes remaining patterns unreachable");
                    }
                },
                Pattern::MatchOr(o) => match o.patterns.last() {
                    Some(inner) => q = inner,
                    None => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn capture(&mut self, name: &Identifier, reg: Reg, at: TextRange, case: &mut Case) -> Res<()> {
        if name.as_str() == "__debug__" {
            return self.err(at, "cannot assign to __debug__");
        }
        if case.captures.iter().any(|c| *c.0 == *name.as_str()) {
            return self.err(
                at,
                format!("multiple assignments to name '{name}' in pattern"),
            );
        }
        case.captures.push((name.as_str().into(), reg, at));
        Ok(())
    }

    fn fail_unless(&mut self, t: Reg, case: &Case) {
        self.branch(
            Op::JumpIfFalse,
            Some(Val { reg: t, temp: true }),
            None,
            0,
            case.fail,
        );
    }

    fn pattern(&mut self, p: &'a Pattern, subject: Reg, case: &mut Case) -> Res<()> {
        self.at = p.range();
        let subj = Val {
            reg: subject,
            temp: false,
        };
        match p {
            Pattern::MatchValue(v) => {
                self.check_value(
                    &v.value,
                    "patterns may only match literals and attribute lookups",
                )?;
                let m = self.mark();
                let y = self.expr(&v.value)?;
                self.branch(Op::JumpNotEq, Some(subj), Some(y), 0, case.fail);
                self.free_to(m);
            }
            Pattern::MatchSingleton(s) => {
                let c = match s.value {
                    Singleton::None => {
                        self.branch(Op::JumpIfNotNone, Some(subj), None, 0, case.fail);
                        return Ok(());
                    }
                    Singleton::True => Const::Bool(true),
                    Singleton::False => Const::Bool(false),
                };
                let t = self.temp();
                self.load_const(c, t.reg);
                self.branch(Op::JumpIsNot, Some(subj), Some(t), 0, case.fail);
                self.free_to(t.reg);
            }
            Pattern::MatchSequence(s) => self.sequence(s, subject, case)?,
            Pattern::MatchMapping(m) => self.mapping(m, subject, case)?,
            Pattern::MatchClass(c) => self.class_pattern(c, subject, case)?,
            Pattern::MatchStar(s) => return self.err(s.range, "can't use starred expression here"),
            Pattern::MatchAs(a) => {
                if let Some(inner) = &a.pattern {
                    self.pattern(inner, subject, case)?;
                }
                if let Some(n) = &a.name {
                    self.capture(n, subject, a.range, case)?;
                }
            }
            Pattern::MatchOr(o) => self.or_pattern(o, subject, case)?,
        }
        Ok(())
    }

    fn sequence(&mut self, s: &'a PatternMatchSequence, subject: Reg, case: &mut Case) -> Res<()> {
        let t = self.alloc();
        self.op(Op::MatchSequence, t, subject, 0);
        self.fail_unless(t, case);
        let n = s.patterns.len();
        let star = s.patterns.iter().position(Pattern::is_match_star);
        if let Some(i) = star
            && s.patterns[i + 1..].iter().any(Pattern::is_match_star)
        {
            return self.err(s.range, "multiple starred names in sequence pattern");
        }
        if n > 255 {
            return self.err(
                s.range,
                "too many expressions in star-unpacking sequence pattern",
            );
        }
        let fixed = n - usize::from(star.is_some());
        if star.is_none() || fixed > 0 {
            self.op(Op::GetLen, t, subject, 0);
            let op = if star.is_some() {
                Op::JumpNotGeImm
            } else {
                Op::JumpNotEqImm
            };
            self.branch(
                op,
                Some(Val { reg: t, temp: true }),
                None,
                fixed as u16,
                case.fail,
            );
        }
        let wild = |p: &Pattern| match p {
            Pattern::MatchAs(a) => a.pattern.is_none() && a.name.is_none(),
            Pattern::MatchStar(s) => s.name.is_none(),
            _ => false,
        };
        if s.patterns.iter().all(wild) {
            return Ok(());
        }
        if let Some(star) = star
            && wild(&s.patterns[star])
        {
            // Nobody asks for what is between: only the named items are looked at.
            for (i, p) in s.patterns.iter().enumerate() {
                if i == star || wild(p) {
                    continue;
                }
                let item = self.alloc();
                if i < star {
                    self.load_const(Const::Int(i as i64), t);
                } else {
                    self.at = s.range;
                    self.op(Op::GetLen, t, subject, 0);
                    let len = Val { reg: t, temp: true };
                    self.op_un(Op::SubImm, t, len, (n - i) as u16);
                }
                self.at = p.range();
                let whole = Val {
                    reg: subject,
                    temp: false,
                };
                self.op_bin(Op::GetItem, item, whole, Val { reg: t, temp: true });
                self.pattern(p, item, case)?;
            }
            return Ok(());
        }
        let w = self.alloc_n(n as u32);
        match star {
            None => self.op(Op::Unpack, w, subject, n as u16),
            Some(i) => self.op(Op::UnpackEx, w, subject, (i | (n - i - 1) << 8) as u16),
        }
        for (i, p) in s.patterns.iter().enumerate() {
            let item = w + i as u16;
            match p {
                Pattern::MatchStar(s) => {
                    if let Some(n) = &s.name {
                        self.capture(n, item, s.range, case)?;
                    }
                }
                p => self.pattern(p, item, case)?,
            }
        }
        Ok(())
    }

    fn mapping(&mut self, p: &'a PatternMatchMapping, subject: Reg, case: &mut Case) -> Res<()> {
        let subj = Val {
            reg: subject,
            temp: false,
        };
        let t = self.alloc();
        self.op(Op::MatchMapping, t, subject, 0);
        self.fail_unless(t, case);
        let n = p.keys.len();
        if n > 1 {
            self.op(Op::GetLen, t, subject, 0);
            self.branch(
                Op::JumpNotGeImm,
                Some(Val { reg: t, temp: true }),
                None,
                n as u16,
                case.fail,
            );
        }
        let mut seen = foldhash::HashSet::default();
        for k in p.keys.iter() {
            self.check_value(
                k,
                "mapping pattern keys may only match literals and attribute lookups",
            )?;
            if let Some(c) = self.try_const(k)
                && let Some(ck) = super::consts::const_key(&as_key(c))
                && !seen.insert(ck)
            {
                let text = crate::unparse::unparse(k, self.source);
                return self.err(
                    p.range,
                    format!("mapping pattern checks duplicate key ({text})"),
                );
            }
        }
        if n == 0 && p.rest.is_none() {
            return Ok(());
        }
        let keys = self.alloc();
        let m = self.mark();
        let w = self.window(&p.keys)?;
        self.op(Op::BuildTuple, keys, w, n as u16);
        self.free_to(m);
        if n > 0 {
            let values = self.alloc();
            self.op_bin(
                Op::MatchKeys,
                values,
                subj,
                Val {
                    reg: keys,
                    temp: false,
                },
            );
            self.branch(
                Op::JumpIfNone,
                Some(Val {
                    reg: values,
                    temp: false,
                }),
                None,
                0,
                case.fail,
            );
            let w = self.alloc_n(n as u32);
            self.op_un(
                Op::Unpack,
                w,
                Val {
                    reg: values,
                    temp: true,
                },
                n as u16,
            );
            for (i, p) in p.patterns.iter().enumerate() {
                self.pattern(p, w + i as u16, case)?;
            }
        }
        if let Some(rest) = &p.rest {
            // A copy of the mapping without the keys.
            self.at = p.range;
            let copy = self.alloc();
            self.op(Op::BuildDict, copy, copy + 1, 0);
            self.op_mut(Op::DictUpdate, copy, subj);
            if n > 0 {
                let w = self.alloc_n(n as u32);
                self.op_un(
                    Op::Unpack,
                    w,
                    Val {
                        reg: keys,
                        temp: true,
                    },
                    n as u16,
                );
                for i in (0..n as u16).rev() {
                    let key = Val {
                        reg: w + i,
                        temp: true,
                    };
                    self.op_use2(
                        Op::DelItem,
                        Val {
                            reg: copy,
                            temp: false,
                        },
                        key,
                        0,
                    );
                }
            }
            self.capture(rest, copy, rest.range, case)?;
        }
        Ok(())
    }

    fn class_pattern(
        &mut self,
        p: &'a PatternMatchClass,
        subject: Reg,
        case: &mut Case,
    ) -> Res<()> {
        let args = &p.arguments;
        let mut names = Vec::new();
        for (i, k) in args.keywords.iter().enumerate() {
            if args.keywords[..i]
                .iter()
                .any(|o| o.attr.as_str() == k.attr.as_str())
            {
                let msg = format!("attribute name repeated in class pattern: {}", k.attr);
                return self.err(k.pattern.range(), msg);
            }
            // Not mangled, as in CPython.
            names.push(Self::str_const(&k.attr));
        }
        let values = self.alloc();
        let m = self.mark();
        let cls = self.expr(&p.cls)?;
        self.at = p.range;
        self.op_bin(
            Op::MatchClass,
            values,
            Val {
                reg: subject,
                temp: false,
            },
            cls,
        );
        let k = self.constant(Const::Tuple(names.into()));
        self.op_bc(Op::Ext, 0, args.patterns.len() as u16, k);
        self.free_to(m);
        self.branch(
            Op::JumpIfNone,
            Some(Val {
                reg: values,
                temp: false,
            }),
            None,
            0,
            case.fail,
        );
        let n = args.patterns.len() + args.keywords.len();
        let w = self.alloc_n(n as u32);
        self.op_un(
            Op::Unpack,
            w,
            Val {
                reg: values,
                temp: true,
            },
            n as u16,
        );
        let all = args
            .patterns
            .iter()
            .chain(args.keywords.iter().map(|k| &k.pattern));
        for (i, p) in all.enumerate() {
            self.pattern(p, w + i as u16, case)?;
        }
        Ok(())
    }

    /// Each alternative leaves its captures in the same registers.
    fn or_pattern(&mut self, o: &'a PatternMatchOr, subject: Reg, case: &mut Case) -> Res<()> {
        let done = self.label();
        let mut bound: Option<Vec<Box<str>>> = None;
        let mut homes: Vec<Reg> = Vec::new();
        let last = o.patterns.len() - 1;
        let mut top = self.mark();
        for (i, p) in o.patterns.iter().enumerate() {
            if i < last && irrefutable(p) {
                return self.unreachable_cases(p);
            }
            let next = self.label();
            let m = self.mark();
            let mut inner = Case {
                fail: if i == last { case.fail } else { next },
                captures: Vec::new(),
            };
            self.pattern(p, subject, &mut inner)?;
            let mut names: Vec<Box<str>> = inner.captures.iter().map(|c| c.0.clone()).collect();
            names.sort();
            match &bound {
                None => {
                    // The homes are behind the temporaries of the first alternative.
                    homes = names.iter().map(|_| self.alloc()).collect();
                    bound = Some(names.clone());
                }
                Some(b) if *b != names => {
                    return self.err(o.range, "alternative patterns bind different names");
                }
                Some(_) => {}
            }
            for (name, home) in names.iter().zip(&homes) {
                if let Some(c) = inner.captures.iter().find(|c| c.0 == *name) {
                    self.op(Op::Move, *home, c.1, 0);
                }
            }
            top = top.max(self.mark());
            if i < last {
                self.jump(done);
                self.place(next);
                // Later alternatives use registers of their own, so that the homes stay.
                let _ = m;
            }
        }
        self.free_to(top);
        self.place(done);
        for (name, home) in bound.unwrap_or_default().into_iter().zip(homes) {
            if case.captures.iter().any(|c| c.0 == name) {
                return self.err(
                    o.range,
                    format!("multiple assignments to name '{name}' in pattern"),
                );
            }
            case.captures.push((name, home, o.range));
        }
        Ok(())
    }
}
