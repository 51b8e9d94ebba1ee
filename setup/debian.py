"""What the system must bring, by ability: only what is really missing is installed or named."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from setup.step import Progress, SetupFailed


@dataclass(frozen=True, slots=True)
class Need:
    """An ability of the system, the Debian package that brings it, and the words for other systems."""

    package: str
    says: str
    met: Callable[[], bool]


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) is not None for name in names)


def _file(*paths: str) -> Callable[[], bool]:
    return lambda: any(Path(path).exists() for path in paths)


def _has_icu() -> bool:
    pkg_config = shutil.which("pkg-config")
    if pkg_config is None:
        return False
    return subprocess.run([pkg_config, "--exists", "icu-i18n"], check=False).returncode == 0  # noqa: S603


def _has_headers() -> bool:
    return (Path(sysconfig.get_path("include")) / "Python.h").exists()


def can_make_environment() -> bool:
    """Whether this Python can make a virtual environment with pip in it, by any of three ways."""
    return any(importlib.util.find_spec(name) is not None for name in ("ensurepip", "virtualenv", "pip"))


BUILD = (
    Need("g++", "a C++ compiler", _command("g++", "c++")),
    Need("pkg-config", "pkg-config", _command("pkg-config")),
    Need("libicu-dev", "the ICU library with its headers", _has_icu),
    Need("python3-dev", "Python's own headers", _has_headers),
    Need("python3-venv", "Python's venv module with ensurepip", can_make_environment),
)
BROWSER = (
    Need("chromium", "Chromium at /usr/bin/chromium", _file("/usr/bin/chromium")),
    Need(
        "fonts-noto-core",
        "the Noto fonts",
        _file("/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf", "/usr/share/fonts/noto"),
    ),
)

PAPER = (
    Need("poppler-utils", "pdftotext, which reads our PDF as others do", _command("pdftotext")),
    Need("dovecot-imapd", "a real IMAP server for the mailbox's test", _command("dovecot")),
)


def missing(needs: Sequence[Need]) -> tuple[Need, ...]:
    """Those needs that this machine does not meet."""
    return tuple(need for need in needs if not need.met())


def apt_line(needs: Sequence[Need]) -> str:
    """The one line an administrator runs."""
    return "sudo apt-get install -y --no-install-recommends " + " ".join(need.package for need in needs)


def install(needs: Sequence[Need], progress: Progress) -> None:
    """Installs what is missing where this account may, else stops with the one line that does it."""
    lacking = missing(needs)
    if len(lacking) == 0:
        return
    prefix = _authority()
    if shutil.which("apt-get") is None:
        raise SetupFailed(f"Missing here: {', '.join(need.says for need in lacking)}. Install them and run again.")
    if prefix is None:
        names = ", ".join(need.package for need in lacking)
        raise SetupFailed(
            f"Missing here: {names}. This account may not install packages. Run this once, then the same "
            f"command again:\n\n    {apt_line(lacking)}\n"
        )
    apt = (*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300")
    progress.run(*apt, "update")
    progress.run(*apt, "install", "-y", "--no-install-recommends", *(need.package for need in lacking))
    importlib.invalidate_caches()


def _authority() -> tuple[str, ...] | None:
    """The words that make a command run as root here without asking; None where there are none."""
    if os.geteuid() == 0:
        return ()
    sudo = shutil.which("sudo")
    if sudo is not None and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:  # noqa: S603
        return (sudo, "-n")
    return None
