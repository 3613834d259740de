class Point:
    """A point."""
    origin = None

    def __init__(self, x, y=0):
        self.x, self.y = x, y

    def moved(self, dx):
        return type(self)(self.x + dx, *[self.y])

class Point3(Point):
    def moved(self, dx):
        p = super().moved(dx)
        p.__z = [q for q in range(dx) if q > 2]
        return p
