# Exceptions that are raised and handled inside loops, and all the ways in which handlers look at them.
import gc, sys, threading, traceback, weakref


class Own(Exception):
    pass


class Other(Own):
    def __init__(self, n):
        super().__init__(n)
        self.n = n


class Map:
    def __init__(self):
        self.d = {1: "one"}

    def __getitem__(self, k):
        try:
            v = self.d[k]
        except KeyError:
            raise KeyError(k) from None
        return v

    def get(self, k, default=None):
        try:
            return self[k]
        except KeyError:
            return default


def unseen(n):
    m, found = Map(), 0
    for i in range(n):
        if m.get(i % 7) is None:
            found += 1
    return found


def thrower(i):
    if i % 3 == 0:
        raise Own(i)
    if i % 5 == 0:
        raise Other(i)
    return i


def kinds(n):
    total = 0
    for i in range(n):
        try:
            total += thrower(i)
        except Other as e:
            total += e.n * 1000
        except Own as e:
            total += e.args[0] * 100
        else:
            total += 1
        finally:
            total += 2
    return total


def nested(n):
    out = []
    for i in range(n):
        try:
            try:
                [][i]
            except IndexError as e:
                if i % 2:
                    {}[i]
                raise ValueError(i) from e
        except (KeyError, ValueError) as e:
            out.append((type(e).__name__, e.args, type(e.__context__).__name__, type(e.__cause__).__name__))
    return out[:1] + out[-2:]


def lines(n):
    last = None
    for i in range(n):
        try:
            Map()[i + 10]
        except KeyError as e:
            last = e
    return [(f.name, f.lineno, f.line) for f in traceback.extract_tb(last.__traceback__)]


def seen(n):
    states = set()
    for i in range(n):
        try:
            int("x")
        except ValueError:
            states.add((type(sys.exception()).__name__, sys.exc_info()[1] is sys.exception()))
        states.add(sys.exception())
    return sorted(map(str, states))


def inner_handled(f):
    try:
        f()
    except ZeroDivisionError:
        return type(sys.exception().__context__).__name__


