# Frames of generators: while they run, when they have gone, and the way back from a frame to its generator.


def gen(p):
    x = 1
    yield x
    yield 2


async def coro(p):
    return 3


# A frame outlives its generator with the variables that it had.
def others():
    return [gen([i]) for i in range(50)]


g = gen([1, 2])
f = g.gi_frame
g.close()
del g
keep = others()
print(f.f_lineno, f.f_locals, f.f_code.co_name, f.f_generator)
g = gen([1, 2])
f = g.gi_frame
del g
keep = others()
print(f.f_lineno, f.f_locals)
g = gen([1, 2])
next(g)
f = g.gi_frame
del g
keep = others()
print(f.f_lineno, f.f_locals)
c = coro([1])
f = c.cr_frame
c.close()
del c
keep = others()
print(f.f_lineno, f.f_locals)

g = gen(7)
f = g.gi_frame
print(f.f_generator is g, next(g), f.f_generator is g, list(g), f.f_generator, g.gi_frame)


def looks():
    me = h.gi_frame
    print(h.gi_running, me.f_code.co_name, me.f_generator is h, me.f_back.f_code.co_name)
    yield 1
    print(h.gi_frame is me)


h = looks()
print(list(h), h.gi_frame)


async def inner():
    print(o.cr_running, o.cr_frame.f_code.co_name, o.cr_frame.f_generator is o)


async def outer():
    await inner()


o = outer()
try:
    o.send(None)
except StopIteration:
    print("ended", o.cr_frame)


def plain():
    import sys
    print(sys._getframe().f_generator)


plain()
print([].append.__qualname__, repr([].append)[:38])
