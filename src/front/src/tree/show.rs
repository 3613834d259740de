//! The parser's tree as Python's: places are CPython's (which differ for decorated definitions, `elif`, arguments with a
//! star, and generators that are a call's only argument), adjacent strings are joined, `{x=}` is spelt out.

use super::{Kind, Node, Value};
use crate::Mode;
use crate::code::{Const, StrConst};
use crate::errors::Res;
use crate::lower::strings;
use crate::source::Source;
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The tree of a whole program.
pub(crate) fn show(module: &Mod, src: &Source<'_>, mode: Mode) -> Res<Node> {
    let s = Show { src };
    Ok(match module {
        Mod::Module(m) => {
            let body = s.stmts(&m.body)?;
            match mode {
                Mode::Single => plain(Kind::Interactive, vec![body]),
                _ => plain(Kind::Module, vec![body, Value::List(Vec::new())]),
            }
        }
        Mod::Expression(e) => plain(Kind::Expression, vec![s.expr(&e.body)?]),
    })
}

fn plain(kind: Kind, fields: Vec<Value>) -> Node {
    Node {
        kind,
        pos: Default::default(),
        fields,
    }
}

fn word(kind: Kind) -> Value {
    plain(kind, Vec::new()).into()
}

fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

fn name(i: &Identifier) -> Value {
    text(i.as_str())
}

fn opt_name(i: Option<&Identifier>) -> Value {
    i.map_or(Value::None, name)
}

fn flag(b: bool) -> Value {
    Value::Int(i64::from(b))
}

fn ctx(c: ExprContext) -> Value {
    word(match c {
        ExprContext::Store => Kind::Store,
        ExprContext::Del => Kind::Del,
        _ => Kind::Load,
    })
}

fn operator(o: Operator) -> Value {
    word(match o {
        Operator::Add => Kind::Add,
        Operator::Sub => Kind::Sub,
        Operator::Mult => Kind::Mult,
        Operator::MatMult => Kind::MatMult,
        Operator::Div => Kind::Div,
        Operator::Mod => Kind::Mod,
        Operator::Pow => Kind::Pow,
        Operator::LShift => Kind::LShift,
        Operator::RShift => Kind::RShift,
        Operator::BitOr => Kind::BitOr,
        Operator::BitXor => Kind::BitXor,
        Operator::BitAnd => Kind::BitAnd,
        Operator::FloorDiv => Kind::FloorDiv,
    })
}

fn comparison(o: CmpOp) -> Value {
    word(match o {
        CmpOp::Eq => Kind::Eq,
        CmpOp::NotEq => Kind::NotEq,
        CmpOp::Lt => Kind::Lt,
        CmpOp::LtE => Kind::LtE,
        CmpOp::Gt => Kind::Gt,
        CmpOp::GtE => Kind::GtE,
        CmpOp::Is => Kind::Is,
        CmpOp::IsNot => Kind::IsNot,
        CmpOp::In => Kind::In,
        CmpOp::NotIn => Kind::NotIn,
    })
}

/// A piece of an interpolated string.
enum Piece {
    Text(StrConst, TextRange),
    Value(Node),
}

fn add_text(pieces: &mut Vec<Piece>, t: StrConst, range: TextRange) {
    if matches!(&t, StrConst::Text(t) if t.is_empty()) {
        return;
    }
    if let Some(Piece::Text(last, at)) = pieces.last_mut() {
        if let Const::Str(joined) = strings::join(vec![last.clone(), t]) {
            *last = joined;
        }
        *at = TextRange::new(at.start(), range.end().max(at.end()));
        return;
    }
    pieces.push(Piece::Text(t, range));
}

struct Show<'a> {
    src: &'a Source<'a>,
}

