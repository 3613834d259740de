//! Names that the runtime itself looks up, interned once.

use crate::object::Obj;
use crate::object::slots::{BinOp, NBIN};
use crate::runtime::intern::Interner;

macro_rules! names {
    ($($n:ident),* $(,)?) => {
        /// See the module's head.
        #[allow(missing_docs)]
        pub struct Names {
            $(pub $n: Obj,)*
            /// Special methods of binary operators, by `BinOp`: plain, reflected, in place.
            pub binary: [[Obj; 3]; NBIN],
        }
        impl Names {
            /// Interns them all.
            pub fn new(i: &Interner) -> Names {
                Names {
                    $($n: i.intern(stringify!($n)),)*
                    binary: BinOp::ALL.map(|op| {
                        let (plain, reflected, inplace) = op.dunders();
                        [plain, reflected, inplace].map(|s| i.intern(s))
                    }),
                }
            }
        }
    };
}

names! {
    __init__, __new__, __del__, __call__, __repr__, __str__, __hash__, __eq__, __ne__, __lt__, __le__, __gt__, __ge__,
    __getattribute__, __getattr__, __setattr__, __delattr__, __get__, __set__, __delete__, __iter__, __next__,
    __bool__, __len__, __getitem__, __setitem__, __delitem__, __contains__, __int__, __float__, __index__, __complex__,
    __neg__, __pos__, __abs__, __invert__, __pow__, __rpow__, __ipow__, __await__, __aiter__, __anext__,
    __enter__, __exit__, __aenter__, __aexit__, __name__, __qualname__, __module__, __doc__, __dict__, __slots__,
    __class__, __bases__, __mro__, __annotations__, __annotate__, __type_params__, __builtins__, __file__, __spec__, __loader__,
    __package__, __path__, __all__, __cached__, __main__, __import__, __build_class__, __prepare__, __init_subclass__, __set_name__,
    __class_getitem__, __instancecheck__, __subclasscheck__, __subclasses__, __format__, __reversed__, __length_hint__, __missing__,
    __classcell__, __classdictcell__, __static_attributes__, __firstlineno__, __abstractmethods__, __isabstractmethod__,
    __weakref__, __wrapped__, __match_args__, __dir__, __notes__, __orig_class__, __origin__, __args__, __parameters__, __mro_entries__,
    __objclass__, __self__, __func__, __bytes__, __buffer__, __release_buffer__, __reduce__, __reduce_ex__, __getstate__, __getnewargs__, __getnewargs_ex__,
    __round__, __trunc__, __floor__, __ceil__, __conditional_annotations__, __annotations_cache__, __annotate_func__, __typing_subst__, __typing_unpacked_tuple_args__, __typing_prepare_subst__,
    __subclasshook__, _abc_impl,
    builtins, sys, stdout, stderr, stdin, modules, path, mro, send, throw, close, keys, append, sort, join, metaclass, fileno, write, flush, excepthook, displayhook, unraisablehook, print_file_and_line, name, obj, end_lineno, end_offset, args, __conversion__,
    call_soon, call_exception_handler, context, get_debug, is_running, get_loop, _loop, _asyncio_future_blocking, add_done_callback,
    cancel, msg, done, result,
    utcoffset, dst, tzname, fromutc, fromtimestamp, strftime, timetuple,
}
