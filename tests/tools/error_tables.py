# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of the guide *Troubleshooting* from the tables of the code: `python3 tests/tools/error_tables.py`.

It needs the collection in PYTHONPATH, as the environment of the session `units` has it. A unit test compares.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.csp.partnercenter.plugins.module_utils._entra import sentences as entra
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import sentences as graph
from ansible_collections.csp.partnercenter.plugins.module_utils._http import fault_sentences
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import sentences as partner_center
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import (
    aws_api,
    git_program,
    key_vault_refusals,
    vault_api,
)

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst"
BEGIN = ".. The tables below are written by tests/tools/error_tables.py from the tables of the code.\n"

Row = tuple[str, str]


def tables() -> str:
    """Return all tables, each under its title."""
    numbers = {f"AADSTS{number}": text for number, text in sorted(entra._BY_NUMBER.items())}
    customers = {f"AADSTS{number}": text for number, text in sorted(entra._BY_NUMBER_OF_A_CUSTOMER.items())}
    words = sorted({**entra._BY_ERROR, **entra._BY_SUBERROR}.items())
    codes = sorted((code, status, text) for (status, code), text in partner_center._BY_STATUS_AND_CODE.items())
    graph_codes = sorted((code, status, text) for (status, code), text in graph._BY_STATUS_AND_CODE.items())
    return "\n".join(
        [
            *_section(
                "Entra ID: AADSTS numbers",
                "The message has the number, such as ``(AADSTS50173)``. These are about the sign-in of the "
                "jobs, in your own tenant.",
                [*numbers.items(), *words],
            ),
            *_section(
                "Entra ID: AADSTS numbers of a customer",
                "With ``gateway: graph``, the tenant of a customer can refuse the sign-in. The message begins with "
                "*Entra ID refused the sign-in to the customer's tenant*, and the number then means:",
                customers.items(),
            ),
            *_section(
                "Partner Center: codes",
                "A result has the HTTP status and the code of Partner Center under ``error``.",
                [
                    *((f"code {code}, with HTTP status {status}", text) for code, status, text in codes),
                    *_statuses(partner_center._BY_STATUS.items()),
                ],
            ),
            *_section(
                "Microsoft Graph: codes",
                "With ``gateway: graph``, a result has the HTTP status and the code of Graph under ``error``.",
                [
                    *((f"{code}, with HTTP status {status}", text) for code, status, text in graph_codes),
                    *_statuses(graph._BY_STATUS.items()),
                ],
            ),
            *_section(
                "HTTP statuses of both",
                "Partner Center and Microsoft Graph. The request was repeated before, where that can help.",
                _statuses(fault_sentences._COMMON.items()),
            ),
            *_section(
                "Azure Key Vault",
                "Messages of the store ``azure_keyvault``, by the code of Key Vault.",
                [*key_vault_refusals._BY_CODE.items(), *_statuses(key_vault_refusals._BY_STATUS.items())],
            ),
            *_section(
                "HashiCorp Vault and OpenBao",
                "Messages of the store ``hashi_vault``, by the kind of the error.",
                vault_api._SENTENCES.items(),
            ),
            *_section(
                "AWS Secrets Manager",
                "Messages of the store ``aws_secretsmanager``, by the code of AWS or of its SDK.",
                aws_api._SENTENCES.items(),
            ),
            *_section(
                "git",
                "Messages of the store ``git``, by what git prints. Its words are not shown: they can hold a token.",
                [(words.strip("("), text) for words, text in git_program._SENTENCES.items()],
            ),
        ]
    )


def _statuses(texts: Iterable[tuple[int, str]]) -> Iterator[Row]:
    return ((f"HTTP status {status}", text) for status, text in texts)


def _section(title: str, words: str, rows: Iterable[Row]) -> Iterator[str]:
    rows = list(rows)
    yield from (title, "-" * len(title), "", words, "")
    # The search of the site finds no bare number in a text, but in its index.
    if numbers := sorted({digits for name, _text in rows if (digits := _number(name))}, key=int):
        lines = textwrap.wrap(", ".join(numbers), 110)
        yield from (*(f"{'   ' if row else '.. index:: '}{line.rstrip(',')}" for row, line in enumerate(lines)), "")
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 22 39 39", "")
    yield from _row("what you see", "what happened", "what to do")
    for name, text in rows:
        happened, todo = [*re.split(": |; ", text, maxsplit=1), ""][:2]
        yield from _row(name, *(_sentence(part) for part in (happened, todo)))
    yield ""


def _number(name: str) -> str:
    """Return the digits in the name of a row, but for those of an HTTP status."""
    return "".join(filter(str.isdigit, name.partition(",")[0])) if not name.startswith("HTTP") else ""


def _sentence(text: str) -> str:
    """Begin it with a capital letter, but for the name of an option."""
    return text[:1].upper() + text[1:] if "_" not in text.partition(" ")[0] else text


def _row(first: str, *others: str) -> Iterator[str]:
    yield f"   * - {first}"
    yield from (f"     - {other}".rstrip() for other in others)


def main() -> None:
    """Write the tables into the guide, below the mark."""
    above, _mark, _below = GUIDE.read_text(encoding="utf-8").partition(BEGIN)
    GUIDE.write_text(f"{above}{BEGIN}\n{tables()}", encoding="utf-8")


if __name__ == "__main__":
    main()
