//! Template strings (PEP 750): `string.templatelib.Template` and `Interpolation`.

use super::common::this;
use super::generic_alias::items;
use crate::modules::prelude::native;
use crate::object::def::{GetSetDef, MethodDef, TypeDef};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{BinOp, CallArgs, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Payload of templates.
pub struct Template {
    strings: Obj,
    interpolations: Obj,
}

native!(Template, Template, "Template", strings, interpolations);

/// Payload of interpolations.
pub struct Interpolation {
    value: Obj,
    expression: Obj,
    conversion: Obj,
    format_spec: Obj,
}

native!(
    Interpolation,
    Interpolation,
    "Interpolation",
    value,
    expression,
    conversion,
    format_spec
);

/// Payload of template iterators: strings and interpolations in turn, empty strings left out.
pub struct Iter {
    template: Obj,
    at: AtomicUsize,
}

native!(Iter, TemplateIter, "TemplateIter", template);

fn tm(o: &Obj) -> &Py<Template> {
    this::<Template>(o)
}

fn ip(o: &Obj) -> &Py<Interpolation> {
    this::<Interpolation>(o)
}

/// Parts in order; neighbouring strings become one, and a string stands before, between and after interpolations.
fn assemble(th: &Thread, parts: &[Obj]) -> Res<Template> {
    let (mut strings, mut interps): (Vec<Obj>, Vec<Obj>) = (Vec::new(), Vec::new());
    let mut last_string = false;
    for p in parts {
        if p.cast::<Str>().is_some() {
            match strings.pop() {
                Some(s) if last_string => strings.push(th.binary(BinOp::Add, &s, p)?),
                old => {
                    strings.extend(old);
                    strings.push(p.clone());
                }
            }
            last_string = true;
        } else if p.exact::<Interpolation>().is_some() {
            if !last_string {
                strings.push(th.empty_str());
            }
            interps.push(p.clone());
            last_string = false;
        } else {
            return Err(th.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                th.type_name(p)
            )));
        }
    }
    if !last_string {
        strings.push(th.empty_str());
    }
    Ok(Template {
        strings: th.tuple(strings)?,
        interpolations: th.tuple(interps)?,
    })
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if !args.kwnames.is_empty() {
        return Err(th.type_error("Template.__new__ only accepts *args arguments"));
    }
    let t = assemble(th, args.positional())?;
    th.alloc_as::<Template>(cls, t).map(Py::into_obj)
}

fn parts(t: &Template) -> Vec<Obj> {
    let mut out = Vec::new();
    let mut it = items(&t.interpolations).iter();
    for s in items(&t.strings) {
        out.push(s.clone());
        out.extend(it.next().cloned());
    }
    out
}

fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (Some(x), Some(y)) = (a.exact::<Template>(), b.exact::<Template>()) else {
        let (other, first) = if a.exact::<Template>().is_some() {
            (b, "string.templatelib.Template".to_owned())
        } else {
            (b, th.type_name(a))
        };
        if a.exact::<Template>().is_none() {
            return Ok(Obj::NOT_IMPLEMENTED);
        }
        return Err(th.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{}\") to {first}",
            th.type_name(other)
        )));
    };
    let mut all = parts(x);
    all.extend(parts(y));
    let t = assemble(th, &all)?;
    Ok(th.alloc(t).into_obj())
}

fn conversion_ok(th: &Thread, c: &Obj) -> Res<()> {
    if c.is_none() {
        return Ok(());
    }
    match c.cast::<Str>() {
        Some(s) if ["s", "a", "r"].iter().any(|x| s.eq_rust(x)) => Ok(()),
        Some(_) => Err(
            th.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
        ),
        None => Err(th.type_error(format!(
            "Interpolation() argument 'conversion' must be str, not {}",
            th.type_name(c)
        ))),
    }
}

fn new_interpolation(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind(
        "Interpolation",
        "(value, expression='', conversion=None, format_spec='')",
        args,
        |a| {
            let text = |i: usize, what: &str| -> Res {
                match a.opt(i) {
                    None => Ok(th.empty_str()),
                    Some(s) if s.cast::<Str>().is_some() => Ok(s.clone()),
                    Some(s) => Err(th.type_error(format!(
                        "Interpolation() argument '{what}' must be str, not {}",
                        th.type_name(s)
                    ))),
                }
            };
            let conversion = a.opt(2).cloned().unwrap_or(Obj::NONE);
            conversion_ok(th, &conversion)?;
            let i = Interpolation {
                value: a.get(0).clone(),
                expression: text(1, "expression")?,
                conversion,
                format_spec: text(3, "format_spec")?,
            };
            th.alloc_as::<Interpolation>(cls, i).map(Py::into_obj)
        },
    )
}

