//! Newtyped `u32` names of the things in a function: values, blocks, instructions, snapshots, helpers.

use core::fmt;

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table that holds it.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
            /// The name of table position `i`.
            #[inline]
            pub fn new(i: usize) -> Self {
                Self(i as u32)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

entities! {
    /// An SSA value: a block parameter or the result of an instruction.
    Value "v";
    /// A basic block with parameters.
    Block "b";
    /// An instruction.
    Inst "i";
    /// A snapshot: the interpreter state that an exit rebuilds.
    Snap "s";
    /// A function outside compiled code that may be called.
    Helper "h";
}
