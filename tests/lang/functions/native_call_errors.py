# The messages of TypeError for wrong calls of native functions: with the module or the class, or without, as CPython has it.
import binascii, cmath, collections, datetime, functools, gc, itertools, math, operator, os, random, re, struct, sys, time, zlib


def call(source):
    try:
        eval(source)
        print(source, "-> no error")
    except TypeError as e:
        print(source, "->", e)


for source in """math.sin()
math.sin(1, 2)
math.sin(x=1)
math.pow(1)
math.floor(1, 2)
math.fsum()
cmath.phase()
time.sleep()
time.sleep(1, 2)
time.time(1)
time.mktime()
os.getpid(1)
os.getcwd(1)
os.stat(x=1)
os.close(x=1)
sys.getrefcount()
sys.intern(1, 2)
sys.exc_info(1)
gc.disable(1)
gc.is_tracked()
operator.truth()
operator.add(1)
random.Random().random(1)
struct.calcsize()
struct.unpack_from(x=1)
zlib.compress(x=1)
binascii.hexlify(x=1)
itertools.cycle()
itertools.cycle(1, 2)
itertools.starmap()
itertools.islice()
functools.reduce(1)
collections.deque().append()
collections.deque().append(x=1)
bytes.fromhex()
bytes.fromhex(x=1)
float.fromhex(1, 2)
int.from_bytes(x=1)
dict.fromkeys()
dict.fromkeys(x=1)
datetime.date.fromtimestamp()
datetime.datetime.now(x=1)
reversed()
staticmethod()
classmethod(1, 2)
memoryview(x=1)
__import__(x=1)
[].append()
[].append(x=1)
[].insert(1)
''.upper(1)
''.split(sep=1, x=2)
len()
len([], x=1)
abs(1, 2)
divmod(1)""".split("\n"):
    call(source)


def in_a_loop(f, *args):
    said = set()
    for n in range(30):
        try:
            f(*args)
        except TypeError as e:
            said.add(str(e))
    return said


def methods_in_a_loop():
    said = set()
    for n in range(30):
        try:
            [].append()
        except TypeError as e:
            said.add(str(e))
        try:
            "".upper(n)
        except TypeError as e:
            said.add(str(e))
        try:
            math.sin()
        except TypeError as e:
            said.add(str(e))
        try:
            {}.get(key=n)
        except TypeError as e:
            said.add(str(e))
    return sorted(said)


print(in_a_loop(math.sin), in_a_loop([].append), in_a_loop(list.append, []), in_a_loop(str.upper, "", 1))
print(methods_in_a_loop())
