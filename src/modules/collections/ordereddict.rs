//! `OrderedDict`: a dict, which is ordered anyway, with operations on the order. Each is one operation on the dict, so
//! threads may share it.

use crate::builtins::dict::update_from;
use crate::builtins::unhashable;
use crate::modules::prelude::*;
use crate::object::dict::key_hash;
use crate::object::slots::CmpOp;

/// A dict whose order counts.
#[repr(C)]
pub struct OrderedDict {
    dict: Dict,
}

static LAYOUT: Layout = Layout::of::<OrderedDict>("OrderedDict").extending(Dict::LAYOUT);

// SAFETY: LAYOUT is of this type; the dict is its first field.
unsafe impl Native for OrderedDict {
    const TYPE: TypeId = TypeId::OrderedDict;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.dict.traverse(visit);
    }
    fn clear(&self, th: &Thread) {
        self.dict.clear(th);
    }
}

pub(super) static ORDERED_DICT: TypeDef = TypeDef {
    base: TypeId::Dict,
    slots: Slots {
        new: Some(|th, cls, _| {
            let d = OrderedDict { dict: Dict::new() };
            Ok(th.alloc_as::<OrderedDict>(cls, d)?.into_obj())
        }),
        init: Some(init),
        repr: Some(repr),
        compare: Some(compare),
        hash: Some(unhashable),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or)
    .ibin(BinOp::Or, |th, a, b| {
        update_with(th, a, b)?;
        Ok(a.clone())
    }),
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::MAPPING
        | type_flags::MATCH_SELF
        | type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::class("fromkeys", "($type, /, iterable, value=None)", fromkeys)
            .doc("Create a new ordered dictionary with keys from iterable and values set to value."),
        MethodDef::new("popitem", "($self, /, last=True)", popitem).doc(
            "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if false.",
        ),
        MethodDef::new("pop", "($self, /, key, default=<unrepresentable>)", pop).doc(
            "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        MethodDef::new("setdefault", "($self, /, key, default=None)", setdefault).doc(
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        MethodDef::new("move_to_end", "($self, /, key, last=True)", move_to_end).doc(
            "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.",
        ),
        MethodDef::new("update", "($self, *args, **kwargs)", update),
        MethodDef::new("copy", "($self, /)", copy).doc("A shallow copy of ordered dict."),
        MethodDef::new("__reduce__", "($self, /)", reduce)
            .doc("Return state information for pickling"),
    ],
    doc: "Dictionary that remembers insertion order",
    ..TypeDef::new(
        TypeId::OrderedDict,
        "collections.OrderedDict",
        OrderedDict::LAYOUT,
    )
};

fn as_dict<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Dict>> {
    this::<OrderedDict>(th, o)?;
    // SAFETY: the layout extends that of dict.
    Ok(unsafe { o.cast_unchecked::<Dict>() })
}

/// Whether items are set as dict sets them: no class written in Python has a word in it.
fn sets_plainly(th: &Thread, o: &Obj) -> bool {
    let (own, dict) = (th.type_of(o).slots(), th.ty(TypeId::Dict).slots());
    match (own.setitem, dict.setitem) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        _ => false,
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let pos = args.positional();
    if pos.len() > 1 {
        return Err(th.type_error(format!("expected at most 1 arguments, got {}", pos.len())));
    }
    if let Some(from) = pos.first() {
        update_with(th, o, from)?;
    }
    for (k, v) in args.keywords() {
        th.setitem(o, k, v)?;
    }
    Ok(())
}

fn update(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    if let Some(args) = a.opt(1) {
        let args = args.exact::<Tuple>().map_or(&[][..], |t| t.items());
        if args.len() > 1 {
            return Err(th.type_error(format!(
                "update() takes at most 1 positional argument ({} given)",
                args.len()
            )));
        }
        if let Some(from) = args.first() {
            update_with(th, o, from)?;
        }
    }
    if let Some(kw) = a.opt(2) {
        update_with(th, o, kw)?;
    }
    Ok(Obj::NONE)
}

/// `o.update(from)`: through the `__setitem__` of the class, if it has one.
fn update_with(th: &Thread, o: &Obj, from: &Obj) -> Res<()> {
    if sets_plainly(th, o) {
        return update_from(th, as_dict(th, o)?, from);
    }
    if let Some(d) = from.exact::<Dict>() {
        for (k, v, _) in d.snapshot(th) {
            th.setitem(o, &k, &v)?;
        }
        return Ok(());
    }
    if let Some(keys) = th.getattr_opt(from, "keys")? {
        let it = th.iter(&th.call(&keys, &[])?)?;
        while let Some(k) = th.next(&it)? {
            let v = th.getitem(from, &k)?;
            th.setitem(o, &k, &v)?;
        }
        return Ok(());
    }
    let it = th.iter(from)?;
    while let Some(pair) = th.next(&it)? {
        let mut kv = Vec::with_capacity(2);
        let parts = th.iter(&pair)?;
        while let Some(x) = th.next(&parts)? {
            kv.push(x);
            if kv.len() > 2 {
                break;
            }
        }
        match kv.as_slice() {
            [k, v] => th.setitem(o, k, v)?,
            [_, _, ..] => {
                return Err(th.value_error("too many values to unpack (expected 2)"));
            }
            few => {
                return Err(
                    th.value_error(format!("need more than {} values to unpack", few.len()))
                );
            }
        }
    }
    Ok(())
}

