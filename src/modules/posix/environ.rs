//! The environment of a runtime: that of the process as it was at first, then what `putenv` and `unsetenv` make of it. The
//! process's own stays as it is, since the host and other threads of it read that. Programs that are started get this one.

use super::path::path_bytes;
use crate::modules::prelude::*;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;
use threadsnake_threads::sync::Mutex;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// What a runtime keeps; nothing before the first change.
#[derive(Default)]
struct Changed(Mutex<Option<Pairs>>);

fn at_first(th: &Thread) -> Pairs {
    if !th.rt().options.capabilities.environment {
        return Pairs::new();
    }
    let own = |(k, v): (OsString, OsString)| (k.into_vec(), v.into_vec());
    std::env::vars_os().map(own).collect()
}

fn change(th: &Thread, name: &[u8], value: Option<Vec<u8>>) {
    let first = at_first(th);
    let mut guard = th.rt().module_state::<Changed>().0.lock();
    let pairs = guard.get_or_insert(first);
    pairs.retain(|(k, _)| k != name);
    if let Some(v) = value {
        pairs.push((name.to_vec(), v));
    }
}

/// All of it.
fn all(th: &Thread) -> Pairs {
    let changed = th.rt().module_state::<Changed>().0.lock().clone();
    changed.unwrap_or_else(|| at_first(th))
}

/// The value of a variable.
pub fn get(th: &Thread, name: &str) -> Option<Vec<u8>> {
    let found = all(th).into_iter().find(|(k, _)| k == name.as_bytes());
    found.map(|(_, v)| v)
}

/// `name=value` of each variable, for a program that is started; `None` where it is the process's own.
pub fn block(th: &Thread) -> Option<Vec<CString>> {
    let changed = th.rt().module_state::<Changed>().0.lock().clone()?;
    let line = |(k, v): (Vec<u8>, Vec<u8>)| CString::new([k, v].join(&b'=')).ok();
    Some(changed.into_iter().filter_map(line).collect())
}

/// A dict of bytes.
pub fn environ(th: &Thread) -> Res {
    let d = th.new_dict()?;
    for (k, v) in all(th) {
        d.set_item(th, &th.bytes(&k)?, th.bytes(&v)?)?;
    }
    Ok(d.into_obj())
}

fn text(th: &Thread, o: &Obj, what: &str) -> Res<Vec<u8>> {
    let text = path_bytes(th, o, what)?;
    match text.contains(&0) {
        true => Err(th.value_error("embedded null byte")),
        false => Ok(text),
    }
}

fn name(th: &Thread, o: &Obj, what: &str) -> Res<Vec<u8>> {
    let name = text(th, o, what)?;
    if name.contains(&b'=') && what == "putenv" {
        return Err(th.value_error("illegal environment variable name"));
    }
    if name.contains(&b'=') || name.is_empty() {
        return Err(th.os_error(libc::EINVAL, None));
    }
    Ok(name)
}

pub fn putenv(th: &Thread, a: Args<'_>) -> Res {
    let name = name(th, a.get(0), "putenv")?;
    let value = text(th, a.get(1), "putenv")?;
    change(th, &name, Some(value));
    Ok(Obj::NONE)
}

pub fn unsetenv(th: &Thread, a: Args<'_>) -> Res {
    let name = name(th, a.get(0), "unsetenv")?;
    change(th, &name, None);
    Ok(Obj::NONE)
}
