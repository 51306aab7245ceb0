# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, by real ansible-inventory and ansible-playbook: complete, cached, literal, clear when wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cores
import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from driver import password, patches
from rotating import VAULT_PASSWORD, Vaulted

ROOT = Path(__file__).resolve().parents[2]

CUSTOMERS, USERS = 200, 50
PLUGIN = "csp.partnercenter.partnercenter"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=CUSTOMERS, users=USERS) as emulator:
        yield emulator


@dataclass
class Inventory:
    """Writes configurations, and runs Ansible's programs with them."""

    play: Any
    folder: Path

    def write(self, config: Mapping[str, Any] | str, name: str = "partnercenter.yml") -> Path:
        path = self.folder / name
        path.write_text(config if isinstance(config, str) else json.dumps({"plugin": PLUGIN, **config}))
        return path

    def run(
        self, sources: Sequence[Path], *arguments: str, program: str = "ansible-inventory", **options: Any
    ) -> subprocess.CompletedProcess[str]:
        programs = options.get("programs") or Path(sys.executable).parent
        inventory = [word for source in sources for word in ("-i", str(source))]
        changes = {"ANSIBLE_CALLBACKS_ENABLED": None, "ANSIBLE_VAULT_PASSWORD_FILE": options.get("vault")}
        return subprocess.run(
            [str(programs / program), *inventory, *arguments],
            cwd=self.folder,
            env=self.play.environment(changes | options.get("environment", {})),
            capture_output=True,
            text=True,
            check=False,
        )

    def listed(self, config: Mapping[str, Any] | str, **options: Any) -> dict[str, Any]:
        """What ``ansible-inventory --list`` prints, with the marks taken away that it gives to untrusted texts."""
        run = self.run([self.write(config)], "--list", **options)
        assert run.returncode == 0 and "Failed to parse" not in run.stderr, run.stderr
        found: dict[str, Any] = json.loads(run.stdout, object_hook=lambda one: one.get("__ansible_unsafe", one))
        return found

    def hosts(self, config: Mapping[str, Any] | str, **options: Any) -> dict[str, dict[str, Any]]:
        """The variables of the hosts."""
        found: dict[str, dict[str, Any]] = self.listed(config, **options)["_meta"]["hostvars"]
        return found


@pytest.fixture
def inventory(play: Any, tmp_path: Path) -> Inventory:
    return Inventory(play, tmp_path)


@pytest.mark.parametrize("link_prefix", ["without", "with"])
def test_everybody_across_pages(
    emulator: Any, inventory: Inventory, tmp_path: Path, figure: Callable[[str], None], link_prefix: str
) -> None:
    """200 customers with 50 users each, in pages of 30 and 500, or of 20; a second run takes them from the cache."""
    emulator.knobs(link_prefix=link_prefix, page_size=30, max_page_size=20 if link_prefix == "with" else 500)
    config = {"users": "accounts", "privileged": "include", **cached(tmp_path)}
    started = time.monotonic()
    hosts = inventory.hosts(config)
    first = time.monotonic() - started
    customers = {customer["domain"]: customer for customer in emulator.customers}
    assert hosts.keys() == customers.keys() and len(hosts) == CUSTOMERS
    for domain, variables in hosts.items():
        customer = customers[domain]
        assert variables["partnercenter_customer_id"] == customer["id"]
        assert variables["partnercenter_customer_domain"] == domain
        names = [user["user_principal_name"] for user in customer["users"]]
        assert [user["user_principal_name"] for user in variables["partnercenter_users"]] == names
    counters = emulator.counters()
    assert counters["requests"] == {"without": 7 + CUSTOMERS, "with": 10 + 3 * CUSTOMERS}[link_prefix]

    started = time.monotonic()
    assert inventory.hosts(config) == hosts
    second = time.monotonic() - started
    again = emulator.counters()
    assert [again[name] - counters[name] for name in ("requests", "token_requests", "connections")] == [0, 0, 0]
    figure(
        f"inventory of {CUSTOMERS} customers x {USERS} users, links {link_prefix} /v1: "
        f"{counters['requests']} requests, {first:.1f} s; with cache 0 requests, {second:.1f} s"
    )


def cached(folder: Path) -> dict[str, Any]:
    """Options of a cache on disk."""
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}


