//! Names of hosts, services, protocols and interfaces.

use super::addr::{self, Address};
use super::{State, allowed};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use std::ffi::{CStr, CString};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr::null_mut;
use threadsnake_threads::sync::Mutex;

/// `gaierror(code, text)`
pub fn gai_error(th: &Thread, code: i32, errno: i32) -> Exc {
    if code == libc::EAI_SYSTEM {
        return th.os_error(errno, None);
    }
    // SAFETY: the system's own constant text.
    let text = unsafe { CStr::from_ptr(libc::gai_strerror(code)) };
    let class = match super::gaierror(th) {
        Ok(c) => c,
        Err(e) => return e,
    };
    match th.str(&text.to_string_lossy()) {
        Ok(text) => raise_class(th, &class, &[Obj::small_int(i64::from(code)), text]),
        Err(e) => e,
    }
}

fn herror(th: &Thread, code: i32, text: &str) -> Exc {
    let st = th.rt().module_state::<State>();
    let class = exception_class(th, &st.herror, "socket", "herror", TypeId::OSError);
    match class.and_then(|c| Ok((c, th.str(text)?))) {
        Ok((c, text)) => raise_class(th, &c, &[Obj::small_int(i64::from(code)), text]),
        Err(e) => e,
    }
}

fn c_string(th: &Thread, bytes: &[u8]) -> Res<CString> {
    CString::new(bytes).map_err(|_| th.type_error("host name must not contain null character"))
}

/// The bytes of a host name: str by IDNA, bytes as they are.
fn host_bytes(th: &Thread, o: &Obj) -> Res<Vec<u8>> {
    if let Some(s) = o.cast::<Str>() {
        if let Some(text) = s.as_ascii() {
            return Ok(text.as_bytes().to_vec());
        }
        let encoded = th.call_method(o, "encode", &[th.str("idna")?])?;
        return Ok(encoded
            .cast::<Bytes>()
            .map(|b| b.bytes().to_vec())
            .unwrap_or_default());
    }
    if o.cast::<Bytes>().is_some() || th.is_a(o, TypeId::ByteArray) {
        return Ok(th.bytes_like(o)?.bytes().to_vec());
    }
    Err(th.type_error(format!(
        "str, bytes or bytearray expected, not {}",
        th.type_name(o)
    )))
}

/// The addresses that the system finds.
struct Found {
    family: i32,
    kind: i32,
    protocol: i32,
    canonical: Option<Vec<u8>>,
    address: Address,
}

fn look_up(
    th: &Thread,
    host: Option<&CStr>,
    service: Option<&CStr>,
    hints: &libc::addrinfo,
) -> Res<Vec<Found>> {
    allowed(th)?;
    let ptr = |s: Option<&CStr>| s.map_or(std::ptr::null(), CStr::as_ptr);
    let (host, service) = (ptr(host), ptr(service));
    let (code, errno, found) = th.blocking(|| {
        let mut list: *mut libc::addrinfo = null_mut();
        // SAFETY: C strings or null, a valid hint; the list is freed below.
        let code = unsafe { libc::getaddrinfo(host, service, hints, &mut list) };
        let errno = last_errno();
        let mut found = Vec::new();
        let mut at = list;
        // SAFETY: a list of valid entries, as the system made it.
        while let Some(a) = unsafe { at.as_ref() } {
            found.push(Found {
                family: a.ai_family,
                kind: a.ai_socktype,
                protocol: a.ai_protocol,
                canonical: (!a.ai_canonname.is_null())
                    // SAFETY: a C string where there is one.
                    .then(|| {
                        // SAFETY: not null, a C string that lives until the list is freed.
                        unsafe { CStr::from_ptr(a.ai_canonname) }
                            .to_bytes()
                            .to_vec()
                    }),
                // SAFETY: an address of that length.
                address: unsafe { Address::copied(a.ai_addr, a.ai_addrlen) },
            });
            at = a.ai_next;
        }
        if code == 0 && !list.is_null() {
            // SAFETY: the system's list, freed once.
            unsafe { libc::freeaddrinfo(list) };
        }
        (code, errno, found)
    });
    if code != 0 {
        return Err(gai_error(th, code, errno));
    }
    Ok(found)
}

