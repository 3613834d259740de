//! `defaultdict`.

use crate::modules::prelude::*;
use crate::object::dict::Dict;

/// A dict with a factory of missing values.
#[repr(C)]
pub struct DefaultDict {
    dict: Dict,
    factory: Slot,
}

static LAYOUT: Layout = Layout::of::<DefaultDict>("defaultdict").extending(Dict::LAYOUT);

// SAFETY: LAYOUT is of this type; the dict is its first field.
unsafe impl Native for DefaultDict {
    const TYPE: TypeId = TypeId::DefaultDict;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.dict.traverse(visit);
        self.factory.trace(visit);
    }
    fn clear(&self, th: &Thread) {
        self.dict.clear(th);
        self.factory.set(th, None);
    }
}

pub(super) static DEFAULT_DICT: TypeDef = TypeDef {
    base: TypeId::Dict,
    slots: Slots {
        new: Some(|th, cls, _| Ok(empty(th, cls, None)?.into_obj())),
        init: Some(init),
        getitem: Some(getitem),
        repr: Some(repr),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or),
    flags: type_flags::BASETYPE
        | type_flags::MAPPING
        | type_flags::MATCH_SELF
        | type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("__missing__", "($self, key, /)", |th, a| {
            missing(th, a.get(0), a.get(1))
        }),
        MethodDef::new("copy", "($self, /)", copy),
        MethodDef::new("__copy__", "($self, /)", copy),
        MethodDef::new("__reduce__", "($self, /)", reduce),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::rw(
        "default_factory",
        |th, o| Ok(factory(th, o)?.unwrap_or(Obj::NONE)),
        |th, o, v| {
            this::<DefaultDict>(th, o)?.factory.set(th, v.cloned());
            Ok(())
        },
    )],
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory",
    ..TypeDef::new(
        TypeId::DefaultDict,
        "collections.defaultdict",
        DefaultDict::LAYOUT,
    )
};

fn empty(th: &Thread, cls: &Py<Type>, factory: Option<Obj>) -> Res<Py<DefaultDict>> {
    th.alloc_as::<DefaultDict>(
        cls,
        DefaultDict {
            dict: Dict::new(),
            factory: Slot::new(factory),
        },
    )
}

fn as_dict(o: &Py<DefaultDict>) -> &Py<Dict> {
    // SAFETY: the layout extends that of dict.
    unsafe { o.obj().cast_unchecked::<Dict>() }
}

fn factory(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    Ok(this::<DefaultDict>(th, o)?
        .factory
        .get()
        .filter(|f| !f.is_none()))
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let s = this::<DefaultDict>(th, o)?;
    let mut rest = args;
    let factory = match args.positional().first() {
        None => None,
        Some(f) => {
            if !f.is_none() && th.type_of(f).slots().call.is_none() {
                return Err(th.type_error("first argument must be callable or None"));
            }
            rest.all = &args.all[1..];
            Some(f.clone())
        }
    };
    s.factory.set(th, factory);
    match th.ty(TypeId::Dict).slots().init {
        Some(f) => f(th, o, rest),
        None => Ok(()),
    }
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let s = this::<DefaultDict>(th, o)?;
    if let Some(v) = as_dict(s).get_item(th, key)? {
        return Ok(v);
    }
    if !o.is_exact::<DefaultDict>()
        && let Some(f) = th.special(o, "__missing__")?
    {
        return th.call(&f, std::slice::from_ref(key));
    }
    missing(th, o, key)
}

fn missing(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let s = this::<DefaultDict>(th, o)?;
    let Some(f) = factory(th, o)? else {
        return Err(th.key_error(key));
    };
    let value = th.call(&f, &[])?;
    if o.is_exact::<DefaultDict>() {
        // Two threads that miss the same key at once must end up with the same value.
        return Ok(as_dict(s).set_default(th, key, value)?.0);
    }
    th.setitem(o, key, &value)?;
    Ok(value)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let mut b = StrBuf::new();
    b.push_utf8(&th.type_of(o).name_text());
    b.push_utf8("(");
    let f = this::<DefaultDict>(th, o)?
        .factory
        .get()
        .unwrap_or(Obj::NONE);
    match th.repr_enter(&f) {
        Some(_guard) => b.push_str(th.repr(&f)?.text()),
        None => b.push_utf8("..."),
    }
    b.push_utf8(", ");
    let Some(dict_repr) = th.ty(TypeId::Dict).slots().repr else {
        return Err(th.system_error("dict has no repr"));
    };
    let inner = dict_repr(th, o)?;
    b.push_str(th.text_of(&inner, "repr")?.text());
    b.push_utf8(")");
    th.str_data(b.finish())
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let f = this::<DefaultDict>(th, o)?
        .factory
        .get()
        .unwrap_or(Obj::NONE);
    let ty = th.type_of(o).obj().clone();
    th.call(&ty, &[f, o.clone()])
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (own, other) = match a.cast::<DefaultDict>() {
        Some(_) => (a, b),
        None => (b, a),
    };
    if other.cast::<Dict>().is_none() {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let f = this::<DefaultDict>(th, own)?
        .factory
        .get()
        .unwrap_or(Obj::NONE);
    let ty = th.type_of(own).obj().clone();
    let new = th.call(&ty, &[f, a.clone()])?;
    th.call_method(&new, "update", std::slice::from_ref(b))?;
    Ok(new)
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let args = match factory(th, o)? {
        None => th.empty_tuple(),
        Some(f) => tuple_of(th, [f])?,
    };
    let items = th.call_method(o, "items", &[])?;
    let it = th.iter(&items)?;
    tuple_of(
        th,
        [th.type_of(o).obj().clone(), args, Obj::NONE, Obj::NONE, it],
    )
}
