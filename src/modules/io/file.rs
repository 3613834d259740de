//! `FileIO`: a file descriptor.

use super::base::{IoBase, STREAM_FLAGS, size_arg};
use super::{closed_error, unsupported};
use crate::modules::prelude::*;
use std::ffi::CString;
use std::mem::MaybeUninit;
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicI8, AtomicI32, AtomicU8, Ordering};

const READ: u8 = 1;
const WRITE: u8 = 2;
const APPEND: u8 = 4;
const CREATE: u8 = 8;

/// Payload of files.
#[repr(C)]
pub struct FileIo {
    /// Common part.
    pub base: IoBase,
    /// The descriptor, -1 when closed.
    pub fd: AtomicI32,
    how: AtomicU8,
    close_fd: AtomicBool,
    seekable: AtomicI8,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for FileIo {
    const TYPE: TypeId = TypeId::FileIO;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<FileIo>("FileIO").extending(IoBase::LAYOUT);
        &L
    };
}

impl Drop for FileIo {
    fn drop(&mut self) {
        let fd = self.fd.swap(-1, Ordering::AcqRel);
        if fd >= 0 && self.close_fd.load(Ordering::Relaxed) {
            // SAFETY: the descriptor was ours.
            unsafe { libc::close(fd) };
        }
    }
}

impl FileIo {
    fn new() -> FileIo {
        FileIo {
            base: IoBase::default(),
            fd: AtomicI32::new(-1),
            how: AtomicU8::new(0),
            close_fd: AtomicBool::new(true),
            seekable: AtomicI8::new(-1),
        }
    }
    fn has(&self, bit: u8) -> bool {
        self.how.load(Ordering::Relaxed) & bit != 0
    }
    fn mode(&self) -> &'static str {
        let (r, w) = (self.has(READ), self.has(WRITE));
        if self.has(CREATE) {
            if r { "xb+" } else { "xb" }
        } else if self.has(APPEND) {
            if r { "ab+" } else { "ab" }
        } else if r && w {
            "rb+"
        } else if r {
            "rb"
        } else {
            "wb"
        }
    }
}

/// `FileIO`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::RawIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, FileIo::new())?.into_obj())),
        init: Some(init),
        repr: Some(repr),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", read),
        MethodDef::new("readall", "($self, /)", |th, a| {
            let f = this::<FileIo>(th, a.get(0))?;
            check_read(th, f)?;
            let v = read_all(th, f)?;
            th.bytes(&v)
        }),
        MethodDef::new("readinto", "($self, buffer, /)", readinto),
        MethodDef::new("write", "($self, b, /)", write),
        MethodDef::new("seek", "($self, pos, whence=0, /)", |th, a| {
            let f = this::<FileIo>(th, a.get(0))?;
            let whence = match a.opt(2) {
                Some(w) => th.index_i64(w)? as i32,
                None => 0,
            };
            let pos = th.index_i64(a.get(1))?;
            Ok(th.int(seek(th, f, pos, whence)?))
        }),
        MethodDef::new("tell", "($self, /)", |th, a| {
            let f = this::<FileIo>(th, a.get(0))?;
            Ok(th.int(seek(th, f, 0, libc::SEEK_CUR)?))
        }),
        MethodDef::new("truncate", "($self, size=None, /)", truncate),
        MethodDef::new("close", "($self, /)", close),
        MethodDef::new("fileno", "($self, /)", |th, a| {
            Ok(Obj::small_int(i64::from(fd(
                th,
                this::<FileIo>(th, a.get(0))?,
            )?)))
        }),
        MethodDef::new("isatty", "($self, /)", |th, a| {
            let fd = fd(th, this::<FileIo>(th, a.get(0))?)?;
            // SAFETY: asks about a descriptor.
            Ok(Obj::bool(unsafe { libc::isatty(fd) } == 1))
        }),
        MethodDef::new("_isatty_open_only", "($self, /)", |th, a| {
            let fd = fd(th, this::<FileIo>(th, a.get(0))?)?;
            // SAFETY: asks about a descriptor.
            Ok(Obj::bool(unsafe { libc::isatty(fd) } == 1))
        }),
        MethodDef::new("readable", "($self, /)", |th, a| {
            let f = this::<FileIo>(th, a.get(0))?;
            fd(th, f)?;
            Ok(Obj::bool(f.has(READ)))
        }),
        MethodDef::new("writable", "($self, /)", |th, a| {
            let f = this::<FileIo>(th, a.get(0))?;
            fd(th, f)?;
            Ok(Obj::bool(f.has(WRITE)))
        }),
        MethodDef::new("seekable", "($self, /)", |th, a| {
            Ok(Obj::bool(seekable(th, this::<FileIo>(th, a.get(0))?)?))
        }),
        MethodDef::new("_dealloc_warn", "($self, source, /)", |_, _| Ok(Obj::NONE)),
    ],
    getset: &[
        GetSetDef::ro("closed", |th, o| {
            Ok(Obj::bool(
                this::<FileIo>(th, o)?.fd.load(Ordering::Acquire) < 0,
            ))
        }),
        GetSetDef::ro("closefd", |th, o| {
            Ok(Obj::bool(
                this::<FileIo>(th, o)?.close_fd.load(Ordering::Relaxed),
            ))
        }),
        GetSetDef::ro("mode", |th, o| th.str(this::<FileIo>(th, o)?.mode())),
        GetSetDef::ro("_blksize", |_, _| Ok(Obj::small_int(super::BUFFER as i64))),
    ],
    doc: "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nA raw stream over a file of the system.",
    ..TypeDef::new(TypeId::FileIO, "_io.FileIO", FileIo::LAYOUT)
};

