//! What native code asks of the interpreter: compiling, running, frames.

use super::enter::run;
use super::frameobj::{self, Place};
use super::load;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::frame::flag;
use crate::object::function::Function;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py, Slot, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_front::{CompileOptions, ErrorKind, Mode};
use threadsnake_threads::sync::atomic::AtomicU32;

/// The innermost frame that runs Python code, if any.
fn top_python(th: &Thread) -> Option<Place> {
    let f = th.top.get();
    // SAFETY: the top record is this thread's own.
    if f > th.frames && unsafe { !(*f).code.is_null() } {
        frameobj::place(th, 0)
    } else {
        None
    }
}

/// Globals and builtins of a frame.
fn namespaces(place: &Place) -> (Obj, Obj) {
    match place {
        // SAFETY: live; both are alive while it runs.
        Place::Record(f) => unsafe {
            (
                Obj::from_borrowed((**f).globals),
                Obj::from_borrowed((**f).builtins),
            )
        },
        Place::Inlined(f, calls) => match calls.last() {
            Some(c) => (c.func.globals.obj().clone(), c.func.builtins.obj().clone()),
            None => namespaces(&Place::Record(*f)),
        },
    }
}

/// Globals of the innermost Python frame.
pub fn current_globals(th: &Thread) -> Option<Py<Dict>> {
    namespaces(&top_python(th)?).0.into_py::<Dict>().ok()
}

/// Builtins of the innermost Python frame, or the runtime's.
pub fn current_builtins(th: &Thread) -> Py<Dict> {
    top_python(th)
        .and_then(|p| namespaces(&p).1.into_py::<Dict>().ok())
        .unwrap_or_else(|| th.rt().builtins().clone())
}

/// `locals()` of the innermost Python frame.
pub fn current_locals(th: &Thread) -> Res {
    match top_python(th) {
        // SAFETY: live.
        Some(Place::Record(f)) => unsafe {
            let locals = super::names::locals(th, f)?;
            // Of a module or class: a copy with the variables of the comprehension that asks.
            let hidden = match (*f).locals.is_empty() {
                true => Vec::new(),
                false => frameobj::hidden(th, f),
            };
            if hidden.is_empty() {
                return Ok(locals);
            }
            let d = th.new_dict()?;
            th.call_method(d.obj(), "update", std::slice::from_ref(&locals))?;
            for (k, v) in hidden {
                d.set_item(th, &k, v)?;
            }
            Ok(d.into_obj())
        },
        Some(Place::Inlined(_, mut calls)) => {
            let vars = calls
                .pop()
                .map_or_else(Vec::new, frameobj::inlined_variables);
            frameobj::dict_of(th, vars).map(Py::into_obj)
        }
        None => Err(th.system_error("frame does not exist")),
    }
}

/// The frame object `depth` calls above the innermost Python frame.
pub fn frame_at(th: &Thread, depth: usize) -> Option<Obj> {
    top_python(th)?;
    let place = frameobj::place(th, depth)?;
    Some(frameobj::object_of(th, place))
}

/// Globals of the `n`th Python frame of this thread, counted from the innermost.
pub fn globals_at(th: &Thread, n: usize) -> Option<Py<Dict>> {
    let globals = match frameobj::place(th, n)? {
        // SAFETY: a live record.
        Place::Record(f) if unsafe { (*f).globals.is_empty() } => return None,
        p => namespaces(&p).0,
    };
    globals.into_py::<Dict>().ok()
}

/// The source line of the innermost Python frame.
pub fn current_line(th: &Thread) -> u32 {
    match top_python(th) {
        // SAFETY: live.
        Some(Place::Record(f)) => unsafe { (*(*f).code).line_of(frameobj::index_now(th, f)) },
        Some(Place::Inlined(_, calls)) => calls
            .last()
            .map_or(0, |c| c.func.code().line_of(c.index as usize)),
        None => 0,
    }
}

