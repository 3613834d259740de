# Notes on errors in codecs; names of hosts; buffers for pickling; files of memory pickled; gzip.
import codecs
import gzip
import io
import pickle
import zlib

for call in (lambda: codecs.decode(b"xyz", "hex"), lambda: codecs.decode(b"xyz", "zlib")):
    try:
        call()
    except Exception as e:
        print(type(e).__name__, e.__notes__)
print("bücher.example".encode("idna"), b"xn--bcher-kva.example".decode("idna"))
b = pickle.PickleBuffer(bytearray(b"ab"))
out = []
data = pickle.dumps(b, protocol=5, buffer_callback=out.append)
print(len(out), bytes(out[0]), bytes(pickle.loads(data, buffers=out)), out[0].raw().tolist())
b.release()
try:
    b.raw()
except ValueError as e:
    print(e)
s = io.StringIO("one\ntwo\n")
s.readline()
print(pickle.loads(pickle.dumps(s)).read())
s = io.BytesIO(b"abc")
s.seek(1)
print(pickle.loads(pickle.dumps(s)).read())
packed = gzip.compress(b"abc" * 1000) + gzip.compress(b"def")
print(gzip.decompress(packed) == b"abc" * 1000 + b"def", gzip.GzipFile(fileobj=io.BytesIO(packed)).read(5))
d = zlib._ZlibDecompressor()
data = zlib.compress(b"x" * 100) + b"rest"
print(d.decompress(data[:3]), d.needs_input, d.decompress(data[3:], 10), d.needs_input, len(d.decompress(b"")), d.eof, d.unused_data)
