//! `_socket`: sockets over the system's calls. `wait` has the waiting, `addr` the addresses, `names` the look-ups,
//! `transfer` what moves bytes, `options` socket options, `consts` the constants.
//!
//! A socket object may be used by many threads at once; its descriptor is one word, taken out by the one that closes it.

mod addr;
mod consts;
mod names;
mod options;
mod transfer;
pub mod wait;

use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use addr::Address;
use std::time::Duration;
use threadsnake_threads::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use wait::{Patience, Until};

/// What a runtime knows of sockets.
pub(super) struct State {
    gaierror: Slot,
    herror: Slot,
    /// `setdefaulttimeout`, in nanoseconds, negative for none. Relaxed: it guards nothing.
    default_timeout: AtomicI64,
}

impl Default for State {
    fn default() -> State {
        State {
            gaierror: Slot::empty(),
            herror: Slot::empty(),
            default_timeout: AtomicI64::new(-1),
        }
    }
}

/// The class `gaierror`.
fn gaierror(th: &Thread) -> Res {
    let st = th.rt().module_state::<State>();
    exception_class(th, &st.gaierror, "socket", "gaierror", TypeId::OSError)
}

/// Whether this runtime may use the network: PermissionError if not.
pub fn allowed(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.network {
        return Ok(());
    }
    Err(th.err(
        TypeId::PermissionError,
        "this runtime has not been given access to the network",
    ))
}

/// Payload of sockets. The numbers are set by `__init__` and read by anybody; Relaxed, since each stands for itself.
pub struct Socket {
    /// -1 when closed or detached; who swaps that in owns the descriptor.
    fd: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    proto: AtomicI32,
    /// Nanoseconds; 0: does not block; negative: no timeout.
    timeout: AtomicI64,
}
native!(Socket, Socket, "_socket.socket");

impl Drop for Socket {
    fn drop(&mut self) {
        let fd = self.fd.swap(-1, Ordering::Relaxed);
        if fd >= 0 {
            // SAFETY: the socket's own descriptor.
            unsafe { libc::close(fd) };
        }
    }
}

