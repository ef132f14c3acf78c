"""The objects of Velero itself: definitions, server, node agent, rights, repository password.

`manifests` says what they should be, `definitions` and `repository_password` make what must never
be lost, `permission` lets the pods run; `ownership` and `checks` say what is wrong with them,
`pods` why a pod does not run. `custody` marks what is ours, for every room above.
"""
