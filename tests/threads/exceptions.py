# Exceptions, tracebacks and contexts are each thread's own.
import sys
import threading
import time

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
THREADS = 8
errors = []


def run(work):
    """Runs `work(thread number, stop)` on all threads; `stop()` says when the time is up."""
    end = time.monotonic() + SECONDS
    gate = threading.Barrier(THREADS)

    def body(n):
        try:
            gate.wait()
            work(n, lambda: time.monotonic() >= end)
        except BaseException as e:
            errors.append(f"thread {n}: {type(e).__name__}: {e}")

    threads = [threading.Thread(target=body, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        print(*errors[:5], sep="\n")
        sys.exit(1)


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
