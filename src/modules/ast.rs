//! `_ast`: the classes of syntax trees, so that `ast` can be imported. (`compile` makes no such trees: the flag that asks
//! for one is an error.)
//!
//! The classes are made by a few lines of Python at the first import, from one table.

use crate::modules::prelude::*;

/// `class(base): fields`; a field that may be missing ends in `?`, a list in `*`, an expression context in `!`. Bases
/// come first; a class without fields may share a line with others of its base.
const NODES: &str = "
AST: mod expr_context boolop operator unaryop cmpop type_ignore withitem=context_expr,optional_vars? \
  comprehension=target,iter,ifs*,is_async arguments=posonlyargs*,args*,vararg?,kwonlyargs*,kw_defaults*,kwarg?,defaults* \
  match_case=pattern,guard?,body*
AST@: stmt expr excepthandler alias=name,asname? arg=arg,annotation?,type_comment? keyword=arg?,value
AST@@: pattern type_param
mod: Module=body*,type_ignores* Interactive=body* Expression=body FunctionType=argtypes*,returns
expr_context: Load Store Del
boolop: And Or
operator: Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv
unaryop: Invert Not UAdd USub
cmpop: Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn
type_ignore: TypeIgnore=lineno,tag
excepthandler: ExceptHandler=type?,name?,body*
stmt: FunctionDef=name,args,body*,decorator_list*,returns?,type_comment?,type_params* \
  AsyncFunctionDef=name,args,body*,decorator_list*,returns?,type_comment?,type_params* \
  ClassDef=name,bases*,keywords*,body*,decorator_list*,type_params* Return=value? Delete=targets* \
  Assign=targets*,value,type_comment? TypeAlias=name,type_params*,value AugAssign=target,op,value \
  AnnAssign=target,annotation,value?,simple For=target,iter,body*,orelse*,type_comment? \
  AsyncFor=target,iter,body*,orelse*,type_comment? While=test,body*,orelse* If=test,body*,orelse* \
  With=items*,body*,type_comment? AsyncWith=items*,body*,type_comment? Match=subject,cases* Raise=exc?,cause? \
  Try=body*,handlers*,orelse*,finalbody* TryStar=body*,handlers*,orelse*,finalbody* Assert=test,msg? Import=names* \
  ImportFrom=module?,names*,level? Global=names* Nonlocal=names* Expr=value Pass Break Continue
expr: BoolOp=op,values* NamedExpr=target,value BinOp=left,op,right UnaryOp=op,operand Lambda=args,body \
  IfExp=test,body,orelse Dict=keys*,values* Set=elts* ListComp=elt,generators* SetComp=elt,generators* \
  DictComp=key,value,generators* GeneratorExp=elt,generators* Await=value Yield=value? YieldFrom=value \
  Compare=left,ops*,comparators* Call=func,args*,keywords* FormattedValue=value,conversion,format_spec? \
  Interpolation=value,str,conversion,format_spec? JoinedStr=values* TemplateStr=values* Constant=value,kind? \
  Attribute=value,attr,ctx! Subscript=value,slice,ctx! Starred=value,ctx! Name=id,ctx! List=elts*,ctx! Tuple=elts*,ctx! \
  Slice=lower?,upper?,step?
pattern: MatchValue=value MatchSingleton=value MatchSequence=patterns* MatchMapping=keys*,patterns*,rest? \
  MatchClass=cls,patterns*,kwd_attrs*,kwd_patterns* MatchStar=name? MatchAs=pattern?,name? MatchOr=patterns*
type_param: TypeVar=name,bound?,default_value? ParamSpec=name,default_value? TypeVarTuple=name,default_value?
";

const SOURCE: &str = r#"
class AST:
    _fields = ()
    _attributes = ()
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
                setattr(self, name, _load())
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


def _load():
    return Load()


def _define(nodes, space):
    places = ('lineno', 'col_offset', 'end_lineno', 'end_col_offset')
    for line in nodes.strip().splitlines():
        base, _, names = line.partition(':')
        attributes = places if '@' in base else None
        required = base.endswith('@@')
        base = space[base.rstrip('@')]
        for entry in names.split():
            name, _, fields = entry.partition('=')
            fields = fields.split(',') if fields else []
            plain = tuple([f.rstrip('?*!') for f in fields])
            body = {
                '_fields': plain,
                '__match_args__': plain,
                '_kinds': tuple([f[-1] if f[-1] in '?*!' else '' for f in fields]),
                '__module__': 'ast',
            }
            if attributes:
                body['_attributes'] = attributes
                if not required:
                    body['end_lineno'] = body['end_col_offset'] = None
            for f in fields:
                if f[-1] == '?':
                    body[f[:-1]] = None
            space[name] = type(name, (base,), body)

AST.__module__ = 'ast'
"#;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    init: Some(|th, m| {
        let space = th.new_dict()?;
        let name = th.str("_ast")?;
        space.set_str(th, "__name__", name)?;
        let builtins = th.import("builtins")?;
        let exec = th.getattr(&builtins, "exec")?;
        th.call(&exec, &[th.str(SOURCE)?, space.obj().clone()])?;
        if let Some(define) = space.get_str(th, "_define") {
            th.call(&define, &[th.str(NODES)?, space.obj().clone()])?;
        }
        for (k, v) in space.items() {
            let name = th.str_text(&k);
            if !name.starts_with('_') {
                put(th, m, &name, v)?;
            }
        }
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
    ..ModuleDef::new("_ast")
};
