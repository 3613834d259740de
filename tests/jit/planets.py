# The inner step of an n-body simulation: attributes of doubles, arithmetic, one loop.
class Body:
    def __init__(self, x, v, mass):
        self.x = x
        self.v = v
        self.mass = mass


def pull(a, b, steps, dt):
    for _ in range(steps):
        d = a.x - b.x
        f = dt / (d * d + 0.5)
        a.v = a.v - d * b.mass * f
        b.v = b.v + d * a.mass * f
        a.x = a.x + dt * a.v
        b.x = b.x + dt * b.v
    return a.x, b.x


print(pull(Body(0.0, 0.0, 1.0), Body(1.0, 0.0, 0.25), 20000, 0.001))