/// A file over a descriptor of the process, which it does not close.
pub fn over_fd(th: &Thread, fd: i32, write: bool, name: &str) -> Res {
    let f = FileIo::new();
    f.fd.store(fd, Ordering::Release);
    f.close_fd.store(false, Ordering::Relaxed);
    f.how
        .store(if write { WRITE } else { READ }, Ordering::Relaxed);
    let o = th.alloc(f).into_obj();
    let name = th.str(name)?;
    o.set_instance_attr(th, &th.intern("name"), name)?;
    Ok(o)
}

/// The descriptor; ValueError when closed.
pub fn fd(th: &Thread, f: &FileIo) -> Res<i32> {
    match f.fd.load(Ordering::Acquire) {
        n if n >= 0 => Ok(n),
        _ => Err(closed_error(th)),
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let f = this::<FileIo>(th, o)?;
    th.bind(
        "FileIO",
        "(file, mode='r', closefd=True, opener=None)",
        args,
        |a| {
            let mode = match a.opt(1) {
                Some(m) => th.text_of(m, "FileIO() argument 'mode'")?.to_rust(),
                None => "r".to_owned(),
            };
            let close_fd = match a.opt(2) {
                Some(c) => th.truthy(c)?,
                None => true,
            };
            open(th, o, f, a.get(0), &mode, close_fd, a.opt_not_none(3))
        },
    )
}

fn open(
    th: &Thread,
    o: &Obj,
    f: &FileIo,
    file: &Obj,
    mode: &str,
    close_fd: bool,
    opener: Option<&Obj>,
) -> Res<()> {
    let (mut how, mut flags, mut kinds, mut plus) = (0u8, libc::O_CLOEXEC, 0, 0);
    for c in mode.chars() {
        match c {
            'r' => {
                kinds += 1;
                how |= READ;
            }
            'w' => {
                kinds += 1;
                how |= WRITE;
                flags |= libc::O_CREAT | libc::O_TRUNC;
            }
            'a' => {
                kinds += 1;
                how |= WRITE | APPEND;
                flags |= libc::O_CREAT | libc::O_APPEND;
            }
            'x' => {
                kinds += 1;
                how |= WRITE | CREATE;
                flags |= libc::O_CREAT | libc::O_EXCL;
            }
            '+' => plus += 1,
            'b' => {}
            _ => return Err(th.value_error(format!("invalid mode: {mode}"))),
        }
    }
    if kinds != 1 || plus > 1 {
        return Err(th.value_error(
            "Must have exactly one of create/read/write/append mode and at most one plus",
        ));
    }
    if plus == 1 {
        how |= READ | WRITE;
    }
    flags |= match how & (READ | WRITE) {
        READ => libc::O_RDONLY,
        WRITE => libc::O_WRONLY,
        _ => libc::O_RDWR,
    };
    let fd = if let Some(n) = th.int_like_i64(file) {
        if n < 0 {
            return Err(th.value_error("negative file descriptor"));
        }
        // SAFETY: asks about a descriptor.
        if unsafe { libc::fcntl(n as i32, libc::F_GETFD) } < 0 {
            return Err(th.os_error(libc::EBADF, Some(file)));
        }
        n as i32
    } else {
        if !close_fd {
            return Err(th.value_error("Cannot use closefd=False with file name"));
        }
        if let Some(op) = opener {
            let r = th.call(op, &[file.clone(), Obj::small_int(i64::from(flags))])?;
            let n = th.index_i64(&r)?;
            if n < 0 {
                return Err(th.value_error(format!("opener returned {n}")));
            }
            n as i32
        } else {
            open_path(th, file, flags)?
        }
    };
    let old = f.fd.swap(fd, Ordering::AcqRel);
    if old >= 0 && f.close_fd.load(Ordering::Relaxed) {
        // SAFETY: it was ours.
        unsafe { libc::close(old) };
    }
    f.close_fd.store(close_fd, Ordering::Relaxed);
    f.how.store(how, Ordering::Relaxed);
    f.seekable.store(-1, Ordering::Relaxed);
    // SAFETY: zeroed is a valid `stat`; the call fills it.
    let dir = unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        libc::fstat(fd, &mut st) == 0 && st.st_mode & libc::S_IFMT == libc::S_IFDIR
    };
    if dir {
        f.fd.store(-1, Ordering::Release);
        if close_fd {
            // SAFETY: opened above.
            unsafe { libc::close(fd) };
        }
        return Err(th.os_error(libc::EISDIR, Some(file)));
    }
    th.setattr(o, "name", file.clone())?;
    if how & APPEND != 0 {
        // SAFETY: moves the position of our descriptor.
        unsafe { libc::lseek(fd, 0, libc::SEEK_END) };
    }
    Ok(())
}

