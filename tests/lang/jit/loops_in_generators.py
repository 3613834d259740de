"""Loops inside generators that a trace resumes: their code becomes part of it, and what it knows of iterators is put back
before a generator is suspended."""
def perms(n):
    idx=list(range(n)); cyc=list(range(n,0,-1))
    yield tuple(idx)
    while n:
        for i in reversed(range(n)):
            cyc[i]-=1
            if cyc[i]==0:
                idx[i:]=idx[i+1:]+idx[i:i+1]
                cyc[i]=n-i
            else:
                j=cyc[i]
                idx[i],idx[-j]=idx[-j],idx[i]
                yield tuple(idx)
                break
        else:
            return
def chunks(data,k):
    out=[]
    for x in data:
        out.append(x)
        if len(out)==k:
            yield out
            out=[]
    if out: yield out
def sums(rows):
    for r in rows:
        s=0
        for x in r:
            s+=x*2 if x%3 else x
        yield s
def primes(n):
    c=2
    while c<n:
        d=2
        while d*d<=c:
            if c%d==0: break
            d+=1
        else:
            yield c
        c+=1
def words(text):
    w=''
    for ch in text:
        if ch==' ':
            if w: yield w
            w=''
        else: w+=ch
    if w: yield w
def closure(k):
    def gen(n):
        t=0.0
        for i in range(n):
            for j in range(i%5):
                t+=k*j
            yield t
    return gen
def raising(n):
    for i in range(n):
        s=0
        for j in range(6):
            if i*j==300: raise ValueError(i)
            s+=j
        yield s
def f():
    a=0
    for p in perms(6):
        a+=p[0]*p[1]-p[2]
    b=0
    for c in chunks(range(5000),7): b+=len(c)*c[0]
    d=0
    for s in sums([[1,2,3,4],[5,6],[],[7]*9]*300): d+=s
    e=0
    for p in primes(4000): e+=p
    g=0
    for w in words("the quick  brown fox jumps over "*200): g+=len(w)
    h=0
    for t in closure(1.5)(800): h+=t
    k=0
    try:
        for t in raising(400): k+=t
    except ValueError as x: k=(k,str(x))
    return a,b,d,e,g,h,k
for _ in range(3): print(f())
for x in (1,2): print(sum(sums([[1,2,3.5,4],[x,'6'*0 or 2],[],[7]*9]*300)))


def shared(it, k):
    """What is left of an iterator that others have, too."""
    for x in it:
        for y in it:
            if y % k == 0:
                break
        yield x, y


it = iter(range(1000))
got = []
for x, y in shared(it, 7):
    got.append(x + y)
    if len(got) == 90:
        break
print(sum(got), next(it), list(it)[-1])


def interrupted(n):
    for i in range(n):
        try:
            for j in range(8):
                if j == i % 9:
                    yield i, j
        finally:
            ended.append(i)


ended = []
for _ in range(40):
    g = interrupted(20)
    total = 0
    for i, j in g:
        total += i * j
        if total > 300:
            g.close()
            break
print(total, len(ended), sum(ended))
