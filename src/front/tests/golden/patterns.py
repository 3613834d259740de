def kind(p):
    match p:
        case {"a": 1, **rest}:
            return rest
        case [x, *_] | (x, None):
            return x
        case Point(0, y=b) if b:
            return f"{b!r:>{p}} {b=}"

def generic[T: int](a: T, /, *, b: "str" = 1) -> T:
    return t"{a!s:x}"
