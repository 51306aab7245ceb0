# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment of docs/, with the collection of the checkout in the place of the published one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import collection_tree
import nox
import yaml

DEFINITION = collection_tree.ROOT / "docs" / "execution-environment" / "execution-environment.yml"
REQUIREMENTS = collection_tree.ROOT / "meta" / "ee-requirements.txt"
TAG = "partnercenter-ee:checkout"
BILL = collection_tree.ROOT / "build" / "execution-environment.cdx.json"
PUBLISHED = re.compile(r"- name: csp\.partnercenter\n +version: \S+\n")
#: The demo of the checkout with what the image has; only the emulator's own libraries are added.
DEMO = """
set -e
python3 -m venv --system-site-packages --without-pip /tmp/demo
python3 -m pip --python /tmp/demo/bin/python install --quiet -r /checkout/tests/emulator/requirements.txt
export PYTHONPATH=/checkout/tests/emulator PYTHONDONTWRITEBYTECODE=1
/tmp/demo/bin/python /checkout/tests/demo/run_demo.py /tmp/report
"""


def create(session: nox.Session) -> Path:
    """Builds the collection and makes the build context with it. Returns the folder of both."""
    place = Path(session.create_tmp()).resolve() / "ee"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(place))
    (tarball,) = place.glob("*.tar.gz")
    tarball.rename(place / "collection.tar.gz")
    definition = DEFINITION.read_text()
    if not PUBLISHED.search(definition):
        session.error(f"{DEFINITION} does not install the collection")
    own = f"- name: /build/collection.tar.gz\n{' ' * 8}type: file\n"
    files = "additional_build_files:\n  - src: collection.tar.gz\n    dest: .\n"
    (place / "execution-environment.yml").write_text(f"{PUBLISHED.sub(own, definition)}\n{files}")
    with session.chdir(place):
        session.run("ansible-builder", "create", "--output-filename", "Containerfile")
    return place


def check(session: nox.Session, place: Path) -> None:
    """The context is complete, and the collection's metadata reaches it; no container engine is needed."""
    build = place / "context" / "_build"
    for name in ("requirements.yml", "requirements.txt", "bindep.txt", "collection.tar.gz"):
        if not (build / name).is_file():
            session.error(f"the build context has no {name}")
    installed = place / "installed"
    install = ["ansible-galaxy", "collection", "install", "--offline", "--collections-path", str(installed)]
    session.run(*install, str(place / "collection.tar.gz"), env={"HOME": str(place)})
    written = place / "introspected.txt"
    session.run("ansible-builder", "introspect", str(installed), "--write-pip", str(written))
    found = [line.partition("#")[0].strip() for line in written.read_text().splitlines()]
    wanted = [line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    if sorted(filter(None, found)) != sorted(wanted):
        session.error(f"ansible-builder takes {found} from the collection, and {wanted} is needed")
    session.log(f"the build context: {place / 'context'}")


def build(session: nox.Session, place: Path, base_image: str | None) -> None:
    """Builds the image and runs the demo in it, if there is an engine; says so if there is none.

    ``base_image`` takes the place of the one in the definition, where that cannot be reached.
    """
    engine = next(filter(_works, ("podman", "docker", "buildah")), None)
    if engine is None:
        session.warn("the image is NOT built: neither podman nor docker nor buildah is here, with what they need")
        return
    context = place / "context"
    options = ["--isolation", "chroot"] if engine == "buildah" else []
    arguments = ["--build-arg", f"EE_BASE_IMAGE={base_image}"] if base_image else []
    command = [engine, "build", *options, *arguments, "--tag", TAG, "--file", str(context / "Containerfile")]
    session.run(*command, str(context), external=True)
    volume = ["--volume", f"{collection_tree.ROOT}:/checkout:ro"]
    if engine == "buildah":
        container = str(session.run("buildah", "from", TAG, external=True, silent=True)).strip()
        inside = ["/opt/builder/bin/entrypoint", "sh", "-c", DEMO]
        session.run("buildah", "run", *options, *volume, container, "--", *inside, external=True)
        session.run("buildah", "rm", container, external=True, silent=True)
    else:
        session.run(engine, "run", "--rm", *volume, TAG, "sh", "-c", DEMO, external=True)
    session.log(f"the image: {TAG}")


def write_bill(session: nox.Session) -> None:
    """Installs the Python packages of the image, and lists them with versions and licences in the form of CycloneDX."""
    needed = yaml.safe_load(DEFINITION.read_text())["dependencies"]
    asked = [needed["ansible_core"]["package_pip"], needed["ansible_runner"]["package_pip"], *needed["python"]]
    place = Path(session.create_tmp()).resolve() / "image"
    session.run("python", "-m", "venv", "--clear", "--without-pip", str(place))
    session.run("python", "-m", "pip", "--quiet", "--python", str(place), "install", *asked, "-r", str(REQUIREMENTS))
    BILL.parent.mkdir(exist_ok=True)
    options = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(BILL)]
    session.run("cyclonedx-py", "environment", *options, str(place / "bin" / "python"))
    components = json.loads(BILL.read_text())["components"]
    missing = [package for package in asked if not any(_is(package, component) for component in components)]
    if missing:
        session.error(f"the bill of materials does not have {', '.join(missing)}")
    session.log(f"{len(components)} packages: {BILL}")


def _is(package: str, component: dict[str, str]) -> bool:
    name, _equals, version = package.partition("==")
    return (component["name"].lower().replace("_", "-"), component["version"]) == (name, version)


def _works(engine: str) -> bool:
    """A client of docker may be there without its server."""
    if shutil.which(engine) is None:
        return False
    return subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0
