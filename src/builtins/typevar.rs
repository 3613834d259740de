//! Type parameters (`TypeVar`, `ParamSpec`, `TypeVarTuple`) and type aliases. Bounds, constraints, defaults and values are
//! functions that are called when somebody asks (PEP 649, 695, 696).

use super::common::this;
use super::generic_alias;
use super::singletons::no_default;
use crate::modules::prelude::native;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A value that is there, or the function that makes it.
struct Lazy {
    value: Slot,
    eval: Slot,
}

impl Default for Lazy {
    fn default() -> Lazy {
        Lazy::of(None)
    }
}

impl crate::modules::prelude::Trace for Lazy {
    fn trace(&self, visit: crate::object::layout::Visit<'_>) {
        for s in [&self.value, &self.eval] {
            if !s.raw().is_empty() {
                visit(s.raw());
            }
        }
    }
    fn sever(&self, th: &Thread, _head: &threadsnake_threads::header::Header) {
        self.value.set(th, None);
        self.eval.set(th, None);
    }
}

impl Lazy {
    fn of(value: Option<Obj>) -> Lazy {
        Lazy {
            value: Slot::new(value),
            eval: Slot::empty(),
        }
    }
    fn by(eval: Option<Obj>) -> Lazy {
        Lazy {
            value: Slot::empty(),
            eval: Slot::new(eval),
        }
    }
    /// The value; `empty` where there is none.
    fn get(&self, th: &Thread, empty: impl FnOnce() -> Obj) -> Res {
        if let Some(v) = self.value.get() {
            return Ok(v);
        }
        let Some(f) = self.eval.get() else {
            return Ok(empty());
        };
        let v = th.call(&f, &[Obj::small_int(1)])?;
        self.value.set(th, Some(v.clone()));
        Ok(v)
    }
    fn is_set(&self) -> bool {
        !self.value.raw().is_empty() || !self.eval.raw().is_empty()
    }
    /// The evaluate function: the one given, or one that gives the value.
    fn evaluator(&self, th: &Thread) -> Obj {
        if let Some(f) = self.eval.get() {
            return f;
        }
        match self.value.get() {
            Some(v) => super::start::function_object(th, &CONST, Some(v), None),
            None => Obj::NONE,
        }
    }
}

/// `evaluate_*` of a value that was given directly.
static CONST: MethodDef = MethodDef::new("evaluate", "($value, format=1, /)", |th, a| {
    let format = match a.opt(1) {
        Some(f) => th.index_i64(f)?,
        None => 1,
    };
    if format == 4 {
        let text = match a.get(0).cast::<Tuple>() {
            Some(t) => {
                let parts = t
                    .items()
                    .iter()
                    .map(|x| generic_alias::type_repr(th, x))
                    .collect::<Res<Vec<_>>>()?;
                format!("({})", parts.join(", "))
            }
            None => generic_alias::type_repr(th, a.get(0))?,
        };
        return th.str(&text);
    }
    Ok(a.get(0).clone())
});

/// Payload of `TypeVar`, `ParamSpec` and `TypeVarTuple`.
pub struct Param {
    name: Obj,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
    covariant: bool,
    contravariant: bool,
    infer: bool,
}

native!(Param, TypeVar, "TypeVar", name, bound, constraints, default);

fn tv(o: &Obj) -> &Py<Param> {
    this::<Param>(o)
}

/// Name of the module that runs now.
fn caller(th: &Thread) -> Option<Obj> {
    crate::interp::api::current_globals(th)?.get_interned(th, &th.rt().names().__name__)
}

fn set_module(th: &Thread, o: &Obj) -> Res<()> {
    let m = caller(th).unwrap_or(Obj::NONE);
    o.set_instance_attr(th, &th.rt().names().__module__, m)
        .map(drop)
}

