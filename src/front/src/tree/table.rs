//! The vocabulary of Python's syntax trees (module `ast`): every class, its fields and what they hold, in ASDL's words.

use threadsnake_threads::sync::LazyLock;

/// What several classes have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(non_camel_case_types)]
pub enum Group {
    r#mod,
    stmt,
    expr,
    expr_context,
    boolop,
    operator,
    unaryop,
    cmpop,
    comprehension,
    excepthandler,
    arguments,
    arg,
    keyword,
    alias,
    withitem,
    match_case,
    pattern,
    type_ignore,
    type_param,
}

impl Group {
    /// Its name, which is that of the base class of its classes.
    pub fn name(self) -> String {
        format!("{self:?}").trim_start_matches("r#").to_owned()
    }
    /// Whether its only class is the group itself.
    pub fn is_product(self) -> bool {
        use Group::*;
        matches!(
            self,
            comprehension | arguments | arg | keyword | alias | withitem | match_case
        )
    }
    /// Whether its nodes have a place; whether they need its end, too.
    pub fn placed(self) -> Option<bool> {
        use Group::*;
        match self {
            stmt | expr | excepthandler | arg | keyword | alias => Some(false),
            pattern | type_param => Some(true),
            _ => None,
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ty {
    /// A name.
    Identifier,
    /// An int.
    Int,
    /// A str that is no name.
    String,
    /// Anything that can be a constant.
    Constant,
    /// A node.
    Node(Group),
}

/// How many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Card {
    /// Exactly one.
    One,
    /// One or None.
    Optional,
    /// A list.
    Many,
    /// A list in which None may stand.
    ManyOptional,
}

/// A field of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub ty: Ty,
    /// How many of it.
    pub card: Card,
}

macro_rules! nodes {
    ($($kind:ident $group:ident $fields:literal;)*) => {
        /// A class of nodes.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[allow(non_camel_case_types)]
        pub enum Kind { $(
            #[doc = concat!("Fields: ", $fields, ".")]
            $kind
        ),* }

        impl Kind {
            /// Every class, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];
            /// Its group.
            pub fn group(self) -> Group {
                match self { $(Kind::$kind => Group::$group),* }
            }
            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind)),* }
            }
            /// Its fields as ASDL has them.
            pub fn asdl(self) -> &'static str {
                match self { $(Kind::$kind => $fields),* }
            }
        }
    };
}

