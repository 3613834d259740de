# `datetime`: subclasses, pickles, folds, hashes, and time zones written in Python.
import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo


class Date(date):
    def __new__(cls, year, month, day):
        self = super().__new__(cls, year, month, day)
        self.note = "made"
        return self


class Moment(datetime):
    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls, *args, **kwargs)
        self.note = (args, kwargs)
        return self


class Time(time):
    __slots__ = ()


class Eastern(tzinfo):
    """Summer from April to October; the last hour of it comes twice."""

    def utcoffset(self, dt):
        return timedelta(hours=-5) + self.dst(dt)

    def dst(self, dt):
        if dt is None:
            return timedelta(0)
        start = dt.replace(month=4, day=1, hour=2, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
        end = start.replace(month=10, day=28, hour=2)
        here = dt.replace(tzinfo=None, fold=0)
        if end - timedelta(hours=1) <= here < end:
            return timedelta(hours=1 - dt.fold)
        return timedelta(hours=1 if start <= here < end else 0)

    def tzname(self, dt):
        return "EDT" if self.dst(dt) else "EST"

    def __repr__(self):
        return "Eastern()"


tz = Eastern()

for d in (Date(2024, 2, 28) + timedelta(2), Date.fromisoformat("2024-02-29"), Date.fromordinal(738000),
          Date(2024, 1, 1).replace(day=5), Date.fromisocalendar(2024, 9, 4), Date(2024, 1, 2) - timedelta(days=1)):
    print(type(d).__name__, d, d.note)
for d in (Moment(2024, 2, 28) + timedelta(2), Moment.fromisoformat("2024-02-29T01"), Moment.fromordinal(738000),
          Moment(2024, 1, 1, fold=1).replace(day=5), Moment.combine(date(1, 2, 3), time(4, fold=1)),
          Moment.fromtimestamp(0, UTC), Moment(2024, 1, 1, tzinfo=UTC).astimezone(timezone(timedelta(hours=3))),
          Moment.strptime("2024", "%Y")):
    print(type(d).__name__, repr(d), d.fold, d.note)
print(type(Moment(2024, 1, 1).date()), type(Moment(2024, 1, 1).time()), type(Moment(2024, 1, 1) - Moment(2023, 1, 1)))
print(repr(Time.fromisoformat("01:02")), repr(Time(1, 2).replace(minute=5, fold=1)))

for o in (date(1, 2, 3), datetime(2024, 1, 2, 3, 4, 5, 6, fold=1), datetime(2024, 1, 2, tzinfo=UTC), time(1, 2, 3, 4, fold=1),
          time(1, tzinfo=timezone(timedelta(hours=1), "x")), timedelta(1, 2, 3), UTC, timezone(timedelta(minutes=-7)),
          timezone.min, date(1, 2, 3)):
    for protocol in range(6):
        p = pickle.loads(pickle.dumps(o, protocol))
        fold = getattr(p, "fold", None)
        assert p == o and hash(p) == hash(o), (o, protocol)
        assert fold == (getattr(o, "fold", None) if protocol > 3 else 0 if fold is not None else None), (o, protocol)
    assert copy.copy(o) == copy.deepcopy(o) == o
    print(repr(o), o.__reduce_ex__(4))
assert pickle.loads(pickle.dumps(UTC)) is UTC and copy.deepcopy(UTC) is UTC

# Where the hour comes twice, neither of them equals a time of another zone.
a = datetime(2024, 10, 28, 1, 30, tzinfo=tz)
b = a.replace(fold=1)
print(a.utcoffset(), b.utcoffset(), a.tzname(), b.tzname(), a == b, hash(a) == hash(b), b - a)
print(a == a.astimezone(UTC), a.astimezone(UTC), b.astimezone(UTC), a < b.astimezone(UTC))
for h in range(4, 9):
    u = datetime(2024, 10, 28, h, 30, tzinfo=UTC)
    print(u.astimezone(tz), u.astimezone(tz).fold)
noon = datetime(2024, 7, 1, 12, tzinfo=tz)
print(noon, noon.timetuple().tm_isdst, noon.utctimetuple()[:6], noon.timestamp(), noon == noon.astimezone(UTC))
print(hash(noon) == hash(noon.astimezone(UTC)), len({noon, noon.astimezone(UTC), noon.astimezone(timezone.max)}))
print(noon.strftime("%Z %z %:z %% %f|%Y"), f"{noon:%d/%m}", f"{noon}", format(noon.timetz(), "%H %Z"))

# The other operand has its say.
class Other:
    def __radd__(self, o):
        return "radd", type(o).__name__

    def __rsub__(self, o):
        return "rsub", type(o).__name__

    def __lt__(self, o):
        return "lt"

    def __gt__(self, o):
        return "gt"

    def __eq__(self, o):
        return "eq"


for o in (date(1, 1, 1), datetime(1, 1, 1), timedelta(1)):
    print(o + Other(), o - Other(), o < Other(), o > Other(), o == Other())
print(sorted([timedelta(2), timedelta(-1), timedelta(0, 5)]), max(date(2, 1, 1), date(1, 12, 31)))
print(sum([timedelta(1), timedelta(0, 1)], timedelta()), divmod(timedelta(7), timedelta(2)), timedelta(7) % -timedelta(2))


class Ratio(float):
    def as_integer_ratio(self):
        return self.ratio


for ratio in ((1, 3), (2, -3), 7, (1,)):
    r = Ratio(0.5)
    r.ratio = ratio
    for f in (lambda: timedelta(1) * r, lambda: timedelta(1) / r):
        try:
            print(f())
        except (TypeError, ValueError) as e:
            print(type(e).__name__)

d = datetime(2024, 1, 1)
for f in (lambda: setattr(d, "year", 1), lambda: setattr(d, "x", 1), lambda: setattr(timedelta(1), "days", 1), lambda: delattr(d, "hour")):
    try:
        f()
    except AttributeError:
        print("AttributeError")
match d:
    case datetime(year=2024, month=m):
        print("matched", m)
print(copy.replace(d, hour=3), copy.replace(time(1), minute=2), copy.replace(date(1, 1, 1), year=5))
