//! Which attributes of native types are members (`member_descriptor`) and not getsets. Programs can tell them apart:
//! `dataclasses` takes a member of a base class for a slot, and not for a default value.

use crate::object::type_ids::TypeId::{self, *};

/// Types, with those of their attributes that are members.
const MEMBERS: &[(TypeId, &[&str])] = &[
    (ContextVar, &["name"]),
    (AttributeError, &["name", "obj"]),
    (BaseException, &["__suppress_context__"]),
    (BaseExceptionGroup, &["exceptions", "message"]),
    (ImportError, &["msg", "name", "name_from", "path"]),
    (NameError, &["name"]),
    (OSError, &["errno", "filename", "filename2", "strerror"]),
    (StopIteration, &["value"]),
    (
        SyntaxError,
        &[
            "_metadata",
            "end_lineno",
            "end_offset",
            "filename",
            "lineno",
            "msg",
            "offset",
            "print_file_and_line",
            "text",
        ],
    ),
    (SystemExit, &["code"]),
    (UnicodeDecodeError, UNICODE),
    (UnicodeEncodeError, UNICODE),
    (UnicodeTranslateError, UNICODE),
    (AsyncGenerator, &["ag_running"]),
    (BuiltinFunction, &["__module__"]),
    (ClassMethod, &["__func__", "__wrapped__"]),
    (StaticMethod, &["__func__", "__wrapped__"]),
    (ClassMethodDescriptor, DESCRIPTOR),
    (MethodDescriptor, DESCRIPTOR),
    (WrapperDescriptor, DESCRIPTOR),
    (GetSetDescriptor, DESCRIPTOR),
    (MemberDescriptor, DESCRIPTOR),
    (MethodWrapper, &["__self__"]),
    (
        Code,
        &[
            "co_argcount",
            "co_consts",
            "co_exceptiontable",
            "co_filename",
            "co_firstlineno",
            "co_flags",
            "co_kwonlyargcount",
            "co_linetable",
            "co_name",
            "co_names",
            "co_nlocals",
            "co_posonlyargcount",
            "co_qualname",
            "co_stacksize",
        ],
    ),
    (Complex, &["imag", "real"]),
    (Coroutine, &["cr_origin"]),
    (Frame, &["f_trace_lines"]),
    (Function, &["__builtins__", "__closure__", "__globals__"]),
    (Method, &["__func__", "__self__"]),
    (Module, &["__dict__"]),
    (Property, &["__doc__", "fdel", "fget", "fset"]),
    (Range, SLICE),
    (Slice, SLICE),
    (Super, &["__self__", "__self_class__", "__thisclass__"]),
    (Traceback, &["tb_frame", "tb_lasti"]),
    (DateTimeDelta, &["days", "microseconds", "seconds"]),
    (
        Interpolation,
        &["conversion", "expression", "format_spec", "value"],
    ),
    (Template, &["interpolations", "strings"]),
    (GenericAlias, &["__args__", "__origin__", "__unpacked__"]),
    (SimpleNamespace, &["__dict__"]),
    (TypeAliasType, &["__name__"]),
    (Union, &["__args__"]),
    (WeakRef, &["__callback__"]),
];

const UNICODE: &[&str] = &["encoding", "end", "object", "reason", "start"];
const DESCRIPTOR: &[&str] = &["__name__", "__objclass__"];
const SLICE: &[&str] = &["start", "step", "stop"];

/// Whether this attribute of this type is a member.
pub fn is_member(id: Option<TypeId>, name: &str) -> bool {
    let Some(id) = id else { return false };
    MEMBERS
        .iter()
        .any(|(t, names)| *t == id && names.contains(&name))
}
