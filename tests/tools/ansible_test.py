# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives ansible-test the home it needs: it clears the environment, so pip must find its settings in files there, and it
fetches a get-pip script from a server of its own, which a machine that reaches nothing but a package index cannot.
"""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path

import collection_tree
import nox

# Stands in for get-pip: installs what ansible-test asks for with the pip that comes with Python.
GET_PIP = """\
import ensurepip, pathlib, runpy, sys
folders = (pathlib.Path(ensurepip.__file__).parent / "_bundled", pathlib.Path("/usr/share/python-wheels"))
sys.path.insert(0, str(next(wheel for folder in folders for wheel in folder.glob("pip-*.whl"))))
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", "--ignore-installed", *wanted]
runpy.run_module("pip", run_name="__main__")
"""


def run(session: nox.Session, command: str, *arguments: str) -> None:
    """Runs `ansible-test COMMAND` of the session's environment, on its Python, on a copy of the collection."""
    home = Path(session.virtualenv.location).resolve() / "home"
    _prepare(home, session)
    about = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.base_prefix)"
    version, prefix = str(session.run("python", "-c", about, silent=True)).split("\n", 1)
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder).name != "shims"]
    env = {"HOME": str(home), "PATH": os.pathsep.join([session.bin, f"{prefix.strip()}/bin", *folders])}
    with collection_tree.copied() as collection, session.chdir(collection):
        session.run("ansible-test", command, "--python", version, *arguments, env=env)


def _prepare(home: Path, session: nox.Session) -> None:
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for source in Path(session.virtualenv.location).glob(
        "lib/*/site-packages/ansible_test/_internal/python_requirements.py"
    ):
        for version in re.findall(r"\bpip='([\d.]+)'", source.read_text()):
            (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    settings = configparser.RawConfigParser()
    settings.read([Path.home() / ".pip" / "pip.conf", Path.home() / ".config" / "pip" / "pip.conf"])
    if not settings.has_section("global"):
        settings.add_section("global")
    settings.set("global", "quiet", "1")
    authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if authorities and not settings.has_option("global", "cert"):
        settings.set("global", "cert", authorities)
    for name in ("cert", "index-url", "extra-index-url", "find-links", "proxy", "timeout", "trusted-host"):
        if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            settings.set("global", name, value)
    target = home / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w") as stream:
        settings.write(stream)
