//! Python's tree as the parser's, so that it can be compiled. What the grammar rules out in text is checked here, with
//! CPython's words: contexts, empty bodies, lists that must be as long as others.
//!
//! Statements are read here, expressions in `expr`, patterns in `pattern`.
//!
//! There is no source text. Each place (line, column) that the tree names gets a number, in order; ranges of the parser's
//! tree are made of these numbers, and [`Places`] says what they mean. Constants that have no literal (negative numbers,
//! tuples, text with lone surrogates, …) are `...` whose node index leads to the value.

mod expr;
mod pattern;

use super::{Group, Kind, Node, Value};
use crate::Mode;
use crate::code::{Const, Pos, StrConst};
use ruff_python_ast::name::Name;
use ruff_python_ast::*;
use ruff_text_size::{TextRange, TextSize};

/// Why a tree cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// A ValueError.
    Value(String),
    /// A TypeError.
    Type(String),
    /// A SystemError, for what CPython's compiler says in that way.
    System(String),
}

type Res<T> = Result<T, TreeError>;

fn value_error<T>(msg: impl Into<String>) -> Res<T> {
    Err(TreeError::Value(msg.into()))
}

/// What the offsets and indices of a read tree mean.
#[derive(Default)]
pub(crate) struct Places {
    /// Line and column of each offset.
    pub places: Vec<(u32, u32)>,
    /// Values of nodes that stand for constants without literal.
    pub constants: Vec<Const>,
    /// Source texts of interpolations.
    pub interpolations: Vec<String>,
}

/// The parser's tree of a program.
pub(crate) fn read(root: &Node, mode: Mode) -> Res<(Mod, Places)> {
    let mut reader = Reader::default();
    let mut all = vec![(1, 0)];
    collect(root, &mut all)?;
    all.sort_unstable();
    all.dedup();
    reader.out.places = all;
    let wanted = match mode {
        Mode::Exec => Kind::Module,
        Mode::Eval => Kind::Expression,
        Mode::Single => Kind::Interactive,
    };
    if root.kind != wanted {
        return Err(TreeError::Type(format!(
            "expected {} node, got {}",
            wanted.name(),
            root.kind.name()
        )));
    }
    let module = match mode {
        Mode::Eval => Mod::Expression(ModExpression {
            node_index: AtomicNodeIndex::NONE,
            range: TextRange::default(),
            body: reader.child(&root.fields[0], Ctx::Load)?,
        }),
        _ => Mod::Module(ModModule {
            node_index: AtomicNodeIndex::NONE,
            range: TextRange::default(),
            body: reader.stmts(&root.fields[0])?.into_iter().collect(),
        }),
    };
    Ok((module, reader.out))
}

/// Every place in the tree.
fn collect(n: &Node, all: &mut Vec<(u32, u32)>) -> Res<()> {
    if n.kind.group().placed().is_some() {
        check_place(n.pos)?;
        all.push((n.pos.line, n.pos.col));
        all.push((n.pos.end_line, n.pos.end_col));
    }
    n.fields.iter().try_for_each(|f| collect_value(f, all))
}

fn collect_value(v: &Value, all: &mut Vec<(u32, u32)>) -> Res<()> {
    match v {
        Value::Node(n) => collect(n, all),
        Value::List(l) => l.iter().try_for_each(|v| collect_value(v, all)),
        _ => Ok(()),
    }
}

fn check_place(p: Pos) -> Res<()> {
    if p.line > p.end_line {
        return value_error(format!(
            "AST node line range ({}, {}) is not valid",
            p.line, p.end_line
        ));
    }
    if p.line == p.end_line && p.col > p.end_col {
        return value_error(format!(
            "AST node column range ({}, {}) for line range ({}, {}) is not valid",
            p.col, p.end_col, p.line, p.end_line
        ));
    }
    Ok(())
}

/// What an expression is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ctx {
    Load,
    Store,
    Del,
}

impl Ctx {
    fn name(self) -> &'static str {
        match self {
            Ctx::Load => "Load",
            Ctx::Store => "Store",
            Ctx::Del => "Del",
        }
    }
    fn ruff(self) -> ExprContext {
        match self {
            Ctx::Load => ExprContext::Load,
            Ctx::Store => ExprContext::Store,
            Ctx::Del => ExprContext::Del,
        }
    }
}

