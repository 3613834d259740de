//! `_io`: files, buffers, text. `io` of the library stands on top of it.
//!
//! `base` has the abstract classes, `file` unbuffered files, `buffered` the three buffered classes, `bytesio` and
//! `stringio` files in memory, `text` the text layer (`text::read`: its input), `newline` the newline decoder, `open` what
//! opens, `lock` the lock of a stream. Each stream has a lock of its own, held for an operation: the operations of several
//! threads on one stream do not mix.

pub mod base;
pub mod buffered;
pub mod bytesio;
pub mod file;
pub mod lock;
pub mod newline;
pub mod open;
pub mod stringio;
pub mod text;

use super::prelude::*;

/// Bytes that buffers hold.
pub const BUFFER: usize = 128 << 10;
/// Bytes that the buffers of terminals and pipes of the process hold.
pub const SMALL_BUFFER: usize = 8192;

/// `_io`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "open",
            "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
            open::open,
        ),
        MethodDef::new("open_code", "(path)", |th, a| {
            let mode = th.str("rb")?;
            let f = th.getattr(&th.import("_io")?, "open")?;
            th.call(&f, &[a.get(0).clone(), mode])
        }),
        MethodDef::new("text_encoding", "(encoding, stacklevel=2, /)", |th, a| {
            if a.get(0).is_none() {
                return th.str("utf-8");
            }
            Ok(a.get(0).clone())
        }),
    ],
    types: &[
        ("_IOBase", TypeId::IOBase),
        ("_RawIOBase", TypeId::RawIOBase),
        ("_BufferedIOBase", TypeId::BufferedIOBase),
        ("_TextIOBase", TypeId::TextIOBase),
        ("FileIO", TypeId::FileIO),
        ("BytesIO", TypeId::BytesIO),
        ("StringIO", TypeId::StringIO),
        ("BufferedReader", TypeId::BufferedReader),
        ("BufferedWriter", TypeId::BufferedWriter),
        ("BufferedRandom", TypeId::BufferedRandom),
        ("BufferedRWPair", TypeId::BufferedRWPair),
        ("TextIOWrapper", TypeId::TextIOWrapper),
        (
            "IncrementalNewlineDecoder",
            TypeId::IncrementalNewlineDecoder,
        ),
        ("BlockingIOError", TypeId::BlockingIOError),
    ],
    init: Some(|th, m| {
        put(th, m, "DEFAULT_BUFFER_SIZE", Obj::small_int(BUFFER as i64))?;
        let u = unsupported_class(th)?;
        put(th, m, "UnsupportedOperation", u)
    }),
    doc: "The io module provides the Python interfaces to stream handling.",
    ..ModuleDef::new("_io")
};

/// The types of this module, bases first.
pub static TYPES: &[&TypeDef] = &[
    &base::IO_BASE,
    &base::RAW_BASE,
    &base::BUFFERED_BASE,
    &base::TEXT_BASE,
    &file::DEF,
    &bytesio::DEF,
    &buffered::READER,
    &buffered::WRITER,
    &buffered::RANDOM,
    &buffered::PAIR,
    &stringio::DEF,
    &text::DEF,
    &newline::DEF,
];

/// Classes made at first use.
#[derive(Default)]
pub struct State {
    unsupported: Slot,
}

/// `io.UnsupportedOperation`
pub fn unsupported_class(th: &Thread) -> Res {
    let slot = &th.rt().module_state::<State>().unsupported;
    if let Some(c) = slot.get() {
        return Ok(c);
    }
    let d = th.new_dict()?;
    d.set_str(th, "__module__", th.intern("io"))?;
    let bases = th.tuple(vec![
        th.ty(TypeId::OSError).obj().clone(),
        th.ty(TypeId::ValueError).obj().clone(),
    ])?;
    let c = th.call(
        th.ty(TypeId::Type).obj(),
        &[th.str("UnsupportedOperation")?, bases, d.into_obj()],
    )?;
    Ok(match slot.set_if_empty(c.clone()) {
        Ok(()) => c,
        Err(_) => slot.get().unwrap_or(c),
    })
}

/// The object as one of exactly the built-in type of `T`, whatever attributes it has.
pub fn plain<'a, T: Native>(th: &Thread, o: &'a Obj) -> Option<&'a Py<T>> {
    if th.type_of(o).id == Some(T::TYPE) {
        o.cast::<T>()
    } else {
        None
    }
}