fn interpolation_parts(o: &Obj) -> Vec<Obj> {
    let i = ip(o);
    vec![
        i.value.clone(),
        i.expression.clone(),
        i.conversion.clone(),
        i.format_spec.clone(),
    ]
}

/// `string.templatelib.Template`
pub static TEMPLATE: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        repr: Some(|th, o| {
            let t = tm(o);
            th.str(&format!(
                "Template(strings={}, interpolations={})",
                th.repr(&t.strings)?.to_rust(),
                th.repr(&t.interpolations)?.to_rust()
            ))
        }),
        iter: Some(|th, o| {
            Ok(th
                .alloc(Iter {
                    template: o.clone(),
                    at: AtomicUsize::new(0),
                })
                .into_obj())
        }),
        concat: Some(concat),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("strings", |_, o| Ok(tm(o).strings.clone())),
        GetSetDef::ro("interpolations", |_, o| Ok(tm(o).interpolations.clone())),
        GetSetDef::ro("values", |th, o| {
            th.tuple_from(
                items(&tm(o).interpolations)
                    .iter()
                    .map(|i| ip(i).value.clone()),
            )
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let m = th.import("string.templatelib")?;
        let f = th.getattr(&m, "_template_unpickle")?;
        let t = tm(a.get(0));
        let args = th.tuple(vec![t.strings.clone(), t.interpolations.clone()])?;
        th.tuple(vec![f, args])
    })],
    doc: "Template object",
    ..TypeDef::new(
        TypeId::Template,
        "string.templatelib.Template",
        Template::LAYOUT,
    )
};

/// `string.templatelib.Interpolation`
pub static INTERPOLATION: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_interpolation),
        repr: Some(|th, o| {
            let parts = interpolation_parts(o)
                .iter()
                .map(|p| Ok(th.repr(p)?.to_rust()))
                .collect::<Res<Vec<_>>>()?;
            th.str(&format!("Interpolation({})", parts.join(", ")))
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("value", |_, o| Ok(ip(o).value.clone())),
        GetSetDef::ro("expression", |_, o| Ok(ip(o).expression.clone())),
        GetSetDef::ro("conversion", |_, o| Ok(ip(o).conversion.clone())),
        GetSetDef::ro("format_spec", |_, o| Ok(ip(o).format_spec.clone())),
    ],
    methods: &[
        MethodDef::class(
            "__class_getitem__",
            "($cls, item, /)",
            super::descriptors::generic_alias,
        ),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let o = a.get(0);
            let args = th.tuple(interpolation_parts(o))?;
            th.tuple(vec![th.type_of(o).obj().clone(), args])
        }),
    ],
    init: Some(|th, t| {
        let names = ["value", "expression", "conversion", "format_spec"];
        let names = th.tuple(names.iter().map(|n| th.intern(n)).collect())?;
        t.dict.set_str(th, "__match_args__", names)
    }),
    doc: "Interpolation object",
    ..TypeDef::new(
        TypeId::Interpolation,
        "string.templatelib.Interpolation",
        Interpolation::LAYOUT,
    )
};

/// The iterator of templates.
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(super::self_iter),
        next: Some(|_, o| {
            let it = this::<Iter>(o);
            let t = tm(&it.template);
            let all = parts(t);
            loop {
                let i = it.at.fetch_add(1, Ordering::Relaxed);
                match all.get(i) {
                    None => {
                        it.at.store(all.len(), Ordering::Relaxed);
                        return Ok(None);
                    }
                    Some(p) if p.cast::<Str>().is_some_and(|s| s.is_empty()) => {}
                    Some(p) => return Ok(Some(p.clone())),
                }
            }
        }),
        ..Slots::NONE
    },
    ..TypeDef::new(
        TypeId::TemplateIter,
        "string.templatelib.TemplateIter",
        Iter::LAYOUT,
    )
};