/// A type parameter of the `[T]` syntax: 0 TypeVar, 1 with bound, 2 with constraints, 3 ParamSpec, 4 TypeVarTuple.
pub fn make(th: &Thread, name: &Obj, eval: Option<&Obj>, which: usize) -> Res {
    let id = match which {
        3 => TypeId::ParamSpec,
        4 => TypeId::TypeVarTuple,
        _ => TypeId::TypeVar,
    };
    let given = |w: usize| Lazy::by(if which == w { eval.cloned() } else { None });
    let p = Param {
        name: name.clone(),
        bound: given(1),
        constraints: given(2),
        default: Lazy::default(),
        covariant: false,
        contravariant: false,
        infer: true,
    };
    let o = th.alloc_id(id, p).into_obj();
    set_module(th, &o)?;
    Ok(o)
}

/// Its default, a function.
pub fn set_default(th: &Thread, p: &Obj, f: &Obj) -> Res<()> {
    match p.cast::<Param>() {
        Some(p) => {
            p.default.eval.set(th, Some(f.clone()));
            Ok(())
        }
        None => Err(th.system_error("the default of something that is no type parameter")),
    }
}

fn type_check(th: &Thread, o: &Obj, msg: &str) -> Res {
    if o.is_none() {
        return Ok(th.ty(TypeId::NoneType).obj().clone());
    }
    if o.cast::<Type>().is_some() {
        return Ok(o.clone());
    }
    let typing = th.import("typing")?;
    let msg = th.str(msg)?;
    th.call_method(&typing, "_type_check", &[o.clone(), msg])
}

fn name_arg(th: &Thread, a: &Args<'_>, what: &str) -> Res {
    let n = a.get(0);
    if n.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "{what}() argument 'name' must be str, not {}",
            th.type_name(n)
        )));
    }
    Ok(n.clone())
}

