//! Path arguments.

use crate::modules::prelude::*;
use std::ffi::CString;

/// `os.fspath`
pub fn fspath(th: &Thread, o: &Obj) -> Res {
    if o.cast::<Str>().is_some() || th.is_a(o, TypeId::Bytes) {
        return Ok(o.clone());
    }
    let Some(f) = th.special(o, "__fspath__")? else {
        return Err(th.type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            th.type_name(o)
        )));
    };
    let r = th.call(&f, &[])?;
    if r.cast::<Str>().is_some() || th.is_a(&r, TypeId::Bytes) {
        return Ok(r);
    }
    Err(th.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        th.type_name(o),
        th.type_name(&r)
    )))
}

/// The bytes of a str in the file system's encoding (UTF-8, surrogates escape).
pub fn encode(th: &Thread, s: &Py<Str>) -> Res<Vec<u8>> {
    match s.as_ascii() {
        Some(t) => Ok(t.as_bytes().to_vec()),
        None => {
            let r = th.call_method(
                s.obj(),
                "encode",
                &[th.str("utf-8")?, th.str("surrogateescape")?],
            )?;
            Ok(th.bytes_like(&r)?.bytes().to_vec())
        }
    }
}

/// A str of bytes in the file system's encoding.
pub fn decode(th: &Thread, b: &[u8]) -> Res {
    match std::str::from_utf8(b) {
        Ok(s) => th.str(s),
        Err(_) => th.call_method(
            &th.bytes(b)?,
            "decode",
            &[th.str("utf-8")?, th.str("surrogateescape")?],
        ),
    }
}

/// The bytes of a path argument of function `what`.
pub fn path_bytes(th: &Thread, o: &Obj, what: &str) -> Res<Vec<u8>> {
    let p = if o.cast::<Str>().is_some() || th.is_a(o, TypeId::Bytes) {
        o.clone()
    } else {
        match th.special(o, "__fspath__")? {
            Some(_) => fspath(th, o)?,
            None => {
                return Err(th.type_error(format!(
                    "{what}: path should be string, bytes or os.PathLike, not {}",
                    th.type_name(o)
                )));
            }
        }
    };
    match p.cast::<Str>() {
        Some(s) => encode(th, s),
        None => Ok(th.bytes_like(&p)?.bytes().to_vec()),
    }
}

/// A path argument for libc, or a descriptor.
pub enum Target {
    /// A path.
    Path(CString),
    /// A descriptor.
    Fd(i32),
}

/// The path argument, which may be a descriptor.
pub fn target(th: &Thread, o: &Obj, what: &str) -> Res<Target> {
    if let Some(n) = th.int_like_i64(o) {
        return Ok(Target::Fd(n as i32));
    }
    Ok(Target::Path(c_path(th, o, what)?))
}

/// The path argument for libc; needs the capability.
pub fn c_path(th: &Thread, o: &Obj, what: &str) -> Res<CString> {
    if !th.rt().options.capabilities.files {
        return Err(th.err_obj(
            TypeId::PermissionError,
            &[
                Obj::small_int(i64::from(libc::EACCES)),
                th.str("this runtime has not been given access to files")?,
                o.clone(),
            ],
        ));
    }
    let b = path_bytes(th, o, what)?;
    CString::new(b).map_err(|_| th.value_error(format!("{what}: embedded null character in path")))
}

/// Gives text back in the type of the argument.
pub fn like(th: &Thread, given: &Obj, b: &[u8]) -> Res {
    if th.is_a(given, TypeId::Bytes) {
        th.bytes(b)
    } else {
        decode(th, b)
    }
}

/// `os.path.normpath`
pub fn normpath(th: &Thread, a: Args<'_>) -> Res {
    let p = fspath(th, a.get(0))?;
    let b = path_bytes(th, &p, "normpath")?;
    if b.is_empty() {
        return like(th, &p, b".");
    }
    let slashes = if b.starts_with(b"//") && !b.starts_with(b"///") {
        2
    } else {
        usize::from(b[0] == b'/')
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for c in b.split(|&c| c == b'/') {
        match c {
            b"" | b"." => {}
            b".." if slashes == 0 && parts.last().is_none_or(|l| *l == b"..") => parts.push(c),
            b".." => {
                parts.pop();
            }
            _ => parts.push(c),
        }
    }
    let mut out = b"/".repeat(slashes);
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    like(th, &p, &out)
}

/// `os.path.splitroot`
pub fn splitroot(th: &Thread, a: Args<'_>) -> Res {
    let p = fspath(th, a.get(0))?;
    let b = path_bytes(th, &p, "splitroot")?;
    let n = if !b.starts_with(b"/") {
        0
    } else if b.starts_with(b"//") && !b.starts_with(b"///") {
        2
    } else {
        1
    };
    th.tuple(vec![
        like(th, &p, b"")?,
        like(th, &p, &b[..n])?,
        like(th, &p, &b[n..])?,
    ])
}