def contexts(n):
    names = set()
    for i in range(n):
        try:
            raise Own(i)
        except Own:
            names.add(inner_handled(lambda: 1 // 0))
    return names


def again(n):
    count = 0
    for i in range(n):
        try:
            try:
                raise Own(i)
            except Own:
                count += 1
                raise
        except Own as e:
            tb = e.__traceback__
            k = 0
            while tb:
                k, tb = k + 1, tb.tb_next
            count += k * 10
    return count


class Dies:
    died = 0

    def __del__(self):
        Dies.died += 1


def holder(n):
    d = Dies()
    raise Own(n)


def finalisers(n):
    for i in range(n):
        try:
            holder(i)
        except Own:
            pass
    gc.collect()
    return Dies.died


kept = []


def shared(n):
    e = Own("shared")
    kept.append(e)
    for i in range(n):
        e.__traceback__ = None
        try:
            raise e
        except Own:
            pass
        tb = e.__traceback__
        if tb is None or tb.tb_next is not None:
            return "no traceback"
    return tb.tb_lineno - shared.__code__.co_firstlineno


def variables(n):
    def fail(x):
        y = x * 2
        raise Own(y)

    for i in range(n):
        try:
            fail(i)
        except Own as e:
            got = e.__traceback__.tb_next.tb_frame.f_locals
    return sorted(got.items())


def leaves(n):
    for i in range(n):
        try:
            if i == n - 1:
                raise Other(i)
        except KeyError:
            pass


def cleanup(n):
    t = 0
    for i in range(n):
        try:
            try:
                if i & 1:
                    raise Own
            finally:
                t += 1
        except Own:
            t += 10
    return t


class Context:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, t, e, tb):
        return self.swallow and tb is not None


def contexts_left(n):
    t = 0
    for i in range(n):
        try:
            with Context(i % 2):
                if i % 3 == 0:
                    raise Own
            t += 1
        except Own:
            t += 100
    return t


def changing(n):
    global Own
    was, t = Own, 0
    for i in range(n):
        try:
            raise was
        except Own:
            t += 1
        except Exception:
            t += 1000
        if i == n - 2:
            Own = KeyError
    Own = was
    return t


def deep(n, k):
    if k == 0:
        raise Own(n)
    deep(n, k - 1)


def depths(n):
    got = []
    for i in range(n):
        try:
            deep(i, 3)
        except Own as e:
            got = [f.name for f in traceback.extract_tb(e.__traceback__)]
    return got


def gen(n):
    for i in range(n):
        try:
            yield thrower(i)
        except Own:
            yield -1


def stops(n):
    it, t = iter(range(n)), 0
    while True:
        try:
            t += next(it)
        except StopIteration:
            return t


def unbound(n):
    t = 0
    for i in range(n):
        try:
            t += x
        except UnboundLocalError as e:
            t += len(str(e))
        if i == -1:
            x = 1
    return t


class Box:
    pass


def fails(box):
    raise Own(box)


def cycles(n):
    boxes = []
    for i in range(n):
        b = Box()
        boxes.append(weakref.ref(b))
        try:
            fails(b)
        except Own as e:
            b.e = e
        del b
    gc.collect()
    return sum(b() is not None for b in boxes)


def threads(n):
    """Who asks for the traceback is not who caught it."""
    queue, counts = [], []

    def look():
        for e in queue:
            tb = e.__traceback__
            counts.append((tb.tb_next.tb_frame.f_locals["box"], tb.tb_lineno - threads.__code__.co_firstlineno))

    for i in range(n):
        try:
            fails(i)
        except Own as e:
            queue.append(e)
    ts = [threading.Thread(target=look) for _ in range(2)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    return len(counts), sum(i for i, _ in counts), {line for _, line in counts}


N = 300
print(unseen(N))
print(kinds(N))
print(nested(N))
print(lines(N))
print(seen(N))
print(contexts(N))
print(again(N))
print(finalisers(N))
print(shared(N))
print(variables(N))
try:
    leaves(N)
except Other as e:
    print("left", e.n, e.__traceback__.tb_next.tb_lineno - leaves.__code__.co_firstlineno)
print(cleanup(N))
print(contexts_left(N))
print(changing(N))
print(depths(N))
try:
    print(sum(gen(N)))
except Own as e:
    print("gen", e)
print(stops(N))
print(unbound(N))
print(cycles(N))
print(threads(N))


class Counted:
    def __init__(self):
        self.entered = self.left = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, t, e, tb):
        self.left += 1
        return t is not None and issubclass(t, Own) and e.__traceback__ is tb and tb.tb_next is not None


def plain_with(n):
    c, t = Counted(), 0
    for i in range(n):
        with c as me, threading.Lock() as taken:
            t += taken + (me is c)
    return t, c.entered, c.left


def swallowing(n):
    c, t = Counted(), 0
    for i in range(n):
        with c:
            t += thrower(i)
    return t, c.entered, c.left


def returning(n):
    c, t = Counted(), 0

    def one(i):
        with c:
            return i

    for i in range(n):
        t += one(i)
    return t, c.entered, c.left


def left_with(c, n):
    for i in range(n):
        with c:
            if i == n - 1:
                raise KeyError(i)


print(plain_with(N))
print(swallowing(N))
print(returning(N))
counted = Counted()
try:
    left_with(counted, N)
except KeyError as e:
    print(e, counted.entered, counted.left)


def unbound(n, keys):
    """A variable that only some ways bind, where an exception is caught further out."""
    for k in keys:
        try:
            if n % 3 == 0:
                found = k
            lookup({}, n)
        except LookupError as e:
            error = e
    return error


def lookup(d, n):
    if n % 2:
        bound = n
    try:
        return d[n]
    except KeyError as e:
        raise LookupError(n) from e


lines = set()
for n in range(300):
    e = unbound(n, "ab")
    tb = e.__traceback__
    while tb:
        lines.add((tb.tb_frame.f_code.co_name, sorted(tb.tb_frame.f_locals)[0]))
        tb = tb.tb_next
print(sorted(lines))