nodes! {
    Module r#mod "stmt* body, type_ignore* type_ignores";
    Interactive r#mod "stmt* body";
    Expression r#mod "expr body";
    FunctionType r#mod "expr* argtypes, expr returns";
    FunctionDef stmt "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params";
    AsyncFunctionDef stmt "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params";
    ClassDef stmt "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params";
    Return stmt "expr? value";
    Delete stmt "expr* targets";
    Assign stmt "expr* targets, expr value, string? type_comment";
    TypeAlias stmt "expr name, type_param* type_params, expr value";
    AugAssign stmt "expr target, operator op, expr value";
    AnnAssign stmt "expr target, expr annotation, expr? value, int simple";
    For stmt "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment";
    AsyncFor stmt "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment";
    While stmt "expr test, stmt* body, stmt* orelse";
    If stmt "expr test, stmt* body, stmt* orelse";
    With stmt "withitem* items, stmt* body, string? type_comment";
    AsyncWith stmt "withitem* items, stmt* body, string? type_comment";
    Match stmt "expr subject, match_case* cases";
    Raise stmt "expr? exc, expr? cause";
    Try stmt "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody";
    TryStar stmt "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody";
    Assert stmt "expr test, expr? msg";
    Import stmt "alias* names";
    ImportFrom stmt "identifier? module, alias* names, int? level";
    Global stmt "identifier* names";
    Nonlocal stmt "identifier* names";
    Expr stmt "expr value";
    Pass stmt "";
    Break stmt "";
    Continue stmt "";
    BoolOp expr "boolop op, expr* values";
    NamedExpr expr "expr target, expr value";
    BinOp expr "expr left, operator op, expr right";
    UnaryOp expr "unaryop op, expr operand";
    Lambda expr "arguments args, expr body";
    IfExp expr "expr test, expr body, expr orelse";
    Dict expr "expr?* keys, expr* values";
    Set expr "expr* elts";
    ListComp expr "expr elt, comprehension* generators";
    SetComp expr "expr elt, comprehension* generators";
    DictComp expr "expr key, expr value, comprehension* generators";
    GeneratorExp expr "expr elt, comprehension* generators";
    Await expr "expr value";
    Yield expr "expr? value";
    YieldFrom expr "expr value";
    Compare expr "expr left, cmpop* ops, expr* comparators";
    Call expr "expr func, expr* args, keyword* keywords";
    FormattedValue expr "expr value, int conversion, expr? format_spec";
    Interpolation expr "expr value, constant str, int conversion, expr? format_spec";
    JoinedStr expr "expr* values";
    TemplateStr expr "expr* values";
    Constant expr "constant value, string? kind";
    Attribute expr "expr value, identifier attr, expr_context ctx";
    Subscript expr "expr value, expr slice, expr_context ctx";
    Starred expr "expr value, expr_context ctx";
    Name expr "identifier id, expr_context ctx";
    List expr "expr* elts, expr_context ctx";
    Tuple expr "expr* elts, expr_context ctx";
    Slice expr "expr? lower, expr? upper, expr? step";
    Load expr_context "";
    Store expr_context "";
    Del expr_context "";
    And boolop "";
    Or boolop "";
    Add operator "";
    Sub operator "";
    Mult operator "";
    MatMult operator "";
    Div operator "";
    Mod operator "";
    Pow operator "";
    LShift operator "";
    RShift operator "";
    BitOr operator "";
    BitXor operator "";
    BitAnd operator "";
    FloorDiv operator "";
    Invert unaryop "";
    Not unaryop "";
    UAdd unaryop "";
    USub unaryop "";
    Eq cmpop "";
    NotEq cmpop "";
    Lt cmpop "";
    LtE cmpop "";
    Gt cmpop "";
    GtE cmpop "";
    Is cmpop "";
    IsNot cmpop "";
    In cmpop "";
    NotIn cmpop "";
    comprehension comprehension "expr target, expr iter, expr* ifs, int is_async";
    ExceptHandler excepthandler "expr? type, identifier? name, stmt* body";
    arguments arguments "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults";
    arg arg "identifier arg, expr? annotation, string? type_comment";
    keyword keyword "identifier? arg, expr value";
    alias alias "identifier name, identifier? asname";
    withitem withitem "expr context_expr, expr? optional_vars";
    match_case match_case "pattern pattern, expr? guard, stmt* body";
    MatchValue pattern "expr value";
    MatchSingleton pattern "constant value";
    MatchSequence pattern "pattern* patterns";
    MatchMapping pattern "expr* keys, pattern* patterns, identifier? rest";
    MatchClass pattern "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns";
    MatchStar pattern "identifier? name";
    MatchAs pattern "pattern? pattern, identifier? name";
    MatchOr pattern "pattern* patterns";
    TypeIgnore type_ignore "int lineno, string tag";
    TypeVar type_param "identifier name, expr? bound, expr? default_value";
    ParamSpec type_param "identifier name, expr? default_value";
    TypeVarTuple type_param "identifier name, expr? default_value";
}

/// Every group, in the order in which `ast` shows them.
pub const GROUPS: &[Group] = &[
    Group::r#mod,
    Group::stmt,
    Group::expr,
    Group::expr_context,
    Group::boolop,
    Group::operator,
    Group::unaryop,
    Group::cmpop,
    Group::comprehension,
    Group::excepthandler,
    Group::arguments,
    Group::arg,
    Group::keyword,
    Group::alias,
    Group::withitem,
    Group::match_case,
    Group::pattern,
    Group::type_ignore,
    Group::type_param,
];

static FIELDS: LazyLock<Vec<Vec<Field>>> = LazyLock::new(|| {
    Kind::ALL
        .iter()
        .map(|k| {
            k.asdl()
                .split(", ")
                .filter(|f| !f.is_empty())
                .map(field)
                .collect()
        })
        .collect()
});

fn field(text: &'static str) -> Field {
    let (ty, name) = text.split_once(' ').unwrap_or((text, ""));
    let word = ty.trim_end_matches(['?', '*']);
    let card = match &ty[word.len()..] {
        "?" => Card::Optional,
        "*" => Card::Many,
        "?*" => Card::ManyOptional,
        _ => Card::One,
    };
    let ty = match word {
        "identifier" => Ty::Identifier,
        "int" => Ty::Int,
        "string" => Ty::String,
        "constant" => Ty::Constant,
        _ => match GROUPS.iter().find(|g| g.name() == word) {
            Some(g) => Ty::Node(*g),
            None => Ty::Constant,
        },
    };
    Field { name, ty, card }
}

impl Kind {
    /// Its fields.
    pub fn fields(self) -> &'static [Field] {
        &FIELDS[self as usize]
    }
    /// The class of this name.
    pub fn of(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_says_what_it_holds() {
        for k in Kind::ALL {
            for (f, text) in k.fields().iter().zip(k.asdl().split(", ")) {
                let word = text.split(['?', '*', ' ']).next().unwrap_or_default();
                assert!(!f.name.is_empty(), "{k:?}");
                assert!(f.ty != Ty::Constant || word == "constant", "{k:?}: {text}");
            }
        }
    }
}
