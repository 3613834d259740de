import pickle


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


records = [{"id": n, "name": f"name {n}", "tags": ("a", n, 1.5), "set": {1, 2, n}} for n in range(100)]
points = [Point(n, [n]) for n in range(100)]
numbers = list(range(1000)) + [n / 7 for n in range(500)]
packed = [pickle.dumps(x) for x in (records, points, numbers)]
old = pickle.dumps(records, 0)


def dumps_records():
    return pickle.dumps(records)


def dumps_instances():
    return pickle.dumps(points)


def dumps_numbers():
    return pickle.dumps(numbers)


def loads_records():
    return pickle.loads(packed[0])


def loads_instances():
    return pickle.loads(packed[1])


def loads_numbers():
    return pickle.loads(packed[2])


def protocol_0():
    return pickle.loads(pickle.dumps(records, 0))
