//! The options of the command.

use crate::record::state::JitOptions;
use crate::runtime::flags::{DIGITS, Flags};
use crate::runtime::runtime::JitMode;
use std::ffi::OsString;

/// What `-h` prints.
pub const USAGE: &str = "\
usage: threadsnake [option] ... [-c cmd | -m mod | file | -] [arg] ...
       threadsnake dis file
       threadsnake jit file [arg] ...
Options:
  -c cmd      : program passed in as string (ends the options)
  -m mod      : run library module as a script (ends the options)
  -           : program read from stdin
  file        : program read from script file; without one, an interactive session
  -O, -OO     : no asserts; no docstrings either
  -h, --help  : this text
  -V, --version : the version
  -u          : standard output and error are not buffered
  -B          : the folder of compiled library modules is not written to
  -E          : PYTHON* variables are ignored
  -I          : isolated: -E and -P
  -P          : the script's directory is not searched
  -W arg      : filter of warnings: action:message:category:module:line
  -X opt      : dev, context_aware_warnings=0, thread_inherit_context=0, int_max_str_digits=N, warn_default_encoding
  -b, -d, -q, -s, -S, -v : taken for CPython's sake, and told in sys.flags
  --jit=off|single|multi|auto : which compiled code may be used
  --jit-summary : what was compiled and swapped, in one line on standard error at the end
  jit file    : runs it, then shows what was compiled, from where, why not, which exits were taken
Developer options:
  --jit-threshold=N : iterations of a loop before it is recorded (523)
  --jit-calls=N : calls of a function before it is recorded (2092)
  --jit-budget=N : per cent of the time that may go into compiling (50; 0: no limit)
  --jit-wait : who has recorded waits for the code, instead of a thread's compiling it meanwhile
      (a threshold below 64 means both: no limit, and waiting)
  --jit-limit=N : only the first N recordings are made (halving N finds the one that is wrong)
  --jit-exit-every=N : every N-th guard leaves;  --jit-chaos=SEED : registers allocated at random
  --jit-keep : code that is left again at once is entered all the same
  --jit-memory=BYTES : code memory;  --jit-flag-checked : back edges test a flag instead of being patched
  --jit-perf : writes /tmp/perf-PID.map for perf;  --jit-perf=dump : a jitdump, jit-PID.dump;  --jit-gdb : tells GDB
  --jit-stats : as `jit file`;  --jit-stats=json : the same for programs;  --jit-dump : and IR and machine code of each stage
  --idle-thread : a second, idle thread is attached for the whole run (mode Multi)
Environment:
  PYTHONPATH : directories searched for modules, separated by colons
  PYTHONHASHSEED : seed of string hashes, or 'random'
  PYTHONWARNINGS : filters of warnings, separated by commas
  PYTHONDONTWRITEBYTECODE, PYTHONSAFEPATH, PYTHONINSPECT, PYTHONDEVMODE : as -B, -P, -i, -X dev
";

/// What to do.
pub enum What {
    /// `-h`
    Help,
    /// `--version`
    Version,
    /// A script.
    File(String),
    /// A directory or an archive, which has its program in `__main__.py`.
    Program(String),
    /// `-c`
    Command(String),
    /// `-m`
    Module(String),
    /// `-`
    Stdin,
    /// Interactive.
    Repl,
    /// `dis FILE`
    Dis(String),
}

/// A parsed command line.
pub struct Command {
    /// What to do.
    pub what: What,
    /// Arguments of the program.
    pub rest: Vec<String>,
    /// `-O` level.
    pub optimize: u8,
    /// `--jit`
    pub jit: JitMode,
    /// `--jit-…`
    pub compiler: JitOptions,
    /// `--idle-thread`
    pub idle_thread: bool,
    /// `-u`
    pub unbuffered: bool,
    /// What `sys.flags` tells. The filters of warnings are those of `-W`.
    pub flags: Flags,
}

