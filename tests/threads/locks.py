# Lock, RLock, Semaphore, Condition, Event, Barrier.
import threading

from support.workers import THREADS, run

lock, rlock, sem, cond = threading.Lock(), threading.RLock(), threading.Semaphore(3), threading.Condition()
state = {"plain": 0, "nested": 0, "inside": 0, "most": 0, "cond": 0}
totals = [0] * THREADS


def work(n, stop):
    i = 0
    while not stop():
        i += 1
        with lock:
            state["plain"] += 1
        with rlock:
            with rlock:
                state["nested"] += 1
        with sem:
            with lock:
                state["inside"] += 1
                state["most"] = max(state["most"], state["inside"])
            with lock:
                state["inside"] -= 1
        with cond:
            state["cond"] += 1
            cond.notify_all()
    totals[n] = i


run(work)
assert state["plain"] == state["nested"] == state["cond"] == sum(totals)
assert state["inside"] == 0 and 1 <= state["most"] <= 3
event = threading.Event()
assert not event.wait(0.01)
waiters = [threading.Thread(target=event.wait) for _ in range(4)]
for t in waiters:
    t.start()
event.set()
for t in waiters:
    t.join(10)
    assert not t.is_alive()
assert not lock.acquire(timeout=0) if lock.acquire() else False
print("ok")
