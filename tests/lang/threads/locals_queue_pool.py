import queue
import threading
from concurrent.futures import ThreadPoolExecutor, wait

loc = threading.local()
loc.x = "main"
seen = []
t = threading.Thread(target=lambda: seen.append(hasattr(loc, "x")))
t.start()
t.join()
print(seen, loc.x, loc.__dict__)
q = queue.Queue(2)
q.put(1)
q.put(2)
for f in (lambda: q.put(3, block=False), lambda: q.put(3, timeout=0.01)):
    try:
        f()
    except queue.Full:
        print("full")
print(q.get(), q.qsize(), q.full(), q.get(), q.empty())
try:
    q.get_nowait()
except queue.Empty:
    print("empty")
q.task_done()
q.task_done()
q.join()
try:
    q.task_done()
except ValueError as e:
    print(e)
p = queue.PriorityQueue()
for x in (3, 1, 2):
    p.put(x)
print([p.get() for _ in range(3)])
l = queue.LifoQueue()
l.put(1)
l.put(2)
print(l.get(), queue.SimpleQueue().empty())
with ThreadPoolExecutor(max_workers=3) as ex:
    fs = [ex.submit(pow, 2, i) for i in range(5)]
    print([f.result() for f in fs], list(ex.map(str, range(3))), wait(fs).not_done)
    bad = ex.submit(int, "x")
    try:
        bad.result()
    except ValueError as e:
        print(e, bad.done(), bad.exception() is e)
try:
    ex.submit(print)
except RuntimeError as e:
    print(e)
