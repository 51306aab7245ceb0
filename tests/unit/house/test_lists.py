# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that stand in several files and must agree: outcomes, statuses, stores, triggers. Columns are next door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import telling
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import generator, store, trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import DETAILS, Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.assertions import PLATFORMS
from ansible_collections.csp.partnercenter.plugins.module_utils._http.retry import Action, Try, is_unavailable, judge
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import OUTCOMES as WORDS
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import REASONS, Left, Outcome, Reason
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import OF_CHARACTERS, OF_WORDS
from ansible_collections.csp.partnercenter.plugins.module_utils._users.work import WORDS as DONE
from ansible_collections.csp.partnercenter.plugins.module_utils._users.work import UserAction
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report import words as words_of_report
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.counting import HISTORY
from ansible_collections.csp.partnercenter.tests.unit.support.documentation import (
    HOME,
    PLUGINS,
    Options,
    action_spec,
    fragment,
    own_options,
    part,
    plugin,
    returned,
    role_options,
    values,
)

OUTCOMES = {outcome.value for outcome in Outcome}
FAILED = {outcome.value for outcome in Outcome if outcome.failed}
PASSWORD_MODULES = ["partnercenter_user_password", "partnercenter_user_password_rotation"]

GUIDE = (HOME / "docs/docsite/rst/guide_idempotency.rst").read_text(encoding="utf-8")
PULL_REQUEST = (HOME / "playbooks/templates/rotations.md.j2").read_text(encoding="utf-8")


def words(text: str) -> set[str]:
    """Return the words in quotes."""
    return set(re.findall(r"""["']([a-z_]+)["']""", text))


# Outcomes


@pytest.mark.parametrize("module", PASSWORD_MODULES)
def test_the_documentation_of_results_names_each_outcome_and_how_it_is_known(module: str) -> None:
    row = returned(module)["users"]["contains"]
    assert values(row["outcome"]) == OUTCOMES
    assert values(row["failed"]) == FAILED
    assert values(row["certainty"]) == {certainty.value for certainty in Certainty}
    assert values(row["reason"]) <= {reason.value for reason in Reason}


def test_the_documentation_of_changed_users_names_each_outcome_and_action() -> None:
    row = returned("partnercenter_user")["users"]["contains"]
    assert values(row["outcome"]) == (OUTCOMES - {"would_reset"}) | {"would_change"}
    assert values(row["failed"]) == FAILED
    assert values(row["actions"]) == {action.value for action in UserAction} == set(DONE)
    assert values(row["certainty"]) <= {certainty.value for certainty in Certainty}
    spec = action_spec("partnercenter_user")
    assert set(DETAILS) | {"state", "new_user_principal_name"} <= set(spec) & set(spec["users"]["options"])


def test_each_outcome_has_words() -> None:
    assert set(WORDS) == OUTCOMES == {outcome for outcome, word in WORDS.items() if word.count}
    assert set(telling.WORDS) == OUTCOMES - FAILED


def test_the_report_has_words_for_each_code() -> None:
    assert set(REASONS) == {reason.value for reason in Reason}
    assert set(words_of_report.CERTAINTIES) == {certainty.value for certainty in Certainty}
    assert set(words_of_report.LEFT) == {left.value for left in Left}


def test_the_report_has_advice_for_each_kind_of_failure() -> None:
    assert set(words_of_report.KINDS) == FAILED | set(words_of_report.LEFT) - {"pending"}


def test_the_history_of_the_report_has_each_outcome_of_a_run() -> None:
    assert {*words_of_report.SET, *HISTORY} == OUTCOMES - set(words_of_report.WOULD_SET)


def test_the_summary_of_a_pull_request_orders_outcomes_that_there_are() -> None:
    """It puts one that it does not know between the first and the last."""
    assert words(part(PULL_REQUEST, "set first = ", "%}")) | words(part(PULL_REQUEST, "set last = ", "%}")) <= OUTCOMES


def test_the_guide_has_each_outcome_with_what_it_counts_as() -> None:
    rows = part(GUIDE, "Outcomes\n--------", "``certainty`` says").split("   * - ")[2:]
    cells = [[re.sub(r"\s+", " ", cell).strip() for cell in row.split("\n     - ")] for row in rows]
    told = {name for row in cells for name in re.findall(r"``(\w+)``", row[1])}
    assert told == OUTCOMES
    for _what, outcome, changed, failed in cells[:-1]:
        meant = Outcome(outcome.strip("`"))
        assert changed.startswith("yes") == meant.changed, outcome
        assert failed.startswith("yes") == meant.failed, outcome


def test_the_guide_explains_how_an_outcome_is_known() -> None:
    explained = part(GUIDE, "``certainty`` says", "When a run is killed")
    assert set(re.findall(r"``(\w+)``", explained)) == {certainty.value for certainty in Certainty}


# Statuses

PASSING = {status for status in range(100, 600) if judge(Try(1, status)).action in (Action.RETRY, Action.THROTTLE)}


def test_a_status_that_is_worth_another_try_is_never_a_refusal() -> None:
    assert all(is_unavailable(status) for status in PASSING)


