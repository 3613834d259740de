//! The names of all built-in types: one list, in the order in which `builtins::table` gives their definitions. The root
//! shape of type number n has id n + 1.

macro_rules! type_ids {
    ($($name:ident),* $(,)?) => {
        /// A built-in type.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum TypeId { $($name),* }

        /// Every built-in type, in order.
        pub const ALL_TYPES: &[TypeId] = &[$(TypeId::$name),*];
    };
}

type_ids! {
    Object, Type,
    Int, Bool, Float, Complex, Str, Bytes, ByteArray, MemoryView,
    List, Tuple, Dict, Set, FrozenSet, Range, Slice,
    NoneType, EllipsisType, NotImplementedType,
    Function, BuiltinFunction, MethodDescriptor, WrapperDescriptor, MethodWrapper, ClassMethodDescriptor, GetSetDescriptor, MemberDescriptor,
    Method, ClassMethod, StaticMethod, Property, Super, Module, Cell, Code, Frame, Traceback, LateTraceback, MappingProxy, SimpleNamespace,
    Generator, Coroutine, AsyncGenerator, CoroutineWrapper, AsyncGenASend, AsyncGenAThrow, AsyncGenWrapped, ANextAwaitable,
    ListIter, ListReverseIter, TupleIter, RangeIter, LongRangeIter, StrIter, BytesIter, ByteArrayIter, SetIter, SeqIter, CallableIter, MemoryIter,
    DictKeys, DictValues, DictItems, DictKeyIter, DictValueIter, DictItemIter, DictReverseKeyIter, DictReverseValueIter, DictReverseItemIter,
    Enumerate, Reversed, Zip, Map, Filter,
    GenericAlias, Union, TypeVar, ParamSpec, ParamSpecArgs, ParamSpecKwargs, TypeVarTuple, TypeAliasType, Generic, NoDefaultType,
    Template, TemplateIter, Interpolation,
    WeakRef, WeakProxy, WeakCallableProxy,
    // exceptions
    BaseException, BaseExceptionGroup, ExceptionGroup, SystemExit, KeyboardInterrupt, GeneratorExit,
    Exception, StopIteration, StopAsyncIteration, ArithmeticError, FloatingPointError, OverflowError, ZeroDivisionError,
    AssertionError, AttributeError, BufferError, EOFError, ImportError, ModuleNotFoundError,
    LookupError, IndexError, KeyError, MemoryError, NameError, UnboundLocalError,
    OSError, BlockingIOError, ChildProcessError, ConnectionError, BrokenPipeError, ConnectionAbortedError,
    ConnectionRefusedError, ConnectionResetError, FileExistsError, FileNotFoundError, InterruptedError,
    IsADirectoryError, NotADirectoryError, PermissionError, ProcessLookupError, TimeoutError,
    ReferenceError, RuntimeError, NotImplementedError, RecursionError, PythonFinalizationError,
    SyntaxError, IndentationError, TabError, IncompleteInputError, SystemError, TypeError,
    ValueError, UnicodeError, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError,
    Warning, DeprecationWarning, PendingDeprecationWarning, RuntimeWarning, SyntaxWarning, UserWarning, FutureWarning,
    ImportWarning, UnicodeWarning, BytesWarning, ResourceWarning, EncodingWarning,
    // types of native modules
    ThreadLock, ThreadRLock, ThreadLocal, ThreadHandle, SimpleQueue,
    Deque, DequeIter, DequeReverseIter, DefaultDict, TupleGetter, OrderedDict, OrderedDictIter,
    Partial, CmpKey, LruCache, Placeholder,
    AttrGetter, ItemGetter, MethodCaller,
    ItAccumulate, ItBatched, ItChain, ItCombinations, ItCombinationsWr, ItCompress, ItCount, ItCycle, ItDropwhile, ItFilterfalse,
    ItGroupby, ItGrouper, ItIslice, ItPairwise, ItPermutations, ItProduct, ItRepeat, ItStarmap, ItTakewhile, ItTee, ItZipLongest,
    Random, Struct, StructUnpackIter, SrePattern, SreMatch, SreScanner, SreTemplate,
    FileIO, BytesIO, StringIO, BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair, TextIOWrapper, IncrementalNewlineDecoder,
    IOBase, RawIOBase, BufferedIOBase, TextIOBase,
    StatResult, TerminalSize, UnameResult, TimesResult, StatvfsResult, StructTime, StructSequence, DirEntry, ScandirIter,
    Context, ContextVar, ContextToken, JsonScanner, JsonEncoder, AbcData, Hash, Hmac, UcdObject,
    SysFlags, SysVersionInfo, SysHashInfo, SysFloatInfo, SysIntInfo, SysThreadInfo, ExceptHookArgs, SysImplementation, AsyncGenHooks, UnraisableHookArgs,
    CsvReader, CsvWriter, CsvDialect, ZlibCompress, ZlibDecompress, Socket, SelectPoll, SelectEpoll, Future, Task, TaskStep, FutureIter,
    DateTimeDate, DateTimeTime, DateTimeDateTime, DateTimeDelta, DateTimeTz, DateTimeTzInfo, IsoCalendarDate, Pickler, Unpickler, PicklerMemoProxy, UnpicklerMemoProxy, ItTeeData, TokenizerIter, ModuleSpec, Spare1, ZlibDecompressor, PickleBuffer, FrameLocals, XmlParser,
    XmlElement, XmlElementIter, XmlTreeBuilder, XmlTreeParser,
    Array, ArrayIter, Sha3, Blake2b, Blake2s, StructPasswd, StructGroup, StructRusage, StructSiginfo, HostFunction,
    Decimal, DecimalContext, DecimalSignals, DecimalManager,
    MultibyteCodec, MultibyteEncoder, MultibyteDecoder, MultibyteReader, MultibyteWriter, WaitidResult, Bz2Compressor, Bz2Decompressor, SemLock,
}

impl TypeId {
    /// Id of the root shape of instances.
    pub const fn root_shape(self) -> u32 {
        self as u32 + 1
    }
}

/// First shape id that is not a built-in type's root.
pub const FIRST_FREE_SHAPE: u32 = ALL_TYPES.len() as u32 + 1;
