//! Model checks of the threading protocols, on the types that the runtime uses.
//!
//! `loom-tests/run` builds this with `--cfg loom` and runs every model, then every model again with each of its
//! faults planted. One file a protocol; each says what its models leave out.
//!
//! What all have in common: two threads, or three; a handful of operations each; the setting up before the first
//! spawn is not explored. loom bounds the number of pre-emptions (4 by default, `--preemptions` for more) and takes
//! `SeqCst` accesses for `AcqRel`, of which there are none here. A model that runs into its time limit says so.
//!
//! With `--cfg shuttle` the same crate explores what is too large for loom; without either it runs the same on real
//! threads: `explore`, `storm`.

#[cfg(loom)]
pub mod counts;
#[cfg(loom)]
pub mod grace;
#[cfg(loom)]
pub mod kick;
#[cfg(loom)]
pub mod lock;
#[cfg(loom)]
pub mod maker;
#[cfg(loom)]
pub mod mode;
#[cfg(loom)]
pub mod overwrite;
#[cfg(loom)]
pub mod patch;
#[cfg(loom)]
pub mod split;
#[cfg(loom)]
pub mod stop;
#[cfg(loom)]
pub mod tier;
#[cfg(loom)]
pub mod turn;
#[cfg(loom)]
pub mod watch;
#[cfg(loom)]
pub mod world;

#[cfg(not(loom))]
pub mod explore;

/// All protocols, in the order of the table.
#[cfg(loom)]
pub const PROTOCOLS: &[(&str, &[world::Model])] = &[
    ("mode", mode::MODELS),
    ("safepoints", stop::MODELS),
    ("counts", counts::MODELS),
    ("split", split::MODELS),
    ("grace", grace::MODELS),
    ("lock", lock::MODELS),
    ("turn", turn::MODELS),
    ("maker", maker::MODELS),
    ("overwrite", overwrite::MODELS),
    ("watchers", watch::MODELS),
    ("tier", tier::MODELS),
    ("patch", patch::MODELS),
    ("kick", kick::MODELS),
];
