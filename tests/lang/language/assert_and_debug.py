def f(x):
    assert x > 0, f"bad {x}"
    return x


print(f(1))
try:
    f(-1)
except AssertionError as e:
    print(e)
try:
    assert False
except AssertionError as e:
    print(repr(e))
print(__debug__)
try:
    assert (0), {"detail": 1}
except AssertionError as e:
    print(e.args)
AssertionError_backup = AssertionError
AssertionError = ValueError
try:
    assert 0
except AssertionError_backup:
    print("the real one")
