//! What moves bytes: `recv`, `send` and their relatives, with ancillary data.
//!
//! Where the socket may wait, the call asks the system not to block (`MSG_DONTWAIT`) and `wait` does the waiting.

use super::addr::{self, Address};
use super::wait::{self, Patience, Until};
use super::{Socket, allowed};
use crate::modules::prelude::*;

fn flags(th: &Thread, a: &Args<'_>, i: usize) -> Res<i32> {
    Ok(a.opt(i).map_or(Ok(0), |o| th.index_i64(o))? as i32)
}

/// What to add to the flags. Who wants all that was asked for waits in the system.
fn no_block(patience: Patience, flags: i32) -> i32 {
    match patience {
        Patience::None => 0,
        _ if flags & libc::MSG_WAITALL != 0 => 0,
        _ => libc::MSG_DONTWAIT,
    }
}

fn room(th: &Thread, n: i64, what: &str) -> Res<Vec<u8>> {
    if n < 0 {
        return Err(th.value_error(format!("negative buffersize in {what}")));
    }
    th.reserve(n as usize)?;
    let mut v = Vec::new();
    if v.try_reserve_exact(n as usize).is_err() {
        return Err(th.memory_error());
    }
    v.resize(n as usize, 0u8);
    Ok(v)
}

/// Receives into memory; also where from, if asked.
fn receive(
    th: &Thread,
    s: &Py<Socket>,
    to: *mut u8,
    len: usize,
    flags: i32,
    mut from: Option<&mut Address>,
) -> Res<usize> {
    let (fd, patience) = (s.fd(), s.patience());
    let flags = flags | no_block(patience, flags);
    let n = wait::call(th, fd, Until::Readable, patience, || {
        // SAFETY: the caller's memory of `len` bytes, kept by its buffer; room for any address.
        unsafe {
            match &mut from {
                Some(at) => {
                    **at = Address::empty();
                    libc::recvfrom(fd, to.cast(), len, flags, at.ptr_mut(), &mut at.len)
                }
                None => libc::recv(fd, to.cast(), len, flags),
            }
        }
    })?;
    Ok(n as usize)
}

/// `recv(bufsize, flags=0)`
pub fn recv(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let mut buf = room(th, th.index_i64(a.get(1))?, "recv")?;
    let n = receive(th, s, buf.as_mut_ptr(), buf.len(), flags(th, &a, 2)?, None)?;
    th.bytes(&buf[..n])
}

/// `recvfrom(bufsize, flags=0)`
pub fn recvfrom(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let mut buf = room(th, th.index_i64(a.get(1))?, "recvfrom")?;
    let mut at = Address::empty();
    let f = flags(th, &a, 2)?;
    let n = receive(th, s, buf.as_mut_ptr(), buf.len(), f, Some(&mut at))?;
    tuple_of(th, [th.bytes(&buf[..n])?, addr::object(th, &at)?])
}

/// A buffer that may be written, and how much of it is asked for.
fn target(th: &Thread, a: &Args<'_>, what: &str) -> Res<(Buffer, usize)> {
    let o = a.get(1);
    let buffer = match th.type_of(o).slots().buffer {
        Some(f) => f(th, o, true).ok().filter(|b| !b.readonly),
        None => None,
    };
    let Some(b) = buffer else {
        return Err(th.type_error(format!(
            "{what}() argument 1 must be read-write bytes-like object, not {}",
            th.type_name(o)
        )));
    };
    let n = a.opt(2).map_or(Ok(0), |o| th.index_i64(o))?;
    if n < 0 {
        return Err(th.value_error(format!("negative buffersize in {what}")));
    }
    let n = n as usize;
    if n > b.len() {
        return Err(th.value_error(if what == "recv_into" {
            "buffer too small for requested bytes"
        } else {
            "nbytes is greater than the length of the buffer"
        }));
    }
    let n = if n == 0 { b.len() } else { n };
    Ok((b, n))
}

