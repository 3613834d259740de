# Pickles: the same bytes as the library's own pickler writes, what was written comes back, and hostile ones are refused.
import pickle, _pickle, io, sys, collections, datetime, decimal, fractions
print(pickle.dumps is _pickle.dumps)
class A:
    def __init__(self): self.x=1; self.y=[1,2]
class S:
    __slots__=('a','b')
class L(list): pass
class D(dict): pass
a=A(); l=[1,2]; l.append(l); t=(l,); l.append(t)
s=S(); s.a=1
objs=[None,True,1,-1,255,256,65535,65536,2**31,-2**31,2**40,-2**63,2**100,-2**100,1.5,'a','é\ud800\U0001F600','x'*300,b'abc',b'x'*300,bytearray(b'q'),[],[1],[1,2],list(range(2500)),{}, {1:2},{i:i for i in range(2100)},set(),{1},frozenset({3}),(),(1,),(1,2),(1,2,3),(1,2,3,4),a,s,L([1,2]),D(a=1),collections.OrderedDict(a=1),int,len,io.BytesIO,type(None),...,NotImplemented,datetime.datetime(2020,1,1),decimal.Decimal('1.5'),fractions.Fraction(1,3),collections.Counter('abc'),complex(1,2),range(5),slice(1,2),'a\\\n\r\0\x1a',b'x'*100000,'x'*100000,[b'a'*70000,'b'], A.__init__, str.join]
for p in range(6):
    for o in objs if p>1 else [x for x in objs if type(x) is not S]:
        d=pickle.dumps(o,p); e=pickle._dumps(o,p)
        r=pickle.loads(d); r2=pickle._loads(d); r3=pickle.loads(e)
        if not (r==o or type(r) in (A,S)): print('BAD',p,repr(o)[:50],repr(r)[:50])
        if d!=e and not isinstance(o,(set,frozenset)): print('diff',p,repr(o)[:60],d[:80],e[:80])
    r=pickle.loads(pickle.dumps(l,p)); assert r[2] is r and r[3][0] is r
    f=io.BytesIO(); P=pickle.Pickler(f,p); P.dump([1,2]); P.dump('x'*70000); P.dump(l); f.seek(0); U=pickle.Unpickler(f); print(U.load(), len(U.load()), len(U.load()))
for bad in [b'',b'.',b'(.',b'a',b'\x80\x09.',b'X\xff\xff\xff\xffa',b'h\x00.',b'cfoo\nbar\n.',b'(K\x01d.',b'K\x01K\x02R.',b'\x93.',b'?',b"'",b'\\',b'\xff',b'\x8b\xff\xff\xff\xff.',b'I\n.',b'Iabc\n.',b'Fx\n.',b"S'a.",b"Sa\n.",b'(e.',b']K\x01K\x02u.',b'0.',b'1.',b'Pabc\n.',b'K\x01Q.',b'\x95\xff\xff\xff\xff\xff\xff\xff\xff.',b'\x97.',b'\x82\x00.',b'\x82\x05.',b'N)\x81.',b'N.N',b'p-1\n.',b'Np-1\n.',b'Nr\xff\xff\xff\x7f.',b'}NNb.',b'}K\x01b.']:
    try: r=repr(pickle.loads(bad))
    except Exception as e: r=type(e).__name__+': '+str(e)
    print(bad,r)