fn variance(th: &Thread, a: &Args<'_>, at: usize) -> Res<(bool, bool, bool)> {
    let (co, contra, infer) = (a.flag(th, at)?, a.flag(th, at + 1)?, a.flag(th, at + 2)?);
    if co && contra {
        return Err(th.value_error("Bivariant types are not supported."));
    }
    if infer && (co || contra) {
        return Err(th.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok((co, contra, infer))
}

fn default_arg(o: Option<&Obj>, th: &Thread) -> Lazy {
    Lazy::of(o.filter(|d| !d.is(&no_default(th))).cloned())
}

fn new_typevar(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind(
        "TypeVar",
        "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        args,
        |a| {
            let name = name_arg(th, &a, "TypeVar")?;
            let constraints = generic_alias::items(a.get(1));
            let (covariant, contravariant, infer) = variance(th, &a, 4)?;
            let bound = match a.opt_not_none(2) {
                Some(b) => Some(type_check(th, b, "Bound must be a type.")?),
                None => None,
            };
            if constraints.len() == 1 {
                return Err(th.type_error("A single constraint is not allowed"));
            }
            if !constraints.is_empty() && bound.is_some() {
                return Err(th.type_error("Constraints cannot be combined with bound=..."));
            }
            let constraints = if constraints.is_empty() {
                None
            } else {
                let v = constraints
                    .iter()
                    .map(|c| type_check(th, c, "TypeVar(name, constraint, ...): constraints must be types."))
                    .collect::<Res<Vec<_>>>()?;
                Some(th.tuple(v)?)
            };
            let p = Param {
                name,
                bound: Lazy::of(bound),
                constraints: Lazy::of(constraints),
                default: default_arg(a.opt(3), th),
                covariant,
                contravariant,
                infer,
            };
            let o = th.alloc_as::<Param>(cls, p)?.into_obj();
            set_module(th, &o)?;
            Ok(o)
        },
    )
}

fn new_paramspec(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind(
        "ParamSpec",
        "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        args,
        |a| {
            let name = name_arg(th, &a, "ParamSpec")?;
            let (covariant, contravariant, infer) = variance(th, &a, 3)?;
            let bound = match a.opt_not_none(1) {
                Some(b) => Some(type_check(th, b, "Bound must be a type.")?),
                None => None,
            };
            let p = Param {
                name,
                bound: Lazy::of(bound),
                constraints: Lazy::default(),
                default: default_arg(a.opt(2), th),
                covariant,
                contravariant,
                infer,
            };
            let o = th.alloc_as::<Param>(cls, p)?.into_obj();
            set_module(th, &o)?;
            Ok(o)
        },
    )
}

fn new_tuple(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("TypeVarTuple", "(name, *, default=NoDefault)", args, |a| {
        let p = Param {
            name: name_arg(th, &a, "TypeVarTuple")?,
            bound: Lazy::default(),
            constraints: Lazy::default(),
            default: default_arg(a.opt(1), th),
            covariant: false,
            contravariant: false,
            infer: false,
        };
        let o = th.alloc_as::<Param>(cls, p)?.into_obj();
        set_module(th, &o)?;
        Ok(o)
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let p = tv(o);
    let sign = if th.type_of(o).id == Some(TypeId::TypeVarTuple) || p.infer {
        ""
    } else if p.covariant {
        "+"
    } else if p.contravariant {
        "-"
    } else {
        "~"
    };
    th.str(&format!("{sign}{}", th.str_text(&p.name)))
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    super::union::make(th, &[a.clone(), b.clone()], true)
}

/// Calls a function of `typing`.
fn typing(th: &Thread, name: &str, args: &[Obj]) -> Res {
    let m = th.import("typing")?;
    th.call_method(&m, name, args)
}

fn no_subclass(th: &Thread, a: Args<'_>) -> Res {
    Err(th.type_error(format!(
        "Cannot subclass an instance of {}",
        th.type_name(a.get(0))
    )))
}

fn prepare_typevar(th: &Thread, a: Args<'_>) -> Res {
    let (me, alias, args) = (a.get(0), a.get(1), a.get(2));
    let params = th.getattr(alias, "__parameters__")?;
    let n = th.len(args)?;
    let at = generic_alias::items(&params).iter().position(|p| p.is(me));
    let few = || -> Res {
        Err(th.type_error(format!(
            "Too few arguments for {}",
            th.to_str(alias)?.to_rust()
        )))
    };
    match at {
        Some(i) if i < n => Ok(args.clone()),
        Some(i) if i == n => {
            let d = tv(me).default.get(th, || no_default(th))?;
            if d.is(&no_default(th)) {
                return few();
            }
            let mut v = th.collect(args)?;
            v.push(d);
            th.tuple(v)
        }
        _ => few(),
    }
}

const NAME: GetSetDef = GetSetDef::ro("__name__", |_, o| Ok(tv(o).name.clone()));
const BOUND: GetSetDef = GetSetDef::ro("__bound__", |th, o| tv(o).bound.get(th, || Obj::NONE));
const DEFAULT: GetSetDef = GetSetDef::ro("__default__", |th, o| {
    tv(o).default.get(th, || no_default(th))
});
const EVALUATE_DEFAULT: GetSetDef =
    GetSetDef::ro("evaluate_default", |th, o| Ok(tv(o).default.evaluator(th)));
const COVARIANT: GetSetDef = GetSetDef::ro("__covariant__", |_, o| Ok(Obj::bool(tv(o).covariant)));
const CONTRAVARIANT: GetSetDef = GetSetDef::ro("__contravariant__", |_, o| {
    Ok(Obj::bool(tv(o).contravariant))
});
const INFER: GetSetDef = GetSetDef::ro("__infer_variance__", |_, o| Ok(Obj::bool(tv(o).infer)));
const DICT: GetSetDef = GetSetDef::ro("__dict__", super::objecttype::get_dict);
const HAS_DEFAULT: MethodDef = MethodDef::new("has_default", "($self, /)", |_, a| {
    Ok(Obj::bool(tv(a.get(0)).default.is_set()))
});
const REDUCE: MethodDef = MethodDef::new("__reduce__", "($self, /)", |_, a| {
    Ok(tv(a.get(0)).name.clone())
});
const NO_SUBCLASS: MethodDef = MethodDef::new("__mro_entries__", "($self, bases, /)", no_subclass);

const FLAGS: u32 = type_flags::HAS_DICT | type_flags::WEAKREFABLE;

/// `typing.TypeVar`
pub static TYPE_VAR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_typevar),
        repr: Some(repr),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or),
    getset: &[
        NAME,
        BOUND,
        GetSetDef::ro("__constraints__", |th, o| {
            tv(o).constraints.get(th, || th.empty_tuple())
        }),
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER,
        EVALUATE_DEFAULT,
        GetSetDef::ro("evaluate_bound", |th, o| Ok(tv(o).bound.evaluator(th))),
        GetSetDef::ro("evaluate_constraints", |th, o| {
            Ok(tv(o).constraints.evaluator(th))
        }),
        DICT,
    ],
    methods: &[
        HAS_DEFAULT,
        REDUCE,
        NO_SUBCLASS,
        MethodDef::new("__typing_subst__", "($self, arg, /)", |th, a| {
            typing(th, "_typevar_subst", &[a.get(0).clone(), a.get(1).clone()])
        }),
        MethodDef::new(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            prepare_typevar,
        ),
    ],
    flags: FLAGS,
    doc: "Type variable.",
    ..TypeDef::new(TypeId::TypeVar, "typing.TypeVar", Param::LAYOUT)
};

/// `typing.ParamSpec`
pub static PARAM_SPEC: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_paramspec),
        repr: Some(repr),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or),
    getset: &[
        NAME,
        BOUND,
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER,
        EVALUATE_DEFAULT,
        GetSetDef::ro("args", |th, o| part(th, TypeId::ParamSpecArgs, o)),
        GetSetDef::ro("kwargs", |th, o| part(th, TypeId::ParamSpecKwargs, o)),
        DICT,
    ],
    methods: &[
        HAS_DEFAULT,
        REDUCE,
        NO_SUBCLASS,
        MethodDef::new("__typing_subst__", "($self, arg, /)", |th, a| {
            typing(
                th,
                "_paramspec_subst",
                &[a.get(0).clone(), a.get(1).clone()],
            )
        }),
        MethodDef::new(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |th, a| {
                let all = [a.get(0).clone(), a.get(1).clone(), a.get(2).clone()];
                typing(th, "_paramspec_prepare_subst", &all)
            },
        ),
    ],
    flags: FLAGS,
    doc: "Parameter specification.",
    ..TypeDef::new(TypeId::ParamSpec, "typing.ParamSpec", Param::LAYOUT)
};

