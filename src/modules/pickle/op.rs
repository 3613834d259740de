//! The instructions of a pickle, one byte each.

macro_rules! ops {
    ($($name:ident $code:literal $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: u8 = $code;)*
    };
}

ops! {
    MARK b'(' "marks a place on the stack";
    STOP b'.' "the end";
    POP b'0' "drops the top";
    POP_MARK b'1' "drops all down to the mark";
    DUP b'2' "the top once more";
    FLOAT b'F' "a float in digits";
    INT b'I' "an int, or a bool, in digits";
    BININT b'J' "an int of 4 bytes";
    BININT1 b'K' "an int of 1 byte";
    LONG b'L' "a long int in digits";
    BININT2 b'M' "an int of 2 bytes";
    NONE b'N' "None";
    PERSID b'P' "a persistent object, its id in a line";
    BINPERSID b'Q' "a persistent object, its id on the stack";
    REDUCE b'R' "calls";
    STRING b'S' "a str of Python 2, quoted";
    BINSTRING b'T' "a str of Python 2";
    SHORT_BINSTRING b'U' "a short str of Python 2";
    UNICODE b'V' "a str, escaped";
    BINUNICODE b'X' "a str in UTF-8";
    APPEND b'a' "appends to a list";
    BUILD b'b' "sets an object's state";
    GLOBAL b'c' "a name of a module, in two lines";
    DICT b'd' "a dict of what is above the mark";
    EMPTY_DICT b'}' "an empty dict";
    APPENDS b'e' "appends what is above the mark";
    GET b'g' "an object written before, its number in digits";
    BINGET b'h' "the same, 1 byte";
    INST b'i' "an instance of a class named in two lines";
    LONG_BINGET b'j' "an object written before, 4 bytes";
    LIST b'l' "a list of what is above the mark";
    EMPTY_LIST b']' "an empty list";
    OBJ b'o' "an instance of a class on the stack";
    PUT b'p' "remembers the top under a number in digits";
    BINPUT b'q' "the same, 1 byte";
    LONG_BINPUT b'r' "the same, 4 bytes";
    SETITEM b's' "sets an item";
    TUPLE b't' "a tuple of what is above the mark";
    EMPTY_TUPLE b')' "an empty tuple";
    SETITEMS b'u' "sets the items above the mark";
    BINFLOAT b'G' "a float of 8 bytes";
    PROTO 0x80 "the protocol";
    NEWOBJ 0x81 "`cls.__new__(cls, *args)`";
    EXT1 0x82 "a registered name, 1 byte";
    EXT2 0x83 "a registered name, 2 bytes";
    EXT4 0x84 "a registered name, 4 bytes";
    TUPLE1 0x85 "a tuple of 1 item";
    TUPLE2 0x86 "a tuple of 2 items";
    TUPLE3 0x87 "a tuple of 3 items";
    NEWTRUE 0x88 "True";
    NEWFALSE 0x89 "False";
    LONG1 0x8a "a long int of less than 256 bytes";
    LONG4 0x8b "a long int";
    BINBYTES b'B' "bytes";
    SHORT_BINBYTES b'C' "less than 256 bytes";
    SHORT_BINUNICODE 0x8c "a str of less than 256 bytes in UTF-8";
    BINUNICODE8 0x8d "a very long str";
    BINBYTES8 0x8e "very many bytes";
    EMPTY_SET 0x8f "an empty set";
    ADDITEMS 0x90 "adds what is above the mark";
    FROZENSET 0x91 "a frozenset of what is above the mark";
    NEWOBJ_EX 0x92 "`cls.__new__(cls, *args, **kwargs)`";
    STACK_GLOBAL 0x93 "a name of a module, both on the stack";
    MEMOIZE 0x94 "remembers the top under the next number";
    FRAME 0x95 "so many bytes follow that belong together";
    BYTEARRAY8 0x96 "a bytearray";
    NEXT_BUFFER 0x97 "a buffer from outside";
    READONLY_BUFFER 0x98 "the top, read-only";
}
