# Random dates, times, lengths and formats: a digest of what each hundred operations gave.
import random, pickle, copy, hashlib
from datetime import *
R = random.Random(7)
class FO(tzinfo):
    def __init__(self,m,d=0): self.m=m;self.d=d
    def utcoffset(self,dt): return None if self.m is None else timedelta(minutes=self.m)
    def dst(self,dt): return timedelta(minutes=self.d)
    def tzname(self,dt): return 'X%%d' % ()  if self.m is None else 'FO%s'%self.m
    def __repr__(self): return 'FO(%r)'%self.m
class Fold(tzinfo):
    def utcoffset(self,dt): return timedelta(hours=1+dt.fold) if dt else None
    def dst(self,dt): return timedelta(0)
    def tzname(self,dt): return 'F'
    def __repr__(self): return 'Fold()'
class SD(date): pass
class SDT(datetime): pass
class ST(time): pass
class STD(timedelta): pass
fold_z=Fold(); fos=[FO(0),FO(60),FO(-721),FO(None),FO(1439,60)]
def rint(): return R.choice([0,1,-1,R.randrange(-100,100),R.randrange(-10**6,10**6),R.randrange(-10**10,10**10),R.randrange(-10**15,10**15),R.randrange(-10**25,10**25)])
def rfl(): return R.choice([0.0,0.5,-0.5,1.5,R.uniform(-10,10),R.uniform(-1e9,1e9),R.random()*1e-6,1e300,float('nan'),float('inf'),R.randrange(-1000,1000)/8])
def rtd():
    k=R.random()
    if k<.1: return R.choice([timedelta.min,timedelta.max,timedelta(0),timedelta.resolution,-timedelta.resolution])
    if k<.6: return timedelta(R.randrange(-1000,1000),R.randrange(-10**5,10**5),R.randrange(-10**7,10**7))
    if k<.7: return STD(R.randrange(-1000,1000),R.randrange(-10**5,10**5),R.randrange(-10**7,10**7))
    return timedelta(microseconds=R.randrange(-10**R.randrange(1,19),10**R.randrange(1,19)))
def rd(c=None):
    c=c or R.choice([date,date,SD])
    return c.fromordinal(R.choice([1,3652059,R.randrange(1,3652060),R.randrange(700000,740000)]))
def rtz():
    return R.choice([None,None,None,UTC,timezone(timedelta(minutes=R.randrange(-1439,1440))),timezone(timedelta(seconds=R.randrange(-86399,86400),microseconds=R.randrange(2))),fold_z]+fos)
def rt(c=None):
    c=c or R.choice([time,time,ST])
    return c(R.randrange(24),R.randrange(60),R.choice([0,R.randrange(60)]),R.choice([0,R.randrange(10**6)]),rtz(),fold=R.choice([0,0,1]))
def rdt(): return R.choice([datetime,datetime,SDT]).combine(rd(),rt())
fmts=list('aAbBcCdDeFgGhHIjklmMnprRStTuUVwWxXyYzZ%f')+[':z','-d','5Y','_H','^a','Ey','é']
def rfmt(): return ''.join('%'+R.choice(fmts)+R.choice(['',' ','-','x','é']) for _ in range(R.randrange(1,6)))
def riso():
    k=R.random(); d=rd(date)
    ds=R.choice([d.isoformat(),d.strftime('%Y%m%d'),'%04d-W%02d-%d'%tuple(d.isocalendar()),'%04dW%02d%d'%tuple(d.isocalendar()),'%04d-W%02d'%tuple(d.isocalendar())[:2],'%04dW%02d'%tuple(d.isocalendar())[:2]])
    t=rt(time).replace(tzinfo=None); ts=R.choice([t.isoformat(),t.isoformat('hours'),t.isoformat('minutes'),t.isoformat('milliseconds'),t.isoformat().replace(':',''),t.isoformat().replace('.',','),'24:00','24:00:01','2400',t.isoformat()+'123'])
    zs=R.choice(['','Z','+00:00','-0530','+05','+05:30:15','-23:59:59.999999','+24:00','+1','z'])
    s=R.choice([ds,ds+R.choice(['T',' ','t','-','é','1','+','Z'])+ts+zs,ts+zs,'T'+ts+zs])
    if R.random()<.4 and s:
        i=R.randrange(len(s)); s=R.choice([s[:i]+s[i+1:],s[:i]+R.choice('0123456789-:W.,T+Zx é')+s[i:],s[:i]+R.choice('0123456789-:W.,T+Z')+s[i+1:],s[:i]])
    return s