/// `typing.Unpack[o]`
fn unpack(th: &Thread, o: &Obj) -> Res {
    let m = th.import("typing")?;
    let u = th.getattr(&m, "Unpack")?;
    th.getitem(&u, o)
}

fn unpack_iter(th: &Thread, o: &Obj) -> Res {
    let u = unpack(th, o)?;
    let t = th.tuple(vec![u])?;
    th.iter(&t)
}

/// `typing.TypeVarTuple`
pub static TYPE_VAR_TUPLE: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_tuple),
        repr: Some(repr),
        iter: Some(unpack_iter),
        ..Slots::NONE
    },
    getset: &[NAME, DEFAULT, EVALUATE_DEFAULT, DICT],
    methods: &[
        HAS_DEFAULT,
        REDUCE,
        NO_SUBCLASS,
        MethodDef::new("__typing_subst__", "($self, arg, /)", |th, _| {
            Err(th.type_error("Substitution of bare TypeVarTuple is not supported"))
        }),
        MethodDef::new(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |th, a| {
                let all = [a.get(0).clone(), a.get(1).clone(), a.get(2).clone()];
                typing(th, "_typevartuple_prepare_subst", &all)
            },
        ),
    ],
    flags: FLAGS,
    doc: "Type variable tuple. A specialized form of type variable that enables\nvariadic generics.",
    ..TypeDef::new(TypeId::TypeVarTuple, "typing.TypeVarTuple", Param::LAYOUT)
};

/// Payload of `P.args` and `P.kwargs`.
pub struct Part {
    origin: Obj,
}

native!(Part, ParamSpecArgs, "ParamSpecArgs", origin);

fn part(th: &Thread, id: TypeId, o: &Obj) -> Res {
    Ok(th.alloc_id(id, Part { origin: o.clone() }).into_obj())
}

