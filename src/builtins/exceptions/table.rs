//! The exception classes that add nothing but their name, and the list of all.

use super::{attribute, base, group, import, keyerror, name, os, stop, syntax, unicode};
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::type_ids::TypeId;

macro_rules! plain {
    ($($s:ident $id:ident $name:literal $base:ident $doc:literal;)*) => {
        $(
            static $s: TypeDef = TypeDef {
                base: TypeId::$base,
                flags: base::FLAGS,
                doc: $doc,
                ..TypeDef::new(TypeId::$id, $name, BaseException::LAYOUT)
            };
        )*
    };
}

plain! {
    KEYBOARD_INTERRUPT KeyboardInterrupt "KeyboardInterrupt" BaseException "Program interrupted by user.";
    GENERATOR_EXIT GeneratorExit "GeneratorExit" BaseException "Request that a generator exit.";
    EXCEPTION Exception "Exception" BaseException "Common base class for all non-exit exceptions.";
    STOP_ASYNC_ITERATION StopAsyncIteration "StopAsyncIteration" Exception "Signal the end from iterator.__anext__().";
    ARITHMETIC_ERROR ArithmeticError "ArithmeticError" Exception "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR FloatingPointError "FloatingPointError" ArithmeticError "Floating-point operation failed.";
    OVERFLOW_ERROR OverflowError "OverflowError" ArithmeticError "Result too large to be represented.";
    ZERO_DIVISION_ERROR ZeroDivisionError "ZeroDivisionError" ArithmeticError "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR AssertionError "AssertionError" Exception "Assertion failed.";
    BUFFER_ERROR BufferError "BufferError" Exception "Buffer error.";
    EOF_ERROR EOFError "EOFError" Exception "Read beyond end of file.";
    MODULE_NOT_FOUND_ERROR ModuleNotFoundError "ModuleNotFoundError" ImportError "Module not found.";
    LOOKUP_ERROR LookupError "LookupError" Exception "Base class for lookup errors.";
    INDEX_ERROR IndexError "IndexError" LookupError "Sequence index out of range.";
    MEMORY_ERROR MemoryError "MemoryError" Exception "Out of memory.";
    UNBOUND_LOCAL_ERROR UnboundLocalError "UnboundLocalError" NameError "Local name referenced but not bound to a value.";
    BLOCKING_IO_ERROR BlockingIOError "BlockingIOError" OSError "I/O operation would block.";
    CHILD_PROCESS_ERROR ChildProcessError "ChildProcessError" OSError "Child process error.";
    CONNECTION_ERROR ConnectionError "ConnectionError" OSError "Connection error.";
    BROKEN_PIPE_ERROR BrokenPipeError "BrokenPipeError" ConnectionError "Broken pipe.";
    CONNECTION_ABORTED_ERROR ConnectionAbortedError "ConnectionAbortedError" ConnectionError "Connection aborted.";
    CONNECTION_REFUSED_ERROR ConnectionRefusedError "ConnectionRefusedError" ConnectionError "Connection refused.";
    CONNECTION_RESET_ERROR ConnectionResetError "ConnectionResetError" ConnectionError "Connection reset.";
    FILE_EXISTS_ERROR FileExistsError "FileExistsError" OSError "File already exists.";
    FILE_NOT_FOUND_ERROR FileNotFoundError "FileNotFoundError" OSError "File not found.";
    INTERRUPTED_ERROR InterruptedError "InterruptedError" OSError "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR IsADirectoryError "IsADirectoryError" OSError "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR NotADirectoryError "NotADirectoryError" OSError "Operation only works on directories.";
    PERMISSION_ERROR PermissionError "PermissionError" OSError "Not enough permissions.";
    PROCESS_LOOKUP_ERROR ProcessLookupError "ProcessLookupError" OSError "Process not found.";
    TIMEOUT_ERROR TimeoutError "TimeoutError" OSError "Timeout expired.";
    REFERENCE_ERROR ReferenceError "ReferenceError" Exception "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR RuntimeError "RuntimeError" Exception "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR NotImplementedError "NotImplementedError" RuntimeError "Method or function hasn't been implemented yet.";
    RECURSION_ERROR RecursionError "RecursionError" RuntimeError "Recursion limit exceeded.";
    PYTHON_FINALIZATION_ERROR PythonFinalizationError "PythonFinalizationError" RuntimeError "Operation blocked during Python finalization.";
    INDENTATION_ERROR IndentationError "IndentationError" SyntaxError "Improper indentation.";
    TAB_ERROR TabError "TabError" IndentationError "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR IncompleteInputError "_IncompleteInputError" SyntaxError "incomplete input.";
    SYSTEM_ERROR SystemError "SystemError" Exception "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    TYPE_ERROR TypeError "TypeError" Exception "Inappropriate argument type.";
    VALUE_ERROR ValueError "ValueError" Exception "Inappropriate argument value (of correct type).";
    UNICODE_ERROR UnicodeError "UnicodeError" ValueError "Unicode related error.";
    WARNING Warning "Warning" Exception "Base class for warning categories.";
    DEPRECATION_WARNING DeprecationWarning "DeprecationWarning" Warning "Base class for warnings about deprecated features.";
    PENDING_DEPRECATION_WARNING PendingDeprecationWarning "PendingDeprecationWarning" Warning "Base class for warnings about features which will be deprecated\nin the future.";
    RUNTIME_WARNING RuntimeWarning "RuntimeWarning" Warning "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING SyntaxWarning "SyntaxWarning" Warning "Base class for warnings about dubious syntax.";
    USER_WARNING UserWarning "UserWarning" Warning "Base class for warnings generated by user code.";
    FUTURE_WARNING FutureWarning "FutureWarning" Warning "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING ImportWarning "ImportWarning" Warning "Base class for warnings about probable mistakes in module imports";
    UNICODE_WARNING UnicodeWarning "UnicodeWarning" Warning "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    BYTES_WARNING BytesWarning "BytesWarning" Warning "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    RESOURCE_WARNING ResourceWarning "ResourceWarning" Warning "Base class for warnings about resource usage.";
    ENCODING_WARNING EncodingWarning "EncodingWarning" Warning "Base class for warnings about encodings.";
}

