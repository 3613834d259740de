//! `termios`: how a terminal treats what is typed and printed (POSIX). `tty`, `pty`, `getpass` and the interactive session
//! are written over it.

use super::io::file::last_errno;
use super::prelude::*;
use super::select::descriptor;
use crate::object::bytes::Bytes;

macro_rules! numbers {
    ($($name:ident)*) => { &[$( (stringify!($name), libc::$name as i64) ),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    B0 B50 B75 B110 B134 B150 B200 B300 B600 B1200 B1800 B2400 B4800 B9600 B19200 B38400 B57600 B115200 B230400
    B460800 B500000 B576000 B921600 B1000000 B1152000 B1500000 B2000000 B2500000 B3000000 B3500000 B4000000
    BRKINT ICRNL IGNBRK IGNCR IGNPAR INLCR INPCK ISTRIP IUCLC IUTF8 IXANY IXOFF IXON PARMRK IMAXBEL
    OPOST OLCUC ONLCR OCRNL ONOCR ONLRET OFILL OFDEL NLDLY CRDLY TABDLY BSDLY VTDLY FFDLY NL0 NL1 CR0 CR1 CR2 CR3
    TAB0 TAB1 TAB2 TAB3 BS0 BS1 VT0 VT1 FF0 FF1
    CSIZE CSTOPB CREAD PARENB PARODD HUPCL CLOCAL CBAUD CRTSCTS CS5 CS6 CS7 CS8 CMSPAR
    ICANON ECHO ECHOE ECHOK ECHONL ECHOCTL ECHOPRT ECHOKE ISIG NOFLSH TOSTOP FLUSHO PENDIN IEXTEN EXTPROC
    VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSWTC VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT VEOL2
    NCCS TCSANOW TCSADRAIN TCSAFLUSH TCIFLUSH TCOFLUSH TCIOFLUSH TCOOFF TCOON TCIOFF TCION
    TIOCGWINSZ TIOCSWINSZ TIOCGPGRP TIOCSPGRP TIOCSCTTY TIOCNOTTY TIOCSTI TIOCOUTQ TIOCINQ TIOCEXCL TIOCNXCL
    TIOCMGET TIOCMSET TIOCMBIS TIOCMBIC TIOCPKT TIOCSERGETLSR TIOCCONS FIONREAD FIONBIO FIOCLEX FIONCLEX FIOASYNC
    TCGETS TCSETS TCSETSW TCSETSF TCSBRK TCFLSH TCXONC TCSBRKP
};

#[derive(Default)]
struct State {
    error: ErrorClass,
}

/// The slot of `termios.error`, empty at first.
#[derive(Default)]
struct ErrorClass(Slot);

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("tcgetattr", "(fd, /)", get_attributes),
        MethodDef::new("tcsetattr", "(fd, when, attributes, /)", set_attributes),
        MethodDef::new("tcsendbreak", "(fd, duration, /)", |th, a| {
            with_number(th, a, |fd, n| {
                // SAFETY: no memory involved.
                unsafe { libc::tcsendbreak(fd, n) }
            })
        }),
        MethodDef::new("tcflush", "(fd, queue, /)", |th, a| {
            with_number(th, a, |fd, n| {
                // SAFETY: no memory involved.
                unsafe { libc::tcflush(fd, n) }
            })
        }),
        MethodDef::new("tcflow", "(fd, action, /)", |th, a| {
            with_number(th, a, |fd, n| {
                // SAFETY: no memory involved.
                unsafe { libc::tcflow(fd, n) }
            })
        }),
        MethodDef::new("tcdrain", "(fd, /)", |th, a| {
            let fd = descriptor(th, a.get(0))?;
            // SAFETY: no memory involved.
            done(th, || unsafe { libc::tcdrain(fd) })
        }),
        MethodDef::new("tcgetwinsize", "(fd, /)", |th, a| {
            let size = window(th, descriptor(th, a.get(0))?)?;
            let n = |n: u16| Obj::small_int(i64::from(n));
            th.tuple(vec![n(size.ws_row), n(size.ws_col)])
        }),
        MethodDef::new("tcsetwinsize", "(fd, winsize, /)", |th, a| {
            let fd = descriptor(th, a.get(0))?;
            let given = th.collect(a.get(1))?;
            let [rows, columns] = given.as_slice() else {
                return Err(th.type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
            };
            let mut size = window(th, fd)?;
            size.ws_row = cell(th, rows)?;
            size.ws_col = cell(th, columns)?;
            // SAFETY: reads the structure.
            done(th, || unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &size) })
        }),
    ],
    init: Some(|th, m| {
        put(th, m, "error", error_class(th)?)?;
        NUMBERS
            .iter()
            .try_for_each(|&(name, n)| put(th, m, name, th.int(n)))
    }),
    doc: "This module provides an interface to the Posix calls for tty I/O control.",
    ..ModuleDef::new("termios")
};

