"""What S3 servers, and Velero's plugin for them, say.

An error of the SDK is ``operation error S3: OPERATION, https response error StatusCode: N,
RequestID: …, HostID: …, api error CODE: MESSAGE`` (smithy-go errors.go, aws-sdk-go-v2
aws/transport/http/response_error.go), without ``api error`` where the SDK has a type for the code.
"""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_S3: Final = "Amazon S3 API reference, error responses; aws-sdk-go-v2"
_PLUGIN: Final = "velero-plugin-for-aws"
_MINIO: Final = r"error to (?:connect|create|init|open|check|prune|get) backup repo: .{0,600}"
"""How an error of kopia begins, whose S3 client says the server's message without its code."""
_READ: Final = "(?:GetObject|HeadObject)"
_DELETE: Final = "DeleteObjects?"
_WRITE: Final = (
    "(?:PutObject|CreateMultipartUpload|UploadPart|CompleteMultipartUpload|AbortMultipartUpload"
    "|PutObjectTagging)"
)


def _said(codes: str, operation: str = r"\w{1,60}", message: str = "") -> str:
    """What the SDK says when a server answers an operation with a code, and how that goes on."""
    return (
        rf"\boperation error S3: {operation}, (?:exceeded maximum number of attempts, "
        rf"\d{{1,3}}, )?"
        r"https response error StatusCode: \d{1,3}, (?:RequestID: [^,]{0,200}, )?"
        rf"(?:HostID: [^,]{{0,300}}, )?(?:api error )?(?:{codes}):\s?{message}{REST}"
    )


