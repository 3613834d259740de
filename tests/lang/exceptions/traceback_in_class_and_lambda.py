# exit: 1
def make():
    return [x for x in map(lambda v: v.nope, [1])]


class C:
    value = make()
