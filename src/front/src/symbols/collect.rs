//! First pass: statements. Notes every binding and use, opens a scope for each block, and reports what CPython's symbol
//! table reports.

use super::{Kind, NameId, Names, Scope, ScopeId, ScopeKind, Sym, Symbols, def, key, mangle, tag};
use crate::errors::{ErrorKind, Res};
use crate::source::Source;
use foldhash::{HashMap, HashMapExt};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

/// What of the compile options matters here.
pub(crate) struct Options {
    pub future_annotations: bool,
}

pub(super) struct Collector<'a> {
    pub t: Symbols,
    pub cur: ScopeId,
    pub source: &'a Source<'a>,
    pub opts: &'a Options,
    /// Inside the iterable of a comprehension.
    pub comp_iterable: u32,
    /// Nesting of statements that may not run.
    conditional: u32,
    nonlocals: Vec<(ScopeId, NameId, TextRange)>,
}

pub(super) fn collect(module: &Mod, source: &Source<'_>, opts: &Options) -> Res<Symbols> {
    let mut c = Collector {
        t: Symbols {
            names: Names::default(),
            scopes: Vec::new(),
            keys: HashMap::new(),
        },
        cur: 0,
        source,
        opts,
        comp_iterable: 0,
        conditional: 0,
        nonlocals: Vec::new(),
    };
    c.t.scopes.push(new_scope(ScopeKind::Module, None, None));
    match module {
        Mod::Module(m) => c.stmts(&m.body)?,
        Mod::Expression(e) => c.expr(&e.body)?,
    }
    for (scope, name, range) in std::mem::take(&mut c.nonlocals) {
        let mut up = c.t.scopes[scope].parent;
        let mut found = false;
        while let Some(p) = up {
            let s = &c.t.scopes[p];
            if s.kind.fast()
                && let Some(y) = s.get(name)
                && y.flags & def::BOUND != 0
                && y.flags & (def::GLOBAL | def::NONLOCAL) == 0
            {
                if y.flags & def::TYPE_PARAM != 0 {
                    let msg = format!(
                        "nonlocal binding not allowed for type parameter '{}'",
                        c.t.names.text(name)
                    );
                    return Err(source.error(ErrorKind::Syntax, range, msg));
                }
                found = true;
                break;
            }
            if s.kind == ScopeKind::Class && c.t.names.text(name) == "__class__" {
                found = true;
                break;
            }
            up = s.parent;
        }
        if !found {
            let msg = format!("no binding for nonlocal '{}' found", c.t.names.text(name));
            return Err(source.error(ErrorKind::Syntax, range, msg));
        }
    }
    Ok(c.t)
}

fn new_scope(kind: ScopeKind, parent: Option<ScopeId>, private: Option<Box<str>>) -> Scope {
    Scope {
        kind,
        parent,
        syms: Vec::new(),
        index: HashMap::new(),
        free: Vec::new(),
        is_async: false,
        generator: false,
        awaits: false,
        has_annotations: false,
        conditional_annotations: false,
        sees_class: false,
        needs_classdict: false,
        what: "",
        async_comp: false,
        private,
    }
}

impl<'a> Collector<'a> {
    pub fn err<T>(&self, range: TextRange, msg: impl Into<String>) -> Res<T> {
        Err(self.source.error(ErrorKind::Syntax, range, msg))
    }

    /// Opens a scope under the current one.
    pub fn enter(&mut self, kind: ScopeKind, node: usize, tag: u8) -> ScopeId {
        let private = self.t.scopes[self.cur].private.clone();
        let mut s = new_scope(kind, Some(self.cur), private);
        if matches!(
            kind,
            ScopeKind::Annotation
                | ScopeKind::TypeParams
                | ScopeKind::TypeAlias
                | ScopeKind::TypeVar
        ) {
            let p = &self.t.scopes[self.cur];
            s.sees_class = p.kind == ScopeKind::Class || p.sees_class;
        }
        let id = self.t.scopes.len();
        self.t.scopes.push(s);
        self.t.keys.insert((node, tag), id);
        let saved = self.cur;
        self.cur = id;
        if self.t.scopes[id].sees_class {
            self.use_plain("__classdict__");
            let mut up = saved;
            while self.t.scopes[up].kind != ScopeKind::Class {
                up = self.t.scopes[up].parent.unwrap_or(0);
            }
            self.t.scopes[up].needs_classdict = true;
        }
        saved
    }

