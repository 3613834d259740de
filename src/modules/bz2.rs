//! `_bz2`: the compression of bzip2.

use super::packed::{self, Codec, ROOM, Step, Stream};
use crate::modules::prelude::*;
use bzip2::{Action, Compress, Compression, Decompress, Error, Status};

/// Payload of `BZ2Compressor`: nothing once it has been flushed.
pub struct Compressor {
    state: Guarded<Option<Compress>>,
}
native!(Compressor, Bz2Compressor, "BZ2Compressor");

/// Payload of `BZ2Decompressor`.
pub struct Decompressor {
    state: Guarded<Stream<Expander>>,
}
native!(Decompressor, Bz2Decompressor, "BZ2Decompressor");

impl packed::Decompressor for Decompressor {
    type Codec = Expander;
    fn stream(&self) -> &Guarded<Stream<Expander>> {
        &self.state
    }
    fn failed(th: &Thread, fault: Error) -> Exc {
        failed(th, fault)
    }
}

/// What reads a stream.
pub struct Expander(Decompress);

impl Codec for Expander {
    type Fault = Error;
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output)?;
        Ok(Step {
            used: (self.0.total_in() - before.0) as usize,
            made: (self.0.total_out() - before.1) as usize,
            end: status == Status::StreamEnd,
        })
    }
}

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&COMPRESSOR, &DECOMPRESSOR];

fn failed(th: &Thread, e: Error) -> Exc {
    match e {
        Error::Data | Error::DataMagic => th.err(TypeId::OSError, "Invalid data stream"),
        Error::Param => th.value_error("Internal error - invalid parameters passed to libbzip2"),
        Error::Sequence => {
            th.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2")
        }
    }
}

fn push(c: &mut Compress, mut data: &[u8], action: Action, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut room = ROOM.0;
    loop {
        let start = out.len();
        out.resize(start + room, 0);
        let before = (c.total_in(), c.total_out());
        let status = c.compress(data, &mut out[start..], action);
        out.truncate(start + (c.total_out() - before.1) as usize);
        data = &data[(c.total_in() - before.0) as usize..];
        match status? {
            Status::StreamEnd => return Ok(()),
            _ if action == Action::Run && data.is_empty() => return Ok(()),
            _ => room = (room * 2).min(ROOM.1),
        }
    }
}

static COMPRESSOR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("BZ2Compressor", "(compresslevel=9, /)", args, |a| {
                let level = a.opt(0).map_or(Ok(9), |o| th.index_i64(o))?;
                if !(1..=9).contains(&level) {
                    return Err(th.value_error("compresslevel must be between 1 and 9"));
                }
                let core = Compress::new(Compression::new(level as u32), 0);
                let state = Guarded::new(Some(core));
                Ok(th.alloc_as(cls, Compressor { state })?.into_obj())
            })
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("compress", "($self, data, /)", |th, a| {
            let c = this::<Compressor>(th, a.get(0))?;
            let data = th.bytes_like(a.get(1))?;
            // Taken out while it works: others find it finished.
            let Some(mut core) = c.state.take(th, c.head()) else {
                return Err(th.value_error("Compressor has been flushed"));
            };
            let mut out = Vec::new();
            let mut parts = data.bytes().chunks(1 << 20);
            let r = parts.try_for_each(|part| {
                push(&mut core, part, Action::Run, &mut out).map_err(|e| failed(th, e))?;
                th.poll()
            });
            drop(c.state.replace(th, c.head(), Some(core)));
            r.and_then(|()| th.bytes(&out))
        }),
        MethodDef::new("flush", "($self, /)", |th, a| {
            let c = this::<Compressor>(th, a.get(0))?;
            let Some(mut core) = c.state.take(th, c.head()) else {
                return Err(th.value_error("Repeated call to flush()"));
            };
            let mut out = Vec::new();
            match push(&mut core, &[], Action::Finish, &mut out) {
                Ok(()) => th.bytes(&out),
                Err(e) => Err(failed(th, e)),
            }
        }),
    ],
    ..TypeDef::new(
        TypeId::Bz2Compressor,
        "_bz2.BZ2Compressor",
        Compressor::LAYOUT,
    )
};

static DECOMPRESSOR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("BZ2Decompressor", "()", args, |_| {
                let state = Guarded::new(Stream::new(Expander(Decompress::new(false))));
                Ok(th.alloc_as(cls, Decompressor { state })?.into_obj())
            })
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new(
        "decompress",
        "($self, /, data, max_length=-1)",
        packed::decompress::<Decompressor>,
    )],
    getset: &[
        GetSetDef::ro("eof", packed::eof::<Decompressor>),
        GetSetDef::ro("unused_data", packed::unused_data::<Decompressor>),
        GetSetDef::ro("needs_input", packed::needs_input::<Decompressor>),
    ],
    ..TypeDef::new(
        TypeId::Bz2Decompressor,
        "_bz2.BZ2Decompressor",
        Decompressor::LAYOUT,
    )
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[
        ("BZ2Compressor", TypeId::Bz2Compressor),
        ("BZ2Decompressor", TypeId::Bz2Decompressor),
    ],
    ..ModuleDef::new("_bz2")
};