fn hints(family: i32, kind: i32, protocol: i32, flags: i32) -> libc::addrinfo {
    // SAFETY: zeroed is a valid `addrinfo`.
    let mut h: libc::addrinfo = unsafe { std::mem::zeroed() };
    h.ai_family = family;
    h.ai_socktype = kind;
    h.ai_protocol = protocol;
    h.ai_flags = flags;
    h
}

/// The address of a host, port 0.
pub fn host(th: &Thread, o: &Obj, family: i32) -> Res<Address> {
    let name = host_bytes(th, o)?;
    if name.is_empty() {
        if family == libc::AF_INET6 {
            return Ok(Address::v6(Ipv6Addr::UNSPECIFIED, 0, 0, 0));
        }
        return Ok(Address::v4(Ipv4Addr::UNSPECIFIED, 0));
    }
    if name == b"<broadcast>" || name == b"255.255.255.255" {
        if family == libc::AF_INET6 {
            return Err(th.err(TypeId::OSError, "address family mismatched"));
        }
        return Ok(Address::v4(Ipv4Addr::BROADCAST, 0));
    }
    // Numbers need no look-up.
    if let Ok(text) = std::str::from_utf8(&name) {
        match family {
            libc::AF_INET => {
                if let Ok(ip) = text.parse::<Ipv4Addr>() {
                    return Ok(Address::v4(ip, 0));
                }
            }
            libc::AF_INET6 => {
                if let Ok(ip) = text.parse::<Ipv6Addr>() {
                    return Ok(Address::v6(ip, 0, 0, 0));
                }
            }
            _ => {}
        }
    }
    let c = c_string(th, &name)?;
    let found = look_up(th, Some(&c), None, &hints(family, 0, 0, 0))?;
    match found.first() {
        Some(f) => Ok(f.address),
        None => Err(gai_error(th, libc::EAI_NONAME, 0)),
    }
}

/// `getaddrinfo(host, port, family=AF_UNSPEC, type=0, proto=0, flags=0)`
pub fn getaddrinfo(th: &Thread, a: Args<'_>) -> Res {
    let number = |i: usize| {
        a.opt(i)
            .map_or(Ok(0), |o| th.index_i64(o))
            .map(|n| n as i32)
    };
    let h = hints(number(2)?, number(3)?, number(4)?, number(5)?);
    let host = match a.get(0) {
        o if o.is_none() => None,
        o if o.cast::<Str>().is_some() || o.cast::<Bytes>().is_some() => {
            Some(c_string(th, &host_bytes(th, o)?)?)
        }
        _ => return Err(th.type_error("getaddrinfo() argument 1 must be string or None")),
    };
    let service = match a.get(1) {
        o if o.is_none() => None,
        o if th.is_int(o) => Some(c_string(th, th.to_str(o)?.to_rust().as_bytes())?),
        o if o.cast::<Str>().is_some() => Some(c_string(th, th.str_text(o).as_bytes())?),
        o => match o.cast::<Bytes>() {
            Some(b) => Some(c_string(th, b.bytes())?),
            None => return Err(th.err(TypeId::OSError, "Int or String expected")),
        },
    };
    let found = look_up(th, host.as_deref(), service.as_deref(), &h)?;
    let mut out = Vec::with_capacity(found.len());
    for f in found {
        let name = f.canonical.unwrap_or_default();
        out.push(tuple_of(
            th,
            [
                Obj::small_int(i64::from(f.family)),
                Obj::small_int(i64::from(f.kind)),
                Obj::small_int(i64::from(f.protocol)),
                th.str(&String::from_utf8_lossy(&name))?,
                addr::object(th, &f.address)?,
            ],
        )?);
    }
    th.list(out)
}

/// `gethostbyname(host)`
pub fn gethostbyname(th: &Thread, a: Args<'_>) -> Res {
    let found = host(th, a.get(0), libc::AF_INET)?;
    th.str(&found.host())
}

/// `gethostbyname_ex(host)`: name, aliases (none are told by the system's modern call), addresses.
pub fn gethostbyname_ex(th: &Thread, a: Args<'_>) -> Res {
    let name = host_bytes(th, a.get(0))?;
    let c = c_string(th, &name)?;
    let h = hints(libc::AF_INET, libc::SOCK_STREAM, 0, libc::AI_CANONNAME);
    let found = look_up(th, Some(&c), None, &h)?;
    let canonical = found.iter().find_map(|f| f.canonical.clone());
    let canonical = canonical.unwrap_or(name);
    let mut ips = Vec::new();
    for f in &found {
        ips.push(th.str(&f.address.host())?);
    }
    let aliases = th.list(Vec::new())?;
    let canonical = th.str(&String::from_utf8_lossy(&canonical))?;
    tuple_of(th, [canonical, aliases, th.list(ips)?])
}

