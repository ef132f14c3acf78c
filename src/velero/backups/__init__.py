"""Schedules, backups and restores: made, followed, listed, explained and deleted.

`schedules` turns clients into objects and back, `scheduling` writes them, `upcoming` and `cadence`
say when; `making` follows a run, `restores` says what one is to be, `catalogue` lists, `choosing`
takes the good one, `emptiness` says why one holds nothing, `results` reads what failed, `returned`
what came back, `deletion` deletes for good; `unreadable` finds what Velero itself cannot read.
"""
