"""What the charm tells Prometheus and Grafana: `endpoints` publishes, the rest is pure.

::

    Desired + Observed ── watched (cadence, when each is late) ──▶ [Watched]
    [Watched] ── rules, targets, panels (pure) ──▶ JSON ── endpoints ──▶ databags
"""
