"""When a schedule is due next."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero import upcoming

SATURDAY = dt.datetime(2026, 11, 21, 13, 30, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "then"),
    [
        ("* * * * *", "2026-11-21T13:31:00"),
        ("@hourly", "2026-11-21T14:00:00"),
        ("@daily", "2026-11-22T00:00:00"),
        ("@weekly", "2026-11-22T00:00:00"),
        ("@monthly", "2026-12-01T00:00:00"),
        ("@yearly", "2027-01-01T00:00:00"),
        ("0 2 * * mon-fri", "2026-11-23T02:00:00"),
        ("0 2 * * 7", "2026-11-22T02:00:00"),
        ("*/20 8-9 * * *", "2026-11-22T08:00:00"),
        ("30 13 * * *", "2026-11-22T13:30:00"),
        ("0 22-2/2 * * *", "2026-11-21T22:00:00"),
        ("5/25 * * * *", "2026-11-21T13:55:00"),
        ("0 0 29 feb ?", "2028-02-29T00:00:00"),
        ("0 0 13 * fri", "2027-08-13T00:00:00"),
        ("@every 1h30m", "2026-11-21T15:00:15"),
        ("CRON_TZ=America/New_York 0 9 * * *", "2026-11-21T14:00:00"),
        ("TZ=UTC @daily", "2026-11-22T00:00:00"),
        # Clocks go from 02:00 to 03:00 there that day
        ("CRON_TZ=Europe/Paris 30 2 28 3 *", "2028-03-28T00:30:00"),
    ],
)
def test_the_next_run(expression: str, then: str) -> None:
    assert upcoming.after(expression, SATURDAY) == dt.datetime.fromisoformat(f"{then}+00:00")


@given(st.text(max_size=30) | st.text(alphabet="*/,-0123 @every", max_size=20))
def test_no_text_is_an_error(text: str) -> None:
    found = upcoming.after(text, SATURDAY)
    assert found is None or found > SATURDAY.replace(microsecond=0)


def test_a_schedule_counts_from_its_last_run() -> None:
    made = {"creationTimestamp": "2026-11-01T00:00:00Z"}
    spec = {"schedule": "@every 24h"}
    assert upcoming.due({"metadata": made, "spec": spec}) == dt.datetime(
        2026, 11, 2, tzinfo=dt.UTC
    )
    status = {"lastBackup": "2026-11-03T00:00:00Z", "lastSkipped": "2026-11-04T00:00:00Z"}
    schedule = {"metadata": made, "spec": spec, "status": status}
    assert upcoming.due(schedule) == dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
    assert upcoming.due(schedule | {"spec": spec | {"paused": True}}) is None
