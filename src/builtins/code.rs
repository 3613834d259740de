//! Code objects as Python sees them. Offsets (`tb_lasti`, `co_lines`) count two for each instruction, so that the
//! position of an instruction is the entry number offset // 2 of `co_positions()`, as programs expect. At offset 0 stands
//! the start of the code, which is no instruction here (`frameobj::offset`).

use super::common::this;
use crate::object::code::Code;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_front::code as front;
use threadsnake_threads::sync::Arc;

fn code(o: &Obj) -> &Py<Code> {
    this::<Code>(o)
}

fn names(th: &Thread, c: &Code, which: impl Iterator<Item = u32>) -> Res {
    th.tuple_from(which.map(|i| c.names[i as usize].clone()))
}

fn varnames(th: &Thread, o: &Obj) -> Res {
    let c = code(o);
    let mut all = c.front.varnames.clone();
    for h in &c.front.hidden {
        let cell = || c.front.cellvars.iter().any(|v| v.name == h.name);
        if !all.contains(&h.name) && !h.cell && !cell() {
            all.push(h.name);
        }
    }
    names(th, c, all.into_iter())
}

fn cellvars(th: &Thread, o: &Obj) -> Res {
    let c = code(o);
    names(th, c, c.front.cellvars.iter().map(|v| v.name))
}

fn freevars(th: &Thread, o: &Obj) -> Res {
    let c = code(o);
    names(th, c, c.front.freevars.iter().copied())
}

/// The names that are not variables of the function.
fn other_names(th: &Thread, o: &Obj) -> Res {
    let c = code(o);
    let f = &c.front;
    let local = |i: u32| {
        let hidden =
            || f.hidden.iter().any(|h| h.name == i) && f.sites.iter().all(|site| site.name != i);
        f.varnames.contains(&i)
            || f.cellvars.iter().any(|v| v.name == i)
            || f.freevars.contains(&i)
            || hidden()
    };
    names(th, c, (0..c.names.len() as u32).filter(|&i| !local(i)))
}

fn bytes_of(c: &Code) -> Vec<u8> {
    c.front
        .instrs
        .iter()
        .flat_map(|i| i.0.to_le_bytes())
        .collect()
}

fn line_or_none(line: u32) -> Obj {
    if line == 0 {
        Obj::NONE
    } else {
        Obj::small_int(line as i64)
    }
}

/// The line of the start: a module begins before its first line.
fn first_line(c: &Code) -> i64 {
    match &*c.front.name {
        "<module>" => 0,
        _ => i64::from(c.front.first_line),
    }
}

fn positions(th: &Thread, a: Args<'_>) -> Res {
    let c = code(a.get(0));
    let mut out = Vec::with_capacity(c.front.instrs.len() + 1);
    let (first, zero) = (Obj::small_int(first_line(c)), Obj::small_int(0));
    out.push(th.tuple(vec![first.clone(), first, zero.clone(), zero])?);
    for i in 0..c.front.instrs.len() {
        let p = c.front.pos(i);
        let n = |v: u32| {
            if p.line == 0 {
                Obj::NONE
            } else {
                Obj::small_int(v as i64)
            }
        };
        out.push(th.tuple(vec![n(p.line), n(p.end_line), n(p.col), n(p.end_col)])?);
    }
    th.iter(&th.list(out)?)
}

fn lines(th: &Thread, a: Args<'_>) -> Res {
    let c = code(a.get(0));
    let n = c.front.instrs.len();
    let mut out = Vec::new();
    // Entry 0 is the start.
    let line = |i: usize| match i {
        0 => first_line(c) as u32,
        _ => c.line_of(i - 1),
    };
    let mut start = 0;
    for i in 1..=n + 1 {
        if i == n + 1 || line(i) != line(start) {
            out.push(th.tuple(vec![
                Obj::small_int(2 * start as i64),
                Obj::small_int(2 * i as i64),
                line_or_none(line(start)),
            ])?);
            start = i;
        }
    }
    th.iter(&th.list(out)?)
}

