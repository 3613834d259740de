import struct

header = struct.Struct("<IHHq8sd")
packed = header.pack(1, 2, 3, 4, b"abcdefgh", 2.5)
many = packed * 200
numbers = list(range(500))


def pack():
    for n in range(300):
        header.pack(n, 2, 3, n, b"abcdefgh", 2.5)


def unpack():
    for _ in range(300):
        header.unpack(packed)


def by_format():
    for n in range(300):
        struct.unpack(">HH", struct.pack(">I", n))


def iterate():
    return list(header.iter_unpack(many))


def many_items():
    return struct.unpack("500i", struct.pack("500i", *numbers))


def in_place():
    buffer = bytearray(64)
    for n in range(300):
        struct.pack_into("!HhB", buffer, 8, n, -n, 7)
        struct.unpack_from("!HhB", buffer, 8)
