big = 2**100
print(big, -big, big // 3, -big // 3, big % 7, -big % 7, divmod(-7, 3), divmod(7, -3), 7 // -2, -7 % 3)
print(big * big, big - 1 & 0xFF, big >> 90, 1 << 70, -1 >> 5, -5 >> 1, ~big, big ^ -1, -big | 5)
print(2**-2, (-2)**3, 0**0, pow(3, 200, 10**9 + 7), pow(-3, 3, 5), 10**20 // 10**18, 5 / 2, 10**400 // 10**398)
print((10**400) / (10**399), 3 / 10**20, 2**53 + 1 == 2.0**53 + 1)
for f in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 / 0, lambda: 1 << -1, lambda: 10**400 / 1.0, lambda: float(10**400),
          lambda: 0**-1, lambda: pow(2, -1, 4), lambda: 1 << 2**70, lambda: divmod(1, 0)):
    try:
        print(f())
    except (ZeroDivisionError, ValueError, OverflowError, MemoryError) as e:
        print(type(e).__name__, e)
print(281474976710655 + 1, 281474976710656 * 2, -281474976710656 - 1, 562949953421312 - 1, 562949953421311 + 1)
print(2**48 * 2**48, 2**63 - 1 + 1, -2**63 - 1, 2**31 * 2**31, 123456789 * 987654321)
n = 1
for i in range(1, 40):
    n *= i
print(n)
print(sum(range(10**5)), sum(i * i for i in range(1000)))
print(True + True, True * 5, -True, True / 2, False or 3)
