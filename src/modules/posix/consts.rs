//! The constants of `posix`, and `environ`.

use crate::modules::prelude::*;

macro_rules! consts {
    ($($n:ident),* $(,)?) => { &[$((stringify!($n), libc::$n as i64)),*] };
}

static CONSTS: &[(&str, i64)] = consts![
    F_OK,
    R_OK,
    W_OK,
    X_OK,
    O_RDONLY,
    O_WRONLY,
    O_RDWR,
    O_APPEND,
    O_CREAT,
    O_EXCL,
    O_TRUNC,
    O_NONBLOCK,
    O_NDELAY,
    O_NOCTTY,
    O_SYNC,
    O_DSYNC,
    O_RSYNC,
    O_DIRECTORY,
    O_NOFOLLOW,
    O_CLOEXEC,
    O_PATH,
    O_TMPFILE,
    O_ASYNC,
    O_DIRECT,
    O_NOATIME,
    O_ACCMODE,
    WNOHANG,
    WUNTRACED,
    WCONTINUED,
    WEXITED,
    WSTOPPED,
    WNOWAIT,
    P_PID,
    P_PGID,
    P_ALL,
    P_PIDFD,
    CLD_EXITED,
    CLD_KILLED,
    CLD_DUMPED,
    CLD_TRAPPED,
    CLD_STOPPED,
    CLD_CONTINUED,
    SEEK_DATA,
    SEEK_HOLE,
    RTLD_LAZY,
    RTLD_NOW,
    RTLD_GLOBAL,
    RTLD_LOCAL,
    GRND_NONBLOCK,
    GRND_RANDOM,
    SCHED_OTHER,
    SCHED_FIFO,
    SCHED_RR,
    F_LOCK,
    F_TLOCK,
    F_ULOCK,
    F_TEST,
    PRIO_PROCESS,
    PRIO_PGRP,
    PRIO_USER,
    MFD_CLOEXEC,
    MFD_ALLOW_SEALING,
    MFD_HUGETLB,
    EFD_CLOEXEC,
    EFD_NONBLOCK,
    EFD_SEMAPHORE,
    POSIX_FADV_NORMAL,
    POSIX_FADV_SEQUENTIAL,
    POSIX_FADV_RANDOM,
    POSIX_FADV_NOREUSE,
    POSIX_FADV_WILLNEED,
    POSIX_FADV_DONTNEED,
    XATTR_CREATE,
    XATTR_REPLACE,
    ST_RDONLY,
    ST_NOSUID,
    ST_NODEV,
    ST_NOEXEC,
    ST_SYNCHRONOUS,
    ST_MANDLOCK,
    ST_WRITE,
    ST_APPEND,
    ST_NOATIME,
    ST_NODIRATIME,
    ST_RELATIME,
    RWF_DSYNC,
    RWF_HIPRI,
    RWF_SYNC,
    RWF_NOWAIT,
    RWF_APPEND,
];

/// What `pathconf` can be asked for, by number.
pub static PATHCONF: &[&str] = &[
    "PC_LINK_MAX",
    "PC_MAX_CANON",
    "PC_MAX_INPUT",
    "PC_NAME_MAX",
    "PC_PATH_MAX",
    "PC_PIPE_BUF",
    "PC_CHOWN_RESTRICTED",
    "PC_NO_TRUNC",
    "PC_VDISABLE",
    "PC_SYNC_IO",
    "PC_ASYNC_IO",
    "PC_PRIO_IO",
    "PC_SOCK_MAXBUF",
    "PC_FILESIZEBITS",
    "PC_REC_INCR_XFER_SIZE",
    "PC_REC_MAX_XFER_SIZE",
    "PC_REC_MIN_XFER_SIZE",
    "PC_REC_XFER_ALIGN",
    "PC_ALLOC_SIZE_MIN",
    "PC_SYMLINK_MAX",
];

/// What `confstr` can be asked for.
pub static CONFSTR: &[(&str, i64)] = &[
    ("CS_PATH", 0),
    ("CS_GNU_LIBC_VERSION", 2),
    ("CS_GNU_LIBPTHREAD_VERSION", 3),
];