def test_what_is_in_the_cache(emulator: Any, inventory: Inventory, tmp_path: Path) -> None:
    """No credential; and it serves nothing else than what was asked for, by whom it was asked."""
    cache = cached(tmp_path)
    inventory.hosts({"users": "accounts", "user_types": ["cloud"], "name_prefix": "Customer 00", **cache})
    content = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"customer-009.example.com" in content
    for secret in (emulator.client_secret, emulator.refresh_token, emulator.access_token, "Bearer", "password"):
        assert secret.encode() not in content
    before = emulator.counters()["requests"]
    # What only makes something else of the same users needs no request, and no credentials.
    asked_for = {"user_types": ["cloud"], "privileged": "exclude", "name_prefix": "Customer 00"}
    config = {"users": "details", **asked_for, **cache}
    details = inventory.hosts(config, environment={"PARTNERCENTER_REFRESH_TOKEN": None})
    assert details["customer-001.example.com"]["partnercenter_users"][0]["display_name"] == "User 0001"
    assert emulator.counters()["requests"] == before

    assert len(inventory.hosts({"name_prefix": "customer 01", **cache})) == 10
    others = {"PARTNERCENTER_TENANT_ID": "99999999-9999-4999-8999-999999999999"}
    refused = inventory.run([inventory.write(config)], "--list", environment=others)
    assert "Failed to parse" in refused.stderr


