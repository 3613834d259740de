"""A copy of the process is made in the middle of a recording, which ends in the copy: the clock of its thread starts anew."""

import os


def copies():
    ends = []
    for _ in range(12):
        pid = os.fork()
        if pid == 0:
            total = 0
            for n in range(50):
                total += n
            os._exit(total % 100)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return ends


# Some time has to have passed.
x = 0
for i in range(300_000):
    x += i & 3
print(copies())
