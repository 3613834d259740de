# `datetime`: results and errors, one expression a line.
import datetime as D
import warnings

warnings.simplefilter("ignore")


def t(s):
    try:
        r = repr(eval(s))
    except Exception as e:
        r = type(e).__name__ + ": " + str(e)
    print(s, "->", ascii(r))


class S(D.timedelta):
    pass


class MyTz(D.tzinfo):
    def __init__(self, r):
        self.r = r

    def utcoffset(self, dt):
        return self.r

    def dst(self, dt):
        return self.r

    def tzname(self, dt):
        return self.r


for s in r"""
D.date(0,1,1)
D.date(2020,13,1)
D.date(2021,2,30)
D.date(2020,1.0,1)
D.date('a',1,1)
D.date(2**40,1,1)
D.date(2**80,1,1)
D.time(24)
D.time(1,60)
D.time(1,1,61)
D.time(1,1,1,10**6)
D.time(fold=2)
D.time(tzinfo=1)
D.datetime(2020,1,1,tzinfo=1)
D.timedelta('a')
D.timedelta(10**10)
D.timedelta(10**20)
D.timedelta(10**9)
D.timedelta(float('inf'))
D.timedelta(float('nan'))
D.timedelta(1)/0
D.timedelta(1)/0.0
D.timedelta(1)//0
D.timedelta(1)//D.timedelta(0)
D.timedelta(1)%D.timedelta(0)
D.timedelta(1)*float('nan')
D.timedelta(1)*float('inf')
D.timedelta.max*2
D.timedelta.max+D.timedelta(1)
D.timedelta(1)+1
D.timedelta(1)*10**30
S(1,2,3)
D.timezone(D.timedelta(1))
D.timezone.utc.utcoffset(1)
D.timezone.utc.tzname(1)
D.timezone.utc.dst(1)
D.timezone.utc.fromutc(D.datetime(2020,1,1))
D.tzinfo().utcoffset(1)
D.tzinfo().fromutc(D.datetime(2020,1,1))
D.datetime(2020,1,1,tzinfo=MyTz(1)).utcoffset()
D.datetime(2020,1,1,tzinfo=MyTz(D.timedelta(1))).utcoffset()
D.datetime(2020,1,1,tzinfo=MyTz(1)).tzname()
D.datetime(2020,1,1,tzinfo=MyTz(None)).tzinfo.fromutc(D.datetime(2020,1,1,tzinfo=MyTz(None)))
D.datetime.fromisoformat('2020-01-01T12345678')
D.datetime.fromisoformat('2020-01-01T')
D.datetime.fromisoformat('2020-01-01T24:00')
D.datetime.fromisoformat('2020-01-01T12:34:56.1234567+05:30:15.123456789')
D.datetime.fromisoformat('2020-01-01T12:34+25:00')
D.datetime.fromisoformat('2020-13-01T12:34')
D.datetime.fromisoformat('2020-W60-1T12:34')
D.datetime.fromisoformat('0001-W01-1T12:34')
D.datetime.fromisoformat('9999-12-31T24:00')
D.date.fromisoformat('2020-02-30')
D.date.fromisoformat('2020-W60-1')
D.time.fromisoformat('T24:00')
D.time.fromisoformat('25:00')
D.time.fromisoformat('12:00+24:00')
D.time.fromisoformat('1')
D.datetime(2020,1,1).isoformat(timespec='x')
D.date.fromordinal(0)
D.date.fromordinal(10**7)
D.date.fromisocalendar(2020,54,1)
D.date.fromisocalendar(9999,53,7)
D.date.fromisocalendar('a',1,1)
D.date.max+D.timedelta(1)
D.date.min-D.timedelta(1)
D.datetime.max+D.timedelta(1)
D.date(2020,1,1)-D.datetime(2020,1,1)
D.date(2020,1,1)<D.datetime(2020,1,1)
D.date(2020,1,1)==D.datetime(2020,1,1)
D.date(2020,1,1)<1
D.datetime(2020,1,1)<D.datetime(2020,1,1,tzinfo=D.UTC)
D.datetime(2020,1,1)-D.datetime(2020,1,1,tzinfo=D.UTC)
D.time(1)<D.time(1,tzinfo=D.UTC)
D.datetime.combine(D.date(2020,1,1),D.time(1),3)
D.datetime.fromtimestamp(1e20)
D.datetime.fromtimestamp(10**20)
D.datetime.fromtimestamp(float('nan'))
D.datetime.fromtimestamp(10**15)
D.datetime.fromtimestamp(10**12,D.UTC)
D.datetime.fromtimestamp(1,1)
D.datetime.now(1)
D.date.fromtimestamp(1e20)
D.datetime.utcfromtimestamp(0)
D.datetime(2020,1,1).astimezone(1)
D.date(2020,1,1).replace(month=13)
D.date(2020,1,1).isocalendar()
type(D.date(2020,1,1).isocalendar())
type(D.date(2020,1,1).isocalendar())(1,2,3)
type(D.date(2020,1,1).isocalendar())(1,2)
D.date(2020,1,1).isocalendar().__reduce__()
D.timezone(D.timedelta(hours=1),'x').__reduce__()
D.UTC.__reduce__()
MyTz(1).__reduce__()
D.tzinfo().__reduce__()
D.datetime(2020,1,1,fold=1).__reduce_ex__(4)
D.datetime(2020,1,1,fold=1,tzinfo=D.UTC).__reduce__()
D.time(1,fold=1,tzinfo=D.UTC).__reduce_ex__(4)
D.date(b'\x07\xe4\x01\x01')
D.date('\x07\xe4\x01\x01')
D.date('\x07\u1234\x01\x01')
D.datetime(b'\x07\xe4\x01\x01\0\0\0\0\0\0',1)
D.time(b'\0\0\0\0\0\0',1)
D.time(b'\x80\0\0\0\0\0')
D.date(2020,1,1).__reduce__()
D.date(2020,1,1).__setstate__
D.timedelta(1,2,3).__reduce__()
D.datetime(2020,1,1).strftime('%')
D.datetime(2020,1,1).strftime('%:')
D.datetime(2020,1,1).strftime('%:y')
D.datetime(2020,1,1).strftime('%é')
D.datetime(20,1,1).strftime('%Y %G %C %F %y %c %x %5Y %-d')
D.datetime(2020,1,1).strftime('\ud800 %Y')
D.datetime(2020,1,1).strftime('\x00 %Y')
D.date(2020,1,1).strftime('%f %z %Z %H|%:z')
D.time(1,2,3,4).strftime('%Y-%m-%d %f %z')
str(D.timezone(D.timedelta(hours=-5,microseconds=3)))
str(D.timezone(-D.timedelta(hours=5,seconds=3)))
D.timedelta.resolution
D.timedelta(days=.5,seconds=.3,microseconds=.5)
D.timedelta(microseconds=0.5),D.timedelta(microseconds=1.5),D.timedelta(microseconds=-0.5)
D.timedelta(1).days.__class__
D.timedelta(1).__setattr__('days',1)
type('X',(D.timezone,),{})
D.datetime.strptime('2020','%Y')
D.date.strptime('2020','%Y')
D.time.strptime('20','%H')
D.datetime.strptime(1,'%Y')
D.datetime(2020,1,1) + D.datetime(2020,1,1)
1 + D.date(2020,1,1)
D.date(2020,1,1) - 1
-D.timedelta.max
abs(D.timedelta.min)
divmod(D.timedelta(1),0)
divmod(D.timedelta(1),1)
2.5*D.timedelta(1)
True*D.timedelta(1)
D.timedelta(1)/True
D.datetime.min.timestamp()
D.datetime.min.astimezone()
D.datetime.min.replace(tzinfo=D.UTC).astimezone(D.timezone(D.timedelta(hours=-1)))
D.datetime(2020,1,1,1,2,3,4,D.UTC,fold=1)
D.time(1,2,tzinfo=D.UTC,fold=1)
D.timedelta(hours=1)<1
D.timedelta(hours=1)==1
""".strip().split("\n"):
    t(s)
