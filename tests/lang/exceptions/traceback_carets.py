# exit: 1
class A:
    def __init__(self):
        self.x = {"k": [1, 2]}


def get(a, i):
    return a.x["k"][i] + a.x["missing"][0]


def call(f, *args):
    return f(
        *args,
    )


a = A()
print(call(get, a, 0))
