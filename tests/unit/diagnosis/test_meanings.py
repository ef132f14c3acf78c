"""Messages as they are said, and what the tables make of them."""

import pytest

from velero.diagnosis import meanings
from velero.diagnosis.meanings import TABLES

S3 = (
    'BackupStorageLocation "default" is unavailable: rpc error: code = Unknown desc = operation '
    "error S3: ListObjectsV2, https response error StatusCode: "
)
SAMPLES = {
    # Juju's side
    "Trust is missing; run: juju trust velero --scope=cluster": "may not look at",
    "Velero's definitions were deleted, and with them every object": "CustomResourceDefinitions",
    'Backup b keeps Velero from reading any Backup: spec.ttl "x" is no duration': "or none",
    "Location l has config.k, which this application did not set and leaves; if": "by hand",
    "The Kubernetes API refuses what it allowed before; Blocked if it": "refused once",
    "Missing storage: integrate azure-storage too; azure is only a login": "login for Azure",
    "Missing storage: integrate s3-credentials or gcs-credentials": "where backups go",
    "More than one storage: one (s3-credentials), two (s3-credentials)": "one store only",
    "Invalid storage data: s3-credentials: bucket: is missing": "cannot be used",
    "Invalid option crds-on-remove: Input should be 'auto'": "option cannot be used",
    "Waiting for s3 to grant its secret": "not sent all",
    "2 of 5 clients are invalid: shop:backup: spec: is no JSON": "What these clients ask for",
    "A change of the Velero server waits for Backup b": "It would interrupt",
    "Deployment velero exists and was not made by this application": "another Velero",
    "Secret velero-repo-credentials is not the password that Juju keeps": "changed the password",
    "Velero is checking the storage location": "takes a moment",
    "Velero has not checked the storage location for 100 s": "does not come to check",
    "Could not list secrets: Kubernetes API: [Errno 111] Connection refused": "API server",
    # Pods
    "Velero server is not ready: OOMKilled, exit code 137": "more memory",
    "CrashLoopBackOff: An error occurred: unknown flag: --x": "does not know the argument --x",
    'ImagePullBackOff: Back-off pulling image "velero/velero:v0"': "cannot get the image",
    'CreateContainerConfigError: secret "cloud" not found': "Secret or ConfigMap",
    "Unschedulable: 0/3 nodes are available: 3 Insufficient memory.": "No node takes the pod",
    'FailedMount: MountVolume.SetUp failed for volume "host-pods"': "volume of the pod",
    'FailedCreate: pods "node-agent-x" is forbidden: violates PodSecurity "x"': "these pods",
    "Evicted: The node was low on resource: memory.": "ran out of memory",
    "listen tcp :8085: bind: address already in use": "Another process",
    # Backups and restores
    'found a backup with status "InProgress" during the server starting, mark it as "Failed"': (
        "restarted while the backup ran"
    ),
    "backup can't be created because BackupStorageLocation default is in Unavailable status.": (
        "could not use the storage location"
    ),
    "The BSL default is unavailable, cannot retrieve the backup": "could not use",
    "backup can't be created because backup storage location default is currently in read-only "
    "mode": "may only be read",
    "daemonset pod not found in running state in node n1": "none on the volume's node",
    "error to connect backup repo: invalid repository password": "another password",
    "timed out waiting for all PodVolumeRestores to complete": "longer than it may",
    "failed to get VolumeSnapshotClass for provisioner ebs.csi.aws.com: no class": (
        "the volume's driver, ebs.csi.aws.com"
    ),
    "timed out waiting for terminating namespace shop to disappear before restoring": (
        "being deleted"
    ),
    'could not restore, ConfigMap "c" already exists. Warning: the in-cluster version is different'
    " than the backed-up version": "exist already",
    'pods "db" is forbidden: violates PodSecurity "restricted:latest"': "security level",
    "pods is forbidden: exceeded quota: q, requested: pods=1": "quota is used up",
    'admission webhook "x.y.z" denied the request: no': "A rule of the cluster",
    'no matches for kind "Order" in version "shop/v1"': "does not know this kind",
    "Service is invalid: spec.ports[0].nodePort: provided port is already allocated": "node port",
    "command terminated with exit code 1": "before or after its backup",
    "Invalid included/excluded namespace lists: x": "contradicts itself",
    "invalid schedule: expected exactly 5 fields": "cannot read when",
    'Error retrieving backup: backups.velero.io "b" not found': "no such backup",
    # Stores
    "Backup store contains invalid top-level directories: [music photos]": "[music photos]",
    f"{S3}403, api error InvalidAccessKeyId: The key you provided": "know the access key",
    f"{S3}404, api error XAdminUserNotFound: No user exists with the provided access key ID.": (
        "does not know the access key"
    ),
    f"{S3}403, api error SignatureDoesNotMatch: The request signature": "secret key is not the",
    "RESPONSE 403: 403 Server failed to authenticate the request. ERROR CODE: "
    "AuthenticationFailed": "Azure refuses",
    'oauth2: cannot fetch token: 400 Bad Request {"error":"invalid_grant"}': "Google refuses",
    f"{S3}404, api error NoSuchBucket: The specified bucket does not exist": "no bucket",
    "storage: bucket doesn't exist": "no bucket",
    f"{S3}400, api error InvalidBucketName: The specified bucket is not valid": "can have this",
    f"{S3}403, api error RequestTimeTooSkewed: The difference": "clock of the node",
    f"{S3}301, api error PermanentRedirect: use the endpoint": "in another region",
    f"{S3}403, api error AccessDenied: Access Denied": "does not let them",
    f"{S3}403, api error Forbidden: Forbidden": "does not let them",
    'Get "https://s3": tls: failed to verify certificate: x509: certificate signed by unknown '
    "authority": "an authority that Velero does not know",
    "x509: certificate has expired or is not yet valid: current time": "has expired",
    "x509: certificate is valid for minio, not s3": "for another name",
    "http: server gave HTTP response to HTTPS client": "speaks plain http",
    "net/http: malformed HTTP response": "speaks https",
    "dial tcp: lookup s3.example on 10.0.0.10:53: no such host": "cannot be resolved",
    'Get "http://127.0.0.1:9/b": dial tcp 127.0.0.1:9: connect: connection refused': "Nothing",
    "unable to locate ObjectStore plugin named velero.io/azure": "velero.io/azure",
    "config has invalid keys [x]; valid keys are [bucket]": "these keys of the location: [x]",
    'unable to get credentials: unable to get key for secret: Secret "s" not found': "is missing",
    "failed to refresh cached credentials, no EC2 IMDS role found": "no credential",
    f"{S3}507, api error XMinioStorageFull: Storage backend has reached": "store is full",
    f"{S3}503, api error SlowDown: Please reduce your request rate.": "more often",
    f"{S3}400, api error XAmzContentSHA256Mismatch: The provided": "does not understand",
    "context deadline exceeded": "did not answer in time",
}


@pytest.mark.parametrize("message", SAMPLES)
def test_a_message_is_explained_by_the_row_that_is_meant(message: str) -> None:
    found = meanings.of(message, "app-of-ours")
    assert found is not None
    assert SAMPLES[message] in found.meaning
    assert "{" not in found.meaning + found.next_step
    assert found.next_step


def test_every_row_explains_a_message_that_no_earlier_row_takes_away() -> None:
    rows = [row for table in TABLES for row in table]
    used = {
        next(n for n, row in enumerate(rows) if row.pattern.search(message)) for message in SAMPLES
    }
    assert [rows[n].pattern.pattern for n in range(len(rows)) if n not in used] == []
    assert all(row.source for row in rows)


@pytest.mark.parametrize("message", ["", "something nobody has ever said", "Backup b is Failed"])
def test_what_nobody_has_explained_stays_unexplained(message: str) -> None:
    assert meanings.of(message, "velero") is None
