# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of signing in share: a person with a browser, vault passwords, and what is kept."""

from __future__ import annotations

import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

MODULE = "csp.partnercenter.partnercenter_sign_in"
#: The credentials that the driver puts into the environment, taken away.
ALONE = dict.fromkeys(f"PARTNERCENTER_{name}" for name in ("CLIENT_SECRET", "REFRESH_TOKEN"))


def sign_in(name: str, *, task: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A task."""
    return {"name": name, MODULE: options, **(task or {})}


def vault(folder: Path) -> dict[str, str]:
    """The environment of a run that has a vault password."""
    file = folder / "vault-password"
    file.write_text("a vault password\n")
    return {"ANSIBLE_VAULT_PASSWORD_FILE": str(file)}


def opened(folder: Path, text: str) -> str:
    """A text of ansible-vault with that password."""
    from ansible.parsing.vault import VaultLib, VaultSecret

    vault_lib = VaultLib([("default", VaultSecret((folder / "vault-password").read_bytes().strip()))])
    return str(vault_lib.decrypt(text.encode()).decode())


def closed(folder: Path, text: str) -> str:
    """The other way round."""
    from ansible.parsing.vault import VaultLib, VaultSecret

    secret = VaultSecret((folder / "vault-password").read_bytes().strip())
    return str(VaultLib([("default", secret)]).encrypt(text, secret=secret).decode())


def awaited(file: Path, pattern: str, timeout: float = 30.0) -> re.Match[str]:
    """The first match in a file that a run writes."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        found = re.search(pattern, file.read_text()) if file.exists() else None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{pattern} is not in {file.read_text() if file.exists() else 'a file that is missing'}")


class Browser:
    """Trusts the emulator, and follows no redirect by itself."""

    def __init__(self, emulator: Any) -> None:
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=emulator.ca_path))
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)

    def get(self, url: str) -> str:
        with self._opener.open(url, timeout=10) as answer:
            return str(answer.read().decode())

    def post(self, url: str, **fields: str) -> tuple[int, str]:
        """Status and page."""
        try:
            with self._opener.open(url, urllib.parse.urlencode(fields).encode(), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def newest(emulator: Any) -> str:
    """The last characters of the refresh token that was issued last."""
    return str(emulator.control("GET", "/refresh_tokens")[-1]["ends_with"])