#: With the usual delimiters, with those that it brings, and with those that a task may choose for its template.
HOSTILE_NAMES = {
    "usual": "{{ lookup('pipe', 'touch pwned') }} {{ 'AB' ~ 'CD' }}",
    "brought": "#jinja2:variable_start_string:'[%',variable_end_string:'%]',zz: [% lookup(*['pipe','touch pwned']) %]",
    "chosen": "[[ lookup('pipe', 'touch pwned') ]] [[ 'AB' ~ 'CD' ]]",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("core", [*cores.PYTHONS, *cores.COMING])
def test_names_are_never_templates(emulator: Any, inventory: Inventory, tmp_path: Path, core: str, name: str) -> None:
    """Neither in the list nor in a play, composed or not; credentials may be templates, and vaulted."""
    programs = cores.programs(core)
    if programs is None:
        pytest.skip(f"no Python for ansible-core {core} here")
    hostile = HOSTILE_NAMES[name]
    customer = emulator.customers[0]["id"]
    emulator.customer(customer, company_name=hostile)
    document = {"customer_id": customer, "user_principal_name": f"z{hostile}@x", "display_name": hostile}
    emulator.control("POST", "/users", document)
    (tmp_path / "vault").write_text(VAULT_PASSWORD)
    secret = VaultSecret(VAULT_PASSWORD.encode())
    vaulted = VaultLib([("default", secret)]).encrypt(emulator.refresh_token, secret).decode()
    config = f"""
plugin: {PLUGIN}
client_secret: "{{{{ lookup('ansible.builtin.env', 'SECRET_OF_THE_TESTS') }}}}"
refresh_token: !vault |
{textwrap.indent(vaulted, "  ")}
customer_ids: [{customer}]
users: details
strict: true
compose: {{composed: partnercenter_customer_name, last: "partnercenter_users[-1]"}}
groups: {{hostile: "'lookup' in partnercenter_customer_name"}}
keyed_groups: [{{key: partnercenter_customer_name, prefix: name}}]
"""
    environment = {
        "SECRET_OF_THE_TESTS": emulator.client_secret,
        "PARTNERCENTER_CLIENT_SECRET": None,
        "PARTNERCENTER_REFRESH_TOKEN": "{{ 'never' ~ 'rendered' }}",  # the file's wins
        "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS": "never",
    }
    options = {"programs": programs, "vault": "vault", "environment": environment}
    groups = inventory.listed(config, **options)
    (variables,) = groups["_meta"]["hostvars"].values()
    shown = [variables[name] for name in ("partnercenter_customer_name", "composed")]
    shown += [variables["last"]["display_name"], variables["partnercenter_users"][-1]["display_name"]]
    assert shown == [hostile] * 4
    assert variables["last"]["user_principal_name"] == f"z{hostile}@x"
    (named,) = [group for group in groups if group.startswith("name_")]
    assert re.fullmatch(r"\w+", named) and groups["hostile"]["hosts"] == ["customer-001.example.com"]

    told = "{{ partnercenter_customer_name }}|{{ composed }}|{{ last.display_name }}|{{ group_names | length }}"
    (tmp_path / "chosen.j2").write_text("[[ partnercenter_customer_name ]]|[[ last.display_name ]]")
    written = "{{ lookup('template', 'chosen.j2', variable_start_string='[[', variable_end_string=']]') }}"
    tasks = [{"ansible.builtin.debug": {"msg": text}} for text in (told, written)]
    (tmp_path / "play.yml").write_text(json.dumps([{"hosts": "hostile", "gather_facts": False, "tasks": tasks}]))
    run = inventory.run([tmp_path / "partnercenter.yml"], "play.yml", "-vvv", program="ansible-playbook", **options)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{hostile}|{hostile}|{hostile}|2" in run.stdout.replace('\\"', '"')
    assert f'"{hostile}|{hostile}"' in run.stdout.replace('\\"', '"')
    assert "ABCD" not in run.stdout + json.dumps(groups)
    assert not list(tmp_path.rglob("pwned"))
    for secret in (emulator.client_secret, emulator.refresh_token):
        assert secret not in run.stdout + run.stderr


def test_users_as_hosts(emulator: Any, inventory: Inventory) -> None:
    """With filters, composed variables and groups."""
    chosen = emulator.customers[:2]
    groups = inventory.listed(
        {
            "hosts": "users",
            "customer_ids": [chosen[0]["id"]],
            "customer_domains": [chosen[1]["domain"].replace(".com", ".org")],
            "user_names": ["USER-000?@*", "user-0050@*"],
            "user_types": ["cloud"],
            "compose": {"short": "partnercenter_user_principal_name.split('@')[0]"},
            "groups": {"last": "partnercenter_user_display_name == 'User 0050'"},
            "keyed_groups": [{"key": "partnercenter_customer_name", "prefix": "of", "parent_group": "customers"}],
        }
    )
    hosts = groups["_meta"]["hostvars"]
    assert len(hosts) == 20
    first = chosen[0]["users"][0]
    assert hosts[first["user_principal_name"]]["partnercenter_user_id"] == first["id"]
    assert hosts[first["user_principal_name"]]["partnercenter_customer_id"] == chosen[0]["id"]
    assert hosts[first["user_principal_name"]]["short"] == "user-0001"
    assert sorted(groups["customers"]["children"]) == ["of_Customer_001", "of_Customer_002"]
    assert len(groups["of_Customer_001"]["hosts"]) == 10
    assert sorted(groups["last"]["hosts"]) == [f"user-0050@{customer['domain']}" for customer in chosen]


def test_the_roles_take_it_as_it_is(emulator: Any, inventory: Inventory, play: Any) -> None:
    """Customers and their service accounts from the inventory: rotated once, and given passwords."""
    chosen = [customer["id"] for customer in emulator.customers[:3]]
    config = {"customer_ids": chosen, "users": "accounts", "user_names": ["user-0001@*", "user-0002@*"]}
    source = str(inventory.write(config))
    vaulted = Vaulted(play, {"type": "file"})
    for sent in (6, 6):
        run = play(
            playbook="csp.partnercenter.rotate_user_passwords",
            variables={"user_password_rotation_rotation_id": "2026-11"},
            arguments=["-i", source],
            environment=vaulted.environment,
        )
        assert run.rc == 0, run.stdout + run.stderr
        assert len(patches(emulator)) == sent
    users = "{{ partnercenter_users | map('combine', {'password': canary}) | list }}"
    prepare = {"name": "Prepare", "ansible.builtin.set_fact": {"prepared": users}, "no_log": True}
    role = {
        "name": "Reset",
        "ansible.builtin.include_role": {"name": "csp.partnercenter.user_password_reset"},
        "vars": {"partnercenter_users": "{{ prepared }}"},
    }
    run = play(
        prepare,
        role,
        play={"hosts": "all", "connection": "smart"},
        variables={"canary": password()},
        arguments=["-i", source],
    )
    assert run.rc == 0, run.stdout + run.stderr
    assert "6 of 6 passwords set" in run.screen and run.screen.count("2 of 2 set") == 3
    assert {line["host"] for line in run.results} == {f"customer-00{number}.example.com" for number in (1, 2, 3)}


def test_what_cannot_be_read(emulator: Any, inventory: Inventory) -> None:
    """One customer refuses: nothing at all with its name and the reason, or everything else with a warning."""
    refusing = emulator.customers[4]
    emulator.customer(refusing["id"], gdap_role=False)
    config = {"users": "accounts", "name_prefix": "Customer 00"}
    run = inventory.run([inventory.write(config)], "--list")
    screen = " ".join(run.stderr.split())
    assert "customer customer-005.example.com: " in screen and "GDAP" in screen
    assert "hostvars" not in run.stdout or not json.loads(run.stdout)["_meta"]["hostvars"]
    run = inventory.run([inventory.write(config | {"on_unreadable": "warn"})], "--list")
    assert "customer customer-005.example.com: " in " ".join(run.stderr.split())
    hosts = json.loads(run.stdout)["_meta"]["hostvars"]
    assert [name for name, host in hosts.items() if "partnercenter_users" not in host] == ["customer-005.example.com"]
    assert "GDAP" in str(hosts["customer-005.example.com"]["partnercenter_error"])
    assert len(hosts) == 9


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"nameprefix": "x"}, "nameprefix: no such option; did you mean name_prefix?"),
    "type": ({"timeout": "Kanarie-timeout"}, "timeout: must be of the type float"),
    "choice": ({"users": "Kanarie"}, "users: must be one of none, accounts, details"),
    "guid": ({"customer_ids": ["Kanarie"]}, "customer_ids[0]: is not a GUID"),
    "both": ({"name_prefix": "x", "customer_domains": ["a.example"]}, "name_prefix: cannot be given together with"),
    "hostname": ({"hostname": "user_id"}, "hostname: cannot be user_id where hosts are customers"),
    "template": ({"client_id": "{{ 'Kanarie' | nofilter }}"}, "client_id: its template cannot be rendered ("),
    "number": ({"client_secret": "{{ ['Kanarie'] }}"}, "client_secret: its template does not give a text"),
    "credentials": ({"access_token": "Kanarie", "refresh_token": "x"}, "access_token: stands alone"),
    "secret": ({"client_secret": "Kanarie-of-the-wrong-secret"}, "AADSTS7000215"),
    "strict": ({"strict": True, "compose": {"x": "nowhere.at_all"}, "name_prefix": "Customer 001"}, "Could not set x"),
}


