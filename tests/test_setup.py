"""The repository itself: what is pinned, what is licensed, what must never be committed, what the wheel carries."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from setup import debian
from setup.frontend import FONT_NAMES, FONTS, LETTER_FONTS, NAMES, PACKAGES, VENDOR
from setup.step import Progress, SetupFailed, digest, stamped

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "comity"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"]]
PIN_FILES = ("requirements.txt", "requirements-dev.txt", "setup/requirements-build.txt", "setup/requirements-npm.txt")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE)

# Asked for by name though never imported here: what brings them to work.
USED_THROUGH = {"python-multipart": "fastapi", "pyicu": "normality"}
# Imported without being asked for: the other face of a direct dependency, whose versions follow it.
BROUGHT_BY = {"starlette": "fastapi", "markupsafe": "jinja2"}
# Licences that the metadata leaves out, read in the text that the package carries.
READ_IN_TEXT = {"cedarpy": "Apache-2.0", "pysqlite3": "Zlib"}
# Under the LGPL, looked at one by one: unchanged, separate, replaceable. Each is named in NOTICE.
LGPL_LOOKED_AT = {"python-stdnum"}


def committed() -> list[Path]:
    """Every file that git tracks or would track; in a tree without git, every file outside what set-up makes."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        made = (ROOT / ".venv", ROOT / ".cache", ROOT / ".git", VENDOR, FONTS)
        paths = [path for path in ROOT.rglob("*") if not any(path.is_relative_to(folder) for folder in made)]
        return [
            path
            for path in paths
            if path.is_file() and not re.search(r"cache(__)?/|/\.hypothesis/|\.egg-info/", str(path))
        ]
    return [path for name in listing.split("\0") if name != "" and (path := ROOT / name).is_file()]


def forbidden_words() -> dict[str, str]:
    """Registry hosts and paths of one machine, put together here so that this file is clean itself."""
    dot, slash = ".", "/"
    hosts = {
        "Python registry": ["pypi" + dot + "org", "python" + "hosted" + dot + "org"],
        "npm registry": ["registry" + dot + "npm" + "js", "npm" + "js" + dot + "com", "yarn" + "pkg" + dot + "com"],
        "Debian host": ["deb" + dot + "debian" + dot + "org", "security" + dot + "debian" + dot + "org"],
        "mirror": ["pkg" + dot + "dev" + slash, "artifact" + "registry"],
        "path of one machine": [slash + "work" + slash + part for part in ("main", "shared", ".library")],
        "home of one machine": [
            slash + "root" + slash,
            slash + "opt" + slash + "pypi",
            slash + "opt" + slash + "wheels",
        ],
    }
    return {word: kind for kind, words in hosts.items() for word in words}


def test_nothing_committed_names_a_registry_host_or_a_path_of_one_machine() -> None:
    words = forbidden_words()
    found = [
        f"{path.relative_to(ROOT)}: {kind} {word}"
        for path in committed()
        for text in [path.read_bytes().decode("utf-8", "ignore").lower()]
        for word, kind in words.items()
        if word in text
    ]
    assert found == []


@pytest.mark.parametrize("name", PIN_FILES)
def test_every_pin_is_exact_and_has_hashes_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    pins = [entry for entry in entries if not entry.startswith("#")]
    assert len(pins) > 0
    assert [pin.splitlines()[0] for pin in pins if PIN.match(pin) is None or "--hash=sha256:" not in pin] == []
    assert "--index-url" not in text
    assert "--extra-index-url" not in text
    assert "--find-links" not in text


def pinned(name: str) -> dict[str, tuple[str, str | None]]:
    """Canonical name to version and marker, from one file of pins."""
    return {
        canonicalize_name(found["name"]): (found["version"], found["marker"])
        for found in PIN.finditer((ROOT / name).read_text())
    }


def test_both_pin_files_agree_and_meet_what_the_project_asks_for() -> None:
    runtime, dev = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert {name: pin for name, pin in runtime.items() if dev.get(name) != pin} == {}
    extra = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
    for wanted, pins in ((DIRECT, runtime), (extra, dev)):
        unmet = [str(need) for need in wanted if not need.specifier.contains(pins[canonicalize_name(need.name)][0])]
        assert unmet == []


