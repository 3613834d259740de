//! Addresses: Python's tuples and paths to the system's structures and back.

use super::names;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use std::mem::zeroed;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address as the system has it.
#[derive(Clone, Copy)]
pub struct Address {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Address {
    /// Room for any address.
    pub fn empty() -> Address {
        Address {
            // SAFETY: zeroed is a valid `sockaddr_storage`.
            storage: unsafe { zeroed() },
            len: size_of::<libc::sockaddr_storage>() as libc::socklen_t,
        }
    }
    /// Of a structure of the system.
    fn of<T: Copy>(value: T, len: usize) -> Address {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut a = Address::empty();
        a.len = len as libc::socklen_t;
        // SAFETY: it fits; both are plain data.
        unsafe { (&raw mut a.storage).cast::<T>().write_unaligned(value) };
        a
    }
    /// From a pointer that the system gave.
    ///
    /// # Safety
    /// `p` points to `len` bytes.
    pub unsafe fn copied(p: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut a = Address::empty();
        a.len = len.min(a.len);
        // SAFETY: the caller says so; no more than there is room for.
        unsafe {
            std::ptr::copy_nonoverlapping(
                p.cast::<u8>(),
                (&raw mut a.storage).cast::<u8>(),
                a.len as usize,
            );
        }
        a
    }
    fn view<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        // SAFETY: the storage is larger and plain data.
        unsafe { (&raw const self.storage).cast::<T>().read_unaligned() }
    }
    /// For calls of the system.
    pub fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    /// For calls that fill it.
    pub fn ptr_mut(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    /// An IPv4 address.
    pub fn v4(ip: Ipv4Addr, port: u16) -> Address {
        // SAFETY: zeroed is a valid `sockaddr_in`.
        let mut s: libc::sockaddr_in = unsafe { zeroed() };
        s.sin_family = libc::AF_INET as libc::sa_family_t;
        s.sin_port = port.to_be();
        s.sin_addr.s_addr = u32::from_ne_bytes(ip.octets());
        Address::of(s, size_of::<libc::sockaddr_in>())
    }
    /// An IPv6 address.
    pub fn v6(ip: Ipv6Addr, port: u16, flow: u32, scope: u32) -> Address {
        // SAFETY: zeroed is a valid `sockaddr_in6`.
        let mut s: libc::sockaddr_in6 = unsafe { zeroed() };
        s.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        s.sin6_port = port.to_be();
        s.sin6_addr.s6_addr = ip.octets();
        s.sin6_flowinfo = flow.to_be();
        s.sin6_scope_id = scope;
        Address::of(s, size_of::<libc::sockaddr_in6>())
    }
    /// The same with another port.
    fn with_port(self, port: u16, flow: u32, scope: u32) -> Address {
        match i32::from(self.storage.ss_family) {
            libc::AF_INET6 => {
                let s: libc::sockaddr_in6 = self.view();
                let scope = if scope == 0 { s.sin6_scope_id } else { scope };
                Address::v6(Ipv6Addr::from(s.sin6_addr.s6_addr), port, flow, scope)
            }
            _ => {
                let s: libc::sockaddr_in = self.view();
                Address::v4(Ipv4Addr::from(s.sin_addr.s_addr.to_ne_bytes()), port)
            }
        }
    }
    /// The host part as text.
    pub fn host(&self) -> String {
        match i32::from(self.storage.ss_family) {
            libc::AF_INET6 => {
                let s: libc::sockaddr_in6 = self.view();
                let ip = Ipv6Addr::from(s.sin6_addr.s6_addr);
                match names::interface_name(s.sin6_scope_id) {
                    Some(name) if s.sin6_scope_id != 0 => format!("{ip}%{name}"),
                    _ if s.sin6_scope_id != 0 => format!("{ip}%{}", s.sin6_scope_id),
                    _ => ip.to_string(),
                }
            }
            _ => {
                let s: libc::sockaddr_in = self.view();
                Ipv4Addr::from(s.sin_addr.s_addr.to_ne_bytes()).to_string()
            }
        }
    }
    /// The network part, for `gethostbyname_ex` and such.
    pub fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }
}

fn port(th: &Thread, o: &Obj, caller: &str) -> Res<u16> {
    let n = th.index_clamped(o)?;
    u16::try_from(n).map_err(|_| th.overflow_error(format!("{caller}(): port must be 0-65535.")))
}

fn tuple<'a>(th: &Thread, o: &'a Obj, caller: &str, family: &str) -> Res<&'a Py<Tuple>> {
    o.cast::<Tuple>().ok_or_else(|| {
        th.type_error(format!(
            "{caller}(): {family} address must be tuple, not {}",
            th.type_name(o)
        ))
    })
}

