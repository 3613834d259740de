# Loops that are entered often and left by their end or by `break`, and functions that call each other in a chain.


def ends(items):
    total = 0
    for item in items:
        total += item
    return total + 1


def breaks(items, wanted):
    n = 0
    while n < len(items):
        if items[n] == wanted:
            found = n
            break
        n += 1
    else:
        found = -1
    return found


def handles(items):
    total = 0
    for item in items:
        try:
            total += 10 // item
        except ZeroDivisionError:
            if total > 20:
                break
            total += 1
            continue
        finally:
            total += 1
    return total


def inner(x):
    return x * 3 + 1


def middle(x):
    if x < 0:
        return 0
    return inner(x) + x


def outer(x):
    return middle(x) - 1


for name in "ends", "breaks", "handles":
    results = []
    for k in range(300):
        items = [k % 7, 3, 0, 5, k % 5, 1, 2, 0, 4, 9, k % 3]
        if name == "ends":
            results.append(ends(items))
        elif name == "breaks":
            results.append(breaks(items, k % 11))
        else:
            results.append(handles(items))
    print(name, sum(results), results[:5], results[-5:])

print(sum(map(outer, range(100))))
# It has become part of `outer`, and is not called often by others.
print(sum(map(middle, range(10))))


def kinds(rounds):
    # The inner loop ends before it meets items of another kind, which are found at the same instruction as its end.
    n = 0
    for k in range(rounds):
        first, *items = [k] + ([1, 2] if k % 3 or k < 100 else [0.5, 1.5, 2.5])
        for x in items:
            if x > 1:
                n += 1
    return n


print("kinds", kinds(600))
