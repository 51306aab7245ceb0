# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX as code: the credential type keeps AWX's rules, and the modules of awx.awx make all of it, once."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from controller import Controller, running_controller
from driver import Player
from guides import GUIDES, blocks

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = os.environ.get("AWX_COLLECTION_PATH", "")  # set by noxfile.py


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
SAMPLE: dict[str, Any] = yaml.load((ROOT / "playbooks" / "vars" / "configure_awx.yml").read_text(), Loader)

#: AWX's own rules for custom credential types, from its documentation.
TEXT = {"type": "string", "minLength": 1}
INPUTS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fields", "required"],
    "properties": {
        "required": {"type": "array", "items": TEXT},
        "fields": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "label", "type", "help_text"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-zA-Z_]+[a-zA-Z0-9_]*$", "not": {"const": "tower"}},
                    "label": TEXT,
                    "help_text": {"type": "string", "pattern": r"\.$"},
                    "type": {"enum": ["string", "boolean"]},
                    "format": {"enum": ["ssh_private_key", "url"]},
                    "secret": {"type": "boolean"},
                    "multiline": {"type": "boolean"},
                    "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
                    "default": {},
                },
            },
        },
    },
}
INJECTORS = {
    "type": "object",
    # By environment and file only: AWX would take extra_vars as well, and keep them in the job's record.
    "additionalProperties": False,
    "properties": {
        "file": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {r"^template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?$": TEXT},
        },
        # AWX refuses what may change Ansible itself.
        "env": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {"^PARTNERCENTER_[A-Z_]+$": TEXT},
        },
    },
}


def test_credential_type() -> None:
    kind = SAMPLE["awx_credential_type"]
    jsonschema.validate(kind["inputs"], INPUTS)
    jsonschema.validate(kind["injectors"], INJECTORS)
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert set(kind["inputs"]["required"]) <= set(fields)
    templates = " ".join(value for part in kind["injectors"].values() for value in part.values())
    used = set(re.findall(r"(?<![.\w])(\w+)(?= \||\s*}})", templates)) - {"tower"}
    assert used == set(fields), "each input is injected, and nothing else"
    files = {name.removeprefix("template.") for name in kind["injectors"]["file"]}
    assert set(re.findall(r"tower\.filename\.(\w+)", templates)) == files
    assert {name for name, field in fields.items() if field.get("secret")} == {
        "client_secret",
        "certificate",
        "certificate_passphrase",
        "refresh_token",
        "ledger_key",
        "link_token",
    }


def test_nothing_asks_for_a_password() -> None:
    """Neither the survey nor a template's variables."""
    for question in [*SAMPLE["awx_survey"]["spec"], *SAMPLE["awx_handover_survey"]["spec"]]:
        assert question["type"] in ("text", "textarea")
        assert "password" not in question["question_name"].lower()
        assert not re.search(r"secret|token|key$", question["variable"])
    templates = [*SAMPLE["awx_job_templates"], SAMPLE["awx_workflow"], *SAMPLE["awx_schedules"]]
    assert not re.search(r"secret|token|client_|ledger_key", json.dumps([templates, SAMPLE["awx_variables"]]))


def test_variables_are_options_of_the_role() -> None:
    """A misspelt variable of a survey or template would do nothing, silently."""
    specification = yaml.safe_load((ROOT / "roles/user_password_rotation/meta/argument_specs.yml").read_text())
    options = set(specification["argument_specs"]["main"]["options"])
    own = {"partnercenter_hosts", "rotation_reason"}
    asked = {question["variable"] for question in SAMPLE["awx_survey"]["spec"]}
    jobs = [job.get("variables", {}) for job in SAMPLE["awx_job_templates"] if job["playbook"] == "rotate.yml"]
    assert asked | set(SAMPLE["awx_variables"]).union(*jobs) <= options | own


def test_variables_of_a_handover_are_those_of_its_playbook() -> None:
    playbook = (ROOT / "playbooks/hand_over_password.yml").read_text()
    (job,) = [job for job in SAMPLE["awx_job_templates"] if job["playbook"] == "hand_over.yml"]
    asked = {question["variable"] for question in SAMPLE["awx_handover_survey"]["spec"]}
    assert asked | set(job["variables"]) <= set(re.findall(r"partnercenter_\w+", playbook))
    assert {"partnercenter_ticket", "partnercenter_reason"} <= asked


def test_variables_of_the_check_are_those_of_its_playbook() -> None:
    tasks = (ROOT / "playbooks/tasks/check_customers.yml").read_text()
    (job,) = [job for job in SAMPLE["awx_job_templates"] if job["playbook"] == "check.yml"]
    assert set(job["variables"]) <= set(re.findall(r"check_customers_\w+", tasks)) and "survey" not in job


def test_each_playbook_of_the_project_is_in_the_guide() -> None:
    of_the_guide = {caption for _kind, caption, _text in blocks(GUIDES / "guide_awx.rst") if caption.endswith(".yml")}
    assert {job["playbook"] for job in SAMPLE["awx_job_templates"]} == of_the_guide


