//! `sys.monitoring`: tools, their callbacks and the numbers of the events. The interpreter reports no events yet: to set
//! any raises an error that says so, so that no tool waits for what does not come.

use crate::modules::prelude::*;
use threadsnake_threads::sync::Mutex;

/// The events in the order of their bits; those from `RAISE` on are not local to a code object.
const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];
/// How many of them can be asked for in a single code object.
const LOCAL_EVENTS: u32 = 11;
const CALL: i64 = 1 << 4;
const C_RETURN_OR_RAISE: i64 = 1 << 16 | 1 << 17;
const TOOLS: usize = 6;

/// A tool that uses its number.
struct Tool {
    name: Obj,
    callbacks: [Option<Obj>; EVENTS.len()],
}

/// The tools of a runtime. The lock is held for a moment; what is replaced is dropped after it.
#[derive(Default)]
struct State {
    tools: Mutex<[Option<Tool>; TOOLS]>,
}

fn tools(th: &Thread) -> &Mutex<[Option<Tool>; TOOLS]> {
    &th.rt().module_state::<State>().tools
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("use_tool_id", "(tool_id, name, /)", use_tool_id),
        MethodDef::new("clear_tool_id", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            let old = match &mut tools(th).lock()[id] {
                Some(t) => std::mem::take(&mut t.callbacks),
                None => Default::default(),
            };
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("free_tool_id", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            let old = tools(th).lock()[id].take();
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_tool", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            let name = tools(th).lock()[id].as_ref().map(|t| t.name.clone());
            Ok(name.unwrap_or(Obj::NONE))
        }),
        MethodDef::new(
            "register_callback",
            "(tool_id, event, func, /)",
            register_callback,
        ),
        MethodDef::new("get_events", "(tool_id, /)", |th, a| {
            in_use(th, a.get(0))?;
            Ok(Obj::small_int(0))
        }),
        MethodDef::new("set_events", "(tool_id, event_set, /)", |th, a| {
            tool_id(th, a.get(0))?;
            let set = event_set(th, a.get(1), EVENTS.len() as u32)?;
            in_use(th, a.get(0))?;
            unsupported(th, set)
        }),
        MethodDef::new("get_local_events", "(tool_id, code, /)", |th, a| {
            code(th, a.get(1))?;
            in_use(th, a.get(0))?;
            Ok(Obj::small_int(0))
        }),
        MethodDef::new(
            "set_local_events",
            "(tool_id, code, event_set, /)",
            |th, a| {
                code(th, a.get(1))?;
                tool_id(th, a.get(0))?;
                let set = event_set(th, a.get(2), EVENTS.len() as u32)?;
                in_use(th, a.get(0))?;
                if set >> LOCAL_EVENTS != 0 {
                    return Err(th.value_error(format!("invalid local event set 0x{set:x}")));
                }
                unsupported(th, set)
            },
        ),
        MethodDef::new("restart_events", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("_all_events", "()", |th, _| Ok(th.new_dict()?.into_obj())),
    ],
    doc: "Which tools watch the running of code. No events are reported by this runtime.",
    ..ModuleDef::new("sys.monitoring")
};

/// Puts the module into `sys`.
pub fn start(th: &Thread, sys: &Py<Dict>) -> Res<()> {
    let m = crate::modules::import::make_native(th, &MODULE)?;
    for (name, id) in [
        ("DEBUGGER_ID", 0),
        ("COVERAGE_ID", 1),
        ("PROFILER_ID", 2),
        ("OPTIMIZER_ID", 5),
    ] {
        put(th, &m, name, Obj::small_int(id))?;
    }
    for name in ["DISABLE", "MISSING"] {
        let mark = th.call(th.ty(TypeId::Object).obj(), &[])?;
        put(th, &m, name, mark)?;
    }
    let bits: Vec<(&str, Obj)> = EVENTS
        .iter()
        .enumerate()
        .map(|(i, name)| (*name, Obj::small_int(1 << i)))
        .chain([("NO_EVENTS", Obj::small_int(0))])
        .collect();
    let events = th.call_kw(th.ty(TypeId::SimpleNamespace).obj(), &[], &bits)?;
    put(th, &m, "events", events)?;
    sys.set_str(th, "monitoring", m.into_obj())
}

fn tool_id(th: &Thread, o: &Obj) -> Res<usize> {
    let n = th.index_i64(o)?;
    match usize::try_from(n) {
        Ok(id) if id < TOOLS => Ok(id),
        _ => Err(th.value_error(format!("invalid tool {n} (must be between 0 and 5)"))),
    }
}

fn in_use(th: &Thread, o: &Obj) -> Res<usize> {
    let id = tool_id(th, o)?;
    if tools(th).lock()[id].is_none() {
        return Err(th.value_error(format!("tool {id} is not in use")));
    }
    Ok(id)
}

fn code(th: &Thread, o: &Obj) -> Res<()> {
    if o.cast::<crate::object::code::Code>().is_none() {
        return Err(th.type_error("code must be a code object"));
    }
    Ok(())
}

fn event_set(th: &Thread, o: &Obj, bits: u32) -> Res<i64> {
    let set = th.index_i64(o)?;
    if set < 0 || set >> bits != 0 {
        return Err(th.value_error(format!("invalid event set 0x{set:x}")));
    }
    // The two come with `CALL`, not for themselves.
    if set & C_RETURN_OR_RAISE != 0 && set & CALL == 0 {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    Ok(set)
}

fn unsupported(th: &Thread, set: i64) -> Res {
    if set != 0 {
        return Err(th.not_implemented_error("sys.monitoring: events are not supported"));
    }
    Ok(Obj::NONE)
}

fn use_tool_id(th: &Thread, a: Args<'_>) -> Res {
    let id = tool_id(th, a.get(0))?;
    if a.get(1).cast::<Str>().is_none() {
        return Err(th.value_error("tool name must be a str"));
    }
    let tool = Tool {
        name: a.get(1).clone(),
        callbacks: Default::default(),
    };
    let mut all = tools(th).lock();
    if all[id].is_some() {
        drop(all);
        return Err(th.value_error(format!("tool {id} is already in use")));
    }
    all[id] = Some(tool);
    Ok(Obj::NONE)
}

fn register_callback(th: &Thread, a: Args<'_>) -> Res {
    let id = tool_id(th, a.get(0))?;
    let event = th.index_i64(a.get(1))?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(th.value_error("The callback can only be set for one event at a time"));
    }
    let bit = event.trailing_zeros() as usize;
    if bit >= EVENTS.len() {
        return Err(th.value_error(format!("invalid event {event}")));
    }
    let new = Some(a.get(2)).filter(|f| !f.is_none()).cloned();
    let old = match &mut tools(th).lock()[id] {
        Some(t) => std::mem::replace(&mut t.callbacks[bit], new),
        None => None,
    };
    Ok(old.unwrap_or(Obj::NONE))
}
