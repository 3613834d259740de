# HMAC, and keys from passwords.
import hashlib, hmac, io


def attempt(f, *args, **kw):
    try:
        return f(*args, **kw)
    except Exception as e:
        return type(e).__name__


for name in "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b":
    for key in b"", b"key", b"k" * 200:
        h = hmac.new(key, b"one", name)
        h.update(b" two")
        copy = h.copy()
        copy.update(b" three")
        print(h.name, h.digest_size, h.block_size, h.hexdigest(), copy.hexdigest()[:16])
        assert h.digest() == hmac.digest(key, b"one two", name)
print(hmac.new(b"k", b"m", hashlib.sha256).hexdigest(), hmac.HMAC(b"k", digestmod=hashlib.sha1).hexdigest())
print(hmac.compare_digest("abc", "abc"), hmac.compare_digest(b"abc", b"abd"), attempt(hmac.compare_digest, "\xe9", "\xe9"))
print(attempt(hmac.new, b"k"), attempt(hmac.new, "k", b"m", "md5"), attempt(hmac.new, b"k", "m", "md5"), attempt(hmac.new, b"k", b"m", "nope"))

print(hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 2).hex())
print(hashlib.pbkdf2_hmac("sha256", b"password" * 20, b"salt" * 20, 10, 70).hex())
print(hashlib.pbkdf2_hmac(hash_name="sha512", password=bytearray(b"p"), salt=memoryview(b"s"), iterations=3, dklen=5).hex())
for args in ("nope", b"", b"", 1), ("md5", "x", b"", 1), ("md5", b"", b"", 0), ("md5", b"", b"", 1, 0), ("md5", b"", b"", 1, -1), (1, b"", b"", 1):
    print(attempt(hashlib.pbkdf2_hmac, *args))

print(hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1).hex())
print(hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16).hex())
print(hashlib.scrypt(password=b"pw", salt=b"sa", n=2, r=3, p=5, dklen=11).hex())
for kw in dict(n=3, r=1, p=1), dict(n=1, r=1, p=1), dict(n=16, r=0, p=1), dict(n=2**20, r=8, p=1), dict(n=16, r=1, p=1, dklen=0), dict(n=16, r=1, p=1, maxmem=-1), dict(n=16, r=1):
    print(attempt(hashlib.scrypt, b"x", salt=b"y", **kw))

print(hashlib.new("SHA256", b"x").hexdigest() == hashlib.sha256(b"x").hexdigest(), attempt(hashlib.new, "nope"), hashlib.new("sha3_224").name)
print(hashlib.file_digest(io.BytesIO(b"data"), "md5").hexdigest(), hashlib.sha1(usedforsecurity=False).name)
print({"md5", "sha512", "blake2s", "shake_128"} <= hashlib.algorithms_available, sorted(hashlib.algorithms_guaranteed))
