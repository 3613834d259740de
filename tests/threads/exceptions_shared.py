# Exceptions that are handed to other threads with their tracebacks: those walk them while they are replaced and raised anew.
import sys

from support.workers import run

shared = [None] * 8


def fail(n, depth):
    mark = [n]
    if depth:
        return fail(n, depth - 1)
    raise ValueError(n)


def hand_over(n):
    # Raised in a generator, which others resume while it handles the exception.
    try:
        fail(n, 2)
    except ValueError as e:
        yield e
        yield e.__traceback__
        try:
            raise e
        except ValueError as again:
            yield again.__traceback__


def walk(e):
    tb, frames = e.__traceback__, 0
    while tb:
        mark = tb.tb_frame.f_locals.get("mark")
        assert mark is None or mark[0] == e.args[0], (mark, e)
        frames += 1
        tb = tb.tb_next
    return frames


def work(n, stop):
    k = 0
    while not stop():
        k += 1
        place = (n + k) % len(shared)
        found = shared[place]
        if found is not None:
            if isinstance(found, ValueError):
                walk(found)
                if k % 7 == 0:
                    found.__traceback__ = None
                elif k % 5 == 0:
                    try:
                        raise found
                    except ValueError as e:
                        assert e is found
            else:
                try:
                    next(found, None)
                except ValueError as e:
                    assert e.args == ("generator already executing",)
        if k % 3 == 0:
            shared[place] = hand_over(n)
        else:
            try:
                fail(n, 3)
            except ValueError as e:
                assert walk(e) == 5
                if k % 2:
                    shared[place] = e
        assert sys.exception() is None


run(work)
print("ok")