#[derive(Default)]
struct Reader {
    out: Places,
    /// The range of the innermost node with a place, for those without.
    around: TextRange,
}

fn none() -> AtomicNodeIndex {
    AtomicNodeIndex::NONE
}

fn index(n: usize) -> AtomicNodeIndex {
    let i = AtomicNodeIndex::NONE;
    i.set(NodeIndex::from(n as u32));
    i
}

fn list(v: &Value) -> &[Value] {
    match v {
        Value::List(l) => l,
        _ => &[],
    }
}

fn node(v: &Value) -> Option<&Node> {
    match v {
        Value::Node(n) => Some(n),
        _ => None,
    }
}

fn text(v: &Value) -> &str {
    match v {
        Value::Text(t) => t,
        _ => "",
    }
}

fn int(v: &Value) -> i64 {
    match v {
        Value::Int(n) => *n,
        _ => 0,
    }
}

fn constant(v: &Value) -> &Const {
    match v {
        Value::Const(c) => c,
        _ => &Const::None,
    }
}

fn forbidden(name: &str) -> Res<()> {
    match name {
        "None" | "True" | "False" => value_error(format!(
            "identifier field can't represent '{name}' constant"
        )),
        _ => Ok(()),
    }
}

impl Reader {
    fn offset(&self, line: u32, col: u32) -> TextSize {
        let i = self.out.places.partition_point(|p| *p < (line, col));
        TextSize::from(i as u32)
    }

    fn range(&self, n: &Node) -> TextRange {
        if n.kind.group().placed().is_none() {
            return self.around;
        }
        let p = n.pos;
        TextRange::new(
            self.offset(p.line, p.col),
            self.offset(p.end_line, p.end_col),
        )
    }

    fn identifier(&self, v: &Value, range: TextRange) -> Res<Identifier> {
        forbidden(text(v))?;
        Ok(Identifier {
            id: Name::new(text(v)),
            range,
            node_index: none(),
        })
    }

    fn opt_identifier(&self, v: &Value, range: TextRange) -> Res<Option<Identifier>> {
        match v {
            Value::Text(_) => self.identifier(v, range).map(Some),
            _ => Ok(None),
        }
    }

    fn identifiers(&self, v: &Value, range: TextRange) -> Res<Vec<Identifier>> {
        list(v).iter().map(|v| self.identifier(v, range)).collect()
    }

    fn stmts(&mut self, v: &Value) -> Res<Vec<Stmt>> {
        let mut out = Vec::new();
        for v in list(v) {
            match node(v) {
                Some(n) => out.push(self.stmt(n)?),
                None => return value_error("None disallowed in statement list"),
            }
        }
        Ok(out)
    }

    /// Statements of which there must be one.
    fn body(&mut self, v: &Value, owner: &str) -> Res<Vec<Stmt>> {
        self.nonempty(v, "body", owner)?;
        self.stmts(v)
    }

    fn nonempty(&self, v: &Value, what: &str, owner: &str) -> Res<()> {
        if list(v).is_empty() {
            return value_error(format!("empty {what} on {owner}"));
        }
        Ok(())
    }

    fn exprs(&mut self, v: &Value, ctx: Ctx) -> Res<Vec<Expr>> {
        let mut out = Vec::new();
        for v in list(v) {
            match node(v) {
                Some(n) => out.push(self.expr(n, ctx)?),
                None => return value_error("None disallowed in expression list"),
            }
        }
        Ok(out)
    }

    fn child(&mut self, v: &Value, ctx: Ctx) -> Res<Box<Expr>> {
        match node(v) {
            Some(n) => self.expr(n, ctx).map(Box::new),
            None => value_error("None disallowed in expression"),
        }
    }

    fn load(&mut self, v: &Value) -> Res<Box<Expr>> {
        self.child(v, Ctx::Load)
    }

    fn opt(&mut self, v: &Value) -> Res<Option<Box<Expr>>> {
        match v {
            Value::Node(_) => self.load(v).map(Some),
            _ => Ok(None),
        }
    }

