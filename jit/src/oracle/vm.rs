//! A small virtual machine for the oracle: a thread record, a register window, an arena of objects.

use crate::ir::{
    AllocInfo, Func, HelperDecl, boxed,
    interp::{Host, Point},
};
use crate::{ExitBuffer, FreeLists, Options, OwnLock, RuntimeCalls, ThreadLayout, VmLayout};

const HEADS: usize = 8;
const OWNER: u16 = 5;
/// Least guard word that is an order to leave.
const GUARD_LEAST: u32 = 2;
/// Words of the arena.
const WORDS: usize = 4096;
/// Words of the register window, at the start of the arena.
const WINDOW: usize = 64;
/// Fields of an object of a world.
const FIELDS: usize = 6;

/// What is in memory before a run.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The register window; `Slot::Obj(n)` is object number n.
    pub window: Vec<Slot>,
    /// Objects: shape and fields.
    pub objects: Vec<(u32, Vec<Slot>)>,
    /// How many objects may be made.
    pub allocations: u32,
}

/// A boxed value before addresses are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    /// Raw bits: a value that is no pointer.
    Bits(u64),
    /// An object of the world.
    Obj(usize),
}

impl Slot {
    /// An inline integer.
    pub fn int(x: i64) -> Slot {
        Slot::Bits(boxed::int(x))
    }
    /// A double.
    pub fn float(x: f64) -> Slot {
        Slot::Bits(boxed::float(x.to_bits()))
    }
}

#[repr(C)]
struct Record {
    guard: u32,
    owner: u16,
    data: *mut Data,
    vm: *mut Inner,
    maker: u16,
    using: u64,
}

#[repr(C)]
struct Data {
    exit_buffer: *mut ExitBuffer,
    heads: [u64; HEADS],
    returned: u64,
}

struct Inner {
    words: Vec<u128>,
    next: usize,
    first_fresh: usize,
    allocations: u32,
    destroyed: Vec<u64>,
}

/// When the interpreter is made to leave.
enum Leave {
    Never,
    BackEdges,
    Safepoints,
}

/// The machine.
pub struct TestVm {
    leave: Leave,
    record: Box<Record>,
    data: Box<Data>,
    inner: Box<Inner>,
    buffer: Box<ExitBuffer>,
    objects: usize,
}

impl TestVm {
    /// Sets memory up.
    pub fn new(world: &World) -> TestVm {
        let mut inner = Box::new(Inner {
            words: vec![0; WORDS / 2],
            next: WINDOW + world.objects.len() * (2 + FIELDS),
            first_fresh: WINDOW + world.objects.len() * (2 + FIELDS),
            allocations: world.allocations,
            destroyed: Vec::new(),
        });
        let mut buffer = Box::<ExitBuffer>::default();
        let mut data = Box::new(Data {
            exit_buffer: &mut *buffer,
            heads: [0; HEADS],
            returned: 0,
        });
        let record = Box::new(Record {
            guard: 0,
            owner: OWNER,
            maker: OWNER,
            using: 0,
            data: &mut *data,
            vm: &mut *inner,
        });
        let mut vm = TestVm {
            leave: Leave::Never,
            record,
            data,
            inner,
            buffer,
            objects: world.objects.len(),
        };
        let value = |vm: &TestVm, s: Slot| match s {
            Slot::Bits(b) => b,
            Slot::Obj(n) => vm.object(n),
        };
        for (n, s) in world.window.iter().take(WINDOW).enumerate() {
            let v = value(&vm, *s);
            vm.set(n, v);
        }
        for (n, (shape, fields)) in world.objects.iter().enumerate() {
            let at = WINDOW + n * (2 + FIELDS);
            // References: many, so that no test drops the last one by mistake; odd objects have exactly two.
            let count = if n % 2 == 1 { 2u64 } else { 100 };
            vm.set(at, u64::from(*shape) | count << 32);
            vm.set(at + 1, u64::from(OWNER) << 32);
            for (k, s) in fields.iter().take(FIELDS).enumerate() {
                let v = value(&vm, *s);
                vm.set(at + 2 + k, v);
            }
        }
        vm.fill_free_list();
        vm
    }