fn fromkeys(th: &Thread, a: Args<'_>) -> Res {
    let value = a.opt(2).cloned().unwrap_or(Obj::NONE);
    let made = th.call(a.get(0), &[])?;
    let it = th.iter(a.get(1))?;
    while let Some(k) = th.next(&it)? {
        th.setitem(&made, &k, &value)?;
    }
    Ok(made)
}

/// The flag `last`, which is true where it is not given.
fn is_last(th: &Thread, last: Option<&Obj>) -> Res<bool> {
    last.map_or(Ok(true), |o| th.truthy(o))
}

fn popitem(th: &Thread, a: Args<'_>) -> Res {
    let d = as_dict(th, a.get(0))?;
    let gone = if is_last(th, a.opt(1))? {
        d.pop_last(th)
    } else {
        d.pop_first(th)
    };
    match gone {
        Some((k, v)) => tuple_of(th, [k, v]),
        None => {
            let text = th.str("dictionary is empty")?;
            Err(th.key_error(&text))
        }
    }
}

fn pop(th: &Thread, a: Args<'_>) -> Res {
    match (as_dict(th, a.get(0))?.del_item(th, a.get(1))?, a.opt(2)) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(th.key_error(a.get(1))),
    }
}

fn setdefault(th: &Thread, a: Args<'_>) -> Res {
    let (o, key) = (a.get(0), a.get(1));
    let default = a.opt(2).cloned().unwrap_or(Obj::NONE);
    if sets_plainly(th, o) {
        return Ok(as_dict(th, o)?.set_default(th, key, default)?.0);
    }
    if th.contains(o, key)? {
        return th.getitem(o, key);
    }
    th.setitem(o, key, &default)?;
    Ok(default)
}

fn move_to_end(th: &Thread, a: Args<'_>) -> Res {
    let (d, key) = (as_dict(th, a.get(0))?, a.get(1));
    let last = is_last(th, a.opt(2))?;
    let hash = key_hash(th, key)?;
    if d.move_to_end(th, key, hash, last)? {
        Ok(Obj::NONE)
    } else {
        Err(th.key_error(key))
    }
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let d = as_dict(th, o)?;
    let ty = th.type_of(o).obj().clone();
    let new = th.call(&ty, &[])?;
    if o.is_exact::<OrderedDict>() {
        update_with(th, &new, o)?;
        return Ok(new);
    }
    for k in d.keys_now(th) {
        let v = th.getitem(o, &k)?;
        th.setitem(&new, &k, &v)?;
    }
    Ok(new)
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let state = th.call_method(o, "__getstate__", &[])?;
    let items = th.call_method(o, "items", &[])?;
    let it = th.iter(&items)?;
    let ty = th.type_of(o).obj().clone();
    tuple_of(th, [ty, th.empty_tuple(), state, Obj::NONE, it])
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let d = as_dict(th, o)?;
    let name = th.type_of(o).name_text();
    let mut b = StrBuf::new();
    b.push_utf8(&name);
    if d.is_empty() {
        b.push_utf8("()");
        return th.str_data(b.finish());
    }
    let Some(_inside) = th.repr_enter(o) else {
        return th.str("...");
    };
    let plain = th.new_dict()?;
    if o.is_exact::<OrderedDict>() {
        update_from(th, &plain, o)?;
    } else {
        // As a mapping: through the `__getitem__` of the class.
        let it = th.iter(&th.call_method(o, "keys", &[])?)?;
        while let Some(k) = th.next(&it)? {
            let v = th.getitem(o, &k)?;
            plain.set_item(th, &k, v)?;
        }
    }
    b.push_utf8("(");
    b.push_str(th.repr(plain.obj())?.text());
    b.push_utf8(")");
    th.str_data(b.finish())
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(as_dicts) = th.ty(TypeId::Dict).slots().compare else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let mut same = match op {
        CmpOp::Eq | CmpOp::Ne => th.truthy(&as_dicts(th, a, b, CmpOp::Eq)?)?,
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    if same && b.cast::<OrderedDict>().is_some() && a.cast::<OrderedDict>().is_some() {
        // Equal as dicts; here the order counts, too.
        let others = as_dict(th, b)?.keys_now(th);
        for (k, l) in x.keys_now(th).iter().zip(&others) {
            if !k.is(l) && !th.eq(k, l)? {
                same = false;
                break;
            }
        }
    }
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (own, other) = match a.cast::<OrderedDict>() {
        Some(_) => (a, b),
        None => (b, a),
    };
    if other.cast::<Dict>().is_none() {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let ty = th.type_of(own).obj().clone();
    let new = th.call(&ty, std::slice::from_ref(a))?;
    update_with(th, &new, b)?;
    Ok(new)
}
