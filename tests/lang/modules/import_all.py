# Every module that the runtime promises imports; what it leaves out says why.
import importlib
import sys

NAMES = """
    _bisect _csv _heapq _json _pickle _struct
    abc argparse array ast asyncio asyncio.events asyncio.queues asyncio.subprocess asyncio.taskgroups atexit base64 binascii
    bisect builtins bz2 calendar cmath code codecs codeop collections collections.abc colorsys compileall concurrent.futures
    concurrent.futures.thread configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis
    doctest email email.charset email.contentmanager email.encoders email.errors email.generator email.header
    email.headerregistry email.message email.mime.application email.mime.audio email.mime.base email.mime.image
    email.mime.message email.mime.multipart email.mime.nonmultipart email.mime.text email.parser email.policy email.utils
    enum errno faulthandler filecmp fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib
    gzip hashlib heapq hmac html html.entities html.parser http http.client http.cookiejar http.cookies http.server imaplib
    importlib importlib.abc importlib.machinery importlib.metadata importlib.resources importlib.resources.abc
    importlib.util inspect io ipaddress itertools json json.decoder json.encoder json.scanner keyword linecache locale
    logging logging.config logging.handlers mailbox marshal math mimetypes netrc numbers opcode operator optparse os os.path
    pathlib pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats py_compile pyclbr pydoc
    queue quopri random re reprlib rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtplib
    socket socketserver stat statistics string string.templatelib stringprep struct subprocess sys sysconfig tabnanny
    tarfile tempfile textwrap this threading time timeit token tokenize tomllib trace traceback types typing
    unicodedata unittest unittest.async_case unittest.case unittest.loader unittest.main unittest.mock unittest.result
    unittest.runner unittest.signals unittest.suite unittest.util urllib urllib.error urllib.parse urllib.request
    urllib.response urllib.robotparser uuid warnings wave weakref webbrowser xml.dom xml.dom.expatbuilder xml.dom.minidom
    xml.dom.pulldom xml.etree xml.etree.ElementInclude xml.etree.ElementPath xml.etree.ElementTree
    xml.parsers.expat xml.sax xml.sax.handler xml.sax.saxutils xmlrpc.client xmlrpc.server zipapp zipfile zipimport zlib
    zoneinfo multiprocessing
""".split()

import io
for name in NAMES:
    stdout, sys.stdout = sys.stdout, io.StringIO()
    try:
        module = importlib.import_module(name)
        if sys.modules[name] is not module:
            raise RuntimeError("another module")
    except BaseException as e:
        sys.stdout = stdout
        print(name, type(e).__name__, e)
    finally:
        sys.stdout = stdout

for name in "ctypes ctypes.util _ctypes sqlite3 symtable tracemalloc lzma readline curses cProfile".split():
    try:
        importlib.import_module(name)
        print(name, "is there")
    except ImportError as e:
        print(name, type(e).__name__, e)
from ctypes import c_long, sizeof
print(sizeof(c_long), "ctypes" in sys.modules)
