"""The longest time from one run of a schedule to the next."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from velero.backups import cadence, upcoming

HOUR = 3600
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("* * * * *", 60),
        ("*/7 * * * *", 7 * 60),
        ("@hourly", HOUR),
        ("@every 1h30m", 90 * 60),
        ("TZ=Asia/Tokyo @every 5m", 300),
        ("0 2 * * *", DAY),
        ("0 2,14 * * *", DAY // 2),
        ("0 22-2/2 * * *", 20 * HOUR),
        ("0 2 * * mon-fri", 3 * DAY),
        ("0 2 * * mon,thu", 4 * DAY),
        ("@weekly", 7 * DAY),
        ("@monthly", 31 * DAY),
        ("0 0 31 * *", 61 * DAY),
        ("@yearly", 366 * DAY),
        ("0 0 29 2 *", 1461 * DAY),
        ("0 0 13 * fri", 427 * DAY),
        # Where clocks change, a day has 23 or 25 hours
        ("CRON_TZ=Asia/Tokyo 0 2 * * *", DAY),
        ("CRON_TZ=Europe/Berlin 30 3 * * *", 25 * HOUR),
        ("CRON_TZ=Europe/Berlin 0 0,12 * * *", 13 * HOUR),
        ("CRON_TZ=Europe/Berlin 30 2 * * *", 47 * HOUR),  # there is no 02:30 when they go forward
        ("CRON_TZ=Europe/Berlin 30 2 * * mon", 7 * DAY + HOUR),
    ],
)
def test_the_longest_gap(expression: str, seconds: int) -> None:
    assert cadence.longest_gap(expression) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("expression", ["", "nonsense", "0 0 30 2 *", "0 0 29 2 mon"])
def test_what_does_not_run_twice_has_none(expression: str) -> None:
    assert cadence.longest_gap(expression) is None


FIELDS = st.tuples(
    st.sampled_from(["0", "*/20", "5,50", "59"]),
    st.sampled_from(["0", "2", "*/6", "3,22", "1-4"]),
    st.sampled_from(["*", "1", "31", "*/10", "1,15"]),
    st.sampled_from(["*", "2", "*/3", "6-8"]),
    st.sampled_from(["*", "mon-fri", "0", "3,6"]),
)
ZONES = st.sampled_from(["", "CRON_TZ=Europe/Paris ", "CRON_TZ=America/St_Johns "])


@settings(max_examples=60, deadline=None)
@given(ZONES, FIELDS, st.integers(min_value=0, max_value=5 * 365))
def test_no_two_runs_are_further_apart(zone: str, fields: tuple[str, ...], day: int) -> None:
    expression = zone + " ".join(fields)
    moment: dt.datetime | None = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=day)
    runs: list[dt.datetime] = []
    while moment and len(runs) < 40 and moment.year < 2090:  # 2100 has no leap day
        moment = upcoming.after(expression, moment)
        runs += [moment] if moment else []
    longest = cadence.longest_gap(expression)
    gaps = [later - sooner for sooner, later in itertools.pairwise(runs)]
    assert (longest is None and not gaps) or all(longest and gap <= longest for gap in gaps)
