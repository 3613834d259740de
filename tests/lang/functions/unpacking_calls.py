def f(*args, **kw):
    return args, kw


print(f(*[1, 2], 3, *(4, 5), **{"a": 1}, b=2, **{"c": 3}))
print(f(*range(3), *"ab"))
print(f(*[], **{}))


class Mapping:
    def keys(self):
        print("keys")
        return ["x", "y"]

    def __getitem__(self, key):
        print("get", key)
        return key * 2


print(f(**Mapping()))


def gen():
    yield 1
    print("between")
    yield 2


print(f(*gen()))
print([*gen(), 0], {*[1, 2], 2, 3} == {1, 2, 3}, (*"xy", *"z"))
print({**{"a": 1, "b": 2}, "a": 3, **{"c": 4}})
