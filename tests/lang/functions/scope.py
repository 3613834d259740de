x = "global"


def reads():
    return x


def shadows():
    x = "local"
    return x


def writes():
    global x
    x = "changed"


print(reads(), shadows(), x)
writes()
print(x)


def make():
    global created
    created = 1


make()
print(created)


def f(flag):
    if flag:
        import math as m
    try:
        return m.floor(1.5)
    except UnboundLocalError as e:
        return str(e)


print(f(True), f(False))
print("x" in globals(), "zzz" in globals())


def loc(a, b=2):
    c = 3
    return sorted(locals().items())


print(loc(1))
try:
    del nothing
except NameError as e:
    print(e)
for i in range(3):
    pass
print(i)
try:
    raise ValueError(1)
except ValueError as e:
    pass
try:
    e
except NameError as n:
    print(n)


def nested():
    def g():
        return v
    v = 1
    first = g()
    v = 2
    return first, g()


print(nested())
exec("hidden = 1")
print(hidden)
import builtins
builtins.my_builtin = 42
print(my_builtin)
del builtins.my_builtin
try:
    my_builtin
except NameError as e:
    print(e)
def len(x):
    return "mine"
print(len([]))
del len
print(len([]))
