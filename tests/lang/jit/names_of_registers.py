# Ways that come back into a copied inner loop with another list than the one with which it was entered.


def merge(ranks, data):
    parts = [bytes([b]) for b in data]
    while True:
        place = None
        least = None
        for i, pair in enumerate(zip(parts[:-1], parts[1:])):
            rank = ranks.get(pair[0] + pair[1])
            if rank is not None and (least is None or rank < least):
                place = i
                least = rank
        if least is None:
            break
        parts = parts[:place] + [parts[place] + parts[place + 1]] + parts[place + 2 :]
    return [ranks[part] for part in parts]


def merge_first(ranks, parts):
    while True:
        place = None
        i = -1
        for pair in zip(parts[:-1], parts[1:]):
            i += 1
            rank = ranks.get(pair[0] + pair[1])
            if rank is not None and place is None:
                place = i
        if place is None:
            break
        parts = parts[:place] + [parts[place] + parts[place + 1]] + parts[place + 2 :]
    return parts


ranks = {bytes([i]): i for i in range(256)}
for k, w in enumerate(["th", "the", "he", "in", "ing", "er", "an", "and", " a", " t", " th", " the", "ou", "you"]):
    ranks[w.encode()] = 256 + k
words = "the quick brown fox and you are singing in other lands thereby then anding them".split()
words = [" " + w for w in words] + ["a", "b", "", "x"]


def encode(words):
    tokens = []
    for w in words:
        data = w.encode("utf-8")
        found = merge(ranks, data)
        tokens.extend(found)
    return tokens


def first(words):
    n = 0
    for w in words:
        n += len(merge_first(ranks, [bytes([b]) for b in w.encode()]))
    return n


print(encode(words[:6]))
print({sum(encode(words * 40)) for _ in range(24)})
print({first(words * 40) for _ in range(8)})
