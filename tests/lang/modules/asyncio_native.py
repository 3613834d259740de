# `_asyncio`: futures and tasks as native code has them.
import asyncio
import contextvars
import gc
import threading
import weakref
from asyncio import events, futures, tasks

import _asyncio

print(futures.Future is _asyncio.Future, tasks.Task is _asyncio.Task, _asyncio.Task.__mro__)
print(events.get_running_loop is _asyncio.get_running_loop)


def show(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except BaseException as e:
        print(type(e).__name__, e)


# What was never initialised.
f = _asyncio.Future.__new__(_asyncio.Future)
for name in "_state _loop _callbacks _result _exception _cancel_message _log_traceback _source_traceback _asyncio_future_blocking _asyncio_awaited_by".split():
    show(getattr, f, name)
for call in (f.done, f.cancelled, f.result, f.exception, f.cancel, f.get_loop, f.__await__):
    show(call)
show(f.set_result, 1)
show(repr, f)
show(f.add_done_callback, print)
t = _asyncio.Task.__new__(_asyncio.Task)
for name in "_coro _fut_waiter _must_cancel _log_destroy_pending _state".split():
    show(getattr, t, name)
show(t.get_name)
show(t.uncancel)
del f, t

loop = asyncio.new_event_loop()
Future, Task = _asyncio.Future, _asyncio.Task
show(Future, 1)
show(Task)
show(Task, 1, loop=loop)
show(Task, 1, 2)
show(Future)
f = Future(loop=loop)
show(f.result)
show(f.exception)
show(f.set_exception, 1)
show(setattr, f, "_log_traceback", True)
show(delattr, f, "_log_traceback")
show(delattr, f, "_cancel_message")
f.set_exception(StopIteration(3))
print(repr(f.exception()), repr(f.exception().__cause__))
f = Future(loop=loop)
f.set_result(5)
show(f.set_result, 6)
print(f, f._state, f._result, Future[int])
it = f.__await__()
show(it.send, None)
show(next, it)
it = Future(loop=loop).__await__()
print(next(it)._asyncio_future_blocking)
show(next, it)
show(it.throw, ValueError("x"))
show(next, it)
show(it.throw, 1)

# Attributes of their own, weak references, classes that derive.
f.note = 1
print(f.note, weakref.ref(f)() is f)


class Sub(asyncio.Future):
    def __init__(self, *, loop):
        super().__init__(loop=loop)
        self.seen = []

    def set_result(self, r):
        self.seen.append(r)
        super().set_result(r + 1)


s = Sub(loop=loop)
s.set_result(1)
print(s.seen, s.result(), s)

# Callbacks, in order and with their contexts.
var = contextvars.ContextVar("var", default=0)


def saw(f):
    print("callback", f.result(), var.get())


def other(f):
    print("never")


def run_once():
    loop.call_soon(loop.stop)
    loop.run_forever()


f = Future(loop=loop)
f.add_done_callback(saw)
var.set(1)
f.add_done_callback(saw)
f.add_done_callback(other)
context = contextvars.copy_context()
context.run(var.set, 2)
f.add_done_callback(saw, context=context)
print(len(f._callbacks), f.remove_done_callback(other), f.remove_done_callback(other), len(f._callbacks))
f.set_result("r")
print(f._callbacks)
run_once()
f.add_done_callback(saw)
run_once()


# Tasks.
async def nothing():
    return "done"


async def fails():
    raise ValueError("no")


async def main():
    t = asyncio.create_task(nothing(), name="one")
    print(t.get_name(), t.get_context() is not None, t.get_coro().__name__, t._coro is t.get_coro())
    t.set_name(2)
    print(repr(t.get_name()), await t, repr(t)[:25])
    t = asyncio.create_task(fails())
    try:
        await t
    except ValueError as e:
        print(e, t.exception() is e)
    show(t.set_result, 1)
    show(t.set_exception, ValueError())

    async def sleeps():
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError as e:
            print("cancelled", e.args, t.cancelling(), t._must_cancel)
            raise

    t = asyncio.create_task(sleeps())
    await asyncio.sleep(0)
    print(t._fut_waiter._state, t._fut_waiter._callbacks[0][0].__qualname__, t.cancel("why"))
    try:
        await t
    except asyncio.CancelledError as e:
        print(e.args, t.cancelled(), t.uncancel(), t.cancel())

    # Cancelled before its first step.
    t = asyncio.create_task(nothing())
    t.cancel()
    print(t._must_cancel, (await asyncio.gather(t, return_exceptions=True)))

    # What may be yielded.
    class Yields:
        def __init__(self, v):
            self.v = v

        def __await__(self):
            return (yield self.v)

    async def bad(v):
        await Yields(v)

    g = (i for i in ())
    other_loop = asyncio.new_event_loop()
    foreign = other_loop.create_future()
    foreign._asyncio_future_blocking = True
    pending = asyncio.get_running_loop().create_future()
    for v in (1, g, foreign, pending):
        try:
            await asyncio.create_task(bad(v))
        except RuntimeError as e:
            print(str(e).split(" <")[0], str(e)[-12:] if v is foreign else "")
    other_loop.close()
    await asyncio.create_task(bad(None))

    async def itself():
        me = asyncio.current_task()
        me._asyncio_future_blocking = True
        await Yields(me)

    show(lambda: None)
    try:
        await asyncio.create_task(itself())
    except RuntimeError as e:
        print(str(e).split(":")[0])

    # A future of another kind.
    class Duck:
        _asyncio_future_blocking = False
        callbacks = []

        def get_loop(self):
            return asyncio.get_running_loop()

        def add_done_callback(self, f, context):
            self.callbacks.append(f)

        def result(self):
            raise KeyError("duck")

        def __await__(self):
            self._asyncio_future_blocking = True
            yield self
            return "quack"

    async def duck(d):
        try:
            return await d
        except KeyError as e:
            return e

    d = Duck()
    t = asyncio.create_task(duck(d))
    await asyncio.sleep(0)
    print(t._fut_waiter is d, d._asyncio_future_blocking)
    asyncio.get_running_loop().call_soon(d.callbacks[0], d)
    print(repr(await t))

    # Who awaits whom.
    f = asyncio.get_running_loop().create_future()

    async def waits():
        return await f

    two = [asyncio.create_task(waits()) for _ in range(2)]
    await asyncio.sleep(0)
    print(f._asyncio_awaited_by == set(two), len(asyncio.all_tasks()))
    f.set_result(4)
    print(await asyncio.gather(*two), f._asyncio_awaited_by and len(f._asyncio_awaited_by))
    print(asyncio.all_tasks() == {asyncio.current_task()})

    # The first step at once.
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    before = asyncio.current_task()
    order = []

    async def eager(n):
        order.append((n, asyncio.current_task().get_name()))
        if n > 2:
            await asyncio.sleep(0)
        return n

    t = [asyncio.create_task(eager(n), name=f"e{n}") for n in range(5)]
    print(order, [x.done() for x in t], t[0].get_coro(), before is asyncio.current_task())
    print([await x for x in t], len(asyncio.all_tasks()))
    asyncio.get_running_loop().set_task_factory(None)

    # Interrupted from inside.
    async def leaves():
        raise SystemExit(3)

    return asyncio.create_task(leaves())


try:
    loop.run_until_complete(main())
    loop.run_forever()
except SystemExit as e:
    print("exit", e.code)

# Messages of those that die early.
seen = []
loop.set_exception_handler(lambda loop, context: seen.append(context))
f = Future(loop=loop)
f.set_exception(KeyError(1))
del f
gc.collect()
print(seen[-1]["message"], repr(seen[-1]["exception"]), type(seen[-1]["future"]).__name__)


async def forever():
    await asyncio.get_running_loop().create_future()


t = loop.create_task(forever())
run_once()
print(len(asyncio.all_tasks(loop)))
gc.collect()
n = len(seen)
del t
gc.collect()
print(len(seen) - n, seen[-1]["message"], len(asyncio.all_tasks(loop)) <= 1)
seen.clear()
gc.collect()


# Loops and tasks of other threads.
ready, over = threading.Event(), threading.Event()
found = {}


def elsewhere():
    async def waits():
        found["loop"], found["task"] = asyncio.get_running_loop(), asyncio.current_task()
        ready.set()
        while not over.is_set():
            await asyncio.sleep(0.001)

    asyncio.run(waits())


th = threading.Thread(target=elsewhere)
th.start()
ready.wait()
print(asyncio.all_tasks(found["loop"]) == {found["task"]}, asyncio.current_task(found["loop"]) in (None, found["task"]))
over.set()
th.join()
print(asyncio.all_tasks(found["loop"]), asyncio.current_task(found["loop"]))

# Who enters and leaves.
show(tasks._enter_task, 1, 2)
asyncio._set_running_loop(loop)
tasks._enter_task(loop, 2)
show(tasks._enter_task, loop, 3)
show(tasks._leave_task, loop, 3)
print(tasks._swap_current_task(loop, None), tasks._swap_current_task(loop, 5), asyncio.current_task())
tasks._leave_task(loop, 5)
asyncio._set_running_loop(None)
show(asyncio.get_running_loop)
loop.close()
