"""Asking one thing after the other, and going on where there is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from velero.diagnosis.evidence import Missed
from velero.errors import ClusterError, Unreachable, VeleroError

T = TypeVar("T")
PATIENCE: Final = 2
"""Questions in a row that the API server may leave without an answer before the rest is not asked:
each may take as long as a request may."""


class Asking:
    """Asks, and notes what could not be asked.

    Attributes:
        missed: what there is no answer to.
        answered: whether the Kubernetes API gave any answer, a refusal included.
    """

    def __init__(self) -> None:
        self.missed: list[Missed] = []
        self.answered = False
        self._silent = 0

    @property
    def gone(self) -> bool:
        """Whether the Kubernetes API is not asked any more."""
        return self._silent >= PATIENCE

    def cluster(self, what: str, question: Callable[[], T], otherwise: T) -> T:
        """Ask the Kubernetes API.

        Args:
            what: what is asked for, in words.
            question: asks; may raise an error of ours.
            otherwise: the answer if there is none.
        """
        if self.gone:
            return otherwise
        try:
            answer = question()
        except Unreachable as error:
            self._silent += 1
            self.missed.append(Missed(what, str(error)))
            if self.gone:
                why = "not asked for, as the Kubernetes API does not answer"
                self.missed.append(Missed("everything else in the cluster", why))
            return otherwise
        except VeleroError as error:
            self.answered |= isinstance(error, ClusterError)
            self.missed.append(Missed(what, str(error)))
            return otherwise
        self.answered, self._silent = True, 0
        return answer

    def other(self, what: str, question: Callable[[], T], otherwise: T) -> T:
        """Ask something whose silence says nothing of the Kubernetes API: a node, the CLI."""
        if self.gone:
            return otherwise
        try:
            return question()
        except VeleroError as error:
            self.missed.append(Missed(what, str(error)))
            return otherwise