ROWS: Final[tuple[Row, ...]] = (
    row(
        "access-key-unknown",
        _said("InvalidAccessKeyId|XAdminUserNotFound|NoSuchAccessKey|InvalidAccessKey"),
        "The store does not know the access key.",
        "Give the storage integrator the right pair of keys",
        _S3,
    ),
    row(
        "access-key-unknown",
        _MINIO + r"(?:The (?:AWS )?[Aa]ccess [Kk]ey I[Dd] you provided does not exist in our "
        r"records\.|No user exists with the provided access key ID\.)",
        "The store does not know the access key.",
        "Give the storage integrator the right pair of keys",
        "github.com/minio/minio-go s3-error.go",
    ),
    row(
        "secret-key-wrong",
        _said("SignatureDoesNotMatch"),
        "The store knows the access key, but the secret key is not the one that belongs to it.",
        "Give the storage integrator the right secret key",
        _S3,
    ),
    row(
        "secret-key-wrong",
        _MINIO
        + r"The request signature we calculated does not match the signature you provided\.",
        "The store knows the access key, but the secret key is not the one that belongs to it.",
        "Give the storage integrator the right secret key",
        "github.com/minio/minio-go s3-error.go",
    ),
    row(
        "token-expired",
        _said("ExpiredToken|ExpiredTokenException|InvalidToken|TokenRefreshRequired"),
        "The keys were given for a time only, which is over, or their token is wrong.",
        "Give the storage integrator keys that stay valid",
        _S3,
    ),
    row(
        "no-bucket",
        _said("NoSuchBucket"),
        "The store can be reached, but has no bucket of this name. Velero makes none.",
        "Create the bucket, or correct its name at the storage integrator",
        _S3,
    ),
    row(
        "no-bucket",
        _MINIO + r"The specified bucket does not exist",
        "The store can be reached, but has no bucket of this name. Velero makes none.",
        "Create the bucket, or correct its name at the storage integrator",
        "github.com/minio/minio-go s3-error.go",
    ),
    row(
        "object-gone",
        _said("NoSuchKey|NotFound|NoSuchVersion", _READ),
        "A file of the backup is not in the bucket any more: somebody, or a lifecycle rule of the "
        "bucket, has deleted it.",
        "Restore another backup: juju run {app}/leader list-backups status=completed; take away "
        "lifecycle rules that delete, for default-backup-ttl does that",
        _S3,
    ),
    row(
        "object-archived",
        _said("InvalidObjectState", _READ),
        "A file of the backup was moved to a storage class that cannot be read at once.",
        "Bring the files of that backup back from the archive at the store; exempt Velero's "
        "folder "
        "from such lifecycle rules",
        _S3,
    ),
    row(
        "bucket-name-invalid",
        _said("InvalidBucketName"),
        "No bucket can have this name.",
        "Correct the bucket's name at the storage integrator",
        _S3,
    ),
    row(
        "clock-wrong",
        _said("RequestTimeTooSkewed|RequestExpired"),
        "The clock of the node on which Velero runs is wrong by more than the store accepts.",
        "Set the clocks of the cluster's nodes, for example with NTP",
        _S3,
    ),
    row(
        "region-wrong",
        _said(
            "AuthorizationHeaderMalformed|PermanentRedirect|BucketRegionError"
            "|IllegalLocationConstraintException|MovedPermanently|TemporaryRedirect"
        ),
        "The bucket is in another region than the one that was given.",
        "Set the bucket's region at the storage integrator",
        _S3,
    ),
    row(
        "region-unknown",
        r"unable to determine bucket's region, bucket: (?P<bucket>\S{1,100})",
        "Nobody said in which region the bucket {bucket} is, and the store does not tell.",
        "Set the bucket's region at the storage integrator",
        f"{_PLUGIN} object_store.go",
    ),
    row(
        "object-locked",
        _said(
            "AccessDenied|InvalidRequest|ObjectLocked",
            f"(?:{_DELETE}|{_WRITE})",
            "(?:Access Denied because object protected by object lock"
            "|Object is WORM protected and cannot be overwritten)",
        ),
        "The bucket keeps its files locked for a time (object lock), so that the backup cannot be "
        "deleted before that is over.",
        "Wait until the lock ends, or make default-backup-ttl longer than the bucket's retention",
        _S3,
    ),
    row(
        "may-not-list",
        _said("AccessDenied|Forbidden|AllAccessDisabled", "(?:ListObjectsV2|HeadBucket)"),
        "The store knows who asks, but does not let them list this bucket.",
        "Give the keys' owner the rights to list the bucket and to get, put and delete objects in "
        "it",
        _S3,
    ),
    row(
        "may-not-write",
        _said("AccessDenied|Forbidden|AllAccessDisabled|MethodNotAllowed|ReadOnly", _WRITE),
        "The store lets Velero look, but not write: the keys may only read, or the store is "
        "read-only.",
        "Give the keys' owner the right to put objects into the bucket, and see whether the store "
        "itself may be written",
        _S3,
    ),
    row(
        "may-not-read",
        _said("AccessDenied|Forbidden|AllAccessDisabled", _READ),
        "The store does not let Velero read this file, or hides that there is none.",
        "Give the keys' owner the rights to list the bucket and to get objects in it",
        _S3,
    ),
    row(
        "may-not-delete",
        _said("AccessDenied|Forbidden|AllAccessDisabled|MethodNotAllowed", _DELETE),
        "The store does not let Velero delete this file.",
        "Give the keys' owner the right to delete objects in the bucket; see whether it locks or "
        "retains them",
        _S3,
    ),
    row(
        "store-key-refused",
        _said(
            r"AccessDenied|KMS\.\w{1,60}|KMSDisabledException",
            message=r"(?:.{0,300}not authorized to perform: kms:\w{1,60}|.{0,200} is disabled\.)",
        ),
        "The store may not use the key with which it is to encrypt the files.",
        "Give the keys' owner the rights to encrypt and decrypt with that key (KMS)",
        _S3,
    ),
    row(
        "store-full",
        _said(
            "QuotaExceeded|XMinioStorageFull|XMinioAdminBucketQuotaExceeded|InsufficientStorage"
        ),
        "The store is full.",
        "Make room: delete old backups with delete-backup, shorten default-backup-ttl, or enlarge "
        "the store",
        _S3,
    ),
    row(
        "store-busy",
        _said(
            "SlowDown|SlowDownRead|SlowDownWrite|TooManyRequests|ServerBusy|RequestLimitExceeded"
            "|ThrottlingException|ServiceUnavailable|Throttling"
        ),
        "The store is asked more than it can answer and refuses for a while.",
        "See whether the store is well; lower concurrent-backups, or spread the clients' "
        "schedules",
        _S3,
    ),
    row(
        "checksum-misunderstood",
        _said(
            "XAmzContentSHA256Mismatch|MissingContentLength|NotImplemented|InvalidDigest"
            "|MissingContentMD5"
        ),
        "The store does not understand how the plugin signs or sums what it sends.",
        "Use the plugin's version that the charm comes with; tell its maintainers of the store",
        _S3,
    ),
    row(
        "no-credential",
        r"get identity: get credentials: failed to refresh cached credentials, |static "
        r"credentials "
        r"are empty",
        "Velero has no credential for the store.",
        "See whether the storage integrator has its keys: juju status",
        "aws-sdk-go-v2 credentials/static_provider.go, aws/credential_cache.go",
    ),
    row(
        "endpoint-invalid",
        r"Invalid s3 url \S{0,300}, URL must be valid according to "
        r"https://golang\.org/pkg/net/url/#Parse and start with http:// or https://",
        "The endpoint is no URL.",
        "Set the endpoint at the storage integrator to http://… or https://…",
        f"{_PLUGIN} config.go",
    ),
    row(
        "checksum-algorithm-unknown",
        r"invalid checksum algorithm: \S{1,60}",
        "The plugin does not know this sort of checksum.",
        "Take checksumAlgorithm out of the location's config",
        f"{_PLUGIN} object_store.go",
    ),
)
