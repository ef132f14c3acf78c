#!/usr/bin/env python3
"""An observer that takes what it is given: what the integration tests relate."""

import ops


class Observer(ops.CharmBase):
    """Is active."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.start, self._on_start)

    def _on_start(self, _: ops.StartEvent) -> None:
        self.unit.status = ops.ActiveStatus()


if __name__ == "__main__":  # pragma: no cover
    ops.main(Observer)
