def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps

def search(rows, wanted):
    for row in rows:
        if row is None:
            continue
        for item in row:
            if item == wanted:
                return row
    else:
        return -1
