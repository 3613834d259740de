# What any block of a program declares global is global in the program's own code, too.
glob, loc = {}, {}
exec("""
def f():
    y = 1
    def g():
        global y
        return y
    def h():
        return y + 1
    return g, h
y = 9
z = 3
g, h = f()
result = g(), h()
""", glob, loc)
print(loc["result"], "y" in glob, "y" in loc, "z" in glob, "z" in loc)
exec("""
class C:
    global x
    x = 13
    def get(self):
        return x
x += 1
result = C().get()
del x
""", glob, loc)
print(loc["result"], "x" in glob, "x" in loc)
