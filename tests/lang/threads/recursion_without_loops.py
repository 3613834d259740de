"""What calls itself, and has no loop, lets others in: the collector, an interrupt.

Both threads are kept to the end: `threading` looks at threads that go in a callback, and an interrupt that arrives in a
callback is reported and not raised, here as in CPython.
"""

import _thread
import gc
import threading


class Stop(Exception):
    pass


stop = []


def spread(n):
    if stop:
        raise Stop
    if n == 0:
        return 1
    return spread(n - 1) + spread(n - 1)


def work():
    started.set()
    try:
        spread(200)
    except Stop:
        print("stopped")


started = threading.Event()
first = threading.Thread(target=work)
first.start()
started.wait()
print(gc.collect() >= 0)
stop.append(True)
first.join()
stop.clear()


def interrupt():
    began.wait()
    _thread.interrupt_main()


began = threading.Event()
second = threading.Thread(target=interrupt)
second.start()
began.set()
try:
    spread(200)
except KeyboardInterrupt:
    print("interrupted")
second.join()
