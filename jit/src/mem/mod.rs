//! Code memory: one file in memory, mapped twice, once writable and once executable.
//!
//! Problem: compiled code must be written, patched and freed while other threads run it, and no address may be
//! both writable and executable.
//!
//! - M1 every byte is written through the writable mapping and run through the other; no mapping has both rights;
//! - M2 a free-list entry belongs to nobody; a [`CodeRange`] belongs to whoever holds it, and is not cloneable;
//! - M3 ranges start at multiples of 16, so alignment within code is alignment in memory;
//! - M4 a patch is one aligned store of 4 or 8 bytes, so a thread runs the old or the new instruction; it is a
//!   release store, so that what it announces is there when a thread has left because of it.
//!
//! - M5 bytes that have been code become other code only through [`CodeMemory::publish`], which lets every thread forget
//!   what it has fetched of them before anybody is told of the new code; where the system cannot see to that, memory is
//!   not used twice.
//!
//! The allocator (first fit, neighbours joined) is under a lock. Running out is an error value, and tests can make
//! the Nth allocation fail. Not checked here: that nobody runs a range that is freed; that is the business of
//! whoever retires code.

use memmap2::{Mmap, MmapMut, MmapOptions, UncheckedAdvice};
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd};
use threadsnake_threads::sync::asymmetric::{can_serialise, serialise};
use threadsnake_threads::sync::atomic::{AtomicU32, AtomicU64, Ordering::Release};
use threadsnake_threads::sync::{Mutex, MutexGuard};

/// Why there is no code memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeMemoryError {
    /// The system refused the file or a mapping.
    Refused,
    /// The arena is full.
    Full,
    /// A test asked this allocation to fail.
    Injected,
}

impl core::fmt::Display for CodeMemoryError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            CodeMemoryError::Refused => "the system refused executable memory",
            CodeMemoryError::Full => "code memory is full",
            CodeMemoryError::Injected => "this allocation of code memory was made to fail",
        })
    }
}

impl std::error::Error for CodeMemoryError {}

/// A piece of code memory.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeRange {
    offset: u32,
    len: u32,
}

impl CodeRange {
    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.len as usize
    }
    /// Whether it was given back.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The range, of which nothing is left here.
    pub(crate) fn take(&mut self) -> CodeRange {
        let offset = self.offset;
        std::mem::replace(self, CodeRange { offset, len: 0 })
    }
}

#[derive(Debug)]
struct Free {
    /// (offset, length), by offset.
    list: Vec<(u32, u32)>,
    allocations: u64,
    fail_at: Option<u64>,
    /// From here on nothing has ever been code.
    fresh: u32,
}

/// An arena of code memory. Shared by reference between threads.
#[derive(Debug)]
pub struct CodeMemory {
    write: MmapMut,
    exec: Mmap,
    free: Mutex<Free>,
    /// See M5.
    serialises: bool,
}

