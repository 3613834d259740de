//! `posix`: the operating system, as module `os` wants it. `path` has path arguments, `files` files and directories,
//! `dirs` directory listing, `fds` the rarer uses of descriptors, `process` processes, `spawn` copies and other programs,
//! `ids` whose they are, `environ` the environment, `consts` the constants.

mod consts;
mod dirs;
pub mod environ;
mod fds;
mod files;
mod ids;
mod path;
mod process;
mod spawn;

use super::prelude::*;

pub use path::{decode, encode, fspath, path_bytes};

/// The functions but for those of `fds` and `ids`.
const METHODS: &[MethodDef] = &[
    MethodDef::new("fspath", "(path)", |th, a| fspath(th, a.get(0))),
    MethodDef::new(
        "open",
        "(path, flags, mode=511, *, dir_fd=None)",
        files::open,
    ),
    MethodDef::new("close", "(fd)", files::close),
    MethodDef::new("closerange", "(fd_low, fd_high, /)", files::closerange),
    MethodDef::new("read", "(fd, length, /)", files::read),
    MethodDef::new("readinto", "(fd, buffer, /)", files::readinto),
    MethodDef::new("write", "(fd, data, /)", files::write),
    MethodDef::new("lseek", "(fd, position, whence, /)", files::lseek),
    MethodDef::new("fsync", "(fd)", files::fsync),
    MethodDef::new("fdatasync", "(fd)", files::fsync),
    MethodDef::new("ftruncate", "(fd, length, /)", files::ftruncate),
    MethodDef::new("truncate", "(path, length)", files::truncate),
    MethodDef::new("dup", "(fd, /)", files::dup),
    MethodDef::new("dup2", "(fd, fd2, inheritable=True)", files::dup2),
    MethodDef::new("pipe", "()", files::pipe),
    MethodDef::new("pipe2", "(flags, /)", files::pipe2),
    MethodDef::new("isatty", "(fd, /)", files::isatty),
    // Nothing can install one: hooks are C functions.
    MethodDef::new("_is_inputhook_installed", "()", |_, _| Ok(Obj::FALSE)),
    MethodDef::new("openpty", "()", files::openpty),
    MethodDef::new("login_tty", "(fd, /)", files::login_tty),
    MethodDef::new("get_inheritable", "(fd, /)", files::get_inheritable),
    MethodDef::new(
        "set_inheritable",
        "(fd, inheritable, /)",
        files::set_inheritable,
    ),
    MethodDef::new("get_blocking", "(fd, /)", files::get_blocking),
    MethodDef::new("set_blocking", "(fd, blocking, /)", files::set_blocking),
    MethodDef::new("get_terminal_size", "(fd=1, /)", files::get_terminal_size),
    MethodDef::new(
        "stat",
        "(path, *, dir_fd=None, follow_symlinks=True)",
        files::stat,
    ),
    MethodDef::new("lstat", "(path, *, dir_fd=None)", files::lstat),
    MethodDef::new("fstat", "(fd)", files::fstat),
    MethodDef::new(
        "access",
        "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        files::access,
    ),
    MethodDef::new(
        "chmod",
        "(path, mode, *, dir_fd=None, follow_symlinks=True)",
        files::chmod,
    ),
    MethodDef::new("fchmod", "(fd, mode)", files::fchmod),
    MethodDef::new(
        "chown",
        "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        files::chown,
    ),
    MethodDef::new("umask", "(mask, /)", files::umask),
    MethodDef::new(
        "utime",
        "(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)",
        files::utime,
    ),
    MethodDef::new(
        "link",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
        files::link,
    ),
    MethodDef::new(
        "symlink",
        "(src, dst, target_is_directory=False, *, dir_fd=None)",
        files::symlink,
    ),
    MethodDef::new("readlink", "(path, *, dir_fd=None)", files::readlink),
    MethodDef::new(
        "rename",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        files::rename,
    ),
    MethodDef::new(
        "replace",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        files::rename,
    ),
    MethodDef::new("unlink", "(path, *, dir_fd=None)", files::unlink),
    MethodDef::new("remove", "(path, *, dir_fd=None)", files::unlink),
    MethodDef::new("mkdir", "(path, mode=511, *, dir_fd=None)", files::mkdir),
    MethodDef::new("rmdir", "(path, *, dir_fd=None)", files::rmdir),
    MethodDef::new("mkfifo", "(path, mode=438, *, dir_fd=None)", files::mkfifo),
    MethodDef::new("listdir", "(path=None)", dirs::listdir),
    MethodDef::new("scandir", "(path=None)", dirs::scandir),
    MethodDef::new("chdir", "(path)", files::chdir),
    MethodDef::new("getcwd", "()", files::getcwd),
    MethodDef::new("getcwdb", "()", files::getcwdb),
    MethodDef::new("device_encoding", "(fd)", |th, a| {
        let fd = th.index_i64(a.get(0))? as i32;
        // SAFETY: asks about a descriptor.
        if unsafe { libc::isatty(fd) } == 1 {
            th.str("utf-8")
        } else {
            Ok(Obj::NONE)
        }
    }),
    MethodDef::new("getpid", "()", |th, _| process::id(th, |_| unsafe_id(0))),
    MethodDef::new("getppid", "()", |th, _| process::id(th, |_| unsafe_id(1))),
    MethodDef::new("getuid", "()", |th, _| process::id(th, |_| unsafe_id(2))),
    MethodDef::new("geteuid", "()", |th, _| process::id(th, |_| unsafe_id(3))),
    MethodDef::new("getgid", "()", |th, _| process::id(th, |_| unsafe_id(4))),
    MethodDef::new("getegid", "()", |th, _| process::id(th, |_| unsafe_id(5))),
    MethodDef::new(
        "getlogin",
        "()",
        |th, _| Err(th.os_error(libc::ENXIO, None)),
    ),
    MethodDef::new("kill", "(pid, signal, /)", process::kill),
    MethodDef::new("_exit", "(status)", process::exit_now),
    MethodDef::new("abort", "()", process::abort),
    MethodDef::new("cpu_count", "()", process::cpu_count),
    MethodDef::new("sched_getaffinity", "(pid, /)", process::sched_getaffinity),
    MethodDef::new("sched_yield", "()", |th, _| {
        th.blocking(threadsnake_threads::sync::thread::yield_now);
        Ok(Obj::NONE)
    }),
    MethodDef::new("getloadavg", "()", process::getloadavg),
    MethodDef::new("uname", "()", process::uname),
    MethodDef::new("times", "()", process::times),
    MethodDef::new("urandom", "(size, /)", process::urandom),
    MethodDef::new("getrandom", "(size, flags=0)", process::urandom),
    MethodDef::new("strerror", "(code, /)", |th, a| {
        let n = th.index_i64(a.get(0))?;
        th.str(&crate::runtime::error::errno_text(n as i32))
    }),
    MethodDef::new("putenv", "(name, value, /)", environ::putenv),
    MethodDef::new("unsetenv", "(name, /)", environ::unsetenv),
    MethodDef::new("_create_environ", "()", |th, _| environ::environ(th)),
    MethodDef::new("sysconf", "(name, /)", process::sysconf),
    MethodDef::new("waitpid", "(pid, options, /)", process::waitpid),
    MethodDef::new("waitstatus_to_exitcode", "(status)", process::exitcode),
    MethodDef::new("WIFEXITED", "(status)", |th, a| {
        Ok(Obj::bool(libc::WIFEXITED(th.index_i64(a.get(0))? as i32)))
    }),
    MethodDef::new("WEXITSTATUS", "(status)", |th, a| {
        Ok(Obj::small_int(i64::from(libc::WEXITSTATUS(
            th.index_i64(a.get(0))? as i32,
        ))))
    }),
    MethodDef::new("WIFSIGNALED", "(status)", |th, a| {
        Ok(Obj::bool(libc::WIFSIGNALED(th.index_i64(a.get(0))? as i32)))
    }),
    MethodDef::new("WTERMSIG", "(status)", |th, a| {
        Ok(Obj::small_int(i64::from(libc::WTERMSIG(
            th.index_i64(a.get(0))? as i32,
        ))))
    }),
    MethodDef::new("WIFSTOPPED", "(status)", |th, a| {
        Ok(Obj::bool(libc::WIFSTOPPED(th.index_i64(a.get(0))? as i32)))
    }),
    MethodDef::new("WSTOPSIG", "(status)", |th, a| {
        Ok(Obj::small_int(i64::from(libc::WSTOPSIG(
            th.index_i64(a.get(0))? as i32,
        ))))
    }),
    MethodDef::new("system", "(command)", process::system),
    MethodDef::new(
        "register_at_fork",
        "(*, before=None, after_in_child=None, after_in_parent=None)",
        spawn::register,
    ),
    MethodDef::new("fork", "()", spawn::fork),
    MethodDef::new("forkpty", "()", spawn::forkpty),
    MethodDef::new("posix_spawn", spawn::SPAWN, spawn::spawn),
    MethodDef::new("posix_spawnp", spawn::SPAWN, spawn::spawnp),
    MethodDef::new("waitid", "(idtype, id, options, /)", spawn::waitid),
    MethodDef::new("_path_normpath", "(path)", path::normpath),
    MethodDef::new("_path_splitroot_ex", "(path)", path::splitroot),
];

const COUNT: usize = METHODS.len() + fds::METHODS.len() + ids::METHODS.len();

static ALL: [MethodDef; COUNT] = MethodDef::joined([METHODS, fds::METHODS, ids::METHODS]);

/// `posix`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &ALL,
    types: &[
        ("stat_result", TypeId::StatResult),
        ("terminal_size", TypeId::TerminalSize),
        ("uname_result", TypeId::UnameResult),
        ("times_result", TypeId::TimesResult),
        ("statvfs_result", TypeId::StatvfsResult),
        ("waitid_result", TypeId::WaitidResult),
        ("DirEntry", TypeId::DirEntry),
    ],
    init: Some(consts::fill),
    ..ModuleDef::new("posix")
};

/// The types of this module.
pub static TYPES: &[&TypeDef] = &[&dirs::ENTRY, &dirs::ITER];

fn unsafe_id(which: u8) -> i64 {
    // SAFETY: these calls have no preconditions.
    unsafe {
        match which {
            0 => i64::from(libc::getpid()),
            1 => i64::from(libc::getppid()),
            2 => i64::from(libc::getuid()),
            3 => i64::from(libc::geteuid()),
            4 => i64::from(libc::getgid()),
            _ => i64::from(libc::getegid()),
        }
    }
}
