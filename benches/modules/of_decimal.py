from decimal import Decimal, getcontext, localcontext

prices = [Decimal(n) / 100 for n in range(1, 200)]
texts = [str(p) for p in prices]


def add():
    total = Decimal(0)
    for p in prices:
        total += p
    return total


def multiply_and_quantize():
    cent = Decimal("0.01")
    return sum((p * Decimal("1.19")).quantize(cent) for p in prices)


def divide_and_root():
    with localcontext() as c:
        c.prec = 50
        return sum(p.sqrt() / 3 for p in prices)


def parse():
    return [Decimal(t) for t in texts]


def text():
    return [str(p) for p in prices] + [f"{p:,.1f}" for p in prices]


def compare_and_hash():
    return sorted(prices, reverse=True), len(set(prices))


def many_digits():
    with localcontext() as c:
        c.prec = 500
        return (Decimal(2).sqrt() * Decimal(3).sqrt() / Decimal(7)).exp()
