# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the service as values of variables: never templates, on any supported ansible-core."""

from __future__ import annotations

from typing import Any

from ansible import template
from ansible.utils.unsafe_proxy import wrap_var

_TRUSTS_BY_DEFAULT = not hasattr(template, "trust_as_template")


def untrusted(value: Any) -> Any:
    """The same value, of which nothing will be rendered.

    Since ansible-core 2.19 only what was declared as trusted is a template. Before that everything with a brace in it
    may be; only such texts are marked, because the mark is visible in the output of ``ansible-inventory``.
    """
    if not _TRUSTS_BY_DEFAULT:
        return value
    if isinstance(value, dict):
        return {key: untrusted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [untrusted(one) for one in value]
    return wrap_var(value) if isinstance(value, str) and "{" in value else value
