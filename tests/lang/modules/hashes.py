# Hash functions: digests of known messages, copies, parameters, errors.
import hashlib
import hmac


def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


messages = [b"", b"abc", b"x" * 63, b"x" * 64, b"x" * 127, b"x" * 128, b"x" * 129, bytes(range(256)) * 5]
for name in sorted(["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"]):
    h = hashlib.new(name)
    print(name, h.digest_size, h.block_size, h.name)
    for m in messages:
        print(hashlib.new(name, m).hexdigest())
    for part in messages:
        h.update(part)
    half = h.copy()
    h.update(b"more")
    print(half.hexdigest() == h.hexdigest(), len(h.digest()), hashlib.new(name, b"".join(messages)).digest() == half.digest())
for name in ("shake_128", "shake_256"):
    h = hashlib.new(name, b"abc")
    print(h.name, h.digest_size, h.block_size, h.hexdigest(10), h.hexdigest(300)[-10:], len(h.digest(500)))
show(lambda: hashlib.blake2b(b"abc", digest_size=20, key=b"key", salt=b"salt", person=b"me").hexdigest())
show(lambda: hashlib.blake2s(b"abc", digest_size=7, key=b"k" * 32, fanout=2, depth=3, leaf_size=4096, node_offset=5, node_depth=1, inner_size=32, last_node=True).hexdigest())
print(hashlib.blake2b.MAX_DIGEST_SIZE, hashlib.blake2b.SALT_SIZE, hashlib.blake2s.MAX_KEY_SIZE, hashlib.blake2s.PERSON_SIZE)
show(lambda: hashlib.sha256("text"))
show(lambda: hashlib.sha3_256("text"))
show(lambda: hashlib.sha256(5))
print(hmac.new(b"key", b"message", "sha256").hexdigest(), hmac.compare_digest("a", "a"))
print(sorted(hashlib.algorithms_guaranteed) == sorted(hashlib.algorithms_guaranteed & hashlib.algorithms_available))
