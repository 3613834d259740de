//! Whether a thread has an object alone, so that it may change it without the lock.
//!
//! An object that is not published stands in no heap object that others can load it from, but it may have been handed over:
//! in the frame of a generator, bound to a method. Each such place owns a reference. So where all references are found in
//! registers of the record that this thread runs, nobody else has one: those of a local variable and of the argument that
//! was made of it; of `self` and of the instance that the call of a class gives, while `__init__` runs.
//!
//! What was read of the object before it is asked is to be read again: another thread may have had a reference and given it
//! up since. Reading the count is `Acquire` (`refcount::private_count`), so all that this thread did is seen then. The answer
//! holds until the asking thread does something else: comes to a safepoint, runs Python, or stores the object.

use super::thread::Thread;
use crate::object::Value;
use crate::object::frame::flag;
use threadsnake_threads::header::Header;
use threadsnake_threads::refcount;

/// So many references are looked for at most.
const MOST: u32 = 4;

impl Thread {
    /// [`Thread::has_alone`], where only who has the one reference there is, or has all threads to itself, is looked for: quicker.
    #[inline(always)]
    pub fn has_only_reference(&self, h: &Header) -> bool {
        !self.multi() || refcount::private_count(h, self.rec()) == 1
    }

    /// Whether no other thread can find the object until this one does something else; `false` is always safe. See the
    /// module's head.
    #[inline(always)]
    pub fn has_alone(&self, h: &Header) -> bool {
        !self.rec().is_multi() || self.has_alone_in_multi(h)
    }

    /// The same in Multi.
    #[inline(always)]
    fn has_alone_in_multi(&self, h: &Header) -> bool {
        match refcount::private_count(h, self.rec()) {
            1 => true,
            n => n.wrapping_sub(2) < MOST - 1 && self.stands_in_registers(h, n),
        }
    }

    /// Whether `n` registers of the running record hold the object. Not known while compiled code runs, which has its own.
    #[inline(never)]
    fn stands_in_registers(&self, h: &Header, n: u32) -> bool {
        let f = self.top.get();
        if !self.jit.inside.get().is_null() || std::ptr::eq(f, self.frames) {
            return false;
        }
        // SAFETY: the running record and its code; F1, F2 of `object::frame` and R1 of `interp::reg`: each of its registers
        // is empty, an immediate, or owns its reference, and so does the word below those of an `__init__`.
        unsafe {
            let word = Value(h as *const Header as u64);
            let mut at = (*f).base;
            let end = at.add((*(*f).code).nregs as usize);
            let mut left = n;
            if (*f).flags & flag::INIT != 0 && *at.sub(1) == word {
                left -= 1;
            }
            while at < end {
                if *at == word {
                    left -= 1;
                    if left == 0 {
                        return true;
                    }
                }
                at = at.add(1);
            }
            false
        }
    }
}