def test_the_documentation_names_the_statuses_that_are_worth_another_try() -> None:
    notes = " ".join(plugin("doc_fragments", "connection").ModuleDocFragment.DOCUMENTATION.split())
    repeated = part(notes, "and the statuses ", ", with the same")
    waited_out = part(notes, "Answers of ", " do not count")
    assert {int(number) for number in re.findall(r"\d+", f"{repeated} {waited_out}")} == PASSING


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(PLUGINS.rglob("*.py")) if file != PLUGINS / "module_utils/_http/retry.py"],
    ids=lambda file: str(file.relative_to(PLUGINS)),
)
def test_nobody_else_lists_the_statuses_that_are_worth_another_try(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.List | ast.Set | ast.Tuple):
            listed = {element.value for element in node.elts if isinstance(element, ast.Constant)}
            assert not listed & PASSING, f"line {node.lineno}: ask _http/retry.py"


# Credentials


def test_the_documentation_names_each_platform_that_vouches_for_a_job() -> None:
    assert values(fragment("credentials")["client_assertion_source"]) == set(PLATFORMS)


# Stores

#: What the options of every store are read by; each names an option, or stands for the one of its own name.
READERS = {"text", "secret", "needed", "path", "url", "together", "prefix", "ca_path"}
KINDS: list[str] = store()["store"]["options"]["type"]["choices"]
COMMON = {"type"}
#: An identifier, which is kept beside its secret.
READ_AS_SECRETS = {"access_key_id"}
#: The file that reads the rest of the options of a kind.
BESIDES = {"hashi_vault": "vault_sign_in", "file": "encrypted_files", "git": "encrypted_files"}


def read_by(kind: str) -> Iterator[tuple[str, str]]:
    """How a kind of store reads each of its options."""
    files = [PLUGINS / f"module_utils/_stores/{name}.py" for name in (kind, BESIDES.get(kind)) if name]
    tree = ast.parse("\n".join(file.read_text(encoding="utf-8") for file in files))
    names = {
        node.targets[0].id: [str(element.value) for element in node.value.elts if isinstance(element, ast.Constant)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Tuple)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("options"), "prefix" | "ca_path" as reader)):
                yield reader, reader
            case ast.Call(ast.Attribute(ast.Name("options"), "together"), arguments):
                yield from (("together", str(each.value)) for each in arguments if isinstance(each, ast.Constant))
            case ast.Call(ast.Attribute(ast.Name("options"), reader), [ast.Constant(name), *_]) if reader in READERS:
                yield reader, str(name)
            case ast.Call(ast.Attribute(ast.Name("options"), reader), [ast.Name("name"), *_]) if reader in READERS:
                yield from ((reader, name) for name in names["names"])


def test_each_option_of_a_store_is_read_by_one_of_them() -> None:
    assert {name for kind in KINDS for _reader, name in read_by(kind)} | COMMON == set(store()["store"]["options"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_store_reads_as_a_secret_is_declared_as_one(kind: str) -> None:
    options = store()["store"]["options"]
    secrets = {name for reader, name in read_by(kind) if reader == "secret"} - READ_AS_SECRETS
    assert secrets == {name for _reader, name in read_by(kind) if options[name].get("no_log")}


@pytest.mark.parametrize("kind", KINDS)
def test_the_documentation_says_which_store_an_option_is_for(kind: str) -> None:
    options = fragment("store")["store"]["suboptions"]
    named = re.compile(rf"For (V\(\w+\) and )?V\({kind}\)( and|$)")
    meant = {name for name, rules in options.items() if named.match(first_words(rules))}
    if kind != "file":
        meant |= {name for name, rules in options.items() if first_words(rules) == "For the others"}
    assert {name for _reader, name in read_by(kind)} == meant


def first_words(rules: Options) -> str:
    description = rules["description"]
    first = description if isinstance(description, str) else description[0]
    return str(first.partition(",")[0])


def test_each_kind_of_store_is_made_and_documented() -> None:
    made = [kind for kind in KINDS if hasattr(plugin("module_utils._stores", kind), "make")]
    assert made == KINDS
    assert values(fragment("store")["store"]["suboptions"]["type"]) == set(KINDS)


# Generators


def test_the_generator_reads_the_options_that_are_declared_and_the_role_names_them() -> None:
    declared = set(generator()["generator"]["options"])
    assert declared == {*OF_CHARACTERS, *OF_WORDS}
    role = role_options("user_password_rotation")["user_password_rotation_generator"]
    assert set(re.findall(r"C\((\w+)\)", role["description"])) == declared


# Triggers


def test_what_makes_a_reset_due_is_documented_once() -> None:
    assert set(fragment("trigger")) == set(trigger())
    for module in PASSWORD_MODULES:
        assert not set(own_options("modules", module)) & set(trigger())


@pytest.mark.parametrize("module", PASSWORD_MODULES)
def test_an_option_of_a_user_in_a_list_is_that_of_the_task(module: str) -> None:
    for path, description in described(own_options("modules", module)["users"]["suboptions"]):
        assert description == f"As O({path})."


def described(options: Options, place: str = "") -> Iterator[tuple[str, str]]:
    for name, rules in options.items():
        yield f"{place}{name}", rules["description"]
        yield from described(rules.get("suboptions", {}), f"{place}{name}.")
