//! Python's tree as the parser's, so that it can be compiled. What the grammar rules out in text is checked here, with
//! CPython's words: contexts, empty bodies, lists that must be as long as others.
//!
//! There is no source text. Each place (line, column) that the tree names gets a number, in order; ranges of the parser's
//! tree are made of these numbers, and [`Places`] says what they mean. Constants that have no literal (negative numbers,
//! tuples, text with lone surrogates, …) are `...` whose node index leads to the value.

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

    fn expr(&mut self, n: &Node, ctx: Ctx) -> Res<Expr> {
        if n.kind.group() != Group::expr {
            return value_error("unexpected expression");
        }
        // What may be stored to says itself what it is for; nothing else may be stored to.
        let own = match n.kind {
            Kind::Attribute | Kind::Subscript => Some(&n.fields[2]),
            Kind::Starred | Kind::Name | Kind::List | Kind::Tuple => Some(&n.fields[1]),
            _ => None,
        };
        match own {
            Some(v) => {
                let actual = match node(v).map(|n| n.kind) {
                    Some(Kind::Store) => Ctx::Store,
                    Some(Kind::Del) => Ctx::Del,
                    _ => Ctx::Load,
                };
                if actual != ctx {
                    return value_error(format!(
                        "expression must have {} context but has {} instead",
                        ctx.name(),
                        actual.name()
                    ));
                }
            }
            None if ctx != Ctx::Load => {
                return value_error(format!(
                    "expression which can't be assigned to in {} context",
                    ctx.name()
                ));
            }
            None => {}
        }
        let range = self.range(n);
        let around = std::mem::replace(&mut self.around, range);
        let e = self.expr_in(n, range, ctx);
        self.around = around;
        e
    }

    fn expr_in(&mut self, n: &Node, range: TextRange, ctx: Ctx) -> Res<Expr> {
        let node_index = none();
        let f = &n.fields[..];
        Ok(match n.kind {
            Kind::BoolOp => {
                if list(&f[1]).len() < 2 {
                    return value_error("BoolOp with less than 2 values");
                }
                Expr::BoolOp(ExprBoolOp {
                    node_index,
                    range,
                    op: match node(&f[0]).map(|n| n.kind) {
                        Some(Kind::Or) => BoolOp::Or,
                        _ => BoolOp::And,
                    },
                    values: self.exprs(&f[1], Ctx::Load)?,
                })
            }
            Kind::NamedExpr => {
                if node(&f[0]).is_none_or(|n| n.kind != Kind::Name) {
                    return Err(TreeError::Type("NamedExpr target must be a Name".into()));
                }
                Expr::Named(ExprNamed {
                    node_index,
                    range,
                    target: self.child(&f[0], Ctx::Store)?,
                    value: self.load(&f[1])?,
                })
            }
            Kind::BinOp => Expr::BinOp(ExprBinOp {
                node_index,
                range,
                left: self.load(&f[0])?,
                op: operator(&f[1]),
                right: self.load(&f[2])?,
            }),
            Kind::UnaryOp => Expr::UnaryOp(ExprUnaryOp {
                node_index,
                range,
                op: match node(&f[0]).map(|n| n.kind) {
                    Some(Kind::Invert) => UnaryOp::Invert,
                    Some(Kind::Not) => UnaryOp::Not,
                    Some(Kind::UAdd) => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                },
                operand: self.load(&f[1])?,
            }),
            Kind::Lambda => Expr::Lambda(ExprLambda {
                node_index,
                range,
                parameters: Some(Box::new(self.parameters(&f[0])?)),
                body: self.load(&f[1])?,
            }),
            Kind::IfExp => Expr::If(ExprIf {
                node_index,
                range,
                test: self.load(&f[0])?,
                body: self.load(&f[1])?,
                orelse: self.load(&f[2])?,
            }),
            Kind::Dict => {
                let (keys, values) = (list(&f[0]), list(&f[1]));
                if keys.len() != values.len() {
                    return value_error("Dict doesn't have the same number of keys as values");
                }
                let mut items = Vec::new();
                for (k, v) in keys.iter().zip(values) {
                    items.push(DictItem {
                        key: self.opt(k)?.map(|k| *k),
                        value: *self.load(v)?,
                    });
                }
                Expr::Dict(ExprDict {
                    node_index,
                    range,
                    items,
                })
            }
            Kind::Set => Expr::Set(ExprSet {
                node_index,
                range,
                elts: self.exprs(&f[0], Ctx::Load)?,
            }),
            Kind::ListComp => Expr::ListComp(ExprListComp {
                node_index,
                range,
                generators: self.generators(&f[1])?,
                elt: self.load(&f[0])?,
            }),
            Kind::SetComp => Expr::SetComp(ExprSetComp {
                node_index,
                range,
                generators: self.generators(&f[1])?,
                elt: self.load(&f[0])?,
            }),
            Kind::DictComp => Expr::DictComp(ExprDictComp {
                node_index,
                range,
                generators: self.generators(&f[2])?,
                key: self.opt(&f[0])?,
                value: self.load(&f[1])?,
            }),
            Kind::GeneratorExp => Expr::Generator(ExprGenerator {
                node_index,
                range,
                generators: self.generators(&f[1])?,
                elt: self.load(&f[0])?,
                parenthesized: true,
            }),
            Kind::Await => Expr::Await(ExprAwait {
                node_index,
                range,
                value: self.load(&f[0])?,
            }),
            Kind::Yield => Expr::Yield(ExprYield {
                node_index,
                range,
                value: self.opt(&f[0])?,
            }),
            Kind::YieldFrom => Expr::YieldFrom(ExprYieldFrom {
                node_index,
                range,
                value: self.load(&f[0])?,
            }),
            Kind::Compare => {
                let (ops, rest) = (list(&f[1]), list(&f[2]));
                if rest.is_empty() {
                    return value_error("Compare with no comparators");
                }
                if ops.len() != rest.len() {
                    return value_error(
                        "Compare has a different number of comparators and operands",
                    );
                }
                Expr::Compare(ExprCompare {
                    node_index,
                    range,
                    ops: ops.iter().map(comparison).collect(),
                    comparators: self.exprs(&f[2], Ctx::Load)?.into(),
                    left: self.load(&f[0])?,
                })
            }
            Kind::Call => Expr::Call(ExprCall {
                node_index,
                range_start: range.start(),
                func: self.load(&f[0])?,
                arguments: self.arguments(&f[1], &f[2])?,
            }),
            Kind::JoinedStr => {
                let mut elements = Vec::new();
                self.elements(&f[0], &mut elements)?;
                self.fstring(elements, range)
            }
            Kind::FormattedValue => {
                let e = self.interpolated(n)?;
                self.fstring(vec![e], range)
            }
            Kind::TemplateStr => {
                let mut elements = Vec::new();
                self.elements(&f[0], &mut elements)?;
                let t = TString {
                    node_index: none(),
                    range,
                    elements: elements.into(),
                    flags: TStringFlags::empty(),
                };
                Expr::TString(ExprTString {
                    node_index,
                    range,
                    value: TStringValue::single(t),
                })
            }
            Kind::Interpolation => {
                return Err(TreeError::System(
                    "an Interpolation outside a TemplateStr is not supported".into(),
                ));
            }
            Kind::Constant => self.constant(constant(&f[0]), range),
            Kind::Attribute => Expr::Attribute(ExprAttribute {
                node_index,
                range,
                value: self.load(&f[0])?,
                attr: self.identifier(&f[1], range)?,
                ctx: ctx.ruff(),
            }),
            Kind::Subscript => Expr::Subscript(ExprSubscript {
                node_index,
                range,
                value: self.load(&f[0])?,
                slice: self.load(&f[1])?,
                ctx: ctx.ruff(),
            }),
            Kind::Starred => Expr::Starred(ExprStarred {
                node_index,
                range,
                value: self.child(&f[0], ctx)?,
                ctx: ctx.ruff(),
            }),
            Kind::Name => {
                forbidden(text(&f[0]))?;
                Expr::Name(ExprName {
                    node_index,
                    range,
                    id: Name::new(text(&f[0])),
                    ctx: ctx.ruff(),
                })
            }
            Kind::List => Expr::List(ExprList {
                node_index,
                range,
                elts: self.exprs(&f[0], ctx)?,
                ctx: ctx.ruff(),
            }),
            Kind::Tuple => Expr::Tuple(ExprTuple {
                node_index,
                range,
                elts: self.exprs(&f[0], ctx)?,
                ctx: ctx.ruff(),
                parenthesized: true,
            }),
            Kind::Slice => Expr::Slice(ExprSlice {
                node_index,
                range,
                lower: self.opt(&f[0])?,
                upper: self.opt(&f[1])?,
                step: self.opt(&f[2])?,
            }),
            _ => return value_error("unexpected expression"),
        })
    }

    /// A constant: a literal where there is one.
    fn constant(&mut self, c: &Const, range: TextRange) -> Expr {
        let node_index = none();
        match c {
            Const::None => Expr::NoneLiteral(ExprNoneLiteral { node_index, range }),
            Const::Ellipsis => Expr::EllipsisLiteral(ExprEllipsisLiteral { node_index, range }),
            Const::Bool(value) => Expr::BooleanLiteral(ExprBooleanLiteral {
                node_index,
                range,
                value: *value,
            }),
            Const::Int(n) if *n >= 0 => Expr::NumberLiteral(ExprNumberLiteral {
                node_index,
                range,
                value: Number::Int(Int::from(*n as u64)),
            }),
            Const::Float(x) => Expr::NumberLiteral(ExprNumberLiteral {
                node_index,
                range,
                value: Number::Float(*x),
            }),
            Const::Str(StrConst::Text(t)) => Expr::StringLiteral(ExprStringLiteral {
                node_index,
                range,
                value: StringLiteralValue::single(StringLiteral {
                    node_index: none(),
                    range,
                    value: t.clone(),
                    flags: StringLiteralFlags::empty(),
                }),
            }),
            Const::Bytes(b) => Expr::BytesLiteral(ExprBytesLiteral {
                node_index,
                range,
                value: BytesLiteralValue::single(BytesLiteral {
                    node_index: none(),
                    range,
                    value: b.clone(),
                    flags: BytesLiteralFlags::empty(),
                }),
            }),
            other => {
                self.out.constants.push(other.clone());
                Expr::EllipsisLiteral(ExprEllipsisLiteral {
                    node_index: index(self.out.constants.len() - 1),
                    range,
                })
            }
        }
    }

    fn fstring(&mut self, elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
        let f = FString {
            node_index: none(),
            range,
            elements: elements.into(),
            flags: FStringFlags::empty(),
        };
        Expr::FString(ExprFString {
            node_index: none(),
            range,
            value: FStringValue::single(f),
        })
    }

    /// The pieces of an interpolated string. Anything that is not text or a formatted value is formatted as it is.
    fn elements(&mut self, v: &Value, out: &mut Vec<InterpolatedStringElement>) -> Res<()> {
        for n in list(v) {
            let Some(n) = node(n) else {
                return value_error("None disallowed in expression list");
            };
            let range = self.range(n);
            match n.kind {
                Kind::Constant => match constant(&n.fields[0]) {
                    Const::Str(StrConst::Text(t)) => {
                        out.push(InterpolatedStringElement::Literal(
                            InterpolatedStringLiteralElement {
                                node_index: none(),
                                range,
                                value: t.clone(),
                            },
                        ));
                    }
                    _ => out.push(self.formatted(n, range)?),
                },
                Kind::FormattedValue | Kind::Interpolation => out.push(self.interpolated(n)?),
                Kind::JoinedStr => self.elements(&n.fields[0], out)?,
                _ => out.push(self.formatted(n, range)?),
            }
        }
        Ok(())
    }

    fn formatted(&mut self, n: &Node, range: TextRange) -> Res<InterpolatedStringElement> {
        Ok(InterpolatedStringElement::Interpolation(
            InterpolatedElement {
                node_index: none(),
                range,
                expression: Box::new(self.expr(n, Ctx::Load)?),
                debug_text: None,
                conversion: ConversionFlag::None,
                format_spec: None,
            },
        ))
    }

    fn interpolated(&mut self, n: &Node) -> Res<InterpolatedStringElement> {
        let range = self.range(n);
        let is_template = n.kind == Kind::Interpolation;
        let f = &n.fields;
        let (conversion, spec) = if is_template {
            (int(&f[2]), &f[3])
        } else {
            (int(&f[1]), &f[2])
        };
        let conversion = match conversion {
            -1 => ConversionFlag::None,
            115 => ConversionFlag::Str,
            114 => ConversionFlag::Repr,
            97 => ConversionFlag::Ascii,
            n => {
                return Err(TreeError::System(format!(
                    "Unrecognized conversion character {n}"
                )));
            }
        };
        let node_index = if is_template {
            let source = match constant(&f[1]) {
                Const::Str(StrConst::Text(t)) => t.to_string(),
                _ => String::new(),
            };
            self.out.interpolations.push(source);
            index(self.out.interpolations.len() - 1)
        } else {
            none()
        };
        let expression = self.load(&f[0])?;
        let format_spec = match node(spec) {
            None => None,
            Some(s) => {
                let mut elements = Vec::new();
                if s.kind == Kind::JoinedStr {
                    self.elements(&s.fields[0], &mut elements)?;
                } else {
                    self.elements(&Value::List(vec![spec.clone()]), &mut elements)?;
                }
                Some(Box::new(InterpolatedStringFormatSpec {
                    node_index: none(),
                    range: self.range(s),
                    elements: elements.into(),
                }))
            }
        };
        Ok(InterpolatedStringElement::Interpolation(
            InterpolatedElement {
                node_index,
                range,
                expression,
                debug_text: None,
                conversion,
                format_spec,
            },
        ))
    }

    fn pattern_child(&mut self, v: &Value, star: bool) -> Res<Pattern> {
        let Some(n) = node(v) else {
            return value_error("None disallowed in pattern");
        };
        if n.kind == Kind::MatchStar && !star {
            return value_error("can't use MatchStar here");
        }
        let range = self.range(n);
        let around = std::mem::replace(&mut self.around, range);
        let p = self.pattern(n, range);
        self.around = around;
        p
    }

    fn patterns(&mut self, v: &Value, star: bool) -> Res<Vec<Pattern>> {
        let mut out = Vec::new();
        for v in list(v) {
            out.push(self.pattern_child(v, star)?);
        }
        Ok(out)
    }

    fn capture(&self, v: &Value, range: TextRange) -> Res<Option<Identifier>> {
        if text(v) == "_" {
            return value_error("can't capture name '_' in patterns");
        }
        self.opt_identifier(v, range)
    }

    fn pattern(&mut self, n: &Node, range: TextRange) -> Res<Pattern> {
        let node_index = none();
        let f = &n.fields[..];
        Ok(match n.kind {
            Kind::MatchValue => {
                self.pattern_value(&f[0])?;
                Pattern::MatchValue(PatternMatchValue {
                    node_index,
                    range,
                    value: self.load(&f[0])?,
                })
            }
            Kind::MatchSingleton => Pattern::MatchSingleton(PatternMatchSingleton {
                node_index,
                range,
                value: match constant(&f[0]) {
                    Const::None => Singleton::None,
                    Const::Bool(true) => Singleton::True,
                    Const::Bool(false) => Singleton::False,
                    _ => {
                        return value_error("MatchSingleton can only contain True, False and None");
                    }
                },
            }),
            Kind::MatchSequence => Pattern::MatchSequence(PatternMatchSequence {
                node_index,
                range,
                patterns: self.patterns(&f[0], true)?,
            }),
            Kind::MatchMapping => {
                if list(&f[0]).len() != list(&f[1]).len() {
                    return value_error(
                        "MatchMapping doesn't have the same number of keys as patterns",
                    );
                }
                for k in list(&f[0]) {
                    let singleton = node(k).is_some_and(|n| {
                        n.kind == Kind::Constant
                            && matches!(constant(&n.fields[0]), Const::None | Const::Bool(_))
                    });
                    if !singleton {
                        self.pattern_value(k)?;
                    }
                }
                Pattern::MatchMapping(PatternMatchMapping {
                    node_index,
                    range,
                    keys: self.exprs(&f[0], Ctx::Load)?.into_iter().collect(),
                    patterns: self.patterns(&f[1], false)?.into_iter().collect(),
                    rest: self.capture(&f[2], range)?,
                })
            }
            Kind::MatchClass => {
                let (names, patterns) = (list(&f[2]), list(&f[3]));
                if names.len() != patterns.len() {
                    return value_error(
                        "MatchClass doesn't have the same number of keyword attributes as patterns",
                    );
                }
                let mut at = node(&f[0]);
                while let Some(n) = at.filter(|n| n.kind == Kind::Attribute) {
                    at = node(&n.fields[0]);
                }
                if at.is_none_or(|n| n.kind != Kind::Name) {
                    return value_error(
                        "MatchClass cls field can only contain Name or Attribute nodes.",
                    );
                }
                let cls = self.load(&f[0])?;
                let positional = self.patterns(&f[1], false)?;
                let mut keywords = Vec::new();
                for (name, p) in names.iter().zip(patterns) {
                    keywords.push(PatternKeyword {
                        node_index: none(),
                        range,
                        attr: self.identifier(name, range)?,
                        pattern: self.pattern_child(p, false)?,
                    });
                }
                Pattern::MatchClass(PatternMatchClass {
                    node_index,
                    range,
                    cls,
                    arguments: PatternArguments {
                        node_index: none(),
                        range,
                        patterns: positional.into_iter().collect(),
                        keywords,
                    },
                })
            }
            Kind::MatchStar => Pattern::MatchStar(PatternMatchStar {
                node_index,
                range,
                name: self.capture(&f[0], range)?,
            }),
            Kind::MatchAs => {
                let name = self.capture(&f[1], range)?;
                let pattern = match &f[0] {
                    Value::Node(_) => Some(Box::new(self.pattern_child(&f[0], false)?)),
                    _ => None,
                };
                if pattern.is_some() && name.is_none() {
                    return value_error("MatchAs must specify a target name if a pattern is given");
                }
                Pattern::MatchAs(PatternMatchAs {
                    node_index,
                    range,
                    pattern,
                    name,
                })
            }
            Kind::MatchOr => {
                if list(&f[0]).len() < 2 {
                    return value_error("MatchOr requires at least 2 patterns");
                }
                Pattern::MatchOr(PatternMatchOr {
                    node_index,
                    range,
                    patterns: self.patterns(&f[0], false)?,
                })
            }
            _ => return value_error("unexpected pattern"),
        })
    }

    /// What may be compared with in a pattern: constants, numbers with signs, dotted names, text.
    fn pattern_value(&self, v: &Value) -> Res<()> {
        let ok = node(v).is_some_and(|n| match n.kind {
            Kind::Constant => !matches!(
                constant(&n.fields[0]),
                Const::None
                    | Const::Bool(_)
                    | Const::Ellipsis
                    | Const::Tuple(_)
                    | Const::FrozenSet(_)
            ),
            Kind::Attribute | Kind::UnaryOp | Kind::BinOp | Kind::JoinedStr => true,
            _ => false,
        });
        if ok {
            return Ok(());
        }
        match node(v).map(|n| n.kind) {
            Some(Kind::Constant) => value_error("unexpected constant inside of a literal pattern"),
            _ => value_error("patterns may only match literals and attribute lookups"),
        }
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