/// `recv_into(buffer, nbytes=0, flags=0)`
pub fn recv_into(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let (b, n) = target(th, &a, "recv_into")?;
    let got = receive(th, s, b.ptr().cast_mut(), n, flags(th, &a, 3)?, None)?;
    Ok(th.uint(got as u64))
}

/// `recvfrom_into(buffer, nbytes=0, flags=0)`
pub fn recvfrom_into(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let (b, n) = target(th, &a, "recvfrom_into")?;
    let mut at = Address::empty();
    let f = flags(th, &a, 3)?;
    let got = receive(th, s, b.ptr().cast_mut(), n, f, Some(&mut at))?;
    tuple_of(th, [th.uint(got as u64), addr::object(th, &at)?])
}

fn transmit(
    th: &Thread,
    s: &Py<Socket>,
    bytes: &[u8],
    flags: i32,
    to: Option<&Address>,
    patience: Patience,
) -> Res<usize> {
    let fd = s.fd();
    let flags = flags | no_block(patience, flags);
    let (p, len) = (bytes.as_ptr(), bytes.len());
    let n = wait::call(th, fd, Until::Writable, patience, || {
        // SAFETY: `len` bytes, kept by the caller's buffer; an address of its length.
        unsafe {
            match to {
                Some(at) => libc::sendto(fd, p.cast(), len, flags, at.ptr(), at.len),
                None => libc::send(fd, p.cast(), len, flags),
            }
        }
    })?;
    Ok(n as usize)
}

/// `send(data, flags=0)`
pub fn send(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let b = th.bytes_like(a.get(1))?;
    let n = transmit(th, s, b.bytes(), flags(th, &a, 2)?, None, s.patience())?;
    Ok(th.uint(n as u64))
}

/// `sendall(data, flags=0)`: the timeout is for all of it.
pub fn sendall(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let b = th.bytes_like(a.get(1))?;
    let f = flags(th, &a, 2)?;
    let patience = s.patience();
    let mut done = 0;
    while done < b.len() {
        done += transmit(th, s, &b.bytes()[done..], f, None, patience)?;
        th.poll()?;
    }
    Ok(Obj::NONE)
}

/// `sendto(data, address)`, `sendto(data, flags, address)`
pub fn sendto(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let Some(args) = a.get(1).cast::<Tuple>() else {
        return Err(th.type_error("sendto() takes 2 or 3 arguments"));
    };
    let (data, f, to) = match args.items() {
        [data, to] => (data, 0, to),
        [data, f, to] => (data, th.index_i64(f)? as i32, to),
        other => {
            return Err(th.type_error(format!(
                "sendto() takes 2 or 3 arguments ({} given)",
                other.len()
            )));
        }
    };
    let b = th.bytes_like(data)?;
    let at = addr::parse(th, s.family(), to, "sendto")?;
    let n = transmit(th, s, b.bytes(), f, Some(&at), s.patience())?;
    Ok(th.uint(n as u64))
}

// --- messages with ancillary data

/// `CMSG_LEN(n)`, `CMSG_SPACE(n)`
pub fn cmsg_size(th: &Thread, o: &Obj, name: &str, space: bool) -> Res {
    let n = th.index_clamped(o)?;
    match u32::try_from(n).ok().filter(|&n| n < 0x7fff_0000) {
        Some(n) => {
            // SAFETY: computes with numbers.
            let r = unsafe {
                if space {
                    libc::CMSG_SPACE(n)
                } else {
                    libc::CMSG_LEN(n)
                }
            };
            Ok(th.uint(u64::from(r)))
        }
        None => Err(th.overflow_error(format!("{name}() argument out of range"))),
    }
}

/// Memory for ancillary data, aligned as the system wants it.
fn control_room(n: usize) -> Vec<u64> {
    vec![0u64; n.div_ceil(8)]
}

