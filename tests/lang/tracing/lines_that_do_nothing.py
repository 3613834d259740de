# Lines without an instruction of their own are seen by whoever traces: constants, pass, break, continue, try, returns.
import sys


def trace(f, *args):
    first = f.__code__.co_firstlineno
    seen = []

    def tracer(frame, event, arg):
        if frame.f_code is not f.__code__:
            return None
        seen.append(f"{event[0]}{frame.f_lineno - first}")
        return tracer

    sys.settrace(tracer)
    try:
        f(*args)
    finally:
        sys.settrace(None)
    print(f.__name__, *seen)


def constants():
    1
    "text"
    pass
    None


def names(a):
    a
    a


def conditions(x):
    if 1:
        x = 1
    if 0:
        x = 2
    else:
        pass
    while 1:
        break
    if x:
        pass
    elif x == 2:
        pass
    else:
        x = 3


def loops(n):
    for i in range(n):
        if i == 0:
            continue
        if i == 2:
            break
        pass
    else:
        n = 0
    while n:
        n -= 1
        if n == 1:
            continue
        pass


def tries(x):
    try:
        pass
    except ValueError:
        pass
    try:
        x = 1
    finally:
        pass
    try:
        raise ValueError
    except KeyError:
        pass
    except ValueError as e:
        pass
    else:
        x = 2
    try:
        try:
            return 5
        finally:
            x = 3
    finally:
        x = 4


def branches(x):
    if x == 1:
        y = 1
    elif x == 2:
        y = 2
    elif x == 3:
        pass


def early(x):
    if x:
        return
    for x in (1, 2):
        try:
            continue
        finally:
            x = 3
    return None


trace(constants)
trace(names, 1)
trace(conditions, 1)
trace(loops, 4)
trace(tries, 1)
for n in (1, 2, 3, 4):
    trace(branches, n)
trace(early, 0)
trace(early, 1)


def closure(message):
    def inner():
        return message
    return inner


told = []


def lines(frame, event, arg):
    told.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
    return lines


sys.settrace(lines)
closure(1)
sys.settrace(None)
print(told)