fn open_path(th: &Thread, file: &Obj, flags: i32) -> Res<i32> {
    if !th.rt().options.capabilities.files {
        return Err(th.err_obj(
            TypeId::PermissionError,
            &[
                Obj::small_int(i64::from(libc::EACCES)),
                th.str("this runtime has not been given access to files")?,
                file.clone(),
            ],
        ));
    }
    let path = crate::modules::posix::path_bytes(th, file, "open")?;
    let Ok(c) = CString::new(path) else {
        return Err(th.value_error("embedded null byte"));
    };
    loop {
        let (fd, errno) = th.blocking(|| {
            // SAFETY: a C string.
            let fd = unsafe { libc::open(c.as_ptr(), flags, 0o666) };
            (fd, last_errno())
        });
        if fd >= 0 {
            return Ok(fd);
        }
        if errno != libc::EINTR {
            return Err(th.os_error(errno, Some(file)));
        }
        th.poll()?;
    }
}

/// `errno`
pub fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

fn check_read(th: &Thread, f: &FileIo) -> Res<()> {
    fd(th, f)?;
    if f.has(READ) {
        Ok(())
    } else {
        Err(unsupported(th, "File not open for reading"))
    }
}

/// Reads once into `buf`; `None` where nothing is there now (non-blocking).
pub fn read_some(th: &Thread, f: &FileIo, buf: &mut [u8]) -> Res<Option<usize>> {
    // SAFETY: the same bytes; nothing but bytes is written there.
    read_once(th, f, unsafe {
        std::slice::from_raw_parts_mut(buf.as_mut_ptr().cast(), buf.len())
    })
}

/// Reads once behind what is in `out`, `n` bytes at most; `None` as [`read_some`].
pub fn read_onto(th: &Thread, f: &FileIo, out: &mut Vec<u8>, n: usize) -> Res<Option<usize>> {
    out.reserve(n);
    let got = read_once(th, f, &mut out.spare_capacity_mut()[..n])?;
    // SAFETY: so many bytes have been read there.
    unsafe { out.set_len(out.len() + got.unwrap_or(0)) };
    Ok(got)
}

fn read_once(th: &Thread, f: &FileIo, buf: &mut [MaybeUninit<u8>]) -> Res<Option<usize>> {
    check_read(th, f)?;
    loop {
        let fd = fd(th, f)?;
        let (n, errno) = th.blocking(|| {
            // SAFETY: room for `len` bytes.
            let n = unsafe { libc::read(fd, buf.as_mut_ptr().cast(), buf.len()) };
            (n, last_errno())
        });
        if n >= 0 {
            return Ok(Some(n as usize));
        }
        match errno {
            libc::EINTR => th.poll()?,
            libc::EAGAIN => return Ok(None),
            _ => return Err(th.os_error(errno, None)),
        }
    }
}

/// Writes once; `None` where nothing can be taken now (non-blocking).
pub fn write_some(th: &Thread, f: &FileIo, buf: &[u8]) -> Res<Option<usize>> {
    loop {
        let fd = fd(th, f)?;
        if !f.has(WRITE) {
            return Err(unsupported(th, "File not open for writing"));
        }
        let (n, errno) = th.blocking(|| {
            // SAFETY: `len` bytes.
            let n = unsafe { libc::write(fd, buf.as_ptr().cast(), buf.len()) };
            (n, last_errno())
        });
        if n >= 0 {
            return Ok(Some(n as usize));
        }
        match errno {
            libc::EINTR => th.poll()?,
            libc::EAGAIN => return Ok(None),
            _ => return Err(th.os_error(errno, None)),
        }
    }
}