    pub fn leave(&mut self, saved: ScopeId) {
        self.cur = saved;
    }

    pub fn name_id(&mut self, name: &str) -> NameId {
        let private = self.t.scopes[self.cur].private.clone();
        let m = mangle(private.as_deref(), name);
        self.t.names.id(&m)
    }

    fn use_plain(&mut self, name: &str) {
        let id = self.t.names.id(name);
        self.note(self.cur, id, def::USE);
    }

    pub fn note(&mut self, scope: ScopeId, name: NameId, flags: u32) -> u32 {
        let s = &mut self.t.scopes[scope];
        match s.index.get(&name) {
            Some(&i) => {
                s.syms[i].flags |= flags;
                s.syms[i].flags
            }
            None => {
                s.index.insert(name, s.syms.len());
                s.syms.push(Sym {
                    name,
                    flags,
                    kind: Kind::Unresolved,
                });
                flags
            }
        }
    }

    pub fn bind(&mut self, name: &str, range: TextRange, flags: u32) -> Res<()> {
        if name == "__debug__" {
            return self.err(range, "cannot assign to __debug__");
        }
        let id = self.name_id(name);
        let old = self.t.scopes[self.cur].get(id).map_or(0, |s| s.flags);
        if flags & def::PARAM != 0 && old & def::PARAM != 0 {
            return self.err(
                range,
                format!("duplicate parameter '{name}' in function definition"),
            );
        }
        if flags & def::TYPE_PARAM != 0 && old & def::TYPE_PARAM != 0 {
            return self.err(range, format!("duplicate type parameter '{name}'"));
        }
        self.note(self.cur, id, flags);
        Ok(())
    }

    pub fn stmts(&mut self, body: &'a [Stmt]) -> Res<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn block(&mut self, body: &'a [Stmt]) -> Res<()> {
        self.conditional += 1;
        let r = self.stmts(body);
        // An error inside a function leaves what that set for itself.
        self.conditional = self.conditional.saturating_sub(1);
        r
    }

    fn decorators(&mut self, list: &'a [Decorator]) -> Res<()> {
        list.iter().try_for_each(|d| self.expr(&d.expression))
    }

    pub fn defaults(&mut self, p: &'a Parameters) -> Res<()> {
        for d in p
            .posonlyargs
            .iter()
            .chain(p.args.iter())
            .chain(p.kwonlyargs.iter())
        {
            if let Some(e) = &d.default {
                self.expr(e)?;
            }
        }
        Ok(())
    }

    pub fn params(&mut self, p: &'a Parameters) -> Res<()> {
        for d in p
            .posonlyargs
            .iter()
            .chain(p.args.iter())
            .chain(p.kwonlyargs.iter())
        {
            self.bind(&d.parameter.name, d.parameter.range, def::PARAM)?;
        }
        for v in p.vararg.iter().chain(p.kwarg.iter()) {
            self.bind(&v.name, v.name.range, def::PARAM)?;
        }
        Ok(())
    }

    fn annotations(&mut self, f: &'a StmtFunctionDef) -> Res<()> {
        let p = &f.parameters;
        if param_annotations(p).next().is_none() && f.returns.is_none() {
            return Ok(());
        }
        let saved = self.enter(ScopeKind::Annotation, key(f), tag::ANNOTATION);
        self.t.scopes[self.cur].what = "an annotation";
        let format = self.t.names.id("format");
        self.note(self.cur, format, def::PARAM);
        for a in param_annotations(p)
            .map(|(_, a)| a)
            .chain(f.returns.as_deref())
        {
            self.expr(a)?;
        }
        self.leave(saved);
        Ok(())
    }

