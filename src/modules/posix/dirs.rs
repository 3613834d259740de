//! `listdir` and `scandir`.

use super::files::{stat_at, stat_object};
use super::path::{self, c_path, like};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use std::ffi::CStr;

/// Names and types of the entries of a directory.
fn entries(th: &Thread, o: &Obj) -> Res<Vec<(Vec<u8>, u8, u64)>> {
    let dir = if let Some(fd) = th.int_like_i64(o) {
        // SAFETY: the program's descriptor; `fdopendir` takes over the copy, whose position it shares: it is read from the
        // start however often it is asked for.
        unsafe {
            let dir = libc::fdopendir(libc::dup(fd as i32));
            if !dir.is_null() {
                libc::rewinddir(dir);
            }
            dir
        }
    } else {
        let p = c_path(th, o, "scandir")?;
        // SAFETY: a C string.
        th.blocking(|| unsafe { libc::opendir(p.as_ptr()) as usize }) as *mut libc::DIR
    };
    if dir.is_null() {
        return Err(th.os_error(last_errno(), Some(o)));
    }
    let mut out = Vec::new();
    loop {
        // SAFETY: the stream is ours; the entry is read before the next call.
        unsafe {
            let e = libc::readdir(dir);
            if e.is_null() {
                break;
            }
            let name = CStr::from_ptr((*e).d_name.as_ptr()).to_bytes();
            if name != b"." && name != b".." {
                out.push((name.to_vec(), (*e).d_type, (*e).d_ino));
            }
        }
    }
    // SAFETY: ours.
    unsafe { libc::closedir(dir) };
    Ok(out)
}

pub fn listdir(th: &Thread, a: Args<'_>) -> Res {
    let here = th.str(".")?;
    let o = a.opt_not_none(0).unwrap_or(&here);
    let given = if th.int_like_i64(o).is_some() {
        here.clone()
    } else {
        path::fspath(th, o)?
    };
    let mut names = Vec::new();
    for (n, _, _) in entries(th, o)? {
        names.push(like(th, &given, &n)?);
    }
    th.list(names)
}

/// Payload of directory entries.
pub struct Entry {
    name: Obj,
    path: Obj,
    kind: u8,
    inode: u64,
    /// The directory's descriptor where that was given: the path is relative to it.
    dir: i32,
    /// Results of `stat` and `lstat`, once asked for.
    stats: [Slot; 2],
}

native!(Entry, DirEntry, "DirEntry", name, path);

