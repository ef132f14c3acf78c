"""The only subprocess: the official velero CLI, and what of it the `run` action allows.

For all rooms: `process` runs it, `commands` checks what a person typed. Of this room alone:
`allowed`, the tables of commands and flags, and `capture`, which bounds what a process prints.
"""
