from . import cycle_b

name = "a"


def get():
    return cycle_b.read()