    /// Three free objects of 32 bytes, so that compiled code takes both ways of allocation.
    fn fill_free_list(&mut self) {
        let mut next = 0;
        for _ in 0..3 {
            let p = self.start() + 8 * self.inner.next as u64;
            self.inner.next += 4;
            self.store(p + 16, 8, next);
            next = p;
        }
        self.data.heads[2] = next;
    }

    /// The options that fit this machine.
    pub fn options() -> Options {
        let offset = |n: usize| n as i32;
        Options::new(VmLayout {
            thread: ThreadLayout {
                data: Some(offset(core::mem::offset_of!(Record, data))),
                exit_buffer: offset(core::mem::offset_of!(Data, exit_buffer)),
                guard_word: offset(core::mem::offset_of!(Record, guard)),
                guard_least: GUARD_LEAST as i32,
                flag: offset(core::mem::offset_of!(Record, guard)),
                owner_slot: offset(core::mem::offset_of!(Record, owner)),
                returned: offset(core::mem::offset_of!(Data, returned)),
                free_lists: Some(FreeLists {
                    holder: None,
                    heads: offset(core::mem::offset_of!(Data, heads)),
                    classes: &[0, 1, 2, 3, 4, 5, 6, 7],
                    link: 16,
                    allocated: None,
                }),
                single_flags: 0,
            },
            calls: RuntimeCalls {
                zero: rt_zero as *const () as u64,
                incref_shared: rt_incref as *const () as u64,
                decref_shared: rt_decref as *const () as u64,
                publish: rt_publish as *const () as u64,
                alloc: rt_alloc as *const () as u64,
            },
            own_lock: Some(OwnLock {
                maker: offset(core::mem::offset_of!(Record, maker)),
                using: offset(core::mem::offset_of!(Record, using)),
            }),
        })
    }

    /// The thread record.
    pub fn thread(&mut self) -> u64 {
        &raw mut *self.record as u64
    }
    /// The register window.
    pub fn base(&self) -> u64 {
        self.start()
    }
    /// The object on which the thread works under its own lock, or 0.
    pub fn using(&mut self) -> &mut u64 {
        &mut self.record.using
    }
    /// Of whose objects it may take the lock so; at first the owner of all.
    pub fn maker(&mut self) -> &mut u16 {
        &mut self.record.maker
    }
    /// The exit buffer.
    pub fn buffer(&self) -> &ExitBuffer {
        &self.buffer
    }
    /// Makes the interpreter leave at every back edge with a safepoint, as patched Single code does.
    pub fn leave_at_back_edges(&mut self) {
        self.leave = Leave::BackEdges;
    }
    /// Start of the arena.
    pub fn start(&self) -> u64 {
        self.inner.words.as_ptr() as u64
    }
    /// Sets the word that makes Multi code leave at a safepoint.
    pub fn set_guard(&mut self, on: bool) {
        self.record.guard = if on { GUARD_LEAST } else { GUARD_LEAST - 1 };
        self.leave = if on { Leave::Safepoints } else { Leave::Never };
    }
    /// Address of an object of the world.
    pub fn object(&self, n: usize) -> u64 {
        self.start() + 8 * (WINDOW + n * (2 + FIELDS)) as u64
    }
    fn set(&mut self, word: usize, bits: u64) {
        let at = self.start() + 8 * word as u64;
        self.store(at, 8, bits);
    }

    /// An object made during the run: shape and fields.
    pub fn fresh(&self, v: u64) -> Option<(u32, Vec<u64>)> {
        let first = self.start() + 8 * self.inner.first_fresh as u64;
        let end = self.start() + 8 * self.inner.next as u64;
        if v < first || v >= end || !v.is_multiple_of(16) {
            return None;
        }
        // The size is kept in the last bytes of the shared count's word, unused by the machine.
        let size = object_words(self.peek(v + 8));
        Some((
            self.peek(v) as u32,
            (2..size).map(|k| self.peek(v + 8 * k)).collect(),
        ))
    }

