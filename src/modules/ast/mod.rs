//! `_ast`: the classes of syntax trees. They are made at the first import from the front end's table
//! (`threadsnake_front::tree::table`); `give` turns the front end's trees into objects, `take` objects into such trees.

mod give;
mod take;

use crate::modules::prelude::*;
use threadsnake_front::tree::{Group, Kind, table::GROUPS};

pub use give::give;
pub use take::take_root;

/// The classes of a runtime.
#[derive(Default)]
struct State {
    /// `AST`
    base: Slot2,
    /// By [`Kind`].
    kinds: Guard,
    /// The base classes of the groups, by their place in [`GROUPS`].
    groups: Guard,
    /// The one instance of each class without fields (`Load()`, `Add()`, …), by [`Kind`].
    words: Guard,
}

/// A slot that starts empty.
#[derive(Default)]
struct Slot2(Slot);

/// As many slots as there are classes.
struct Guard(Vec<Slot>);

impl Default for Guard {
    fn default() -> Guard {
        Guard(Kind::ALL.iter().map(|_| Slot::empty()).collect())
    }
}

/// The class of a kind of nodes.
fn class(th: &Thread, kind: Kind) -> Res {
    let st = th.rt().module_state::<State>();
    match st.kinds.0[kind as usize].get() {
        Some(c) => Ok(c),
        None => {
            th.import("_ast")?;
            st.kinds.0[kind as usize]
                .get()
                .ok_or_else(|| th.system_error("module _ast is not complete"))
        }
    }
}

/// The base class of a group.
fn group_class(th: &Thread, group: Group) -> Res {
    let st = th.rt().module_state::<State>();
    let i = GROUPS.iter().position(|g| *g == group).unwrap_or(0);
    st.groups.0[i]
        .get()
        .ok_or_else(|| th.system_error("module _ast is not complete"))
}

/// Whether an object is a node: never before somebody has imported the module.
pub fn is_node(th: &Thread, o: &Obj) -> Res<bool> {
    match th.rt().module_state::<State>().base.0.get() {
        Some(base) => th.isinstance(o, &base),
        None => Ok(false),
    }
}

/// What the classes share, and the making of one: `_define(name, base, fields)`.
const SOURCE: &str = r#"
class AST:
    _fields = ()
    _attributes = ()
    _field_types = {}
    _kinds = ()
    __match_args__ = ()

    def __init__(self, *args, **kwargs):
        cls = type(self)
        fields = cls._fields
        if len(args) > len(fields):
            s = '' if len(fields) == 1 else 's'
            raise TypeError(f"{cls.__name__} constructor takes at most {len(fields)} positional argument{s}")
        given = dict(zip(fields, args))
        self.__dict__.update(given)
        for name, value in kwargs.items():
            if name in given:
                raise TypeError(f"{cls.__name__} got multiple values for argument {name!r}")
            if name not in fields and name not in cls._attributes:
                import warnings
                warnings.warn(
                    f"{cls.__name__}.__init__ got an unexpected keyword argument {name!r}. "
                    "Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.",
                    DeprecationWarning, stacklevel=2)
            setattr(self, name, value)
        for name, kind in zip(fields, cls._kinds):
            if name in self.__dict__ or kind == '?':
                continue
            if kind == '*':
                setattr(self, name, [])
            elif kind == '!':
                setattr(self, name, _word('Load'))
            else:
                import warnings
                warnings.warn(
                    f"{cls.__name__}.__init__ missing 1 required positional argument: {name!r}. "
                    "This will become an error in Python 3.15.",
                    DeprecationWarning, stacklevel=2)

    def __reduce__(self):
        return type(self), (), dict(self.__dict__)

    def __replace__(self, /, **fields):
        import copy
        new = copy.copy(self)
        for name, value in fields.items():
            if name not in self._fields and name not in self._attributes:
                raise TypeError(f"{type(self).__name__}.__replace__ got an unexpected keyword argument {name!r}.")
            setattr(new, name, value)
        return new

    def __repr__(self):
        return _show(self, 3)

AST.__module__ = 'ast'


def _show(x, depth):
    if isinstance(x, AST):
        if depth <= 0:
            return f"{type(x).__name__}(...)"
        parts = [f"{n}={_show(getattr(x, n), depth - 1)}" for n in x._fields if hasattr(x, n)]
        return f"{type(x).__name__}({', '.join(parts)})"
    if isinstance(x, list):
        if len(x) > 2:
            return f"[{_show(x[0], depth - 1)}, ..., {_show(x[-1], depth - 1)}]"
        return f"[{', '.join([_show(i, depth - 1) for i in x])}]"
    return repr(x)


_places = ('lineno', 'col_offset', 'end_lineno', 'end_col_offset')
_plain = {'identifier': str, 'string': str, 'int': int, 'constant': object}