impl Socket {
    fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }
    fn family(&self) -> i32 {
        self.family.load(Ordering::Relaxed)
    }
    fn timeout(&self) -> i64 {
        self.timeout.load(Ordering::Relaxed)
    }
    fn patience(&self) -> Patience {
        Patience::of(self.timeout())
    }
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "socketpair",
            "(family=AF_UNIX, type=1, proto=0, /)",
            socketpair,
        ),
        MethodDef::new("close", "(fd, /)", |th, a| {
            let fd = th.index_i64(a.get(0))? as i32;
            close_fd(th, fd)?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("dup", "(fd, /)", |th, a| {
            let fd = th.index_i64(a.get(0))? as i32;
            // SAFETY: no memory involved.
            let n = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
            if n < 0 {
                return Err(th.os_error(last_errno(), None));
            }
            Ok(Obj::small_int(i64::from(n)))
        }),
        MethodDef::new(
            "getaddrinfo",
            "(host, port, family=0, type=0, proto=0, flags=0)",
            names::getaddrinfo,
        ),
        MethodDef::new("getnameinfo", "(sockaddr, flags, /)", names::getnameinfo),
        MethodDef::new("gethostbyname", "(host, /)", names::gethostbyname),
        MethodDef::new("gethostbyname_ex", "(host, /)", names::gethostbyname_ex),
        MethodDef::new("gethostbyaddr", "(host, /)", names::gethostbyaddr),
        MethodDef::new("gethostname", "()", names::gethostname),
        MethodDef::new("sethostname", "(name, /)", names::sethostname),
        MethodDef::new(
            "getservbyname",
            "(servicename, protocolname=None, /)",
            names::getservbyname,
        ),
        MethodDef::new(
            "getservbyport",
            "(port, protocolname=None, /)",
            names::getservbyport,
        ),
        MethodDef::new("getprotobyname", "(protocolname, /)", names::getprotobyname),
        MethodDef::new("if_nameindex", "()", names::if_nameindex),
        MethodDef::new("if_nametoindex", "(oname, /)", names::if_nametoindex),
        MethodDef::new("if_indextoname", "(if_index, /)", names::if_indextoname),
        MethodDef::new("htons", "(x, /)", |th, a| swap16(th, a.get(0))),
        MethodDef::new("ntohs", "(x, /)", |th, a| swap16(th, a.get(0))),
        MethodDef::new("htonl", "(x, /)", |th, a| swap32(th, a.get(0))),
        MethodDef::new("ntohl", "(x, /)", |th, a| swap32(th, a.get(0))),
        MethodDef::new("inet_aton", "(ip_addr, /)", options::inet_aton),
        MethodDef::new("inet_ntoa", "(packed_ip, /)", options::inet_ntoa),
        MethodDef::new(
            "inet_pton",
            "(address_family, ip_string, /)",
            options::inet_pton,
        ),
        MethodDef::new(
            "inet_ntop",
            "(address_family, packed_ip, /)",
            options::inet_ntop,
        ),
        MethodDef::new("getdefaulttimeout", "()", |th, _| {
            let st = th.rt().module_state::<State>();
            Ok(timeout_object(st.default_timeout.load(Ordering::Relaxed)))
        }),
        MethodDef::new("setdefaulttimeout", "(timeout, /)", |th, a| {
            let t = timeout_arg(th, a.get(0))?;
            let st = th.rt().module_state::<State>();
            st.default_timeout.store(t, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("CMSG_LEN", "(length, /)", |th, a| {
            transfer::cmsg_size(th, a.get(0), "CMSG_LEN", false)
        }),
        MethodDef::new("CMSG_SPACE", "(length, /)", |th, a| {
            transfer::cmsg_size(th, a.get(0), "CMSG_SPACE", true)
        }),
    ],
    types: &[("socket", TypeId::Socket), ("SocketType", TypeId::Socket)],
    init: Some(|th, m| {
        put(th, m, "error", th.ty(TypeId::OSError).obj().clone())?;
        put(th, m, "timeout", th.ty(TypeId::TimeoutError).obj().clone())?;
        put(th, m, "gaierror", gaierror(th)?)?;
        let st = th.rt().module_state::<State>();
        let herror = exception_class(th, &st.herror, "socket", "herror", TypeId::OSError)?;
        put(th, m, "herror", herror)?;
        put(th, m, "has_ipv6", Obj::TRUE)?;
        consts::fill(th, m)
    }),
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    ..ModuleDef::new("_socket")
};

/// Its types.
pub static TYPES: &[&TypeDef] = &[&SOCKET];

static SOCKET: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, _| {
            Ok(th
                .alloc_as::<Socket>(
                    cls,
                    Socket {
                        fd: AtomicI32::new(-1),
                        family: AtomicI32::new(0),
                        kind: AtomicI32::new(0),
                        proto: AtomicI32::new(0),
                        timeout: AtomicI64::new(-1),
                    },
                )?
                .into_obj())
        }),
        init: Some(init),
        repr: Some(|th, o| {
            let s = this::<Socket>(th, o)?;
            let word = |a: &AtomicI32| a.load(Ordering::Relaxed);
            th.str(&format!(
                "<socket object, fd={}, family={}, type={}, proto={}>",
                s.fd(),
                s.family(),
                word(&s.kind),
                word(&s.proto)
            ))
        }),
        del: Some(|th, o| {
            let s = this::<Socket>(th, o)?;
            if s.fd() >= 0 {
                let text = th.repr(o)?.to_rust();
                th.warn(TypeId::ResourceWarning, &format!("unclosed {text}"))?;
                let fd = s.fd.swap(-1, Ordering::Relaxed);
                if fd >= 0 {
                    // SAFETY: the socket's own descriptor.
                    unsafe { libc::close(fd) };
                }
            }
            Ok(())
        }),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("_accept", "($self, /)", accept),
        MethodDef::new("bind", "($self, address, /)", bind),
        MethodDef::new("close", "($self, /)", |th, a| {
            let fd = this::<Socket>(th, a.get(0))?.fd.swap(-1, Ordering::Relaxed);
            if fd >= 0 {
                close_fd(th, fd)?;
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("connect", "($self, address, /)", |th, a| {
            match connect(th, &a)? {
                0 => Ok(Obj::NONE),
                libc::EWOULDBLOCK => Err(wait::timed_out(th)),
                e => Err(th.os_error(e, None)),
            }
        }),
        MethodDef::new("connect_ex", "($self, address, /)", |th, a| {
            Ok(Obj::small_int(i64::from(connect(th, &a)?)))
        }),
        MethodDef::new("detach", "($self, /)", |th, a| {
            let fd = this::<Socket>(th, a.get(0))?.fd.swap(-1, Ordering::Relaxed);
            Ok(Obj::small_int(i64::from(fd)))
        }),
        MethodDef::new("fileno", "($self, /)", |th, a| {
            Ok(Obj::small_int(i64::from(
                this::<Socket>(th, a.get(0))?.fd(),
            )))
        }),
        MethodDef::new("getblocking", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<Socket>(th, a.get(0))?.timeout() != 0))
        }),
        MethodDef::new("gettimeout", "($self, /)", |th, a| {
            Ok(timeout_object(this::<Socket>(th, a.get(0))?.timeout()))
        }),
        MethodDef::new("setblocking", "($self, flag, /)", |th, a| {
            let s = this::<Socket>(th, a.get(0))?;
            set_timeout(th, s, if th.truthy(a.get(1))? { -1 } else { 0 })
        }),
        MethodDef::new("settimeout", "($self, timeout, /)", |th, a| {
            let t = timeout_arg(th, a.get(1))?;
            set_timeout(th, this::<Socket>(th, a.get(0))?, t)
        }),
        MethodDef::new("getpeername", "($self, /)", |th, a| {
            name_of(th, &a, libc::getpeername)
        }),
        MethodDef::new("getsockname", "($self, /)", |th, a| {
            name_of(th, &a, libc::getsockname)
        }),
        MethodDef::new(
            "getsockopt",
            "($self, level, option, buflen=0, /)",
            options::get,
        ),
        MethodDef::new(
            "setsockopt",
            "($self, level, option, value, optlen=0, /)",
            options::set,
        ),
        MethodDef::new("listen", "($self, backlog=128, /)", |th, a| {
            let s = this::<Socket>(th, a.get(0))?;
            let n = a.opt(1).map_or(Ok(128), |o| th.index_i64(o))?;
            let n = n.clamp(0, i64::from(i32::MAX)) as i32;
            // SAFETY: no memory involved.
            done(th, unsafe { libc::listen(s.fd(), n) })
        }),
        MethodDef::new("shutdown", "($self, how, /)", |th, a| {
            let s = this::<Socket>(th, a.get(0))?;
            let how = th.index_i64(a.get(1))? as i32;
            // SAFETY: no memory involved.
            done(th, unsafe { libc::shutdown(s.fd(), how) })
        }),
        MethodDef::new("recv", "($self, bufsize, flags=0, /)", transfer::recv),
        MethodDef::new(
            "recv_into",
            "($self, buffer, nbytes=0, flags=0)",
            transfer::recv_into,
        ),
        MethodDef::new(
            "recvfrom",
            "($self, bufsize, flags=0, /)",
            transfer::recvfrom,
        ),
        MethodDef::new(
            "recvfrom_into",
            "($self, buffer, nbytes=0, flags=0)",
            transfer::recvfrom_into,
        ),
        MethodDef::new(
            "recvmsg",
            "($self, bufsize, ancbufsize=0, flags=0, /)",
            transfer::recvmsg,
        ),
        MethodDef::new(
            "recvmsg_into",
            "($self, buffers, ancbufsize=0, flags=0, /)",
            transfer::recvmsg_into,
        ),
        MethodDef::new("send", "($self, data, flags=0, /)", transfer::send),
        MethodDef::new("sendall", "($self, data, flags=0, /)", transfer::sendall),
        MethodDef::new("sendto", "($self, /, *args)", transfer::sendto),
        MethodDef::new(
            "sendmsg",
            "($self, buffers, ancdata=(), flags=0, address=None, /)",
            transfer::sendmsg,
        ),
    ],
    getset: &[
        GetSetDef::ro("family", |th, o| {
            Ok(Obj::small_int(i64::from(this::<Socket>(th, o)?.family())))
        }),
        GetSetDef::ro("type", |th, o| {
            let n = this::<Socket>(th, o)?.kind.load(Ordering::Relaxed);
            Ok(Obj::small_int(i64::from(n)))
        }),
        GetSetDef::ro("proto", |th, o| {
            let n = this::<Socket>(th, o)?.proto.load(Ordering::Relaxed);
            Ok(Obj::small_int(i64::from(n)))
        }),
        GetSetDef::ro("timeout", |th, o| {
            Ok(timeout_object(this::<Socket>(th, o)?.timeout()))
        }),
    ],
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.",
    ..TypeDef::new(TypeId::Socket, "_socket.socket", Socket::LAYOUT)
};

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    allowed(th)?;
    let s = this::<Socket>(th, o)?;
    th.bind(
        "socket",
        "(family=-1, type=-1, proto=-1, fileno=None)",
        args,
        |a| {
            let number = |i: usize| {
                a.opt(i)
                    .map_or(Ok(-1), |o| th.index_i64(o))
                    .map(|n| n as i32)
            };
            let (mut family, mut kind, mut proto) = (number(0)?, number(1)?, number(2)?);
            let fd = match a.opt_not_none(3) {
                Some(fd) => {
                    let fd = th.index_i64(fd)? as i32;
                    if fd < 0 {
                        return Err(th.value_error("negative file descriptor"));
                    }
                    let mut at = Address::empty();
                    // SAFETY: room for any address.
                    let r = unsafe { libc::getsockname(fd, at.ptr_mut(), &mut at.len) };
                    let e = last_errno();
                    if r < 0 && (e == libc::EBADF || e == libc::ENOTSOCK || family == -1) {
                        return Err(th.os_error(e, None));
                    }
                    if family == -1 {
                        family = at.family();
                    }
                    if kind == -1 {
                        kind = options::number(th, fd, libc::SO_TYPE)?;
                    }
                    if proto == -1 {
                        proto = options::number(th, fd, libc::SO_PROTOCOL)?;
                    }
                    fd
                }
                None => {
                    if family == -1 {
                        family = libc::AF_INET;
                    }
                    if kind == -1 {
                        kind = libc::SOCK_STREAM;
                    }
                    proto = proto.max(0);
                    // SAFETY: no memory involved.
                    let fd = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) };
                    if fd < 0 {
                        return Err(th.os_error(last_errno(), None));
                    }
                    fd
                }
            };
            adopt(th, s, fd, family, kind, proto)
        },
    )
}

