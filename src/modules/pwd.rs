//! `pwd` and `grp`: the system's users and groups.

use super::io::file::last_errno;
use super::prelude::*;
use super::seq;
use std::ffi::{CStr, CString};
use threadsnake_threads::sync::Mutex;

/// The system's calls that go through all entries share one place: one at a time in the process.
static ALL: Mutex<()> = Mutex::new(());

/// Module `pwd`.
pub static PWD: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("getpwnam", "(name, /)", |th, a| {
            let name = name(th, a.get(0), "getpwnam")?;
            match look_up_user(th, Key::Name(&name))? {
                Some(u) => user(th, u),
                None => missing(
                    th,
                    format!("getpwnam(): name not found: {}", quoted(th, a.get(0))?),
                ),
            }
        }),
        MethodDef::new("getpwuid", "(uid, /)", |th, a| {
            let n = th.index_clamped(a.get(0))?;
            let found = match u32::try_from(n) {
                Ok(n) => look_up_user(th, Key::Number(n))?,
                Err(_) => None,
            };
            match found {
                Some(u) => user(th, u),
                None => missing(th, format!("getpwuid(): uid not found: {n}")),
            }
        }),
        MethodDef::new("getpwall", "()", |th, _| {
            allowed(th)?;
            let all = th.blocking(|| {
                let _one = ALL.lock();
                let mut all = Vec::new();
                // SAFETY: entries are copied before the next call; nobody else of ours is in these calls.
                unsafe {
                    libc::setpwent();
                    while let Some(e) = libc::getpwent().as_ref() {
                        all.push(User::of(e));
                    }
                    libc::endpwent();
                }
                all
            });
            let items: Res<Vec<Obj>> = all.into_iter().map(|u| user(th, u)).collect();
            th.list(items?)
        }),
    ],
    types: &[("struct_passwd", TypeId::StructPasswd)],
    ..ModuleDef::new("pwd")
};

/// Module `grp`.
pub static GRP: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("getgrnam", "(name)", |th, a| {
            let name = name(th, a.get(0), "getgrnam")?;
            match look_up_group(th, Key::Name(&name))? {
                Some(g) => group(th, g),
                None => missing(
                    th,
                    format!("getgrnam(): name not found: {}", quoted(th, a.get(0))?),
                ),
            }
        }),
        MethodDef::new("getgrgid", "(id)", |th, a| {
            let n = th.index_clamped(a.get(0))?;
            let found = match u32::try_from(n) {
                Ok(n) => look_up_group(th, Key::Number(n))?,
                Err(_) => None,
            };
            match found {
                Some(g) => group(th, g),
                None => missing(th, format!("getgrgid(): gid not found: {n}")),
            }
        }),
        MethodDef::new("getgrall", "()", |th, _| {
            allowed(th)?;
            let all = th.blocking(|| {
                let _one = ALL.lock();
                let mut all = Vec::new();
                // SAFETY: as in `getpwall`.
                unsafe {
                    libc::setgrent();
                    while let Some(e) = libc::getgrent().as_ref() {
                        all.push(Group::of(e));
                    }
                    libc::endgrent();
                }
                all
            });
            let items: Res<Vec<Obj>> = all.into_iter().map(|g| group(th, g)).collect();
            th.list(items?)
        }),
    ],
    types: &[("struct_group", TypeId::StructGroup)],
    ..ModuleDef::new("grp")
};

enum Key<'a> {
    Name(&'a CStr),
    Number(u32),
}

struct User {
    texts: [Vec<u8>; 5],
    uid: u32,
    gid: u32,
}

struct Group {
    name: Vec<u8>,
    password: Vec<u8>,
    gid: u32,
    members: Vec<Vec<u8>>,
}

/// # Safety
/// Null or a C string.
unsafe fn bytes(p: *const libc::c_char) -> Vec<u8> {
    if p.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller says so.
    unsafe { CStr::from_ptr(p) }.to_bytes().to_vec()
}

impl User {
    /// # Safety
    /// A valid entry.
    unsafe fn of(e: &libc::passwd) -> User {
        // SAFETY: C strings, as the system says.
        unsafe {
            User {
                texts: [
                    bytes(e.pw_name),
                    bytes(e.pw_passwd),
                    bytes(e.pw_gecos),
                    bytes(e.pw_dir),
                    bytes(e.pw_shell),
                ],
                uid: e.pw_uid,
                gid: e.pw_gid,
            }
        }
    }
}

