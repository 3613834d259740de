from hypothesis import HealthCheck, find, given, settings, strategies as st

ran = []


@settings(max_examples=50, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers()), st.text(max_size=5))
def reverses(xs, s):
    ran.append(1)
    assert list(reversed(list(reversed(xs)))) == xs
    assert s.encode().decode() == s


reverses()
print(len(ran) > 10)


@settings(max_examples=200, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1000))
def small(n):
    assert n < 100


try:
    small()
except AssertionError:
    print("found")
print(find(st.lists(st.integers()), lambda xs: sum(xs) >= 10, settings=settings(database=None, derandomize=True)))