/// `os.DirEntry`
pub static ENTRY: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: Slots {
        repr: Some(|th, o| {
            let n = th.repr(&this::<Entry>(th, o)?.name)?.to_rust();
            th.str(&format!("<DirEntry {n}>"))
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("is_dir", "($self, /, *, follow_symlinks=True)", |th, a| {
            is_kind(th, &a, libc::S_IFDIR, libc::DT_DIR)
        }),
        MethodDef::new("is_file", "($self, /, *, follow_symlinks=True)", |th, a| {
            is_kind(th, &a, libc::S_IFREG, libc::DT_REG)
        }),
        MethodDef::new("is_symlink", "($self, /)", |th, a| {
            let e = this::<Entry>(th, a.get(0))?;
            if e.kind != libc::DT_UNKNOWN {
                return Ok(Obj::bool(e.kind == libc::DT_LNK));
            }
            let m = entry_mode(th, e, false)?;
            Ok(Obj::bool(
                m.is_some_and(|m| m & libc::S_IFMT == libc::S_IFLNK),
            ))
        }),
        MethodDef::new("is_junction", "($self, /)", |_, _| Ok(Obj::FALSE)),
        MethodDef::new("stat", "($self, /, *, follow_symlinks=True)", |th, a| {
            let follow = match a.opt(1) {
                Some(f) => th.truthy(f)?,
                None => true,
            };
            entry_stat(th, this::<Entry>(th, a.get(0))?, follow)
        }),
        MethodDef::new("inode", "($self, /)", |th, a| {
            Ok(th.uint(this::<Entry>(th, a.get(0))?.inode))
        }),
        MethodDef::new("__fspath__", "($self, /)", |th, a| {
            Ok(this::<Entry>(th, a.get(0))?.path.clone())
        }),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::ro("name", |th, o| Ok(this::<Entry>(th, o)?.name.clone())),
        GetSetDef::ro("path", |th, o| Ok(this::<Entry>(th, o)?.path.clone())),
    ],
    ..TypeDef::new(TypeId::DirEntry, "posix.DirEntry", Entry::LAYOUT)
};

fn entry_stat(th: &Thread, e: &Py<Entry>, follow: bool) -> Res {
    let slot = &e.stats[follow as usize];
    if let Some(s) = slot.get() {
        return Ok(s);
    }
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let st = stat_at(th, e.dir, &e.path, flags)?;
    let o = stat_object(th, &st)?;
    slot.set(th, Some(o.clone()));
    Ok(o)
}

/// `st_mode`, `None` where the file is gone.
fn entry_mode(th: &Thread, e: &Py<Entry>, follow: bool) -> Res<Option<u32>> {
    let st = match entry_stat(th, e, follow) {
        Ok(s) => s,
        Err(x) if x.is(th, TypeId::FileNotFoundError) => return Ok(None),
        Err(x) => return Err(x),
    };
    let m = th.getattr(&st, "st_mode")?;
    Ok(th.int_like_i64(&m).map(|m| m as u32))
}

fn is_kind(th: &Thread, a: &Args<'_>, mode: u32, dt: u8) -> Res {
    let e = this::<Entry>(th, a.get(0))?;
    let follow = match a.opt(1) {
        Some(f) => th.truthy(f)?,
        None => true,
    };
    if e.kind != libc::DT_UNKNOWN && !(follow && e.kind == libc::DT_LNK) {
        return Ok(Obj::bool(e.kind == dt));
    }
    Ok(Obj::bool(
        entry_mode(th, e, follow)?.is_some_and(|m| m & libc::S_IFMT == mode),
    ))
}

/// Payload of the iterator.
pub struct Scan {
    items: Guarded<Vec<Obj>>,
}

native!(Scan, ScandirIter, "ScandirIterator", items);

/// The iterator of `scandir`.
pub static ITER: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: iterator(None, |th, o| {
        let s = this::<Scan>(th, o)?;
        Ok(s.items.with(th, s.head(), Vec::pop))
    }),
    methods: &[
        MethodDef::new("close", "($self, /)", |th, a| {
            let s = this::<Scan>(th, a.get(0))?;
            drop(s.items.take(th, s.head()));
            Ok(Obj::NONE)
        }),
        MethodDef::new("__enter__", "($self, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("__exit__", "($self, /, *args)", |th, a| {
            th.call_method(a.get(0), "close", &[])
        }),
    ],
    ..TypeDef::new(TypeId::ScandirIter, "posix.ScandirIterator", Scan::LAYOUT)
};

pub fn scandir(th: &Thread, a: Args<'_>) -> Res {
    let here = th.str(".")?;
    let o = a.opt_not_none(0).unwrap_or(&here);
    let base = if th.int_like_i64(o).is_some() {
        here.clone()
    } else {
        path::fspath(th, o)?
    };
    let (dir, prefix) = match th.int_like_i64(o) {
        Some(fd) => (fd as i32, Vec::new()),
        None => (libc::AT_FDCWD, path::path_bytes(th, &base, "scandir")?),
    };
    let mut items = Vec::new();
    for (n, kind, inode) in entries(th, o)?.into_iter().rev() {
        let mut full = prefix.clone();
        if !full.is_empty() && full.last() != Some(&b'/') {
            full.push(b'/');
        }
        full.extend_from_slice(&n);
        let e = Entry {
            name: like(th, &base, &n)?,
            path: like(th, &base, &full)?,
            kind,
            inode,
            dir,
            stats: [Slot::empty(), Slot::empty()],
        };
        items.push(th.alloc(e).into_obj());
    }
    Ok(th
        .alloc(Scan {
            items: Guarded::new(items),
        })
        .into_obj())
}
