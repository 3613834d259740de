class Noisy:
    def __init__(self, v): self.v = v

    def __eq__(self, o):
        print("eq", self.v, o)
        return self.v == o


match Noisy(2):
    case 1:
        print("one")
    case 2:
        print("two")


def guard(x):
    print("guard", x)
    return x > 1


for v in (1, 2):
    match v:
        case n if guard(n):
            print("matched", n)
        case n:
            print("fell", n)


class Seq:
    def __len__(self): return 2
    def __getitem__(self, i): return i


match Seq():
    case [a, b]:
        print("seq")
    case _:
        print("not a sequence")


class Map(dict):
    def get(self, k, d=None):
        print("get", k)
        return super().get(k, d)


match Map(a=1):
    case {"a": x}:
        print(x)


def f(cmd):
    match cmd.split():
        case ["go", ("north" | "south") as d]:
            return "go " + d
        case ["get", obj] | ["pick", "up", obj]:
            return "get " + obj
        case ["drop", *objs]:
            return "drop " + ",".join(objs)
        case []:
            return "empty"
        case [cmd, *_]:
            return "unknown " + cmd


for s in ("go north", "get lamp", "pick up rope", "drop a b c", "", "dance now"):
    print(f(s))
match 1, "a":
    case int(), str():
        print("types")
match 3:
    case bool():
        print("bool")
    case int():
        print("int")
