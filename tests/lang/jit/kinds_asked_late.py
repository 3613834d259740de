# Arguments whose kind nothing asks for before the call: they are dropped as what they are, and the call is not made twice.


class Field:
    def __init__(self, name, default):
        self.name, self.default = name, default


class Owner:
    pass


missing = object()
calls = []


def noted(owner, name):
    calls.append(name)
    return getattr(owner, name, None)


def plain(owner, fields):
    found = []
    for f in fields:
        if isinstance(getattr(owner, f.name, None), Field):
            found.append(f.name)
            if f.default is missing:
                delattr(owner, f.name)
            else:
                setattr(owner, f.name, f.default)
    return found


def through_a_call(owner, fields):
    found = 0
    for f in fields:
        if isinstance(noted(owner, f.name), (Field, str)):
            found += 1
    return found


values = [None, 1, 2.5, True, "text", (), [], Field("q", 1), 1 << 70, missing, Owner, len]
for turn in range(40):
    owner, fields = Owner(), []
    for n in range(turn % 7 + 1):
        value = values[(turn * 5 + n * n) % len(values)]
        fields.append(Field(f"f{n}", value))
        setattr(owner, f"f{n}", fields[-1] if n % 3 == turn % 3 else value)
    through = through_a_call(owner, fields)
    print(turn, plain(owner, fields), through, len(calls), sorted(vars(owner)))


class Proxy:
    def __init__(self, obj):
        self.__obj = obj

    def __getattribute__(self, name):
        if name.startswith("_Proxy__"):
            return object.__getattribute__(self, name)
        return getattr(self.__obj, name)


class Answering:
    def __getattr__(self, name):
        return Owner


import weakref


def is_owner(o, c):
    if isinstance(o, c):
        return "owner"
    return "other"


class Sub(Owner):
    pass


alive = Owner()
for o in [alive, Proxy(alive), weakref.proxy(alive), Answering(), Sub(), Proxy(Sub()), Owner, 5, Proxy(5)] * 3:
    print(is_owner(o, Owner), is_owner(o, (int, Sub)), is_owner(o, type))
