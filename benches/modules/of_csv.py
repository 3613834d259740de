import csv
import io

rows = [[n, f"name {n}", n / 4, 'with "quotes", and commas', ""] for n in range(200)]
file = io.StringIO()
csv.writer(file).writerows(rows)
text = file.getvalue()
plain = "".join("%d;%d;abc;def\n" % (n, n * n) for n in range(500))


def write():
    csv.writer(io.StringIO()).writerows(rows)


def write_dicts():
    w = csv.DictWriter(io.StringIO(), "abcde")
    for row in rows:
        w.writerow(dict(zip("abcde", row)))


def read():
    return list(csv.reader(io.StringIO(text)))


def read_plain():
    return list(csv.reader(plain.splitlines(), delimiter=";"))


def read_dicts():
    return list(csv.DictReader(io.StringIO(text), "abcde"))
