"""The Python side: the virtual environment, the pinned packages in it, and Comity itself."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from setup.step import ROOT, VENV, Progress, Step, stamped

PYTHON = VENV / "bin" / "python"
BUILD_PINS = ROOT / "setup" / "requirements-build.txt"
PINS = ROOT / "requirements.txt"
DEV_PINS = ROOT / "requirements-dev.txt"


def virtual_environment() -> Step:
    """``.venv`` made by the Python that runs this; one that stands there and is sound is kept."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return stamped("Python environment", "environment", _make, inputs=(version,), outputs=(PYTHON,))


def packages() -> Step:
    """What Comity runs on, as pinned."""
    return stamped("Python packages", "packages", _install_packages, inputs=(BUILD_PINS, PINS), outputs=(PYTHON,))


def project() -> Step:
    """Comity itself, editable, so that the checkout is what runs."""
    return stamped(
        "Comity itself",
        "project",
        _install_project,
        inputs=(ROOT / "pyproject.toml", str(ROOT)),
        outputs=(VENV / "bin" / "comity",),
    )


def kernels() -> Step:
    """The screening kernels, compiled once: nobody's first screening waits half a minute."""
    sources = tuple(sorted((ROOT / "src" / "comity" / "matching").rglob("*.py")))
    return stamped(
        "Screening kernels",
        "kernels",
        lambda progress: progress.run(PYTHON, "-m", "comity.matching.screening.warming"),
        inputs=sources,
        outputs=(),
    )


def dev_packages() -> Step:
    """What the checks and tests need on top, as pinned."""
    return stamped(
        "Packages for the checks",
        "dev-packages",
        lambda progress: pip_install(progress, DEV_PINS),
        inputs=(DEV_PINS,),
        outputs=(VENV / "bin" / "pytest", VENV / "bin" / "ruff"),
    )


def pip_install(progress: Progress, pins: Path) -> None:
    """Installs exactly what a file pins, every archive checked against its digest."""
    _pip(progress, "--require-hashes", "--no-build-isolation", "-r", pins)


def _pip(progress: Progress, *words: str | Path) -> None:
    # PyICU is compiled here: its thin wrapper gains nothing from -O2, and -g0 -O1 takes a quarter off the wait.
    env = {"CFLAGS": "-g0 -O1", "CXXFLAGS": "-g0 -O1", **os.environ}
    base = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    progress.run(*base, *words, env=env)


def _make(progress: Progress) -> None:
    if _sound():
        return
    if importlib.util.find_spec("ensurepip") is not None:
        progress.run(sys.executable, "-m", "venv", "--clear", VENV)
    elif importlib.util.find_spec("virtualenv") is not None:
        progress.run(sys.executable, "-m", "virtualenv", "--clear", VENV)
    else:
        progress.run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
        progress.run(sys.executable, "-m", "pip", "--python", PYTHON, "install", "--require-hashes", "-r", BUILD_PINS)


def _sound() -> bool:
    """Whether the environment that stands there already is of this Python and has pip: then it is kept."""
    if not PYTHON.exists():
        return False
    asks = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]} or sys.prefix == sys.base_prefix)"
    return subprocess.run([PYTHON, "-c", asks], check=False, capture_output=True).returncode == 0  # noqa: S603


def _install_packages(progress: Progress) -> None:
    pip_install(progress, BUILD_PINS)
    pip_install(progress, PINS)


def _install_project(progress: Progress) -> None:
    _pip(progress, "--no-deps", "--no-build-isolation", "--editable", ROOT)
