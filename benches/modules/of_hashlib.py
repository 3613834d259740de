import hashlib
import hmac

block = bytes(range(256)) * 1024


def md5():
    return hashlib.md5(block).digest()


def sha1():
    return hashlib.sha1(block).digest()


def sha256():
    return hashlib.sha256(block).digest()


def sha512():
    return hashlib.sha512(block).digest()


def sha3_256():
    return hashlib.sha3_256(block).digest()


def blake2b():
    return hashlib.blake2b(block).digest()


def blake2s():
    return hashlib.blake2s(block).digest()


def small():
    for n in range(200):
        h = hashlib.sha256(b"prefix")
        h.update(b"%d" % n)
        h.hexdigest()


def mac():
    for n in range(100):
        hmac.new(b"key", b"%d" % n, "sha256").hexdigest()


def pbkdf2():
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 2000)
