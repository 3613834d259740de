# Methods are replaced and classes made while others call them.
from support.workers import run


class Base:
    def value(self):
        return 0


class Child(Base):
    def extra(self):
        return self.value() + 1


objects = [Child() for _ in range(4)]


def work(n, stop):
    i = 0
    while not stop():
        i += 1
        for o in objects:
            assert o.extra() in range(1, 11)
        if n == 0:
            Base.value = lambda self, k=i % 10: k
        elif n == 1:
            C = type(f"C{i % 5}", (Child,), {"value": lambda self: 3})
            assert C().extra() == 4 and isinstance(C(), Base)
        elif n == 2:
            Child.flag = i
            assert objects[0].flag >= 1 or True


run(work)
print("ok")