def test_mistakes_are_told_in_one_sentence(emulator: Any, inventory: Inventory) -> None:
    """Without the values. The run stops where Ansible is told to."""
    sources = [inventory.write(config, f"{name}.partnercenter.yml") for name, (config, _text) in MISTAKES.items()]
    run = inventory.run(sources, "--list")
    screen = " ".join(run.stderr.split())
    missing = [text for _config, text in MISTAKES.values() if text not in screen]
    assert not missing, run.stderr
    assert "Kanarie" not in screen and "Traceback" not in screen
    assert not json.loads(run.stdout).get("_meta", {}).get("hostvars", {}).get("customer-002.example.com")
    one = sources[0]
    stopped = inventory.run([one], "--list", environment={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"})
    assert stopped.returncode != 0


def test_the_examples_run(emulator: Any, inventory: Inventory, tmp_path: Path) -> None:
    """Those of the plugin and of the guide, as they stand, but for the customer's domain and the place of the cache."""
    text = (ROOT / "plugins" / "inventory" / "partnercenter.py").read_text()
    documents = text.partition('EXAMPLES = r"""')[2].partition('"""')[0].split("\n---\n")
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_inventory.rst").read_text()
    blocks = re.findall(r"code-block:: yaml\n   :caption: (\S+)\n\n((?:   .*\n|\n)+)", guide)
    documents += [textwrap.dedent(block) for _name, block in blocks]
    assert len(documents) == 3 + 5
    sources = []
    for number, document in enumerate(documents):
        document = document.replace("contoso.onmicrosoft.com", emulator.customers[0]["domain"])
        document = document.replace("~/.cache", str(tmp_path)).replace("Contoso", "Customer").replace("svc-", "user-")
        sources.append(inventory.write(f"{document}strict: true\n", f"{number}.partnercenter.yml"))
    run = inventory.run(sources, "--list", environment={"PARTNER_TENANT": emulator.tenant_id})
    assert run.returncode == 0 and "Failed to parse" not in run.stderr, run.stderr
    found = json.loads(run.stdout)
    assert len(found["_meta"]["hostvars"]) == CUSTOMERS + USERS
    assert {"domain_com", "customer_Customer_001", "customer_customer_001_example_com", "letter_c"} <= found.keys()