/// Parses the arguments after the command's name.
pub fn parse(given: Vec<OsString>) -> Result<Command, String> {
    let mut it = given
        .into_iter()
        .map(|a| a.to_string_lossy().into_owned())
        .peekable();
    let mut c = Command {
        what: What::Repl,
        rest: Vec::new(),
        optimize: 0,
        jit: JitMode::Auto,
        compiler: JitOptions::default(),
        idle_thread: false,
        unbuffered: false,
        flags: Flags::default(),
    };
    while let Some(arg) = it.next() {
        if arg == "-" {
            c.what = What::Stdin;
            c.rest = it.collect();
            return Ok(c);
        }
        if let Some(long) = arg.strip_prefix("--") {
            match long {
                "help" => c.what = What::Help,
                "version" => c.what = What::Version,
                "idle-thread" => c.idle_thread = true,
                _ if long.starts_with("jit=") => {
                    c.jit = match &long[4..] {
                        "off" => JitMode::Off,
                        "single" => JitMode::Single,
                        "multi" => JitMode::Multi,
                        "auto" => JitMode::Auto,
                        other => return Err(format!("unknown jit mode: {other}")),
                    }
                }
                _ if long.starts_with("jit-") => compiler_option(&mut c.compiler, &long[4..])?,
                _ if long.starts_with("check-hash-based-pycs") => {}
                _ => return Err(format!("unknown option --{long}")),
            }
            if matches!(c.what, What::Help | What::Version) {
                return Ok(c);
            }
            continue;
        }
        if let Some(short) = arg.strip_prefix('-') {
            for (i, o) in short.char_indices() {
                let tail = &short[i + o.len_utf8()..];
                let value = |it: &mut dyn Iterator<Item = String>| {
                    if tail.is_empty() {
                        it.next()
                            .ok_or_else(|| format!("Argument expected for the -{o} option"))
                    } else {
                        Ok(tail.to_owned())
                    }
                };
                match o {
                    'c' => {
                        c.what = What::Command(value(&mut it)?);
                        c.rest = it.collect();
                        return Ok(c);
                    }
                    'm' => {
                        c.what = What::Module(value(&mut it)?);
                        c.rest = it.collect();
                        return Ok(c);
                    }
                    'h' | '?' => {
                        c.what = What::Help;
                        return Ok(c);
                    }
                    'V' => {
                        c.what = What::Version;
                        return Ok(c);
                    }
                    'X' => {
                        x_option(&mut c.flags, &value(&mut it)?)?;
                        break;
                    }
                    'W' => {
                        c.flags.warnings.push(value(&mut it)?);
                        break;
                    }
                    'O' => c.optimize = (c.optimize + 1).min(2),
                    'u' => c.unbuffered = true,
                    'I' => {
                        c.flags.safe_path = true;
                        c.flags.ignore_environment = true;
                        c.flags.isolated = true;
                    }
                    // No bytecode is ever written.
                    'B' => {}
                    'P' => c.flags.safe_path = true,
                    'E' => c.flags.ignore_environment = true,
                    'i' => c.flags.inspect = true,
                    'q' => c.flags.quiet = true,
                    'v' => c.flags.verbose = c.flags.verbose.saturating_add(1),
                    'b' => c.flags.bytes_warning = c.flags.bytes_warning.saturating_add(1),
                    'd' => c.flags.debug = c.flags.debug.saturating_add(1),
                    's' | 'S' | 'x' => {}
                    _ => return Err(format!("unknown option -{o}")),
                }
            }
            continue;
        }
        if arg == "jit" && it.peek().is_some() && !std::path::Path::new("jit").exists() {
            c.compiler.stats = true;
            continue;
        }
        if arg == "dis" && it.peek().is_some() && !std::path::Path::new("dis").exists() {
            if let Some(f) = it.next() {
                c.what = What::Dis(f);
                return Ok(c);
            }
        }
        c.what = What::File(arg);
        c.rest = it.collect();
        return Ok(c);
    }
    Ok(c)
}

/// `-X NAME[=VALUE]`. Unknown ones are kept for the program.
fn x_option(flags: &mut Flags, text: &str) -> Result<(), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let switch = |value: Option<&str>| match value {
        None | Some("1") => Ok(true),
        Some("0") => Ok(false),
        Some(_) => Err(format!("-X {name}=n: n is missing or invalid")),
    };
    match name {
        "dev" => flags.dev_mode = true,
        "warn_default_encoding" => flags.warn_default_encoding = true,
        "context_aware_warnings" => flags.context_aware_warnings = switch(value)?,
        "thread_inherit_context" => flags.thread_inherit_context = switch(value)?,
        "int_max_str_digits" => {
            let text = value.unwrap_or_default();
            flags.int_max_str_digits = digits("-X int_max_str_digits", text)?;
        }
        _ => {}
    }
    flags.xoptions.retain(|(n, _)| n != name);
    flags
        .xoptions
        .push((name.to_owned(), value.map(str::to_owned)));
    Ok(())
}

