"""The browser's files and the letters' fonts: fetched from npm packages by name and laid out with their licences.

Two files are changed on the way, and ``LICENCES`` says so: GOV.UK Frontend loses its font, crest and source map
(they may not be used, or are not there, outside gov.uk) and names Noto Sans instead; the fonts' style sheets keep
only the scripts that are laid out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from setup.environment import pip_install
from setup.step import ROOT, VENV, Progress, SetupFailed, Step, stamped

VENDOR = ROOT / "src" / "comity" / "web" / "static" / "vendor"
LOCK = ROOT / "package-lock.json"
MANIFEST = ROOT / "package.json"
NPM_PINS = ROOT / "setup" / "requirements-npm.txt"
_WORK = ROOT / ".cache" / "frontend"
_GOVUK_LICENCE = ROOT / "setup" / "govuk-frontend.LICENCE.txt"
_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_WOFF = re.compile(r",\s*url\([^)]*\.woff\)\s*format\('woff'\)")
_FONT_FILE = re.compile(r"url\(\./files/([^)]+\.woff2)\)")


def _same(text: bytes) -> bytes:
    return text


def _own_font(text: bytes) -> bytes:
    """GOV.UK's style sheet without its font faces, crest and source map, in our own font."""
    css = _FACE.sub("", text.decode())
    css = css.replace("GDS Transport,arial,sans-serif", '"Noto Sans","Noto Sans Arabic",arial,sans-serif')
    css = css.replace("url(/assets/images/govuk-crest.svg)", "none")
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css).encode()


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of a package: its path there, its name here, and what is done to it."""

    path: str
    name: str
    change: Callable[[bytes], bytes] = _same


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: the files taken, where its licence text is, and what was changed."""

    name: str
    files: tuple[Taken, ...]
    licence: Path | str = "LICENSE"
    changed: str = ""


def _fonts(family: str, scripts: Sequence[str]) -> tuple[Taken, ...]:
    names = [f"{family}-{script}-{weight}-normal.woff2" for script in scripts for weight in (400, 700)]
    return tuple(Taken(f"files/{name}", name) for name in names)


PACKAGES = (
    Package(
        "htmx.org",
        (Taken("dist/htmx.min.js", "htmx.min.js"), Taken("dist/ext/hx-sse.min.js", "hx-sse.min.js")),
    ),
    Package(
        "govuk-frontend",
        (
            Taken("dist/govuk/govuk-frontend.min.css", "govuk-frontend.min.css", _own_font),
            Taken("dist/govuk/govuk-frontend.min.js", "govuk-frontend.min.js"),
        ),
        licence=_GOVUK_LICENCE,
        changed="govuk-frontend.min.css: font faces, crest and source map removed; the font named is Noto Sans.",
    ),
    Package(
        "@fontsource/noto-sans",
        _fonts("noto-sans", ("latin", "latin-ext", "vietnamese", "greek", "cyrillic")),
        changed="noto-sans.css holds the font faces of the scripts laid out here.",
    ),
    Package("@fontsource/noto-sans-arabic", _fonts("noto-sans-arabic", ("arabic",)), changed="As above."),
)
FONTS = ROOT / "src" / "comity" / "documents" / "fonts"


def _font_files(family: str) -> tuple[Taken, ...]:
    faces = (("400Regular", "Regular"), ("700Bold", "Bold"))
    return tuple(Taken(f"{folder}/{family}_{folder}.ttf", f"{family}-{name}.ttf") for folder, name in faces)


LETTER_FONTS = (
    Package("@expo-google-fonts/noto-sans", _font_files("NotoSans"), licence="LICENSE_FONT"),
    Package("@expo-google-fonts/amiri", _font_files("Amiri"), licence="LICENSE_FONT"),
)
"""The fonts that letters are printed in, as files that a PDF can embed."""
FONT_NAMES = (*(taken.name for package in LETTER_FONTS for taken in package.files), "LICENCES")
_STYLE_SHEET = "noto-sans.css"
NAMES = (*(taken.name for package in PACKAGES for taken in package.files), _STYLE_SHEET, "LICENCES")


def frontend() -> Step:
    """The files of :data:`PACKAGES`, as the lock file pins them."""
    return stamped(
        "Front-end files",
        "frontend",
        _fetch,
        inputs=(MANIFEST, LOCK, NPM_PINS, _GOVUK_LICENCE, Path(__file__)),
        outputs=(*(VENDOR / name for name in NAMES), *(FONTS / name for name in FONT_NAMES)),
    )


def _fetch(progress: Progress) -> None:
    npm, env = _npm(progress)
    shutil.rmtree(_WORK, ignore_errors=True)
    _WORK.mkdir(parents=True)
    for name in (MANIFEST, LOCK, ROOT / ".npmrc"):
        shutil.copy(name, _WORK)
    progress.run(npm, "ci", "--ignore-scripts", cwd=_WORK, env=env)
    _lay_out(_WORK / "node_modules")
    shutil.rmtree(_WORK)


def _npm(progress: Progress) -> tuple[str, dict[str, str]]:
    """The machine's npm, or the one from a Python package, and the environment that it finds its Node.js in."""
    env = dict(os.environ)
    npm = shutil.which("npm")
    if npm is not None and shutil.which("node") is not None:
        return npm, env
    own = VENV / "bin" / "npm"
    if not own.exists():
        pip_install(progress, NPM_PINS)
    env["PATH"] = f"{own.parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    return str(own), env


def _lay_out(modules: Path) -> None:
    """The browser's files and the letters' fonts, each in its folder."""
    _replace(VENDOR, PACKAGES, modules, {_STYLE_SHEET: _style_sheet(modules)})
    _replace(FONTS, LETTER_FONTS, modules, {})


def _replace(folder: Path, packages: Sequence[Package], modules: Path, more: Mapping[str, str]) -> None:
    """Replaces a folder as a whole, so that it never holds files of two editions."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for package in packages:
        for taken in package.files:
            (fresh / taken.name).write_bytes(taken.change(_read(modules / package.name / taken.path)))
    for name, text in more.items():
        (fresh / name).write_text(text)
    (fresh / "LICENCES").write_text("\n".join(_licence(package, modules) for package in packages))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SetupFailed(
            f"The npm package lacks {path.relative_to(_WORK)}; package.json and setup disagree."
        ) from None


def _style_sheet(modules: Path) -> str:
    """The font faces of the scripts laid out, each loaded by a browser only when a page has such letters."""
    faces = []
    for package in PACKAGES:
        for weight in (400, 700) if package.name.startswith("@fontsource/") else ():
            css = _read(modules / package.name / f"{weight}.css").decode()
            faces += [face for face in _FACE.findall(css) if _FONT_FILE.findall(face)[0] in NAMES]
    return _FONT_FILE.sub(r"url(\1)", _WOFF.sub("", "\n".join(faces))) + "\n"


def _licence(package: Package, modules: Path) -> str:
    about = json.loads(_read(modules / package.name / "package.json"))
    path = package.licence if isinstance(package.licence, Path) else modules / package.name / package.licence
    rule = "=" * 100
    files = ", ".join(taken.name for taken in package.files)
    head = f"{rule}\n{package.name} {about['version']} ({about['license']})\nFiles: {files}\n"
    return f"{head}{package.changed}\n{rule}\n\n{_read(path).decode().strip()}\n"
