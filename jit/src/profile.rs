//! What profilers and debuggers are told: a perf map, a jitdump, and an object file in memory for GDB.

use crate::compile::Compiled;
use crate::mem::CodeMemory;
use std::io::{self, Write};

/// A piece of code for a profiler: where it is and what it is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// First address.
    pub start: usize,
    /// Bytes.
    pub len: usize,
    /// Name, for example `py::file.py:12 loop [single]`.
    pub name: String,
}

/// The symbol of some code.
pub fn symbol(code: &Compiled, mem: &CodeMemory, name: &str) -> Symbol {
    let a = code.addresses(mem);
    Symbol {
        start: a.start,
        len: a.len(),
        name: format!("{name} [{:?}]", code.mode).to_lowercase(),
    }
}

/// Writes the line of a perf map (`/tmp/perf-PID.map`): start and size in hexadecimal, name to the end of the line.
///
/// # Errors
/// The writer's.
pub fn perf_map(out: &mut impl Write, s: &Symbol) -> io::Result<()> {
    writeln!(
        out,
        "{:x} {:x} {}",
        s.start,
        s.len,
        s.name.replace('\n', " ")
    )
}

/// Writes a jitdump, as `perf inject --jit` reads it (linux `tools/perf/Documentation/jitdump-specification.txt`):
/// version 1, x86-64. Times are those of `CLOCK_MONOTONIC`, so `perf record -k mono`. Whoever makes the file maps one
/// page of it executable, which is how perf finds it.
#[derive(Debug)]
pub struct JitDump<W: Write> {
    out: W,
    next: u64,
}

/// Nanoseconds of the monotonic clock.
fn now() -> u64 {
    let mut t = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes the given structure only.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

impl<W: Write> JitDump<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(mut out: W) -> io::Result<JitDump<W>> {
        const MAGIC: u32 = 0x4A69_5444;
        const X86_64: u32 = 62;
        for word in [MAGIC, 1, 40, X86_64, 0, std::process::id()] {
            out.write_all(&word.to_le_bytes())?;
        }
        out.write_all(&now().to_le_bytes())?;
        out.write_all(&0u64.to_le_bytes())?;
        Ok(JitDump { out, next: 0 })
    }

    /// Writes a load record: the code's bytes under its name.
    ///
    /// # Errors
    /// The writer's.
    pub fn load(&mut self, s: &Symbol, bytes: &[u8]) -> io::Result<()> {
        let name = s.name.replace('\0', " ");
        let size = 16 + 40 + name.len() + 1 + bytes.len();
        for word in [0u32, size as u32] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.out.write_all(&now().to_le_bytes())?;
        // SAFETY: the call has no arguments and no failure.
        let tid = unsafe { libc::gettid() } as u32;
        for word in [std::process::id(), tid] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.next += 1;
        for word in [
            s.start as u64,
            s.start as u64,
            bytes.len() as u64,
            self.next,
        ] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.out.write_all(name.as_bytes())?;
        self.out.write_all(&[0])?;
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// A minimal ELF object that names one range of memory: what GDB's JIT interface wants (`jit-reader` not needed).
/// Sections: null, `.text` at the code's address without contents, `.symtab`, `.strtab`, `.shstrtab`.
pub fn elf(s: &Symbol) -> Vec<u8> {
    let mut names = vec![0u8];
    let mut name = |text: &str| {
        let at = names.len() as u32;
        names.extend(text.bytes());
        names.push(0);
        at
    };
    let (text, symtab, strtab, shstrtab) = (
        name(".text"),
        name(".symtab"),
        name(".strtab"),
        name(".shstrtab"),
    );
    let mut strings = vec![0u8];
    strings.extend(s.name.bytes().filter(|b| *b != 0));
    strings.push(0);
    let header = 64usize;
    let symbols_at = header;
    let strings_at = symbols_at + 48;
    let names_at = strings_at + strings.len();
    let sections_at = (names_at + names.len()).next_multiple_of(8);

    let mut out = vec![0x7F, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Relocatable, x86-64, version 1; no entry, no program headers.
    out.extend(1u16.to_le_bytes());
    out.extend(62u16.to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out.extend([0; 16]);
    out.extend((sections_at as u64).to_le_bytes());
    out.extend(0u32.to_le_bytes());
    for half in [64u16, 0, 0, 64, 5, 4] {
        out.extend(half.to_le_bytes());
    }
    // The null symbol, then a global function in section 1.
    out.extend([0; 24]);
    out.extend(1u32.to_le_bytes());
    out.extend([0x12, 0]);
    out.extend(1u16.to_le_bytes());
    out.extend(0u64.to_le_bytes());
    out.extend((s.len as u64).to_le_bytes());
    out.extend(&strings);
    out.extend(&names);
    out.resize(sections_at, 0);
    // name, type, flags, address, offset, size, link, info, alignment, entry size
    type Section = (u32, u32, [u64; 4], [u32; 2], [u64; 2]);
    let sections: [Section; 5] = [
        (0, 0, [0; 4], [0; 2], [0; 2]),
        (
            text,
            8,
            [6, s.start as u64, 0, s.len as u64],
            [0; 2],
            [16, 0],
        ),
        (symtab, 2, [0, 0, symbols_at as u64, 48], [3, 1], [8, 24]),
        (
            strtab,
            3,
            [0, 0, strings_at as u64, strings.len() as u64],
            [0; 2],
            [1, 0],
        ),
        (
            shstrtab,
            3,
            [0, 0, names_at as u64, names.len() as u64],
            [0; 2],
            [1, 0],
        ),
    ];
    for (name, kind, words, links, last) in sections {
        out.extend(name.to_le_bytes());
        out.extend(kind.to_le_bytes());
        words.iter().for_each(|w| out.extend(w.to_le_bytes()));
        links.iter().for_each(|w| out.extend(w.to_le_bytes()));
        last.iter().for_each(|w| out.extend(w.to_le_bytes()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Symbol {
        Symbol {
            start: 0x1234_0000,
            len: 0x40,
            name: "loop at a.py:3 [single]".into(),
        }
    }

    #[test]
    fn a_perf_map_line_is_start_size_name() {
        let mut out = Vec::new();
        perf_map(&mut out, &sample()).unwrap();
        assert_eq!(out, b"12340000 40 loop at a.py:3 [single]\n");
    }

    #[test]
    fn a_jitdump_record_has_the_size_that_it_says() {
        let mut d = JitDump::new(Vec::new()).unwrap();
        let header = 40;
        d.load(&sample(), &[0xC3; 10]).unwrap();
        let bytes = d.into_inner();
        let size = u32::from_le_bytes(bytes[header + 4..header + 8].try_into().unwrap());
        assert_eq!(bytes.len(), header + size as usize);
    }

    #[test]
    fn the_elf_object_has_its_sections_inside() {
        let elf = elf(&sample());
        let at = u64::from_le_bytes(elf[40..48].try_into().unwrap()) as usize;
        assert_eq!(elf.len(), at + 5 * 64);
        assert!(elf.windows(9).any(|w| w == b"loop at a"));
    }
}