    /// An annotation of a variable of this class or module.
    fn variable_annotation(&mut self, ann: &'a Expr, simple: bool) -> Res<()> {
        if self.opts.future_annotations {
            self.t.scopes[self.cur].has_annotations |= simple;
            return Ok(());
        }
        let owner = self.cur;
        let kind = self.t.scopes[owner].kind;
        if !simple || kind.fast() {
            // Not evaluated in functions, but checked; a scope of its own that no code is made for.
            if kind.fast() {
                let saved = self.enter(ScopeKind::Annotation, key(ann), tag::VALUE);
                self.t.scopes[self.cur].what = "an annotation";
                self.expr(ann)?;
                self.leave(saved);
                return Ok(());
            }
            return self.expr(ann);
        }
        let conditional = self.conditional > 0 || kind == ScopeKind::Module;
        self.t.scopes[owner].has_annotations = true;
        let known = self.t.keys.get(&(owner, tag::ANNOTATION)).copied();
        let saved = match known {
            Some(id) => std::mem::replace(&mut self.cur, id),
            None => {
                let saved = self.enter(ScopeKind::Annotation, owner, tag::ANNOTATION);
                self.t.scopes[self.cur].what = "an annotation";
                let format = self.t.names.id("format");
                self.note(self.cur, format, def::PARAM);
                saved
            }
        };
        if conditional {
            self.use_plain("__conditional_annotations__");
        }
        self.expr(ann)?;
        self.leave(saved);
        if conditional {
            self.t.scopes[owner].conditional_annotations = true;
            let id = self.t.names.id("__conditional_annotations__");
            self.note(
                owner,
                id,
                if kind == ScopeKind::Module {
                    def::LOCAL
                } else {
                    def::USE
                },
            );
        }
        Ok(())
    }