    fn stmt(&mut self, n: &Node) -> Res<Stmt> {
        let range = self.range(n);
        let around = std::mem::replace(&mut self.around, range);
        let s = self.stmt_in(n, range);
        self.around = around;
        s
    }

    fn stmt_in(&mut self, n: &Node, range: TextRange) -> Res<Stmt> {
        let node_index = none();
        let f = &n.fields[..];
        let owner = n.kind.name();
        Ok(match n.kind {
            Kind::FunctionDef | Kind::AsyncFunctionDef => Stmt::FunctionDef(StmtFunctionDef {
                node_index,
                range,
                is_async: n.kind == Kind::AsyncFunctionDef,
                name: self.identifier(&f[0], range)?,
                parameters: Box::new(self.parameters(&f[1])?),
                body: self.body(&f[2], owner)?.into_iter().collect(),
                decorator_list: self.decorators(&f[3])?.into_iter().collect(),
                returns: self.opt(&f[4])?,
                type_params: self.type_params(&f[6])?,
            }),
            Kind::ClassDef => Stmt::ClassDef(StmtClassDef {
                node_index,
                range,
                name: self.identifier(&f[0], range)?,
                arguments: if list(&f[1]).is_empty() && list(&f[2]).is_empty() {
                    None
                } else {
                    Some(Box::new(self.arguments(&f[1], &f[2])?))
                },
                body: self.body(&f[3], owner)?.into_iter().collect(),
                decorator_list: self.decorators(&f[4])?.into_iter().collect(),
                type_params: self.type_params(&f[5])?,
            }),
            Kind::Return => Stmt::Return(StmtReturn {
                node_index,
                range,
                value: self.opt(&f[0])?,
            }),
            Kind::Delete => {
                self.nonempty(&f[0], "targets", owner)?;
                Stmt::Delete(StmtDelete {
                    node_index,
                    range,
                    targets: self.exprs(&f[0], Ctx::Del)?,
                })
            }
            Kind::Assign => {
                self.nonempty(&f[0], "targets", owner)?;
                Stmt::Assign(StmtAssign {
                    node_index,
                    range,
                    targets: self.exprs(&f[0], Ctx::Store)?,
                    value: self.load(&f[1])?,
                })
            }
            Kind::TypeAlias => {
                if node(&f[0]).is_none_or(|n| n.kind != Kind::Name) {
                    return Err(TreeError::Type("TypeAlias with non-Name name".into()));
                }
                Stmt::TypeAlias(StmtTypeAlias {
                    node_index,
                    range,
                    name: self.child(&f[0], Ctx::Store)?,
                    type_params: self.type_params(&f[1])?,
                    value: self.load(&f[2])?,
                })
            }
            Kind::AugAssign => Stmt::AugAssign(StmtAugAssign {
                node_index,
                range,
                target: self.child(&f[0], Ctx::Store)?,
                op: operator(&f[1]),
                value: self.load(&f[2])?,
            }),
            Kind::AnnAssign => {
                let simple = int(&f[3]) != 0;
                let is_name = node(&f[0]).is_some_and(|n| n.kind == Kind::Name);
                if simple && !is_name {
                    return Err(TreeError::Type(
                        "AnnAssign with simple non-Name target".into(),
                    ));
                }
                Stmt::AnnAssign(StmtAnnAssign {
                    node_index,
                    range,
                    target: self.child(&f[0], Ctx::Store)?,
                    annotation: self.load(&f[1])?,
                    value: self.opt(&f[2])?,
                    simple,
                })
            }
            Kind::For | Kind::AsyncFor => Stmt::For(StmtFor {
                node_index,
                range,
                is_async: n.kind == Kind::AsyncFor,
                target: self.child(&f[0], Ctx::Store)?,
                iter: self.load(&f[1])?,
                body: self.body(&f[2], owner)?.into_iter().collect(),
                orelse: self.stmts(&f[3])?.into_iter().collect(),
            }),
            Kind::While => Stmt::While(StmtWhile {
                node_index,
                range,
                test: self.load(&f[0])?,
                body: self.body(&f[1], owner)?.into_iter().collect(),
                orelse: self.stmts(&f[2])?.into_iter().collect(),
            }),
            Kind::If => {
                let test = self.load(&f[0])?;
                let body = self.body(&f[1], owner)?;
                let mut clauses = Vec::new();
                if !list(&f[2]).is_empty() {
                    clauses.push(ElifElseClause {
                        node_index: none(),
                        range,
                        test: None,
                        body: self.stmts(&f[2])?.into_iter().collect(),
                    });
                }
                Stmt::If(StmtIf {
                    node_index,
                    range,
                    test,
                    body: body.into_iter().collect(),
                    elif_else_clauses: clauses,
                })
            }
            Kind::With | Kind::AsyncWith => {
                self.nonempty(&f[0], "items", owner)?;
                let mut items = Vec::new();
                for i in list(&f[0]).iter().filter_map(node) {
                    items.push(WithItem {
                        node_index: none(),
                        range,
                        context_expr: *self.load(&i.fields[0])?,
                        optional_vars: match &i.fields[1] {
                            Value::Node(_) => Some(self.child(&i.fields[1], Ctx::Store)?),
                            _ => None,
                        },
                    });
                }
                Stmt::With(StmtWith {
                    node_index,
                    range,
                    is_async: n.kind == Kind::AsyncWith,
                    items,
                    body: self.body(&f[1], owner)?.into_iter().collect(),
                })
            }
            Kind::Match => {
                self.nonempty(&f[1], "cases", owner)?;
                let subject = self.load(&f[0])?;
                let mut cases = Vec::new();
                for c in list(&f[1]).iter().filter_map(node) {
                    cases.push(MatchCase {
                        node_index: none(),
                        range,
                        pattern: self.pattern_child(&c.fields[0], false)?,
                        guard: self.opt(&c.fields[1])?,
                        body: self.body(&c.fields[2], "match_case")?.into_iter().collect(),
                    });
                }
                Stmt::Match(StmtMatch {
                    node_index,
                    range,
                    subject,
                    cases,
                })
            }
            Kind::Raise => {
                let exc = self.opt(&f[0])?;
                if exc.is_none() && node(&f[1]).is_some() {
                    return value_error("Raise with cause but no exception");
                }
                Stmt::Raise(StmtRaise {
                    node_index,
                    range,
                    exc,
                    cause: self.opt(&f[1])?,
                })
            }
            Kind::Try | Kind::TryStar => {
                let body = self.body(&f[0], owner)?;
                if list(&f[1]).is_empty() && list(&f[3]).is_empty() {
                    return value_error(format!(
                        "{owner} has neither except handlers nor finalbody"
                    ));
                }
                if list(&f[1]).is_empty() && !list(&f[2]).is_empty() {
                    return value_error(format!("{owner} has orelse but no except handlers"));
                }
                let mut handlers = Vec::new();
                for h in list(&f[1]).iter().filter_map(node) {
                    let at = self.range(h);
                    handlers.push(ExceptHandler::ExceptHandler(ExceptHandlerExceptHandler {
                        node_index: none(),
                        range: at,
                        type_: self.opt(&h.fields[0])?,
                        name: self.opt_identifier(&h.fields[1], at)?,
                        body: self
                            .body(&h.fields[2], "ExceptHandler")?
                            .into_iter()
                            .collect(),
                    }));
                }
                Stmt::Try(StmtTry {
                    node_index,
                    range,
                    body: body.into_iter().collect(),
                    handlers,
                    orelse: self.stmts(&f[2])?.into_iter().collect(),
                    finalbody: self.stmts(&f[3])?.into_iter().collect(),
                    is_star: n.kind == Kind::TryStar,
                })
            }
            Kind::Assert => Stmt::Assert(StmtAssert {
                node_index,
                range,
                test: self.load(&f[0])?,
                msg: self.opt(&f[1])?,
            }),
            Kind::Import => {
                self.nonempty(&f[0], "names", owner)?;
                Stmt::Import(StmtImport {
                    node_index,
                    range,
                    names: self.aliases(&f[0])?,
                    is_lazy: false,
                })
            }
            Kind::ImportFrom => {
                if int(&f[2]) < 0 {
                    return value_error("Negative ImportFrom level");
                }
                self.nonempty(&f[1], "names", owner)?;
                Stmt::ImportFrom(StmtImportFrom {
                    node_index,
                    range,
                    module: self.opt_identifier(&f[0], range)?,
                    names: self.aliases(&f[1])?,
                    level: int(&f[2]) as u32,
                    is_lazy: false,
                })
            }
            Kind::Global => {
                self.nonempty(&f[0], "names", owner)?;
                Stmt::Global(StmtGlobal {
                    node_index,
                    range,
                    names: self.identifiers(&f[0], range)?,
                })
            }
            Kind::Nonlocal => {
                self.nonempty(&f[0], "names", owner)?;
                Stmt::Nonlocal(StmtNonlocal {
                    node_index,
                    range,
                    names: self.identifiers(&f[0], range)?,
                })
            }
            Kind::Expr => Stmt::Expr(StmtExpr {
                node_index,
                range,
                value: self.load(&f[0])?,
            }),
            Kind::Pass => Stmt::Pass(StmtPass { node_index, range }),
            Kind::Break => Stmt::Break(StmtBreak { node_index, range }),
            Kind::Continue => Stmt::Continue(StmtContinue { node_index, range }),
            _ => return value_error("unexpected statement"),
        })
    }

