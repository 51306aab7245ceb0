# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup, by Ansible itself: it gives what ``vars_files`` gives, or an error that names the user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultSecret

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    CUSTOMER,
    VAULT_PASSWORD,
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    with_all_passwords,
)

PLAY = """
- hosts: localhost
  gather_facts: false
  vars_files: [{vars_file}]
  tasks:
    - ansible.builtin.copy:
        content: >-
          {{{{ {{'looked_up': lookup('csp.partnercenter.partnercenter_password', name, store=store),
                 'pending': lookup('csp.partnercenter.partnercenter_password', id, store=store, version='pending',
                                   customer_id=customer),
                 'both': query('csp.partnercenter.partnercenter_password', id, name, store=store),
                 'loaded': partnercenter_password,
                 'loaded_previous': partnercenter_password_previous,
                 'rotation_id': partnercenter_password_document.current.rotation_id}} | to_json }}}}
        dest: {result}
        mode: "0600"
      no_log: true
"""

HEAD = """
- hosts: localhost
  gather_facts: false
  tasks:
"""

FAILING = """
    - ansible.builtin.debug:
        msg: >-
          {{{{ lookup('csp.partnercenter.partnercenter_password', {term!r}, store={store!r}, version={version!r},
                      {more}) }}}}
      ignore_errors: true
"""


def play(
    kit: Kit,
    text: str,
    variables: Mapping[str, Any],
    vault_password: str = VAULT_PASSWORD,
    *,
    cwd: Path | None = None,
    inventory: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """A real run, by default with the vault password of the store."""
    (kit.home / "play.yml").write_text(text)
    (kit.home / "vault-password").write_text(vault_password)
    collections = next(path for path in sys.path if (Path(path) / "ansible_collections/csp/partnercenter").exists())
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(kit.home),
        "ANSIBLE_HOME": str(kit.home / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_VAULT_PASSWORD_FILE": str(kit.home / "vault-password"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "LC_ALL": "C.UTF-8",
        **({"STORES": os.environ["STORES"]} if "STORES" in os.environ else {}),
    }
    variables = {**variables, "ansible_python_interpreter": sys.executable}
    options = ["-vvv", "-c", "local", "-e", json.dumps(variables), *(["-i", str(inventory)] if inventory else [])]
    command = [sys.executable, "-m", "ansible", "playbook", str(kit.home / "play.yml"), *options]
    return subprocess.run(
        command, cwd=cwd or kit.home, env=environment, capture_output=True, check=False, text=True, timeout=60
    )


@pytest.fixture
def subject(file: Kit) -> Subject:
    return with_all_passwords(file.make())


def test_lookup_and_vars_files_give_the_same(file: Kit, subject: Subject) -> None:
    secrets = passwords(file.make(), subject)
    result = file.home / "result.json"
    vars_file = f"{file.options['path']}/{subject.customer_id}/{subject.user_id}.yml"
    variables = {
        "store": {"path": file.options["path"]},
        "name": subject.user_principal_name,
        "id": subject.user_id,
        "customer": CUSTOMER,
    }
    done = play(file, PLAY.format(vars_file=vars_file, result=result), variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(result.read_text()) == {
        "looked_up": secrets[Slot.CURRENT],
        "pending": secrets[Slot.PENDING],
        "both": [secrets[Slot.CURRENT], secrets[Slot.CURRENT]],
        "loaded": secrets[Slot.CURRENT],
        "loaded_previous": secrets[Slot.PREVIOUS],
        "rotation_id": "r2",
    }
    for secret in secrets.values():
        assert secret not in done.stdout + done.stderr


def test_a_mistake_names_user_and_store(file: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(file.make(), subject, "r1", password)
    twins = [new_subject("twin@contoso.com"), new_subject("TWIN@contoso.com")]
    for twin in twins:
        rotated(file.make(), twin, "r1", password)
    right = {"term": subject.name, "version": "current", "store": {"path": file.options["path"]}, "more": ""}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"term": "nobody@contoso.com"}, "nothing is stored for user nobody@contoso.com"),
        *(({"term": "twin@contoso.com"}, f"{twin.user_id} of customer {CUSTOMER}") for twin in twins),
        ({"term": ""}, "user: must be a name or an id"),
        ({"version": "pending"}, f"user {subject.name}: no pending password is stored"),
        ({"store": {"type": "keepass"}}, "store.type: must be one of file"),
        ({"store": {"type": "file", "paht": "x"}}, "store.paht: no such option"),
        ({"store": "type: hashi_vault, token: token-canary"}, "store: must be a dictionary"),
        ({"more": "versoin='previous'"}, "versoin: no such option"),
        ({"more": "**{'token-canary 7': 1}"}, "(not a name): no such option"),
    ]
    tasks = "".join(FAILING.format(**{**right, **changed}) for changed, _message in wrong)
    shown = _shown(play(file, HEAD + tasks, {}))
    for changed, message in wrong:
        assert message in shown
        assert changed.keys() & {"store", "more"} or file.options["path"] in shown
    assert password.reveal() not in shown and "canary" not in shown.rpartition("PLAY [")[2].replace(subject.name, "")


