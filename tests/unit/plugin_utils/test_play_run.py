# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task for all hosts: groups of equal settings, users declared twice, limits of the play, what stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import Declared
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_run import Done, Group, run
from ansible_collections.csp.partnercenter.tests.unit.support.play import ADA, Engine, declare

PREFIX = "user_password_reset_"


def host(number: int, *names: str, **options: Any) -> Declared:
    """A customer with these users, or with two of its own."""
    domain = f"customer-{number}.example"
    users = [{**ADA, "user_principal_name": name} for name in names or (f"one@{domain}", f"two@{domain}")]
    named = {f"{PREFIX}{name}": value for name, value in options.items()}
    return declare(f"host-{number}", partnercenter_customer_domain=domain, partnercenter_users=users, **named)


def play(engine: Engine, *hosts: Declared, later: tuple[Declared, ...] = ()) -> Done:
    return run(engine.role, hosts, later)


def everybody(*hosts: Declared) -> set[str]:
    return {user["user_principal_name"] for each in hosts for user in each.users}


def outcomes(done: Done) -> dict[str, list[str]]:
    return {name: [row["outcome"] for row in rows] for name, rows in done.rows.items()}


class TestGroups:
    def test_hosts_with_equal_settings_are_one_task_and_each_gets_its_rows(self) -> None:
        hosts = [host(1), host(2), host(3)]
        engine = Engine(due=everybody(hosts[1]))
        done = play(engine, *hosts)
        assert len(engine.tasks) == 1
        assert outcomes(done) == {
            "host-1": ["unchanged", "unchanged"],
            "host-2": ["applied", "applied"],
            "host-3": ["unchanged", "unchanged"],
        }

    def test_other_settings_are_another_task(self) -> None:
        engine = Engine()
        play(engine, host(1), host(2, ledger="/another"), host(3))
        assert [len(params["users"]) for params, _plan in engine.tasks] == [4, 2]

    def test_a_sentence_of_the_engine_gets_the_places_of_the_inventory(self) -> None:
        group = Group(host(1), origins=["host-1: users[0]", "host-2: users[0]"])
        assert group.in_words("users[1].password: is short") == "host-2: users[0].password: is short"
        assert group.in_words("users[7]: no such place") == "users[7]: no such place"

    def test_a_task_that_failed_before_its_users_is_told_by_each_of_its_hosts(self) -> None:
        def failing(params: Any, context: Any) -> dict[str, Any]:
            return {"failed": True, "msg": "tenant_id: is needed"}

        done = run(replace(Engine().role, work=failing), [host(1), host(2)], [])
        assert done.problems == {"host-1": "tenant_id: is needed", "host-2": "tenant_id: is needed"}


class TestTheSameUserUnderTwoHosts:
    def twin(self, **changes: Any) -> Declared:
        """Another host with a user of the first customer."""
        users = [{**ADA, "user_principal_name": "ONE@customer-1.example", **changes}]
        return declare("twin", partnercenter_customer_domain="customer-1.example", partnercenter_users=users)

    def test_is_refused_by_name_before_anything_is_sent(self) -> None:
        engine = Engine()
        with pytest.raises(InputError, match=r"^twin: users\[0\]: one@customer-1.example is declared under host-1"):
            play(engine, host(1), self.twin(password="Another-4711"))
        assert engine.tasks == []

    def test_is_one_user_where_both_say_the_same(self) -> None:
        twin = self.twin(user_principal_name="one@customer-1.example")
        engine = Engine(due={"one@customer-1.example"})
        done = play(engine, host(1), twin)
        assert len(engine.tasks[0][0]["users"]) == 2
        assert outcomes(done) == {"host-1": ["applied", "unchanged"], "twin": ["applied"]}

    def test_with_other_settings_they_do_not_say_the_same(self) -> None:
        users = [{**ADA, "user_principal_name": "one@customer-1.example"}]
        twin = declare(
            "twin",
            partnercenter_customer_domain="customer-1.example",
            partnercenter_users=users,
            user_password_reset_endpoint="update",
        )
        with pytest.raises(InputError, match="is declared under host-1"):
            play(Engine(), host(1), twin)


