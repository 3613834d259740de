//! Struct sequences: tuples whose items have names (`sys.version_info`, `os.stat_result`, `time.struct_time`, …). One
//! implementation: the visible items are the tuple's; further fields are attributes of the instance.

use super::prelude::*;

/// The shape of one struct sequence.
pub struct SeqDef {
    /// Its type.
    pub id: TypeId,
    /// Name, with the module.
    pub name: &'static str,
    /// Names of the items.
    pub fields: &'static [&'static str],
    /// Names of what is not an item.
    pub hidden: &'static [&'static str],
}

/// Every struct sequence.
pub static SEQS: &[SeqDef] = &[
    SeqDef {
        id: TypeId::SysVersionInfo,
        name: "sys.version_info",
        fields: &["major", "minor", "micro", "releaselevel", "serial"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::SysFlags,
        name: "sys.flags",
        fields: &[
            "debug",
            "inspect",
            "interactive",
            "optimize",
            "dont_write_bytecode",
            "no_user_site",
            "no_site",
            "ignore_environment",
            "verbose",
            "bytes_warning",
            "quiet",
            "hash_randomization",
            "isolated",
            "dev_mode",
            "utf8_mode",
            "warn_default_encoding",
            "safe_path",
            "int_max_str_digits",
        ],
        hidden: &["gil", "thread_inherit_context", "context_aware_warnings"],
    },
    SeqDef {
        id: TypeId::SysHashInfo,
        name: "sys.hash_info",
        fields: &[
            "width",
            "modulus",
            "inf",
            "nan",
            "imag",
            "algorithm",
            "hash_bits",
            "seed_bits",
            "cutoff",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::SysFloatInfo,
        name: "sys.float_info",
        fields: &[
            "max",
            "max_exp",
            "max_10_exp",
            "min",
            "min_exp",
            "min_10_exp",
            "dig",
            "mant_dig",
            "epsilon",
            "radix",
            "rounds",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::SysIntInfo,
        name: "sys.int_info",
        fields: &[
            "bits_per_digit",
            "sizeof_digit",
            "default_max_str_digits",
            "str_digits_check_threshold",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::SysThreadInfo,
        name: "sys.thread_info",
        fields: &["name", "lock", "version"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::AsyncGenHooks,
        name: "asyncgen_hooks",
        fields: &["firstiter", "finalizer"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::UnraisableHookArgs,
        name: "UnraisableHookArgs",
        fields: &[
            "exc_type",
            "exc_value",
            "exc_traceback",
            "err_msg",
            "object",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::ExceptHookArgs,
        name: "_thread._ExceptHookArgs",
        fields: &["exc_type", "exc_value", "exc_traceback", "thread"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StatResult,
        name: "os.stat_result",
        fields: &[
            "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "", "", "",
        ],
        hidden: &[
            "st_atime",
            "st_mtime",
            "st_ctime",
            "st_atime_ns",
            "st_mtime_ns",
            "st_ctime_ns",
            "st_blksize",
            "st_blocks",
            "st_rdev",
        ],
    },
    SeqDef {
        id: TypeId::TerminalSize,
        name: "os.terminal_size",
        fields: &["columns", "lines"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::UnameResult,
        name: "posix.uname_result",
        fields: &["sysname", "nodename", "release", "version", "machine"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::TimesResult,
        name: "posix.times_result",
        fields: &[
            "user",
            "system",
            "children_user",
            "children_system",
            "elapsed",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StatvfsResult,
        name: "os.statvfs_result",
        fields: &[
            "f_bsize",
            "f_frsize",
            "f_blocks",
            "f_bfree",
            "f_bavail",
            "f_files",
            "f_ffree",
            "f_favail",
            "f_flag",
            "f_namemax",
        ],
        hidden: &["f_fsid"],
    },
    SeqDef {
        id: TypeId::WaitidResult,
        name: "posix.waitid_result",
        fields: &["si_pid", "si_uid", "si_signo", "si_status", "si_code"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StructSiginfo,
        name: "signal.struct_siginfo",
        fields: &[
            "si_signo",
            "si_code",
            "si_errno",
            "si_pid",
            "si_uid",
            "si_status",
            "si_band",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StructPasswd,
        name: "pwd.struct_passwd",
        fields: &[
            "pw_name",
            "pw_passwd",
            "pw_uid",
            "pw_gid",
            "pw_gecos",
            "pw_dir",
            "pw_shell",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StructGroup,
        name: "grp.struct_group",
        fields: &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StructRusage,
        name: "resource.struct_rusage",
        fields: &[
            "ru_utime",
            "ru_stime",
            "ru_maxrss",
            "ru_ixrss",
            "ru_idrss",
            "ru_isrss",
            "ru_minflt",
            "ru_majflt",
            "ru_nswap",
            "ru_inblock",
            "ru_oublock",
            "ru_msgsnd",
            "ru_msgrcv",
            "ru_nsignals",
            "ru_nvcsw",
            "ru_nivcsw",
        ],
        hidden: &[],
    },
    SeqDef {
        id: TypeId::StructTime,
        name: "time.struct_time",
        fields: &[
            "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday",
            "tm_isdst",
        ],
        hidden: &["tm_zone", "tm_gmtoff"],
    },
];

fn def_of(th: &Thread, o: &Obj) -> Option<&'static SeqDef> {
    def_of_type(th.type_of(o))
}

fn def_of_type(t: &Py<Type>) -> Option<&'static SeqDef> {
    let mut at = t.clone();
    loop {
        if let Some(d) = at.id.and_then(|id| SEQS.iter().find(|d| d.id == id)) {
            return Some(d);
        }
        at = at.base.get()?.into_py::<Type>().ok()?;
    }
}

/// A struct sequence of these items, then hidden fields.
pub fn make(th: &Thread, id: TypeId, items: Vec<Obj>, hidden: Vec<Obj>) -> Res {
    let t = th.tuple_as(Some(th.ty(id)), items)?;
    if let Some(d) = SEQS.iter().find(|d| d.id == id) {
        for (name, v) in d.hidden.iter().zip(hidden) {
            t.set_instance_attr(th, &th.intern(name), v)?;
        }
    }
    Ok(t)
}

fn item<const N: usize>(th: &Thread, o: &Obj) -> Res {
    match o.cast::<Tuple>().and_then(|t| t.items().get(N)) {
        Some(v) => Ok(v.clone()),
        None => Err(th.index_error("tuple index out of range")),
    }
}

static GETTERS: [fn(&Thread, &Obj) -> Res; 20] = [
    item::<0>, item::<1>, item::<2>, item::<3>, item::<4>, item::<5>, item::<6>, item::<7>,
    item::<8>, item::<9>, item::<10>, item::<11>, item::<12>, item::<13>, item::<14>, item::<15>,
    item::<16>, item::<17>, item::<18>, item::<19>,
];

fn repr(th: &Thread, o: &Obj) -> Res {
    let (Some(d), Some(t)) = (def_of(th, o), o.cast::<Tuple>()) else {
        return th.default_repr(o);
    };
    let mut text = format!("{}(", d.name);
    let mut names = d.fields.iter().copied();
    for (i, v) in t.items().iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        let name = match names.next() {
            Some("") if d.id == TypeId::StatResult => {
                ["st_atime", "st_mtime", "st_ctime"][(i - 7) % 3]
            }
            Some(n) => n,
            None => "",
        };
        text.push_str(&format!("{name}={}", th.repr(v)?.to_rust()));
    }
    text.push(')');
    th.str(&text)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let Some(d) = def_of_type(cls) else {
        return Err(th.type_error("not a struct sequence"));
    };
    let short = d.name;
    th.bind(short, "(sequence, dict={})", args, |a| {
        let mut items = th.collect(a.get(0)).map_err(|e| {
            if e.is(th, TypeId::TypeError) {
                th.type_error("constructor requires a sequence")
            } else {
                e
            }
        })?;
        let (min, max) = (d.fields.len(), d.fields.len() + d.hidden.len());
        if items.len() < min || items.len() > max {
            let (what, n) = if min == max {
                ("a", min)
            } else if items.len() < min {
                ("an at least", min)
            } else {
                ("an at most", max)
            };
            return Err(th.type_error(format!(
                "{short}() takes {what} {n}-sequence ({}-sequence given)",
                items.len()
            )));
        }
        let extra = items.split_off(min);
        let t = th.tuple_as(Some(cls), items)?;
        for (i, name) in d.hidden.iter().enumerate() {
            let v = match (extra.get(i), a.opt(1)) {
                (Some(v), _) => v.clone(),
                (None, Some(m)) => {
                    let k = th.intern(name);
                    match m.cast::<Dict>() {
                        Some(m) => m.get_str(th, name).unwrap_or(Obj::NONE),
                        None => match th.getitem(m, &k) {
                            Ok(v) => v,
                            Err(_) => Obj::NONE,
                        },
                    }
                }
                (None, None) => match (d.id, i) {
                    // The float times follow from the integer ones.
                    (TypeId::StatResult, 0..=2) => item_at(&t, 7 + i),
                    _ => Obj::NONE,
                },
            };
            t.set_instance_attr(th, &th.intern(name), v)?;
        }
        Ok(t)
    })
}

fn item_at(t: &Obj, i: usize) -> Obj {
    t.cast::<Tuple>()
        .and_then(|t| t.items().get(i).cloned())
        .unwrap_or(Obj::NONE)
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let items = match o.cast::<Tuple>() {
        Some(t) => th.tuple(t.items().to_vec())?,
        None => th.empty_tuple(),
    };
    let d = th.new_dict()?;
    if let Some(def) = def_of(th, o) {
        for name in def.hidden {
            if let Some(v) = o.instance_attr(th, &th.intern(name)) {
                d.set_str(th, name, v)?;
            }
        }
    }
    let args = th.tuple(vec![items, d.into_obj()])?;
    th.tuple(vec![th.type_of(o).obj().clone(), args])
}

fn replace(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let (Some(d), Some(t)) = (def_of(th, o), o.cast::<Tuple>()) else {
        return Err(th.type_error("not a struct sequence"));
    };
    let mut items = t.items().to_vec();
    let hidden: Vec<Obj> = d
        .hidden
        .iter()
        .map(|n| o.instance_attr(th, &th.intern(n)).unwrap_or(Obj::NONE))
        .collect();
    let mut hidden = hidden;
    if let Some(kw) = a.opt(1).and_then(|k| k.cast::<Dict>()) {
        for (k, v) in kw.items() {
            let name = th.str_text(&k);
            if let Some(i) = d.fields.iter().position(|f| *f == name) {
                items[i] = v;
            } else if let Some(i) = d.hidden.iter().position(|f| *f == name) {
                hidden[i] = v;
            } else {
                return Err(th.type_error(format!("Got unexpected field name(s): ['{name}']")));
            }
        }
    }
    make(th, d.id, items, hidden)
}

fn init(th: &Thread, t: &Py<Type>) -> Res<()> {
    let Some(d) = t.id.and_then(|id| SEQS.iter().find(|d| d.id == id)) else {
        return Ok(());
    };
    let mut names = Vec::new();
    for (i, name) in d.fields.iter().enumerate() {
        if name.is_empty() {
            continue;
        }
        names.push(th.intern(name));
        // One definition a field, kept for the life of the process: the tables are static in number.
        let def = field_def(name, i);
        let o = crate::builtins::descriptors::native_member(th, def, t);
        t.dict.set_str(th, name, o)?;
    }
    t.dict.set_str(th, "__match_args__", th.tuple(names)?)?;
    let n = |n: usize| Obj::small_int(n as i64);
    t.dict.set_str(th, "n_sequence_fields", n(d.fields.len()))?;
    t.dict
        .set_str(th, "n_fields", n(d.fields.len() + d.hidden.len()))?;
    t.dict.set_str(
        th,
        "n_unnamed_fields",
        n(d.fields.iter().filter(|f| f.is_empty()).count()),
    )
}

/// The getter of a field, made once in the process.
fn field_def(name: &'static str, i: usize) -> &'static GetSetDef {
    use threadsnake_threads::sync::{LazyLock, Mutex};
    static MADE: LazyLock<Mutex<foldhash::HashMap<(&'static str, usize), &'static GetSetDef>>> =
        LazyLock::new(Mutex::default);
    MADE.lock()
        .entry((name, i))
        .or_insert_with(|| Box::leak(Box::new(GetSetDef::ro(name, GETTERS[i.min(19)]))))
}

/// `new` of those of which a program makes none.
fn none_made(th: &Thread, cls: &Py<Type>, _: CallArgs<'_>) -> Res {
    let name = def_of_type(cls).map_or("", |d| d.name);
    Err(th.type_error(format!("cannot create '{name}' instances")))
}

macro_rules! seq_types {
    ($($name:ident $id:ident $new:ident $text:literal;)*) => {
        $(static $name: TypeDef = TypeDef {
            base: TypeId::Tuple,
            flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::SEQUENCE,
            slots: Slots { new: Some($new), repr: Some(repr), ..Slots::NONE },
            methods: &[
                MethodDef::new("__reduce__", "($self, /)", reduce),
                MethodDef::new("__replace__", "($self, /, **changes)", replace),
            ],
            init: Some(init),
            ..TypeDef::new(TypeId::$id, $text, Tuple::LAYOUT)
        };)*
        /// Their types.
        pub static TYPES: &[&TypeDef] = &[$(&$name),*];
    };
}

seq_types! {
    VERSION_INFO SysVersionInfo none_made "sys.version_info";
    FLAGS SysFlags none_made "sys.flags";
    HASH_INFO SysHashInfo new "sys.hash_info";
    FLOAT_INFO SysFloatInfo new "sys.float_info";
    INT_INFO SysIntInfo new "sys.int_info";
    THREAD_INFO SysThreadInfo new "sys.thread_info";
    ASYNCGEN_HOOKS AsyncGenHooks new "sys.asyncgen_hooks";
    UNRAISABLE UnraisableHookArgs new "sys.UnraisableHookArgs";
    EXCEPT_HOOK ExceptHookArgs new "_thread._ExceptHookArgs";
    STAT_RESULT StatResult new "os.stat_result";
    TERMINAL_SIZE TerminalSize new "os.terminal_size";
    UNAME UnameResult new "posix.uname_result";
    TIMES TimesResult new "posix.times_result";
    STATVFS StatvfsResult new "os.statvfs_result";
    WAITID_RESULT WaitidResult new "posix.waitid_result";
    STRUCT_SIGINFO StructSiginfo new "signal.struct_siginfo";
    STRUCT_TIME StructTime new "time.struct_time";
    STRUCT_PASSWD StructPasswd new "pwd.struct_passwd";
    STRUCT_GROUP StructGroup new "grp.struct_group";
    STRUCT_RUSAGE StructRusage new "resource.struct_rusage";
}
