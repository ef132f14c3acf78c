"""The libraries' validators agree with the parsers Velero itself uses.

`tools/grammar` holds those parsers; a value goes to it and to the validator, and both must give
the same verdict.
"""

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from charms.velero_libs.v0 import velero_backup_config as lib
from velero.backups import upcoming

TOOLS = Path(__file__).parents[2] / "tools"
Judge = Callable[[str, str], bool]


@pytest.fixture(scope="session")
def grammar_binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of tools/grammar; to be provided by whatever builds the other tools."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    binary = tmp_path_factory.mktemp("grammar") / "grammar"
    build = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(binary)]
    subprocess.run([*build, "./grammar"], cwd=TOOLS, check=True, timeout=900)
    return binary


@pytest.fixture(scope="module")
def velero(ask: Callable[[str, str], str]) -> Judge:
    """Ask Velero's parser for its verdict on a value of some kind."""

    def judge(kind: str, text: str) -> bool:
        answer = ask(kind, text)
        assert answer.startswith(("valid", "invalid")), answer
        return answer.startswith("valid")

    return judge


@pytest.fixture(scope="module")
def next_run(ask: Callable[[str, str], str]) -> Callable[[str, int], int]:
    """Ask Velero's parser when a schedule is due after a moment, both in seconds since 1970."""

    def after(text: str, moment: int) -> int:
        return int(ask("next", f"{moment} {text}"))

    return after


