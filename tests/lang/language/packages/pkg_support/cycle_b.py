from . import cycle_a


def read():
    return "b sees " + cycle_a.name
