# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that the fakes pretend to be may be sent secrets, as the controller's own environment would allow them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.hosts import VARIABLE


@pytest.fixture(autouse=True, scope="session")
def allowed_hosts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "*.example, *.contoso.com, v")
        yield
