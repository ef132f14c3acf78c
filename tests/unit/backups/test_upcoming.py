"""When a schedule is due next."""

import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from velero.backups import cadence, upcoming
from velero.kubernetes.resources import Object

KEYS = st.sampled_from(
    ["metadata", "spec", "status", "schedule", "paused", "creationTimestamp", "lastBackup"]
)
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


CALENDAR = st.datetimes(timezones=st.just(dt.UTC))
ATOM = st.sampled_from(["0", "5", "31", "59", "99999999999", "9" * 400, "*", "?", "mon", "Dec"])
VALID = st.sampled_from(
    [
        "0 2 * * 1-5",
        "*/20 8-9 13 feb fri",
        "0 0 30 2 *",
        "@every 1h30m",
        "@every 80000000h",
        "CRON_TZ=Europe/Paris 30 2 * * *",
        "TZ=America/St_Johns @daily",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """An expression into which something else was put at some places."""
    text = draw(VALID)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        put = draw(ATOM | st.sampled_from(["-", "/", ",", " ", "@every ", "TZ="]) | st.text())
        text = text[:at] + put + text[at + cut :]
    return text


CRON = st.text(alphabet="*/,-0123 @every.hs\u00b5", max_size=40)
HOSTILE = mutated() | st.text(max_size=30) | CRON


@settings(max_examples=500, deadline=20_000)
@example("0-99999999999 * * * *", SATURDAY)
@example("99999999999-0 * * * *", SATURDAY)
@example("0/99999999999 * * * *", SATURDAY)
@example("@every 80000000h", SATURDAY)
@example(f"@every {'9' * 1000}h", SATURDAY)
@example("@every 2562047h", dt.datetime.max.replace(tzinfo=dt.UTC))
@example("* * * * *", dt.datetime.max.replace(tzinfo=dt.UTC))
@example("CRON_TZ=Asia/Tokyo * * * * *", dt.datetime.max.replace(tzinfo=dt.UTC))
@example("CRON_TZ=America/New_York * * * * *", dt.datetime.min.replace(tzinfo=dt.UTC))
@example(f"{'0,' * 500_000}0 * * * *", SATURDAY)
@given(HOSTILE, CALENDAR)
def test_no_text_is_an_error_or_takes_long(text: str, moment: dt.datetime) -> None:
    found = upcoming.after(text, moment)
    assert found is None or found > moment.replace(microsecond=0)
    gap = cadence.longest_gap(text)
    assert gap is None or gap > dt.timedelta()


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "0-60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "*/60 * * * *",
        "*/0 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "-1 * * * *",
        "1_0 * * * *",
        "\u0663 * * * *",
        ", * * * *",
        "* * *-L * *",
        "* * * * *-#",
        "* * * * * *",
        "@manual",
        "@Daily",
        "@every",
        "@every1h",
        "@every 1h banana",
        "@every 500ms",
        "@every -1h",
        "@every 2562048h",
        "TZ=UTC",
        "TZ=../x 0 2 * * *",
        "TZ=Nowhere/Land 0 2 * * *",
    ],
)
def test_what_the_parser_refuses_is_never_due(refused: str) -> None:
    assert upcoming.read(refused) is None
    assert upcoming.after(refused, SATURDAY) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | mutated(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, ANYTHING))
def test_no_object_is_an_error(schedule: Object) -> None:
    found = upcoming.due(schedule)
    assert found is None or found.tzinfo is dt.UTC


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