/// Everything up to the end.
pub fn read_all(th: &Thread, f: &FileIo) -> Res<Vec<u8>> {
    let fd = fd(th, f)?;
    // SAFETY: zeroed is a valid `stat`; the calls only ask about our descriptor.
    let left = unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        let at = libc::lseek(fd, 0, libc::SEEK_CUR);
        if libc::fstat(fd, &mut st) == 0 && at >= 0 && st.st_size > at {
            (st.st_size - at) as usize
        } else {
            0
        }
    };
    th.reserve(left)?;
    let mut out: Vec<u8> = Vec::new();
    let mut step = (left + 1).clamp(8192, 1 << 30);
    loop {
        if out.try_reserve(step).is_err() {
            return Err(th.memory_error());
        }
        if let None | Some(0) = read_onto(th, f, &mut out, step)? {
            return Ok(out);
        }
        step = match out.capacity() - out.len() {
            room @ 4096.. => room.min(1 << 30),
            _ => out.len().clamp(8192, 16 << 20),
        };
    }
}

/// `lseek`
pub fn seek(th: &Thread, f: &FileIo, pos: i64, whence: i32) -> Res<i64> {
    let fd = fd(th, f)?;
    // SAFETY: moves the position of our descriptor.
    let n = unsafe { libc::lseek(fd, pos, whence) };
    if n < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(n)
}

/// Whether positions make sense.
pub fn seekable(th: &Thread, f: &FileIo) -> Res<bool> {
    let fd = fd(th, f)?;
    let known = f.seekable.load(Ordering::Relaxed);
    if known >= 0 {
        return Ok(known == 1);
    }
    // SAFETY: asks for the position.
    let yes = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) } >= 0;
    f.seekable.store(yes as i8, Ordering::Relaxed);
    Ok(yes)
}

fn read(th: &Thread, a: Args<'_>) -> Res {
    let f = this::<FileIo>(th, a.get(0))?;
    check_read(th, f)?;
    let Some(n) = size_arg(th, &a, 1)? else {
        let v = read_all(th, f)?;
        return th.bytes(&v);
    };
    let n = n.min(1 << 30);
    th.reserve(n)?;
    let mut buf = Vec::new();
    match read_onto(th, f, &mut buf, n)? {
        Some(_) => th.bytes(&buf),
        None => Ok(Obj::NONE),
    }
}

fn readinto(th: &Thread, a: Args<'_>) -> Res {
    let f = this::<FileIo>(th, a.get(0))?;
    let b = th.buffer(a.get(1), true)?;
    let mut buf = vec![0; b.len().min(1 << 30)];
    match read_some(th, f, &mut buf)? {
        Some(n) => {
            b.write(0, &buf[..n]);
            Ok(th.int(n as i64))
        }
        None => Ok(Obj::NONE),
    }
}

fn write(th: &Thread, a: Args<'_>) -> Res {
    let f = this::<FileIo>(th, a.get(0))?;
    let b = th.bytes_like(a.get(1))?;
    match write_some(th, f, b.bytes())? {
        Some(n) => Ok(th.int(n as i64)),
        None => Ok(Obj::NONE),
    }
}

fn truncate(th: &Thread, a: Args<'_>) -> Res {
    let f = this::<FileIo>(th, a.get(0))?;
    let fd = fd(th, f)?;
    if !f.has(WRITE) {
        return Err(unsupported(th, "File not open for writing"));
    }
    let size = match a.opt_not_none(1) {
        Some(n) => th.index_i64(n)?,
        None => seek(th, f, 0, libc::SEEK_CUR)?,
    };
    // SAFETY: our descriptor.
    if unsafe { libc::ftruncate(fd, size) } != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(th.int(size))
}

fn close(th: &Thread, a: Args<'_>) -> Res {
    let f = this::<FileIo>(th, a.get(0))?;
    f.base.closed.store(true, Ordering::Release);
    let fd = f.fd.swap(-1, Ordering::AcqRel);
    if fd >= 0 && f.close_fd.load(Ordering::Relaxed) {
        let (r, errno) = th.blocking(|| {
            // SAFETY: it was ours, and nobody else closes it.
            (unsafe { libc::close(fd) }, last_errno())
        });
        if r != 0 && errno != libc::EINTR {
            return Err(th.os_error(errno, None));
        }
    }
    Ok(Obj::NONE)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let f = this::<FileIo>(th, o)?;
    let cls = th.full_type_name(th.type_of(o))?;
    let n = f.fd.load(Ordering::Relaxed);
    if n < 0 {
        return th.str(&format!("<{cls} [closed]>"));
    }
    let name = match th.getattr_opt(o, "name")? {
        Some(name) => format!("name={}", th.repr(&name)?.to_rust()),
        None => format!("fd={n}"),
    };
    let c = if f.close_fd.load(Ordering::Relaxed) {
        "True"
    } else {
        "False"
    };
    th.str(&format!("<{cls} {name} mode='{}' closefd={c}>", f.mode()))
}
