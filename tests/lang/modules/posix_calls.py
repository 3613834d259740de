# Calls of the operating system that programs meet seldom.
import errno, os, resource, signal, subprocess, sys, tempfile


def attempt(f, *args, **kw):
    try:
        return f(*args, **kw)
    except Exception as e:
        return type(e).__name__, getattr(e, "errno", None)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "f")
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    print(os.pwrite(fd, b"hello world", 0), os.pread(fd, 5, 6), os.pread(fd, 5, 100), os.lseek(fd, 0, os.SEEK_CUR))
    a, b = bytearray(3), bytearray(5)
    print(os.readv(fd, [a, b]), a, b, os.writev(fd, [b"!", memoryview(b"??")]), os.pread(fd, 50, 0))
    print(os.preadv(fd, [a], 2), a, os.pwritev(fd, [b"X"], 1), os.pread(fd, 4, 0))
    print(os.posix_fallocate(fd, 0, 100), os.fstat(fd).st_size, os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL))
    print(os.lockf(fd, os.F_LOCK, 0), os.lockf(fd, os.F_ULOCK, 0))
    out = os.open(path + "2", os.O_RDWR | os.O_CREAT)
    print(os.sendfile(out, fd, 0, 5), os.copy_file_range(fd, out, 4, 0, 5), os.pread(out, 50, 0))
    v = os.statvfs(folder)
    print(v.f_bsize > 0, v.f_namemax, len(v), type(v).__name__, os.fstatvfs(fd).f_bsize == v.f_bsize)
    print(os.pathconf(folder, "PC_NAME_MAX"), os.fpathconf(fd, "PC_NAME_MAX"), attempt(os.pathconf, folder, "PC_X"), os.confstr("CS_PATH"))
    os.chown(path, -1, -1), os.lchown(path, -1, -1), os.fchown(fd, -1, -1)
    here = os.getcwd()
    at = os.open(folder, os.O_RDONLY)
    os.fchdir(at)
    print(os.path.samefile(os.getcwd(), folder), sorted(os.listdir()))
    os.chdir(here)
    if attempt(os.setxattr, path, "user.a", b"v") is None:
        assert os.getxattr(path, "user.a") == b"v" and "user.a" in os.listxattr(path)
        os.removexattr(path, b"user.a")
    print(attempt(os.getxattr, path, "user.none")[0], attempt(os.ttyname, fd), attempt(os.pread, -1, 1, 0), attempt(os.pread, fd, -1, 0))
    for x in fd, out, at:
        os.close(x)

m = os.memfd_create("m")
e = os.eventfd(3)
os.eventfd_write(e, 4)
print(os.write(m, b"abc"), os.eventfd_read(e), os.get_inheritable(m))
os.close(m), os.close(e)
print(os.makedev(8, 1), os.major(os.makedev(8, 1)), os.minor(os.makedev(8, 1)), os.ctermid())

print(os.getpgid(0) == os.getpgrp(), os.getsid(0) == os.getsid(os.getpid()), os.getpriority(os.PRIO_PROCESS, 0) == os.nice(0))
print(os.getresuid() == (os.getuid(), os.geteuid(), os.geteuid()), isinstance(os.getgroups(), list), attempt(os.getpgid, -5))
print(os.sched_get_priority_max(os.SCHED_FIFO) > 0, os.sched_setaffinity(0, os.sched_getaffinity(0)), attempt(os.sched_setaffinity, 0, [-1]))

for waiting in lambda p: os.wait(), lambda p: os.wait3(0)[:2], lambda p: os.wait4(p, 0)[:2]:
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    pid, status = waiting(child.pid)
    child.returncode = os.waitstatus_to_exitcode(status)
    print(pid == child.pid, child.returncode, os.WCOREDUMP(status), os.WIFCONTINUED(status))
child = subprocess.Popen(["sleep", "100"], start_new_session=True)
os.killpg(os.getpgid(child.pid), signal.SIGTERM)
pid, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(child.returncode, type(usage).__name__, usage.ru_maxrss > 0)

print(attempt(os.execv, "/nowhere/x", ["x"]), attempt(os.execv, sys.executable, []), attempt(os.execv, sys.executable, [""]), attempt(os.execv, sys.executable, "x"))
run = """import os
os.environ['A'] = '1'
os.{}
"""
for call in "execv('/bin/sh', ['sh', '-c', 'echo $A'])", "execve('/bin/sh', ['sh', '-c', 'echo $A$B'], {'B': '2'})", "execlp('echo', 'echo', 'found')":
    print(subprocess.run([sys.executable, "-c", run.format(call)], capture_output=True, text=True).stdout, end="")
