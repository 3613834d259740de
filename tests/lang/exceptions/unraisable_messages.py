import gc, re, sys, threading, _thread, weakref

def hook(u):
    print(u.exc_type.__name__, "|", re.sub("0x[0-9a-f]+", "0x", u.err_msg), "|", u.object)
sys.unraisablehook = hook

class A:
    def __del__(self):
        1 / 0
A()
gc.collect()
class B: pass
b = B()
def callback(r):
    raise ValueError
r = weakref.ref(b, callback)
del b
gc.collect()
def g():
    try:
        yield
    finally:
        raise KeyError
x = g()
next(x)
del x
gc.collect()
def target():
    raise OSError
done = threading.Event()
def hook2(u):
    hook(u)
    done.set()
sys.unraisablehook = hook2
_thread.start_new_thread(target, ())
done.wait(20)
lock = threading.Lock()
for args in (False, 1), (True, -5), (True, 1e100):
    try:
        lock.acquire(*args)
    except (ValueError, OverflowError) as e:
        print(type(e).__name__)

# A frame that an exception has left stands where it was raised, also when it was raised again.
def in_except():
    try:
        raise Exception
    except:
        1/0
        pass
for f in in_except,:
    try:
        f()
    except Exception as e:
        tb = e.__traceback__.tb_next
        print(tb.tb_lineno - f.__code__.co_firstlineno, tb.tb_frame.f_lineno - f.__code__.co_firstlineno)