impl Show<'_> {
    fn at(&self, kind: Kind, range: TextRange, fields: Vec<Value>) -> Node {
        Node {
            kind,
            pos: self.src.pos(range),
            fields,
        }
    }

    fn stmts(&self, list: &[Stmt]) -> Res<Value> {
        let all: Res<Vec<Node>> = list.iter().map(|s| self.stmt(s)).collect();
        Ok(all?.into())
    }

    fn exprs<'e>(&self, list: impl IntoIterator<Item = &'e Expr>) -> Res<Value> {
        let all: Res<Vec<Value>> = list.into_iter().map(|e| self.expr(e)).collect();
        Ok(Value::List(all?))
    }

    fn opt(&self, e: Option<&Expr>) -> Res<Value> {
        e.map_or(Ok(Value::None), |e| self.expr(e))
    }

    fn constant(&self, c: Const, range: TextRange, kind: Value) -> Value {
        self.at(Kind::Constant, range, vec![Value::Const(c), kind])
            .into()
    }

    /// Where `def`, `async` or `class` stands, decorators left out.
    fn keyword_start(&self, name: &Identifier, words: &[&str]) -> TextSize {
        let mut before = &self.src.text[..usize::from(name.range.start())];
        for w in words {
            let t = before.trim_end_matches([' ', '\t', '\x0c', '\\', '\n']);
            before = t.strip_suffix(w).unwrap_or(t);
        }
        TextSize::of(before)
    }

    fn definition(
        &self,
        range: TextRange,
        decorators: &[Decorator],
        name: &Identifier,
        words: &[&str],
    ) -> TextRange {
        if decorators.is_empty() {
            range
        } else {
            TextRange::new(self.keyword_start(name, words), range.end())
        }
    }

    fn stmt(&self, s: &Stmt) -> Res<Node> {
        let range = s.range();
        let (kind, fields) = match s {
            Stmt::FunctionDef(f) => {
                let (kind, words) = if f.is_async {
                    (Kind::AsyncFunctionDef, &["def", "async"][..])
                } else {
                    (Kind::FunctionDef, &["def"][..])
                };
                let range = self.definition(range, &f.decorator_list, &f.name, words);
                let fields = vec![
                    name(&f.name),
                    self.parameters(Some(&f.parameters))?,
                    self.stmts(&f.body)?,
                    self.exprs(f.decorator_list.iter().map(|d| &d.expression))?,
                    self.opt(f.returns.as_deref())?,
                    Value::None,
                    self.type_params(f.type_params.as_deref())?,
                ];
                return Ok(self.at(kind, range, fields));
            }
            Stmt::ClassDef(c) => {
                let range = self.definition(range, &c.decorator_list, &c.name, &["class"]);
                let (bases, keywords) = self.arguments(c.arguments.as_deref())?;
                let fields = vec![
                    name(&c.name),
                    bases,
                    keywords,
                    self.stmts(&c.body)?,
                    self.exprs(c.decorator_list.iter().map(|d| &d.expression))?,
                    self.type_params(c.type_params.as_deref())?,
                ];
                return Ok(self.at(Kind::ClassDef, range, fields));
            }
            Stmt::Return(r) => (Kind::Return, vec![self.opt(r.value.as_deref())?]),
            Stmt::Delete(d) => (Kind::Delete, vec![self.exprs(&d.targets)?]),
            Stmt::Assign(a) => (
                Kind::Assign,
                vec![self.exprs(&a.targets)?, self.expr(&a.value)?, Value::None],
            ),
            Stmt::TypeAlias(t) => (
                Kind::TypeAlias,
                vec![
                    self.expr(&t.name)?,
                    self.type_params(t.type_params.as_deref())?,
                    self.expr(&t.value)?,
                ],
            ),
            Stmt::AugAssign(a) => (
                Kind::AugAssign,
                vec![self.expr(&a.target)?, operator(a.op), self.expr(&a.value)?],
            ),
            Stmt::AnnAssign(a) => (
                Kind::AnnAssign,
                vec![
                    self.expr(&a.target)?,
                    self.expr(&a.annotation)?,
                    self.opt(a.value.as_deref())?,
                    flag(a.simple),
                ],
            ),
            Stmt::For(f) => (
                if f.is_async {
                    Kind::AsyncFor
                } else {
                    Kind::For
                },
                vec![
                    self.expr(&f.target)?,
                    self.expr(&f.iter)?,
                    self.stmts(&f.body)?,
                    self.stmts(&f.orelse)?,
                    Value::None,
                ],
            ),
            Stmt::While(w) => (
                Kind::While,
                vec![
                    self.expr(&w.test)?,
                    self.stmts(&w.body)?,
                    self.stmts(&w.orelse)?,
                ],
            ),
            Stmt::If(i) => (
                Kind::If,
                vec![
                    self.expr(&i.test)?,
                    self.stmts(&i.body)?,
                    self.orelse(&i.elif_else_clauses, range.end())?,
                ],
            ),
            Stmt::With(w) => {
                let mut items = Vec::new();
                for i in &w.items {
                    let fields = vec![
                        self.expr(&i.context_expr)?,
                        self.opt(i.optional_vars.as_deref())?,
                    ];
                    items.push(plain(Kind::withitem, fields));
                }
                let kind = if w.is_async {
                    Kind::AsyncWith
                } else {
                    Kind::With
                };
                (kind, vec![items.into(), self.stmts(&w.body)?, Value::None])
            }
            Stmt::Match(m) => {
                let mut cases = Vec::new();
                for c in &m.cases {
                    let fields = vec![
                        self.pattern(&c.pattern)?.into(),
                        self.opt(c.guard.as_deref())?,
                        self.stmts(&c.body)?,
                    ];
                    cases.push(plain(Kind::match_case, fields));
                }
                (Kind::Match, vec![self.expr(&m.subject)?, cases.into()])
            }
            Stmt::Raise(r) => (
                Kind::Raise,
                vec![self.opt(r.exc.as_deref())?, self.opt(r.cause.as_deref())?],
            ),
            Stmt::Try(t) => {
                let mut handlers = Vec::new();
                for ExceptHandler::ExceptHandler(h) in &t.handlers {
                    let fields = vec![
                        self.opt(h.type_.as_deref())?,
                        opt_name(h.name.as_ref()),
                        self.stmts(&h.body)?,
                    ];
                    handlers.push(self.at(Kind::ExceptHandler, h.range, fields));
                }
                (
                    if t.is_star { Kind::TryStar } else { Kind::Try },
                    vec![
                        self.stmts(&t.body)?,
                        handlers.into(),
                        self.stmts(&t.orelse)?,
                        self.stmts(&t.finalbody)?,
                    ],
                )
            }
            Stmt::Assert(a) => (
                Kind::Assert,
                vec![self.expr(&a.test)?, self.opt(a.msg.as_deref())?],
            ),
            Stmt::Import(i) => (Kind::Import, vec![self.aliases(&i.names)]),
            Stmt::ImportFrom(i) => (
                Kind::ImportFrom,
                vec![
                    opt_name(i.module.as_ref()),
                    self.aliases(&i.names),
                    Value::Int(i64::from(i.level)),
                ],
            ),
            Stmt::Global(g) => (
                Kind::Global,
                vec![Value::List(g.names.iter().map(name).collect())],
            ),
            Stmt::Nonlocal(n) => (
                Kind::Nonlocal,
                vec![Value::List(n.names.iter().map(name).collect())],
            ),
            Stmt::Expr(e) => (Kind::Expr, vec![self.expr(&e.value)?]),
            Stmt::Break(_) => (Kind::Break, Vec::new()),
            Stmt::Continue(_) => (Kind::Continue, Vec::new()),
            // Escape commands are not in the language that is parsed.
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => (Kind::Pass, Vec::new()),
        };
        Ok(self.at(kind, range, fields))
    }

    /// The `orelse` of an `if` from its clauses: an `elif` is an `if` in it.
    fn orelse(&self, clauses: &[ElifElseClause], end: TextSize) -> Res<Value> {
        let Some((first, rest)) = clauses.split_first() else {
            return Ok(Value::List(Vec::new()));
        };
        let Some(test) = &first.test else {
            return self.stmts(&first.body);
        };
        let fields = vec![
            self.expr(test)?,
            self.stmts(&first.body)?,
            self.orelse(rest, end)?,
        ];
        let range = TextRange::new(first.range.start(), end);
        Ok(vec![self.at(Kind::If, range, fields)].into())
    }

    fn aliases(&self, names: &[Alias]) -> Value {
        let all = names.iter().map(|a| {
            let fields = vec![name(&a.name), opt_name(a.asname.as_ref())];
            self.at(Kind::alias, a.range, fields)
        });
        all.collect::<Vec<_>>().into()
    }

    fn parameter(&self, p: &Parameter) -> Res<Node> {
        let end = p.annotation.as_ref().map_or(p.name.range, |a| a.range());
        let range = TextRange::new(p.name.range.start(), end.end().max(p.range.end()));
        let fields = vec![
            name(&p.name),
            self.opt(p.annotation.as_deref())?,
            Value::None,
        ];
        Ok(self.at(Kind::arg, range, fields))
    }

    fn parameters(&self, p: Option<&Parameters>) -> Res<Value> {
        let Some(p) = p else {
            let empty = || Value::List(Vec::new());
            let fields = vec![
                empty(),
                empty(),
                Value::None,
                empty(),
                empty(),
                Value::None,
                empty(),
            ];
            return Ok(plain(Kind::arguments, fields).into());
        };
        let list = |v: &[ParameterWithDefault]| -> Res<Value> {
            let all: Res<Vec<Node>> = v.iter().map(|p| self.parameter(&p.parameter)).collect();
            Ok(all?.into())
        };
        let one = |p: Option<&Parameter>| -> Res<Value> {
            p.map_or(Ok(Value::None), |p| Ok(self.parameter(p)?.into()))
        };
        let defaults = p.posonlyargs.iter().chain(&p.args);
        let defaults = defaults.filter_map(|p| p.default.as_deref());
        let mut kw_defaults = Vec::new();
        for k in &p.kwonlyargs {
            kw_defaults.push(self.opt(k.default.as_deref())?);
        }
        let fields = vec![
            list(&p.posonlyargs)?,
            list(&p.args)?,
            one(p.vararg.as_deref())?,
            list(&p.kwonlyargs)?,
            Value::List(kw_defaults),
            one(p.kwarg.as_deref())?,
            self.exprs(defaults)?,
        ];
        Ok(plain(Kind::arguments, fields).into())
    }

    /// Positional arguments and keywords of a call or class.
    fn arguments(&self, a: Option<&Arguments>) -> Res<(Value, Value)> {
        let Some(a) = a else {
            return Ok((Value::List(Vec::new()), Value::List(Vec::new())));
        };
        let mut args = Vec::new();
        for e in &a.args {
            let mut shown = self.expr(e)?;
            if let (Expr::Generator(g), Value::Node(n)) = (e, &mut shown)
                && !g.parenthesized
            {
                // The call's own brackets are the generator's, too.
                n.pos = self.src.pos(a.range);
            }
            args.push(shown);
        }
        let mut keywords = Vec::new();
        for k in &a.keywords {
            let fields = vec![opt_name(k.arg.as_ref()), self.expr(&k.value)?];
            keywords.push(self.at(Kind::keyword, k.range, fields));
        }
        Ok((Value::List(args), keywords.into()))
    }

    fn type_params(&self, t: Option<&TypeParams>) -> Res<Value> {
        let mut all = Vec::new();
        for p in t.iter().flat_map(|t| &t.type_params) {
            let (kind, fields) = match p {
                TypeParam::TypeVar(v) => (
                    Kind::TypeVar,
                    vec![
                        name(&v.name),
                        self.opt(v.bound.as_deref())?,
                        self.opt(v.default.as_deref())?,
                    ],
                ),
                TypeParam::ParamSpec(v) => (
                    Kind::ParamSpec,
                    vec![name(&v.name), self.opt(v.default.as_deref())?],
                ),
                TypeParam::TypeVarTuple(v) => (
                    Kind::TypeVarTuple,
                    vec![name(&v.name), self.opt(v.default.as_deref())?],
                ),
            };
            all.push(self.at(kind, p.range(), fields));
        }
        Ok(all.into())
    }

    fn generators(&self, list: &[Comprehension]) -> Res<Value> {
        let mut all = Vec::new();
        for c in list {
            let fields = vec![
                self.expr(&c.target)?,
                self.expr(&c.iter)?,
                self.exprs(&c.ifs)?,
                flag(c.is_async),
            ];
            all.push(plain(Kind::comprehension, fields));
        }
        Ok(all.into())
    }

    fn expr(&self, e: &Expr) -> Res<Value> {
        let range = e.range();
        let (kind, fields) = match e {
            Expr::BoolOp(b) => (
                Kind::BoolOp,
                vec![
                    word(match b.op {
                        BoolOp::And => Kind::And,
                        BoolOp::Or => Kind::Or,
                    }),
                    self.exprs(&b.values)?,
                ],
            ),
            Expr::Named(n) => (
                Kind::NamedExpr,
                vec![self.expr(&n.target)?, self.expr(&n.value)?],
            ),
            Expr::BinOp(_) => return self.binary(e),
            Expr::UnaryOp(u) => (
                Kind::UnaryOp,
                vec![
                    word(match u.op {
                        UnaryOp::Invert => Kind::Invert,
                        UnaryOp::Not => Kind::Not,
                        UnaryOp::UAdd => Kind::UAdd,
                        UnaryOp::USub => Kind::USub,
                    }),
                    self.expr(&u.operand)?,
                ],
            ),
            Expr::Lambda(l) => (
                Kind::Lambda,
                vec![
                    self.parameters(l.parameters.as_deref())?,
                    self.expr(&l.body)?,
                ],
            ),
            Expr::If(i) => (
                Kind::IfExp,
                vec![
                    self.expr(&i.test)?,
                    self.expr(&i.body)?,
                    self.expr(&i.orelse)?,
                ],
            ),
            Expr::Dict(d) => {
                let keys: Res<Vec<Value>> =
                    d.items.iter().map(|i| self.opt(i.key.as_ref())).collect();
                let values = self.exprs(d.items.iter().map(|i| &i.value))?;
                (Kind::Dict, vec![Value::List(keys?), values])
            }
            Expr::Set(s) => (Kind::Set, vec![self.exprs(&s.elts)?]),
            Expr::ListComp(c) => (
                Kind::ListComp,
                vec![self.expr(&c.elt)?, self.generators(&c.generators)?],
            ),
            Expr::SetComp(c) => (
                Kind::SetComp,
                vec![self.expr(&c.elt)?, self.generators(&c.generators)?],
            ),
            Expr::DictComp(c) => (
                Kind::DictComp,
                vec![
                    self.opt(c.key.as_deref())?,
                    self.expr(&c.value)?,
                    self.generators(&c.generators)?,
                ],
            ),
            Expr::Generator(g) => (
                Kind::GeneratorExp,
                vec![self.expr(&g.elt)?, self.generators(&g.generators)?],
            ),
            Expr::Await(a) => (Kind::Await, vec![self.expr(&a.value)?]),
            Expr::Yield(y) => (Kind::Yield, vec![self.opt(y.value.as_deref())?]),
            Expr::YieldFrom(y) => (Kind::YieldFrom, vec![self.expr(&y.value)?]),
            Expr::Compare(c) => (
                Kind::Compare,
                vec![
                    self.expr(&c.left)?,
                    Value::List(c.ops.iter().map(|o| comparison(*o)).collect()),
                    self.exprs(&c.comparators)?,
                ],
            ),
            Expr::Call(c) => {
                let func = self.expr(&c.func)?;
                let (args, keywords) = self.arguments(Some(&c.arguments))?;
                (Kind::Call, vec![func, args, keywords])
            }
            Expr::FString(f) => {
                let mut pieces = Vec::new();
                for p in f.value.as_slice() {
                    match p {
                        FStringPart::Literal(s) => {
                            add_text(&mut pieces, strings::part(self.src, s), s.range);
                        }
                        FStringPart::FString(f) => {
                            let raw = f.flags.prefix().is_raw();
                            self.pieces(&f.elements, raw, Kind::FormattedValue, &mut pieces)?;
                        }
                    }
                }
                (Kind::JoinedStr, vec![self.joined(pieces)])
            }
            Expr::TString(t) => {
                let mut pieces = Vec::new();
                for p in t.value.as_slice() {
                    let raw = p.flags.prefix().is_raw();
                    self.pieces(&p.elements, raw, Kind::Interpolation, &mut pieces)?;
                }
                (Kind::TemplateStr, vec![self.joined(pieces)])
            }
            Expr::StringLiteral(s) => {
                let parts = s.value.as_slice();
                let joined =
                    strings::join(parts.iter().map(|p| strings::part(self.src, p)).collect());
                let unicode = parts.first().is_some_and(|p| p.flags.prefix().is_unicode());
                let kind = if unicode { text("u") } else { Value::None };
                return Ok(self.constant(joined, range, kind));
            }
            Expr::BytesLiteral(b) => {
                let bytes: Vec<u8> = b.value.bytes().collect();
                return Ok(self.constant(Const::Bytes(bytes.into()), range, Value::None));
            }
            Expr::NumberLiteral(n) => {
                let c = strings::number(self.src, n)?;
                return Ok(self.constant(c, range, Value::None));
            }
            Expr::BooleanLiteral(b) => {
                return Ok(self.constant(Const::Bool(b.value), range, Value::None));
            }
            Expr::NoneLiteral(_) => return Ok(self.constant(Const::None, range, Value::None)),
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => {
                return Ok(self.constant(Const::Ellipsis, range, Value::None));
            }
            Expr::Attribute(a) => (
                Kind::Attribute,
                vec![self.expr(&a.value)?, name(&a.attr), ctx(a.ctx)],
            ),
            Expr::Subscript(s) => (
                Kind::Subscript,
                vec![self.expr(&s.value)?, self.expr(&s.slice)?, ctx(s.ctx)],
            ),
            Expr::Starred(s) => (Kind::Starred, vec![self.expr(&s.value)?, ctx(s.ctx)]),
            Expr::Name(n) => (Kind::Name, vec![text(&n.id), ctx(n.ctx)]),
            Expr::List(l) => (Kind::List, vec![self.exprs(&l.elts)?, ctx(l.ctx)]),
            Expr::Tuple(t) => (Kind::Tuple, vec![self.exprs(&t.elts)?, ctx(t.ctx)]),
            Expr::Slice(s) => (
                Kind::Slice,
                vec![
                    self.opt(s.lower.as_deref())?,
                    self.opt(s.upper.as_deref())?,
                    self.opt(s.step.as_deref())?,
                ],
            ),
        };
        Ok(self.at(kind, range, fields).into())
    }

    /// A chain of binary operators leans to the left, as deep as it is long: it is walked, not recursed into.
    fn binary(&self, e: &Expr) -> Res<Value> {
        let mut chain = Vec::new();
        let mut at = e;
        while let Expr::BinOp(b) = at {
            chain.push(b);
            at = &b.left;
        }
        let mut left = self.expr(at)?;
        for b in chain.into_iter().rev() {
            let fields = vec![left, operator(b.op), self.expr(&b.right)?];
            left = self.at(Kind::BinOp, b.range, fields).into();
        }
        Ok(left)
    }

    fn joined(&self, pieces: Vec<Piece>) -> Value {
        let all = pieces.into_iter().map(|p| match p {
            Piece::Text(t, range) => self.constant(Const::Str(t), range, Value::None),
            Piece::Value(n) => n.into(),
        });
        Value::List(all.collect())
    }

    fn pieces(
        &self,
        elements: &[InterpolatedStringElement],
        raw: bool,
        kind: Kind,
        out: &mut Vec<Piece>,
    ) -> Res<()> {
        for e in elements {
            match e {
                InterpolatedStringElement::Literal(l) => {
                    let t = strings::piece(self.src, &l.value, l.range, raw);
                    add_text(out, t, l.range);
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(d) = &i.debug_text {
                        let start = i.range.start() + TextSize::from(1);
                        let t = StrConst::Text(d.as_str().into());
                        add_text(out, t, TextRange::at(start, TextSize::of(d.as_str())));
                    }
                    out.push(Piece::Value(self.interpolated(i, kind)?));
                }
            }
        }
        Ok(())
    }

    fn interpolated(&self, i: &InterpolatedElement, kind: Kind) -> Res<Node> {
        let mut conversion = i64::from(i.conversion as i8);
        if conversion < 0 && i.debug_text.is_some() && i.format_spec.is_none() {
            conversion = i64::from(b'r');
        }
        let spec = match &i.format_spec {
            None => Value::None,
            Some(spec) => {
                let mut pieces = Vec::new();
                // Fields of a specification are formatted in t-strings, too.
                self.pieces(&spec.elements, false, Kind::FormattedValue, &mut pieces)?;
                // The colon belongs to it.
                let start = spec.range.start();
                let colon = self.src.text[..usize::from(start)].ends_with(':');
                let start = start - TextSize::from(u32::from(colon));
                let range = TextRange::new(start, spec.range.end());
                self.at(Kind::JoinedStr, range, vec![self.joined(pieces)])
                    .into()
            }
        };
        let value = self.expr(&i.expression)?;
        let fields = if kind == Kind::Interpolation {
            let source = StrConst::Text(strings::interpolation_text(self.src, i).into());
            let source = Value::Const(Const::Str(source));
            vec![value, source, Value::Int(conversion), spec]
        } else {
            vec![value, Value::Int(conversion), spec]
        };
        Ok(self.at(kind, i.range, fields))
    }

    fn patterns<'p>(&self, list: impl IntoIterator<Item = &'p Pattern>) -> Res<Value> {
        let all: Res<Vec<Node>> = list.into_iter().map(|p| self.pattern(p)).collect();
        Ok(all?.into())
    }

    fn pattern(&self, p: &Pattern) -> Res<Node> {
        let (kind, fields) = match p {
            Pattern::MatchValue(v) => (Kind::MatchValue, vec![self.expr(&v.value)?]),
            Pattern::MatchSingleton(s) => {
                let c = match s.value {
                    Singleton::None => Const::None,
                    Singleton::True => Const::Bool(true),
                    Singleton::False => Const::Bool(false),
                };
                (Kind::MatchSingleton, vec![Value::Const(c)])
            }
            Pattern::MatchSequence(s) => (Kind::MatchSequence, vec![self.patterns(&s.patterns)?]),
            Pattern::MatchMapping(m) => (
                Kind::MatchMapping,
                vec![
                    self.exprs(&m.keys)?,
                    self.patterns(&m.patterns)?,
                    opt_name(m.rest.as_ref()),
                ],
            ),
            Pattern::MatchClass(c) => {
                let a = &c.arguments;
                (
                    Kind::MatchClass,
                    vec![
                        self.expr(&c.cls)?,
                        self.patterns(&a.patterns)?,
                        Value::List(a.keywords.iter().map(|k| name(&k.attr)).collect()),
                        self.patterns(a.keywords.iter().map(|k| &k.pattern))?,
                    ],
                )
            }
            Pattern::MatchStar(s) => (Kind::MatchStar, vec![opt_name(s.name.as_ref())]),
            Pattern::MatchAs(a) => {
                let inner = match &a.pattern {
                    Some(p) => self.pattern(p)?.into(),
                    None => Value::None,
                };
                (Kind::MatchAs, vec![inner, opt_name(a.name.as_ref())])
            }
            Pattern::MatchOr(o) => (Kind::MatchOr, vec![self.patterns(&o.patterns)?]),
        };
        Ok(self.at(kind, p.range(), fields))
    }
}