/// Makes a descriptor the socket's.
fn adopt(th: &Thread, s: &Py<Socket>, fd: i32, family: i32, kind: i32, proto: i32) -> Res<()> {
    s.family.store(family, Ordering::Relaxed);
    let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    s.kind.store(kind & !flags, Ordering::Relaxed);
    s.proto.store(proto, Ordering::Relaxed);
    let st = th.rt().module_state::<State>();
    let timeout = if kind & libc::SOCK_NONBLOCK != 0 {
        0
    } else {
        st.default_timeout.load(Ordering::Relaxed)
    };
    s.timeout.store(timeout, Ordering::Relaxed);
    let old = s.fd.swap(fd, Ordering::Relaxed);
    if old >= 0 && old != fd {
        close_fd(th, old)?;
    }
    if timeout >= 0 {
        blocking_mode(th, fd, false)?;
    }
    Ok(())
}

fn done(th: &Thread, r: i32) -> Res {
    if r < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(Obj::NONE)
}

fn close_fd(th: &Thread, fd: i32) -> Res<()> {
    // SAFETY: the caller owns the descriptor.
    let (r, e) = th.blocking(|| (unsafe { libc::close(fd) }, last_errno()));
    // The descriptor is gone in any case; a connection that was reset is no news to who closes it.
    if r < 0 && e != libc::ECONNRESET && e != libc::EINTR {
        return Err(th.os_error(e, None));
    }
    Ok(())
}