fn part_new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("ParamSpecArgs", "(origin)", args, |a| {
        let origin = a.get(0).clone();
        th.alloc_as::<Part>(cls, Part { origin }).map(Py::into_obj)
    })
}

fn part_compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let same_kind = th.type_of(a).obj().is(th.type_of(b).obj());
    let (Some(x), Some(y), true) = (a.cast::<Part>(), b.cast::<Part>(), same_kind) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let same = th.eq(&x.origin, &y.origin)?;
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

fn part_repr(th: &Thread, o: &Obj) -> Res {
    let p = this::<Part>(o);
    let what = if th.type_of(o).id == Some(TypeId::ParamSpecKwargs) {
        "kwargs"
    } else {
        "args"
    };
    let name = match p.origin.cast::<Param>() {
        Some(q) => th.str_text(&q.name),
        None => th.repr(&p.origin)?.to_rust(),
    };
    th.str(&format!("{name}.{what}"))
}

const PART_SLOTS: Slots = Slots {
    new: Some(part_new),
    repr: Some(part_repr),
    compare: Some(part_compare),
    hash: Some(|th, o| th.hash(&this::<Part>(o).origin)),
    ..Slots::NONE
};

const ORIGIN: &[GetSetDef] = &[GetSetDef::ro("__origin__", |_, o| {
    Ok(this::<Part>(o).origin.clone())
})];

/// `typing.ParamSpecArgs`
pub static PARAM_SPEC_ARGS: TypeDef = TypeDef {
    slots: PART_SLOTS,
    getset: ORIGIN,
    methods: &[NO_SUBCLASS],
    flags: type_flags::WEAKREFABLE,
    ..TypeDef::new(TypeId::ParamSpecArgs, "typing.ParamSpecArgs", Part::LAYOUT)
};

/// `typing.ParamSpecKwargs`
pub static PARAM_SPEC_KWARGS: TypeDef = TypeDef {
    slots: PART_SLOTS,
    getset: ORIGIN,
    methods: &[NO_SUBCLASS],
    flags: type_flags::WEAKREFABLE,
    ..TypeDef::new(
        TypeId::ParamSpecKwargs,
        "typing.ParamSpecKwargs",
        Part::LAYOUT,
    )
};

/// Payload of type aliases.
pub struct TypeAlias {
    name: Obj,
    params: Option<Obj>,
    value: Lazy,
    module: Option<Obj>,
}

native!(
    TypeAlias,
    TypeAliasType,
    "TypeAliasType",
    name,
    params,
    value,
    module
);

fn ta(o: &Obj) -> &Py<TypeAlias> {
    this::<TypeAlias>(o)
}

/// `type X[params] = …`: `params` a tuple or None, `func` gives the value.
pub fn alias(th: &Thread, name: &Obj, params: &Obj, func: &Obj) -> Res {
    Ok(th
        .alloc(TypeAlias {
            name: name.clone(),
            params: Some(params.clone()).filter(|p| !p.is_none()),
            value: Lazy::by(Some(func.clone())),
            module: caller(th),
        })
        .into_obj())
}

fn new_alias(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("typealias", "(name, value, *, type_params=())", args, |a| {
        let name = name_arg(th, &a, "typealias")?;
        let params = match a.opt(2) {
            Some(p) => {
                if p.cast::<Tuple>().is_none() {
                    return Err(th.type_error("type_params must be a tuple"));
                }
                check_params(th, generic_alias::items(p))?;
                Some(p.clone()).filter(|p| !generic_alias::items(p).is_empty())
            }
            None => None,
        };
        let t = TypeAlias {
            name,
            params,
            value: Lazy::of(Some(a.get(1).clone())),
            module: caller(th),
        };
        th.alloc_as::<TypeAlias>(cls, t).map(Py::into_obj)
    })
}

