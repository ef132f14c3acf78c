"""What is not the API server's answer to a request, and has to be waited for all the same."""

import pytest
from lightkube.core.exceptions import ConfigError

from velero.errors import Unreachable
from velero.kubernetes.answers import translated


def test_a_token_that_is_away_while_it_is_renewed_is_waited_for() -> None:
    with (
        pytest.raises(Unreachable, match="Could not list pods: Kubernetes API: Token file /t"),
        translated("list pods"),
    ):
        raise ConfigError("Token file /t not found")
