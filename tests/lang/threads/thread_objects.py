import threading
import _thread

t = threading.Thread(target=print, args=("in thread",), name="worker")
print(t.name, t.is_alive(), t.daemon, t.ident)
t.start()
t.join()
print(t.is_alive(), type(t.ident).__name__, t.native_id is not None)
try:
    t.start()
except RuntimeError as e:
    print(e)
try:
    threading.Thread().join()
except RuntimeError as e:
    print(e)
print(threading.current_thread().name, threading.main_thread() is threading.current_thread(), threading.active_count())


class Mine(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.result = None

    def run(self):
        self.result = threading.current_thread() is self


m = Mine()
m.start()
m.join()
print(m.result, m.daemon)
done = []
lock = _thread.allocate_lock()
lock.acquire()
_thread.start_new_thread(lambda: (done.append(1), lock.release()), ())
lock.acquire()
print(done, lock.locked())
try:
    threading.Lock().release()
except RuntimeError as e:
    print(e)
r = threading.RLock()
with r, r:
    print("re-entered")
try:
    r.release()
except RuntimeError as e:
    print(e)
timer = threading.Timer(0.01, lambda: done.append("timer"))
timer.start()
timer.join()
print(done)
b = threading.Barrier(2, action=lambda: done.append("action"))
o = threading.Thread(target=b.wait)
o.start()
b.wait()
o.join()
print(done[-1], b.parties, b.n_waiting, b.broken)
e = threading.Event()
print(e.is_set(), e.wait(0.001))
e.set()
print(e.wait())
s = threading.BoundedSemaphore(1)
s.acquire()
s.release()
try:
    s.release()
except ValueError as err:
    print(err)
