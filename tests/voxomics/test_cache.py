"""Compiled kernels on disk, under processes that start together, die, or cannot write."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import voxomics
from voxomics import cache, turns
from voxomics.turns import Turn

TOY = """
from voxomics.kernels import kernel

@kernel
def inner(x):
    return 2 * x + 1

@kernel
def outer(x):
    return inner(x) + 1

@kernel
def apart(values):
    return values.max() - values.min()
"""

RUN = """
import os, sys
import numpy as np
import numba.core.event as ev

class Compiled(ev.Listener):
    def on_start(self, event):
        function = event.data["dispatcher"].py_func
        if function.__module__ == "toy":
            with open(os.environ["COUNTED"], "a") as file:
                file.write(function.__name__ + "\\n")
    def on_end(self, event):
        pass

ev.register("numba:compile", Compiled())
import toy
called = sys.argv[1:] or ["apart", "outer"]
for name in called:
    print(getattr(toy, name)(np.arange(5.0) if name == "apart" else 3))
"""

ALL = Counter(["inner", "outer", "apart"])
RESULTS = "4.0\n8\n"
WAIT_S = 300


@pytest.fixture
def toy(tmp_path):
    """Processes with three small kernels of their own, and the count of their compilations."""
    return Toy(tmp_path)


class Toy:
    def __init__(self, root):
        self.root, self.cache = root, root / "cache"
        (root / "toy.py").write_text(TOY)
        self.counted = root / "counted.txt"
        package = Path(voxomics.__file__).parent.parent
        self.environment = os.environ | {
            "NUMBA_CACHE_DIR": str(self.cache),
            "COUNTED": str(self.counted),
            "PYTHONPATH": os.pathsep.join([str(root), str(package)]),
        }

    def start(self, *called, run=RUN, prefix=(), **environment):
        return subprocess.Popen(
            [*prefix, sys.executable, "-c", run, *called],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *called, **more):
        """Run one process to its end; give its output and errors."""
        return end(self.start(*called, **more))

    def compiled(self):
        """Count what was compiled since the last time."""
        if not self.counted.exists():
            return Counter()
        names = self.counted.read_text().split()
        self.counted.unlink()
        return Counter(names)


def end(process):
    out, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, errors
    return out, errors


def test_processes_that_start_together_compile_each_kernel_once(toy):
    done = [end(one) for one in [toy.start() for _ in range(4)]]
    assert {out for out, _ in done} == {RESULTS}
    assert toy.compiled() == ALL
    told = [errors.count("voxomics warm") for _, errors in done]
    assert max(told) == 1
    assert toy.call() == (RESULTS, "")
    assert toy.compiled() == Counter()


def test_a_loaded_kernel_can_be_compiled_into_another(toy):
    toy.call("inner")
    assert toy.compiled() == Counter(["inner"])
    assert toy.call("inner", "outer")[0] == "7\n8\n"
    assert toy.compiled() == Counter(["outer"])


def test_a_process_that_is_killed_gives_its_turn_back(toy, monkeypatch):
    toy.call("inner")
    [lock] = toy.cache.rglob("toy.inner-*.lock")
    for file in toy.cache.rglob("toy.inner-*.nb*"):
        file.unlink()
    hold = (
        "import sys; from pathlib import Path; from voxomics.turns import Turn; "
        "Turn(Path(sys.argv[1])).take(); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, lock],
        env=toy.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout.readline() == "held\n"
        toy.compiled()
        waiting = toy.start("inner")
        with monkeypatch.context() as patch:
            patch.setattr(turns, "PATIENCE_S", 0.01)
            assert turns._wait_for(lock) is None
        holder.send_signal(signal.SIGKILL)
        assert end(waiting)[0] == "7\n"
    assert toy.compiled() == Counter(["inner"])


def test_torn_files_are_compiled_again(toy):
    toy.call()
    for kind in ("nbc", "nbi"):
        toy.compiled()
        for file in toy.cache.rglob(f"toy.*.{kind}"):
            os.truncate(file, file.stat().st_size // 2)
        out, errors = toy.call()
        assert out == RESULTS
        assert "torn" in errors
        assert toy.compiled() == ALL
        assert toy.call() == (RESULTS, "")
        assert toy.compiled() == Counter()


def test_a_folder_that_vanishes_costs_no_result(toy):
    vanish = RUN.replace(
        "import toy\n",
        "import toy, shutil\n"
        "shutil.rmtree(os.environ['NUMBA_CACHE_DIR'])\n"
        "open(os.environ['NUMBA_CACHE_DIR'], 'w').close()\n",
    )
    out, errors = toy.call(run=vanish)
    assert out == RESULTS
    assert errors.count("cannot be kept") == 1
    assert toy.compiled() == ALL


def test_two_kinds_of_processor_share_a_folder(toy):
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    for environment in ({}, other):
        toy.call(**environment)
        assert toy.compiled() == ALL
    for environment in ({}, other):
        assert toy.call(**environment) == (RESULTS, "")
    assert toy.compiled() == Counter()


def test_numba_keeps_kernels_itself_where_its_inner_parts_are_others(toy):
    renamed = "from numba.core import caching\ndel caching.CompileResultCacheImpl\n" + RUN
    for _ in range(2):
        assert toy.call(run=renamed)[0] == RESULTS
    assert toy.compiled() == ALL
    assert [*toy.cache.rglob("toy.outer-*.nbi")]
    assert not [*toy.cache.rglob("*.lock")]


def bound_by_permissions():
    """Return what starts a program whose writing is bound by permissions, even as root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv is not here to forbid it")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def test_a_read_only_install_and_an_unwritable_home_compile_once(toy):
    package, home, temporary = (toy.root / name for name in ("package", "home", "temporary"))
    ours = shutil.ignore_patterns("__pycache__")
    shutil.copytree(cache._PACKAGE, package / "voxomics", ignore=ours)
    (toy.root / "toy.py").rename(package / "toy.py")
    home.mkdir()
    temporary.mkdir()
    for place in [home, package, *package.rglob("*")]:
        place.chmod(place.stat().st_mode & ~0o222)
    del toy.environment["NUMBA_CACHE_DIR"]
    toy.environment.pop("XDG_CACHE_HOME", None)
    toy.environment |= {
        "PYTHONPATH": str(package), "HOME": str(home), "TMPDIR": str(temporary),
    }  # fmt: skip
    prefix = bound_by_permissions()
    done = [end(one) for one in [toy.start(prefix=prefix) for _ in range(2)]]
    assert {out for out, _ in done} == {RESULTS}
    assert toy.compiled() == ALL
    assert toy.call(prefix=prefix) == (RESULTS, "")
    kept = [*toy.root.rglob("toy.*.nbi")]
    assert len(kept) == len(ALL)
    assert all((temporary / f"voxomics-{os.getuid()}") in file.parents for file in kept)
    for place in [home, package, *package.rglob("*")]:
        place.chmod(place.stat().st_mode | 0o200)