/// `io.UnsupportedOperation(what)`
pub fn unsupported(th: &Thread, what: &str) -> Exc {
    let made = unsupported_class(th).and_then(|c| Ok((c, th.str(what)?)));
    match made {
        Ok((c, s)) => raise_class(th, &c, &[s]),
        Err(e) => e,
    }
}

/// `ValueError: I/O operation on closed file.`
pub fn closed_error(th: &Thread) -> Exc {
    th.value_error("I/O operation on closed file.")
}

/// Makes `sys.stdin`, `sys.stdout` and `sys.stderr` over the process's descriptors.
pub fn start_stdio(th: &Thread, unbuffered: bool) -> Res<()> {
    let Some(sys) = th.rt().sys.get() else {
        return Ok(());
    };
    let own = |name: &str| match th.rt().options.capabilities.environment {
        true => std::env::var(name).ok().filter(|v| !v.is_empty()),
        false => None,
    };
    // What does not come as UTF-8 goes through unchanged where nobody has said how text is written.
    let locale = own("LC_ALL")
        .or_else(|| own("LC_CTYPE"))
        .or_else(|| own("LANG"));
    let plain = ["C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"];
    let lenient = locale.is_none_or(|l| plain.contains(&l.as_str()));
    let wish = own("PYTHONIOENCODING").filter(|_| !th.rt().options.flags.ignore_environment);
    for (fd, name, write) in [
        (0, "stdin", false),
        (1, "stdout", true),
        (2, "stderr", true),
    ] {
        // SAFETY: asks for the flags of a descriptor.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            continue;
        }
        let raw = file::over_fd(th, fd, write, &format!("<{name}>"))?;
        let buffer = if write && unbuffered {
            raw
        } else if write {
            buffered::writer(th, raw, SMALL_BUFFER)
        } else {
            buffered::reader(th, raw, SMALL_BUFFER)
        };
        // SAFETY: asks whether a descriptor is a terminal.
        let tty = unsafe { libc::isatty(fd) } == 1;
        let errors = match fd {
            2 => "backslashreplace",
            _ if lenient => "surrogateescape",
            _ => "strict",
        };
        let t = text::over(th, buffer, errors, tty || fd == 2, write && unbuffered)?;
        th.setattr(&t, "mode", th.str(if write { "w" } else { "r" })?)?;
        if let Some(wish) = &wish {
            let (encoding, errors) = wish.split_once(':').unwrap_or((wish.as_str(), ""));
            let mut how = Vec::new();
            if !encoding.is_empty() {
                how.push(("encoding", th.str(encoding)?));
            }
            if !errors.is_empty() || !encoding.is_empty() {
                let errors = match (fd, errors) {
                    (2, _) => "backslashreplace",
                    (_, "") => "strict",
                    (_, errors) => errors,
                };
                how.push(("errors", th.str(errors)?));
            }
            let reconfigure = th.getattr(&t, "reconfigure")?;
            drop(th.call_kw(&reconfigure, &[], &how)?);
        }
        sys.set_str(th, name, t.clone())?;
        sys.set_str(th, &format!("__{name}__"), t)?;
    }
    Ok(())
}

/// Flushes the standard streams; says whether that worked.
pub fn flush_stdio(th: &Thread) -> bool {
    let mut ok = true;
    for name in ["stdout", "stderr"] {
        let Some(f) = th.sys_get(name).filter(|f| !f.is_none()) else {
            continue;
        };
        let closed =
            matches!(th.getattr_opt(&f, "closed"), Ok(Some(c)) if th.truthy(&c).unwrap_or(false));
        if closed {
            continue;
        }
        if let Err(e) = th.call_method(&f, "flush", &[]) {
            if name == "stdout" {
                th.unraisable(e, "Exception ignored on flushing sys.stdout", None);
                ok = false;
            }
        }
    }
    ok
}

/// `file.write(text)`, without a detour where `file` is a plain text stream.
pub fn write_str(th: &Thread, file: &Obj, s: &Obj) -> Res<()> {
    if let (Some(t), Some(s)) = (plain::<text::TextIo>(th, file), s.cast::<Str>()) {
        return text::write_text(th, t, s).map(drop);
    }
    th.call_method(file, "write", std::slice::from_ref(s))
        .map(drop)
}