fn name_info(th: &Thread, a: &Address, flags: i32) -> Res<(String, String)> {
    let mut name = [0u8; 1025];
    let mut service = [0u8; 32];
    let (code, errno) = th.blocking(|| {
        // SAFETY: an address, and room of the sizes given.
        let code = unsafe {
            libc::getnameinfo(
                a.ptr(),
                a.len,
                name.as_mut_ptr().cast(),
                name.len() as libc::socklen_t,
                service.as_mut_ptr().cast(),
                service.len() as libc::socklen_t,
                flags,
            )
        };
        (code, last_errno())
    });
    if code != 0 {
        return Err(gai_error(th, code, errno));
    }
    let text = |b: &[u8]| {
        let end = b.iter().position(|&c| c == 0).unwrap_or(b.len());
        String::from_utf8_lossy(&b[..end]).into_owned()
    };
    Ok((text(&name), text(&service)))
}

/// `gethostbyaddr(host)`
pub fn gethostbyaddr(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let found = host(th, a.get(0), libc::AF_UNSPEC)?;
    match name_info(th, &found, libc::NI_NAMEREQD) {
        Ok((name, _)) => {
            let ips = th.list(vec![th.str(&found.host())?])?;
            let aliases = th.list(Vec::new())?;
            tuple_of(th, [th.str(&name)?, aliases, ips])
        }
        Err(_) => Err(herror(th, 1, "Unknown host")),
    }
}

/// `getnameinfo(sockaddr, flags)`
pub fn getnameinfo(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let Some(t) = a.get(0).cast::<Tuple>() else {
        return Err(th.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let flags = th.index_i64(a.get(1))? as i32;
    let items = t.items();
    if !(2..=4).contains(&items.len()) {
        return Err(th.type_error("getnameinfo() argument 1 must be a tuple of 2 to 4 items"));
    }
    let name = c_string(th, &host_bytes(th, &items[0])?)?;
    let service = c_string(th, th.index_i64(&items[1])?.to_string().as_bytes())?;
    let h = hints(libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST);
    let found = look_up(th, Some(&name), Some(&service), &h)?;
    if found.len() > 1 {
        return Err(th.err(TypeId::OSError, "sockaddr resolved to multiple addresses"));
    }
    let Some(f) = found.first() else {
        return Err(gai_error(th, libc::EAI_NONAME, 0));
    };
    if f.family == libc::AF_INET && items.len() != 2 {
        return Err(th.err(TypeId::OSError, "IPv4 sockaddr must be 2 tuple"));
    }
    let (host, service) = name_info(th, &f.address, flags)?;
    tuple_of(th, [th.str(&host)?, th.str(&service)?])
}

/// The system's tables of services and protocols are read by calls that share one answer: one at a time in the process.
static TABLES: Mutex<()> = Mutex::new(());

fn text_arg(th: &Thread, o: &Obj, what: &str) -> Res<CString> {
    let Some(s) = o.cast::<Str>() else {
        return Err(th.type_error(format!("{what} must be str, not {}", th.type_name(o))));
    };
    CString::new(s.to_rust()).map_err(|_| th.value_error("embedded null character"))
}

/// `getservbyname(name, protocol=None)`
pub fn getservbyname(th: &Thread, a: Args<'_>) -> Res {
    let name = text_arg(th, a.get(0), "getservbyname() argument 1")?;
    let protocol = a
        .opt(1)
        .map(|o| text_arg(th, o, "getservbyname() argument 2"));
    let protocol = protocol.transpose()?;
    let port = th.blocking(|| {
        let _one = TABLES.lock();
        let p = protocol.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        // SAFETY: C strings or null; the answer is read under the lock.
        unsafe {
            libc::getservbyname(name.as_ptr(), p)
                .as_ref()
                .map(|s| u16::from_be(s.s_port as u16))
        }
    });
    match port {
        Some(p) => Ok(Obj::small_int(i64::from(p))),
        None => Err(th.err(TypeId::OSError, "service/proto not found")),
    }
}

/// `getservbyport(port, protocol=None)`
pub fn getservbyport(th: &Thread, a: Args<'_>) -> Res {
    let Ok(port) = u16::try_from(th.index_clamped(a.get(0))?) else {
        return Err(th.overflow_error("getservbyport: port must be 0-65535."));
    };
    let protocol = a
        .opt(1)
        .map(|o| text_arg(th, o, "getservbyport() argument 2"));
    let protocol = protocol.transpose()?;
    let name = th.blocking(|| {
        let _one = TABLES.lock();
        let p = protocol.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        // SAFETY: a C string or null; the answer is read under the lock.
        unsafe {
            libc::getservbyport(i32::from(port.to_be()), p)
                .as_ref()
                .map(|s| CStr::from_ptr(s.s_name).to_string_lossy().into_owned())
        }
    });
    match name {
        Some(n) => th.str(&n),
        None => Err(th.err(TypeId::OSError, "port/proto not found")),
    }
}

/// `getprotobyname(name)`
pub fn getprotobyname(th: &Thread, a: Args<'_>) -> Res {
    let name = text_arg(th, a.get(0), "getprotobyname() argument")?;
    let n = th.blocking(|| {
        let _one = TABLES.lock();
        // SAFETY: a C string; the answer is read under the lock.
        unsafe {
            libc::getprotobyname(name.as_ptr())
                .as_ref()
                .map(|p| p.p_proto)
        }
    });
    match n {
        Some(n) => Ok(Obj::small_int(i64::from(n))),
        None => Err(th.err(TypeId::OSError, "protocol not found")),
    }
}

/// `gethostname()`
pub fn gethostname(th: &Thread, _a: Args<'_>) -> Res {
    allowed(th)?;
    let mut buf = [0u8; 1024];
    // SAFETY: room of that size.
    if unsafe { libc::gethostname(buf.as_mut_ptr().cast(), buf.len() - 1) } != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    let end = buf.iter().position(|&c| c == 0).unwrap_or(buf.len());
    crate::modules::posix::decode(th, &buf[..end])
}

/// `sethostname(name)`
pub fn sethostname(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let name = host_bytes(th, a.get(0))?;
    // SAFETY: that many bytes.
    if unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) } != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(Obj::NONE)
}

