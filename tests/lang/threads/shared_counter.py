import threading

total = 0
lock = threading.Lock()
items = []
table = {}


def work(n):
    global total
    for i in range(2000):
        with lock:
            total += 1
        items.append((n, i))
        table[n, i] = i


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total, len(items), len(table), sorted(items) == [(n, i) for n in range(4) for i in range(2000)])
print(all([i for m, i in items if m == n] == list(range(2000)) for n in range(4)))
