# Other programs: subprocess in its ways, users and groups, limits, descriptors' control.
import fcntl
import grp
import os
import pwd
import resource
import subprocess
import sysconfig


def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


run = subprocess.run
print(run(["/bin/echo", "one", "two"], capture_output=True))
print(run("echo $X; exit 3", shell=True, env={"X": "set"}, capture_output=True, text=True))
print(run(["/bin/cat"], input="through\n", capture_output=True, text=True).stdout)
print(subprocess.check_output(["/bin/pwd"], cwd="/"))
show(run, ["/no/such/program"])
show(run, ["/bin/echo"], cwd="/no/such/directory")
show(run, ["/bin/sleep", "10"], timeout=0.05)
with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as p:
    p.stdin.write(b"a\n")
    p.stdin.flush()
    print(p.stdout.readline(), p.poll())
    p.stdin.close()
    print(p.wait(), p.returncode)
p = subprocess.Popen(["/bin/sleep", "10"])
p.terminate()
print(p.wait())
r, w = os.pipe()
print(run(["/bin/sh", "-c", f"echo kept >&{w}"], pass_fds=[w]).returncode, os.read(r, 10))
print(run(["/bin/sh", "-c", f"echo closed >&{w}"], stderr=subprocess.DEVNULL).returncode != 0)
fds = fcntl.fcntl(r, fcntl.F_GETFD)
print(fds, fcntl.fcntl(r, fcntl.F_SETFD, 0), fcntl.fcntl(r, fcntl.F_GETFD))
fcntl.flock(r, fcntl.LOCK_UN)
os.write(w, b"12345")
buf = bytearray(4)
print(fcntl.ioctl(r, 0x541B, buf), buf, fcntl.ioctl(r, 0x541B, b"\0" * 4))
show(fcntl.fcntl, 9999, fcntl.F_GETFD)
root = pwd.getpwuid(0)
print(root.pw_name, root.pw_dir, root.pw_uid, root == pwd.getpwnam("root"), root in pwd.getpwall())
show(pwd.getpwnam, "no such user")
show(pwd.getpwuid, 2**31)
print(grp.getgrgid(0).gr_name, grp.getgrnam("root").gr_gid)
show(grp.getgrnam, "no such group")
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
print(soft > 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0)
show(resource.getrlimit, 99)
print(sysconfig.get_config_var("Py_DEBUG"), sysconfig.get_python_version()[:2])
