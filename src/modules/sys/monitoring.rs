//! `sys.monitoring`, as far as it goes: tools may be registered, and callbacks named. There are no events yet, so whoever
//! asks for some gets an error that says so; asking for none is allowed.

use crate::modules::prelude::*;
use threadsnake_threads::sync::Mutex;

const TOOLS: usize = 6;

/// Names of the events, in the order of their bits.
const EVENTS: &[&str] = &[
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

/// What a runtime knows.
#[derive(Default)]
struct State {
    tools: Mutex<[Option<Obj>; TOOLS]>,
    callbacks: Mutex<foldhash::HashMap<(usize, i64), Obj>>,
}

/// `sys.monitoring`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("use_tool_id", "(tool_id, name, /)", |th, a| {
            let i = tool(th, a.get(0))?;
            if a.get(1).cast::<Str>().is_none() {
                return Err(th.value_error("tool name must be a str"));
            }
            let st = th.rt().module_state::<State>();
            let mut tools = st.tools.lock();
            if tools[i].is_some() {
                drop(tools);
                return Err(th.value_error(format!("tool {i} is already in use")));
            }
            tools[i] = Some(a.get(1).clone());
            Ok(Obj::NONE)
        }),
        MethodDef::new("clear_tool_id", "(tool_id, /)", |th, a| {
            let i = in_use(th, a.get(0))?;
            clear(th, i);
            Ok(Obj::NONE)
        }),
        MethodDef::new("free_tool_id", "(tool_id, /)", |th, a| {
            let i = tool(th, a.get(0))?;
            clear(th, i);
            let old = th.rt().module_state::<State>().tools.lock()[i].take();
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_tool", "(tool_id, /)", |th, a| {
            let i = tool(th, a.get(0))?;
            let name = th.rt().module_state::<State>().tools.lock()[i].clone();
            Ok(name.unwrap_or(Obj::NONE))
        }),
        MethodDef::new("register_callback", "(tool_id, event, func, /)", |th, a| {
            let i = tool(th, a.get(0))?;
            let event = th.index_i64(a.get(1))?;
            if event <= 0 || event.count_ones() != 1 || event >= 1 << EVENTS.len() {
                return Err(th.value_error(format!("invalid event {event}")));
            }
            let st = th.rt().module_state::<State>();
            let old = match a.get(2) {
                f if f.is_none() => st.callbacks.lock().remove(&(i, event)),
                f => st.callbacks.lock().insert((i, event), f.clone()),
            };
            Ok(old.unwrap_or(Obj::NONE))
        }),
        MethodDef::new("get_events", "(tool_id, /)", |th, a| {
            in_use(th, a.get(0))?;
            Ok(Obj::small_int(0))
        }),
        MethodDef::new("set_events", "(tool_id, event_set, /)", |th, a| {
            in_use(th, a.get(0))?;
            none_wanted(th, a.get(1))
        }),
        MethodDef::new("get_local_events", "(tool_id, code, /)", |th, a| {
            in_use(th, a.get(0))?;
            Ok(Obj::small_int(0))
        }),
        MethodDef::new(
            "set_local_events",
            "(tool_id, code, event_set, /)",
            |th, a| {
                in_use(th, a.get(0))?;
                none_wanted(th, a.get(2))
            },
        ),
        MethodDef::new("restart_events", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("_all_events", "()", |th, _| Ok(th.new_dict()?.into_obj())),
    ],
    init: Some(|th, m| {
        let space = th.ty(TypeId::SimpleNamespace).obj().clone();
        let events = th.call(&space, &[])?;
        for (i, name) in EVENTS.iter().enumerate() {
            th.setattr(&events, name, Obj::small_int(1 << i))?;
        }
        th.setattr(&events, "NO_EVENTS", Obj::small_int(0))?;
        put(th, m, "events", events)?;
        for (name, n) in [
            ("DEBUGGER_ID", 0),
            ("COVERAGE_ID", 1),
            ("PROFILER_ID", 2),
            ("OPTIMIZER_ID", 5),
        ] {
            put(th, m, name, Obj::small_int(n))?;
        }
        let object = th.ty(TypeId::Object).obj().clone();
        put(th, m, "DISABLE", th.call(&object, &[])?)?;
        put(th, m, "MISSING", th.call(&object, &[])?)
    }),
    ..ModuleDef::new("sys.monitoring")
};

fn tool(th: &Thread, o: &Obj) -> Res<usize> {
    let n = th.index_i64(o)?;
    usize::try_from(n)
        .ok()
        .filter(|&i| i < TOOLS)
        .ok_or_else(|| th.value_error(format!("invalid tool {n} (must be between 0 and 5)")))
}

fn in_use(th: &Thread, o: &Obj) -> Res<usize> {
    let i = tool(th, o)?;
    if th.rt().module_state::<State>().tools.lock()[i].is_none() {
        return Err(th.value_error(format!("tool {i} is not in use")));
    }
    Ok(i)
}

fn clear(th: &Thread, tool: usize) {
    let st = th.rt().module_state::<State>();
    let mut gone = Vec::new();
    st.callbacks.lock().retain(|k, f| {
        let keep = k.0 != tool;
        if !keep {
            gone.push(f.clone());
        }
        keep
    });
    drop(gone);
}

fn none_wanted(th: &Thread, events: &Obj) -> Res {
    match th.index_i64(events)? {
        0 => Ok(Obj::NONE),
        _ => Err(th.not_implemented_error("sys.monitoring: events are not supported")),
    }
}
