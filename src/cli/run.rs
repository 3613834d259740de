//! Running what the command line asks for.

use super::args::{Command, What};
use crate::builtins::print_exception::register_program;
use crate::modules::{import, io, sys};
use crate::object::module::Module;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};
use crate::runtime::error::{Exc, Res};
use crate::runtime::runtime::{Capabilities, Options, Runtime};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};
use threadsnake_threads::sync::{Arc, Condvar, Mutex};

/// Runs a command in a fresh runtime; gives the exit status.
pub fn run(mut c: Command) -> u8 {
    if let What::File(f) = &c.what
        && holds_program(f)
    {
        c.what = What::Program(f.clone());
    }
    let script = match &c.what {
        What::Command(_) => "-c".to_owned(),
        What::Module(_) => "-m".to_owned(),
        What::Stdin => "-".to_owned(),
        What::File(f) | What::Program(f) => f.clone(),
        _ => String::new(),
    };
    let mut argv = vec![script.clone()];
    argv.extend(c.rest.iter().cloned());
    let mut path = Vec::new();
    if !c.flags.safe_path {
        path.push(match &c.what {
            What::File(f) => std::fs::canonicalize(f)
                .ok()
                .and_then(|p| p.parent().map(|d| d.to_string_lossy().into_owned()))
                .unwrap_or_default(),
            What::Program(f) => std::fs::canonicalize(f)
                .map(|p| p.to_string_lossy().into_owned())
                .unwrap_or_default(),
            What::Module(_) => std::env::current_dir()
                .map(|d| d.to_string_lossy().into_owned())
                .unwrap_or_default(),
            _ => String::new(),
        });
    }
    let mut hash_seed = None;
    if !c.flags.ignore_environment {
        if let Ok(p) = std::env::var("PYTHONPATH") {
            path.extend(p.split(':').filter(|s| !s.is_empty()).map(str::to_owned));
        }
        hash_seed = std::env::var("PYTHONHASHSEED")
            .ok()
            .and_then(|s| s.parse().ok());
    }
    let rt = match Runtime::new(Options {
        capabilities: Capabilities::ALL,
        argv,
        path,
        optimize: c.optimize,
        interactive: matches!(c.what, What::Repl),
        hash_seed,
        memory_limit: 0,
        flags: c.flags.clone(),
        jit: c.jit,
        compiler: c.compiler.clone(),
    }) {
        Ok(rt) => rt,
        Err(e) => {
            eprintln!("threadsnake: {e}");
            return 1;
        }
    };
    let th = match Thread::attach(&rt) {
        Ok(t) => t,
        Err(_) => {
            eprintln!("threadsnake: the thread could not be attached");
            return 1;
        }
    };
    let process = std::process::id();
    let idle = c.idle_thread.then(|| Idle::start(&th));
    let status = in_thread(&th, &c);
    // In a copy made by `fork` there is no such thread.
    if let Some(i) = idle.filter(|_| std::process::id() == process) {
        i.stop(&th);
    }
    if c.compiler.summary {
        eprintln!(
            "{}",
            crate::record::report::line(rt.jit(), rt.domain.switch_count(), rt.domain.is_multi())
        );
    }
    if c.compiler.stats {
        match c.compiler.json {
            true => eprintln!(
                "{}",
                crate::record::report::json(rt.jit(), rt.domain.switch_count())
            ),
            false => eprint!("{}", crate::record::report::text(rt.jit(), c.compiler.dump)),
        }
    }
    // The process ends now: what is left needs not be taken apart.
    std::mem::forget(th);
    status
}

fn in_thread(th: &Thread, c: &Command) -> u8 {
    if let Err(e) = io::start_stdio(th, c.unbuffered) {
        eprintln!("threadsnake: {}", th.describe(&e));
        return 1;
    }
    crate::modules::signal::install_interrupt(th);
    if !c.flags.warnings.is_empty() {
        // Says which of the filters are none.
        if let Err(e) = th.import("warnings") {
            return uncaught(th, &e);
        }
    }
    let result = program(th, c);
    let mut status = match result {
        Ok(()) => 0,
        Err(e) => uncaught(th, &e),
    };
    crate::modules::thread::shutdown(th);
    crate::modules::atexit::run(th);
    let flushed = io::flush_stdio(th);
    import::finish::finish(th);
    if !(flushed && io::flush_stdio(th)) && status == 0 {
        status = 120;
    }
    status
}

