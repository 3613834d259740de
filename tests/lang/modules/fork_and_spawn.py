"""Copies of the process, programs that are spawned, and what is told of them when they have ended."""

import os
import signal
import sys
import threading
import warnings

order = []
os.register_at_fork(before=lambda: order.append("before 1"), after_in_parent=lambda: order.append("parent 1"))
os.register_at_fork(before=lambda: order.append("before 2"), after_in_child=lambda: order.append("child"),
                    after_in_parent=lambda: order.append("parent 2"))


def status_of(pid):
    pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def in_copy(f):
    """What `f` gives in a copy, by a pipe."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        try:
            os.write(w, repr(f()).encode())
        finally:
            os._exit(7)
    os.close(w)
    text = b""
    while part := os.read(r, 1000):
        text += part
    os.close(r)
    return text.decode(), status_of(pid)


def hot():
    total = 0
    for n in range(20000):
        total += n % 7
    return total


print(in_copy(lambda: (os.getppid() != 0, order, hot())), order)
print(in_copy(lambda: (threading.active_count(), threading.current_thread() is threading.main_thread())))


def with_thread():
    done = []
    t = threading.Thread(target=lambda: done.append(hot()))
    t.start()
    t.join()
    return done


print(in_copy(with_thread))

# Beside another thread: a warning, and the copy has only this one.
go = threading.Event()
other = threading.Thread(target=go.wait)
other.start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(in_copy(lambda: (threading.active_count(), with_thread(), __import__("gc").collect() >= 0)))
print([w.category.__name__ for w in caught])
go.set()
other.join()

# The stack of a thread that waits, deep inside code that is compiled, is another one's in the copy.
def deep(n):
    for i in range(3):
        if n > 1:
            deep(n - 1) if i == 2 else None
        elif i == 2:
            inside.set()
            go.wait()


def many(n):
    threads = [threading.Thread(target=deep_sum, args=(100,)) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def deep_sum(n):
    return n + deep_sum(n - 1) if n else hot()


class Changing:
    way = 1


def asks(c):
    total = 0
    for _ in range(500):
        total += c.way
    return total


def in_a_copy_of_many():
    many(3)
    # What compiled code assumes is no more, and code is given back.
    found = []
    for n in range(5):
        Changing.way = n
        found.append(asks(Changing()))
    many(3)
    return found, len(sys._current_frames()), threading.active_count()


go = threading.Event()
others = []
for _ in range(4):
    inside = threading.Event()
    others.append(threading.Thread(target=deep, args=(40,)))
    others[-1].start()
    inside.wait()
asks(Changing())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(*in_copy(in_a_copy_of_many))
go.set()
for t in others:
    t.join()

# Several threads that make copies: those of the others that wait for something meanwhile are not there.
def fork_and_wait(ends):
    for _ in range(5):
        pid = os.fork()
        if pid == 0:
            t = threading.Thread(target=hot)
            t.start()
            t.join()
            os._exit(9)
        ends.append(status_of(pid))


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ends = []
    threads = [threading.Thread(target=fork_and_wait, args=(ends,)) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(ends == [9] * 30)

# A copy that ends as programs do.
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    sys.exit(5)
print(status_of(pid))

print(status_of(os.posix_spawn("/bin/sh", ["sh", "-c", "exit 3"], os.environ)))
print(status_of(os.posix_spawnp("sh", ["sh", "-c", "exit $CODE"], {"CODE": "4", "PATH": os.environ["PATH"]})))
r, w = os.pipe()
pid = os.posix_spawn("/bin/echo", ["echo", "hello"], {}, file_actions=[
    (os.POSIX_SPAWN_CLOSE, r), (os.POSIX_SPAWN_DUP2, w, 1), (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)],
    setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGPIPE])
os.close(w)
print(os.read(r, 100), status_of(pid))
os.close(r)
try:
    os.posix_spawn("/no/such", ["x"], {})
except FileNotFoundError as e:
    print(e)
print(os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", "exit 6"]), os.spawnlp(os.P_WAIT, "sh", "sh", "-c", "kill -9 $$"))

pid = os.spawnl(os.P_NOWAIT, "/bin/sh", "sh", "-c", "exit 8")
got = os.waitid(os.P_PID, pid, os.WEXITED)
print(got.si_pid == pid, got.si_signo == signal.SIGCHLD, got.si_status, got.si_code == os.CLD_EXITED, type(got).__name__)
try:
    os.waitid(os.P_ALL, 0, os.WEXITED)
except ChildProcessError as e:
    print(e)
