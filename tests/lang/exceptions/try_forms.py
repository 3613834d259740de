def f(n):
    try:
        if n == 0:
            return "try"
        if n == 1:
            raise ValueError("v")
        if n == 2:
            raise KeyError("k")
        if n == 3:
            raise TypeError("t")
    except ValueError as e:
        return "value " + str(e)
    except (KeyError, IndexError) as e:
        return f"lookup {e} {e.args}"
    else:
        return "else"
    finally:
        print("finally", n, end="; ")


for i in (0, 1, 2, 4):
    print(f(i))
try:
    f(3)
except TypeError as e:
    print("out", e)


def override():
    for i in range(3):
        try:
            return i
        finally:
            if i == 0:
                pass


print(override())


def swallow():
    while True:
        try:
            1 / 0
        except ZeroDivisionError:
            break
    return "swallowed"


print(swallow())


def nested():
    try:
        try:
            raise ValueError("a")
        finally:
            print("inner")
    except ValueError:
        print("outer")
    try:
        try:
            raise ValueError("a")
        except ValueError:
            raise KeyError("b")
    except KeyError as e:
        print(repr(e), repr(e.__context__), e.__cause__, e.__suppress_context__)
    try:
        try:
            1 / 0
        except ZeroDivisionError as z:
            raise RuntimeError("r") from z
    except RuntimeError as e:
        print(repr(e.__cause__), e.__suppress_context__)
    try:
        raise RuntimeError from None
    except RuntimeError as e:
        print(e.__cause__, e.__suppress_context__)


nested()
try:
    raise
except RuntimeError as e:
    print(e)


def reraise():
    try:
        raise ValueError("again")
    except ValueError:
        try:
            pass
        except KeyError:
            pass
        raise


try:
    reraise()
except ValueError as e:
    print(e)
try:
    try:
        raise ValueError
    except int:
        pass
except TypeError as e:
    print(e)
import sys
print(sys.exc_info())
try:
    1 / 0
except ZeroDivisionError:
    print(sys.exc_info()[0].__name__, sys.exception())
print(sys.exception())


def gen():
    try:
        yield sys.exception()
        raise KeyError
    except KeyError:
        yield sys.exception()


try:
    raise ValueError("outside")
except ValueError:
    g = gen()
    print(repr(next(g)))
    print(repr(next(g)))
    print(repr(sys.exception()))
print(repr(next(g, "end")))
for i in range(3):
    try:
        continue
    finally:
        print("f", i)
