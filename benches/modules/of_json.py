import json

record = {"id": 17, "name": "Grüße \"quoted\"\n", "tags": ["a", "b", "c"], "price": 12.5, "ok": True, "none": None, "deep": {"x": [1, 2, {"y": []}]}}
records = [dict(record, id=n) for n in range(50)]
text = json.dumps(records)
indented = json.dumps(records, indent=2)
strings = ["some text number %d, with é" % n for n in range(300)]
numbers = [n * 1.25 for n in range(500)] + list(range(500))


def dumps():
    return json.dumps(records)


def dumps_indented():
    return json.dumps(records, indent=2, sort_keys=True)


def dumps_strings():
    return json.dumps(strings), json.dumps(strings, ensure_ascii=False)


def dumps_numbers():
    return json.dumps(numbers)


def dumps_default():
    return json.dumps([1j, 2j, 3j] * 20, default=str)


def loads():
    return json.loads(text)


def loads_indented():
    return json.loads(indented)


def loads_hooks():
    return json.loads(text, object_hook=len, parse_float=str)
