"""The only readers of Juju's state: config, relations and secrets become `Desired`.

`reader` reads all of it; `storages` and `clients` read their endpoints; `databags` is the one
reader of what another side wrote; `claims` settles who holds an identity.
"""
