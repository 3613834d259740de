"""What calls itself, and has no loop, lets others in: the collector, an interrupt."""

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
thread = threading.Thread(target=work)
thread.start()
started.wait()
print(gc.collect() >= 0)
stop.append(True)
thread.join()
stop.clear()


def interrupt():
    began.wait()
    _thread.interrupt_main()


began = threading.Event()
thread = threading.Thread(target=interrupt)
thread.start()
began.set()
try:
    spread(200)
except KeyboardInterrupt:
    print("interrupted")
thread.join()
