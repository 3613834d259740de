import contextlib
import functools


class Account:
    def __init__(self, owner, balance=0):
        self.owner, self._balance, self.history = owner, balance, []

    @property
    def balance(self): return self._balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError(f"bad amount: {amount}")
        self._balance += amount
        self.history.append(("+", amount))
        return self

    def withdraw(self, amount):
        if amount > self._balance:
            raise InsufficientFunds(self, amount)
        self._balance -= amount
        self.history.append(("-", amount))
        return self

    def __str__(self): return f"{self.owner}: {self._balance:.2f}"


class InsufficientFunds(Exception):
    def __init__(self, account, amount):
        super().__init__(f"{account.owner} lacks {amount - account.balance}")
        self.account = account


@contextlib.contextmanager
def transaction(*accounts):
    saved = [(a._balance, list(a.history)) for a in accounts]
    try:
        yield
    except Exception as e:
        for a, (b, h) in zip(accounts, saved):
            a._balance, a.history = b, h
        print("rolled back:", e)
        raise
    else:
        print("committed")


a, b = Account("ann", 100), Account("bob")
with transaction(a, b):
    a.withdraw(30)
    b.deposit(30)
try:
    with transaction(a, b):
        b.deposit(500)
        a.withdraw(500)
except InsufficientFunds as e:
    print(e, e.account is a)
print(a, b, a.history, b.history)


class Signal:
    def __init__(self): self.handlers = []
    def __iadd__(self, h): self.handlers.append(h); return self
    def __call__(self, *args, **kw): return [h(*args, **kw) for h in self.handlers]


s = Signal()
s += lambda x: x + 1
s += functools.partial(pow, 2)
print(s(5))


def retry(times):
    def deco(f):
        @functools.wraps(f)
        def wrapper(*args):
            for attempt in range(1, times + 1):
                try:
                    return f(*args, attempt)
                except RuntimeError as e:
                    last = e
                    print("attempt", attempt, e)
            raise last
        return wrapper
    return deco


@retry(3)
def flaky(name, attempt):
    """Doc of flaky."""
    if attempt < 3:
        raise RuntimeError("not yet " + name)
    return "ok " + name


print(flaky("x"), flaky.__name__, flaky.__doc__)
