"""Lists that are unpacked in a loop, also while another thread makes them shorter."""

import threading


def unpacked(n, rows):
    t = 0
    bad = 0
    for i in range(n):
        try:
            a, b, c, d = rows[i % len(rows)]
            [e, f, g, h] = rows[(i + 1) % len(rows)]
            t += a - b + c - d + e * f - g + h
        except ValueError as x:
            bad += 1
            last = str(x)
    return t, bad, last if bad else None


print(unpacked(500, [[1, 2, 3, 4], [5, 6, 7, 8]]))
print(unpacked(500, [[1, 2, 3, 4], (5, 6, 7, 8)]))
print(unpacked(500, [[1, 2, 3, 4]] * 99 + [[1, 2, 3]]))

rows = [[1, 2, 3, 4], [5, 6, 7, 8]]
stop = False


def shrink():
    while not stop:
        for r in rows:
            x = r.pop()
            r.append(x)
            r[:] = r[:]


t = threading.Thread(target=shrink)
t.start()
found = set()
try:
    for _ in range(40):
        for i in range(300):
            try:
                a, b, c, d = rows[i & 1]
                found.add((a, b, c, d))
            except ValueError as x:
                pass
finally:
    stop = True
    t.join()
print(found - {(1, 2, 3, 4), (5, 6, 7, 8)})
