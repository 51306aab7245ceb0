# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host of a play declares, and what is misspelt in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action import make_role
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import (
    Declared,
    asked_for,
    declared,
    unknown_variables,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables
from ansible_collections.csp.partnercenter.tests.unit.support.play import ADA, BOB, CY, Rendered, declare

RESET, ROTATION = make_role("user_password_reset"), make_role("user_password_rotation")


class TestUsersWhoAreAskedFor:
    @pytest.mark.parametrize(
        "wanted",
        [
            "ada@contoso.com bob@contoso.com",
            "ada@contoso.com,bob@contoso.com",
            "ADA@contoso.com; BOB@CONTOSO.COM",
            "ada@contoso.com\r\nbob@contoso.com\n",
            " ,ada@contoso.com,,bob@contoso.com, ",
            ["ada@contoso.com", "bob@contoso.com"],
            ["ada@contoso.com, bob@contoso.com"],
            ("ada@contoso.com", "bob@contoso.com"),
        ],
    )
    def test_names_are_text_or_a_list_in_any_case(self, wanted: Any) -> None:
        found = declare(partnercenter_users=[ADA, CY, BOB], partnercenter_only_users=wanted)
        assert names(found) == ["ada@contoso.com", "Bob@contoso.com"] and found.declared == 3

    def test_ids_are_names_as_well(self) -> None:
        found = declare(partnercenter_users=[ADA, CY], partnercenter_only_users="0000000A-0000-0000-0000-000000000000")
        assert [user["user_id"] for user in found.users] == [CY["user_id"]]

    @pytest.mark.parametrize("wanted", ["", "  \n"])
    def test_empty_text_is_everybody(self, wanted: str) -> None:
        assert len(declare(partnercenter_users=[ADA, BOB], partnercenter_only_users=wanted).users) == 2

    @pytest.mark.parametrize("wanted", [None, [], ",;", [""], 7, {}, True])
    def test_what_names_nobody_is_never_everybody(self, wanted: Any) -> None:
        assert asked_for(wanted).problem
        with pytest.raises(InputError, match=r"^partnercenter_only_users: "):
            declare(partnercenter_users=[ADA, BOB], partnercenter_only_users=wanted)

    def test_only_letters_of_ascii_are_folded(self) -> None:
        kelvin = "ada@\u212aontoso.com"
        assert declare(partnercenter_users=[ADA], partnercenter_only_users=kelvin).users == ()


class TestParameters:
    def test_each_user_has_all_that_counts_for_it(self) -> None:
        found = declare(
            partnercenter_users=[ADA, {**BOB, "rotation_id": "own", "customer_domain": "other.example"}],
            user_password_reset_rotation_id="r1",
        )
        assert [user["rotation_id"] for user in found.users] == ["r1", "own"]
        assert [user["customer_domain"] for user in found.users] == ["contoso.com", "other.example"]
        assert found.params["rotation_id"] is None and found.params["customer_domain"] is None

    def test_the_id_of_the_customer_counts_before_its_domain(self) -> None:
        found = declare(partnercenter_users=[ADA], partnercenter_customer_id="22222222-2222-2222-2222-222222222222")
        assert found.users[0]["customer_domain"] is None and found.accounts[0][0].startswith("22222222")

    @pytest.mark.parametrize("users", ["canary", {"a": "canary"}, ["canary"], [{**ADA, "pasword": "canary"}]])
    def test_what_is_no_list_of_users_is_refused_without_its_value(self, users: Any) -> None:
        with pytest.raises(InputError, match=r"^users") as caught:
            declare(partnercenter_users=users)
        assert "canary" not in str(caught.value)

    @pytest.mark.parametrize("users", [[], None])
    def test_nobody_is_no_mistake(self, users: Any) -> None:
        found = declare(partnercenter_users=users)
        assert found.users == () and found.declared == 0

    def test_without_the_list_of_users_it_is_said_where_they_come_from(self) -> None:
        with pytest.raises(InputError, match=r"^contoso: partnercenter_users is not defined"):
            declare()

    @pytest.mark.parametrize("limit", ["max_resets", "max_resets_per_customer", "pilot", "audit_timeout"])
    def test_a_negative_number_is_refused(self, limit: str) -> None:
        with pytest.raises(InputError, match=f"^{limit}: must be a number that is not negative"):
            declare(partnercenter_users=[ADA], **{f"user_password_reset_{limit}": -1})

    def test_what_the_role_tells_its_hooks_is_not_rendered(self) -> None:
        """It has the name that an option for users would have, and is a template of its own on each host."""
        given = {"partnercenter_users": [{"user_id": CY["user_id"]}], "user_password_rotation_rotation_id": "r1"}

        class NoRows(Rendered):
            def template(self, value: Any) -> Any:
                assert value != "{{ rows }}"
                return value

        variables = HostVariables(
            given | {"partnercenter_customer_domain": "contoso.com", "user_password_rotation_users": "{{ rows }}"},
            NoRows(),
        )
        role = replace(ROTATION, known=frozenset(variables.raw))
        assert declared(role, "contoso", variables, {}, lambda _base: TaskContext({})).users

    def test_no_secret_is_in_what_is_shown_of_it(self) -> None:
        assert ADA["password"] not in repr(declare(partnercenter_users=[ADA], user_password_reset_ledger_key="ab" * 32))


class TestSettings:
    def test_a_slash_at_the_end_makes_no_difference(self) -> None:
        one, two = (declare(partnercenter_users=[ADA], user_password_reset_ledger=path) for path in ("/a/b", "/a/b/"))
        assert one.settings == two.settings

    @pytest.mark.parametrize(("option", "place"), [("path", "/a/b"), ("url", "https://vault.contoso.com")])
    def test_nor_does_one_at_the_end_of_a_store(self, option: str, place: str) -> None:
        common = {"partnercenter_users": [{"user_id": CY["user_id"]}], "user_password_rotation_rotation_id": "r1"}
        stores = ({"type": "hashi_vault", option: each} for each in (place, f"{place}/"))
        one, two = (declare(role=ROTATION, user_password_rotation_store=store, **common) for store in stores)
        assert one.settings == two.settings

    @pytest.mark.parametrize("option", ["max_resets", "rotation_id", "max_age"])
    def test_limits_and_what_each_user_says_make_no_difference(self, option: str) -> None:
        value = {"max_resets": 7, "rotation_id": "other", "max_age": "30d"}[option]
        other = declare(partnercenter_users=[ADA], **{f"user_password_reset_{option}": value})
        assert other.settings == declare(partnercenter_users=[ADA]).settings

    @pytest.mark.parametrize("option", ["endpoint", "evidence", "on_error", "update_password"])
    def test_what_counts_for_a_task_does(self, option: str) -> None:
        value = {"endpoint": "update", "evidence": "audit_log", "on_error": "stop", "update_password": "always"}[option]
        other = declare(partnercenter_users=[ADA], **{f"user_password_reset_{option}": value})
        assert other.settings != declare(partnercenter_users=[ADA]).settings

    def test_so_do_credentials_and_the_environment(self) -> None:
        plain = declare(partnercenter_users=[ADA])
        for more in ({"defaults": {"tenant_id": "another"}}, {"environment": {"HTTPS_PROXY": "http://proxy:1"}}):
            assert declare(partnercenter_users=[ADA], **more).settings != plain.settings


class TestMisspeltVariables:
    KNOWN = ("user_password_rotation_max_resets", "user_password_rotation_store", "partnercenter_only_users")

    def found(self, *names: str) -> list[str]:
        return unknown_variables(dict.fromkeys(names), replace(ROTATION, known=frozenset(self.KNOWN)))

    def test_a_misspelt_limit_is_found_with_the_name_that_is_meant(self) -> None:
        assert self.found("user_password_rotation_max_reset", *self.KNOWN) == [
            "user_password_rotation_max_reset is no variable of the role; is user_password_rotation_max_resets meant?"
        ]

    def test_the_beginning_may_be_misspelt_as_well(self) -> None:
        for name in ("user_password_rotaton_max_resets", "User_Password_Rotation_Max_Resets"):
            assert self.found(name) == [
                f"{name} is no variable of the role; is user_password_rotation_max_resets meant?"
            ]

    def test_what_begins_like_the_role_and_is_like_nothing_is_unknown(self) -> None:
        assert self.found("user_password_rotation_zzz")[0].startswith(
            "user_password_rotation_zzz is no variable of the role"
        )

    def test_variables_of_others_are_theirs(self) -> None:
        assert self.found("user_password_reset_max_resets", "user_password_policy", "user_passphrase") == []


def names(found: Declared) -> list[str]:
    return [str(user["user_principal_name"]) for user in found.users]