fn error_class(th: &Thread) -> Res {
    let s = th.rt().module_state::<State>();
    exception_class(th, &s.error.0, "termios", "error", TypeId::Exception)
}

/// A call of the system that gives -1 for failure.
fn done(th: &Thread, mut f: impl FnMut() -> i32) -> Res {
    loop {
        let (r, e) = th.blocking(|| {
            let r = f();
            (r, last_errno())
        });
        match e {
            _ if r >= 0 => return Ok(Obj::NONE),
            libc::EINTR => th.poll()?,
            e => {
                let why = th.str(&crate::runtime::error::errno_text(e))?;
                let class = error_class(th)?;
                return Err(raise_class(th, &class, &[th.int(i64::from(e)), why]));
            }
        }
    }
}

fn with_number(th: &Thread, a: Args<'_>, f: impl Fn(i32, i32) -> i32) -> Res {
    let fd = descriptor(th, a.get(0))?;
    let n = th.index_clamped(a.get(1))? as i32;
    done(th, || f(fd, n))
}

fn window(th: &Thread, fd: i32) -> Res<libc::winsize> {
    // SAFETY: zeroed is a valid `winsize`.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: writes the structure.
    done(th, || unsafe {
        libc::ioctl(fd, libc::TIOCGWINSZ, &mut size)
    })?;
    Ok(size)
}

fn cell(th: &Thread, o: &Obj) -> Res<u16> {
    match u16::try_from(th.index_i64(o)?) {
        Ok(n) => Ok(n),
        Err(_) => Err(th.overflow_error("winsize value(s) out of range.")),
    }
}

fn attributes(th: &Thread, fd: i32) -> Res<libc::termios> {
    // SAFETY: zeroed is a valid `termios`.
    let mut t: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: writes the structure.
    done(th, || unsafe { libc::tcgetattr(fd, &mut t) })?;
    Ok(t)
}

/// `[iflag, oflag, cflag, lflag, ispeed, ospeed, cc]`. Characters are bytes; without lines, two of them are numbers.
fn get_attributes(th: &Thread, a: Args<'_>) -> Res {
    let t = attributes(th, descriptor(th, a.get(0))?)?;
    let mut characters = Vec::with_capacity(t.c_cc.len());
    for (i, &c) in t.c_cc.iter().enumerate() {
        let number = t.c_lflag & libc::ICANON == 0 && (i == libc::VMIN || i == libc::VTIME);
        characters.push(match number {
            true => Obj::small_int(i64::from(c)),
            false => th.bytes(&[c])?,
        });
    }
    let n = |n: u32| th.int(i64::from(n));
    // SAFETY: reads the structure.
    let (input, output) = unsafe { (libc::cfgetispeed(&t), libc::cfgetospeed(&t)) };
    let all = vec![
        n(t.c_iflag),
        n(t.c_oflag),
        n(t.c_cflag),
        n(t.c_lflag),
        n(input),
        n(output),
        th.list(characters)?,
    ];
    th.list(all)
}

fn set_attributes(th: &Thread, a: Args<'_>) -> Res {
    let fd = descriptor(th, a.get(0))?;
    let when = th.index_clamped(a.get(1))? as i32;
    let wrong = || th.type_error("tcsetattr, arg 3: must be 7 element list");
    let given = match a.get(2).cast::<List>() {
        Some(l) => l.to_vec(th),
        None => return Err(wrong()),
    };
    if given.len() != 7 {
        return Err(wrong());
    }
    // What the list does not tell stays as it is.
    let mut t = attributes(th, fd)?;
    let number = |i: usize| th.index_i64(&given[i]).map(|n| n as u32);
    (t.c_iflag, t.c_oflag) = (number(0)?, number(1)?);
    (t.c_cflag, t.c_lflag) = (number(2)?, number(3)?);
    let (input, output) = (number(4)?, number(5)?);
    let characters = match given[6].cast::<List>() {
        Some(l) if l.len() == t.c_cc.len() => l.to_vec(th),
        _ => {
            return Err(th.type_error(format!(
                "tcsetattr: attributes[6] must be {} element list",
                t.c_cc.len()
            )));
        }
    };
    for (place, c) in t.c_cc.iter_mut().zip(&characters) {
        *place = match c.cast::<Bytes>().map(|b| b.bytes()) {
            Some(&[one]) => one,
            None if th.is_int(c) => th.index_i64(c)? as u8,
            _ => {
                return Err(th.type_error(
                    "tcsetattr: elements of attributes must be characters or integers",
                ));
            }
        };
    }
    // SAFETY: writes the structure.
    done(th, || unsafe { libc::cfsetospeed(&mut t, output) })?;
    // SAFETY: as above.
    done(th, || unsafe { libc::cfsetispeed(&mut t, input) })?;
    // SAFETY: reads the structure.
    done(th, || unsafe { libc::tcsetattr(fd, when, &t) })
}
