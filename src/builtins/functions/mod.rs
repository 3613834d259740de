//! The functions of module `builtins`.
//!
//! - `attrs`: attributes, classes, identity
//! - `iter`: iteration, ordering
//! - `sum`: sums
//! - `numeric`: numbers
//! - `text`: strings, `print`, `input`
//! - `run`: compiling and running code, imports
//! - `class`: `__build_class__`

pub mod attrs;
pub mod class;
pub mod iter;
pub mod numeric;
pub mod run;
pub mod sum;
pub mod text;

use crate::object::def::{MethodDef, ModuleDef};
use crate::object::module::Module;
use crate::object::obj::{Obj, Py};
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Module `builtins`.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("__build_class__", "(*args, **kwargs)", class::build_class)
            .doc("__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement."),
        MethodDef::new("__import__", "(name, globals=None, locals=None, fromlist=(), level=0)", run::import)
            .doc("Import a module.\n\nBecause this function is meant for use by the Python\ninterpreter and not for general use, it is better to use\nimportlib.import_module() to programmatically import a module."),
        MethodDef::new("abs", "(number, /)", numeric::abs).doc("Return the absolute value of the argument."),
        MethodDef::new("aiter", "(async_iterable, /)", iter::aiter)
            .doc("Return an AsyncIterator for an AsyncIterable object."),
        MethodDef::new("all", "(iterable, /)", iter::all)
            .doc("Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True."),
        MethodDef::new("anext", "(async_iterator, default=<unrepresentable>, /)", iter::anext).doc(
            "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.",
        ),
        MethodDef::new("any", "(iterable, /)", iter::any)
            .doc("Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False."),
        MethodDef::new("ascii", "(obj, /)", text::ascii).doc("Return an ASCII-only representation of an object."),
        MethodDef::new("bin", "(number, /)", numeric::bin)
            .doc("Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'"),
        MethodDef::new("breakpoint", "(*args, **kws)", run::breakpoint).doc("Call sys.breakpointhook(*args, **kws)."),
        MethodDef::new("callable", "(obj, /)", attrs::callable)
            .doc("Return whether the object is callable (i.e., some kind of function).\n\nNote that classes are callable, as are instances of classes with a\n__call__() method."),
        MethodDef::new("chr", "(i, /)", text::chr)
            .doc("Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
        MethodDef::new(
            "compile",
            "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
            run::compile,
        )
        .doc("Compile source into a code object that can be executed by exec() or eval()."),
        MethodDef::new("delattr", "(obj, name, /)", attrs::delattr).doc("Deletes the named attribute from the given object."),
        MethodDef::new("dir", "(object=<unrepresentable>, /)", attrs::dir)
            .doc("Show attributes of an object, or the names in the current scope."),
        MethodDef::new("divmod", "(x, y, /)", numeric::divmod)
            .doc("Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
        MethodDef::new("eval", "(source, /, globals=None, locals=None)", run::eval)
            .doc("Evaluate the given source in the context of globals and locals."),
        MethodDef::new("exec", "(source, /, globals=None, locals=None, *, closure=None)", run::exec)
            .doc("Execute the given source in the context of globals and locals."),
        // Of `site` in CPython; an interactive session puts those in their place.
        MethodDef::new("exit", "(code=None)", crate::modules::sys::exit).doc("Exit the program by raising SystemExit(code)."),
        MethodDef::new("quit", "(code=None)", crate::modules::sys::exit).doc("Exit the program by raising SystemExit(code)."),
        MethodDef::new("format", "(value, format_spec='', /)", text::format)
            .doc("Return type(value).__format__(value, format_spec)"),
        MethodDef::new("getattr", "(object, name, default=<unrepresentable>, /)", attrs::getattr)
            .doc("Get a named attribute from an object."),
        MethodDef::new("globals", "()", run::globals)
            .doc("Return the dictionary containing the current scope's global variables."),
        MethodDef::new("hasattr", "(obj, name, /)", attrs::hasattr)
            .doc("Return whether the object has an attribute with the given name."),
        MethodDef::new("hash", "(obj, /)", attrs::hash).doc("Return the hash value for the given object."),
        MethodDef::new("hex", "(number, /)", numeric::hex)
            .doc("Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'"),
        MethodDef::new("id", "(obj, /)", attrs::id).doc("Return the identity of an object."),
        MethodDef::new("input", "(prompt='', /)", text::input).doc("Read a string from standard input."),
        MethodDef::new("isinstance", "(obj, class_or_tuple, /)", attrs::isinstance)
            .doc("Return whether an object is an instance of a class or of a subclass thereof."),
        MethodDef::new("issubclass", "(cls, class_or_tuple, /)", attrs::issubclass)
            .doc("Return whether 'cls' is derived from another class or is the same class."),
        MethodDef::new("iter", "(object, sentinel=<unrepresentable>, /)", iter::iter).doc("Get an iterator from an object."),
        MethodDef::new("len", "(obj, /)", iter::len).doc("Return the number of items in a container."),
        MethodDef::new("locals", "()", run::locals)
            .doc("Return a dictionary containing the current scope's local variables."),
        MethodDef::new("max", "(*args, key=None, default=<unrepresentable>)", iter::max)
            .doc("With a single iterable argument, return its biggest item."),
        MethodDef::new("min", "(*args, key=None, default=<unrepresentable>)", iter::min)
            .doc("With a single iterable argument, return its smallest item."),
        MethodDef::new("next", "(iterator, default=<unrepresentable>, /)", iter::next)
            .doc("Return the next item from the iterator."),
        MethodDef::new("oct", "(number, /)", numeric::oct)
            .doc("Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'"),
        MethodDef::new(
            "open",
            "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
            run::open,
        )
        .doc("Open file and return a stream.  Raise OSError upon failure."),
        MethodDef::new("ord", "(character, /)", text::ord).doc("Return the ordinal value of a character."),
        MethodDef::new("pow", "(base, exp, mod=None)", numeric::pow)
            .doc("Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments."),
        MethodDef::new("print", "(*args, sep=' ', end='\\n', file=None, flush=False)", text::print)
            .doc("Prints the values to a stream, or to sys.stdout by default."),
        MethodDef::new("repr", "(obj, /)", text::repr).doc("Return the canonical string representation of the object."),
        MethodDef::new("round", "(number, ndigits=None)", numeric::round)
            .doc("Round a number to a given precision in decimal digits."),
        MethodDef::new("setattr", "(obj, name, value, /)", attrs::setattr)
            .doc("Sets the named attribute on the given object to the specified value."),
        MethodDef::new("sorted", "(iterable, /, *, key=None, reverse=False)", iter::sorted)
            .doc("Return a new list containing all items from the iterable in ascending order."),
        MethodDef::new("sum", "(iterable, /, start=0)", sum::sum)
            .doc("Return the sum of a 'start' value (default: 0) plus an iterable of numbers"),
        MethodDef::new("vars", "(object=<unrepresentable>, /)", attrs::vars).doc("Show vars."),
    ],
    types: &[
        ("object", TypeId::Object),
        ("type", TypeId::Type),
        ("int", TypeId::Int),
        ("bool", TypeId::Bool),
        ("float", TypeId::Float),
        ("complex", TypeId::Complex),
        ("str", TypeId::Str),
        ("bytes", TypeId::Bytes),
        ("bytearray", TypeId::ByteArray),
        ("memoryview", TypeId::MemoryView),
        ("list", TypeId::List),
        ("tuple", TypeId::Tuple),
        ("dict", TypeId::Dict),
        ("set", TypeId::Set),
        ("frozenset", TypeId::FrozenSet),
        ("range", TypeId::Range),
        ("slice", TypeId::Slice),
        ("classmethod", TypeId::ClassMethod),
        ("staticmethod", TypeId::StaticMethod),
        ("property", TypeId::Property),
        ("super", TypeId::Super),
        ("enumerate", TypeId::Enumerate),
        ("reversed", TypeId::Reversed),
        ("zip", TypeId::Zip),
        ("map", TypeId::Map),
        ("filter", TypeId::Filter),
    ],
    init: Some(init),
    doc: "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not usually accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and a name that\nis the same as a builtin.",
    ..ModuleDef::new("builtins")
};

/// Constants and exceptions.
fn init(th: &Thread, m: &Py<Module>) -> Res<()> {
    let set = |name: &str, v: Obj| m.dict.set_str(th, name, v);
    set("None", Obj::NONE)?;
    set("True", Obj::TRUE)?;
    set("False", Obj::FALSE)?;
    set("Ellipsis", Obj::ELLIPSIS)?;
    set("NotImplemented", Obj::NOT_IMPLEMENTED)?;
    set("__debug__", Obj::TRUE)?;
    let first = TypeId::BaseException as usize;
    let last = TypeId::EncodingWarning as usize;
    for id in &crate::object::type_ids::ALL_TYPES[first..=last] {
        let t = th.ty(*id);
        set(&t.name_text(), t.obj().clone())?;
    }
    for alias in ["IOError", "EnvironmentError"] {
        set(alias, th.ty(TypeId::OSError).obj().clone())?;
    }
    Ok(())
}
