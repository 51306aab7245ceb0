# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: what somebody would write who needs no Ansible, no check, no ledger and no second try.

``python floor.py targets.json``: one token, then threads with one ``requests.Session`` each, one PATCH for each user.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import requests


def access_token(target: dict[str, Any]) -> str:
    answer = requests.post(
        f"{target['authority_url']}/{target['tenant_id']}/oauth2/v2.0/token",
        data={
            "grant_type": "refresh_token",
            "client_id": target["client_id"],
            "client_secret": target["client_secret"],
            "refresh_token": target["refresh_token"],
            "scope": "https://api.partnercenter.microsoft.com/user_impersonation",
        },
        verify=target["ca_path"],
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def main() -> None:
    target = json.loads(Path(sys.argv[1]).read_text())
    headers = {"Authorization": f"Bearer {access_token(target)}", "Accept": "application/json"}
    users = iter(target["users"])
    lock = threading.Lock()
    failures: list[str] = []

    def work() -> None:
        try:
            reset_all()
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}")

    def reset_all() -> None:
        session = requests.Session()
        session.headers.update(headers)
        while True:
            with lock:
                user = next(users, None)
            if user is None:
                return
            url = f"{target['api_url']}/v1/customers/{target['customer_id']}/users/{user['user_id']}/resetpassword"
            body = {
                "passwordProfile": {"password": user["password"], "forceChangePassword": True},
                "attributes": {"objectType": "CustomerUser"},
            }
            answer = session.patch(url, json=body, timeout=60, verify=target["ca_path"])
            if answer.status_code != 200:
                failures.append(f"{user['user_id']}: {answer.status_code} {answer.text[:200]}")

    threads = [threading.Thread(target=work) for _unused in range(target["workers"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"{len(failures)} failed, such as {failures[0]}")


if __name__ == "__main__":
    main()