/// The name of an interface by its number.
pub fn interface_name(index: u32) -> Option<String> {
    let mut buf = [0 as libc::c_char; libc::IF_NAMESIZE];
    // SAFETY: room of the size that the call asks for.
    unsafe {
        let p = libc::if_indextoname(index, buf.as_mut_ptr());
        (!p.is_null()).then(|| CStr::from_ptr(p).to_string_lossy().into_owned())
    }
}

/// `if_nameindex()`
pub fn if_nameindex(th: &Thread, _a: Args<'_>) -> Res {
    allowed(th)?;
    let mut out = Vec::new();
    // SAFETY: the list ends with an entry of number 0; it is freed once, after its texts have been copied.
    let all = unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(th.os_error(last_errno(), None));
        }
        let mut all = Vec::new();
        let mut p = list;
        while (*p).if_index != 0 {
            let name = CStr::from_ptr((*p).if_name).to_string_lossy().into_owned();
            all.push(((*p).if_index, name));
            p = p.add(1);
        }
        libc::if_freenameindex(list);
        all
    };
    for (n, name) in all {
        out.push(tuple_of(th, [th.uint(u64::from(n)), th.str(&name)?])?);
    }
    th.list(out)
}

/// `if_nametoindex(name)`
pub fn if_nametoindex(th: &Thread, a: Args<'_>) -> Res {
    let name = crate::modules::posix::path_bytes(th, a.get(0), "if_nametoindex")?;
    let Ok(name) = CString::new(name) else {
        return Err(th.value_error("embedded null byte"));
    };
    // SAFETY: a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(th.os_error(last_errno(), None)),
        n => Ok(th.uint(u64::from(n))),
    }
}

/// `if_indextoname(index)`
pub fn if_indextoname(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(0))?;
    let Ok(n) = u32::try_from(n) else {
        return Err(th.overflow_error("Python int too large to convert to C unsigned int"));
    };
    match interface_name(n) {
        Some(name) => th.str(&name),
        None => Err(th.os_error(libc::ENXIO, None)),
    }
}