/// Class cell and first argument of the innermost Python frame, for `super()` without arguments.
pub fn super_arguments(th: &Thread) -> Res<(Obj, Obj)> {
    let (code, vars) = match top_python(th) {
        None => return Err(th.runtime_error("super(): no current frame")),
        // SAFETY: live; registers of the frame.
        Some(Place::Record(f)) => unsafe { (frameobj::code_obj(f), frameobj::variables(th, f)) },
        Some(Place::Inlined(_, mut calls)) => match calls.pop() {
            Some(c) => (c.func.code().obj().clone(), frameobj::inlined_variables(c)),
            None => return Err(th.runtime_error("super(): no current frame")),
        },
    };
    let first = code
        .cast::<Code>()
        .filter(|c| c.front.argcount > 0)
        .map(|c| {
            c.front
                .varnames
                .first()
                .map(|n| c.names[*n as usize].clone())
        });
    let Some(first) = first else {
        return Err(th.runtime_error("super(): no arguments"));
    };
    let me = first
        .and_then(|n| vars.iter().find(|(k, _)| k.is(&n)))
        .and_then(|(_, v)| v.clone());
    let Some(me) = me else {
        return Err(th.runtime_error("super(): arg[0] deleted"));
    };
    let class_name = &th.rt().names().__class__;
    match vars.iter().find(|(k, _)| k.is(class_name)) {
        Some((_, Some(c))) => Ok((c.clone(), me)),
        Some((_, None)) => Err(th.runtime_error("super(): empty __class__ cell")),
        None => Err(th.runtime_error("super(): __class__ cell not found")),
    }
}

/// The exception that this thread is handling.
pub fn handled_exception(th: &Thread) -> Option<Obj> {
    if th.handling.get() == 0 {
        return None;
    }
    // SAFETY: the calling thread's own records.
    unsafe { super::frameobj::handled(th) }
}