/// Every exception class, bases first.
pub static ALL: &[&TypeDef] = &[
    &base::DEF,
    &EXCEPTION,
    &group::BASE,
    &group::GROUP,
    &stop::SYSTEM_EXIT,
    &KEYBOARD_INTERRUPT,
    &GENERATOR_EXIT,
    &stop::STOP_ITERATION,
    &STOP_ASYNC_ITERATION,
    &ARITHMETIC_ERROR,
    &FLOATING_POINT_ERROR,
    &OVERFLOW_ERROR,
    &ZERO_DIVISION_ERROR,
    &ASSERTION_ERROR,
    &attribute::DEF,
    &BUFFER_ERROR,
    &EOF_ERROR,
    &import::DEF,
    &MODULE_NOT_FOUND_ERROR,
    &LOOKUP_ERROR,
    &INDEX_ERROR,
    &keyerror::DEF,
    &MEMORY_ERROR,
    &name::DEF,
    &UNBOUND_LOCAL_ERROR,
    &os::DEF,
    &BLOCKING_IO_ERROR,
    &CHILD_PROCESS_ERROR,
    &CONNECTION_ERROR,
    &BROKEN_PIPE_ERROR,
    &CONNECTION_ABORTED_ERROR,
    &CONNECTION_REFUSED_ERROR,
    &CONNECTION_RESET_ERROR,
    &FILE_EXISTS_ERROR,
    &FILE_NOT_FOUND_ERROR,
    &INTERRUPTED_ERROR,
    &IS_A_DIRECTORY_ERROR,
    &NOT_A_DIRECTORY_ERROR,
    &PERMISSION_ERROR,
    &PROCESS_LOOKUP_ERROR,
    &TIMEOUT_ERROR,
    &REFERENCE_ERROR,
    &RUNTIME_ERROR,
    &NOT_IMPLEMENTED_ERROR,
    &RECURSION_ERROR,
    &PYTHON_FINALIZATION_ERROR,
    &syntax::DEF,
    &INDENTATION_ERROR,
    &TAB_ERROR,
    &INCOMPLETE_INPUT_ERROR,
    &SYSTEM_ERROR,
    &TYPE_ERROR,
    &VALUE_ERROR,
    &UNICODE_ERROR,
    &unicode::DECODE,
    &unicode::ENCODE,
    &unicode::TRANSLATE,
    &WARNING,
    &DEPRECATION_WARNING,
    &PENDING_DEPRECATION_WARNING,
    &RUNTIME_WARNING,
    &SYNTAX_WARNING,
    &USER_WARNING,
    &FUTURE_WARNING,
    &IMPORT_WARNING,
    &UNICODE_WARNING,
    &BYTES_WARNING,
    &RESOURCE_WARNING,
    &ENCODING_WARNING,
];
