//! `sys.monitoring`: tools, their callbacks and the numbers of the events. Telling them is `interp::trace::monitor`'s.

use crate::interp::trace::monitor::{self, EVENTS, LOCAL_EVENTS, TOOLS, Tool};
use crate::modules::prelude::*;

const CALL: i64 = 1 << 4;
const C_RETURN_OR_RAISE: i64 = 1 << 16 | 1 << 17;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("use_tool_id", "(tool_id, name, /)", use_tool_id),
        MethodDef::new("clear_tool_id", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            monitor::clear(th, id, false);
            Ok(Obj::NONE)
        }),
        MethodDef::new("free_tool_id", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            monitor::clear(th, id, true);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_tool", "(tool_id, /)", |th, a| {
            let id = tool_id(th, a.get(0))?;
            let tools = monitor::state(th).tools.lock();
            let name = tools[id].as_ref().and_then(|t| t.name.clone());
            Ok(name.unwrap_or(Obj::NONE))
        }),
        MethodDef::new(
            "register_callback",
            "(tool_id, event, func, /)",
            register_callback,
        ),
        MethodDef::new("get_events", "(tool_id, /)", |th, a| {
            let id = in_use(th, a.get(0))?;
            let tools = monitor::state(th).tools.lock();
            let events = tools[id].as_ref().map_or(0, |t| t.events);
            Ok(Obj::small_int(i64::from(events)))
        }),
        MethodDef::new("set_events", "(tool_id, event_set, /)", |th, a| {
            tool_id(th, a.get(0))?;
            let set = event_set(th, a.get(1), EVENTS.len() as u32)?;
            let id = in_use(th, a.get(0))?;
            monitor::set_events(th, id, set);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_local_events", "(tool_id, code, /)", |th, a| {
            code(th, a.get(1))?;
            let id = in_use(th, a.get(0))?;
            let events = monitor::local_events(th, id, a.get(1));
            Ok(Obj::small_int(i64::from(events)))
        }),
        MethodDef::new(
            "set_local_events",
            "(tool_id, code, event_set, /)",
            |th, a| {
                code(th, a.get(1))?;
                let id = in_use(th, a.get(0))?;
                let set = event_set(th, a.get(2), EVENTS.len() as u32)?;
                let branch = 1 << (EVENTS.len() - 1);
                if (set & !branch) >> LOCAL_EVENTS != 0 {
                    return Err(th.value_error(format!("invalid local event set 0x{set:x}")));
                }
                monitor::set_local_events(th, id, a.get(1), set);
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new("restart_events", "()", |th, _| {
            monitor::restart(th);
            Ok(Obj::NONE)
        }),
        MethodDef::new("_all_events", "()", all_events),
    ],
    doc: "Which tools watch the running of code.",
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
        put(th, &m, name, mark.clone())?;
        let state = monitor::state(th);
        let place = match name {
            "DISABLE" => &state.disable,
            _ => &state.missing,
        };
        let _ = place.set(mark);
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
    if monitor::state(th).tools.lock()[id].is_none() {
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

fn event_set(th: &Thread, o: &Obj, bits: u32) -> Res<u32> {
    let set = th.index_i64(o)?;
    if set < 0 || set >> bits != 0 {
        return Err(th.value_error(format!("invalid event set 0x{set:x}")));
    }
    // The two come with `CALL`, not for themselves.
    if set & C_RETURN_OR_RAISE != 0 && set & CALL == 0 {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    // They come with `CALL`.
    Ok((set & !C_RETURN_OR_RAISE) as u32)
}

/// Which tools want which events everywhere.
fn all_events(th: &Thread, _a: Args<'_>) -> Res {
    let d = th.new_dict()?;
    for (bit, name) in EVENTS.iter().enumerate() {
        let mut tools = 0;
        for (id, tool) in monitor::state(th).tools.lock().iter().enumerate() {
            if tool.as_ref().is_some_and(|t| t.events & 1 << bit != 0) {
                tools |= 1 << id;
            }
        }
        if tools != 0 {
            d.set_str(th, name, Obj::small_int(tools))?;
        }
    }
    Ok(d.into_obj())
}

fn use_tool_id(th: &Thread, a: Args<'_>) -> Res {
    let id = tool_id(th, a.get(0))?;
    if a.get(1).cast::<Str>().is_none() {
        return Err(th.value_error("tool name must be a str"));
    }
    let tool = Tool::new(a.get(1).clone());
    let mut all = monitor::state(th).tools.lock();
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
    let old = match &mut monitor::state(th).tools.lock()[id] {
        Some(t) => std::mem::replace(&mut t.callbacks[bit], new),
        None => None,
    };
    Ok(old.unwrap_or(Obj::NONE))
}