def test_the_hosts_customer_and_paths_are_rendered(file: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules render them as well, so that one variable serves both."""
    subject, password = new_subject(), canary()
    rotated(file.make(), subject, "r1", password)
    monkeypatch.setenv("STORES", str(Path(file.options["path"]).parent))
    result = file.home / "result"
    variables = {
        "tenant": CUSTOMER,
        "partnercenter_customer_id": "{{ tenant }}",
        "store": {"path": f"$STORES/{Path(file.options['path']).name}"},
        "id": subject.user_id,
    }
    task = """
    - ansible.builtin.copy:
        content: "{{ lookup('csp.partnercenter.partnercenter_password', id, store=store) }}"
        dest: """
    done = play(file, f'{HEAD}{task}{result}\n        mode: "0600"\n      no_log: true\n', variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert result.read_text() == password.reveal()


@pytest.mark.parametrize("hosts", ["customers: {hosts: {localhost: }}", "others: {hosts: {elsewhere: }}"])
def test_a_relative_store_is_found_from_every_folder(file: Kit, subject: Subject, hosts: str) -> None:
    """The path begins beside the host's inventory, or beside the only one if ``localhost`` is in none."""
    (file.home / "inventory").mkdir()
    (file.home / "inventory" / "hosts.yml").write_text(hosts)
    Path(file.options["path"]).rename(file.home / "inventory" / "passwords")
    result = file.home / "result"
    task = f"""
    - ansible.builtin.copy:
        content: >-
          {{{{ lookup('csp.partnercenter.partnercenter_password', {subject.name!r}, store={{'path': 'passwords'}}) }}}}
        dest: {result}
        mode: "0600"
      no_log: true
"""
    found = []
    for folder in (file.home, file.home / "inventory", Path("/")):
        done = play(file, HEAD + task, {}, cwd=folder, inventory=file.home / "inventory" / "hosts.yml")
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(result.read_text())
        result.unlink()
    store = FileStore(
        str(file.home / "inventory" / "passwords"), VaultCipher([("x", VaultSecret(b"vault-password-canary"))])
    )
    assert found == [passwords(store, subject)[Slot.CURRENT]] * 3


def test_a_name_that_is_a_template_is_not_rendered_where_a_file_is_loaded(file: Kit) -> None:
    name = "{{ 6 * 7 }}@contoso.onmicrosoft.com"
    subject, result = new_subject(name), file.home / "result.json"
    rotated(file.make(), subject, "{{ 6 * 7 }}")
    task = f"""
    - ansible.builtin.copy:
        content: "{{{{ partnercenter_password_document | to_json }}}}"
        dest: {result}
        mode: "0600"
"""
    vars_file = f"{file.options['path']}/{subject.customer_id}/{subject.user_id}.yml"
    done = play(file, HEAD.replace("  tasks:", f"  vars_files: [{vars_file}]\n  tasks:") + task, {})
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = json.loads(result.read_text())
    assert (loaded["subject"]["user_principal_name"], loaded["current"]["rotation_id"]) == (name, "{{ 6 * 7 }}")


def test_a_wrong_vault_password_is_said_to_be_wrong(file: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(file.make(), subject, "r1", password)
    task = FAILING.format(term=subject.name, version="current", store={"path": file.options["path"]}, more="")
    shown = _shown(play(file, HEAD + task, {}, vault_password="wrong-vault-canary"))
    assert f"user {subject.user_id}: the file was written with another vault password (its key is " in shown
    assert file.options["path"] in shown
    assert "wrong-vault-canary" not in shown


def _shown(done: subprocess.CompletedProcess[str]) -> str:
    """All output in one line: a callback may wrap it."""
    return " ".join((done.stdout + done.stderr).split())
