def inner():
    try:
        x = yield 1
        print("inner got", x)
        yield 2
    except ValueError as e:
        print("inner caught", e)
        yield "handled"
    return "result"


def outer():
    r = yield from inner()
    print("inner returned", r)
    r = yield from [10, 20]
    print("list returned", r)
    return "end"


o = outer()
print(next(o), o.send("s"), next(o), next(o))
try:
    next(o)
except StopIteration as e:
    print(e.value)
o = outer()
next(o)
print(o.throw(ValueError("v")))
o.close()


class It:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration("from class")


def w():
    x = yield from It()
    print(x)
    yield


next(w())


def deep(n):
    if n:
        yield from deep(n - 1)
    yield n


print(list(deep(50))[-3:], sum(deep(200)))


def finalised():
    try:
        yield from inner2()
    finally:
        print("outer finally")


def inner2():
    try:
        yield 1
    finally:
        print("inner finally")


f = finalised()
next(f)
f.close()


def wrong():
    yield from 5


try:
    next(wrong())
except TypeError as e:
    print(e)


def tree(n):
    if n:
        yield from tree(n // 2)
        yield n
        yield from tree(n // 2)


print(list(tree(6)))