fn check_params(th: &Thread, params: &[Obj]) -> Res<()> {
    let mut seen_default = false;
    for (i, p) in params.iter().enumerate() {
        if params[..i].iter().any(|q| q.is(p)) {
            return Err(th.type_error(format!(
                "duplicate type parameter '{}'",
                th.repr(p)?.to_rust()
            )));
        }
        let Some(q) = p.cast::<Param>() else {
            return Err(th.type_error(format!(
                "Expected a type param, got {}",
                th.repr(p)?.to_rust()
            )));
        };
        if q.default.is_set() {
            seen_default = true;
        } else if seen_default {
            return Err(th.type_error(format!(
                "non-default type parameter '{}' follows default type parameter",
                th.repr(p)?.to_rust()
            )));
        }
    }
    Ok(())
}

/// Type parameters with TypeVarTuples unpacked.
fn unpacked(th: &Thread, params: &[Obj]) -> Res {
    let v = params
        .iter()
        .map(|p| {
            if th.type_of(p).id == Some(TypeId::TypeVarTuple) {
                unpack(th, p)
            } else {
                Ok(p.clone())
            }
        })
        .collect::<Res<Vec<_>>>()?;
    th.tuple(v)
}

/// `typing.TypeAliasType`
pub static TYPE_ALIAS: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_alias),
        repr: Some(|_, o| Ok(ta(o).name.clone())),
        getitem: Some(|th, o, item| {
            if ta(o).params.is_none() {
                return Err(th.type_error("Only generic type aliases are subscriptable"));
            }
            generic_alias::make(th, o.clone(), item.clone(), false)
        }),
        iter: Some(unpack_iter),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or),
    getset: &[
        GetSetDef::ro("__name__", |_, o| Ok(ta(o).name.clone())),
        GetSetDef::ro("__value__", |th, o| ta(o).value.get(th, || Obj::NONE)),
        GetSetDef::ro("evaluate_value", |th, o| Ok(ta(o).value.evaluator(th))),
        GetSetDef::ro("__type_params__", |th, o| {
            Ok(ta(o).params.clone().unwrap_or_else(|| th.empty_tuple()))
        }),
        GetSetDef::ro("__parameters__", |th, o| match &ta(o).params {
            Some(p) => unpacked(th, generic_alias::items(p)),
            None => Ok(th.empty_tuple()),
        }),
        GetSetDef::ro("__module__", |_, o| {
            Ok(ta(o).module.clone().unwrap_or(Obj::NONE))
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |_, a| {
        Ok(ta(a.get(0)).name.clone())
    })],
    flags: type_flags::WEAKREFABLE,
    doc: "Type alias.",
    ..TypeDef::new(
        TypeId::TypeAliasType,
        "typing.TypeAliasType",
        TypeAlias::LAYOUT,
    )
};

/// `typing.Generic[params]`
pub fn subscript_generic(th: &Thread, params: &Obj) -> Res {
    let p = unpacked(th, generic_alias::items(params))?;
    let generic = th.ty(TypeId::Generic).obj().clone();
    typing(th, "_GenericAlias", &[generic, p])
}

/// `f(cls, *args, **kwargs)` of module `typing`.
fn forward(th: &Thread, a: Args<'_>, name: &str) -> Res {
    let mut all = vec![a.get(0).clone()];
    all.extend_from_slice(generic_alias::items(a.get(1)));
    let mut names = Vec::new();
    if let Some(d) = a.get(2).cast::<crate::object::dict::Dict>() {
        for (k, v) in d.items() {
            names.push(k);
            all.push(v);
        }
    }
    let m = th.import("typing")?;
    let f = th.getattr(&m, name)?;
    th.call_args(
        &f,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}

/// `typing.Generic`
pub static GENERIC: TypeDef = TypeDef {
    methods: &[
        MethodDef::class(
            "__class_getitem__",
            "($cls, /, *args, **kwargs)",
            |th, a| forward(th, a, "_generic_class_getitem"),
        ),
        MethodDef::class(
            "__init_subclass__",
            "($cls, /, *args, **kwargs)",
            |th, a| forward(th, a, "_generic_init_subclass"),
        ),
    ],
    flags: type_flags::BASETYPE,
    doc: "Abstract base class for generic types.",
    ..TypeDef::new(
        TypeId::Generic,
        "typing.Generic",
        super::objecttype::Plain::LAYOUT,
    )
};
