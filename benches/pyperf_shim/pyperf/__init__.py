"""A small stand-in for `pyperf`, for runtimes that are measured side by side.

It offers what pyperformance's `run_benchmark.py` files use of pyperf's documented API and nothing else.
Calibration, warm-up and interleaving are not decided here: the program that started this process sends one
command a line on standard input and reads one answer a line, so that several runtimes take their samples in turn.

    us → it   @ts bench NAME INNER_LOOPS    a benchmark is ready
    it → us   run LOOPS                     take one sample         → @ts time SECONDS VALUE_DIGEST
    it → us   check PROGRAM                 compute a known result  → @ts value DIGEST TEXT  or  @ts novalue
    it → us   next                          go on with the file
"""

import sys
from time import perf_counter

__version__ = "2.9.0"
VERSION = (2, 9, 0)

__all__ = ["Runner", "perf_counter", "python_implementation", "python_has_jit"]


def python_implementation():
    """The lower-case name of the runtime, as in `sys.implementation.name`."""
    return sys.implementation.name


def python_has_jit():
    return python_implementation() == "pypy"


def _say(text):
    sys.stdout.write("\n@ts " + text + "\n")
    sys.stdout.flush()


def digest(text):
    """64-bit FNV-1a of a text, in hexadecimal: needs no module, and is the same everywhere."""
    h = 0xCBF29CE484222325
    for byte in text.encode("utf-8", "surrogatepass"):
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return "%016x" % h


_PLAIN = (int, float, complex, bool, str, bytes, type(None))


def plain_text(value, depth=4):
    """The repr of a value made of plain data only, else None: other reprs differ between runtimes."""
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if depth == 0:
        return None
    if kind in (list, tuple):
        parts = [plain_text(item, depth - 1) for item in value]
        return None if None in parts else "(" + ", ".join(parts) + ")"
    if kind is dict:
        parts = []
        for key, item in value.items():
            pair = (plain_text(key, depth - 1), plain_text(item, depth - 1))
            if None in pair:
                return None
            parts.append(pair[0] + ": " + pair[1])
        return "{" + ", ".join(parts) + "}"
    return None


class _Cpu:
    """Placeholder results of a benchmark: the samples stay with the program that asked for them."""

    def __init__(self, name):
        self.name = name

    def get_name(self):
        return self.name


class Runner:
    """Runs the benchmarks of one file. Options of pyperf's own that only steer its sampling are accepted and ignored."""

    def __init__(self, values=None, processes=None, loops=0, min_time=0.1, metadata=None, show_name=True,
                 program_args=None, add_cmdline_args=None, _argparser=None, warmups=None):
        self.metadata = dict(metadata or {})
        self.args = None
        self._argparser = _argparser

    @property
    def argparser(self):
        if self._argparser is None:
            import argparse
            self._argparser = argparse.ArgumentParser(description="Benchmark")
        return self._argparser

    def parse_args(self, args=None):
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_func(self, name, func, *args, inner_loops=None, metadata=None):
        """Times `func(*args)`."""
        last = [None]

        def sample(loops):
            value = None
            repeat = range(loops)
            if args:
                start = perf_counter()
                for _ in repeat:
                    value = func(*args)
                seconds = perf_counter() - start
            else:
                start = perf_counter()
                for _ in repeat:
                    value = func()
                seconds = perf_counter() - start
            last[0] = value
            return seconds

        return self._serve(name, sample, inner_loops, last)

    def bench_time_func(self, name, time_func, *args, inner_loops=None, metadata=None):
        """Uses the seconds that `time_func(loops, *args)` returns."""

        def sample(loops):
            return time_func(loops, *args)

        return self._serve(name, sample, inner_loops, None)

    def bench_async_func(self, name, func, *args, inner_loops=None, loop_factory=None, metadata=None):
        """Times `await func(*args)` inside one event loop a sample."""
        import asyncio
        last = [None]

        async def main(loops):
            value = None
            start = perf_counter()
            for _ in range(loops):
                value = await func(*args)
            seconds = perf_counter() - start
            last[0] = value
            return seconds

        def sample(loops):
            if loop_factory is None:
                return asyncio.run(main(loops))
            loop = loop_factory()
            try:
                return loop.run_until_complete(main(loops))
            finally:
                loop.close()

        return self._serve(name, sample, inner_loops, last)

    def timeit(self, name, stmt=None, setup="pass", teardown="pass", inner_loops=None, duplicate=None,
               metadata=None, globals=None):
        """Times a statement given as source text."""
        namespace = dict(globals) if globals is not None else {}
        statement = compile("\n".join([stmt] * (duplicate or 1)), "<timeit>", "exec")
        exec(compile(setup, "<setup>", "exec"), namespace)
        end = compile(teardown, "<teardown>", "exec")

        def sample(loops):
            start = perf_counter()
            for _ in range(loops):
                exec(statement, namespace)
            seconds = perf_counter() - start
            exec(end, namespace)
            return seconds

        return self._serve(name, sample, (inner_loops or 1) * (duplicate or 1), None)

    def bench_command(self, name, command):
        """Times whole processes."""
        import subprocess

        def sample(loops):
            start = perf_counter()
            for _ in range(loops):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            return perf_counter() - start

        return self._serve(name, sample, None, None)

    def _serve(self, name, sample, inner_loops, last):
        _say("bench %s %d" % (name, inner_loops or 1))
        while True:
            line = sys.stdin.readline()
            if not line:
                sys.exit(0)
            words = line.split()
            if words[0] == "run":
                seconds = sample(int(words[1]))
                text = plain_text(last[0]) if last is not None else None
                if last is not None:
                    last[0] = None
                _say("time %r %s" % (seconds, "-" if text is None or text == "None" else digest(text)))
            elif words[0] == "check":
                from pyperf import checks
                text = checks.result_of(words[1], sys.modules["__main__"])
                if text is None:
                    _say("novalue")
                else:
                    _say("value %s %s" % (digest(text), text[:200].replace("\n", "\\n")))
            elif words[0] == "next":
                return _Cpu(name)
            else:
                raise ValueError("unknown command: " + line)
