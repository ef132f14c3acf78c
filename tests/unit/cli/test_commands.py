"""Which commands `run` passes on."""

import pytest

from velero.cli.commands import parse
from velero.errors import Refused


@pytest.mark.parametrize(
    ("typed", "argv"),
    [
        ("backup get", ["backup", "get"]),
        ("velero backup get", ["backup", "get"]),
        ("backups list", ["backup", "get"]),
        ("backup get -o json", ["backup", "get", "--output=json"]),
        ("backup get -ojson", ["backup", "get", "--output=json"]),
        ("backup describe b1 --details", ["backup", "describe", "b1", "--details"]),
        ("backup delete b1", ["backup", "delete", "b1", "--confirm"]),
        ("backup delete b1 --confirm", ["backup", "delete", "b1", "--confirm"]),
        (
            "schedule create s1 --schedule '0 2 * * *'",
            ["schedule", "create", "s1", "--schedule=0 2 * * *"],
        ),
        (
            "backup create b1 --include-namespaces a,b --selector 'app in (x, y)'",
            ["backup", "create", "b1", "--include-namespaces=a,b", "--selector=app in (x, y)"],
        ),
        (
            "backup create b1 --snapshot-volumes=false",
            ["backup", "create", "b1", "--snapshot-volumes=false"],
        ),
        ("restore create --from-backup b1", ["restore", "create", "--from-backup=b1"]),
        ("backup create --help", ["backup", "create", "--help"]),
    ],
)
def test_what_is_allowed_is_passed_on_in_one_form(typed: str, argv: list[str]) -> None:
    assert list(parse(typed).argv) == argv


@pytest.mark.parametrize("flag", ["--wait", "-w", "--wait=true"])
def test_wait_is_ours_to_honour(flag: str) -> None:
    command = parse(f"backup create b1 {flag}")
    assert command.wait
    assert list(command.argv) == ["backup", "create", "b1"]
    assert command.names == ("b1",)


@pytest.mark.parametrize(
    ("flags", "waits"),
    [
        ("--wait=false", False),
        ("--wait=0", False),
        ("--wait=1", True),
        ("--wait=TRUE", True),
        ("--wait --wait=false", False),
        ("--wait=F -w", True),
        ("-w=true", True),
        ("-w=f", False),
        ("-wo json", True),
    ],
)
def test_wait_is_what_is_said_last_in_go_s_words(flags: str, *, waits: bool) -> None:
    command = parse(f"backup create b1 {flags}")
    assert command.wait is waits
    assert not any(word.startswith("--wait") for word in command.argv)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("velero", "empty"),
        ("backup create 'b1", "close every quote"),
        ("backup create b1 --ttl", "--ttl needs a value"),
        ("backup create bäckup", "ASCII"),
        ("backup create b1 \x00", "control characters"),
        ("install", "'install' is not run"),
        ("uninstall --force", "backup, restore, schedule"),
        ("backup-location delete default --confirm", "'backup-location' is not run"),
        ("backup download b1", "'backup download' is not run"),
        ("backup creat b1", "did you mean 'backup create'?"),
        ("create backup b1", "written 'backup create'"),
        ("backup", "'backup ' is not run"),
        ("backup create b1 --kubeconfig /etc/passwd", "leads to another cluster"),
        ("backup create b1 -n other", "leaves the model"),
        ("backup create b1 -nother", "leaves the model"),
        ("backup create b1 --namespace=other", "leaves the model"),
        ("backup delete --all", "acts on more than you name"),
        ("backup delete -l app=x", "acts on more than you name"),
        ("backup delete", "needs a name"),
        ("backup logs", "needs a name"),
        ("schedule pause --all", "acts on more than you name"),
        ("backup describe b1 --cacert=/x", "reads a file of the charm"),
        ("backup logs b1 --insecure-skip-tls-verify", "TLS verification"),
        ("backup get --log_file=/tmp/x", "--log_file is not taken"),
        ("backup create b1 --incldue-namespaces a", "did you mean --include-namespaces?"),
        ("backup create b1 --", "A lone -- has no meaning"),
        ("backup create -- b1", "A lone -- has no meaning"),
        ("backup create b1 -v 9", "write flags in their long form"),
        ("backup create Big_Name", "is no name of a backup"),
        ("backup create ../../etc", "is no name of a backup"),
        ("backup create b1 b2", "takes one name, not 2"),
        ("backup delete b1 --confirm=false", "deletes nothing"),
        ("backup delete b1 --confirm --confirm=0", "deletes nothing"),
        ("backup delete b1 --confirm=banana", "--confirm=true or --confirm=false"),
        ("backup create b1 --wait=banana", "neither on nor off"),
        ("backup create b1 --wait=", "neither on nor off"),
        ("backup create b1 -w=", "'-=' is no flag"),
        ("backup create b1 -wn other", "leaves the model"),
        ("backup create b1 -wx", "'-x' is no flag"),
        ("backup delete b1 -w", "--wait is not taken"),
        ("backup create b1 --snapshot-volumes=maybe", "neither on nor off"),
        ("backup create -", "is no name"),
        ("backup create ''", "is no name"),
        ("--wait backup create b1", "'--wait' is not run"),
        ("schedule pause s1 --skip-immediately", "needs a value"),
        ("schedule pause --skip-immediately s1", "neither on nor off"),
    ],
)
def test_everything_else_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(typed)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_refusal_of_a_long_word_is_short() -> None:
    with pytest.raises(Refused) as refused:
        parse("x" * 200_000)
    assert len(str(refused.value)) < 200