fn mode_of(th: &Thread, mode: &str) -> Res<Mode> {
    match mode {
        "exec" => Ok(Mode::Exec),
        "eval" => Ok(Mode::Eval),
        "single" => Ok(Mode::Single),
        _ => Err(th.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
}

fn options(th: &Thread, flags: u32, optimize: i32) -> CompileOptions {
    CompileOptions {
        future_annotations: flags & 0x100_0000 != 0,
        optimize: if optimize < 0 {
            th.rt().options.optimize
        } else {
            optimize as u8
        },
        top_level_await: flags & 0x2000 != 0,
    }
}

/// The text or bytes of a program.
enum Source {
    Text(String),
    Bytes(Vec<u8>),
}

fn source_of(th: &Thread, source: &Obj) -> Res<Source> {
    match source.cast::<Str>() {
        Some(s) => s
            .to_rust_exact()
            .map(Source::Text)
            .ok_or_else(|| th.value_error("source code string cannot contain lone surrogates")),
        None => Ok(Source::Bytes(th.bytes_like(source)?.bytes().to_vec())),
    }
}

fn issue(th: &Thread, warnings: &[threadsnake_front::Warning], filename: &Obj) -> Res<()> {
    warnings.iter().try_for_each(|w| {
        let id = match w.kind {
            threadsnake_front::WarningKind::Deprecation => TypeId::DeprecationWarning,
            _ => TypeId::SyntaxWarning,
        };
        match crate::builtins::warn::warn_at(th, id, &w.msg, filename, w.line) {
            // Made an error by a filter, it is an error in the program.
            Err(e) if e.is(th, id) => Err(syntax_error(th, &warning_as_error(w), filename)),
            r => r,
        }
    })
}

fn warning_as_error(w: &threadsnake_front::Warning) -> threadsnake_front::SyntaxError {
    threadsnake_front::SyntaxError {
        kind: ErrorKind::Syntax,
        msg: w.msg.clone(),
        line: w.line,
        col: w.col,
        end_line: w.line,
        end_col: w.col,
        text: None,
        incomplete: false,
    }
}

/// `PyCF_ALLOW_INCOMPLETE_INPUT`: what may become right when more is typed raises an error of its own (`codeop`).
const ALLOW_INCOMPLETE: u32 = 0x4000;

/// `PyCF_DONT_IMPLY_DEDENT`: the end of the text does not end a block.
const NO_DEDENT: u32 = 0x200;

/// Whether what is wrong is that the program ends here.
fn may_go_on(e: &threadsnake_front::SyntaxError, text: &Source) -> bool {
    let bytes = match text {
        Source::Text(t) => t.as_bytes(),
        Source::Bytes(b) => b,
    };
    let text = bytes.trim_ascii_end();
    let lines = text.split(|&b| b == b'\n').count();
    let headless = e.msg.starts_with("expected an indented block")
        && e.line as usize >= lines
        && text.ends_with(b":");
    // The line that the end of this one is joined to may come.
    let joined = e.msg.starts_with("unterminated string") && text.ends_with(b"\\");
    e.incomplete
        || headless
        || joined
        || e.line as usize > lines
        || e.msg.starts_with("unterminated triple-quoted")
}

/// Whether a program for a session that compiles is a compound statement without a newline at its end: more of it may follow.
fn in_block(text: &Source) -> bool {
    let Source::Text(text) = text else {
        return false;
    };
    let mut lines = text
        .lines()
        .map(|l| l.trim_start_matches([' ', '\t', '\x0c']));
    let first = lines
        .find(|l| !l.is_empty() && !l.starts_with('#'))
        .unwrap_or("");
    let word = first
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    // A `match` has lines that are indented.
    let indented = text
        .rsplit('\n')
        .next()
        .is_some_and(|l| l.starts_with([' ', '\t']));
    const HEADS: [&str; 8] = ["if", "while", "for", "try", "with", "def", "class", "async"];
    !text.ends_with('\n')
        && (indented || first.starts_with('@') || word.is_some_and(|w| HEADS.contains(&w)))
}

/// `compile(source, filename, mode, flags)`: source is str or bytes-like.
pub fn compile_source(
    th: &Thread,
    source: &Obj,
    filename: &Obj,
    mode: &str,
    flags: u32,
    optimize: i32,
) -> Res {
    let mode = mode_of(th, mode)?;
    let opts = options(th, flags, optimize);
    let name = th.str_text(filename);
    let text = source_of(th, source)?;
    let compiled = match &text {
        Source::Text(t) => threadsnake_front::compile(t, &name, mode, &opts),
        Source::Bytes(b) => threadsnake_front::compile_bytes(b, &name, mode, &opts),
    };
    match compiled {
        Ok(_) if flags & NO_DEDENT != 0 && mode == Mode::Single && in_block(&text) => {
            Err(th.err(TypeId::IncompleteInputError, "incomplete input"))
        }
        Ok(c) => {
            issue(th, &c.warnings, filename)?;
            load::load(th, &c.code).map(Py::into_obj)
        }
        Err(e) if flags & ALLOW_INCOMPLETE != 0 && may_go_on(&e, &text) => {
            Err(th.err(TypeId::IncompleteInputError, "incomplete input"))
        }
        Err(e) => Err(syntax_error(th, &e, filename)),
    }
}

/// The syntax tree of a program.
pub fn parse_source(
    th: &Thread,
    source: &Obj,
    filename: &Obj,
    mode: &str,
) -> Res<threadsnake_front::tree::Node> {
    let mode = mode_of(th, mode)?;
    let parsed = match source_of(th, source)? {
        Source::Text(t) => threadsnake_front::parse(&t, mode),
        Source::Bytes(b) => threadsnake_front::parse_bytes(&b, mode),
    };
    match parsed {
        Ok((node, warnings)) => {
            issue(th, &warnings, filename)?;
            Ok(node)
        }
        Err(e) => Err(syntax_error(th, &e, filename)),
    }
}

/// Compiles a syntax tree.
pub fn compile_tree(
    th: &Thread,
    root: &threadsnake_front::tree::Node,
    filename: &Obj,
    mode: &str,
    flags: u32,
    optimize: i32,
) -> Res {
    use threadsnake_front::{NodeError, tree::TreeError};
    let mode = mode_of(th, mode)?;
    let opts = options(th, flags, optimize);
    let name = th.str_text(filename);
    match threadsnake_front::compile_node(root, &name, mode, &opts) {
        Ok(c) => {
            issue(th, &c.warnings, filename)?;
            load::load(th, &c.code).map(Py::into_obj)
        }
        Err(NodeError::Syntax(e)) => Err(syntax_error(th, &e, filename)),
        Err(NodeError::Tree(TreeError::Value(m))) => Err(th.value_error(m)),
        Err(NodeError::Tree(TreeError::Type(m))) => Err(th.type_error(m)),
        Err(NodeError::Tree(TreeError::System(m))) => Err(th.system_error(m)),
    }
}

/// A compiler's error as an exception.
pub fn syntax_error(th: &Thread, e: &threadsnake_front::SyntaxError, filename: &Obj) -> Exc {
    let id = match e.kind {
        ErrorKind::Syntax => TypeId::SyntaxError,
        ErrorKind::Indentation => TypeId::IndentationError,
        ErrorKind::Tab => TypeId::TabError,
        ErrorKind::Recursion => return th.recursion_error(&e.msg),
        ErrorKind::Memory => return th.err(TypeId::MemoryError, &e.msg),
        ErrorKind::Value => return th.value_error(&e.msg),
    };
    let exc = th.err(id, &e.msg);
    if e.line == 0 {
        return exc;
    }
    let text = match &e.text {
        Some(t) => th.str(t).unwrap_or(Obj::NONE),
        None => Obj::NONE,
    };
    let n = |v: u32| Obj::small_int(v as i64);
    let fields = [
        filename.clone(),
        n(e.line),
        n(e.col),
        text,
        n(e.end_line),
        n(e.end_col),
    ];
    if let (Ok(detail), Some(msg)) = (th.tuple(fields.to_vec()), exc.0.extra[0].get()) {
        if let Ok(args) = th.tuple(vec![msg, detail]) {
            exc.0.args.set(th, Some(args));
        }
    }
    for (i, v) in fields[..4].iter().enumerate() {
        exc.0.extra[1 + i].set(th, Some(v.clone()));
    }
    for (k, v) in [("end_lineno", &fields[4]), ("end_offset", &fields[5])] {
        let _ = exc.obj().set_instance_attr(th, &th.intern(k), v.clone());
    }
    exc
}

/// A function that runs `code` with `globals`.
pub fn function_of(
    th: &Thread,
    code: &Py<Code>,
    globals: &Py<Dict>,
    closure: Option<Obj>,
) -> Res<Py<Function>> {
    let n = th.rt().names();
    let builtins = match globals.get_interned(th, &n.__builtins__) {
        Some(b) => match b.cast::<crate::object::module::Module>() {
            Some(m) => m.dict.clone(),
            None => match b.into_py::<Dict>() {
                Ok(d) => d,
                Err(_) => th.rt().builtins().clone(),
            },
        },
        None => {
            let b = current_builtins(th);
            globals.set_item(th, &n.__builtins__, b.obj().clone())?;
            b
        }
    };
    Ok(th.alloc(Function {
        code: Slot::new(Some(code.obj().clone())),
        globals: globals.clone(),
        builtins,
        name: Slot::new(Some(code.name.clone())),
        qualname: Slot::new(Some(code.qualname.clone())),
        defaults: Slot::empty(),
        kwdefaults: Slot::empty(),
        closure,
        doc: Slot::empty(),
        module: Slot::new(globals.get_interned(th, &n.__name__)),
        annotations: Slot::empty(),
        annotate: Slot::empty(),
        type_params: Slot::empty(),
        version: AtomicU32::new(0),
    }))
}

/// Runs module or class code: `exec`, `eval`, imports, class bodies. `locals` is any mapping.
pub fn run_code(
    th: &Thread,
    code: &Obj,
    globals: &Obj,
    locals: &Obj,
    closure: Option<&Obj>,
) -> Res {
    let Some(c) = code.cast::<Code>() else {
        return Err(th.type_error("code object expected"));
    };
    let Some(g) = globals.cast::<Dict>() else {
        return Err(th.type_error("globals must be a dict"));
    };
    let f = function_of(th, c, g, closure.cloned())?;
    run_function(th, &f, locals.clone())
}

/// Runs the body of a function without parameters with these locals: class bodies.
pub fn run_function(th: &Thread, f: &Py<Function>, locals: Obj) -> Res {
    if th.native_stack_low() {
        return Err(th.too_deep(""));
    }
    let code = f.code();
    // SAFETY: the record below is live; its limit is where free registers begin; the function is owned by the frame.
    unsafe {
        let base = (*th.top.get()).limit;
        th.check_room(base.add(code.front.nregs as usize))?;
        for i in 0..code.front.nlocals as usize {
            *base.add(i) = Value::EMPTY;
        }
        let owner = f.obj().clone().into_value();
        let mut frame = th.function_frame(f, owner, base, 0, flag::ENTRY);
        frame.locals = locals.into_value();
        th.push_frame(frame);
        Ok(run(th, None)?.value())
    }
}
