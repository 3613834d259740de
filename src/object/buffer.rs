//! The buffer protocol: contiguous bytes that an object lends.

use super::obj::Obj;

/// A view of an object's bytes. The exporter counts its views and refuses to change size while there is one.
pub struct Buffer {
    /// Who lends; kept alive by this.
    pub owner: Obj,
    ptr: *const u8,
    len: usize,
    /// Whether it may be written.
    pub readonly: bool,
    /// Bytes of one item.
    pub itemsize: usize,
    /// `struct` format of one item.
    pub format: &'static str,
    release: Option<fn(&Obj)>,
}

// SAFETY: the memory belongs to `owner`, which is shareable.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A view of bytes.
    ///
    /// # Safety
    /// `ptr..ptr+len` stays allocated and does not move until `release` has been called (or, without one, while `owner`
    /// lives).
    pub unsafe fn new(
        owner: Obj,
        ptr: *const u8,
        len: usize,
        readonly: bool,
        release: Option<fn(&Obj)>,
    ) -> Buffer {
        Buffer {
            owner,
            ptr,
            len,
            readonly,
            itemsize: 1,
            format: "B",
            release,
        }
    }
    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Where they are.
    pub fn ptr(&self) -> *const u8 {
        self.ptr
    }
    /// The bytes.
    ///
    /// Another thread may write a writable buffer meanwhile; readers then see some mixture, as in CPython.
    pub fn bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `new`'s contract.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
    /// Copies bytes in at `at`; the range must lie inside.
    pub fn write(&self, at: usize, src: &[u8]) {
        assert!(!self.readonly && at.checked_add(src.len()).is_some_and(|e| e <= self.len));
        // SAFETY: inside the buffer (`new`'s contract), writable.
        unsafe { std::ptr::copy(src.as_ptr(), self.ptr.add(at).cast_mut(), src.len()) };
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(f) = self.release {
            f(&self.owner);
        }
    }
}