def test_a_named_folder_that_can_only_be_read_is_copied(tmp_path, monkeypatch):
    """What an administrator compiled once is loaded by users, who cannot write there."""
    given, own = tmp_path / "given", tmp_path / "own"
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path / "package")
    name = cache._subfolder(cache._PACKAGE / "mesh.py")
    (given / name).mkdir(parents=True)
    (given / name / "mesh.kernel-1.py311.1.nbc").write_bytes(b"code")
    (given / name / "mesh.kernel-1.py311.nbi").write_bytes(b"index")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(given))
    monkeypatch.setenv("XDG_CACHE_HOME", str(own))
    monkeypatch.setattr(cache, "_writable", lambda place: own in place.parents)
    assert cache.folder.__wrapped__() == own / "voxomics"
    copied = own / "voxomics" / name
    assert {file.name: file.read_bytes() for file in copied.iterdir()} == {
        "mesh.kernel-1.py311.1.nbc": b"code",
        "mesh.kernel-1.py311.nbi": b"index",
    }


def test_a_kernel_is_stale_when_anything_below_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path)
    sources = {
        "top.py": "from voxomics.parts import middle\n",
        "parts/__init__.py": "",
        "parts/middle.py": "import numpy\nfrom voxomics.bottom import EDGE\n",
        "bottom.py": "EDGE = 1\n",
        "other.py": "EDGE = 1\n",
    }
    (tmp_path / "parts").mkdir()
    for name, text in sources.items():
        (tmp_path / name).write_text(text)

    def stamp():
        cache._digest.cache_clear()
        cache._imported.cache_clear()
        return cache.stamp_of(tmp_path / "top.py")

    first = stamp()
    (tmp_path / "other.py").write_text("EDGE = 2\n")
    assert stamp() == first
    (tmp_path / "bottom.py").write_text("EDGE = 2\n")
    second = stamp()
    (tmp_path / "parts" / "middle.py").write_text("from voxomics.bottom import EDGE\n")
    assert len({first, second, stamp()}) == 3


