//! How large C's types are: what `from ctypes import sizeof, c_long` gives. There is no interface to C, and `import ctypes`
//! says so; but the sizes are facts about the machine, which need none, and programs ask for them at their start.

use crate::modules::prelude::*;

/// Names of types, with their sizes on this machine.
const TYPES: &[(&str, usize)] = &[
    ("c_bool", 1),
    ("c_char", 1),
    ("c_byte", 1),
    ("c_ubyte", 1),
    ("c_int8", 1),
    ("c_uint8", 1),
    ("c_short", 2),
    ("c_ushort", 2),
    ("c_int16", 2),
    ("c_uint16", 2),
    ("c_int", size_of::<std::ffi::c_int>()),
    ("c_uint", size_of::<std::ffi::c_uint>()),
    ("c_int32", 4),
    ("c_uint32", 4),
    ("c_wchar", 4),
    ("c_long", size_of::<std::ffi::c_long>()),
    ("c_ulong", size_of::<std::ffi::c_ulong>()),
    ("c_longlong", 8),
    ("c_ulonglong", 8),
    ("c_int64", 8),
    ("c_uint64", 8),
    ("c_size_t", size_of::<usize>()),
    ("c_ssize_t", size_of::<usize>()),
    ("c_void_p", size_of::<usize>()),
    ("c_char_p", size_of::<usize>()),
    ("c_wchar_p", size_of::<usize>()),
    ("c_float", 4),
    ("c_double", 8),
];

/// Where a class keeps its size.
const SIZE: &str = "__size__";

static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new("sizeof", "(obj, /)", |th, a| {
        match th.getattr_opt(a.get(0), SIZE)? {
            Some(n) => Ok(n),
            None => Err(th.type_error("this type has no size")),
        }
    })],
    ..ModuleDef::new("ctypes")
};

/// A module with the sizes, if `ctypes` is asked for nothing else. It is not put into `sys.modules`.
pub fn asked(th: &Thread, module: &str, fromlist: &Obj) -> Res<Option<Obj>> {
    // A program that keeps `None` there wants no `ctypes`.
    if module != "ctypes" || th.rt().modules().get_str(th, module).is_some() {
        return Ok(None);
    }
    for x in th.collect(fromlist)? {
        let known = x
            .cast::<Str>()
            .is_some_and(|s| s.eq_rust("sizeof") || TYPES.iter().any(|(n, _)| s.eq_rust(n)));
        if !known {
            return Ok(None);
        }
    }
    let m = super::make_native(th, &MODULE)?;
    let meta = th.ty(TypeId::Type).obj().clone();
    for (name, size) in TYPES {
        let dict = th.new_dict()?;
        dict.set_str(th, "__module__", th.intern("ctypes"))?;
        dict.set_str(th, SIZE, Obj::small_int(*size as i64))?;
        let class = th.call(&meta, &[th.intern(name), th.empty_tuple(), dict.into_obj()])?;
        put(th, &m, name, class)?;
    }
    Ok(Some(m.into_obj()))
}
