# Decimal and Context as objects: construction, conversion, comparison, contexts, signals, errors.
import copy
import decimal
import math
import numbers
import operator
import pickle
import threading
from collections.abc import MutableMapping
from decimal import *
from fractions import Fraction


def show(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, e)


# construction
for v in ['1', '-0.00', '1e5', ' 12_3.5\n', '\u0661\u0662.5', 'inf', '-Infinity', 'nan12', 'sNaN', '.', '', 'e5', '1e', '--1',
          '1_', '٣', 10**50, -7, True, 0.1, float('-inf'), (0, (1, 2, 3), -2), (1, (), 0), (0, (0,), 'F'), (1, [1, 2], 'n'),
          [0, (1,), 3], (2, (1,), 0), (0, (1, 10), 0), (0, (1,), 'x'), (0, (1,)), (0, 1, 1), (0, (1,), 1.0), 1j, None, b'1',
          Decimal('1.50'), '1e999999999999999999999', '0e-99999999999999999999', '9' * 60, '1e999999999999999999']:
    show(Decimal, v)
show(Decimal)
show(Decimal, value='7', context=None)
show(Decimal, '7', 3)
show(Decimal, '7', x=3)
with localcontext(traps=[]):
    show(Decimal, 'what')
with localcontext() as c:
    c.traps[FloatOperation] = True
    show(Decimal, 1.5)
    show(Decimal.from_float, 1.5)
    show(operator.lt, Decimal(1), 1.5)
    show(operator.eq, Decimal('1.5'), 1.5)
    print(c.flags[FloatOperation])
show(Decimal.from_float, '1')
show(Decimal.from_number, 1.25)
show(Decimal.from_number, '1')

# operators with other types
for op in (operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, divmod, pow):
    show(op, Decimal('7.5'), 2)
    show(op, 2, Decimal('-7.5'))
    show(op, Decimal(0), 0)
for other in (1.5, Fraction(1, 2), '1', None):
    show(lambda: type(Decimal(1) + other))
show(pow, Decimal(7), 3, 5)
show(pow, 7, 3, Decimal(5))
show(pow, Decimal(7), -1, 5)

# comparison and hash
for x in (Decimal('0.5'), Decimal('2'), Decimal('-1e20'), Decimal('1e-10')):
    for y in (0.5, Fraction(1, 2), 2, 2 + 0j, 1j, Fraction(1, 3), -10**20, '2', None):
        print(x == y, x != y, end=' ')
        show(operator.lt, x, y)
print(hash(Decimal('0.5')) == hash(0.5) == hash(Fraction(1, 2)), hash(Decimal(10)**30) == hash(10**30), hash(Decimal(-1)))
print(hash(Decimal('1e-100000')) == hash(Decimal('1.0e-100000')), hash(Decimal('inf')), hash(Decimal('-inf')))
show(hash, Decimal('sNaN'))
nan = Decimal('nan')
print(nan == nan, nan != nan, nan in [nan], hash(nan) == hash(nan))
show(operator.lt, nan, 1)
show(operator.eq, Decimal('sNaN'), 1)
print(sorted([Decimal('2.5'), 1, Fraction(3, 2), 2.0]), max(Decimal(1), 2), sum([Decimal('.1')] * 3))

# conversion
for v in ('2.5', '-2.5', '3.5', '1e3', '-0', 'inf', '-nan', 'snan', '0.1', '1e400'):
    d = Decimal(v)
    for f in (int, float, complex, bool, round, math.floor, math.ceil, math.trunc, Decimal.as_tuple, Decimal.as_integer_ratio, abs,
              operator.neg, operator.pos, str, Decimal.to_eng_string, Decimal.adjusted, Decimal.number_class):
        if v == '1e400' and f is int:
            continue
        show(f, d)
    show(round, d, 1)
show(round, Decimal(1), 'x')
show(round, Decimal(1), 10**30)
print(Decimal('1.5').real, Decimal('1.5').imag, Decimal('1.5').conjugate(), Decimal(3).radix())
print(isinstance(Decimal(1), numbers.Number), isinstance(Decimal(1), numbers.Real))

# copies, pickles, subclasses
d = Decimal('1.10')
print(copy.copy(d) is d, copy.deepcopy(d) is d, Decimal(d) is d, pickle.loads(pickle.dumps(d)), d.__reduce__())
print(pickle.loads(pickle.dumps(d.as_tuple())), type(d.as_tuple()))


class Money(Decimal):
    def __new__(cls, v, unit='EUR'):
        self = super().__new__(cls, v)
        self.unit = unit
        return self


m = Money('5.00', 'CHF')
print(m, repr(m), m.unit, type(m + 1).__name__, type(Decimal(m)).__name__, Money.from_float(1.5).unit, type(+m).__name__)
m2 = pickle.loads(pickle.dumps(Money('1')))
print(type(m2).__name__, m2.unit, m2 == 1)