impl CodeMemory {
    /// Maps an arena of `size` bytes, rounded up to pages. Pages are taken from the system when first written.
    ///
    /// # Errors
    /// [`CodeMemoryError::Refused`]: the interpreter must go on without compiled code.
    pub fn new(size: usize) -> Result<CodeMemory, CodeMemoryError> {
        let refused = |_| CodeMemoryError::Refused;
        let size = size.clamp(4096, 1 << 30).next_multiple_of(4096);
        // SAFETY: the name is a C string; the call touches no other memory.
        let fd = unsafe { libc::memfd_create(c"threadsnake-code".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(CodeMemoryError::Refused);
        }
        // SAFETY: the descriptor was just made and nobody else has it.
        let file = unsafe { File::from_raw_fd(fd) };
        file.set_len(size as u64).map_err(refused)?;
        // SAFETY: nobody else can open the file: it has no name and the descriptor is closed after mapping. The
        // writable view is only written through raw pointers, under M2 and M4.
        let write = unsafe { MmapOptions::new().len(size).map_mut(&file) }.map_err(refused)?;
        // SAFETY: the same; bytes change under this mapping, so no reference to them is ever made.
        let exec = unsafe { MmapOptions::new().len(size).map_exec(&file) }.map_err(refused)?;
        let free = Mutex::new(Free {
            list: vec![(0, size as u32)],
            allocations: 0,
            fail_at: None,
            fresh: 0,
        });
        let serialises = can_serialise();
        Ok(CodeMemory {
            write,
            exec,
            free,
            serialises,
        })
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock()
    }

    /// What is in the arena now, for [`CodeMemory::adopt`]: a copy of the process made by `fork` shares the arena's file with
    /// it, and would patch its code. Nobody else may write code meanwhile.
    ///
    /// # Errors
    /// The system refused the file.
    pub fn copy(&self) -> Result<File, CodeMemoryError> {
        let used = self.free().fresh as usize;
        // SAFETY: the name is a C string; the call touches no other memory.
        let fd = unsafe { libc::memfd_create(c"threadsnake-code".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(CodeMemoryError::Refused);
        }
        // SAFETY: the descriptor was just made and nobody else has it.
        let file = unsafe { File::from_raw_fd(fd) };
        file.set_len(self.exec.len() as u64)
            .map_err(|_| CodeMemoryError::Refused)?;
        let mut done = 0;
        while done < used {
            // SAFETY: reads mapped bytes only.
            let n = unsafe { libc::write(fd, self.exec.as_ptr().add(done).cast(), used - done) };
            match usize::try_from(n) {
                Ok(n) if n > 0 => done += n,
                _ => return Err(CodeMemoryError::Refused),
            }
        }
        Ok(file)
    }

    /// Maps a copy in the place of the arena, in the process that `fork` has made, before anything is written there.
    ///
    /// # Errors
    /// The system refused a mapping: nothing of the arena may be used any more.
    pub fn adopt(&self, copy: &File) -> Result<(), CodeMemoryError> {
        let views = [
            (self.write.as_ptr(), libc::PROT_READ | libc::PROT_WRITE),
            (self.exec.as_ptr(), libc::PROT_READ | libc::PROT_EXEC),
        ];
        for (at, rights) in views {
            // SAFETY: a mapping of ours, replaced by one of the same size and, as nobody has written since, the same bytes.
            let mapped = unsafe {
                libc::mmap(
                    at.cast_mut().cast(),
                    self.exec.len(),
                    rights,
                    libc::MAP_SHARED | libc::MAP_FIXED,
                    copy.as_raw_fd(),
                    0,
                )
            };
            if mapped == libc::MAP_FAILED {
                return Err(CodeMemoryError::Refused);
            }
        }
        Ok(())
    }

    /// Makes the `n`-th allocation from now on fail; 0 is the next.
    pub fn fail_allocation(&self, n: u64) {
        let mut free = self.free();
        free.fail_at = Some(free.allocations + n);
    }

    /// Bytes that are not allocated.
    pub fn available(&self) -> usize {
        self.free().list.iter().map(|f| f.1 as usize).sum()
    }

    /// Copies code into the arena.
    ///
    /// # Errors
    /// No room, or a test wanted none.
    pub fn publish(&self, code: &[u8]) -> Result<CodeRange, CodeMemoryError> {
        let (range, used) = self.allocate(code.len())?;
        // SAFETY: the range is ours (M2), inside the mapping, and `code` is no part of it.
        unsafe {
            self.writable(range.offset)
                .copy_from_nonoverlapping(code.as_ptr(), code.len())
        };
        if used {
            serialise();
        }
        self.forget_written(&range);
        Ok(range)
    }

    /// Takes the pages of a range out of the writable view: they would count twice for the process. Who writes there again,
    /// or at the same time, gets them back.
    fn forget_written(&self, range: &CodeRange) {
        let (from, len) = (range.offset as usize, range.len());
        // SAFETY: a view of a file that is shared: the bytes are the file's and stay. What the system says does not matter.
        let _ = unsafe {
            self.write
                .unchecked_advise_range(UncheckedAdvice::DontNeed, from, len)
        };
    }

    /// A range, and whether it has been code before.
    fn allocate(&self, len: usize) -> Result<(CodeRange, bool), CodeMemoryError> {
        let len =
            u32::try_from(len.max(1).next_multiple_of(16)).map_err(|_| CodeMemoryError::Full)?;
        let mut free = self.free();
        free.allocations += 1;
        if free.fail_at == Some(free.allocations - 1) {
            free.fail_at = None;
            return Err(CodeMemoryError::Injected);
        }
        let at = free
            .list
            .iter()
            .position(|f| f.1 >= len)
            .ok_or(CodeMemoryError::Full)?;
        let entry = &mut free.list[at];
        let offset = entry.0;
        *entry = (offset + len, entry.1 - len);
        if entry.1 == 0 {
            free.list.remove(at);
        }
        let used = offset < free.fresh;
        free.fresh = free.fresh.max(offset + len);
        Ok((CodeRange { offset, len }, used))
    }

    /// Gives a range back.
    ///
    /// # Safety
    /// No thread runs code of the range, will return into it, or holds a patch point of it.
    pub unsafe fn release(&self, range: CodeRange) {
        if range.is_empty() {
            return;
        }
        // Breakpoints, so that a thread that does return here stops at once.
        // SAFETY: the range is ours until it is in the list (M2).
        unsafe {
            self.writable(range.offset)
                .write_bytes(0xCC, range.len as usize)
        };
        self.forget_written(&range);
        if !self.serialises {
            return;
        }
        let mut free = self.free();
        let at = free.list.partition_point(|f| f.0 < range.offset);
        free.list.insert(at, (range.offset, range.len));
        if at + 1 < free.list.len() && free.list[at].0 + free.list[at].1 == free.list[at + 1].0 {
            free.list[at].1 += free.list[at + 1].1;
            free.list.remove(at + 1);
        }
        if at > 0 && free.list[at - 1].0 + free.list[at - 1].1 == free.list[at].0 {
            free.list[at - 1].1 += free.list[at].1;
            free.list.remove(at);
        }
    }

    fn writable(&self, offset: u32) -> *mut u8 {
        // Shared: the writable mapping is never handed out as a reference.
        self.write.as_ptr().cast_mut().wrapping_add(offset as usize)
    }

    /// All addresses at which code of the arena runs.
    pub fn addresses(&self) -> core::ops::Range<usize> {
        let start = self.exec.as_ptr() as usize;
        start..start + self.exec.len()
    }

    /// Where the range runs.
    pub fn address(&self, range: &CodeRange) -> usize {
        self.exec.as_ptr() as usize + range.offset as usize
    }

    /// The bytes of a range, as they are now.
    pub fn read(&self, range: &CodeRange) -> Vec<u8> {
        let p = self.writable(range.offset);
        // SAFETY: inside the mapping; volatile because a patch may happen at the same time.
        (0..range.len())
            .map(|i| unsafe { p.add(i).read_volatile() })
            .collect()
    }

    /// Stores 4 bytes at an aligned offset of a range (M4). Out of range or unaligned: nothing happens, false.
    pub fn patch32(&self, range: &CodeRange, at: u32, word: u32) -> bool {
        let ok = at.is_multiple_of(4) && at + 4 <= range.len;
        if ok {
            // SAFETY: aligned and inside the range, whose owner asks for it.
            let cell = unsafe { AtomicU32::from_ptr(self.writable(range.offset + at).cast()) };
            cell.store(word, Release);
        }
        ok
    }

    /// Stores 8 bytes at an aligned offset of a range (M4). Out of range or unaligned: nothing happens, false.
    pub fn patch64(&self, range: &CodeRange, at: u32, word: u64) -> bool {
        let ok = at.is_multiple_of(8) && at + 8 <= range.len;
        if ok {
            // SAFETY: aligned and inside the range, whose owner asks for it.
            let cell = unsafe { AtomicU64::from_ptr(self.writable(range.offset + at).cast()) };
            cell.store(word, Release);
        }
        ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_neighbours_become_one_again() {
        let mem = CodeMemory::new(4096).unwrap();
        let all = mem.available();
        let ranges: Vec<_> = (1..20)
            .map(|n| mem.publish(&vec![0x90; n * 7]).unwrap())
            .collect();
        assert!(mem.available() < all);
        for r in ranges.into_iter().rev().step_by(1) {
            // SAFETY: nobody runs it.
            unsafe { mem.release(r) };
        }
        assert_eq!(mem.available(), all);
        assert_eq!(mem.free().list.len(), 1);
    }

    #[test]
    fn running_out_and_injected_failures_are_errors() {
        let mem = CodeMemory::new(4096).unwrap();
        assert_eq!(mem.publish(&vec![0; 5000]), Err(CodeMemoryError::Full));
        mem.fail_allocation(1);
        assert!(mem.publish(&[0xC3]).is_ok());
        assert_eq!(mem.publish(&[0xC3]), Err(CodeMemoryError::Injected));
        assert!(mem.publish(&[0xC3]).is_ok());
    }

    #[test]
    fn no_page_is_writable_and_executable() {
        let _mem = CodeMemory::new(1 << 16).unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        assert!(
            maps.lines()
                .any(|l| l.contains("threadsnake-code") && l.contains("r-x"))
        );
        for line in maps.lines() {
            let rights = line.split_whitespace().nth(1).unwrap_or("");
            assert!(!(rights.contains('w') && rights.contains('x')), "{line}");
        }
    }
}
