"""A copy of the process has one thread: locks that others waited for can be used there."""

import os
import threading
import time
import warnings

lock = threading.RLock()
lock.acquire()
waiting = [threading.Thread(target=lambda: (lock.acquire(), lock.release())) for _ in range(4)]
for t in waiting:
    t.start()
time.sleep(0.05)


def child():
    """Not a copy of what `threading` knows only: locks are free again, and can be waited for."""
    lock._at_fork_reinit()
    lock.acquire()
    other = threading.Thread(target=lambda: (lock.acquire(), lock.release()))
    other.start()
    time.sleep(0.05)
    lock.release()
    other.join()
    return threading.active_count() == 1 and threading.main_thread() is threading.current_thread()


warnings.simplefilter("ignore", DeprecationWarning)
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        try:
            right = child()
        finally:
            os._exit(0 if right else 1)
    end = time.monotonic() + 20
    while (status := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    if status == (0, 0):
        os.kill(pid, 9)
        status = os.waitpid(pid, 0)
    print("child", status[1])
lock.release()
for t in waiting:
    t.join()
print("done", len(threading.enumerate()) >= 1)