/// A limit of digits, given by the option or variable `name`.
fn digits(name: &str, text: &str) -> Result<usize, String> {
    let n = text.parse().ok().filter(|&n: &usize| n == 0 || n >= 640);
    n.ok_or_else(|| format!("{name}: invalid limit; must be >= 640 or 0 for unlimited."))
}

/// Adds what the environment says to what the command line says.
pub fn environment(c: &mut Command) -> Result<(), String> {
    let given = std::mem::take(&mut c.flags.warnings);
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let mut filters = Vec::new();
    if !c.flags.ignore_environment {
        c.flags.dev_mode |= set("PYTHONDEVMODE");
        c.flags.inspect |= set("PYTHONINSPECT");
        c.flags.safe_path |= set("PYTHONSAFEPATH");
        c.flags.warn_default_encoding |= set("PYTHONWARNDEFAULTENCODING");
        c.unbuffered |= set("PYTHONUNBUFFERED");
        for (name, option) in [
            ("PYTHON_CONTEXT_AWARE_WARNINGS", "context_aware_warnings"),
            ("PYTHON_THREAD_INHERIT_CONTEXT", "thread_inherit_context"),
        ] {
            let on_command_line = c.flags.xoptions.iter().any(|(n, _)| n == option);
            match std::env::var(name).as_deref() {
                Ok(v @ ("0" | "1")) if !on_command_line => {
                    let switch = match option {
                        "context_aware_warnings" => &mut c.flags.context_aware_warnings,
                        _ => &mut c.flags.thread_inherit_context,
                    };
                    *switch = v == "1";
                }
                Ok("" | "0" | "1") | Err(_) => {}
                Ok(_) => return Err(format!("{name}=N: N is missing or invalid")),
            }
        }
        let name = "PYTHONINTMAXSTRDIGITS";
        if c.flags.int_max_str_digits == DIGITS && set(name) {
            let text = std::env::var(name).unwrap_or_default();
            c.flags.int_max_str_digits = digits(name, &text)?;
        }
        if let Ok(list) = std::env::var("PYTHONWARNINGS") {
            filters.extend(list.split(',').filter(|f| !f.is_empty()).map(str::to_owned));
        }
    }
    if c.flags.dev_mode {
        filters.insert(0, "default".to_owned());
    }
    filters.extend(given);
    match c.flags.bytes_warning {
        0 => {}
        1 => filters.push("default::BytesWarning".to_owned()),
        _ => filters.push("error::BytesWarning".to_owned()),
    }
    for f in filters {
        if !c.flags.warnings.contains(&f) {
            c.flags.warnings.push(f);
        }
    }
    Ok(())
}

/// `--jit-NAME[=VALUE]`: how code is compiled.
fn compiler_option(o: &mut JitOptions, text: &str) -> Result<(), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let number = || {
        value
            .parse::<u64>()
            .map_err(|_| format!("--jit-{name} wants a number"))
    };
    match name {
        "threshold" => {
            o.threshold = number()?.max(1) as u32;
            if o.threshold < 64 {
                // Somebody wants to see everything compiled.
                (o.budget, o.wait) = (0, true);
            }
        }
        "calls" => o.calls = number()?.max(1) as u32,
        "wait" => o.wait = true,
        "budget" => o.budget = number()? as u32,
        "memory" => o.memory = number()? as usize,
        "limit" => o.limit = number()?,
        "keep" => o.keep = true,
        "exit-every" => o.exit_every = number()? as u32,
        "chaos" => o.chaos = number()?,
        "flag-checked" => o.flag_checked = true,
        "dump" => {
            (o.dump, o.wait) = (true, true);
            o.stats = true;
        }
        "stats" => {
            o.stats = true;
            o.json = match value {
                "" => false,
                "json" => true,
                _ => return Err(format!("--jit-stats is for people, or =json, not {value}")),
            };
        }
        "perf" => match value {
            "" | "map" => o.perf = true,
            "dump" => o.perf_dump = true,
            _ => return Err(format!("--jit-perf writes a map, or a dump, not {value}")),
        },
        "gdb" => o.gdb = true,
        "summary" => o.summary = true,
        _ => return Err(format!("unknown option --jit-{name}")),
    }
    Ok(())
}