    fn peek(&self, addr: u64) -> u64 {
        // SAFETY: callers pass addresses inside the arena.
        unsafe { (addr as *const u64).read() }
    }

    /// Changes the count of an object of the arena.
    pub fn count(&mut self, v: u64, by: i32) {
        if boxed::is_obj(v) {
            let n = self.load(v + boxed::LOCAL as u64, 4) as u32;
            self.store(
                v + boxed::LOCAL as u64,
                4,
                u64::from(n.wrapping_add_signed(by)),
            );
        }
    }

    /// Window, objects of the world, and what was destroyed; addresses relative to the arena.
    pub fn memory(&self) -> Vec<u64> {
        let relative = |v: u64| match boxed::is_obj(v) {
            true if self.fresh(v).is_some() => 0xF4E5_0000,
            true if v.wrapping_sub(self.start()) < 8 * WORDS as u64 => {
                v.wrapping_sub(self.start()) | 1 << 47
            }
            _ => v,
        };
        let words = 0..WINDOW + self.objects * (2 + FIELDS);
        let mut out: Vec<u64> = words
            .map(|n| relative(self.peek(self.start() + 8 * n as u64)))
            .collect();
        out.extend(
            self.inner
                .destroyed
                .iter()
                .map(|o| relative(*o))
                .filter(|o| *o != 0xF4E5_0000),
        );
        out
    }

    /// The addresses of the helpers that a function names: see [`HELPERS`].
    pub fn bind(f: &mut Func) {
        for h in &mut f.helpers {
            h.addr = HELPERS
                .iter()
                .find(|x| x.0 == h.name)
                .map_or(0, |x| x.1 as u64);
        }
    }
}

/// Words of an object made during the run: the slow way notes the size beside the shared count, the free list of
/// compiled code gives 32 bytes and a shared count of 0.
fn object_words(second: u64) -> u64 {
    match u64::from(second as u32 >> 8) / 8 {
        0 => 4,
        n => n,
    }
}

impl Inner {
    /// Notes the end of an object; one made during the run drops the references of its fields.
    fn destroy(&mut self, obj: u64) {
        self.destroyed.push(obj);
        let start = self.words.as_ptr() as u64;
        let first = start + 8 * self.first_fresh as u64;
        let end = start + 8 * self.next as u64;
        let inside = |v: u64| boxed::is_obj(v) && v >= start && v < end;
        if obj < first || !inside(obj) {
            return;
        }
        // SAFETY: the object lies in the arena, and so do those that its fields name.
        unsafe {
            let size = object_words(((obj + 8) as *const u64).read());
            for k in 2..size {
                let v = ((obj + 8 * k) as *const u64).read();
                if inside(v) {
                    let count = (v + boxed::LOCAL as u64) as *mut u32;
                    count.write(count.read().wrapping_sub(1));
                    if count.read() as i32 <= 0 {
                        self.destroy(v);
                    }
                }
            }
        }
    }

    fn alloc(&mut self, info: AllocInfo) -> Option<u64> {
        let words = info.size.div_ceil(16) as usize * 2;
        if self.allocations == 0 || self.next + words > WORDS {
            return None;
        }
        self.allocations -= 1;
        let p = self.words.as_ptr() as u64 + 8 * self.next as u64;
        self.next += words;
        let flags = u64::from(OWNER) << 32 | u64::from(info.flags) << 56;
        // SAFETY: inside the arena, checked above.
        unsafe {
            (p as *mut u64).write(u64::from(info.shape) | 1 << 32);
            ((p + 8) as *mut u64).write(u64::from(info.size) << 8 | flags);
        }
        Some(p)
    }
}