    fn decorators(&mut self, v: &Value) -> Res<Vec<Decorator>> {
        let all = self.exprs(v, Ctx::Load)?;
        Ok(all
            .into_iter()
            .map(|expression| Decorator {
                node_index: none(),
                range: ruff_text_size::Ranged::range(&expression),
                expression,
            })
            .collect())
    }

    fn aliases(&mut self, v: &Value) -> Res<Vec<Alias>> {
        let mut out = Vec::new();
        for a in list(v).iter().filter_map(node) {
            let range = self.range(a);
            out.push(Alias {
                node_index: none(),
                range,
                name: self.identifier(&a.fields[0], range)?,
                asname: self.opt_identifier(&a.fields[1], range)?,
            });
        }
        Ok(out)
    }

    fn parameter(&mut self, n: &Node) -> Res<Parameter> {
        let range = self.range(n);
        Ok(Parameter {
            node_index: none(),
            range,
            name: self.identifier(&n.fields[0], range)?,
            annotation: self.opt(&n.fields[1])?,
        })
    }

    fn parameters(&mut self, v: &Value) -> Res<Parameters> {
        let Some(n) = node(v) else {
            return value_error("None disallowed in expression");
        };
        let f = &n.fields;
        let mut defaults = self.exprs(&f[6], Ctx::Load)?.into_iter();
        let positional = list(&f[0]).len() + list(&f[1]).len();
        if defaults.len() > positional {
            return value_error("more positional defaults than args on arguments");
        }
        if list(&f[3]).len() != list(&f[4]).len() {
            return value_error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        let mut without = positional - defaults.len();
        let mut plain = |me: &mut Reader, v: &Value| -> Res<Vec<ParameterWithDefault>> {
            let mut out = Vec::new();
            for p in list(v).iter().filter_map(node) {
                let parameter = me.parameter(p)?;
                let default = if without > 0 {
                    without -= 1;
                    None
                } else {
                    defaults.next().map(Box::new)
                };
                out.push(ParameterWithDefault {
                    node_index: none(),
                    range: parameter.range,
                    parameter,
                    default,
                });
            }
            Ok(out)
        };
        let posonly = plain(self, &f[0])?;
        let args = plain(self, &f[1])?;
        let mut kwonly = Vec::new();
        for (p, d) in list(&f[3]).iter().zip(list(&f[4])) {
            let Some(p) = node(p) else { continue };
            let parameter = self.parameter(p)?;
            kwonly.push(ParameterWithDefault {
                node_index: none(),
                range: parameter.range,
                parameter,
                default: self.opt(d)?,
            });
        }
        let mut one = |v: &Value| -> Res<Option<Box<Parameter>>> {
            match node(v) {
                Some(p) => Ok(Some(Box::new(self.parameter(p)?))),
                None => Ok(None),
            }
        };
        let (vararg, kwarg) = (one(&f[2])?, one(&f[5])?);
        Ok(Parameters {
            node_index: none(),
            range: self.around,
            posonlyargs: posonly.into_iter().collect(),
            args: args.into_iter().collect(),
            vararg,
            kwonlyargs: kwonly.into_iter().collect(),
            kwarg,
        })
    }

    fn arguments(&mut self, args: &Value, keywords: &Value) -> Res<Arguments> {
        let args = self.exprs(args, Ctx::Load)?;
        let mut all = Vec::new();
        for k in list(keywords).iter().filter_map(node) {
            let range = self.range(k);
            all.push(Keyword {
                node_index: none(),
                range,
                arg: self.opt_identifier(&k.fields[0], range)?,
                value: *self.load(&k.fields[1])?,
            });
        }
        Ok(Arguments {
            node_index: none(),
            range: self.around,
            args: args.into(),
            keywords: all.into_iter().collect(),
        })
    }

    fn type_params(&mut self, v: &Value) -> Res<Option<Box<TypeParams>>> {
        let mut all = Vec::new();
        for p in list(v).iter().filter_map(node) {
            let range = self.range(p);
            let name = self.identifier(&p.fields[0], range)?;
            all.push(match p.kind {
                Kind::TypeVar => TypeParam::TypeVar(TypeParamTypeVar {
                    node_index: none(),
                    range,
                    name,
                    bound: self.opt(&p.fields[1])?,
                    default: self.opt(&p.fields[2])?,
                }),
                Kind::ParamSpec => TypeParam::ParamSpec(TypeParamParamSpec {
                    node_index: none(),
                    range,
                    name,
                    default: self.opt(&p.fields[1])?,
                }),
                _ => TypeParam::TypeVarTuple(TypeParamTypeVarTuple {
                    node_index: none(),
                    range,
                    name,
                    default: self.opt(&p.fields[1])?,
                }),
            });
        }
        if all.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(TypeParams {
            node_index: none(),
            range: self.around,
            type_params: all,
        })))
    }

    fn generators(&mut self, v: &Value) -> Res<Vec<Comprehension>> {
        if list(v).is_empty() {
            return value_error("comprehension with no generators");
        }
        let mut out = Vec::new();
        for c in list(v).iter().filter_map(node) {
            let target = *self.child(&c.fields[0], Ctx::Store)?;
            out.push(Comprehension {
                node_index: none(),
                range: self.around,
                target,
                iter: *self.load(&c.fields[1])?,
                ifs: self.exprs(&c.fields[2], Ctx::Load)?,
                is_async: int(&c.fields[3]) != 0,
            });
        }
        Ok(out)
    }
}

