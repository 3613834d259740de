//! `open`.

use super::file::{self, FileIo};
use super::{BUFFER, buffered, plain, text};
use crate::modules::prelude::*;

/// `open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)`
pub fn open(th: &Thread, a: Args<'_>) -> Res {
    let file = a.get(0);
    let mode = match a.opt(1) {
        Some(m) => match m.cast::<Str>() {
            Some(m) => m.to_rust(),
            None => {
                return Err(th.type_error(format!(
                    "open() argument 'mode' must be str, not {}",
                    th.type_name(m)
                )));
            }
        },
        None => "r".to_owned(),
    };
    let buffering = match a.opt(2) {
        Some(b) => th.index_i64(b)?,
        None => -1,
    };
    let invalid = || th.value_error(format!("invalid mode: '{mode}'"));
    let (mut binary, mut textual, mut plus, mut kind) = (false, false, false, None);
    for (i, c) in mode.chars().enumerate() {
        if mode.chars().skip(i + 1).any(|d| d == c) {
            return Err(invalid());
        }
        match c {
            'r' | 'w' | 'a' | 'x' => {
                if kind.is_some() {
                    return Err(
                        th.value_error("must have exactly one of create/read/write/append mode")
                    );
                }
                kind = Some(c);
            }
            '+' => plus = true,
            'b' => binary = true,
            't' => textual = true,
            _ => return Err(invalid()),
        }
    }
    if binary && textual {
        return Err(th.value_error("can't have text and binary mode at once"));
    }
    let Some(kind) = kind else {
        return Err(th.value_error(
            "Must have exactly one of create/read/write/append mode and at most one plus",
        ));
    };
    for (i, what) in [(3, "an encoding"), (4, "an errors"), (5, "a newline")] {
        if binary && a.opt_not_none(i).is_some() {
            return Err(th.value_error(format!("binary mode doesn't take {what} argument")));
        }
    }
    let path = if th.int_like_i64(file).is_some() {
        file.clone()
    } else {
        crate::modules::posix::fspath(th, file)?
    };
    let raw_mode: String = [Some(kind), plus.then_some('+'), Some('b')]
        .into_iter()
        .flatten()
        .collect();
    let close_fd = a.opt(6).cloned().unwrap_or(Obj::TRUE);
    let opener = a.opt(7).cloned().unwrap_or(Obj::NONE);
    let raw = th.call(
        th.ty(TypeId::FileIO).obj(),
        &[path, th.str(&raw_mode)?, close_fd, opener],
    )?;
    if binary {
        th.setattr(&raw, "name", file.clone())?;
    }
    let built = (|| -> Res {
        let Some(f) = plain::<FileIo>(th, &raw) else {
            return Err(th.system_error("FileIO made something else"));
        };
        let mut line = buffering == 1 && !binary;
        // SAFETY: asks whether a descriptor is a terminal.
        let tty = unsafe { libc::isatty(file::fd(th, f)?) } == 1;
        let size = match buffering {
            0 => {
                if binary {
                    return Ok(raw.clone());
                }
                return Err(th.value_error("can't have unbuffered text I/O"));
            }
            n if n > 1 => n as usize,
            _ => BUFFER,
        };
        if buffering < 0 && tty {
            line = true;
        }
        let buffer = if plus {
            if !file::seekable(th, f)? {
                return Err(super::unsupported(th, "File or stream is not seekable."));
            }
            buffered::random(th, raw.clone(), size)
        } else if kind == 'r' {
            buffered::reader(th, raw.clone(), size)
        } else {
            buffered::writer(th, raw.clone(), size)
        };
        if binary {
            return Ok(buffer);
        }
        let t = text::make(
            th,
            buffer,
            a.opt_not_none(3),
            a.opt_not_none(4),
            a.opt(5),
            line,
            false,
        )?;
        th.setattr(&t, "mode", th.str(&mode)?)?;
        Ok(t)
    })();
    match built {
        Ok(o) => Ok(o),
        Err(e) => {
            drop(th.call_method(&raw, "close", &[]));
            Err(e)
        }
    }
}
