//! Type parameters and type aliases (PEP 695, 696).

use super::func::Extras;
use super::{Compiler, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{key, tag};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a> {
    /// Makes the type parameters, binds their names, and leaves their tuple in `dst`.
    fn type_params(&mut self, tp: &'a TypeParams, dst: Reg) -> Res<()> {
        let at = self.at;
        let items = self.mark();
        for p in &tp.type_params {
            self.at = p.range();
            let item = self.alloc();
            let w = self.alloc_n(2);
            let (name, kind, bound, default) = match p {
                TypeParam::TypeVar(v) => {
                    let kind = match v.bound.as_deref() {
                        None => 0,
                        Some(Expr::Tuple(_)) => 2,
                        Some(_) => 1,
                    };
                    (&v.name, kind, v.bound.as_deref(), v.default.as_deref())
                }
                TypeParam::ParamSpec(v) => (&v.name, 3, None, v.default.as_deref()),
                TypeParam::TypeVarTuple(v) => (&v.name, 4, None, v.default.as_deref()),
            };
            self.load_str(name, w);
            if let Some(e) = bound {
                let scope = self.t.keys[&(key(p), tag::VALUE)];
                self.evaluator(scope, name, e, w + 1)?;
            }
            self.op(Op::TypeVar, item, w, kind);
            self.release(w, 2);
            self.free_to(w);
            if let Some(e) = default {
                let scope = self.t.keys[&(key(p), tag::DEFAULT)];
                let f = self.temp();
                self.evaluator(scope, name, e, f.reg)?;
                self.op_mut(Op::TypeParamDefault, item, f);
                self.free_to(f.reg);
            }
            self.store_name(
                name,
                Val {
                    reg: item,
                    temp: false,
                },
            )?;
        }
        self.at = at;
        self.op(Op::BuildTuple, dst, items, tp.type_params.len() as u16);
        self.free_to(items);
        Ok(())
    }

    /// The function that evaluates `e` in `scope`, in the topmost temporary `dst`.
    fn evaluator(&mut self, scope: usize, name: &str, e: &'a Expr, dst: Reg) -> Res<()> {
        let at = self.at;
        let m = self.mark();
        self.free_to(dst + 1);
        let defaults = self.alloc();
        self.load_const(Const::Tuple([Const::Int(1)].into()), defaults);
        self.enter_evaluator(scope, name, e.range(), ".format");
        let v = if let Expr::Starred(s) = e {
            let it = self.expr(&s.value)?;
            let v = self.temp();
            self.op_un(Op::Unpack, v.reg, it, 1);
            v
        } else {
            self.expr(e)?
        };
        self.emit_return(v);
        let code = self.leave()?;
        self.closure(
            code,
            dst,
            Extras {
                defaults: true,
                ..Extras::default()
            },
        )?;
        self.free_to(m);
        self.at = at;
        Ok(())
    }

    pub(super) fn generic_function(
        &mut self,
        f: &'a StmtFunctionDef,
        tp: &'a TypeParams,
        target: Reg,
        line_range: TextRange,
    ) -> Res<()> {
        let at = self.at;
        self.alloc();
        let extras = self.defaults(&f.parameters)?;
        let scope = self.t.keys[&(key(f), tag::TYPE_PARAMS)];
        self.enter(
            scope,
            &format!("<generic parameters of {}>", f.name),
            line_range,
        );
        let n = u32::from(extras.defaults) + u32::from(extras.kwdefaults);
        self.u.argcount = n;
        self.at = at;
        self.begin_unit();
        let params = self.temp();
        self.type_params(tp, params.reg)?;
        let inner = self.alloc();
        for (wanted, name) in [
            (extras.defaults, ".defaults"),
            (extras.kwdefaults, ".kwdefaults"),
        ] {
            if wanted {
                let r = self.alloc();
                self.name_to(name, r);
            }
        }
        self.function_body(f, inner, extras, line_range)?;
        self.op_mut(Op::SetTypeParams, inner, params);
        self.emit_return(Val {
            reg: inner,
            temp: true,
        });
        let code = self.leave()?;
        self.at = at;
        self.closure(code, target, Extras::default())?;
        self.op(Op::Call, target, target, n as u16);
        Ok(())
    }

    pub(super) fn generic_class(
        &mut self,
        c: &'a StmtClassDef,
        tp: &'a TypeParams,
        target: Reg,
        line_range: TextRange,
    ) -> Res<()> {
        let at = self.at;
        let m = self.alloc();
        let scope = self.t.keys[&(key(c), tag::TYPE_PARAMS)];
        self.enter(
            scope,
            &format!("<generic parameters of {}>", c.name),
            line_range,
        );
        self.at = at;
        self.begin_unit();
        let params = self.temp();
        self.type_params(tp, params.reg)?;
        self.store_name_text(
            ".type_params",
            Val {
                temp: false,
                ..params
            },
        )?;
        let base = self.temp();
        self.op_un(Op::SubscriptGeneric, base.reg, params, 0);
        self.store_name_text(".generic_base", base)?;
        self.free_to(params.reg);
        let class = self.temp();
        self.class_build(c, class.reg, line_range, Some(".generic_base"))?;
        self.emit_return(class);
        let code = self.leave()?;
        self.at = at;
        self.closure(code, target, Extras::default())?;
        self.op(Op::Call, target, target, 0);
        self.free_to(m);
        Ok(())
    }

    pub(super) fn type_alias(&mut self, a: &'a StmtTypeAlias) -> Res<()> {
        let at = self.at;
        let m = self.mark();
        let Expr::Name(name) = &*a.name else {
            return self.err(a.range, "invalid syntax");
        };
        let target = self.alloc();
        match &a.type_params {
            None => {
                self.alias_value(a, &name.id, None, target)?;
            }
            Some(tp) => {
                self.alloc();
                let scope = self.t.keys[&(key(a), tag::TYPE_PARAMS)];
                self.enter(
                    scope,
                    &format!("<generic parameters of {}>", name.id),
                    a.range,
                );
                self.begin_unit();
                let params = self.temp();
                self.type_params(tp, params.reg)?;
                let out = self.temp();
                self.alias_value(a, &name.id, Some(params), out.reg)?;
                self.emit_return(out);
                let code = self.leave()?;
                self.at = at;
                self.closure(code, target, Extras::default())?;
                self.op(Op::Call, target, target, 0);
            }
        }
        self.store_name(
            &name.id,
            Val {
                reg: target,
                temp: true,
            },
        )?;
        self.free_to(m);
        Ok(())
    }

    fn alias_value(
        &mut self,
        a: &'a StmtTypeAlias,
        name: &str,
        params: Option<Val>,
        dst: Reg,
    ) -> Res<()> {
        let w = self.alloc_n(2);
        self.load_str(name, w);
        match params {
            Some(p) => self.mov(w + 1, p),
            None => self.load_none(w + 1),
        }
        let f = self.alloc();
        let scope = self.t.keys[&(key(a), tag::VALUE)];
        self.evaluator(scope, name, &a.value, f)?;
        self.op(Op::TypeAlias, dst, w, 0);
        self.free_to(w);
        Ok(())
    }
}
