//! From the compiler's code objects to the runtime's: constants become objects, names are interned, inline caches made.

use crate::object::code::{Code, Site};
use crate::object::int::Complex;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::{Thread, make_immortal};
use std::ptr::null_mut;
use threadsnake_algo::text::StrData;
use threadsnake_front::code as front;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

/// The code object of what the compiler made.
pub fn load(th: &Thread, c: &Arc<front::Code>) -> Res<Py<Code>> {
    let _d = th.enter("during compilation")?;
    let names: Vec<Obj> = c.names.iter().map(|n| th.intern(n)).collect();
    let consts = c
        .consts
        .iter()
        .map(|k| constant(th, k))
        .collect::<Res<Vec<Obj>>>()?;
    let sites = c
        .sites
        .iter()
        .map(|s| Site {
            name: names[s.name as usize].value(),
            a: AtomicU64::new(0),
            b: AtomicU64::new(0),
            c: AtomicU64::new(0),
            entry: AtomicPtr::new(null_mut()),
        })
        .collect();
    let varargs = c.flags & front::flags::VARARGS != 0;
    let varkw = c.flags & front::flags::VARKEYWORDS != 0;
    let generator =
        front::flags::GENERATOR | front::flags::COROUTINE | front::flags::ASYNC_GENERATOR;
    let payload = Code {
        front: c.clone(),
        consts: consts.into(),
        names: names.into(),
        sites,
        name: th.intern(&c.name),
        qualname: th.intern(&c.qualname),
        filename: th.intern(&c.filename),
        loops: (0..c.nloops).map(|_| AtomicU32::new(0)).collect(),
        regions: (0..=c.nloops).map(|_| AtomicPtr::new(null_mut())).collect(),
        calls: AtomicU32::new(0),
        entry: c.instrs.as_ptr(),
        nregs: c.nregs as u32,
        nlocals: c.nlocals as u32,
        nparams: c.argcount + c.kwonly + varargs as u32 + varkw as u32,
        simple: !varargs && !varkw && c.kwonly == 0,
        is_generator: c.flags & generator != 0,
    };
    Ok(th.alloc(payload))
}

/// The same code with other constants, as many (`code.replace`).
pub fn with_consts(th: &Thread, c: Py<Code>, consts: Vec<Obj>) -> Res<Py<Code>> {
    for o in &consts {
        if let Some(h) = o.header() {
            if !h.is_immortal() && o.cast::<Code>().is_none() {
                make_immortal(h);
            }
        }
    }
    let sites = c
        .sites
        .iter()
        .map(|s| Site {
            name: s.name,
            a: AtomicU64::new(0),
            b: AtomicU64::new(0),
            c: AtomicU64::new(0),
            entry: AtomicPtr::new(null_mut()),
        })
        .collect();
    Ok(th.alloc(Code {
        front: c.front.clone(),
        entry: c.entry,
        nregs: c.nregs,
        nlocals: c.nlocals,
        consts: consts.into(),
        names: c.names.clone(),
        sites,
        name: c.name.clone(),
        qualname: c.qualname.clone(),
        filename: c.filename.clone(),
        regions: c
            .regions
            .iter()
            .map(|_| AtomicPtr::new(null_mut()))
            .collect(),
        loops: (0..c.front.nloops).map(|_| AtomicU32::new(0)).collect(),
        calls: AtomicU32::new(0),
        nparams: c.nparams,
        simple: c.simple,
        is_generator: c.is_generator,
    }))
}

/// A constant as an object. What is on the heap becomes immortal: threads share constants without counting them.
pub fn constant(th: &Thread, k: &front::Const) -> Res {
    use front::Const as K;
    let o = match k {
        K::None => Obj::NONE,
        K::Bool(b) => Obj::bool(*b),
        K::Ellipsis => Obj::ELLIPSIS,
        K::Int(n) => th.int(*n),
        K::BigInt(n) => th.bigint((**n).clone()),
        K::Float(x) => Obj::float(*x),
        K::Complex(re, im) => th.alloc(Complex { re: *re, im: *im }).into_obj(),
        K::Str(s) => string(th, s)?,
        K::Bytes(b) => th.bytes(b)?,
        K::Tuple(items) => {
            let items = items
                .iter()
                .map(|k| constant(th, k))
                .collect::<Res<Vec<_>>>()?;
            th.tuple(items)?
        }
        K::FrozenSet(items) => {
            let items = items
                .iter()
                .map(|k| constant(th, k))
                .collect::<Res<Vec<_>>>()?;
            let t = th.tuple(items)?;
            th.call(th.ty(TypeId::FrozenSet).obj(), &[t])?
        }
        K::Slice(parts) => {
            let parts = parts
                .iter()
                .map(|k| constant(th, k))
                .collect::<Res<Vec<_>>>()?;
            th.call(th.ty(TypeId::Slice).obj(), &parts)?
        }
        K::Code(c) => return load(th, c).map(Py::into_obj),
    };
    if let Some(h) = o.header() {
        if !h.is_immortal() {
            make_immortal(h);
        }
    }
    Ok(o)
}

fn string(th: &Thread, s: &front::StrConst) -> Res {
    let o = match s {
        front::StrConst::Text(t) => th.str(t)?,
        front::StrConst::Points(p) => th.str_data(StrData::from(&**p))?,
    };
    // Short ones are interned: equal constants of a program are one object, and names compare by address.
    match o.exact::<Str>() {
        Some(s) if s.len() <= 4096 => Ok(th.intern_obj(&o)),
        _ => Ok(o),
    }
}
