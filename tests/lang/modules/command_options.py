"""What the options and the environment tell Python code."""
import os
import subprocess
import sys

SHOW = "import sys; f = sys.flags; print(sys.warnoptions, sys._xoptions, f.dev_mode, f.isolated, f.ignore_environment, f.safe_path, f.inspect, f.quiet, f.verbose, f.int_max_str_digits, f.context_aware_warnings, f.thread_inherit_context)"


def run(*options, program=SHOW, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    clean.update(env)
    p = subprocess.run([sys.executable, *options, "-c", program], env=clean, capture_output=True, text=True)
    lines = p.stderr.strip().splitlines()
    print(*options, env or "")
    print("   ", p.returncode, p.stdout.strip(), lines[-1:] if lines else "")


run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1")
run("-X", "context_aware_warnings=0", "-X", "thread_inherit_context=0")
run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1", "-W", "error", "-Wignore::UserWarning", "-W", "error")
run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1", "-X", "dev", "-X", "a=b=c", "-X", "flag", "-q")
run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1", "-I", PYTHONWARNINGS="error")
run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1", "-W", "default", PYTHONWARNINGS="error,ignore::UserWarning")
run("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1", "-X", "int_max_str_digits=0", PYTHONSAFEPATH="1", PYTHONDEVMODE="1")
run(PYTHON_CONTEXT_AWARE_WARNINGS="0", PYTHON_THREAD_INHERIT_CONTEXT="1")
run("-X", "int_max_str_digits=640", program="print(len(str(10 ** 600))); str(10 ** 700)")
WARN = "import warnings; warnings.warn('here'); print('after')"
run("-W", "error", program=WARN)
run("-W", "ignore", program=WARN)
run("-W", "nonsense", program="print(1)")
run(PYTHONWARNINGS="error::UserWarning", program=WARN)
