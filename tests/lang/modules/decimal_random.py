# Arithmetic of _decimal on numbers made up at random, in contexts made up at random: results and flags.
import _decimal as D
state = 88172645463325252
def rnd(k):
    global state
    state ^= (state << 13) & (2**64-1); state ^= state >> 7; state ^= (state << 17) & (2**64-1)
    return state % k
def pick(l): return l[rnd(len(l))]
SIG = ['Clamped','DivisionByZero','Inexact','InvalidOperation','Overflow','Rounded','Subnormal','Underflow','FloatOperation']
def digits(k):
    r = rnd(6)
    if r == 0: return '9'*k
    if r == 1: return '1' + '0'*(k-1)
    if r == 2: return '5' + '0'*(k-1)
    if r == 3: return ''.join(pick('0159') for _ in range(k))
    return ''.join(str(rnd(10)) for _ in range(k))
def num(prec):
    r = rnd(40)
    s = pick(['','-'])
    if r == 0: return s + pick(['Inf','NaN','sNaN','NaN12','sNaN98765','NaN123456789012345678901'])
    if r == 1: return s + '0' + pick(['','E5','E-5','.000','E-400','E400'])
    k = pick([1,1,2,3,prec-1,prec,prec+1,2*prec,rnd(60)+1, rnd(8)+1])
    k = max(1,k)
    d = digits(k)
    e = pick([0,0,0,-k,-k//2,-k+1, rnd(9)-4, rnd(100)-50, rnd(800)-400])
    return s + d + ('E%d' % e if e else '')
def small():
    return pick(['','-']) + str(rnd(12)) + pick(['','','E1','.5','.0',])
UN = 'abs minus plus exp ln log10 next_minus next_plus normalize sqrt logb logical_invert to_integral_value to_integral_exact'.split()
BI = 'add subtract multiply divide divide_int remainder remainder_near compare compare_signal max max_mag min min_mag next_toward quantize compare_total compare_total_mag copy_sign scaleb shift rotate'.split()
QU = 'is_normal is_subnormal number_class to_eng_string to_sci_string copy_abs copy_negate is_signed is_zero create_decimal'.split()
ALL = UN*2 + BI*3 + QU + ['power']*6 + ['fma']*4 + ['powmod']*2 + ['divmod']*3 + ['logical']*2 + ['cmp','hash','float','ratio','int','round','format','tuple','ctxcreate','same']
for i in range(500):
    prec = pick([1,2,3,5,9,16,28,28,34,50, rnd(120)+1])
    emax = pick([0,1,2,3,9,99,384,6144,999999, 425000000])
    emin = -pick([0,1,2,3,9,99,383,6143,999999,425000000])
    rounding = pick([D.ROUND_UP,D.ROUND_DOWN,D.ROUND_CEILING,D.ROUND_FLOOR,D.ROUND_HALF_UP,D.ROUND_HALF_DOWN,D.ROUND_HALF_EVEN,D.ROUND_05UP])
    c = D.Context(prec=prec,Emax=emax,Emin=emin,rounding=rounding,capitals=rnd(2),clamp=rnd(2),flags=[],traps=[])
    op = pick(ALL)
    args = []
    try:
        a, b, x = num(prec), num(prec), num(prec)
        da, db, dx = D.Decimal(a), D.Decimal(b), D.Decimal(x)
        if op in UN or op in QU:
            if op in ('exp',) and rnd(2): a = small() ; da = D.Decimal(a)
            if op in ('ln','log10') and rnd(2): da = da.copy_abs()
            if op == 'logical_invert' : da = D.Decimal(''.join(pick('01') for _ in range(rnd(prec+3)+1)))
            args = [da]; r = getattr(c, op)(da)
        elif op in BI:
            if op in ('scaleb','shift','rotate'): db = D.Decimal(pick([b, str(rnd(2*prec+2)-prec), str(rnd(2000)-1000)]))
            if op == 'quantize' and rnd(3): db = D.Decimal('1E%d' % (da.adjusted() - rnd(prec+2) if da.is_finite() else 1))
            if rnd(8) == 0: db = da
            args = [da, db]; r = getattr(c, op)(da, db)
        elif op == 'power':
            k = rnd(5)
            if k == 0: pass
            elif k == 1: db = D.Decimal(small())
            elif k == 2: da, db = D.Decimal(small()), D.Decimal(small())
            elif k == 3: da = D.Decimal(pick(['1','1.0','1.000','10E-1','-1','-1.00','100','0.1','-10'])); db = D.Decimal(pick([small(), str(rnd(200)-100), '1E3', 'Inf', '-Inf', '100000000000000000000001']))
            else: da = D.Decimal('1.' + digits(rnd(20)+1)); db = D.Decimal(pick([small(), str(rnd(3000)-1500)]))
            args = [da, db]; r = c.power(da, db)
        elif op == 'fma':
            args = [da, db, dx]; r = c.fma(da, db, dx)
        elif op == 'powmod':
            f = lambda: D.Decimal(pick(['','','-']) + digits(rnd(12)+1) + pick(['','','','E3','.0']))
            if rnd(6): da, db, dx = f(), f(), f()
            args = [da, db, dx]; r = c.power(da, db, dx)
        elif op == 'divmod':
            args = [da, db]; r = c.divmod(da, db)
        elif op == 'logical':
            f = lambda: D.Decimal(''.join(pick('01') for _ in range(rnd(prec+3)+1)))
            if rnd(5): da, db = f(), f()
            args = [da, db]; r = getattr(c, pick(['logical_and','logical_or','logical_xor']))(da, db)
        else:
            D.setcontext(c)
            c = D.getcontext(); c.clear_flags()
            args = [da, db]
            if op == 'cmp':
                other = pick([db, rnd(100), 0.5, 1e300, da, 2j, 0j, rnd(2**63)*2**80])
                r = [da == other, da != other]
                for f in ('__lt__','__le__','__gt__','__ge__'):
                    r.append(getattr(da, f)(other))
            elif op == 'hash': r = hash(da) if not da.is_nan() else 'nan'
            elif op == 'float': r = float(da)
            elif op == 'ratio': r = da.as_integer_ratio()
            elif op == 'int': r = (int(da), da.__floor__(), da.__ceil__(), round(da))
            elif op == 'round': r = round(da, rnd(20)-10)
            elif op == 'format':
                spec = pick(['','x<','*^','>','=','_=']) + pick(['','+',' ','-']) + pick(['','z']) + pick(['','#'])
                if spec[:1] not in 'x*>=_' or not spec: spec += pick(['','0'])
                spec += pick(['', '1','10','25','40']) + pick(['','',',','_']) + pick(['','','.0','.1','.3','.10','.2_', '.5,']) + pick(['','e','E','f','F','g','G','%','n'])
                args = [da, spec]; r = format(da, spec)
            elif op == 'tuple': r = da.as_tuple()
            elif op == 'ctxcreate':
                args = [a]; r = c.create_decimal(pick([a, da, da.as_tuple(), rnd(2**60), 0.1*rnd(1000)]))
            elif op == 'same': r = da.same_quantum(db), da.adjusted(), da.to_integral(), da.normalize()
            D.setcontext(D.Context(prec=500, traps=[]))
    except Exception as e:
        r = type(e).__name__
    D.setcontext(D.Context(prec=500, traps=[]))
    fl = ' '.join(s for s in SIG if c.flags[getattr(D, s)])
    print(i, op, *args, prec, emax, emin, rounding, c.clamp, c.capitals, '=>', repr(r), fl)