def test_who_can_be_asked_for_is_found_by_the_one_slice_there_is() -> None:
    """A slice has a share of the customers, and a name that none of them declares is an error."""
    assert "partnercenter_only_users" in {question["variable"] for question in SAMPLE["awx_survey"]["spec"]}
    assert all(job["slices"] == 1 for job in SAMPLE["awx_job_templates"] if job.get("survey"))


def of_automation_platform(folder: Path) -> Path:
    """Make ansible.controller of awx.awx, as the role template_galaxy of AWX does: the same modules, renamed."""
    made = folder / "collections" / "ansible_collections" / "ansible" / "controller"
    shutil.copytree(Path(COLLECTION) / "ansible_collections" / "awx" / "awx", made)
    for file in (made / "plugins").rglob("*.py"):
        text = file.read_text().replace("awx.awx", "ansible.controller")
        file.write_text(text.replace('_COLLECTION_TYPE = "awx"', '_COLLECTION_TYPE = "controller"'))
    return folder / "collections"


@pytest.mark.skipif(not COLLECTION, reason="AWX_COLLECTION_PATH is not set: the collection awx.awx is not here")
@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("awx.awx", "/api/v2/"),
        pytest.param("ansible.controller", "/api/controller/v2/", marks=pytest.mark.places),
    ],
)
def test_configure_awx(play: Player, tmp_path: Path, name: str, prefix: str, figure: Callable[[str], None]) -> None:
    """The real modules check all options, and a second run changes nothing."""
    collections = COLLECTION if name == "awx.awx" else str(of_automation_platform(tmp_path))
    with running_controller() as (url, controller):
        environment = {
            "CONTROLLER_HOST": url,
            "CONTROLLER_OAUTH_TOKEN": "a-token-of-the-controller",
            "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}{os.pathsep}{collections}",
        }
        options: dict[str, Any] = {"playbook": "csp.partnercenter.configure_awx", "environment": environment}
        options["variables"] = {"awx_collection": name}
        first = play(**options)
        assert first.rc == 0, first.screen
        check(controller)
        second = play(**options)
        assert second.rc == 0, second.screen
        assert "changed=0 " in second.screen, second.screen
    assert controller.tokens == {"Bearer a-token-of-the-controller"} and prefix in controller.prefixes
    objects = sum(len(table) for table in controller.tables.values())
    figure(f"configure_awx with {name} by {prefix}: {objects} objects, a second run changed nothing")


def check(controller: Controller) -> None:
    kind = controller.named("credential_types", "Microsoft Partner Center")
    assert kind["injectors"] == SAMPLE["awx_credential_type"]["injectors"], "templates of AWX arrive as they are"
    credential = controller.named("credentials", "Partner Center")
    assert set(credential["inputs"]) == {"tenant_id", "client_id", "refresh_token_store"}
    store = SAMPLE["awx_variables"]["user_password_rotation_store"]
    assert json.loads(credential["inputs"]["refresh_token_store"]) == store, "a text, as AWX wants it"

    assert len(controller.tables["job_templates"]) == 7
    for template in controller.tables["job_templates"]:
        hands_over = template["name"] == "Password - hand over"
        assert template["allow_simultaneous"] is hands_over and template["diff_mode"] is True
        assert controller.links(template, "credentials") == [credential["id"]]
        assert json.loads(template["extra_vars"])["user_password_rotation_store"] == store
    plan, apply, alert, resume, verify, ready, hand_over = controller.tables["job_templates"]
    assert (plan["job_type"], apply["job_type"], verify["job_slice_count"]) == ("check", "run", 4)
    assert (ready["playbook"], json.loads(ready["extra_vars"])["check_customers_days_left"]) == ("check.yml", 30)
    assert json.loads(resume["extra_vars"])["user_password_rotation_operation"] == "resume"
    approved = [json.loads(job["extra_vars"]).get("user_password_rotation_approved_plan") for job in (apply, alert)]
    assert approved == ["nobody approved a plan", None]
    assert controller.survey("job_templates", apply["name"]) == SAMPLE["awx_survey"]
    assert controller.survey("workflow_job_templates", "Rotation") == SAMPLE["awx_survey"]
    assert controller.survey("job_templates", hand_over["name"]) == SAMPLE["awx_handover_survey"]

    nodes = {node["identifier"]: node for node in controller.tables["workflow_job_template_nodes"]}
    names = {node["id"]: name for name, node in nodes.items()}
    edges = {
        (name, kind, names[target])
        for name, node in nodes.items()
        for kind in ("success_nodes", "failure_nodes", "always_nodes")
        for target in controller.links(node, kind)
    }
    assert edges == {
        ("plan", "success_nodes", "approval"),
        ("approval", "success_nodes", "apply"),
        ("apply", "success_nodes", "verify"),
        ("apply", "failure_nodes", "resume"),
    }
    assert "unified_job_template" not in nodes["approval"], "a person"
    assert [nodes[name]["unified_job_template"] for name in ("plan", "apply", "resume", "verify")] == [
        plan["id"],
        apply["id"],
        resume["id"],
        verify["id"],
    ]
    scheduled = [schedule["unified_job_template"] for schedule in controller.tables["schedules"]]
    assert scheduled == [ready["id"], verify["id"]]
