//! Expressions, constants and interpolated strings.

use super::*;

impl Reader {
    pub(super) fn expr(&mut self, n: &Node, ctx: Ctx) -> Res<Expr> {
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

    pub(super) fn expr_in(&mut self, n: &Node, range: TextRange, ctx: Ctx) -> Res<Expr> {
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
    pub(super) fn constant(&mut self, c: &Const, range: TextRange) -> Expr {
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

    pub(super) fn fstring(
        &mut self,
        elements: Vec<InterpolatedStringElement>,
        range: TextRange,
    ) -> Expr {
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
    pub(super) fn elements(
        &mut self,
        v: &Value,
        out: &mut Vec<InterpolatedStringElement>,
    ) -> Res<()> {
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

    pub(super) fn formatted(
        &mut self,
        n: &Node,
        range: TextRange,
    ) -> Res<InterpolatedStringElement> {
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

    pub(super) fn interpolated(&mut self, n: &Node) -> Res<InterpolatedStringElement> {
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
}
