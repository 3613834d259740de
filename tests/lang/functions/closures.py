def counter():
    n = 0

    def inc(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return inc, get


inc, get = counter()
inc(), inc(5)
print(get())
inc2, get2 = counter()
inc2()
print(get(), get2())
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])


def outer():
    x = 1

    def middle():
        def inner():
            nonlocal x
            x = 2
        inner()
        return x

    return middle(), x


print(outer())


def late():
    def use():
        return value
    try:
        use()
    except NameError as e:
        print(type(e).__name__, e)
    value = 7
    return use()


print(late())
print(inc.__closure__[0].cell_contents, inc.__code__.co_freevars, counter.__code__.co_cellvars)


def unbound():
    try:
        print(q)
    except UnboundLocalError as e:
        print(e)
    q = 1
    del q
    try:
        print(q)
    except UnboundLocalError as e:
        print(e)


unbound()


def f():
    x = 1
    class A:
        x = 2
        def get(self):
            return x
        y = x
    return A().get(), A.y


print(f())
