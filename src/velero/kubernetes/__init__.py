"""The only Kubernetes client, and what an object is to it.

For all rooms: `cluster` (read, write, watch), `resources` (kinds and names), `names` (the gate of
every path), `live` (objects as last seen, and the writing of them), `difference` (would applying
change it?), `juju` (what Juju puts on objects and takes with them), `operations` (what is in
progress), `discovery`, `stream`. Of this room alone: `transport`, `answers`.
"""
