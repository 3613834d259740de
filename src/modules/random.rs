//! `_random`: the Mersenne Twister behind `random.Random`.

use crate::modules::prelude::*;
use threadsnake_algo::random::Twister;

/// Payload of generators.
pub struct Random {
    state: Guarded<Twister>,
}
native!(Random, Random, "Random");

/// The type, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&RANDOM];

static RANDOM: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            let state = Guarded::new(seeded(th, args.positional().first())?);
            Ok(th.alloc_as::<Random>(cls, Random { state })?.into_obj())
        }),
        init: Some(|th, o, args| {
            th.bind("Random", "(x=None, /)", args, |a| {
                let r = this::<Random>(th, o)?;
                let new = seeded(th, a.opt(0))?;
                r.state.with(th, r.head(), |t| *t = new);
                Ok(())
            })
        }),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("random", "($self, /)", |th, a| {
            let r = this::<Random>(th, a.get(0))?;
            Ok(Obj::float(r.state.with(th, r.head(), Twister::random)))
        }),
        MethodDef::new("seed", "($self, n=None, /)", |th, a| {
            let r = this::<Random>(th, a.get(0))?;
            let new = seeded(th, a.opt(1))?;
            r.state.with(th, r.head(), |t| *t = new);
            Ok(Obj::NONE)
        }),
        MethodDef::new("getstate", "($self, /)", |th, a| {
            let r = this::<Random>(th, a.get(0))?;
            let words = r.state.with(th, r.head(), |t| t.state());
            th.tuple_from(words.into_iter().map(|w| th.uint(u64::from(w))))
        }),
        MethodDef::new("setstate", "($self, state, /)", set_state),
        MethodDef::new("getrandbits", "($self, k, /)", bits),
    ],
    ..TypeDef::new(TypeId::Random, "_random.Random", Random::LAYOUT)
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[("Random", TypeId::Random)],
    doc: "Module implements the Mersenne Twister random number generator.",
    ..ModuleDef::new("_random")
};

fn seeded(th: &Thread, seed: Option<&Obj>) -> Res<Twister> {
    match seed {
        Some(s) if !s.is_none() => match th.as_bigint(s) {
            Some(n) => Ok(Twister::from_int(&n)),
            None => Ok(Twister::from_int(&(th.hash(s)? as u64).into())),
        },
        _ => {
            let mut key = [0u32; 16];
            // SAFETY: writes at most that many bytes into the array.
            let n = unsafe {
                libc::getrandom(
                    key.as_mut_ptr().cast(),
                    size_of_val(&key),
                    libc::GRND_NONBLOCK,
                )
            };
            if n < 0 {
                return Err(th.os_error(libc::EAGAIN, None));
            }
            Ok(Twister::from_key(&key))
        }
    }
}

fn set_state(th: &Thread, a: Args<'_>) -> Res {
    let r = this::<Random>(th, a.get(0))?;
    let Some(t) = a.get(1).cast::<Tuple>() else {
        return Err(th.type_error("state vector must be a tuple"));
    };
    if t.len() != 625 {
        return Err(th.value_error("state vector is the wrong size"));
    }
    let mut words = Vec::with_capacity(625);
    for x in t.items() {
        let n = th.index_i64(x)?;
        words.push(u32::try_from(n).map_err(|_| {
            th.overflow_error("Python int too large to convert to C unsigned long")
        })?);
    }
    if r.state.with(th, r.head(), |s| s.set_state(&words)) {
        Ok(Obj::NONE)
    } else {
        Err(th.value_error("invalid state"))
    }
}

fn bits(th: &Thread, a: Args<'_>) -> Res {
    let r = this::<Random>(th, a.get(0))?;
    let k = th.index_i64(a.get(1))?;
    match k {
        ..0 => Err(th.value_error("number of bits must be non-negative")),
        0 => Ok(Obj::small_int(0)),
        1..=64 => Ok(th.uint(r.state.with(th, r.head(), |s| s.bits64(k as u32)))),
        _ => {
            th.reserve((k / 8) as usize)?;
            Ok(th.bigint(r.state.with(th, r.head(), |s| s.bits(k as usize))))
        }
    }
}