/// Prints an uncaught exception, or takes the status out of a SystemExit.
fn uncaught(th: &Thread, e: &Exc) -> u8 {
    if e.is(th, TypeId::SystemExit) {
        return exit_status(th, e.obj());
    }
    let hook = th.sys_get("excepthook").filter(|h| !h.is_none());
    match hook {
        Some(h) => {
            let ty = th.type_of(e.obj()).obj().clone();
            let tb = th
                .getattr_opt(e.obj(), "__traceback__")
                .ok()
                .flatten()
                .unwrap_or(Obj::NONE);
            if let Err(second) = th.call(&h, &[ty, e.obj().clone(), tb]) {
                if second.is(th, TypeId::SystemExit) {
                    return exit_status(th, second.obj());
                }
                eprintln!("Error in sys.excepthook:");
                sys::print_exception(th, second.obj());
                eprintln!("\nOriginal exception was:");
                sys::print_exception(th, e.obj());
            }
        }
        None => sys::print_exception(th, e.obj()),
    }
    if e.is(th, TypeId::KeyboardInterrupt) {
        130
    } else {
        1
    }
}

fn exit_status(th: &Thread, e: &Obj) -> u8 {
    let code = match th.getattr_opt(e, "code") {
        Ok(Some(c)) => c,
        _ => Obj::NONE,
    };
    if code.is_none() {
        return 0;
    }
    if let Some(n) = th.int_like_i64(&code) {
        return n as u8;
    }
    if th.as_bigint(&code).is_some() {
        return 255;
    }
    io::flush_stdio(th);
    if let Some(err) = th.sys_get("stderr").filter(|s| !s.is_none()) {
        if let Ok(s) = th.to_str(&code) {
            drop(io::write_str(th, &err, s.obj()));
            if let Ok(nl) = th.str("\n") {
                drop(io::write_str(th, &err, &nl));
            }
        }
    }
    1
}

/// `__main__`, empty.
fn main_module(th: &Thread) -> Res<Py<Module>> {
    let m = import::new_module(th, "__main__")?;
    m.dict.set_str(
        th,
        "__builtins__",
        th.rt()
            .modules()
            .get_str(th, "builtins")
            .unwrap_or(Obj::NONE),
    )?;
    th.rt().modules().set_str(th, "__main__", m.obj().clone())?;
    Ok(m)
}

fn program(th: &Thread, c: &Command) -> Res<()> {
    match &c.what {
        What::Command(text) => {
            let m = main_module(th)?;
            let code = import::exec::compile(th, text.as_bytes(), "<string>")?;
            register_program(th, &code, text);
            import::exec::run(th, &code, &m.dict)
        }
        What::Stdin => {
            let m = main_module(th)?;
            let text = read_stdin(th)?;
            let code = import::exec::compile(th, &text, "<stdin>")?;
            import::exec::run(th, &code, &m.dict)
        }
        What::File(f) => file(th, f),
        What::Program(_) => as_main(th, &[th.str("__main__")?, Obj::FALSE]),
        What::Module(name) => as_main(th, &[th.str(name)?]),
        What::Dis(f) => dis(th, f),
        What::Repl => repl(th),
        What::Help | What::Version => Ok(()),
    }
}

/// Runs a module as `__main__`: its name, and whether `sys.argv` changes (it does if not said).
fn as_main(th: &Thread, args: &[Obj]) -> Res<()> {
    main_module(th)?;
    let runpy = th.import("runpy")?;
    let run = th.getattr(&runpy, "_run_module_as_main")?;
    th.call(&run, args).map(drop)
}

fn read_stdin(th: &Thread) -> Res<Vec<u8>> {
    let mut text = Vec::new();
    let r = th.blocking(|| std::io::Read::read_to_end(&mut std::io::stdin(), &mut text));
    match r {
        Ok(_) => Ok(text),
        Err(e) => Err(th.io_error(&e, None)),
    }
}