fn blocking_mode(th: &Thread, fd: i32, block: bool) -> Res<()> {
    let mut on = i32::from(!block);
    // SAFETY: reads one int.
    if unsafe { libc::ioctl(fd, libc::FIONBIO, &mut on) } < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(())
}

fn set_timeout(th: &Thread, s: &Py<Socket>, t: i64) -> Res {
    s.timeout.store(t, Ordering::Relaxed);
    blocking_mode(th, s.fd(), t < 0)?;
    Ok(Obj::NONE)
}

/// Nanoseconds of a timeout, rounded up; -1 for None.
fn timeout_arg(th: &Thread, o: &Obj) -> Res<i64> {
    if o.is_none() {
        return Ok(-1);
    }
    let x = th.to_f64(o)?;
    if x.is_nan() {
        return Err(th.value_error("Invalid value NaN (not a number)"));
    }
    if x < 0.0 {
        return Err(th.value_error("Timeout value out of range"));
    }
    let ns = (x * 1e9).ceil();
    if ns >= i64::MAX as f64 {
        return Err(th.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    if ns / 1e6 > f64::from(i32::MAX) {
        return Err(th.overflow_error("timeout doesn't fit into C timeval"));
    }
    Ok(ns as i64)
}

fn timeout_object(ns: i64) -> Obj {
    if ns < 0 {
        Obj::NONE
    } else {
        Obj::float(Duration::from_nanos(ns as u64).as_secs_f64())
    }
}

fn swap16(th: &Thread, o: &Obj) -> Res {
    let n = th.index_clamped(o)?;
    if n < 0 {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match u16::try_from(n) {
        Ok(n) => Ok(Obj::small_int(i64::from(n.to_be()))),
        Err(_) => Err(th.overflow_error("Python int too large for C uint16_t")),
    }
}

fn swap32(th: &Thread, o: &Obj) -> Res {
    let n = th.index_clamped(o)?;
    if n < 0 {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match u32::try_from(n) {
        Ok(n) => Ok(Obj::small_int(i64::from(n.to_be()))),
        Err(_) => Err(th.overflow_error("Python int too large for C uint32_t")),
    }
}

fn bind(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let at = addr::parse(th, s.family(), a.get(1), "bind")?;
    let fd = s.fd();
    let (r, e) = th.blocking(|| {
        // SAFETY: an address of that length.
        let r = unsafe { libc::bind(fd, at.ptr(), at.len) };
        (r, last_errno())
    });
    if r < 0 {
        return Err(th.os_error(e, None));
    }
    Ok(Obj::NONE)
}

/// Connects: 0 or an error number, EWOULDBLOCK where the time is up.
fn connect(th: &Thread, a: &Args<'_>) -> Res<i32> {
    let s = this::<Socket>(th, a.get(0))?;
    let at = addr::parse(th, s.family(), a.get(1), "connect")?;
    let (fd, patience) = (s.fd(), s.patience());
    let (r, e) = th.blocking(|| {
        // SAFETY: an address of that length.
        let r = unsafe { libc::connect(fd, at.ptr(), at.len) };
        (r, last_errno())
    });
    if r == 0 {
        return Ok(0);
    }
    // An interrupted or non-blocking call goes on in the system: what is left is to wait for it.
    let goes_on = match e {
        libc::EINTR => !matches!(patience, Patience::None),
        libc::EINPROGRESS => matches!(patience, Patience::Deadline(_)),
        _ => false,
    };
    if !goes_on {
        return Ok(e);
    }
    th.poll()?;
    if !wait::wait(th, fd, Until::Writable, patience)? {
        return Ok(libc::EWOULDBLOCK);
    }
    match options::number(th, fd, libc::SO_ERROR)? {
        libc::EISCONN => Ok(0),
        e => Ok(e),
    }
}

fn accept(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let (fd, patience) = (s.fd(), s.patience());
    let mut at = Address::empty();
    // A descriptor that blocks is waited for first, in slices; should another thread take the connection, the call blocks.
    if matches!(patience, Patience::Forever) {
        wait::wait(th, fd, Until::Readable, patience)?;
    }
    let new = wait::call(th, fd, Until::Readable, patience, || {
        at = Address::empty();
        // SAFETY: room for any address.
        unsafe { libc::accept4(fd, at.ptr_mut(), &mut at.len, libc::SOCK_CLOEXEC) as isize }
    })?;
    let from = addr::object(th, &at)?;
    tuple_of(th, [Obj::small_int(new as i64), from])
}

fn name_of(
    th: &Thread,
    a: &Args<'_>,
    f: unsafe extern "C" fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32,
) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let mut at = Address::empty();
    // SAFETY: room for any address.
    if unsafe { f(s.fd(), at.ptr_mut(), &mut at.len) } < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    addr::object(th, &at)
}

fn socketpair(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let number = |i: usize, d: i32| {
        a.opt(i)
            .map_or(Ok(i64::from(d)), |o| th.index_i64(o))
            .map(|n| n as i32)
    };
    let family = number(0, libc::AF_UNIX)?;
    let kind = number(1, libc::SOCK_STREAM)?;
    let proto = number(2, 0)?;
    let mut fds = [-1i32; 2];
    // SAFETY: writes two descriptors.
    if unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr()) } < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    let class = th.ty(TypeId::Socket).obj().clone();
    let mut pair = Vec::with_capacity(2);
    for fd in fds {
        let o = th.call_method(&class, "__new__", std::slice::from_ref(&class))?;
        adopt(th, this::<Socket>(th, &o)?, fd, family, kind, proto)?;
        pair.push(o);
    }
    th.tuple(pair)
}
