# Vectors that are made and dropped in each turn, by operators written in Python, the last ones still held by variables.
class V:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return V(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return V(self.x * k, self.y * k)


def walk(n):
    at = V(0.0, 0.0)
    for i in range(n):
        step = V(1.5, 2.5)
        at = at + step * 0.5
    return at.x, at.y


print(walk(20000))