fn source(th: &Thread, f: &str) -> Option<Vec<u8>> {
    match std::fs::read(f) {
        Ok(t) => Some(t),
        Err(e) => {
            let exe = std::env::args()
                .next()
                .unwrap_or_else(|| "threadsnake".into());
            let n = e.raw_os_error().unwrap_or(0);
            let why = crate::runtime::error::errno_text(n);
            let shown = th
                .str(f)
                .and_then(|s| th.repr(&s))
                .map_or_else(|_| f.to_owned(), |r| r.to_rust());
            eprintln!("{exe}: can't open file {shown}: [Errno {n}] {why}");
            None
        }
    }
}

/// Whether what is to be run is a directory or an archive, which has its program in `__main__.py`.
fn holds_program(f: &str) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    /// The longest end of an archive: its last record, and a comment.
    const END: i64 = 22 + 0xFFFF;
    let path = std::path::Path::new(f);
    if path.is_dir() {
        return true;
    }
    let Ok(mut file) = std::fs::File::open(path) else {
        return false;
    };
    let mut begin = [0; 4];
    if !path.is_file() || file.read_exact(&mut begin).is_err() {
        return false;
    }
    // What has a line for the system's sake before it, or is an archive from its beginning on.
    if !begin.starts_with(b"#!") && !begin.starts_with(b"PK") {
        return false;
    }
    let mut end = Vec::new();
    let found = file
        .seek(SeekFrom::End(-END))
        .or_else(|_| file.seek(SeekFrom::Start(0)))
        .and_then(|_| file.read_to_end(&mut end));
    found.is_ok() && end.windows(4).any(|w| w == b"PK\x05\x06")
}

fn file(th: &Thread, f: &str) -> Res<()> {
    let Some(text) = source(th, f) else {
        return Err(th.err_obj(TypeId::SystemExit, &[Obj::small_int(2)]));
    };
    let m = main_module(th)?;
    let shown =
        std::path::absolute(f).map_or_else(|_| f.to_owned(), |p| p.to_string_lossy().into_owned());
    m.dict.set_str(th, "__file__", th.str(&shown)?)?;
    m.dict.set_str(th, "__cached__", Obj::NONE)?;
    let code = import::exec::compile(th, &text, &shown)?;
    import::exec::run(th, &code, &m.dict)
}

fn dis(th: &Thread, f: &str) -> Res<()> {
    let Some(text) = source(th, f) else {
        return Err(th.err_obj(TypeId::SystemExit, &[Obj::small_int(2)]));
    };
    let opts = threadsnake_front::CompileOptions::default();
    match threadsnake_front::compile_bytes(&text, f, threadsnake_front::Mode::Exec, &opts) {
        Ok(c) => {
            let listing = th.str(&threadsnake_front::disassemble(&c.code))?;
            match th.sys_get("stdout") {
                Some(o) if !o.is_none() => io::write_str(th, &o, &listing),
                _ => Ok(()),
            }
        }
        // The runtime's own compilation words the error.
        Err(_) => import::exec::compile(th, &text, f).map(drop),
    }
}