/// `code.replace(…)`: names, file, first line, flags and constants can be exchanged; the instructions cannot.
fn replace(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let c = code(o);
    let f = &c.front;
    let mut new = front::Code {
        name: f.name.clone(),
        qualname: f.qualname.clone(),
        filename: f.filename.clone(),
        first_line: f.first_line,
        flags: f.flags,
        argcount: f.argcount,
        posonly: f.posonly,
        kwonly: f.kwonly,
        varnames: f.varnames.clone(),
        cellvars: f.cellvars.clone(),
        freevars: f.freevars.clone(),
        nlocals: f.nlocals,
        nregs: f.nregs,
        nloops: f.nloops,
        names: f.names.clone(),
        consts: f.consts.clone(),
        sites: f.sites.clone(),
        instrs: f.instrs.clone(),
        handlers: f.handlers.clone(),
        positions: f.positions.clone(),
        hidden: f.hidden.clone(),
        static_attributes: f.static_attributes.clone(),
        flow: Default::default(),
    };
    let mut consts = None;
    for (k, v) in this::<Dict>(a.get(1)).items() {
        let name = th.str_text(&k);
        let text = |what: &str| -> Res<String> { Ok(th.text_of(&v, what)?.to_rust()) };
        match name.as_str() {
            "co_name" => new.name = text("replace() argument 'co_name'")?.into(),
            "co_qualname" => new.qualname = text("replace() argument 'co_qualname'")?.into(),
            "co_filename" => new.filename = text("replace() argument 'co_filename'")?.into(),
            "co_flags" => new.flags = th.index_i64(&v)? as u32,
            "co_firstlineno" => {
                let line = th.index_i64(&v)?;
                let by = line - f.first_line as i64;
                new.first_line = line as u32;
                for (_, p) in &mut new.positions {
                    if p.line != 0 {
                        p.line = (p.line as i64 + by).max(0) as u32;
                        p.end_line = (p.end_line as i64 + by).max(0) as u32;
                    }
                }
            }
            "co_consts" => {
                let items = th.collect(&v)?;
                if items.len() != c.consts.len() {
                    return Err(th.not_implemented_error(
                        "code.replace() cannot change the number of constants in this runtime",
                    ));
                }
                consts = Some(items);
            }
            "co_argcount" | "co_posonlyargcount" | "co_kwonlyargcount" | "co_nlocals"
            | "co_stacksize" | "co_code" | "co_names" | "co_varnames" | "co_freevars"
            | "co_cellvars" | "co_linetable" | "co_exceptiontable" => {
                let old = th.getattr_obj(o, &k)?;
                if !th.eq(&old, &v)? {
                    return Err(th.not_implemented_error(format!(
                        "code.replace() cannot change {name} in this runtime"
                    )));
                }
            }
            _ => {
                return Err(th.type_error(format!(
                    "replace() got an unexpected keyword argument '{name}'"
                )));
            }
        }
    }
    let loaded = crate::interp::load::load(th, &Arc::new(new))?;
    let consts = consts.unwrap_or_else(|| c.consts.to_vec());
    crate::interp::load::with_consts(th, loaded, consts).map(Py::into_obj)
}

