//! `sys.monitoring`: which tools want which events, and telling them.
//!
//! The state is the runtime's. Its lock is held for a moment, never while a callback runs or anything is dropped. Threads
//! keep a copy of whether anybody wants anything (`Tracing::monitored`), which they renew at a safepoint when it changes.

use super::{At, Event, With, unwatched};
use crate::interp::frameobj;
use crate::object::{Obj, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use foldhash::{HashMap, HashSet};
use smallvec::SmallVec;
use threadsnake_threads::record;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};
use threadsnake_threads::sync::{Mutex, OnceLock};

/// The events in the order of their bits; those from `RAISE` on are not local to a code object.
pub const EVENTS: [&str; 19] = [
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
pub const LOCAL_EVENTS: u32 = 11;
pub const TOOLS: usize = 6;
const CALL: u32 = 1 << 4;
/// The old event for both ways of a branch.
const BRANCH: usize = 18;

/// A tool that uses its number.
#[derive(Default)]
pub struct Tool {
    pub name: Option<Obj>,
    pub callbacks: [Option<Obj>; EVENTS.len()],
    /// Events wanted everywhere.
    pub events: u32,
    /// Events wanted in one code object, by its address.
    local: HashMap<u64, Local>,
}

/// What a tool wants of one code object.
struct Local {
    /// Held, so that its address stays its own.
    _code: Obj,
    events: u32,
    /// Places (instruction and event) whose events it does not want any more.
    disabled: HashSet<(u32, u8)>,
}

impl Tool {
    /// One that wants nothing yet.
    pub fn new(name: Obj) -> Tool {
        Tool {
            name: Some(name),
            ..Tool::default()
        }
    }
}

impl Local {
    fn new(code: Obj) -> Local {
        Local {
            _code: code,
            events: 0,
            disabled: HashSet::default(),
        }
    }
}

/// See the module's head.
#[derive(Default)]
pub struct State {
    pub tools: Mutex<[Option<Tool>; TOOLS]>,
    /// What a callback returns to hear no more of a place.
    pub disable: OnceLock<Obj>,
    /// What stands for an argument that a call does not have.
    pub missing: OnceLock<Obj>,
    /// Somebody wants something. Written under the lock of `tools`.
    active: AtomicBool,
}

/// The runtime's.
pub fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// What a tool wants in a code object.
pub fn local_events(th: &Thread, id: usize, code: &Obj) -> u32 {
    let tools = state(th).tools.lock();
    tools[id]
        .as_ref()
        .and_then(|t| t.local.get(&code.value().0))
        .map_or(0, |l| l.events)
}

/// Sets what a tool wants everywhere.
pub fn set_events(th: &Thread, id: usize, events: u32) {
    if let Some(t) = &mut state(th).tools.lock()[id] {
        t.events = events;
    }
    changed(th);
}

/// Sets what a tool wants in a code object.
pub fn set_local_events(th: &Thread, id: usize, code: &Obj, events: u32) {
    if let Some(t) = &mut state(th).tools.lock()[id] {
        t.local
            .entry(code.value().0)
            .or_insert_with(|| Local::new(code.clone()))
            .events = events;
    }
    changed(th);
}

/// A tool gives up its callbacks and events, and its number if `free`.
pub fn clear(th: &Thread, id: usize, free: bool) {
    let old = {
        let mut tools = state(th).tools.lock();
        let name = match free {
            true => None,
            false => tools[id].as_ref().map(|t| t.name.clone()),
        };
        let new = name.map(|name| Tool {
            name,
            ..Tool::default()
        });
        std::mem::replace(&mut tools[id], new)
    };
    drop(old);
    changed(th);
}

/// Places that were turned off are wanted again.
pub fn restart(th: &Thread) {
    for tool in state(th).tools.lock().iter_mut().flatten() {
        for l in tool.local.values_mut() {
            l.disabled.clear();
        }
    }
}

fn changed(th: &Thread) {
    let s = state(th);
    {
        let tools = s.tools.lock();
        let wanted = |t: &Tool| t.events != 0 || t.local.values().any(|l| l.events != 0);
        let active = tools.iter().flatten().any(wanted);
        s.active.store(active, Ordering::Release);
    }
    th.rt().domain.request_all(record::PENDING);
    refresh(th);
}

/// Renews what the thread knows.
pub fn refresh(th: &Thread) {
    let active = state(th).active.load(Ordering::Acquire);
    if th.tracing.monitored.replace(active) != active {
        th.tracing.update();
    }
}

type Callbacks = SmallVec<[(usize, u8, Obj); 2]>;

/// The callbacks for an event at an instruction of a code object.
fn callbacks(th: &Thread, code: Value, index: u32, event: Event) -> Callbacks {
    let mut found = Callbacks::new();
    let n = event as u8;
    let wanted_by = match event {
        // The two come with `CALL`.
        Event::CReturn | Event::CRaise => CALL,
        _ => 1 << n,
    };
    let branch = matches!(event, Event::BranchLeft | Event::BranchRight);
    let tools = state(th).tools.lock();
    for (id, tool) in tools.iter().enumerate() {
        let Some(tool) = tool else { continue };
        let local = tool.local.get(&code.0);
        let events = tool.events | local.map_or(0, |l| l.events);
        let mut add = |bit: u8, wanted: bool| {
            let off = || local.is_some_and(|l| l.disabled.contains(&(index, bit)));
            if let Some(f) = &tool.callbacks[bit as usize]
                && wanted
                && !off()
            {
                found.push((id, bit, f.clone()));
            }
        };
        add(n, events & wanted_by != 0);
        if branch {
            add(BRANCH as u8, events & 1 << BRANCH != 0);
        }
    }
    found
}

/// Calls the tools that want to hear of an event.
pub(super) fn fire(th: &Thread, at: &At, event: Event, with: &With<'_>) -> Res<()> {
    // SAFETY: the running record.
    let code = unsafe { crate::object::obj::owner_of(&*(*at.f).code) };
    let found = callbacks(th, code.obj().value(), at.index, event);
    if found.is_empty() {
        return Ok(());
    }
    let code = at.code();
    let offset = |index: u32| Obj::small_int(i64::from(frameobj::offset(index as usize)));
    let s = state(th);
    let mut args: SmallVec<[Obj; 4]> = SmallVec::new();
    args.push(code.clone());
    args.push(match event {
        Event::Line => Obj::small_int(i64::from(at.line(th))),
        Event::Start => Obj::small_int(0),
        _ => offset(at.index),
    });
    match with {
        With::Nothing => {}
        With::Value(v) => args.push((*v).clone()),
        With::Call(f, first) => {
            args.push((*f).clone());
            let missing = || s.missing.get().cloned().unwrap_or(Obj::NONE);
            args.push(first.cloned().unwrap_or_else(missing));
        }
        With::To(index) => args.push(offset(*index)),
    }
    for (id, bit, f) in found {
        let r = unwatched(th, || th.call(&f, &args))?;
        if s.disable.get().is_some_and(|d| d.is(&r)) {
            turn_off(th, id, bit, at.index, &code)?;
        }
    }
    Ok(())
}

/// A callback wants to hear no more of a place.
fn turn_off(th: &Thread, id: usize, bit: u8, index: u32, code: &Obj) -> Res<()> {
    let local = u32::from(bit) < LOCAL_EVENTS || usize::from(bit) == BRANCH;
    let old = {
        let mut tools = state(th).tools.lock();
        match &mut tools[id] {
            Some(t) if local => {
                t.local
                    .entry(code.value().0)
                    .or_insert_with(|| Local::new(code.clone()))
                    .disabled
                    .insert((index, bit));
                None
            }
            Some(t) => t.callbacks[usize::from(bit)].take(),
            None => None,
        }
    };
    drop(old);
    if local {
        return Ok(());
    }
    Err(not_local(th, bit))
}

fn not_local(th: &Thread, bit: u8) -> Exc {
    th.value_error(format!(
        "Cannot disable {} events. Callback removed.",
        EVENTS[usize::from(bit)]
    ))
}
