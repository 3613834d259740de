# Exceptions, tracebacks and contexts are each thread's own.
import sys

from support.workers import run


def fail(n, depth):
    if depth:
        return fail(n, depth - 1)
    raise ValueError(n)


def work(n, stop):
    while not stop():
        try:
            try:
                fail(n, 5)
            except ValueError as e:
                assert e.args == (n,)
                assert sys.exception() is e
                raise KeyError(n) from e
        except KeyError as k:
            assert k.__cause__.args == (n,) and k.__context__ is k.__cause__
            tb, names = k.__cause__.__traceback__, []
            while tb:
                names.append(tb.tb_frame.f_code.co_name)
                tb = tb.tb_next
            assert names == ["work"] + ["fail"] * 6, names
        assert sys.exception() is None


run(work)
print("ok")