def _define(name, base, doc, placed, fields):
    body = {'__module__': 'ast', '__doc__': doc}
    if placed is not None:
        body['_attributes'] = _places
        if not placed:
            body['end_lineno'] = body['end_col_offset'] = None
    if fields is not None:
        body['_fields'] = body['__match_args__'] = tuple([f for f, _, _ in fields])
        kinds = []
        for field, _, how in fields:
            if how == '?':
                body[field] = None
            kinds.append(how[-1:])
        body['_kinds'] = tuple(kinds)
        body['_field_types'] = {}
    return type(name, (base,), body)


def _types(cls, fields, classes):
    for field, ty, how in fields:
        ty = _plain.get(ty) or classes[ty]
        if '*' in how:
            ty = list[ty]
        elif how == '?':
            ty = ty | None
        cls._field_types[field] = ty
    cls._kinds = tuple(['!' if ty == 'expr_context' else how[-1:] for _, ty, how in fields])
"#;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    init: Some(|th, m| {
        let space = th.new_dict()?;
        space.set_str(th, "__name__", th.str("_ast")?)?;
        let word = th.getattr(m.obj(), "_word")?;
        space.set_str(th, "_word", word)?;
        let builtins = th.import("builtins")?;
        let exec = th.getattr(&builtins, "exec")?;
        th.call(&exec, &[th.str(SOURCE)?, space.obj().clone()])?;
        define(th, m, &space)?;
        for (name, n) in [
            ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
            ("PyCF_ONLY_AST", 0x400),
            ("PyCF_OPTIMIZED_AST", 0x8400),
            ("PyCF_TYPE_COMMENTS", 0x1000),
        ] {
            put(th, m, name, th.int(n))?;
        }
        Ok(())
    }),
    functions: &[MethodDef::new(
        "_word",
        "(name, /)",
        |th, a| match Kind::of(&th.str_text(a.get(0))) {
            Some(k) => give::word(th, k),
            None => Err(th.value_error("no such class")),
        },
    )],
    ..ModuleDef::new("_ast")
};

/// `(field, type, how many)` of each field of a kind, for `_define`.
fn fields_of(th: &Thread, kind: Kind) -> Res {
    let mut rows = Vec::new();
    for text in kind.asdl().split(", ").filter(|t| !t.is_empty()) {
        let (ty, name) = text.split_once(' ').unwrap_or((text, ""));
        let word = ty.trim_end_matches(['?', '*']);
        let how = &ty[word.len()..];
        rows.push(tuple_of(
            th,
            [th.intern(name), th.intern(word), th.intern(how)],
        )?);
    }
    th.tuple(rows)
}

fn signature(kind: Kind) -> String {
    match kind.asdl() {
        "" => kind.name().to_owned(),
        f => format!("{}({f})", kind.name()),
    }
}

/// Makes every class and shows it in the module.
fn define(th: &Thread, m: &Py<Module>, space: &Py<Dict>) -> Res<()> {
    let st = th.rt().module_state::<State>();
    let get = |name: &str| {
        space
            .get_str(th, name)
            .ok_or_else(|| th.system_error("module _ast is not complete"))
    };
    let (base, define, types) = (get("AST")?, get("_define")?, get("_types")?);
    put(th, m, "AST", base.clone())?;
    let by_name = th.new_dict()?;
    for (i, group) in GROUPS.iter().enumerate().filter(|(_, g)| !g.is_product()) {
        let name = group.name();
        let kinds = Kind::ALL.iter().filter(|k| k.group() == *group);
        let signatures: Vec<String> = kinds.map(|k| signature(*k)).collect();
        let indent = format!("\n{}| ", " ".repeat(name.len() + 1));
        let doc = format!("{name} = {}", signatures.join(&indent));
        let placed = group.placed().map_or(Obj::NONE, Obj::bool);
        let args = [
            th.intern(&name),
            base.clone(),
            th.str(&doc)?,
            placed,
            Obj::NONE,
        ];
        let class = th.call(&define, &args)?;
        put(th, m, &name, class.clone())?;
        by_name.set_str(th, &name, class.clone())?;
        st.groups.0[i].set(th, Some(class));
    }
    for kind in Kind::ALL {
        let group = kind.group();
        let (parent, placed) = if group.is_product() {
            (base.clone(), group.placed().map_or(Obj::NONE, Obj::bool))
        } else {
            (group_class(th, group)?, Obj::NONE)
        };
        let doc = th.str(&signature(*kind))?;
        let args = [
            th.intern(kind.name()),
            parent,
            doc,
            placed,
            fields_of(th, *kind)?,
        ];
        let class = th.call(&define, &args)?;
        put(th, m, kind.name(), class.clone())?;
        by_name.set_str(th, kind.name(), class.clone())?;
        if group.is_product() {
            let i = GROUPS.iter().position(|g| *g == group).unwrap_or(0);
            st.groups.0[i].set(th, Some(class.clone()));
        }
        st.kinds.0[*kind as usize].set(th, Some(class));
    }
    for kind in Kind::ALL {
        let args = [
            class(th, *kind)?,
            fields_of(th, *kind)?,
            by_name.obj().clone(),
        ];
        th.call(&types, &args)?;
    }
    st.base.0.set(th, Some(base));
    Ok(())
}
