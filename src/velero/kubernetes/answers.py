"""What the API server's answers mean: foreign errors become those of ``errors.py`` here."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Final

import httpx2
from lightkube import ApiError
from lightkube.core.exceptions import ConfigError

from velero.errors import ClusterError, Conflict, Forbidden, NotFound, Rejected, Unreachable
from velero.kubernetes.resources import Object

_BY_CODE: Final[Mapping[int, type[ClusterError]]] = {
    HTTPStatus.UNAUTHORIZED: Unreachable,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.GONE: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: Unreachable,
}

_LARGE: Final = ("request is too large", "larger than max")
"""What etcd and its client say of an object that is too large, which the API server answers with
a 500 (etcd api/v3rpc/rpctypes/error.go, ``ErrGRPCRequestTooLarge``; grpc-go stream.go)."""


@contextmanager
def translated(doing: str) -> Generator[None]:
    """Let only errors of ours out of a `with` block; their texts begin with what was done."""
    try:
        yield
    except httpx2.HTTPStatusError as error:
        raise _by_code(error)(f"Could not {doing}: {_said(error)}") from error
    except httpx2.HTTPError as error:
        text = str(error) or type(error).__name__
        raise Unreachable(f"Could not {doing}: Kubernetes API: {text}") from error
    except ConfigError as error:  # the token's file is away while it is renewed
        raise Unreachable(f"Could not {doing}: Kubernetes API: {error}") from error
    except ValueError as error:
        raise Unreachable(
            f"Could not {doing}: the answer of the Kubernetes API: {error}"
        ) from error


def _said(error: httpx2.HTTPStatusError) -> str:
    """The API server's words; a proxy's answer, or one for an unknown path, has only a code."""
    if isinstance(error, ApiError) and error.status.message:
        return error.status.message
    with suppress(ValueError, AttributeError, httpx2.StreamError):
        if message := error.response.json().get("message"):
            return str(message)
    return f"Kubernetes API: {error.response.status_code} {error.response.reason_phrase}"


def _by_code(error: httpx2.HTTPStatusError) -> type[ClusterError]:
    # An error within a watch is an event, which has no response
    code = error.status.code if isinstance(error, ApiError) else error.response.status_code
    if code == HTTPStatus.INTERNAL_SERVER_ERROR and any(words in _said(error) for words in _LARGE):
        return Rejected
    if code is None or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable
    if code == HTTPStatus.NOT_FOUND and not _means_absence(error):
        return Unreachable
    return _BY_CODE.get(code, Rejected)


def _means_absence(error: httpx2.HTTPStatusError) -> bool:
    """Whether a 404 is the API server's word on an object or a kind, and not one in between.

    It names the object that it does not have; a path that it does not know, it answers in plain
    text, and only once it knows all of them (kubernetes
    staging/src/k8s.io/apiserver/pkg/util/notfoundhandler/not_found_handler.go).
    """
    if isinstance(error, ApiError):
        return bool(error.status.details and error.status.details.name)
    with suppress(httpx2.ResponseNotRead):  # of a watch, which is begun again
        text = error.response.text.strip()
        return text == "404 page not found" or _names_an_object(error.response)
    return False


def _names_an_object(response: httpx2.Response) -> bool:
    with suppress(ValueError, AttributeError):
        details: Object = response.json().get("details") or {}
        return bool(details.get("name"))
    return False
