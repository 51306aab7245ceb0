# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds the parsers with bytes that atheris finds by the code that they reach: `guided.py [SECONDS]`.

Any exception but one of ours ends it, with the input in a file. Each parser runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import atheris

with atheris.instrument_imports(include=["ansible_collections.csp.partnercenter.plugins"]):
    from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
    from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
    from ansible_collections.csp.partnercenter.tests.unit.hostile import test_files as of_files
    from ansible_collections.csp.partnercenter.tests.unit.hostile import test_service_answers as of_service
    from ansible_collections.csp.partnercenter.tests.unit.hostile import test_token_answers as of_tokens
    from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport

_SECONDS = 60


def _read(service: str, call: str, body: bytes) -> object:
    readers, make_client, _fault = of_service.SERVICES[service]
    answer = Response(200, "", {}, body)
    return readers[call][0](make_client(FakeTransport(lambda _request: answer)))


def _exchange(name: str, body: bytes) -> object:
    return of_tokens.EXCHANGES[name][1](Response(200, "", {}, body))


#: What is tried, and an input to begin with.
PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    **{
        f"{service}: {call}": (
            lambda body, service=service, call=call: _read(service, call, body),
            json.dumps(of_service.SERVICES[service][0][call][1][0]).encode(),
        )
        for service, call in of_service.CALLS
    },
    "redemption": (lambda body: _exchange("redemption", body), json.dumps(of_tokens.TOKEN).encode()),
    **{
        kind: (lambda body, kind=kind: of_files.PARSERS[kind][1](body.decode("latin-1")), text.encode())
        for kind, text in of_files.WRITTEN.items()
    },
}


def _try(name: str, seconds: str) -> None:
    parse, seed = PARSERS[name]

    def once(body: bytes) -> None:
        with contextlib.suppress(PartnerCenterError):
            parse(body)

    with tempfile.TemporaryDirectory() as corpus:
        with open(f"{corpus}/seed", "wb") as file:
            file.write(seed)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=20000", corpus], once)
        atheris.Fuzz()


def main() -> int:
    if len(sys.argv) == 3:
        _try(sys.argv[2], sys.argv[1])
        return 0
    seconds = sys.argv[1] if len(sys.argv) == 2 else str(_SECONDS)
    failed = 0
    for name in PARSERS:
        run = subprocess.run(
            [sys.executable, __file__, seconds, name], capture_output=True, text=True, errors="replace", check=False
        )
        done = [line for line in run.stderr.splitlines() if line.startswith("Done ")]
        print(f"{name}: {done[-1] if done else run.stderr[-3000:]}", flush=True)
        failed += run.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