/// The address that a Python object means for a family.
pub fn parse(th: &Thread, family: i32, o: &Obj, caller: &str) -> Res<Address> {
    match family {
        libc::AF_UNIX => unix(th, o),
        libc::AF_INET => {
            let t = tuple(th, o, caller, "AF_INET")?;
            let [host, p] = t.items() else {
                return Err(th.type_error("AF_INET address must be a pair (host, port)"));
            };
            let a = names::host(th, host, family)?;
            Ok(a.with_port(port(th, p, caller)?, 0, 0))
        }
        libc::AF_INET6 => {
            let t = tuple(th, o, caller, "AF_INET6")?;
            if !(2..=4).contains(&t.len()) {
                return Err(th.type_error(
                    "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
                ));
            }
            let items = t.items();
            let a = names::host(th, &items[0], family)?;
            let p = port(th, &items[1], caller)?;
            let number = |i: usize| items.get(i).map_or(Ok(0), |o| th.index_clamped(o));
            let (flow, scope) = (number(2)?, number(3)?);
            if !(0..=0xf_ffff).contains(&flow) {
                return Err(th.overflow_error(format!("{caller}(): flowinfo must be 0-1048575.")));
            }
            let Ok(scope) = u32::try_from(scope) else {
                return Err(th.overflow_error("Python int too large to convert to C unsigned int"));
            };
            Ok(a.with_port(p, flow as u32, scope))
        }
        libc::AF_NETLINK => {
            let t = tuple(th, o, caller, "AF_NETLINK")?;
            let [pid, groups] = t.items() else {
                return Err(th.type_error("AF_NETLINK address must be a pair (pid, groups)"));
            };
            // SAFETY: zeroed is a valid `sockaddr_nl`.
            let mut s: libc::sockaddr_nl = unsafe { zeroed() };
            s.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            s.nl_pid = th.index_i64(pid)? as u32;
            s.nl_groups = th.index_i64(groups)? as u32;
            Ok(Address::of(s, size_of::<libc::sockaddr_nl>()))
        }
        _ => Err(th.err(TypeId::OSError, format!("{caller}(): bad family"))),
    }
}

fn unix(th: &Thread, o: &Obj) -> Res<Address> {
    let path = if let Some(s) = o.cast::<Str>() {
        crate::modules::posix::encode(th, s)?
    } else if let Some(b) = o.cast::<Bytes>() {
        b.bytes().to_vec()
    } else {
        th.bytes_like(o)?.bytes().to_vec()
    };
    // SAFETY: zeroed is a valid `sockaddr_un`.
    let mut s: libc::sockaddr_un = unsafe { zeroed() };
    s.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // A path that begins with a zero byte lies in Linux's own name space and needs no end.
    let is_abstract = path.first() == Some(&0);
    let room = s.sun_path.len() - usize::from(!is_abstract);
    if path.len() > room {
        return Err(th.err(TypeId::OSError, "AF_UNIX path too long"));
    }
    for (to, from) in s.sun_path.iter_mut().zip(&path) {
        *to = *from as libc::c_char;
    }
    let len = std::mem::offset_of!(libc::sockaddr_un, sun_path)
        + path.len()
        + usize::from(!is_abstract && !path.is_empty());
    Ok(Address::of(s, len))
}

/// The object of an address.
pub fn object(th: &Thread, a: &Address) -> Res {
    if a.len == 0 {
        return Ok(Obj::NONE);
    }
    match a.family() {
        libc::AF_INET => {
            let s: libc::sockaddr_in = a.view();
            let host = th.str(&a.host())?;
            tuple_of(
                th,
                [host, Obj::small_int(i64::from(u16::from_be(s.sin_port)))],
            )
        }
        libc::AF_INET6 => {
            let s: libc::sockaddr_in6 = a.view();
            tuple_of(
                th,
                [
                    th.str(&a.host())?,
                    Obj::small_int(i64::from(u16::from_be(s.sin6_port))),
                    Obj::small_int(i64::from(u32::from_be(s.sin6_flowinfo))),
                    Obj::small_int(i64::from(s.sin6_scope_id)),
                ],
            )
        }
        libc::AF_UNIX => {
            let s: libc::sockaddr_un = a.view();
            let start = std::mem::offset_of!(libc::sockaddr_un, sun_path);
            let n = (a.len as usize).saturating_sub(start).min(s.sun_path.len());
            let path: Vec<u8> = s.sun_path[..n].iter().map(|&c| c as u8).collect();
            if path.first() == Some(&0) {
                return th.bytes(&path);
            }
            let end = path.iter().position(|&c| c == 0).unwrap_or(path.len());
            crate::modules::posix::decode(th, &path[..end])
        }
        libc::AF_NETLINK => {
            let s: libc::sockaddr_nl = a.view();
            tuple_of(
                th,
                [
                    th.uint(u64::from(s.nl_pid)),
                    th.uint(u64::from(s.nl_groups)),
                ],
            )
        }
        family => {
            // SAFETY: `len` bytes of plain data.
            let raw = unsafe {
                std::slice::from_raw_parts(
                    (&raw const a.storage).cast::<u8>(),
                    (a.len as usize).min(size_of::<libc::sockaddr_storage>()),
                )
            };
            let rest = th.bytes(raw.get(2..).unwrap_or_default())?;
            tuple_of(th, [Obj::small_int(i64::from(family)), rest])
        }
    }
}