fn operator(v: &Value) -> Operator {
    match node(v).map(|n| n.kind) {
        Some(Kind::Sub) => Operator::Sub,
        Some(Kind::Mult) => Operator::Mult,
        Some(Kind::MatMult) => Operator::MatMult,
        Some(Kind::Div) => Operator::Div,
        Some(Kind::Mod) => Operator::Mod,
        Some(Kind::Pow) => Operator::Pow,
        Some(Kind::LShift) => Operator::LShift,
        Some(Kind::RShift) => Operator::RShift,
        Some(Kind::BitOr) => Operator::BitOr,
        Some(Kind::BitXor) => Operator::BitXor,
        Some(Kind::BitAnd) => Operator::BitAnd,
        Some(Kind::FloorDiv) => Operator::FloorDiv,
        _ => Operator::Add,
    }
}

fn comparison(v: &Value) -> CmpOp {
    match node(v).map(|n| n.kind) {
        Some(Kind::NotEq) => CmpOp::NotEq,
        Some(Kind::Lt) => CmpOp::Lt,
        Some(Kind::LtE) => CmpOp::LtE,
        Some(Kind::Gt) => CmpOp::Gt,
        Some(Kind::GtE) => CmpOp::GtE,
        Some(Kind::Is) => CmpOp::Is,
        Some(Kind::IsNot) => CmpOp::IsNot,
        Some(Kind::In) => CmpOp::In,
        Some(Kind::NotIn) => CmpOp::NotIn,
        _ => CmpOp::Eq,
    }
}