fn repl(th: &Thread) -> Res<()> {
    // SAFETY: asks about a descriptor.
    if unsafe { libc::isatty(0) } != 1 {
        let m = main_module(th)?;
        let text = read_stdin(th)?;
        let code = import::exec::compile(th, &text, "<stdin>")?;
        return import::exec::run(th, &code, &m.dict);
    }
    let m = main_module(th)?;
    let site = th.import("site")?;
    for what in ["setquit", "setcopyright", "sethelper"] {
        th.call_method(&site, what, &[])?;
    }
    if let Some(editor) = session(th)? {
        return edited(th, &editor, &m);
    }
    greet(th);
    let mut editor = match rustyline::DefaultEditor::new() {
        Ok(e) => e,
        Err(e) => return Err(th.runtime_error(format!("no line editor: {e}"))),
    };
    let codeop = th.import("codeop")?;
    let mut pending = String::new();
    loop {
        let prompt = if pending.is_empty() { ">>> " } else { "... " };
        let line = th.blocking(|| editor.readline(prompt));
        match line {
            Ok(l) => {
                drop(editor.add_history_entry(&l));
                if !pending.is_empty() {
                    pending.push('\n');
                }
                pending.push_str(&l);
            }
            Err(rustyline::error::ReadlineError::Interrupted) => {
                println!("KeyboardInterrupt");
                pending.clear();
                continue;
            }
            Err(_) => return Ok(()),
        }
        let ready = th.call_method(
            &codeop,
            "compile_command",
            &[th.str(&pending)?, th.str("<stdin>")?, th.str("single")?],
        );
        let run = match ready {
            Ok(code) if code.is_none() => continue,
            Ok(code) => import::exec::run(th, &code, &m.dict),
            Err(e) => Err(e),
        };
        pending.clear();
        if let Err(e) = run {
            if e.is(th, TypeId::SystemExit) {
                return Err(e);
            }
            sys::print_exception(th, e.obj());
        }
        io::flush_stdio(th);
    }
}

/// What a session begins with.
fn greet(th: &Thread) {
    if !th.rt().options.flags.quiet {
        println!(
            "Threadsnake {} (Python 3.14.0) on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.",
            env!("CARGO_PKG_VERSION")
        );
    }
}

/// The library's interactive session, where the terminal is good enough for it.
fn session(th: &Thread) -> Res<Option<Obj>> {
    let flags = &th.rt().options.flags;
    if !flags.ignore_environment
        && std::env::var_os("PYTHON_BASIC_REPL").is_some_and(|v| !v.is_empty())
    {
        return Ok(None);
    }
    let main = th.import("_pyrepl.main")?;
    let able = th.getattr(&main, "CAN_USE_PYREPL")?;
    Ok(th.truthy(&able)?.then_some(main))
}

/// Runs it, with the history of earlier sessions.
fn edited(th: &Thread, main: &Obj, m: &Py<Module>) -> Res<()> {
    greet(th);
    let lines = th.import("_pyrepl.readline")?;
    let site = th.import("site")?;
    let file = th.call_method(&site, "gethistoryfile", &[])?;
    // A history that cannot be read or written is no reason to stop.
    drop(th.call_method(&lines, "read_history_file", std::slice::from_ref(&file)));
    let run = th.getattr(main, "interactive_console")?;
    let startup = Obj::bool(!th.rt().options.flags.ignore_environment);
    let r = th.call_kw(
        &run,
        std::slice::from_ref(m.obj()),
        &[("pythonstartup", startup)],
    );
    // Each input has been added to the file when it was run, but for the one that has ended the session.
    drop(th.call_method(&lines, "append_history_file", &[file]));
    r.map(drop)
}

/// The idle second thread of `--idle-thread`.
struct Idle {
    state: Arc<(Mutex<bool>, Condvar, AtomicBool)>,
    handle: Option<threadsnake_threads::sync::thread::JoinHandle<()>>,
}

impl Idle {
    fn start(th: &Thread) -> Idle {
        let state = Arc::new((Mutex::new(false), Condvar::new(), AtomicBool::new(false)));
        let (s, rt) = (state.clone(), th.rt_arc().clone());
        th.become_multi();
        let handle = threadsnake_threads::sync::thread::Builder::new().spawn(move || {
            crate::modules::signal::leave_to_others();
            let Ok(t) = Thread::attach(&rt) else {
                s.2.store(true, Ordering::Release);
                return;
            };
            t.blocking(|| {
                s.2.store(true, Ordering::Release);
                let mut done = s.0.lock();
                while !*done {
                    s.1.wait(&mut done);
                }
            });
        });
        let idle = Idle {
            state,
            handle: handle.ok(),
        };
        while idle.handle.is_some() && !idle.state.2.load(Ordering::Acquire) {
            th.blocking(threadsnake_threads::sync::thread::yield_now);
        }
        idle
    }

    fn stop(self, th: &Thread) {
        *self.state.0.lock() = true;
        self.state.1.notify_all();
        if let Some(h) = self.handle {
            drop(th.blocking(|| h.join()));
        }
    }
}