    fn stmt(&mut self, s: &'a Stmt) -> Res<()> {
        match s {
            Stmt::FunctionDef(f) => {
                self.decorators(&f.decorator_list)?;
                self.defaults(&f.parameters)?;
                self.bind(&f.name, f.name.range, def::LOCAL)?;
                let outer = self.cur;
                if let Some(tp) = &f.type_params {
                    self.enter(ScopeKind::TypeParams, key(f), tag::TYPE_PARAMS);
                    self.type_param_parameters(
                        !defaults_empty(&f.parameters).0,
                        !defaults_empty(&f.parameters).1,
                    );
                    self.type_params(tp)?;
                }
                let annotated =
                    param_annotations(&f.parameters).next().is_some() || f.returns.is_some();
                if self.opts.future_annotations && annotated {
                    // Kept as text, but a scope is wanted for the function that returns them.
                    let saved = self.enter(ScopeKind::Annotation, key(f), tag::ANNOTATION);
                    let format = self.t.names.id("format");
                    self.note(self.cur, format, def::PARAM);
                    self.leave(saved);
                } else {
                    self.annotations(f)?;
                }
                self.enter(ScopeKind::Function, key(f), tag::MAIN);
                self.t.scopes[self.cur].is_async = f.is_async;
                let conditional = std::mem::take(&mut self.conditional);
                self.params(&f.parameters)?;
                self.stmts(&f.body)?;
                self.conditional = conditional;
                self.cur = outer;
            }
            Stmt::ClassDef(c) => {
                self.decorators(&c.decorator_list)?;
                self.bind(&c.name, c.name.range, def::LOCAL)?;
                let outer = self.cur;
                if let Some(tp) = &c.type_params {
                    self.enter(ScopeKind::TypeParams, key(c), tag::TYPE_PARAMS);
                    self.t.scopes[self.cur].private = Some(c.name.as_str().into());
                    for n in [".type_params", ".generic_base"] {
                        let id = self.t.names.id(n);
                        self.note(self.cur, id, def::LOCAL);
                    }
                    self.type_params(tp)?;
                }
                if let Some(args) = &c.arguments {
                    self.arguments(args)?;
                }
                self.enter(ScopeKind::Class, key(c), tag::MAIN);
                self.t.scopes[self.cur].private = Some(c.name.as_str().into());
                if c.type_params.is_some() {
                    self.use_plain(".type_params");
                }
                let conditional = std::mem::take(&mut self.conditional);
                self.stmts(&c.body)?;
                self.conditional = conditional;
                self.cur = outer;
            }
            Stmt::Return(r) => {
                if let Some(v) = &r.value {
                    self.expr(v)?;
                }
            }
            Stmt::Delete(d) => d.targets.iter().try_for_each(|t| self.expr(t))?,
            Stmt::TypeAlias(a) => {
                self.expr(&a.name)?;
                let outer = self.cur;
                if let Some(tp) = &a.type_params {
                    self.enter(ScopeKind::TypeParams, key(a), tag::TYPE_PARAMS);
                    self.type_params(tp)?;
                }
                self.enter(ScopeKind::TypeAlias, key(a), tag::VALUE);
                self.t.scopes[self.cur].what = "a type alias";
                let format = self.t.names.id(".format");
                self.note(self.cur, format, def::PARAM);
                self.expr(&a.value)?;
                self.cur = outer;
            }
            Stmt::Assign(a) => {
                self.expr(&a.value)?;
                a.targets.iter().try_for_each(|t| self.expr(t))?;
            }
            Stmt::AugAssign(a) => {
                self.expr(&a.value)?;
                self.expr(&a.target)?;
                if let Expr::Name(n) = &*a.target {
                    let id = self.name_id(&n.id);
                    self.note(self.cur, id, def::USE);
                }
            }
            Stmt::AnnAssign(a) => {
                match &*a.target {
                    Expr::Name(n) if a.simple => {
                        let id = self.name_id(&n.id);
                        let old = self.t.scopes[self.cur].get(id).map_or(0, |s| s.flags);
                        if old & (def::GLOBAL | def::NONLOCAL) != 0
                            && self.t.scopes[self.cur].kind != ScopeKind::Module
                        {
                            let which = if old & def::GLOBAL != 0 {
                                "global"
                            } else {
                                "nonlocal"
                            };
                            return self.err(
                                a.range,
                                format!("annotated name '{}' can't be {which}", n.id),
                            );
                        }
                        self.bind(&n.id, n.range, def::ANNOT | def::LOCAL)?;
                    }
                    // `(x): int` binds nothing.
                    Expr::Name(_) if a.value.is_none() => {}
                    t => self.expr(t)?,
                }
                if let Some(v) = &a.value {
                    self.expr(v)?;
                }
                self.variable_annotation(&a.annotation, a.simple && a.target.is_name_expr())?;
            }
            Stmt::For(f) => {
                self.expr(&f.iter)?;
                self.expr(&f.target)?;
                self.block(&f.body)?;
                self.block(&f.orelse)?;
            }
            Stmt::While(w) => {
                self.expr(&w.test)?;
                self.block(&w.body)?;
                self.block(&w.orelse)?;
            }
            Stmt::If(i) => {
                self.expr(&i.test)?;
                self.block(&i.body)?;
                for c in &i.elif_else_clauses {
                    if let Some(t) = &c.test {
                        self.expr(t)?;
                    }
                    self.block(&c.body)?;
                }
            }
            Stmt::With(w) => {
                for i in &w.items {
                    self.expr(&i.context_expr)?;
                    if let Some(v) = &i.optional_vars {
                        self.expr(v)?;
                    }
                }
                self.block(&w.body)?;
            }
            Stmt::Match(m) => {
                self.expr(&m.subject)?;
                for c in &m.cases {
                    self.pattern(&c.pattern)?;
                    if let Some(g) = &c.guard {
                        self.expr(g)?;
                    }
                    self.block(&c.body)?;
                }
            }
            Stmt::Raise(r) => {
                for e in r.exc.iter().chain(r.cause.iter()) {
                    self.expr(e)?;
                }
            }
            Stmt::Try(t) => {
                self.block(&t.body)?;
                for ExceptHandler::ExceptHandler(h) in &t.handlers {
                    if let Some(e) = &h.type_ {
                        self.expr(e)?;
                    }
                    if let Some(n) = &h.name {
                        self.bind(n, n.range, def::LOCAL)?;
                    }
                    self.block(&h.body)?;
                }
                self.block(&t.orelse)?;
                self.block(&t.finalbody)?;
            }
            Stmt::Assert(a) => {
                self.expr(&a.test)?;
                if let Some(m) = &a.msg {
                    self.expr(m)?;
                }
            }
            Stmt::Import(i) => {
                for a in &i.names {
                    let name = match &a.asname {
                        Some(n) => n.as_str(),
                        None => a.name.split('.').next().unwrap_or(""),
                    };
                    self.bind(name, a.range, def::IMPORT)?;
                }
            }
            Stmt::ImportFrom(i) => {
                for a in &i.names {
                    if a.name.as_str() == "*" {
                        if self.t.scopes[self.cur].kind != ScopeKind::Module {
                            return self.err(a.range, "import * only allowed at module level");
                        }
                        continue;
                    }
                    self.bind(a.asname.as_ref().unwrap_or(&a.name), a.range, def::IMPORT)?;
                }
            }
            Stmt::Global(g) => {
                for n in &g.names {
                    self.declare(n, g.range, def::GLOBAL, "global")?;
                }
            }
            Stmt::Nonlocal(g) => {
                if self.t.scopes[self.cur].kind == ScopeKind::Module {
                    return self.err(g.range, "nonlocal declaration not allowed at module level");
                }
                for n in &g.names {
                    let id = self.declare(n, g.range, def::NONLOCAL, "nonlocal")?;
                    self.nonlocals.push((self.cur, id, g.range));
                }
            }
            Stmt::Expr(e) => self.expr(&e.value)?,
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn declare(&mut self, n: &Identifier, range: TextRange, flag: u32, word: &str) -> Res<NameId> {
        if n.as_str() == "__debug__" {
            return self.err(range, "cannot assign to __debug__");
        }
        let id = self.name_id(n);
        let old = self.t.scopes[self.cur].get(id).map_or(0, |s| s.flags);
        let problem = if old & def::PARAM != 0 {
            Some(format!("name '{n}' is parameter and {word}"))
        } else if old & (def::GLOBAL | def::NONLOCAL) & !flag != 0 {
            Some(format!("name '{n}' is nonlocal and global"))
        } else if old & def::ANNOT != 0 {
            Some(format!("annotated name '{n}' can't be {word}"))
        } else if old & def::USE != 0 && old & def::BOUND == 0 {
            Some(format!("name '{n}' is used prior to {word} declaration"))
        } else if old & def::BOUND != 0 && old & (def::GLOBAL | def::NONLOCAL) == 0 {
            if old & def::USE != 0 {
                Some(format!("name '{n}' is used prior to {word} declaration"))
            } else {
                Some(format!(
                    "name '{n}' is assigned to before {word} declaration"
                ))
            }
        } else {
            None
        };
        if let Some(msg) = problem {
            return self.err(range, msg);
        }
        self.note(self.cur, id, flag);
        Ok(id)
    }

    fn pattern(&mut self, p: &'a Pattern) -> Res<()> {
        match p {
            Pattern::MatchValue(v) => self.expr(&v.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(s) => s.patterns.iter().try_for_each(|p| self.pattern(p)),
            Pattern::MatchMapping(m) => {
                for (k, p) in m.keys.iter().zip(&m.patterns) {
                    self.expr(k)?;
                    self.pattern(p)?;
                }
                m.rest
                    .as_ref()
                    .map_or(Ok(()), |r| self.bind(r, r.range, def::LOCAL))
            }
            Pattern::MatchClass(c) => {
                self.expr(&c.cls)?;
                c.arguments
                    .patterns
                    .iter()
                    .try_for_each(|p| self.pattern(p))?;
                c.arguments
                    .keywords
                    .iter()
                    .try_for_each(|k| self.pattern(&k.pattern))
            }
            Pattern::MatchStar(s) => s
                .name
                .as_ref()
                .map_or(Ok(()), |n| self.bind(n, s.range, def::LOCAL)),
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.pattern(p)?;
                }
                a.name
                    .as_ref()
                    .map_or(Ok(()), |n| self.bind(n, a.range, def::LOCAL))
            }
            Pattern::MatchOr(o) => o.patterns.iter().try_for_each(|p| self.pattern(p)),
        }
    }

    fn type_param_parameters(&mut self, defaults: bool, kwdefaults: bool) {
        for (wanted, n) in [(defaults, ".defaults"), (kwdefaults, ".kwdefaults")] {
            if wanted {
                let id = self.t.names.id(n);
                self.note(self.cur, id, def::PARAM);
            }
        }
    }

    fn type_params(&mut self, tp: &'a TypeParams) -> Res<()> {
        let mut seen_default = false;
        for p in &tp.type_params {
            let (name, bound, default) = match p {
                TypeParam::TypeVar(v) => (&v.name, v.bound.as_deref(), v.default.as_deref()),
                TypeParam::TypeVarTuple(v) => (&v.name, None, v.default.as_deref()),
                TypeParam::ParamSpec(v) => (&v.name, None, v.default.as_deref()),
            };
            self.bind(name, name.range, def::TYPE_PARAM | def::LOCAL)?;
            if default.is_none() && seen_default {
                let msg =
                    format!("non-default type parameter '{name}' follows default type parameter");
                return self.err(p.range(), msg);
            }
            seen_default |= default.is_some();
            let whats = match p {
                TypeParam::TypeVar(v) if v.bound.as_deref().is_some_and(|b| b.is_tuple_expr()) => {
                    ["a TypeVar constraint", "a TypeVar default"]
                }
                TypeParam::TypeVar(_) => ["a TypeVar bound", "a TypeVar default"],
                TypeParam::TypeVarTuple(_) => ["", "a TypeVarTuple default"],
                TypeParam::ParamSpec(_) => ["", "a ParamSpec default"],
            };
            for (e, tag, what) in [
                (bound, tag::VALUE, whats[0]),
                (default, tag::DEFAULT, whats[1]),
            ] {
                if let Some(e) = e {
                    let saved = self.enter(ScopeKind::TypeVar, key(p), tag);
                    self.t.scopes[self.cur].what = what;
                    let format = self.t.names.id(".format");
                    self.note(self.cur, format, def::PARAM);
                    self.expr(e)?;
                    self.leave(saved);
                }
            }
        }
        Ok(())
    }
}

/// The annotated parameters in the order in which `__annotations__` lists them.
pub(crate) fn param_annotations(p: &Parameters) -> impl Iterator<Item = (&Identifier, &Expr)> {
    p.posonlyargs
        .iter()
        .chain(p.args.iter())
        .map(|d| &d.parameter)
        .chain(p.vararg.as_deref())
        .chain(p.kwonlyargs.iter().map(|d| &d.parameter))
        .chain(p.kwarg.as_deref())
        .filter_map(|q| Some((&q.name, q.annotation.as_deref()?)))
}

/// Whether there are no positional, and no keyword-only defaults.
pub(crate) fn defaults_empty(p: &Parameters) -> (bool, bool) {
    (
        p.posonlyargs
            .iter()
            .chain(p.args.iter())
            .all(|d| d.default.is_none()),
        p.kwonlyargs.iter().all(|d| d.default.is_none()),
    )
}