ops=[lambda a,b:a+b,lambda a,b:a-b,lambda a,b:a<b,lambda a,b:a<=b,lambda a,b:a==b,lambda a,b:a!=b,lambda a,b:a>b,lambda a,b:a*b,lambda a,b:a/b,lambda a,b:a//b,lambda a,b:a%b,lambda a,b:divmod(a,b)]
def rany(): return R.choice([rtd,rtd,rtd,rd,rdt,rdt,rt,rint,rfl,lambda:True,lambda:None])()
def show(r):
    if isinstance(r,datetime): return (type(r).__name__,repr(r),r.fold)
    return (type(r).__name__,repr(r))
def meth():
    o=R.choice([rtd,rd,rdt,rdt,rt])()
    m=R.choice({timedelta:['total_seconds','__repr__','__str__','__neg__','__abs__','__bool__','__reduce__','__pos__'],
      date:['isoformat','ctime','isocalendar','isoweekday','weekday','toordinal','timetuple','__repr__','__str__','__reduce__','strftime','__format__'],
      datetime:['isoformat','ctime','isocalendar','weekday','toordinal','timetuple','utctimetuple','__repr__','__str__','__reduce__','strftime','strftime','date','time','timetz','utcoffset','dst','tzname','replace','iso2','rex'],
      time:['isoformat','__repr__','__str__','strftime','utcoffset','tzname','dst','replace','iso1','rex','__reduce__']}[[c for c in (timedelta,datetime,date,time) if isinstance(o,c)][0]])
    if m in('strftime','__format__'):
        f=rfmt(); return m,o,f,(getattr(o,m)(f),)
    if m=='astimezone': z=rtz(); return m,o,z,o.astimezone(z)
    if m=='replace':
        kw={}
        for k,hi in [('hour',25),('minute',61),('second',61),('microsecond',10**6+1),('fold',3)]+([('year',10001),('month',14),('day',33)] if isinstance(o,datetime) else []):
            if R.random()<.2: kw[k]=R.randrange(-1,hi)
        if R.random()<.3: kw['tzinfo']=rtz()
        return m,o,kw,o.replace(**kw)
    if m=='iso2': s=R.choice(['T',' ','é','ab','\u20ac']);t=R.choice(['auto','hours','minutes','seconds','milliseconds','microseconds','foo']); return m,o,s,t,o.isoformat(s,t)
    if m=='iso1': t=R.choice(['auto','hours','minutes','seconds','milliseconds','microseconds','foo']); return m,o,t,o.isoformat(t)
    if m=='rex': p=R.randrange(6); return m,o,p,o.__reduce_ex__(p)
    return m,o,getattr(o,m)()
def one():
    k=R.randrange(9)
    if k<=2:
        i=R.randrange(len(ops)); a=rany(); b=rany(); return 'op%d'%i,a,b,ops[i](a,b)
    if k<=4: return meth()
    if k==5: s=riso(); c=R.choice([date,datetime,datetime,time,SD,SDT,ST]); return 'iso',s,c.__name__,c.fromisoformat(s)
    if k==6:
        kw={n:R.choice([rint,rfl,rfl,lambda:True])() for n in ['days','seconds','microseconds','milliseconds','minutes','hours','weeks'] if R.random()<.4}
        return 'td',kw,timedelta(**kw)
    if k==7 and False:
        ts=R.choice([R.randrange(-10**9,3*10**9),R.uniform(-1e9,4e9),R.randrange(-7*10**10,3*10**11),R.randrange(0,10**10)/8+.0000005,rint(),rfl()]);z=rtz()
        c=R.choice([date,datetime,datetime,SDT,SD])
        if issubclass(c,datetime): return 'ts',c.__name__,ts,z,c.fromtimestamp(ts,z)
        return 'ts',c.__name__,ts,c.fromtimestamp(ts)
    o=R.choice([rtd,rd,rdt,rt])()
    p=R.randrange(6); q=pickle.loads(pickle.dumps(o,p)) if not (hasattr(o,'tzinfo') and isinstance(o.tzinfo,(FO,Fold))) else o
    return 'pk',o,p,q,q==o,hash(q)==hash(o),copy.copy(o),copy.deepcopy(o)
for block in range(60):
    h = hashlib.sha256()
    for _ in range(100):
        try:
            r = ascii(tuple(show(x) for x in one()))
        except Exception as e:
            r = type(e).__name__
        h.update(r.encode())
    print(block, h.hexdigest()[:16])