def test_turns_go_on_where_there_are_no_locks(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(turns.fcntl, "flock", refuse)
    turn = Turn(tmp_path / "a.lock")
    turn.take()
    turn.give_back()
    monkeypatch.undo()
    (tmp_path / "file").touch()
    # No folder can be made there: the node's own takes its place.
    monkeypatch.setattr(cache, "temporary", lambda: tmp_path / "node")
    turn = Turn(tmp_path / "file" / "a.lock")
    turn.take()
    turn.take()
    [lock] = (tmp_path / "node").iterdir()
    monkeypatch.setattr(turns, "PATIENCE_S", 0.01)
    assert turns._wait_for(lock) is None
    turn.give_back()
    Turn(tmp_path / "file" / "a.lock").take()


def run_alone(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


LOAD_EACH = """
import importlib, os, pkgutil, sys
import numpy as np
import voxomics
from voxomics.warm import warm
import numba.core.event as ev
from numba.core.dispatcher import Dispatcher

compiled = []
class Listener(ev.Listener):
    def on_start(self, event):
        compiled.append(event.data["dispatcher"].py_func.__name__)
    def on_end(self, event):
        pass

modules = [m.name for m in pkgutil.walk_packages(voxomics.__path__, "voxomics.")]
# They interpolate with SciPy and hold no kernel.
without = "__main__ air centrelines lumen scan scan_quality tissue_quality vessels".split()
found = {}
for name in modules:
    if name.split(".")[1] not in without and not name.endswith("__main__"):
        for one in vars(importlib.import_module(name)).values():
            if isinstance(one, Dispatcher):
                found[id(one)] = one
loaded = 0
for kernel in found.values():
    signatures = {key[0] for key in kernel._cache._cache_file._load_index()}
    if not signatures:
        continue
    child = os.fork()
    if not child:
        ev.register("numba:compile", Listener())
        for signature in signatures:
            kernel.compile(signature)
        os._exit(len(compiled))
    status = os.waitpid(child, 0)[1]
    assert status == 0, (kernel.py_func.__name__, status)
    loaded += 1
print(loaded, len(found), "scipy.linalg" in sys.modules)
"""


def test_every_kernel_loads_alone(phantom):
    """Whatever compiled code calls is there without all that a compilation reads in.

    Each kernel is loaded in a process that has loaded no other.
    """
    voxomics.extract(*phantom)
    done = run_alone(LOAD_EACH)
    assert done.returncode == 0, done.stderr
    loaded, found, scipy = re.findall(r"\w+", done.stdout)
    assert 15 < int(loaded) <= int(found)
    assert scipy == "False"


LIGHT = """
import sys, voxomics
voxomics.check_settings({"imageType": {"Wavelet": {}}})
voxomics.feature_names({})
voxomics.describe("original_glcm_Contrast")
voxomics.engine_version()
heavy = {"numba", "SimpleITK", "scipy", "pandas", "yaml", "pywt", "pyarrow", "rich"}
print(sorted(heavy & set(sys.modules)))
import voxomics.extraction, voxomics.engine, numpy
late = {"scipy.linalg", "scipy.sparse", "pandas", "pywt", "pyarrow", "rich"}
print(sorted(late & set(sys.modules)))
noise = numpy.random.default_rng(1).normal(0, 100, (10, 10, 10))
voxomics.extract(noise, numpy.ones((10, 10, 10), "u1"))
print("scipy.linalg" in sys.modules)
"""


def test_what_is_not_needed_is_not_imported():
    done = run_alone(LIGHT)
    assert done.stdout == "[]\n[]\nFalse\n", done.stderr


def test_every_public_name_is_there():
    for name in voxomics.__all__:
        assert getattr(voxomics, name) is not None
    assert set(voxomics.__all__) <= set(dir(voxomics))
    with pytest.raises(AttributeError, match="no_such_name"):
        voxomics.no_such_name  # noqa: B018
