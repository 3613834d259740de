# Directories by descriptor, as shutil.rmtree uses them; os.readinto.
import os
import shutil
import tempfile

d = tempfile.mkdtemp()
os.makedirs(d + "/a/b")
open(d + "/a/f", "w").close()
os.symlink("a", d + "/link")
os.symlink("nowhere", d + "/broken")
fd = os.open(d, os.O_RDONLY)
for _ in range(2):
    with os.scandir(fd) as it:
        print(sorted((e.name, e.path, e.is_dir(), e.is_dir(follow_symlinks=False), e.is_file(), e.is_symlink()) for e in it))
print(sorted(os.listdir(fd)), sorted(os.listdir(fd)))
print([(sorted(dirs), sorted(files)) for _, dirs, files, _ in os.fwalk(d)])
os.close(fd)
shutil.rmtree(d)
print(os.path.exists(d))
r, w = os.pipe()
os.write(w, b"hello")
buffer = bytearray(8)
print(os.readinto(r, memoryview(buffer)[2:]), buffer)