@pytest.fixture(scope="module")
def ask(grammar_binary: Path) -> Iterator[Callable[[str, str], str]]:
    """Have one line answered."""
    with subprocess.Popen(
        [str(grammar_binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        asked, told = program.stdin, program.stdout
        assert asked is not None
        assert told is not None

        def answered(kind: str, text: str) -> str:
            asked.write(f"{kind}\t{json.dumps(text)}\n")
            asked.flush()
            return told.readline()

        yield answered


def accepted(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True


def mixed(*tokens: str, size: int = 8) -> st.SearchStrategy[str]:
    """Texts of these tokens, some of them with a stray character in between."""
    token = st.one_of(st.sampled_from(tokens), st.sampled_from(tokens), st.text(max_size=2))
    plain = st.lists(st.sampled_from(tokens), max_size=size)
    return st.one_of(plain, st.lists(token, max_size=size)).map("".join)


DURATIONS = mixed(*"0123456789", ".", "-", "+", "h", "m", "s", "ms", "us", "\u00b5s", "ns", " ")
LONG = st.tuples(
    st.integers(0, 2**65).map(str), st.sampled_from(["h", "m", "s", "ms", "us", "ns"])
).map("".join)


@settings(max_examples=3000, deadline=None)
@example("9223372036854775807ns")
@example("9223372036854775808ns")
@example("2562047h47m16.854775807s")
@example("2562047h47m16.854775808s")
@example(".5h")
@example("1.h")
@example("\u03bcs")
@given(text=st.one_of(DURATIONS, LONG).filter(lambda text: not {"d", "w"} & set(text)))
def test_durations(velero: Judge, text: str) -> None:
    assert accepted(lib.parse_duration, text) == velero("duration", text)


@settings(max_examples=1000, deadline=None)
@given(text=mixed(*"0123456789", ".", "d", "w", "h", "m", "s"))
def test_a_normalized_duration_is_one_of_the_same_length(velero: Judge, text: str) -> None:
    if accepted(lib.normalize_duration, text):
        normal = lib.normalize_duration(text)
        assert velero("duration", normal)
        assert lib.parse_duration(normal) == lib.parse_duration(text)


NUMBERS = st.integers(0, 75).map(str)
ATOMS = st.one_of(
    NUMBERS,
    NUMBERS,
    st.sampled_from(["*", "?", "", "mon", "SUN", "feb", "+3", "007", "L", "W", "H", "9" * 20]),
)


@st.composite
def cron_items(draw: st.DrawFn) -> str:
    ends = draw(st.lists(ATOMS, min_size=1, max_size=3))
    step = draw(st.one_of(st.none(), st.none(), st.integers(0, 70).map(str), ATOMS))
    return "-".join(ends) if step is None else f"{'-'.join(ends)}/{step}"


def cron_fields(low: int, high: int, *names: str) -> st.SearchStrategy[str]:
    """Mostly valid fields, so that whole schedules often are."""
    atom = st.one_of(st.integers(low, high).map(str), st.sampled_from(["*", *names]))
    span = st.tuples(atom, atom).map("-".join)
    stepped = st.tuples(span, st.integers(1, 5).map(str)).map("/".join)
    wild = cron_items()
    item = st.one_of(atom, atom, span, stepped, wild)
    return st.one_of(st.just("*"), st.lists(item, min_size=1, max_size=3).map(",".join))


FIELDS = st.tuples(
    cron_fields(0, 59),
    cron_fields(0, 23),
    cron_fields(1, 31),
    cron_fields(1, 12, "jan", "Feb"),
    cron_fields(0, 7, "sun", "FRI"),
).map(" ".join)
ZONES = st.sampled_from(
    [
        "",
        "",
        "",
        "TZ=UTC ",
        "CRON_TZ=Europe/Paris ",
        'TZ="Asia/Tokyo" ',
        "TZ=X ",
        "TZ= ",
        "TZ=../x ",
    ]
)
DESCRIPTORS = mixed(
    "@", "daily", "@hourly", "@manual", "@every ", "1h", "30m", "0.5s", " ", "-", "2d", size=4
)
NOISE = mixed("0", "*", " ", "\t", "1-5", "\x1c", "\xa0", ",", "/", "@daily", "TZ=UTC", size=12)


@settings(max_examples=3000, deadline=None)
@example("0 0 29 2 *")
@example("0 0 29 2 1")
@example("0 0 31 4,6,9,11 *")
@example("0 0 13 6 fri")
@example("62-5/3 * * * *")
@example("70-5/2,3 * * * *")
@example("*-L * * * *")
@example("* * *-L * *")
@example("* * * * *-#")
@example("TZ=UTC \x1c@daily")
@given(text=st.builds(str.__add__, ZONES, st.one_of(FIELDS, FIELDS, DESCRIPTORS, NOISE)))
def test_schedules(velero: Judge, text: str) -> None:
    if not accepted(lib.normalize_schedule, text):
        assert not velero("schedule", text)
        return
    normal = lib.normalize_schedule(text)
    assert velero("schedule", normal)
    # Days and weeks are ours; anything else goes to Velero as it was written.
    assert normal == text or "@every" in text


@settings(max_examples=3000, deadline=None)
@example("CRON_TZ=Europe/Paris 30 2 * * *", 1806110000)
@example("CRON_TZ=Europe/Paris 30 2 * * *", 1824857000)
@given(
    text=st.builds(str.__add__, ZONES, st.one_of(FIELDS, DESCRIPTORS)),
    moment=st.integers(1_790_000_000, 1_860_000_000),
)
def test_next_runs(next_run: Callable[[str, int], int], text: str, moment: int) -> None:
    if not accepted(lib.normalize_schedule, text) or not text.isascii():
        return
    normal = lib.normalize_schedule(text)
    ours = upcoming.after(normal, dt.datetime.fromtimestamp(moment, dt.UTC))
    assert ours is not None
    assert int(ours.timestamp()) == next_run(normal, moment)


@settings(max_examples=3000, deadline=None)
@example("62-5/3 * * * *", 1806110000)
@example("0-99999999999 * * * *", 1806110000)
@example("* * *-L * *", 1806110000)
@example("TZ=UTC \x1c@daily", 1806110000)
@example("@every 2562047h47m16.854775807s", 1806110000)
@example("@every 2562047h47m16.854775808s", 1806110000)
@given(
    text=st.builds(str.__add__, ZONES, st.one_of(FIELDS, DESCRIPTORS, DESCRIPTORS, NOISE)),
    moment=st.integers(1_790_000_000, 1_860_000_000),
)
def test_whatever_a_schedule_says_is_due_when_velero_says(
    next_run: Callable[[str, int], int], text: str, moment: int
) -> None:
    ours = upcoming.after(text, dt.datetime.fromtimestamp(moment, dt.UTC))
    assert (int(ours.timestamp()) if ours else -1) == max(next_run(text, moment), -1)


GLOBS = mixed("a", "z", "0", "-", "*", "?", "[", "]", "[a-c]", "[xy]", ".", "A", "{", ",", "!")


@settings(max_examples=5000, deadline=None)
@example("a" * 63)
@example("a" * 64)
@example("[a-z0-9]")
@example("[c-a]")
@example("[a-]")
@example("[-a]")
@example("[---]")
@example("[[a-]")
@given(text=GLOBS.filter(bool))
def test_namespaces(velero: Judge, text: str) -> None:
    assert accepted(lib.check_namespace, text) == velero("namespace", text)


@settings(max_examples=2000, deadline=None)
@given(text=GLOBS)
def test_a_resource_type_we_accept_compiles(velero: Judge, text: str) -> None:
    if accepted(lib.check_resource, text):
        assert velero("resource", text)


NAMES = mixed("a", "Z", "9", "-", "_", ".", "/", "a" * 31, "b.c", size=10)


@settings(max_examples=5000, deadline=None)
@example("a" * 63)
@example("a" * 64)
@example("a" * 253 + "/b")
@example("a" * 254 + "/b")
@given(text=NAMES)
def test_labels(velero: Judge, text: str) -> None:
    key = accepted(lambda text: lib.check_labels({text: ""}), text)
    value = accepted(lambda text: lib.check_labels({"app": text}), text)
    assert key == velero("label-key", text)
    assert value == velero("label-value", text)
