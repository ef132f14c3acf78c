"""What object stores, and Velero's plugins for them, say."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import Row, row

_S3: Final = "Amazon S3 API reference, error responses"
_AZURE: Final = "Azure Blob Storage, error codes"
_GOOGLE: Final = "Google Cloud Storage, status and error codes"
_TLS: Final = "Go crypto/x509 verify.go, crypto/tls"
_NET: Final = "Go net package"

ROWS: Final[tuple[Row, ...]] = (
    row(
        r"invalid top-level directories: (?P<what>\[[^\[\]]{0,400}\])",
        "The folder of the bucket that Velero is to use holds directories of others: {what}. "
        "Velero works only in a folder that is its own.",
        "Set another path at the storage integrator, such as path=velero, or move those "
        "directories elsewhere; nothing is deleted by that",
        "velero pkg/persistence/object_store.go, IsValid",
    ),
    row(
        r"InvalidAccessKeyId|No user exists with the provided access key|NoSuchAccessKey",
        "The store does not know the access key.",
        "Give the storage integrator the right pair of keys",
        _S3,
    ),
    row(
        r"SignatureDoesNotMatch",
        "The store knows the access key, but the secret key is not the one that belongs to it.",
        "Give the storage integrator the right secret key",
        _S3,
    ),
    row(
        r"AuthenticationFailed|InvalidAuthenticationInfo|AADSTS\d+|unauthorized_client",
        "Azure refuses the login: the account's key or the service principal's secret is wrong "
        "or has expired.",
        "Give azure-storage-integrator the account's current key, or azure-auth-integrator the "
        "current client secret",
        _AZURE,
    ),
    row(
        r"invalid_grant|oauth2: cannot fetch token|could not find default credentials",
        "Google refuses the login: the service account's key is wrong, revoked or disabled.",
        "Give gcs-integrator a current key of the service account",
        _GOOGLE,
    ),
    row(
        r"NoSuchBucket|bucket does ?n[o']t exist|ContainerNotFound|specified container does not"
        r"|The specified bucket does not exist|status ?code: 404",
        "The store can be reached, but has no bucket (or container) of this name. Velero makes "
        "none.",
        "Create the bucket, or correct its name at the storage integrator",
        f"{_S3}; {_AZURE}; {_GOOGLE}",
    ),
    row(
        r"InvalidBucketName|bucket name .{0,100} (is not valid|invalid)",
        "No bucket can have this name.",
        "Correct the bucket's name at the storage integrator",
        _S3,
    ),
    row(
        r"RequestTimeTooSkewed",
        "The clock of the node on which Velero runs is wrong by more than the store accepts.",
        "Set the clocks of the cluster's nodes, for example with NTP",
        _S3,
    ),
    row(
        r"AuthorizationHeaderMalformed|PermanentRedirect|BucketRegionError"
        r"|incorrect region|region '?[\w-]+'? is wrong|IllegalLocationConstraint",
        "The bucket is in another region than the one that was given.",
        "Set the bucket's region at the storage integrator",
        _S3,
    ),
    row(
        r"AccessDenied|AuthorizationPermissionMismatch|AuthorizationFailure|AllAccessDisabled"
        r"|does not have storage\.\S{1,100} access|status ?code: 403|Forbidden: Forbidden",
        "The store knows who asks, but does not let them list, read or write this bucket.",
        "Give the keys' owner the rights to list the bucket and to get, put and delete objects "
        "in it",
        f"{_S3}; {_AZURE}; {_GOOGLE}",
    ),
    row(
        r"x509: certificate signed by unknown authority|x509: .{0,200}unknown authority",
        "The store's certificate is signed by an authority that Velero does not know.",
        "Set tls-ca-chain at the storage integrator to the authority's certificates",
        _TLS,
    ),
    row(
        r"x509: certificate has expired or is not yet valid",
        "The store's certificate has expired, is for later, or the node's clock is wrong.",
        "Renew the store's certificate; compare the clocks",
        _TLS,
    ),
    row(
        r"x509: certificate is valid for|x509: cannot validate certificate"
        r"|x509: certificate is not valid for",
        "The store's certificate is for another name than the one in the endpoint.",
        "Use the name in the certificate as the endpoint, or a certificate with the endpoint's "
        "name",
        _TLS,
    ),
    row(
        r"server gave HTTP response to HTTPS client|first record does not look like a TLS",
        "The endpoint is given as https, but the store there speaks plain http.",
        "Set the endpoint at the storage integrator to http://…, or switch TLS on at the store",
        _TLS,
    ),
    row(
        r"malformed HTTP response|HTTP request to an HTTPS server",
        "The endpoint is given as http, but the store there speaks https.",
        "Set the endpoint at the storage integrator to https://…",
        _TLS,
    ),
    row(
        r"dial \w{1,10}: lookup |no such host|server misbehaving",
        "The endpoint's name cannot be resolved from within the cluster.",
        "Correct the endpoint at the storage integrator, or the cluster's DNS",
        _NET,
    ),
    row(
        r"connection refused|i/o timeout|network is unreachable|no route to host"
        r"|connection reset by peer|request canceled while waiting for connection",
        "Nothing answers at the store's address: the store is down, the address or port is "
        "wrong, or a firewall or network policy is in between.",
        "See whether the store runs and can be reached from a pod of this model; compare the "
        "endpoint at the storage integrator",
        _NET,
    ),
    row(
        r"unable to locate \w{1,60} plugin named (?P<plugin>\S{1,100})",
        "Velero has not loaded the plugin {plugin} that this kind of store needs.",
        "See whether the plugin's image is one of Velero's: juju config {app}; the options are "
        "velero-aws-plugin-image, velero-azure-plugin-image and velero-gcp-plugin-image",
        "velero pkg/plugin/clientmgmt/process/registry.go",
    ),
    row(
        r"config has invalid keys (?P<keys>\[[^\[\]]{0,400}\])",
        "The plugin does not know these keys of the location: {keys}.",
        "Use a plugin of the version that the charm comes with: juju config {app} --reset "
        "velero-aws-plugin-image (or azure, gcp)",
        "velero pkg/plugin/framework/validation.go",
    ),
    row(
        r"unable to get key for secret",
        "The Secret with the store's credential is missing.",
        "Let the charm make it again: juju run {app}/leader apply-held-changes",
        "velero internal/credentials/file_store.go",
    ),
    row(
        r"failed to refresh cached credentials|no EC2 IMDS role|static credentials are empty",
        "Velero has no credential for the store.",
        "See whether the storage integrator has its keys: juju status",
        "aws-sdk-go-v2 aws/credentials.go",
    ),
    row(
        r"QuotaExceeded|StorageFull|InsufficientStorage|no space left on device",
        "The store is full.",
        "Make room: delete old backups with delete-backup, shorten default-backup-ttl, or enlarge "
        "the store",
        _S3,
    ),
    row(
        r"SlowDown|TooManyRequests|ServerBusy|RequestLimitExceeded",
        "The store is asked more often than it allows and refuses for a while.",
        "Lower concurrent-backups, or spread the clients' schedules",
        f"{_S3}; {_AZURE}",
    ),
    row(
        r"XAmzContentSHA256Mismatch|MissingContentLength|invalid checksum",
        "The store does not understand how the plugin signs or sums what it sends.",
        "Use the plugin's version that the charm comes with; tell its maintainers of the store",
        _S3,
    ),
    row(
        r"context deadline exceeded|Client\.Timeout exceeded",
        "The store did not answer in time.",
        "See whether the store is overloaded or badly connected",
        _NET,
    ),
)
