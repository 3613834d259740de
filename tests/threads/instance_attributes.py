# Attributes of one object: new names, deletions, class changes; a thread's own attribute is its own.
from support.workers import run


class Thing:
    shared_class_attribute = 0

    def method(self, x):
        return x + 1


thing = Thing()


def work(n, stop):
    i = 0
    name = f"own{n}"
    while not stop():
        for _ in range(100):
            i += 1
            setattr(thing, name, i)
            assert getattr(thing, name) == i
            thing.common = i
            assert type(thing.common) is int
            assert thing.method(i) == i + 1
            if i % 7 == 0:
                delattr(thing, name)
                assert not hasattr(thing, name)
            if i % 50 == 0:
                Thing.shared_class_attribute = i
                assert type(thing.shared_class_attribute) is int
        setattr(thing, f"temp{n}_{i % 300}", i)


run(work)
print("ok")
