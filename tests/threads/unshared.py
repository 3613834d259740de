# What a thread made and only its own registers refer to is changed without a lock. Here each such object is handed over in
# ways that store it nowhere: in the frame of a generator, as what a bound method is bound to, out of its own `__init__`.
# Then two threads change it at once, and no change may be lost.
import sys
import threading
import time
from queue import SimpleQueue

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
WORKERS = 4
N = 300
errors = []
jobs = SimpleQueue()


def helper():
    while (job := jobs.get()) is not None:
        work, begun, done = job
        begun.append(1)
        try:
            for i in range(N):
                work(("theirs", i))
        except BaseException as e:
            errors.append(repr(e))
        done.release()


def hand_over(work):
    done = threading.Lock()
    done.acquire()
    begun = []
    jobs.put((work, begun, done))
    # Both are to be at work at the same time, and waking up takes longer than the work.
    while not begun:
        time.sleep(0)
    return done


def expect(what, found, twice=True):
    found = sorted(found)
    wanted = sorted((who, i) for who in (("mine", "theirs") if twice else ("mine",)) for i in range(N))
    if found != wanted:
        errors.append(f"{what}: {len(found)} of {len(wanted)}")


def list_by_bound_method():
    items = []
    done = hand_over(items.append)
    for i in range(N):
        items.append(("mine", i))
    done.acquire()
    expect("list by bound method", items)


def appending(items):
    while True:
        items.append((yield))


def list_by_generator():
    items = []
    g = appending(items)
    g.send(None)
    done = hand_over(g.send)
    del g
    for i in range(N):
        items.append(("mine", i))
    done.acquire()
    expect("list by generator", items)


class TwiceTheKey:
    """A call of a bound method that gives the key also as the value."""

    def __init__(self, method):
        self.method = method

    def __call__(self, key):
        self.method(key, key)


def dict_by_bound_method():
    table = {}
    done = hand_over(TwiceTheKey(table.setdefault))
    for i in range(N):
        table["mine", i] = None
    done.acquire()
    expect("dict by bound method", table)


def set_by_bound_method():
    found = set()
    done = hand_over(found.add)
    for i in range(N):
        found.add(("mine", i))
    done.acquire()
    expect("set by bound method", found)


class Made:
    """Hands itself over while it is made."""

    def __init__(self):
        self.first = 0
        done = hand_over(self.change)
        for i in range(N):
            self.mine = i
            setattr(self, f"mine{i}", i)
        self.last = 1
        done.acquire()

    def change(self, what):
        self.theirs = what[1]
        setattr(self, f"theirs{what[1]}", what[1])


def instance_in_the_making():
    made = Made()
    for who in ("mine", "theirs"):
        if getattr(made, who) != N - 1:
            errors.append(f"instance: {who} is {getattr(made, who)}")
        for i in range(N):
            if getattr(made, f"{who}{i}", None) != i:
                errors.append(f"instance: {who}{i} is lost")
    if (made.first, made.last) != (0, 1):
        errors.append("instance: first or last is lost")


class Passed:
    """Is passed on by its `__init__` in the frame of a generator and nowhere else; `self` is given up there."""

    def __init__(self, out):
        self.first = 0
        g = changing(self)
        g.send(None)
        out.append(hand_over(g.send))
        del g
        for i in range(N):
            self.mine = i
        self.after = 1


def changing(made):
    while True:
        made.theirs = (yield)
        made.more = 2


def instance_by_generator():
    out = []
    made = Passed(out)
    out[0].acquire()
    got = (made.first, made.mine, made.theirs, made.after, made.more)
    if got != (0, N - 1, ("theirs", N - 1), 1, 2):
        errors.append(f"instance by generator: {got}")


class Gone:
    """`self` is rebound in `__init__`: what stands below its registers is the only reference."""

    def __init__(self):
        self.a = 1
        me = self
        self = None
        me.b = 2
        del me


def instance_let_go():
    gone = Gone()
    if (gone.a, gone.b) != (1, 2):
        errors.append("instance let go")


def own(depth=3):
    """References of one thread only, in several records."""
    items = []

    def add(more, depth):
        more.append(("mine", len(more)))
        if depth:
            add(more, depth - 1)
            more.pop()

    for _ in range(N):
        add(items, depth)
    expect("own", items, False)


KINDS = (
    list_by_bound_method,
    list_by_generator,
    dict_by_bound_method,
    set_by_bound_method,
    instance_in_the_making,
    instance_by_generator,
    instance_let_go,
    own,
)


def worker(n):
    try:
        k = n
        while time.monotonic() < until and not errors:
            KINDS[k % len(KINDS)]()
            k += 1
    except BaseException as e:
        errors.append(repr(e))


until = time.monotonic() + SECONDS
helpers = [threading.Thread(target=helper) for _ in range(WORKERS)]
workers = [threading.Thread(target=worker, args=(n,)) for n in range(WORKERS)]
for t in helpers + workers:
    t.start()
for t in workers:
    t.join()
for _ in helpers:
    jobs.put(None)
for t in helpers:
    t.join()
for e in errors[:5]:
    print(e)
print("failed" if errors else "ok")
sys.exit(bool(errors))
