# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: what it says, that parts of a run come together, and what the folder remembers."""

from __future__ import annotations

import csv
import json
import os
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report import folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Customer
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import write_report
from ansible_collections.csp.partnercenter.tests.unit.support.report import column_of, data_of, row, run, text_of

ALL = ("html", "md", "csv")
LATER = {"started": "2026-11-30T10:00:00+00:00", "finished": "2026-11-30T10:01:00+00:00"}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def cells(place: Path) -> list[dict[str, str]]:
    with (place / "report.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# What is written


def test_it_writes_what_is_asked_for_and_says_where(tmp_path: Path) -> None:
    written = write_report(str(tmp_path / "new" / "report"), ["csv", "html"], run(), [row()])
    place = tmp_path / "new" / "report"
    assert written == {"html": str(place / "index.html"), "csv": str(place / "report.csv")}
    assert {path.name for path in place.iterdir()} == {"index.html", "report.csv", "history.jsonl", "data"}


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_group_may_read_and_nobody_else(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_report(str(tmp_path / "report"), ALL, run(), [row()])
    finally:
        os.umask(before)
    for path in [tmp_path / "report", *(tmp_path / "report").rglob("*")]:
        wanted = 0o750 if path.is_dir() else 0o640
        assert path.name == ".lock" or path.stat().st_mode & 0o777 == wanted, path


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PartnerCenterError, match=r"cannot be written into .*file.*: choose another folder"):
        write_report(str(tmp_path / "file" / "report"), ALL, run(), [row()])


def test_a_writer_that_dies_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.html"
    folder.write(str(path), "before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.write(str(path), "after")
    assert [item.name for item in tmp_path.iterdir()] == ["index.html"] and path.read_text() == "before"


def test_the_data_file_holds_all_rows_and_nothing_that_is_not_known(tmp_path: Path) -> None:
    write_report(str(tmp_path), [], run(), [row(password="C4nary\\\"'", error={"message": "no", "body": "C4nary"})])
    head, only = lines(tmp_path / "data" / "run.jsonl")
    assert head["run"]["id"] == "this-run"
    assert only["user_principal_name"] == "svc@contoso.example" and only["error"] == {"message": "no"}
    assert "C4nary" not in (tmp_path / "data" / "run.jsonl").read_text()


# What it says


def test_what_needs_a_human_stands_first_by_cause_with_what_to_do(tmp_path: Path) -> None:
    rows = [
        row("a@x", "applied"),
        row("b@x", "rejected", error="the user is federated"),
        row("c@x", "rejected", error="the user is federated"),
        row("d@x", "unknown", left="quarantined", error="the answer was lost"),
    ]
    write_report(str(tmp_path), ALL, run(), rows)
    text = text_of(tmp_path)
    assert "3 users need a human" in text and "Quarantined 1 user" in text and "Rejected 2 users" in text
    assert text.index("Quarantined 1 user") < text.index("Rejected 2 users")
    assert "the user is federated contoso b@x, c@x" in text
    assert "--limit contoso -e user_password_rotation_operation=resume" in text
    assert column_of(tmp_path, "user") == ["d@x", "b@x", "c@x", "a@x"]
    assert [line["user_principal_name"] for line in cells(tmp_path)] == ["d@x", "b@x", "c@x", "a@x"]


def test_the_head_says_which_run_it_was(tmp_path: Path) -> None:
    limits = {"max_resets": 50, "max_resets_per_customer": 0}
    described = run(rotation_id="2026-11", job="https://awx.example/jobs/7", throttled=2, limits=limits)
    write_report(str(tmp_path), ["html"], described, [row()])
    text = text_of(tmp_path)
    assert "rotation 2026-11 · took 3 min 20 s · throttled 2 times · max_resets 50 · job" in text
    assert 'href="https://awx.example/jobs/7"' in (tmp_path / "index.html").read_text()
    assert "max_resets_per_customer" not in text


def test_a_job_that_is_no_web_address_is_no_link(tmp_path: Path) -> None:
    write_report(str(tmp_path), ["html"], run(job="javascript:alert(1)"), [row()])
    assert "javascript:alert(1)" in text_of(tmp_path)
    assert 'href="javascript' not in (tmp_path / "index.html").read_text()


def test_a_command_names_no_host_that_a_shell_or_a_pattern_would_read(tmp_path: Path) -> None:
    write_report(str(tmp_path), ["html"], run(), [row(host="a:!b; id", outcome="unknown", left="orphaned")])
    assert "rotate_user_passwords -e user_password_rotation_operation=resume" in text_of(tmp_path)


def test_users_who_were_not_reached_are_counted_with_the_cause(tmp_path: Path) -> None:
    customers = [Customer("contoso", "Contoso Ltd", declared=5, problem="the sign-in ended"), Customer("fabrikam")]
    write_report(str(tmp_path), ALL, run(hosts=["contoso", "fabrikam", "silent"]), [row()], customers)
    text = text_of(tmp_path)
    assert "4 users need a human" in text and "Not reached 4 users" in text and "the sign-in ended" in text
    assert "No report 1 customer" in text and "silent" in text
    last = cells(tmp_path)[-1]
    assert (last["outcome"], last["error"]) == ("not_reached", "4 users not reached: the sign-in ended")
    assert "- contoso: 4 users not reached: the sign-in ended" in (tmp_path / "report.md").read_text()


def test_a_plan_says_so_is_no_history_and_does_not_hide_the_run(tmp_path: Path) -> None:
    write_report(str(tmp_path), ALL, run("real"), [row("a@x", "applied")])
    write_report(str(tmp_path), ALL, run("plan", plan=True), [row("a@x", "would_reset", changed=True)])
    assert "This is a plan: nothing was sent." in text_of(tmp_path)
    assert "1 would change" in (tmp_path / "report.md").read_text()
    assert [line["run"] for line in lines(tmp_path / "history.jsonl")] == ["real"]
    assert lines(tmp_path / "data" / "run.jsonl")[0]["run"]["id"] == "real"


def test_what_policy_leaves_out_needs_no_human(tmp_path: Path) -> None:
    rows = [row("a@x", "excluded", message="left out by policy: federated")]
    write_report(str(tmp_path), ["html", "md"], run(), rows)
    assert "Nothing needs a human" in text_of(tmp_path) and "Left out by policy 1 user" in text_of(tmp_path)
    markdown = " ".join((tmp_path / "report.md").read_text().split())
    assert "0 unchanged or deferred, 1 left out by policy, 0 failed, of which 0 unknown." in markdown


def test_passwords_are_counted_by_age_and_by_what_is_overdue(tmp_path: Path) -> None:
    ages = {"a": "2026-11-27", "b": "2026-10-01", "c": "2025-01-01", "d": None}
    rows = [row(user, set_at=day and f"{day}T00:00:00+00:00") for user, day in ages.items()]
    rows[0]["next_due"] = "2026-11-28T09:00:00+00:00"
    write_report(str(tmp_path), ["html"], run(), rows)
    text = text_of(tmp_path)
    assert "up to 30 days 1 31 to 90 days 1 91 to 180 days 0 181 to 365 days 0 over a year 1 not known 1" in text
    assert "1 overdue" in text


def test_the_page_says_below_the_outcome_whether_sessions_were_ended(tmp_path: Path) -> None:
    rows = [row("a@x", "applied", sessions_revoked=True), row("b@x", "applied", sessions_revoked=False), row("c@x")]
    write_report(str(tmp_path), ["html"], run(), rows)
    column = next(column for column in data_of(tmp_path)["columns"] if column["key"] == "sessions_revoked")
    said = [column["words"].get(value, value) for value in column_of(tmp_path, "sessions_revoked")]
    assert column["below"] == "outcome" and sorted(said) == ["", "sessions ended", "sessions not ended"]


def test_a_run_without_users_has_a_report(tmp_path: Path) -> None:
    write_report(str(tmp_path), ALL, run(hosts=["contoso"]), [], [Customer("contoso", "Contoso Ltd")])
    assert "Nothing needs a human" in text_of(tmp_path) and "1 customer · 0 users" in text_of(tmp_path)
    assert "| no users |" in (tmp_path / "report.md").read_text() and cells(tmp_path) == []


# Parts of a run


def test_parts_of_a_run_come_together(tmp_path: Path) -> None:
    for number in range(3):
        part = row(f"user@{number}", "applied", host=f"customer-{number}", customer=f"Customer {number}")
        write_report(str(tmp_path), ALL, run(throttled=1), [part])
    assert column_of(tmp_path, "user") == ["user@0", "user@1", "user@2"]
    assert len(cells(tmp_path)) == 3 and "throttled 3 times" in text_of(tmp_path)
    (line,) = lines(tmp_path / "history.jsonl")
    assert (line["customers"], line["users"], line["set"]) == (3, 3, 3)


def test_another_run_begins_anew(tmp_path: Path) -> None:
    write_report(str(tmp_path), ALL, run("first"), [row("a@x", "applied"), row("b@x", "applied")])
    write_report(str(tmp_path), ALL, run("second"), [row("a@x")])
    assert len(cells(tmp_path)) == 1
    assert [line["set"] for line in lines(tmp_path / "history.jsonl")] == [2, 0]


def test_the_newest_part_of_a_customer_counts(tmp_path: Path) -> None:
    write_report(str(tmp_path), ["csv"], run(), [row("a@x", "rejected"), row("b@x", host="other")])
    write_report(str(tmp_path), ["csv"], run(), [row("a@x", "applied")])
    assert {line["user_principal_name"]: line["outcome"] for line in cells(tmp_path)} == {
        "a@x": "applied",
        "b@x": "unchanged",
    }


def test_a_host_with_several_customers_in_a_loop_keeps_them_apart(tmp_path: Path) -> None:
    for name in ("Contoso", "Fabrikam"):
        write_report(str(tmp_path), ALL, run(), [row("a@x", host="localhost", customer=name)])
    assert column_of(tmp_path, "customer") == ["localhost Contoso", "localhost Fabrikam"]


def test_slices_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        write_report(str(tmp_path), ALL, run(), [row(f"user@{number}", host=f"customer-{number}")])

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cells(tmp_path)) == 8


@pytest.mark.parametrize("content", ["", "\n", "no json\n", "[]\n", '{"run": 1}\n', '{"run": {"id": "this-run"}}\n'])
def test_data_of_another_hand_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    for name in ("run.jsonl", "failing.jsonl"):
        (tmp_path / "data" / name).write_text(content)
    write_report(str(tmp_path), ["csv"], run(), [row("a@x", "rejected")])
    assert len(cells(tmp_path)) == 1


# What the folder remembers


def test_since_when_a_user_fails_is_kept_over_runs(tmp_path: Path) -> None:
    failed = [row("a@x", "rejected"), row("b@x", "rejected")]
    write_report(str(tmp_path), ALL, run("first"), failed)
    write_report(str(tmp_path), ALL, run("second", **LATER), [*failed, row("c@x", "rejected")])
    since = dict(zip(column_of(tmp_path, "user"), column_of(tmp_path, "failing_since"), strict=True))
    assert since == {"a@x": run().started, "b@x": run().started, "c@x": LATER["started"]}
    assert data_of(tmp_path)["new"] == [2] and "1 user did not fail in the run before" in text_of(tmp_path)
    write_report(str(tmp_path), ALL, run("third", **LATER), [row("a@x", "applied")])
    write_report(str(tmp_path), ALL, run("fourth", **LATER), failed)
    since = dict(zip(column_of(tmp_path, "user"), column_of(tmp_path, "failing_since"), strict=True))
    assert since == {"a@x": LATER["started"], "b@x": run().started}


def test_nobody_is_new_in_the_first_run_and_a_plan_changes_nothing(tmp_path: Path) -> None:
    write_report(str(tmp_path), ["html"], run("plan", plan=True), [row("a@x", "rejected")])
    assert not (tmp_path / "data" / "failing.jsonl").exists()
    write_report(str(tmp_path), ["html"], run("first"), [row("a@x", "rejected")])
    assert data_of(tmp_path)["new"] == []


def test_the_history_of_the_first_release_is_drawn_and_kept(tmp_path: Path) -> None:
    old = (
        '{"run": "old", "started": "2026-10-01T00:00:00+00:00", "operation": "rotate", "customers": 1, "users": 9, '
        '"set": 9, "unchanged": 0, "deferred": 0, "rejected": 0, "unknown": 0, "not_reached": 0}'
    )
    strange = '{"run": "strange", "started": "x", "operation": "y", "users": "many"}'
    (tmp_path / "history.jsonl").write_text(f"{old}\nno json\n{strange}\n")
    write_report(str(tmp_path), ["html"], run(), [row()])
    assert (tmp_path / "history.jsonl").read_text().startswith(f"{old}\nno json\n{strange}\n")
    assert "The last 2 runs whose report is in this folder" in text_of(tmp_path)


# Size


def work(place: Path, users: int) -> int:
    """Return the number of function calls for a report of so many users, which is the same on every machine."""
    rows = [
        row(f"user-{number}@x", "rejected" if number % 20 == 0 else "unchanged", host=f"customer-{number // 100}")
        for number in range(users)
    ]
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        write_report(str(place), ALL, run(), rows)
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_grows_as_the_users_do_and_no_faster(tmp_path: Path) -> None:
    work(tmp_path / "first", 100)  # what is compiled once
    few, many = work(tmp_path / "few", 1000), work(tmp_path / "many", 4000)
    each = (many - few) / 3000
    assert each < 1.1 * few / 1000, "more for each further user than for the first ones"
    assert each < 600, f"{each:.0f} calls for each user"


def test_the_page_lists_the_customers_that_need_somebody_first_and_counts_the_last(tmp_path: Path) -> None:
    rows = [row(f"a@{number}", host=f"customer-{number:04}") for number in range(1100)]
    rows.append(row("b@x", "rejected", host="urgent"))
    write_report(str(tmp_path), ["html"], run(), rows)
    page = (tmp_path / "index.html").read_text()
    assert page.count('href="#customer=') == 1000 and page.index("#customer=urgent") < page.index("#customer=customer")
    assert "and 101 customers more" in text_of(tmp_path)


def test_what_repeats_is_written_once_in_the_page(tmp_path: Path) -> None:
    cause = "the same long cause for everybody" * 10
    write_report(str(tmp_path), ["html"], run(), [row(f"user-{n}@x", "rejected", error=cause) for n in range(400)])
    assert (tmp_path / "index.html").read_text().count(cause) == 2
