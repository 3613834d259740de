import datetime as d

start = d.datetime(2024, 2, 27, 12, 30, 15, 1234)
utc = d.timezone.utc
hours = [d.timedelta(hours=n) for n in range(200)]
moments = [start + h for h in hours]
texts = [m.isoformat() for m in moments]


def make():
    return [d.datetime(2024, 1 + n % 12, 1 + n % 28, n % 24, n % 60) for n in range(200)]


def add_and_subtract():
    return [(start + h) - start for h in hours]


def to_iso():
    return [m.isoformat() for m in moments]


def from_iso():
    return [d.datetime.fromisoformat(t) for t in texts]


def strftime():
    return [m.strftime("%Y-%m-%d %H:%M:%S") for m in moments]


def strptime():
    return [d.datetime.strptime(t[:19], "%Y-%m-%dT%H:%M:%S") for t in texts[:50]]


def zones():
    return [m.replace(tzinfo=utc).astimezone(d.timezone(d.timedelta(hours=2))).utcoffset() for m in moments]


def stamps():
    return [d.datetime.fromtimestamp(m.timestamp(), utc) for m in moments]


def compare_and_hash():
    return sorted(moments, reverse=True), len(set(moments))


def fields():
    return sum(m.year + m.month + m.day + m.hour + m.weekday() + m.toordinal() for m in moments)
