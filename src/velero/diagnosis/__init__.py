"""Why it does not work, in one answer.

::

    cluster, CLI, store ── gather.py ──▶ Evidence, in which no secret is left (redact.py)
    Evidence ── findings.py, meanings.py ──▶ [Finding] ── report.py ──▶ text
    Evidence, text ── bundle.py ──▶ a compressed archive for whoever is asked for help

Only ``gather.py`` does I/O. What it cannot reach it says, and goes on with the rest.
"""
