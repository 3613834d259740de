"""A hot loop waits for what the finaliser of an object does that has died before, inside of another one, beside a second thread."""

import threading

done = []


class Told:
    def __del__(self):
        done.append(self.n)


def spin(holder, n):
    """Compiled after a few turns; nothing in it is urgent."""
    t = Told()
    t.n = n
    holder.append([t])
    del t
    holder.clear()
    turns = 0
    while not done:
        turns += 1
    return turns >= 0 and done.pop()


go = threading.Event()
other = threading.Thread(target=go.wait)
other.start()
holder = []
print([spin(holder, n) for n in range(200)] == list(range(200)))
go.set()
other.join()
print(spin(holder, 5))
