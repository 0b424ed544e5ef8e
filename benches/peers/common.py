"""What the comparisons with Python packages share."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = HERE / ".venv"


def requirements():
    """The peers' packages and the versions that are compared."""
    lines = (HERE / "requirements.txt").read_text().split()
    return dict(line.split("==") for line in lines)


def enter_environment(must_install=True):
    """Goes on inside the virtual environment, which is made if it is not there."""
    python = VENV / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == VENV.resolve():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    install = [python, "-m", "pip", "-q", "install", "-r", HERE / "requirements.txt"]
    subprocess.run(install, check=must_install)
    script = pathlib.Path(sys.argv[0]).resolve()
    os.execv(python, [str(python), str(script), *sys.argv[1:]])


def build(example, *options):
    """The program of an example of the workspace, built for speed; or of what the options say."""
    command = ["cargo", "build", "--release", "--example", example, *(options or ["--workspace"])]
    command += ["--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = map(json.loads, lines.splitlines())
    return next(
        message["executable"]
        for message in messages
        if message.get("executable") and message["target"]["name"] == example
    )


def table(header, rows):
    """A table in Markdown."""
    head, *body = (f"| {' | '.join(line)} |" for line in [header, *rows])
    return "\n".join([head, f"|{'---|' * len(header)}", *body])


def quartiles(values):
    """The median and the quartiles, of two values or more."""
    quarter, _, three = statistics.quantiles(values, n=4)
    return f"{statistics.median(values):.2f} ({quarter:.2f} to {three:.2f})"


def extent(values, digits=2):
    """The median and the range."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def resident(peak=False):
    """The bytes in memory now, or at most since the process or `forget_peak` began;
    None where the system does not tell."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
    except OSError:
        return None
    name = "VmHWM:" if peak else "VmRSS:"
    return 1024 * int(next(line for line in status.splitlines() if line.startswith(name)).split()[1])


def forget_peak():
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def measure(command, **environment):
    """The JSON that a command prints last, and its peak memory in bytes."""
    environment = {**os.environ, **environment}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed")
    result = json.loads(output.splitlines()[-1])
    # Linux counts kilobytes, macOS bytes.
    result.setdefault("peak", usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
    return result
