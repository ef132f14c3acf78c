"""Watching one object: a bound that holds, whatever the API server and the way to it do."""

import threading
import time
from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster as Local
from tests.cluster.proxy import ApiProxy, Fault
from tests.functional.api import Api, Object

from velero.errors import Unreachable
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import WATCHES, Cluster
from velero.kubernetes.live import Live

NAME = "watched"
SLACK = 3.0
"""Seconds that a machine may be slow; hanging would be for ever."""


@pytest.fixture
def api(cluster: Local, namespace: str) -> Iterator[Api]:
    api = Api(cluster, namespace)
    api.create("Secret", {"metadata": {"name": NAME}})
    yield api
    api.close()


@pytest.fixture
def charm(
    cluster: Local, proxy: ApiProxy, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> Cluster:
    """The charm's client, through the proxy."""
    monkeypatch.setenv("KUBECONFIG", str(proxy.kubeconfig(cluster.admin_token)))
    return Cluster(namespace)


def change(api: Api, value: str, after: float = 0.5) -> threading.Timer:
    """Change the object a little later."""
    labels: Object = {"metadata": {"labels": {"value": value}}}
    timer = threading.Timer(after, api.patch, ("Secret", NAME, labels))
    timer.start()
    return timer


def is_two(obj: Object) -> bool:
    return obj.get("metadata", {}).get("labels", {}).get("value") == "2"


def test_a_quiet_watch_ends_at_its_deadline(api: Api, charm: Cluster) -> None:
    started = time.monotonic()
    seen = list(charm.watch(k8s.SECRET, NAME, 2))
    assert 1 < time.monotonic() - started < 2 + SLACK
    assert [obj["metadata"]["name"] for obj in seen] == [
        api.get("Secret", NAME)["metadata"]["name"]
    ]


@pytest.mark.usefixtures("api")
def test_a_busy_watch_ends_at_its_deadline(api: Api, charm: Cluster) -> None:
    timers = [change(api, str(n), n / 10) for n in range(60)]
    started = time.monotonic()
    assert charm.wait_until(k8s.SECRET, NAME, lambda _: False, 2) is None
    assert time.monotonic() - started < 2 + SLACK
    for timer in timers:
        timer.cancel()
        timer.join()


def test_no_time_at_all_is_one_look(api: Api, charm: Cluster) -> None:
    assert len(list(charm.watch(k8s.SECRET, NAME, 0))) == 1
    assert len(list(charm.watch(k8s.SECRET, NAME, -5))) == 1
    assert api.find("Secret", NAME)


def test_a_change_is_seen_when_it_comes(api: Api, charm: Cluster) -> None:
    timer = change(api, "2")
    started = time.monotonic()
    assert charm.wait_until(k8s.SECRET, NAME, is_two, 30)
    assert time.monotonic() - started < 0.5 + SLACK
    timer.join()


@pytest.mark.usefixtures("api")
def test_what_is_not_there_or_goes_ends_the_watch(api: Api, charm: Cluster) -> None:
    assert list(charm.watch(k8s.SECRET, "no-such", 30)) == [{}]
    timer = threading.Timer(0.5, api.delete, ("Secret", NAME))
    timer.start()
    assert list(charm.watch(k8s.SECRET, NAME, 30))[-1] == {}
    timer.join()


@pytest.mark.parametrize("fault", ["reset", "truncated", "not-json", 410, 429, 500, 503])
def test_a_watch_that_breaks_off_is_taken_up_again(
    api: Api, charm: Cluster, proxy: ApiProxy, fault: Fault
) -> None:
    timer = change(api, "2")
    proxy.fail_at(2, fault)
    assert charm.wait_until(k8s.SECRET, NAME, is_two, 30)
    timer.join()
    assert [request.fault for request in proxy.requests if request.fault] == [str(fault)]


@pytest.mark.usefixtures("api")
def test_a_watch_that_never_works_ends_as_an_error(charm: Cluster, proxy: ApiProxy) -> None:
    for n in range(WATCHES):
        proxy.fail_at(2 * n + 2, 503)
    with pytest.raises(Unreachable, match="watch Secret watched"):
        list(charm.watch(k8s.SECRET, NAME, 30))


@pytest.mark.usefixtures("api")
def test_an_api_server_that_goes_away_ends_the_watch(charm: Cluster, proxy: ApiProxy) -> None:
    timer = threading.Timer(0.5, proxy.down)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Unreachable):
        list(charm.watch(k8s.SECRET, NAME, 60))
    assert time.monotonic() - started < 30
    timer.join()


@pytest.mark.usefixtures("api")
def test_silence_instead_of_an_answer_ends_at_the_deadline(
    charm: Cluster, proxy: ApiProxy
) -> None:
    proxy.fail_at(2, "timeout")
    started = time.monotonic()
    assert charm.wait_until(k8s.SECRET, NAME, is_two, 2) is None
    assert time.monotonic() - started < 2 + SLACK


def test_a_watch_without_any_answer_is_begun_again_long_before_its_deadline(
    api: Api, charm: Cluster, proxy: ApiProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("velero.kubernetes.cluster.REQUEST_TIMEOUT", 0.5)
    timer = change(api, "2", after=2)
    proxy.fail_at(2, "timeout")
    assert charm.wait_until(k8s.SECRET, NAME, is_two, 30)
    timer.join()
    assert [request.verb for request in proxy.requests] == ["get", "watch", "get", "watch"]


def test_an_object_that_goes_while_it_is_waited_for_is_gone_for_the_rest_of_the_hook(
    api: Api, charm: Cluster
) -> None:
    seen = charm.get(k8s.SECRET, NAME)
    assert seen
    live = Live(charm, {("Secret", NAME): seen}, 30)
    timer = threading.Timer(0.5, api.delete, ("Secret", NAME))
    timer.start()
    live.wait(k8s.SECRET, NAME, lambda obj: obj["metadata"]["name"] == "another")
    timer.join()
    assert live.get(k8s.SECRET, NAME) is None


@pytest.mark.usefixtures("api")
def test_a_404_that_names_nothing_is_no_word_on_what_there_is(
    charm: Cluster, proxy: ApiProxy
) -> None:
    asks = (
        lambda: charm.get(k8s.SECRET, NAME),
        lambda: charm.list(k8s.SECRET),
        lambda: [*charm.iterate(k8s.BACKUP)],
        lambda: charm.delete(k8s.SECRET, NAME),
    )
    for ask in asks:
        proxy.fail_at(1, 404)
        with pytest.raises(Unreachable, match="Could not"):
            ask()
    assert charm.get(k8s.SECRET, "no-such") is None
    assert charm.get(k8s.SECRET, NAME)


@pytest.mark.usefixtures("api")
def test_an_error_within_a_watch_starts_it_again(
    charm: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    get, calls = charm.get, list[str]()

    def old(kind: k8s.Kind, name: str) -> Object | None:
        """The object as if read so long ago that its version is forgotten."""
        calls.append(name)
        obj = get(kind, name)
        if obj and len(calls) == 1:
            obj["metadata"]["resourceVersion"] = "1"
        return obj

    monkeypatch.setattr(charm, "get", old)
    assert charm.wait_until(k8s.SECRET, NAME, lambda _: len(calls) == 2, 30)