/// Gathers buffers and ancillary data and sends them.
pub fn sendmsg(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let s = this::<Socket>(th, a.get(0))?;
    let mut buffers = Vec::new();
    let parts = th.iter(a.get(1)).map_err(|_| {
        th.type_error("sendmsg() argument 1 must be an iterable of bytes-like objects")
    })?;
    while let Some(o) = th.next(&parts)? {
        buffers.push(th.bytes_like(&o)?);
    }
    let mut messages = Vec::new();
    if let Some(o) = a.opt(2) {
        let it = th
            .iter(o)
            .map_err(|_| th.type_error("sendmsg() argument 2 must be an iterable"))?;
        while let Some(m) = th.next(&it)? {
            let t = m.cast::<Tuple>().map(|t| t.items());
            let Some([level, kind, data]) = t else {
                return Err(th.type_error(
                    "[sendmsg() ancillary data item] argument must be 3-item sequence",
                ));
            };
            let (level, kind) = (th.index_i64(level)? as i32, th.index_i64(kind)? as i32);
            messages.push((level, kind, th.bytes_like(data)?));
        }
    }
    let f = flags(th, &a, 3)?;
    let to = a
        .opt_not_none(4)
        .map(|o| addr::parse(th, s.family(), o, "sendmsg"))
        .transpose()?;
    let size: usize = messages
        .iter()
        // SAFETY: computes with numbers.
        .map(|(_, _, d)| unsafe { libc::CMSG_SPACE(d.len() as u32) } as usize)
        .sum();
    let mut control = control_room(size);
    let mut iov: Vec<libc::iovec> = buffers
        .iter()
        .map(|b| libc::iovec {
            iov_base: b.ptr().cast_mut().cast(),
            iov_len: b.len(),
        })
        .collect();
    // SAFETY: zeroed is a valid `msghdr`.
    let mut msg: libc::msghdr = unsafe { std::mem::zeroed() };
    if let Some(at) = &to {
        msg.msg_name = at.ptr().cast_mut().cast();
        msg.msg_namelen = at.len;
    }
    msg.msg_iov = iov.as_mut_ptr();
    msg.msg_iovlen = iov.len();
    if size > 0 {
        msg.msg_control = control.as_mut_ptr().cast();
        msg.msg_controllen = size;
        // SAFETY: `control` has room for every message with its head (`CMSG_SPACE`), and is aligned.
        unsafe {
            let mut at = libc::CMSG_FIRSTHDR(&msg);
            for (level, kind, data) in &messages {
                let Some(head) = at.as_mut() else { break };
                head.cmsg_level = *level;
                head.cmsg_type = *kind;
                head.cmsg_len = libc::CMSG_LEN(data.len() as u32) as usize;
                std::ptr::copy_nonoverlapping(data.ptr(), libc::CMSG_DATA(at), data.len());
                at = libc::CMSG_NXTHDR(&msg, at);
            }
        }
    }
    let (fd, patience) = (s.fd(), s.patience());
    let f = f | no_block(patience, f);
    let msg = &msg;
    let n = wait::call(th, fd, Until::Writable, patience, || {
        // SAFETY: everything that the header points to lives until the end of this function.
        unsafe { libc::sendmsg(fd, msg, f) }
    })?;
    Ok(th.uint(n as u64))
}

