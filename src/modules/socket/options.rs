//! Socket options, and the four conversions of numeric addresses.

use super::Socket;
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use std::ffi::{CString, c_void};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An option of level SOL_SOCKET that is a number.
pub fn number(th: &Thread, fd: i32, option: i32) -> Res<i32> {
    get_number(th, fd, libc::SOL_SOCKET, option)
}

fn get_number(th: &Thread, fd: i32, level: i32, option: i32) -> Res<i32> {
    let mut n = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: room for an int, its size given.
    let r = unsafe { libc::getsockopt(fd, level, option, (&raw mut n).cast::<c_void>(), &mut len) };
    if r < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(n)
}

/// `getsockopt(level, option, buflen=0)`
pub fn get(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let level = th.index_i64(a.get(1))? as i32;
    let option = th.index_i64(a.get(2))? as i32;
    let size = a.opt(3).map_or(Ok(0), |o| th.index_i64(o))?;
    if size == 0 {
        return get_number(th, s.fd(), level, option).map(|n| Obj::small_int(i64::from(n)));
    }
    if !(1..=1024).contains(&size) {
        return Err(th.err(TypeId::OSError, "getsockopt buflen out of range"));
    }
    let mut buf = vec![0u8; size as usize];
    let mut len = size as libc::socklen_t;
    // SAFETY: room of the size that is given.
    let r = unsafe { libc::getsockopt(s.fd(), level, option, buf.as_mut_ptr().cast(), &mut len) };
    if r < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    th.bytes(&buf[..(len as usize).min(buf.len())])
}

/// `setsockopt(level, option, value)`, `setsockopt(level, option, None, optlen)`
pub fn set(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let level = th.index_i64(a.get(1))? as i32;
    let option = th.index_i64(a.get(2))? as i32;
    let value = a.get(3);
    let call = |p: *const c_void, len: usize| {
        // SAFETY: that many bytes, or null where the system asks for a length alone.
        unsafe { libc::setsockopt(s.fd(), level, option, p, len as libc::socklen_t) }
    };
    let r = if value.is_none() {
        let Some(len) = a.opt(4) else {
            return Err(
                th.type_error("setsockopt() requires 4 arguments when the third argument is None")
            );
        };
        call(std::ptr::null(), th.index_i64(len)?.max(0) as usize)
    } else if a.opt(4).is_some() {
        return Err(th.type_error(format!(
            "setsockopt() argument 3 must be None, not {}",
            th.type_name(value)
        )));
    } else if th.is_int(value) {
        let n = th.index_i64(value)?;
        let n = i32::try_from(n)
            .or_else(|_| u32::try_from(n).map(|n| n as i32))
            .map_err(|_| th.overflow_error("Python int too large to convert to C int"))?;
        call((&raw const n).cast(), size_of::<i32>())
    } else if th.type_of(value).slots().buffer.is_some() {
        let b = th.bytes_like(value)?;
        call(b.ptr().cast(), b.len())
    } else {
        return Err(th.type_error(format!(
            "socket option should be int, bytes-like object or None (got {})",
            th.type_name(value)
        )));
    };
    if r < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(Obj::NONE)
}

fn text(th: &Thread, o: &Obj, what: &str) -> Res<String> {
    match o.cast::<Str>() {
        Some(s) => Ok(s.to_rust()),
        None => Err(th.type_error(format!("{what} must be str, not {}", th.type_name(o)))),
    }
}

/// `inet_aton(text)`: also of the old forms with less than four parts.
pub fn inet_aton(th: &Thread, a: Args<'_>) -> Res {
    let t = text(th, a.get(0), "inet_aton() argument")?;
    let bad = || {
        th.err(
            TypeId::OSError,
            "illegal IP address string passed to inet_aton",
        )
    };
    let c = CString::new(t).map_err(|_| bad())?;
    let mut out = libc::in_addr { s_addr: 0 };
    unsafe extern "C" {
        fn inet_aton(text: *const libc::c_char, out: *mut libc::in_addr) -> i32;
    }
    // SAFETY: a C string, room for an address.
    if unsafe { inet_aton(c.as_ptr(), &mut out) } == 0 {
        return Err(bad());
    }
    th.bytes(&out.s_addr.to_ne_bytes())
}

/// `inet_ntoa(packed)`
pub fn inet_ntoa(th: &Thread, a: Args<'_>) -> Res {
    let b = th.bytes_like(a.get(0))?;
    match <[u8; 4]>::try_from(b.bytes()) {
        Ok(b) => th.str(&Ipv4Addr::from(b).to_string()),
        Err(_) => Err(th.err(TypeId::OSError, "packed IP wrong length for inet_ntoa")),
    }
}

/// `inet_pton(family, text)`
pub fn inet_pton(th: &Thread, a: Args<'_>) -> Res {
    let family = th.index_i64(a.get(0))? as i32;
    let t = text(th, a.get(1), "inet_pton() argument 2")?;
    let bad = || {
        th.err(
            TypeId::OSError,
            "illegal IP address string passed to inet_pton",
        )
    };
    match family {
        libc::AF_INET => match t.parse::<Ipv4Addr>() {
            Ok(ip) => th.bytes(&ip.octets()),
            Err(_) => Err(bad()),
        },
        libc::AF_INET6 => match t.parse::<Ipv6Addr>() {
            Ok(ip) => th.bytes(&ip.octets()),
            Err(_) => Err(bad()),
        },
        _ => Err(th.os_error(libc::EAFNOSUPPORT, None)),
    }
}

/// `inet_ntop(family, packed)`
pub fn inet_ntop(th: &Thread, a: Args<'_>) -> Res {
    let family = th.index_i64(a.get(0))? as i32;
    let b = th.bytes_like(a.get(1))?;
    let bad = || th.value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => {
            let b = <[u8; 4]>::try_from(b.bytes()).map_err(|_| bad())?;
            th.str(&Ipv4Addr::from(b).to_string())
        }
        libc::AF_INET6 => {
            let b = <[u8; 16]>::try_from(b.bytes()).map_err(|_| bad())?;
            th.str(&Ipv6Addr::from(b).to_string())
        }
        n => Err(th.value_error(format!("unknown address family {n}"))),
    }
}
