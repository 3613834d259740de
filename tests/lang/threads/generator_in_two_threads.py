import threading

inside, leave = threading.Event(), threading.Event()


def gen():
    yield 1
    inside.set()
    leave.wait()
    yield 2


g = gen()
next(g)
got = []
t = threading.Thread(target=lambda: got.append(next(g)), daemon=True)
t.start()
inside.wait()
for f in (lambda: next(g), lambda: g.send(None), lambda: g.throw(KeyError), lambda: g.close()):
    try:
        f()
    except ValueError as e:
        print(e)
leave.set()
t.join()
print(got, g.gi_running)


def itself():
    yield next(me)


me = itself()
try:
    next(me)
except ValueError as e:
    print(e)