/// Receives a message into `iov`: bytes, ancillary data, flags, address.
fn receive_message(
    th: &Thread,
    s: &Py<Socket>,
    iov: &mut [libc::iovec],
    ancillary: usize,
    f: i32,
) -> Res<(usize, Obj, Obj, Obj)> {
    let mut control = control_room(ancillary);
    let mut from = Address::empty();
    // SAFETY: zeroed is a valid `msghdr`.
    let mut msg: libc::msghdr = unsafe { std::mem::zeroed() };
    let (fd, patience) = (s.fd(), s.patience());
    let f = f | no_block(patience, f) | libc::MSG_CMSG_CLOEXEC;
    let n = wait::call(th, fd, Until::Readable, patience, || {
        from = Address::empty();
        msg.msg_name = from.ptr_mut().cast();
        msg.msg_namelen = from.len;
        msg.msg_iov = iov.as_mut_ptr();
        msg.msg_iovlen = iov.len();
        if ancillary > 0 {
            msg.msg_control = control.as_mut_ptr().cast();
            msg.msg_controllen = ancillary;
        }
        // SAFETY: everything that the header points to lives until the end of this function.
        unsafe { libc::recvmsg(fd, &mut msg, f) }
    })?;
    from.len = msg.msg_namelen;
    let mut items = Vec::new();
    // SAFETY: the heads lie in `control` as far as the system has filled it.
    unsafe {
        let end = control.as_ptr().cast::<u8>() as usize + msg.msg_controllen;
        let mut at = libc::CMSG_FIRSTHDR(&msg);
        while let Some(head) = at.as_ref() {
            let data = libc::CMSG_DATA(at);
            let head_len = libc::CMSG_LEN(0) as usize;
            let len = head.cmsg_len.saturating_sub(head_len);
            // A message may be cut short by the end of the room.
            let len = len.min(end.saturating_sub(data as usize));
            let bytes = th.bytes(std::slice::from_raw_parts(data, len))?;
            let numbers = [head.cmsg_level, head.cmsg_type].map(|n| Obj::small_int(i64::from(n)));
            let [level, kind] = numbers;
            items.push(tuple_of(th, [level, kind, bytes])?);
            at = libc::CMSG_NXTHDR(&msg, at);
        }
    }
    let flags = Obj::small_int(i64::from(msg.msg_flags & !libc::MSG_CMSG_CLOEXEC));
    Ok((n as usize, th.list(items)?, flags, addr::object(th, &from)?))
}

fn ancillary_size(th: &Thread, a: &Args<'_>, what: &str) -> Res<usize> {
    let n = a.opt(2).map_or(Ok(0), |o| th.index_i64(o))?;
    if !(0..=1 << 30).contains(&n) {
        return Err(th.value_error(format!("invalid ancillary data buffer length in {what}")));
    }
    Ok(n as usize)
}

/// `recvmsg(bufsize, ancbufsize=0, flags=0)`
pub fn recvmsg(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let mut buf = room(th, th.index_i64(a.get(1))?, "recvmsg()")?;
    let size = ancillary_size(th, &a, "recvmsg()")?;
    let mut iov = [libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    }];
    let (n, items, f, from) = receive_message(th, s, &mut iov, size, flags(th, &a, 3)?)?;
    tuple_of(th, [th.bytes(&buf[..n.min(buf.len())])?, items, f, from])
}

/// `recvmsg_into(buffers, ancbufsize=0, flags=0)`
pub fn recvmsg_into(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Socket>(th, a.get(0))?;
    let it = th
        .iter(a.get(1))
        .map_err(|_| th.type_error("recvmsg_into() argument 1 must be an iterable"))?;
    let mut buffers = Vec::new();
    while let Some(o) = th.next(&it)? {
        let b = match th.type_of(&o).slots().buffer {
            Some(f) => f(th, &o, true).ok().filter(|b| !b.readonly),
            None => None,
        };
        buffers.push(b.ok_or_else(|| {
            th.type_error(format!(
                "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers, not {}",
                th.type_name(&o)
            ))
        })?);
    }
    let size = ancillary_size(th, &a, "recvmsg_into()")?;
    let mut iov: Vec<libc::iovec> = buffers
        .iter()
        .map(|b| libc::iovec {
            iov_base: b.ptr().cast_mut().cast(),
            iov_len: b.len(),
        })
        .collect();
    let (n, items, f, from) = receive_message(th, s, &mut iov, size, flags(th, &a, 3)?)?;
    tuple_of(th, [th.uint(n as u64), items, f, from])
}
