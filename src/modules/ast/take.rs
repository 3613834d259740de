//! Objects as the front end's trees.

use super::{class, group_class};
use crate::builtins::number::IntRef;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use crate::object::int::Complex;
use threadsnake_front::code::{Const, Pos, StrConst};
use threadsnake_front::tree::{Card, Field, Group, Kind, Node, Ty, Value as Given};

/// The tree of a node object, which belongs to this group.
fn take(th: &Thread, o: &Obj, group: Group) -> Res<Node> {
    let _deep = th.enter("during compilation")?;
    let pos = match group.placed() {
        Some(needs_end) => place(th, o, group, needs_end)?,
        None => Pos::default(),
    };
    let kind = kind_of(th, o, group)?;
    let mut fields = Vec::with_capacity(kind.fields().len());
    for f in kind.fields() {
        fields.push(field(th, o, kind, f)?);
    }
    Ok(Node { kind, pos, fields })
}

/// The tree of a whole program, of the class that the mode of compilation wants.
pub fn take_root(th: &Thread, o: &Obj, mode: &str) -> Res<Node> {
    let wanted = match mode {
        "eval" => Kind::Expression,
        "single" => Kind::Interactive,
        _ => Kind::Module,
    };
    if !th.isinstance(o, &class(th, wanted)?)? {
        return Err(th.type_error(format!(
            "expected {} node, got {}",
            wanted.name(),
            th.type_name(o)
        )));
    }
    take(th, o, Group::r#mod)
}

/// Which class of the group an object is of.
fn kind_of(th: &Thread, o: &Obj, group: Group) -> Res<Kind> {
    let own = th.type_of(o).obj();
    let kinds = || {
        Kind::ALL
            .iter()
            .copied()
            .filter(move |k| k.group() == group)
    };
    for k in kinds() {
        if class(th, k)?.is(own) {
            return Ok(k);
        }
    }
    // Of a class that derives from one.
    if th.isinstance(o, &group_class(th, group)?)? {
        for k in kinds() {
            if th.isinstance(o, &class(th, k)?)? {
                return Ok(k);
            }
        }
    }
    Err(th.type_error(format!(
        "expected some sort of {}, but got {}",
        group.name(),
        th.repr(o)?.to_rust()
    )))
}

fn place(th: &Thread, o: &Obj, group: Group, needs_end: bool) -> Res<Pos> {
    let number = |name: &str, default: Option<i64>| -> Res<i64> {
        match th.getattr_opt(o, name)? {
            Some(v) if v.is_none() && default.is_some() => Ok(default.unwrap_or(0)),
            Some(v) => int(th, &v),
            None => match default.filter(|_| !needs_end) {
                Some(d) => Ok(d),
                None => Err(th.type_error(format!(
                    "required field \"{name}\" missing from {}",
                    group.name()
                ))),
            },
        }
    };
    let line = number("lineno", None)?;
    let col = number("col_offset", None)?;
    let end_line = number("end_lineno", Some(line))?;
    let end_col = number("end_col_offset", Some(col))?;
    let wrong = |what: String| Err(th.value_error(what));
    if line > end_line {
        return wrong(format!(
            "AST node line range ({line}, {end_line}) is not valid"
        ));
    }
    if (line < 0 && end_line != line) || (col < 0 && col != end_col) {
        return wrong(format!(
            "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
        ));
    }
    if line == end_line && col > end_col {
        return wrong(format!(
            "line {line}, column {col}-{end_col} is not a valid range"
        ));
    }
    let word = |n: i64| n.clamp(0, i64::from(u32::MAX - 1)) as u32;
    Ok(Pos {
        line: word(line),
        end_line: word(end_line),
        col: word(col),
        end_col: word(end_col),
    })
}

fn int(th: &Thread, o: &Obj) -> Res<i64> {
    if th.is_int(o) {
        return th.index_i64(o);
    }
    Err(th.value_error(format!("invalid integer value: {}", th.repr(o)?.to_rust())))
}

fn field(th: &Thread, o: &Obj, kind: Kind, f: &Field) -> Res<Given> {
    let got = th.getattr_opt(o, f.name)?;
    match f.card {
        Card::Many | Card::ManyOptional => {
            let Some(v) = got else {
                return Ok(Given::List(Vec::new()));
            };
            let Some(list) = v.cast::<List>() else {
                return Err(th.type_error(format!(
                    "{} field \"{}\" must be a list, not a {}",
                    kind.name(),
                    f.name,
                    th.type_name(&v)
                )));
            };
            let n = list.len();
            let mut out = Vec::with_capacity(n);
            for i in 0..n {
                let changed = || {
                    th.runtime_error(format!(
                        "{} field \"{}\" changed size during iteration",
                        kind.name(),
                        f.name
                    ))
                };
                let item = list.get(th, i).ok_or_else(changed)?;
                out.push(match f.ty {
                    _ if item.is_none() => Given::None,
                    _ => single(th, &item, f)?,
                });
                if list.len() != n {
                    return Err(changed());
                }
            }
            Ok(Given::List(out))
        }
        Card::Optional => match got {
            Some(v) if !v.is_none() => single(th, &v, f),
            _ => Ok(Given::None),
        },
        Card::One => match got {
            None => Err(th.type_error(format!(
                "required field \"{}\" missing from {}",
                f.name,
                kind.name()
            ))),
            Some(v) if v.is_none() && !matches!(f.ty, Ty::Constant | Ty::Int) => Err(th
                .value_error(format!(
                    "field '{}' is required for {}",
                    f.name,
                    kind.name()
                ))),
            Some(v) => single(th, &v, f),
        },
    }
}

fn single(th: &Thread, o: &Obj, f: &Field) -> Res<Given> {
    match f.ty {
        Ty::Node(g) => take(th, o, g).map(Given::from),
        Ty::Int => int(th, o).map(Given::Int),
        Ty::Constant => constant(th, o).map(Given::Const),
        Ty::Identifier | Ty::String => {
            let what = if f.ty == Ty::Identifier {
                "identifier"
            } else {
                "string"
            };
            let text = o.exact::<Str>().map(|s| s.to_rust_exact());
            match text {
                Some(Some(t)) => Ok(Given::Text(t)),
                Some(None) => Err(th.value_error(format!(
                    "an AST {what} with lone surrogates is not supported"
                ))),
                None => Err(th.type_error(format!("AST {what} must be of type str"))),
            }
        }
    }
}

fn constant(th: &Thread, o: &Obj) -> Res<Const> {
    if o.is_none() {
        return Ok(Const::None);
    }
    if o.is(&Obj::TRUE) || o.is(&Obj::FALSE) {
        return Ok(Const::Bool(o.is(&Obj::TRUE)));
    }
    if o.is(&Obj::ELLIPSIS) {
        return Ok(Const::Ellipsis);
    }
    if let Some(x) = o.as_f64_exact() {
        return Ok(Const::Float(x));
    }
    let exact = |id: TypeId| th.type_of(o).obj().is(th.ty(id).obj());
    if exact(TypeId::Int) {
        return Ok(match IntRef::of(o) {
            Some(IntRef::Small(n)) => Const::Int(n),
            Some(IntRef::Big(b)) => match i64::try_from(b) {
                Ok(n) => Const::Int(n),
                Err(_) => Const::BigInt(Box::new(b.clone())),
            },
            None => Const::Int(0),
        });
    }
    if let Some(s) = o.exact::<Str>() {
        return Ok(Const::Str(match s.to_rust_exact() {
            Some(t) => StrConst::Text(t.into()),
            None => StrConst::Points(s.text().chars().collect()),
        }));
    }
    if let Some(b) = o.exact::<Bytes>() {
        return Ok(Const::Bytes(b.bytes().into()));
    }
    if let Some(c) = o.exact::<Complex>() {
        return Ok(Const::Complex(c.re, c.im));
    }
    let items = |o: &Obj| -> Res<Box<[Const]>> {
        let _deep = th.enter("during compilation")?;
        let all: Res<Vec<Const>> = th.collect(o)?.iter().map(|o| constant(th, o)).collect();
        Ok(all?.into())
    };
    if exact(TypeId::Tuple) {
        return items(o).map(Const::Tuple);
    }
    if exact(TypeId::FrozenSet) {
        return items(o).map(Const::FrozenSet);
    }
    Err(th.type_error(format!(
        "got an invalid type in Constant: {}",
        th.type_name(o)
    )))
}
