"""Fixtures of the packaging tests: Debian roots, and folders in the cache for what is made in them."""

import os
import pathlib
import subprocess
import tempfile

import pytest
from support import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


def debian_root(name, suite):
    """The folder of a bare Debian root (scripts/lib/debian_root.sh); skips, in CI fails, where there can be none."""
    script = f"cd {ROOT}/scripts/lib && . ./say.sh && . ./debian_root.sh && debian_root {name} {suite}"
    made = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    if made.returncode != 0:
        servers.require_or_skip(pytest, made.stderr.strip().splitlines()[-1].removeprefix("error: "))
    return pathlib.Path(made.stdout.strip())


@pytest.fixture(scope="session")
def mysql_root():
    """The Debian root that holds MySQL and its client library."""
    try:
        return servers.mysql_root()
    except servers.throwaway.ServerUnavailable as reason:
        return servers.require_or_skip(pytest, str(reason))


@pytest.fixture(scope="module")
def work_folder():
    """A folder in the cache, which is large enough for a system; removed afterwards."""
    cache = pathlib.Path(os.environ.get("SCHEMAGUARD_CACHE")
                         or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
                         / "schemaguard")
    cache.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="work-", dir=cache))
    yield folder
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=False)