def test_every_direct_dependency_has_a_floor() -> None:
    everything = DIRECT + [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
    assert [str(need) for need in everything if not any(part.operator == ">=" for part in need.specifier)] == []


def imported_by_the_package() -> set[str]:
    """Top-level modules that anything under src/comity imports."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                found.add(node.module.partition(".")[0])
    return found


def test_every_direct_dependency_is_used_by_the_package() -> None:
    imported = imported_by_the_package()
    used = {
        canonicalize_name(name) for module in imported for name in packages_distributions().get(module, ())
    } | imported
    unused = [need.name for need in DIRECT if USED_THROUGH.get(need.name, canonicalize_name(need.name)) not in used]
    assert unused == []


def test_every_third_party_import_of_the_package_is_a_direct_dependency() -> None:
    direct = {canonicalize_name(need.name) for need in DIRECT}
    homes = packages_distributions()
    strangers = {
        module: homes.get(module, ["not installed"])
        for module in imported_by_the_package() - set(sys.stdlib_module_names) - {"comity"}
        if not {canonicalize_name(name) for name in homes.get(module, ())} & direct
    }
    assert set(strangers) - BROUGHT_BY.keys() == set(), strangers
    assert {BROUGHT_BY[module] for module in strangers} <= direct


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["license"] == "Apache-2.0"


def licences() -> Iterator[tuple[str, str]]:
    """Name and licence words of everything that requirements.txt brings to this machine."""
    for name, (_, marker) in pinned("requirements.txt").items():
        if marker is not None and not Marker(marker).evaluate():
            continue
        try:
            about = distribution(name).metadata
        except PackageNotFoundError:
            pytest.fail(f"{name} is pinned and not installed; run make test")
        classified = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
        said = [about.get("License-Expression") or "", (about.get("License") or "").partition("\n")[0], *classified]
        yield name, "; ".join(word for word in said if word != "") or READ_IN_TEXT.get(name, "")


def test_no_dependency_is_under_the_gpl_or_without_a_licence() -> None:
    strict = re.compile(r"(?<![A-Z])A?GPL|(?<!Lesser )(?<!Library or Lesser )General Public License", re.IGNORECASE)
    unknown, strong, lesser = [], [], []
    for name, says in licences():
        if says == "":
            unknown.append(name)
        elif re.search(r"LGPL|Lesser General Public", says) is not None:
            lesser.append(name)
        elif strict.search(says) is not None or "Affero" in says:
            strong.append(name)
    assert unknown == []
    assert strong == []
    assert set(lesser) == LGPL_LOOKED_AT


def test_notice_names_every_direct_dependency_and_every_front_end_package() -> None:
    lines = {line.strip().partition(" ")[0] for line in (ROOT / "NOTICE").read_text().splitlines()}
    wanted = {need.name for need in DIRECT} | {package.name for package in (*PACKAGES, *LETTER_FONTS)} | LGPL_LOOKED_AT
    wanted |= {Requirement(line).name for line in PROJECT["optional-dependencies"]["dev"]}
    assert wanted - lines == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for folder in (PACKAGE, ROOT / "setup", ROOT / "bench")
        for path in folder.rglob("*.py")
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", out, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("comity-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_carries_every_file_of_the_package_and_no_test(wheel_names: set[str]) -> None:
    expected = {
        str(path.relative_to(ROOT / "src"))
        for path in committed()
        if path.is_relative_to(PACKAGE) and not path.name.startswith("test_")
    }
    carried = {name for name in wheel_names if name.startswith("comity/")}
    assert expected - carried == set()
    vendored = {str(path.relative_to(ROOT / "src")) for folder in (VENDOR, FONTS) for path in folder.glob("*")}
    assert carried - expected == vendored
    assert [name for name in wheel_names if "test_" in name or name.startswith("tests/")] == []


def test_the_front_end_files_are_whole_and_ask_nobody_for_more() -> None:
    assert VENDOR.is_dir(), "not set up here: run make test"
    assert sorted(path.name for path in VENDOR.iterdir()) == sorted(NAMES)
    for path in VENDOR.glob("*.css"):
        targets = set(re.findall(r"url\(([^)]*)\)", path.read_text()))
        assert {url for url in targets if not url.startswith("data:") and url not in NAMES} == set()
    licences = (VENDOR / "LICENCES").read_text()
    assert [package.name for package in PACKAGES if f"\n{package.name} " not in licences] == []


def test_the_fonts_of_letters_are_whole_and_keep_their_licences() -> None:
    assert sorted(path.name for path in FONTS.iterdir()) == sorted(FONT_NAMES)
    licences = (FONTS / "LICENCES").read_text()
    assert [package.name for package in LETTER_FONTS if f"\n{package.name} " not in licences] == []
    assert licences.count("SIL OPEN FONT LICENSE") >= len(LETTER_FONTS)


def test_a_stamped_step_is_good_until_an_input_or_an_output_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setup.step.STAMPS", tmp_path / "stamps")
    source, product = tmp_path / "in", tmp_path / "out"
    source.write_text("one")
    step = stamped("Copy", "copy", lambda _: None, inputs=(source, "v1"), outputs=(product,))
    assert not step.good()
    product.write_text("one")
    step.settle()
    assert step.good()
    source.write_text("two")
    assert not step.good()
    step.settle()
    product.unlink()
    assert not step.good()


def test_a_digest_tells_where_one_input_ends() -> None:
    assert digest(("ab", "c")) != digest(("a", "bc"))


def test_a_failing_command_stops_with_its_own_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setup.step.ROOT", tmp_path)
    with (tmp_path / "out").open("w") as out:
        progress = Progress("1/1", "Trial", tmp_path / "trial.log", out)
        with pytest.raises(SetupFailed, match=r"(?s)ended with 3.*no such library.*run the same command again"):
            progress.run(sys.executable, "-c", "print('no such library'); raise SystemExit(3)", cwd=tmp_path)


def test_what_may_not_be_installed_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = (
        debian.Need("libfirst-dev", "a first thing", lambda: False),
        debian.Need("second", "a second thing", lambda: True),
        debian.Need("third", "a third thing", lambda: False),
    )
    monkeypatch.setattr(debian, "_authority", lambda: None)
    monkeypatch.setattr(debian.shutil, "which", lambda name: f"/usr/bin/{name}")
    with (tmp_path / "out").open("w") as out, pytest.raises(SetupFailed) as stopped:
        debian.install(needs, Progress("1/1", "System packages", tmp_path / "log", out))
    (line,) = [line for line in str(stopped.value).splitlines() if "apt-get" in line]
    assert line.strip() == "sudo apt-get install -y --no-install-recommends libfirst-dev third"
