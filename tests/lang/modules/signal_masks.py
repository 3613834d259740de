# Signals that are held back, and waiting for them.
import os, signal, threading, time

seen = []
signal.signal(signal.SIGUSR1, lambda n, frame: seen.append(signal.Signals(n).name))


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__


old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})
print(signal.SIGUSR1 in old, signal.pthread_sigmask(signal.SIG_BLOCK, []) - old == {signal.SIGUSR1, signal.SIGUSR2})
os.kill(os.getpid(), signal.SIGUSR1)
print(seen, signal.sigpending() == {signal.SIGUSR1})
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
print(seen, signal.sigpending())
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR2)
print(repr(signal.sigwait([signal.SIGUSR2])), seen)
os.kill(os.getpid(), signal.SIGUSR1)
info = signal.sigwaitinfo({signal.SIGUSR1})
print(info.si_signo == signal.SIGUSR1, info.si_pid == os.getpid(), info.si_uid == os.getuid(), type(info).__name__, len(info))
began = time.monotonic()
print(signal.sigtimedwait([signal.SIGUSR1], 0.05), time.monotonic() - began >= 0.05, signal.sigtimedwait([signal.SIGUSR1], 0))
print(attempt(signal.sigtimedwait, [signal.SIGUSR1], -1), attempt(signal.pthread_sigmask, 1700, []), attempt(signal.pthread_sigmask, signal.SIG_BLOCK, [0]), attempt(signal.sigwait, 5))
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR2)).start()
print(signal.sigtimedwait([signal.SIGUSR2], 20) is not None)
signal.pthread_sigmask(signal.SIG_SETMASK, old)
print(signal.pthread_sigmask(signal.SIG_BLOCK, []) == old, seen)