class TestLimits:
    def test_with_one_task_the_engine_counts(self) -> None:
        engine = Engine()
        play(engine, host(1, max_resets=7), host(2, max_resets=5), host(3))
        assert [(params["max_resets"], plan) for params, plan in engine.tasks] == [(5, False)]

    def test_several_tasks_are_planned_before_the_first_is_sent(self) -> None:
        hosts = [host(1, max_resets=3), host(2, max_resets=3, ledger="/another")]
        engine = Engine(due=everybody(*hosts))
        with pytest.raises(InputError, match="max_resets: is 3, and 4 resets are due; nothing was sent"):
            play(engine, *hosts)
        assert [plan for _params, plan in engine.tasks] == [True, True]
        engine.due.pop()
        done = play(engine, *hosts)
        assert [plan for _params, plan in engine.tasks[2:]] == [True, True, False, False]
        assert sum(row["changed"] for rows in done.rows.values() for row in rows) == 3

    def test_hosts_whose_turn_comes_later_count(self) -> None:
        hosts = [host(1, max_resets=3), host(2, max_resets=3)]
        engine = Engine(due=everybody(*hosts))
        with pytest.raises(InputError, match="4 resets are due"):
            play(engine, hosts[0], later=(hosts[1],))
        assert all(plan for _params, plan in engine.tasks)


class TestTheApprovedPlan:
    def test_of_one_task_is_compared_by_the_engine(self) -> None:
        engine = Engine(due=everybody(host(1)))
        done = play(engine, host(1, approved_plan="this one"), host(2, approved_plan="this one"))
        assert [(params["approved_plan"], plan) for params, plan in engine.tasks] == [("this one", False)]
        assert done.plan == "plan: one@customer-1.example two@customer-1.example"

    def test_of_several_tasks_is_compared_before_the_first_is_sent_and_each_keeps_to_its_own(self) -> None:
        def hosts(**options: Any) -> list[Declared]:
            return [host(1, **options), host(2, ledger="/another", **options)]

        engine = Engine(due=everybody(*hosts()))
        plan = play(engine, *hosts()).plan
        engine.tasks.clear()
        play(engine, *hosts(approved_plan=plan))
        assert [(params["approved_plan"], plan) for params, plan in engine.tasks] == [
            (plan, True),
            (plan, True),
            ("plan: one@customer-1.example two@customer-1.example", False),
            ("plan: one@customer-2.example two@customer-2.example", False),
        ]
        engine.due.pop()
        engine.tasks.clear()
        with pytest.raises(InputError, match="approved_plan: is not the plan of this run: 3 resets are due"):
            play(engine, *hosts(approved_plan=plan))
        assert all(only_planned for _params, only_planned in engine.tasks)

    def test_is_one_for_the_play(self) -> None:
        engine = Engine()
        with pytest.raises(InputError, match="approved_plan: is one text for the whole play"):
            play(engine, host(1, approved_plan="this one"), host(2))
        assert engine.tasks == []


class TestWhatStopsThePlay:
    def test_a_failure_where_that_is_wanted(self) -> None:
        hosts = [host(1, on_error="stop"), host(2, ledger="/another")]
        engine = Engine(due=everybody(*hosts), failing={"one@customer-1.example"})
        done = play(engine, *hosts)
        assert len(engine.tasks) == 1
        assert done.problems == {"host-2": "not attempted, because another host failed and on_error is stop"}

    def test_otherwise_the_others_go_on(self) -> None:
        hosts = [host(1), host(2, ledger="/another")]
        engine = Engine(due=everybody(*hosts), failing={"one@customer-1.example"})
        assert outcomes(play(engine, *hosts))["host-2"] == ["applied", "applied"]

    def test_a_pilot_that_fails_is_the_last_of_the_play(self) -> None:
        hosts = [host(1, pilot=2), host(2, pilot=2, ledger="/another")]
        engine = Engine(due=everybody(*hosts), failing={"one@customer-1.example"})
        assert "not all users of the pilot could be set" in play(engine, *hosts).problems["host-2"]

    def test_what_is_left_of_the_pilot_is_that_of_the_next_task(self) -> None:
        hosts = [host(1, pilot=3), host(2, pilot=3, ledger="/another"), host(3, ledger="/third")]
        engine = Engine(due=everybody(*hosts))
        play(engine, *hosts)
        assert [params["pilot"] for params, _plan in engine.tasks] == [3, 1, 0]

    def test_after_a_pilot_that_succeeded_a_failure_stops_nobody(self) -> None:
        hosts = [host(1, pilot=1), host(2, pilot=1, ledger="/another")]
        engine = Engine(due=everybody(*hosts), failing={"two@customer-1.example"})
        assert outcomes(play(engine, *hosts))["host-2"] == ["applied", "applied"]
