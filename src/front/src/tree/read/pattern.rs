//! Patterns of `match`.

use super::*;

impl Reader {
    pub(super) fn pattern_child(&mut self, v: &Value, star: bool) -> Res<Pattern> {
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

    pub(super) fn patterns(&mut self, v: &Value, star: bool) -> Res<Vec<Pattern>> {
        let mut out = Vec::new();
        for v in list(v) {
            out.push(self.pattern_child(v, star)?);
        }
        Ok(out)
    }

    pub(super) fn capture(&self, v: &Value, range: TextRange) -> Res<Option<Identifier>> {
        if text(v) == "_" {
            return value_error("can't capture name '_' in patterns");
        }
        self.opt_identifier(v, range)
    }

    pub(super) fn pattern(&mut self, n: &Node, range: TextRange) -> Res<Pattern> {
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
    pub(super) fn pattern_value(&self, v: &Value) -> Res<()> {
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
