# Sockets over the loopback: streams, datagrams, timeouts, waiting for many, errors.
import select
import selectors
import socket
import socketserver
import threading


def show(f, *args, **kw):
    try:
        r = f(*args, **kw)
    except Exception as e:
        print(type(e).__name__, e)
    else:
        print(repr(r))


# a server and clients in threads
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
print(address[0], listener.family.name, listener.type.name, listener.proto)


def serve():
    for _ in range(4):
        s, _ = listener.accept()
        with s, s.makefile("rwb") as f:
            for line in f:
                f.write(line.upper())
                f.flush()


server = threading.Thread(target=serve)
server.start()
answers = {}


def ask(i):
    with socket.create_connection(address, timeout=10) as s:
        s.sendall(b"hello %d\nagain\n" % i)
        s.shutdown(socket.SHUT_WR)
        got = b""
        while part := s.recv(5):
            got += part
        answers[i] = got


clients = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
for c in clients:
    c.start()
for c in clients:
    c.join()
server.join()
listener.close()
print([answers[i] for i in range(4)])

# pairs
a, b = socket.socketpair()
print(a.family.name, a.type.name, a.send(b"abc"), b.recv(10))
buf = bytearray(8)
a.sendall(b"12345")
print(b.recv_into(buf, 3), b.recv_into(memoryview(buf)[3:]), bytes(buf))
a.sendall(b"peek")
print(b.recv(4, socket.MSG_PEEK), b.recv(4))
print(a.sendmsg([b"one", b"two"]), b.recvmsg(10)[:2])
big = b"x" * 1_000_000
reader = threading.Thread(target=lambda: answers.update(size=len(b.recv(len(big), socket.MSG_WAITALL))))
reader.start()
a.sendall(big)
reader.join()
print(answers["size"])

# timeouts and non-blocking
b.settimeout(0.01)
print(b.gettimeout(), b.getblocking())
show(b.recv, 1)
b.setblocking(False)
print(b.gettimeout(), b.getblocking())
show(b.recv, 1)
b.settimeout(None)
show(b.settimeout, -1)
show(b.settimeout, "x")
print(isinstance(socket.timeout("x"), TimeoutError), socket.error is OSError)

# waiting for many
print(select.select([a, b], [], [], 0))
a.send(b"!")
r, w, x = select.select([a, b], [a, b], [], 1)
print(r == [b], w == [a, b], x)
p = select.poll()
p.register(b, select.POLLIN)
print(p.poll(1000) == [(b.fileno(), select.POLLIN)])
p.unregister(b)
show(p.unregister, 12345)
with select.epoll() as e:
    e.register(b.fileno(), select.EPOLLIN)
    print(e.poll(1) == [(b.fileno(), select.EPOLLIN)], e.closed)
    show(e.register, b.fileno())
    b.recv(1)
    print(e.poll(0), e.poll(0.01))
print(e.closed)
show(e.poll)
with selectors.DefaultSelector() as s:
    s.register(b, selectors.EVENT_READ, "data")
    a.send(b"?")
    [(key, mask)] = s.select(1)
    print(key.data, mask == selectors.EVENT_READ)
show(select.select, [], [], [], -1)
show(select.select, [1.5], [], [], 0)
show(select.select, 1, [], [], 0)

# the end of a connection
a.close()
print(b.recv(1), b.recv(1), a.fileno())
show(a.recv, 1)
show(b.send, b"x")
fd = b.detach()
print(b.fileno(), fd >= 0)
socket.socket(fileno=fd).close()

# datagrams
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0))
v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(v.sendto(b"datagram", u.getsockname()), u.recvfrom(100)[0])
v.connect(u.getsockname())
v.send(b"more")
print(u.recvfrom_into(buf)[0], bytes(buf[:4]))
show(v.sendto, b"x")
show(v.sendto, b"x", 1)
show(v.sendto, "x", u.getsockname())
u.close()
v.close()

# options, addresses, names
s = socket.socket()
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 4))
show(s.setsockopt, socket.SOL_SOCKET, socket.SO_REUSEADDR, "a")
show(s.setsockopt, socket.SOL_SOCKET, socket.SO_REUSEADDR, None)
for wrong in ("a", ("127.0.0.1",), ("127.0.0.1", 1, 2), ("127.0.0.1", "a"), ("127.0.0.1", 99999)):
    show(s.connect, wrong)
show(s.recv, -1)
show(s.recv_into, b"abc")
show(s.recv_into, bytearray(3), 5)
show(s.recv_into, bytearray(3), -5)
s.close()
show(socket.socket, 99)
show(socket.socket, fileno=-1)
show(socket.socket, fileno=9999)
show(socket.getaddrinfo, "127.0.0.1", 80, type=socket.SOCK_STREAM)
show(socket.gethostbyname, "127.0.0.1")
show(socket.gethostbyname, "")
show(socket.getaddrinfo, None, None)
print(issubclass(socket.gaierror, OSError), socket.gaierror.__module__)
show(socket.inet_aton, "1.2.3")
show(socket.inet_aton, "x")
show(socket.inet_ntoa, b"\1\2\3\4")
show(socket.inet_ntoa, b"abc")
show(socket.inet_pton, socket.AF_INET6, "::1")
show(socket.inet_pton, socket.AF_INET, "1.2.3")
show(socket.inet_ntop, socket.AF_INET6, bytes(15) + b"\1")
show(socket.inet_ntop, socket.AF_INET, b"abc")
show(socket.htons, 1)
show(socket.htons, 70000)
show(socket.htonl, -1)
show(socket.ntohl, 1)
show(socket.getprotobyname, "tcp")
print(socket.CMSG_LEN(4), socket.CMSG_SPACE(4))
print(socket.getdefaulttimeout())


# descriptors travel
import array
import os

a, b = socket.socketpair()
r, w = os.pipe()
socket.send_fds(a, [b"with"], [w])
msg, fds, flags, addr = socket.recv_fds(b, 10, 1)
os.write(fds[0], b"through")
print(msg, os.read(r, 10))
for fd in (r, w, *fds):
    os.close(fd)
a.close()
b.close()


# a ready-made server
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline()[::-1])


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as srv:
    t = threading.Thread(target=srv.serve_forever, kwargs={"poll_interval": 0.01})
    t.start()
    with socket.create_connection(srv.server_address) as c:
        c.sendall(b"abc\n")
        print(c.recv(10))
    srv.shutdown()
    t.join()
