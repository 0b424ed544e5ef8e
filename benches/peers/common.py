"""What the comparisons with Python packages share."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = HERE / ".venv"

# Names a file: ratios are kept in it, a line of JSON each.
RATIOS = "GANNET_PEERS_RATIOS"


def script():
    """The comparison that runs."""
    return pathlib.Path(sys.argv[0]).resolve()


def enter_environment():
    """Goes on inside the virtual environment, which is made if it is not there."""
    python = VENV / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == VENV.resolve():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    requirements = HERE / "requirements.txt"
    subprocess.run([python, "-m", "pip", "-q", "install", "-r", requirements], check=True)
    os.execv(python, [str(python), str(script()), *sys.argv[1:]])


def build(example):
    """An example of the workspace, built for speed."""
    command = ["cargo", "build", "--release", "--workspace", "--example", example]
    subprocess.run(command, cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "examples" / example


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


def keep_ratios(measure, peer, unit, ratios):
    """Keeps ratios, gannet's over a peer's, for the table of `all.py` if that asks for them."""
    if kept := os.environ.get(RATIOS):
        row = {"measure": measure, "peer": peer, "of": unit, "ratios": list(ratios)}
        with open(kept, "a") as file:
            file.write(json.dumps(row) + "\n")