impl Group {
    /// # Safety
    /// A valid entry.
    unsafe fn of(e: &libc::group) -> Group {
        let mut members = Vec::new();
        // SAFETY: C strings and a list of them that ends with null, as the system says.
        unsafe {
            let mut p = e.gr_mem;
            while !p.is_null() && !(*p).is_null() {
                members.push(bytes(*p));
                p = p.add(1);
            }
            Group {
                name: bytes(e.gr_name),
                password: bytes(e.gr_passwd),
                gid: e.gr_gid,
                members,
            }
        }
    }
}

fn allowed(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.environment {
        return Ok(());
    }
    Err(th.err(
        TypeId::PermissionError,
        "this runtime has not been given access to its environment",
    ))
}

fn name(th: &Thread, o: &Obj, what: &str) -> Res<CString> {
    let Some(s) = o.cast::<Str>() else {
        return Err(th.type_error(format!(
            "{what}() argument must be str, not {}",
            th.type_name(o)
        )));
    };
    CString::new(super::posix::encode(th, s)?).map_err(|_| th.value_error("embedded null byte"))
}

fn quoted(th: &Thread, o: &Obj) -> Res<String> {
    Ok(th.repr(o)?.to_rust())
}

fn missing(th: &Thread, text: String) -> Res {
    Err(th.key_error(&th.str(&text)?))
}

/// Calls with ever more room until the answer fits.
fn with_room<T>(
    th: &Thread,
    mut f: impl FnMut(&mut [libc::c_char]) -> (i32, Option<T>),
) -> Res<Option<T>> {
    allowed(th)?;
    let mut room = vec![0 as libc::c_char; 1024];
    loop {
        let (e, found) = th.blocking(|| f(&mut room));
        match e {
            libc::ERANGE if room.len() < 1 << 20 => room.resize(room.len() * 2, 0),
            libc::EINTR => th.poll()?,
            0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => return Ok(found),
            e => return Err(th.os_error(if e < 0 { last_errno() } else { e }, None)),
        }
    }
}

fn look_up_user(th: &Thread, key: Key<'_>) -> Res<Option<User>> {
    with_room(th, |room| {
        // SAFETY: room of that size, which the entry points into; it is copied at once.
        unsafe {
            let mut e: libc::passwd = std::mem::zeroed();
            let mut found = std::ptr::null_mut();
            let (p, n) = (room.as_mut_ptr(), room.len());
            let r = match key {
                Key::Name(name) => libc::getpwnam_r(name.as_ptr(), &mut e, p, n, &mut found),
                Key::Number(id) => libc::getpwuid_r(id, &mut e, p, n, &mut found),
            };
            (r, found.as_ref().map(|e| User::of(e)))
        }
    })
}

fn look_up_group(th: &Thread, key: Key<'_>) -> Res<Option<Group>> {
    with_room(th, |room| {
        // SAFETY: as for users.
        unsafe {
            let mut e: libc::group = std::mem::zeroed();
            let mut found = std::ptr::null_mut();
            let (p, n) = (room.as_mut_ptr(), room.len());
            let r = match key {
                Key::Name(name) => libc::getgrnam_r(name.as_ptr(), &mut e, p, n, &mut found),
                Key::Number(id) => libc::getgrgid_r(id, &mut e, p, n, &mut found),
            };
            (r, found.as_ref().map(|e| Group::of(e)))
        }
    })
}

fn user(th: &Thread, u: User) -> Res {
    let text = |i: usize| super::posix::decode(th, &u.texts[i]);
    let items = vec![
        text(0)?,
        text(1)?,
        th.uint(u.uid.into()),
        th.uint(u.gid.into()),
        text(2)?,
        text(3)?,
        text(4)?,
    ];
    seq::make(th, TypeId::StructPasswd, items, vec![])
}

fn group(th: &Thread, g: Group) -> Res {
    let members: Res<Vec<Obj>> = g
        .members
        .iter()
        .map(|m| super::posix::decode(th, m))
        .collect();
    let items = vec![
        super::posix::decode(th, &g.name)?,
        super::posix::decode(th, &g.password)?,
        th.uint(g.gid.into()),
        th.list(members?)?,
    ];
    seq::make(th, TypeId::StructGroup, items, vec![])
}