impl Host for TestVm {
    fn load(&mut self, addr: u64, width: u8) -> u64 {
        // SAFETY: tests address the arena and the thread record only.
        unsafe {
            match width {
                1 => u64::from((addr as *const u8).read()),
                4 => u64::from((addr as *const u32).read()),
                _ => (addr as *const u64).read(),
            }
        }
    }
    fn store(&mut self, addr: u64, width: u8, val: u64) {
        // SAFETY: tests address the arena and the thread record only.
        unsafe {
            match width {
                1 => (addr as *mut u8).write(val as u8),
                4 => (addr as *mut u32).write(val as u32),
                _ => (addr as *mut u64).write(val),
            }
        }
    }
    fn call(&mut self, helper: &HelperDecl, a: &[u64]) -> u64 {
        let f = f64::from_bits;
        match helper.name.as_str() {
            "mix" => mix(a[0] as i64, a[1] as i64) as u64,
            "hypot" => hypot(f(a[0]), f(a[1])).to_bits(),
            "bump" => bump(a[0] as *mut u64, a[1] as i64) as u64,
            "weigh" => weigh(f(a[0]), a[1] as i64, f(a[2])).to_bits(),
            _ => 0,
        }
    }
    fn alloc(&mut self, info: AllocInfo) -> Option<u64> {
        self.inner.alloc(info)
    }
    fn destroy(&mut self, obj: u64) {
        self.inner.destroy(obj);
    }
    fn leave(&mut self, at: Point) -> bool {
        match self.leave {
            Leave::Never => false,
            Leave::BackEdges => at == Point::BackEdge,
            Leave::Safepoints => at != Point::Patch,
        }
    }
}

/// Helpers that functions of tests may declare: `mix(i64, i64) -> i64`, `hypot(f64, f64) -> f64`,
/// `bump(obj, i64) -> i64` which adds to the first field, `weigh(f64, i64, f64) -> f64`.
pub const HELPERS: &[(&str, *const ())] = &[
    ("mix", mix as *const ()),
    ("hypot", hypot as *const ()),
    ("bump", bump as *const ()),
    ("weigh", weigh as *const ()),
];

extern "C" fn mix(a: i64, b: i64) -> i64 {
    a.wrapping_mul(31).wrapping_add(b ^ 0x55)
}
extern "C" fn hypot(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}
extern "C" fn weigh(a: f64, n: i64, b: f64) -> f64 {
    a * n as f64 - b
}
extern "C" fn bump(obj: *mut u64, by: i64) -> i64 {
    // SAFETY: tests pass objects of the arena, which have a first field.
    unsafe {
        let field = obj.add(2);
        let n = boxed::to_int(field.read()).wrapping_add(by);
        field.write(boxed::int(n));
        n
    }
}

extern "C" fn rt_zero(thread: *mut Record, obj: u64) {
    // SAFETY: compiled code passes the record of the machine that runs it.
    unsafe { (*(*thread).vm).destroy(obj) }
}
extern "C" fn rt_incref(_thread: *mut Record, obj: u64) {
    rt_count(obj, 1);
}
extern "C" fn rt_publish(_thread: *mut Record, obj: u64) {
    // SAFETY: compiled code passes objects of the arena.
    unsafe { *((obj + boxed::FLAGS as u64) as *mut u8) |= boxed::PUBLISHED as u8 }
}
extern "C" fn rt_decref(_thread: *mut Record, obj: u64) {
    rt_count(obj, u32::MAX);
}
fn rt_count(obj: u64, by: u32) {
    // SAFETY: compiled code passes objects.
    unsafe {
        let p = (obj + boxed::SHARED as u64) as *mut u32;
        p.write(p.read().wrapping_add(by));
    }
}
extern "C" fn rt_alloc(thread: *mut Record, size: u64, shape_flags: u64) -> u64 {
    let info = AllocInfo {
        size: size as u32,
        shape: shape_flags as u32,
        flags: (shape_flags >> 32) as u8,
    };
    // SAFETY: compiled code passes the record of the machine that runs it.
    unsafe { (*(*thread).vm).alloc(info).unwrap_or(0) }
}
