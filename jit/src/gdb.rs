//! GDB's JIT interface ("JIT Compilation Interface" in its manual): a list of object files in memory, and a function
//! that the debugger has a breakpoint in.
//!
//! The list is one for the process, as the interface demands; it is the only state here that is not immutable, and
//! is changed under a lock. Debuggers are told only if somebody asks for it.

use crate::profile::{Symbol, elf};
use threadsnake_threads::sync::Mutex;

#[repr(C)]
struct Entry {
    next: *mut Entry,
    prev: *mut Entry,
    file: *const u8,
    size: u64,
}

#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

/// The symbol that the debugger looks for.
#[unsafe(no_mangle)]
#[used]
static mut __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: 0,
    relevant: core::ptr::null_mut(),
    first: core::ptr::null_mut(),
};

/// The function that the debugger stops in.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    // Kept from being optimised away: the call must be there.
    core::hint::black_box(());
}

static LOCK: Mutex<()> = Mutex::new(());

/// Code that the debugger knows while this lives.
#[derive(Debug)]
pub struct Known {
    entry: *mut Entry,
    file: Box<[u8]>,
}

// SAFETY: the entry is touched only under the lock, and by the debugger while the process is stopped.
unsafe impl Send for Known {}
// SAFETY: the same; a shared reference gives access to nothing.
unsafe impl Sync for Known {}

/// Tells the debugger about some code.
pub fn register(s: &Symbol) -> Known {
    let file = elf(s).into_boxed_slice();
    let _held = LOCK.lock();
    let d = &raw mut __jit_debug_descriptor;
    // SAFETY: under the lock; the entry and the file live until `drop`.
    unsafe {
        let first = (*d).first;
        let entry = Box::into_raw(Box::new(Entry {
            next: first,
            prev: core::ptr::null_mut(),
            file: file.as_ptr(),
            size: file.len() as u64,
        }));
        if !first.is_null() {
            (*first).prev = entry;
        }
        (*d).first = entry;
        (*d).relevant = entry;
        (*d).action = 1;
        __jit_debug_register_code();
        (*d).action = 0;
        Known { entry, file }
    }
}

impl Known {
    /// The object file.
    pub fn file(&self) -> &[u8] {
        &self.file
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        let _held = LOCK.lock();
        let d = &raw mut __jit_debug_descriptor;
        // SAFETY: under the lock; the entry is in the list and was made by `register`.
        unsafe {
            let e = self.entry;
            match (*e).prev.is_null() {
                true => (*d).first = (*e).next,
                false => (*(*e).prev).next = (*e).next,
            }
            if !(*e).next.is_null() {
                (*(*e).next).prev = (*e).prev;
            }
            (*d).relevant = e;
            (*d).action = 2;
            __jit_debug_register_code();
            (*d).action = 0;
            drop(Box::from_raw(e));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_what_is_registered() {
        let make = |n: usize| {
            register(&Symbol {
                start: n << 12,
                len: 16,
                name: format!("code {n}"),
            })
        };
        let (a, b, c) = (make(1), make(2), make(3));
        drop(b);
        let d = &raw const __jit_debug_descriptor;
        // SAFETY: no other test registers.
        unsafe {
            assert_eq!((*d).first, c.entry);
            assert_eq!((*c.entry).next, a.entry);
            assert_eq!((*a.entry).prev, c.entry);
        }
        drop((a, c));
        // SAFETY: the same.
        assert!(unsafe { (*d).first.is_null() });
    }
}