fn equal(th: &Thread, a: &Code, b: &Code) -> Res<bool> {
    let (x, y) = (&a.front, &b.front);
    if Arc::ptr_eq(x, y) && a.consts.iter().zip(b.consts.iter()).all(|(p, q)| p.is(q)) {
        return Ok(true);
    }
    let same = x.name == y.name
        && x.argcount == y.argcount
        && x.posonly == y.posonly
        && x.kwonly == y.kwonly
        && x.flags == y.flags
        && x.first_line == y.first_line
        && x.instrs == y.instrs
        && x.names == y.names
        && x.positions == y.positions
        && a.consts.len() == b.consts.len();
    if !same {
        return Ok(false);
    }
    for (p, q) in a.consts.iter().zip(b.consts.iter()) {
        if !th.type_of(p).obj().is(th.type_of(q).obj()) || !th.eq(p, q)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn int(n: u32) -> Res {
    Ok(Obj::small_int(n as i64))
}

/// `code`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(|th, o| {
            let c = code(o);
            th.str(&format!(
                "<code object {} at {:#x}, file \"{}\", line {}>",
                th.str_text(&c.name),
                o.value().0,
                th.str_text(&c.filename),
                c.front.first_line
            ))
        }),
        hash: Some(|th, o| {
            let c = code(o);
            let mut h = th.hash(&c.name)?;
            for n in [
                c.front.instrs.len() as i64,
                c.front.first_line as i64,
                c.front.argcount as i64,
            ] {
                h = h.wrapping_mul(1_000_003) ^ n;
            }
            Ok(h)
        }),
        compare: Some(|th, a, b, op| {
            let (Some(x), Some(y)) = (a.cast::<Code>(), b.cast::<Code>()) else {
                return Ok(Obj::NOT_IMPLEMENTED);
            };
            match op {
                CmpOp::Eq => Ok(Obj::bool(equal(th, x, y)?)),
                CmpOp::Ne => Ok(Obj::bool(!equal(th, x, y)?)),
                _ => Ok(Obj::NOT_IMPLEMENTED),
            }
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("co_name", |_, o| Ok(code(o).name.clone())),
        GetSetDef::ro("co_qualname", |_, o| Ok(code(o).qualname.clone())),
        GetSetDef::ro("co_filename", |_, o| Ok(code(o).filename.clone())),
        GetSetDef::ro("co_firstlineno", |_, o| int(code(o).front.first_line)),
        GetSetDef::ro("co_flags", |_, o| int(code(o).front.flags)),
        GetSetDef::ro("co_argcount", |_, o| int(code(o).front.argcount)),
        GetSetDef::ro("co_posonlyargcount", |_, o| int(code(o).front.posonly)),
        GetSetDef::ro("co_kwonlyargcount", |_, o| int(code(o).front.kwonly)),
        GetSetDef::ro(
            "co_nlocals",
            |_, o| int(code(o).front.varnames.len() as u32),
        ),
        GetSetDef::ro("co_stacksize", |_, o| {
            let f = &code(o).front;
            int(u32::from(f.nregs - f.nlocals.min(f.nregs)))
        }),
        GetSetDef::ro("co_consts", |th, o| th.tuple(code(o).consts.to_vec())),
        GetSetDef::ro("co_names", other_names),
        GetSetDef::ro("co_varnames", varnames),
        GetSetDef::ro("co_cellvars", cellvars),
        GetSetDef::ro("co_freevars", freevars),
        GetSetDef::ro("co_code", |th, o| th.bytes(&bytes_of(code(o)))),
        GetSetDef::ro("co_linetable", |th, _| th.bytes(b"")),
        GetSetDef::ro("co_lnotab", |th, _| th.bytes(b"")),
        GetSetDef::ro("co_exceptiontable", |th, _| th.bytes(b"")),
    ],
    methods: &[
        MethodDef::new("co_positions", "($self, /)", positions),
        MethodDef::new("co_lines", "($self, /)", lines),
        MethodDef::new("_varname_from_oparg", "($self, oparg, /)", |th, a| {
            let all = [
                varnames(th, a.get(0))?,
                cellvars(th, a.get(0))?,
                freevars(th, a.get(0))?,
            ];
            let n = usize::try_from(th.index_i64(a.get(1))?).unwrap_or(usize::MAX);
            let of = |o: &Obj| o.cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
            let name = all.iter().flat_map(of).nth(n);
            name.ok_or_else(|| th.index_error("tuple index out of range"))
        }),
        MethodDef::new("replace", "($self, /, **changes)", replace),
        MethodDef::new("__replace__", "($self, /, **changes)", replace),
    ],
    flags: type_flags::WEAKREFABLE,
    doc: "Create a code object.  Not for mere mortals.",
    ..TypeDef::new(TypeId::Code, "code", Code::LAYOUT)
};
