"""A real Kubernetes API, a real Velero and a real object store, as processes on this machine.

Read on in the order in which things happen:

- `tools`: the binaries, built from Go modules once per machine.
- `processes`, `watchdog`: child processes with a log each, none of which outlives its owner.
- `control_plane`: etcd, kube-apiserver, kube-controller-manager.
- `object_store`: an S3 server, also with TLS from a private certificate authority.
- `own_network`: a network for each cluster where several run side by side.
- `kubelet`, `velero_pod`, `pod_status`: what stands in for a node.
- `lifecycle`, `modeloperator`: how an application goes on each Juju, and what Juju has at work in
  its namespace: the webhook that labels, and the deletion by labels.
- `cluster`: all of it as one context manager; `detached` ends one that was left running.

What is real: the API server, its controllers, `velero` (client and server), its plugins, the S3
server. What stands in: the kubelet, see there; and Juju, see `juju`.
"""