# contexts
c = Context(prec=5, rounding=ROUND_DOWN, traps=[Inexact], flags=[Rounded])
print(c)
show(c.divide, 1, 3)
print(c.flags[Inexact], c.flags[Rounded], c.traps[Inexact], len(c.flags), isinstance(c.flags, MutableMapping))
print([s.__name__ for s in c.traps], Inexact in c.traps, c.flags.get(1, 'no') if False else '')
same = c.copy()
print(same.flags == c.flags, c.flags == dict(c.flags), c.flags != c.traps)
print({k.__name__: v for k, v in c.flags.copy().items() if v})
c.clear_flags()
c.clear_traps()
print(c, c.Etiny(), c.Etop(), pickle.loads(pickle.dumps(c)), copy.copy(c) is c)
for name, value in [('prec', 0), ('prec', 10**18), ('prec', 'a'), ('prec', 10**30), ('Emin', 1), ('Emax', -1), ('rounding', 'up'),
                    ('capitals', 2), ('clamp', -1), ('flags', []), ('traps', {}), ('traps', {Inexact: 1}), ('what', 1)]:
    try:
        setattr(c, name, value)
    except Exception as e:
        print(name, type(e).__name__, e if name != 'what' else '')
try:
    del c.prec
except AttributeError as e:
    print(e)
show(Context, traps=[1])
show(Context, traps=3)
show(lambda: c.flags[1])
show(lambda: c.flags.__delitem__(Inexact))
show(c.create_decimal, ' 1')
show(c.create_decimal, '1.23456789')
show(c.create_decimal, 'nan123456')
show(c.create_decimal_from_float, 0.1)
print(c.power(2, 10), c.power(a=3, b=4, modulo=5), c.fma(2, 3, 4), c.divmod(7, 2), c.quantize(Decimal('1.05'), Decimal('.1')))
show(c.add, '1', 1)
show(c.canonical, 1)
show(c.is_nan, Decimal('nan'))
show(IEEEContext, 64)
show(IEEEContext, 65)
print(BasicContext, ExtendedContext, DefaultContext, sep='\n')

with localcontext() as a:
    a.prec = 3
    print(Decimal(1) / 7, getcontext() is a)
    with localcontext(Context(prec=6), rounding=ROUND_UP) as b:
        print(Decimal(1) / 7, getcontext() is b, b)
    print(Decimal(1) / 7)
print(Decimal(1) / 7)
show(localcontext, 3)
show(setcontext, 3)
show(localcontext, prec='x')
old = getcontext()
setcontext(ExtendedContext)
print(getcontext() is ExtendedContext, getcontext().prec, Decimal(1) / 0)
setcontext(old)

# exceptions
for e in (InvalidOperation, FloatOperation, DivisionByZero, Overflow, Underflow, Subnormal, Inexact, Rounded, Clamped,
          decimal.DecimalException, decimal.ConversionSyntax, decimal.DivisionImpossible, decimal.DivisionUndefined,
          decimal.InvalidContext):
    print([k.__name__ for k in e.__mro__])
show(operator.floordiv, Decimal('1e50'), 1)
show(Decimal(10).__pow__, Decimal('1e20'))
show(Decimal(-1).sqrt)
show(Decimal(-1).ln)
show(Decimal(0).logb)
show(Decimal(1).quantize, Decimal('1e-40'))
show(Decimal(1).quantize, 1, 'x')
show(Decimal(1).quantize, 1, ROUND_UP, 3)

# formats
for v in ('1234567.891', '-0.00', '1e10', 'nan', '-inf', '0.000001'):
    for spec in ('', 'f', '.2f', ',.1f', '_', '012,.1f', '+.3e', '%', '*^20', '=15', 'z.1f', '#.0f', 'g', '.0g', 'n', '.3_f', '>8', '015'):
        print(repr(format(Decimal(v), spec)), end=' ')
    print()
for spec in ('q', '<010', '.', '5x', ',n', 'é<5'):
    show(format, Decimal(1), spec)
print('{:.3} {:,} {!r:>15} {!s}'.format(Decimal('3.14159'), Decimal(10**9), Decimal('1'), Decimal('2')), f'{Decimal("2.675"):.2f}')
show(Decimal(1234567).__format__, 'n', {'decimal_point': ',', 'thousands_sep': '.', 'grouping': '\x03\x03'})
show(Decimal(1).__format__, 'n', {})
show(Decimal(1).__format__, 'f', {})

# precision without end
with localcontext(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN):
    print(Decimal(4) / 2, Decimal(400) // 50, Decimal('0.25').sqrt(), divmod(Decimal(10), 3), Decimal(1) / 8, Decimal(2)**100)
    show(lambda: Decimal(1) / 3)
    show(Decimal(2).sqrt)
    show(Decimal(2).exp)
print(MAX_PREC, MAX_EMAX, MIN_EMIN, MIN_ETINY, HAVE_THREADS, HAVE_CONTEXTVAR)
with localcontext(prec=60):
    print(Decimal(2).sqrt(), Decimal(1).exp(), Decimal(10).ln(), Decimal(2).log10(), Decimal(2)**Decimal('0.5'), sep='\n')

# each thread has its own flags
results = []


def work(k):
    with localcontext(prec=k) as c:
        t = Decimal(0)
        for i in range(1, 300):
            t += Decimal(k) / i
        results.append((k, t, c.flags[Inexact], getcontext().prec))


threads = [threading.Thread(target=work, args=(k,)) for k in (5, 12, 28, 50)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(*sorted(results), sep='\n')