/// The exit statuses of sysexits.h, from 64 on.
static EXITS: &[&str] = &[
    "EX_USAGE",
    "EX_DATAERR",
    "EX_NOINPUT",
    "EX_NOUSER",
    "EX_NOHOST",
    "EX_UNAVAILABLE",
    "EX_SOFTWARE",
    "EX_OSERR",
    "EX_OSFILE",
    "EX_CANTCREAT",
    "EX_IOERR",
    "EX_TEMPFAIL",
    "EX_PROTOCOL",
    "EX_NOPERM",
    "EX_CONFIG",
];

/// Fills the module.
pub fn fill(th: &Thread, m: &Py<Module>) -> Res<()> {
    for (n, v) in CONSTS {
        put(th, m, n, th.int(*v))?;
    }
    for (i, n) in EXITS.iter().enumerate() {
        put(th, m, n, Obj::small_int(64 + i as i64))?;
    }
    put(th, m, "EX_OK", Obj::small_int(0))?;
    for (i, n) in ["OPEN", "CLOSE", "DUP2"].iter().enumerate() {
        put(th, m, &format!("POSIX_SPAWN_{n}"), Obj::small_int(i as i64))?;
    }
    put(th, m, "NGROUPS_MAX", Obj::small_int(65536))?;
    put(th, m, "TMP_MAX", Obj::small_int(238_328))?;
    put(th, m, "error", th.ty(TypeId::OSError).obj().clone())?;
    put(th, m, "environ", super::environ::environ(th)?)?;
    put(th, m, "XATTR_SIZE_MAX", Obj::small_int(65536))?;
    let (paths, strings) = (th.new_dict()?, th.new_dict()?);
    for (i, n) in PATHCONF.iter().enumerate() {
        paths.set_str(th, n, Obj::small_int(i as i64))?;
    }
    for (n, v) in CONFSTR {
        strings.set_str(th, n, Obj::small_int(*v))?;
    }
    put(th, m, "pathconf_names", paths.into_obj())?;
    put(th, m, "confstr_names", strings.into_obj())?;
    let names = [
        "HAVE_FACCESSAT",
        "HAVE_FCHDIR",
        "HAVE_FPATHCONF",
        "HAVE_FSTATVFS",
        "HAVE_LCHOWN",
        "HAVE_FCHMOD",
        "HAVE_FCHMODAT",
        "HAVE_FCHOWNAT",
        "HAVE_FDOPENDIR",
        "HAVE_FSTATAT",
        "HAVE_FTRUNCATE",
        "HAVE_FUTIMENS",
        "HAVE_LINKAT",
        "HAVE_LSTAT",
        "HAVE_MKDIRAT",
        "HAVE_MKFIFOAT",
        "HAVE_OPENAT",
        "HAVE_READLINKAT",
        "HAVE_RENAMEAT",
        "HAVE_SYMLINKAT",
        "HAVE_UNLINKAT",
        "HAVE_UTIMENSAT",
    ];
    let mut list = Vec::new();
    for n in names {
        list.push(th.str(n)?);
    }
    put(th, m, "_have_functions", th.list(list)?)?;
    let d = th.new_dict()?;
    for k in [
        ("SC_NPROCESSORS_ONLN", libc::_SC_NPROCESSORS_ONLN),
        ("SC_NPROCESSORS_CONF", libc::_SC_NPROCESSORS_CONF),
        ("SC_PAGESIZE", libc::_SC_PAGESIZE),
        ("SC_PAGE_SIZE", libc::_SC_PAGESIZE),
        ("SC_CLK_TCK", libc::_SC_CLK_TCK),
        ("SC_OPEN_MAX", libc::_SC_OPEN_MAX),
        ("SC_PHYS_PAGES", libc::_SC_PHYS_PAGES),
        ("SC_AVPHYS_PAGES", libc::_SC_AVPHYS_PAGES),
        ("SC_IOV_MAX", libc::_SC_IOV_MAX),
        ("SC_ARG_MAX", libc::_SC_ARG_MAX),
    ] {
        d.set_str(th, k.0, Obj::small_int(i64::from(k.1)))?;
    }
    put(th, m, "sysconf_names", d.into_obj())
}
