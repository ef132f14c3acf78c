"""What Google Cloud Storage, and Velero's plugin for it, say.

An error of the client is ``googleapi: Error 403: MESSAGE, REASON`` (google.golang.org/api
googleapi/googleapi.go); one of a login has the answer of Google's token server.
"""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import Row, row

_GOOGLE: Final = "Google Cloud Storage, status and error codes; google.golang.org/api/googleapi"
_AUTH: Final = "golang.org/x/oauth2; cloud.google.com/go/auth"
_STORAGE: Final = "cloud.google.com/go/storage storage.go"
_REFUSED: Final = (
    r"(?:oauth2: |auth: |credentials: )(?:cannot fetch token: (?:\d{3}[\w "
    r"]{0,40})?\s*(?:Response: )?"
    r"|)"
)

ROWS: Final[tuple[Row, ...]] = (
    row(
        "google-key-refused",
        _REFUSED + r"[\s\S]{0,80}\"?invalid_grant\"?(?:[\s\S]{0,40}\"error_description\": ?"
        r"\"[^\"]{0,200}\")?|googleapi: Error 401: [\s\S]{1,300}, authError",
        "Google refuses the login: the service account's key is wrong, revoked or disabled, or "
        "the node's clock is wrong.",
        "Give gcs-integrator a current key of the service account",
        _AUTH,
    ),
    row(
        "google-no-credential",
        r"could not find default credentials\. See \S{1,200} for more information",
        "Velero has no credential for Google.",
        "See whether gcs-integrator has its key: juju status",
        "cloud.google.com/go/auth credentials/detect.go",
    ),
    row(
        "google-key-malformed",
        r"credentials: (?:unsupported (?:unidentified file type|filetype \"[^\"]{0,60}\")|could "
        r"not"
        r" parse key: )|private key should be a PEM or plain PKCS1 or PKCS8; parse error: ",
        "What was given as the service account's key is none.",
        "Give gcs-integrator the key as Google hands it out: a JSON document",
        _AUTH,
    ),
    row(
        "no-bucket",
        r"storage: bucket doesn't exist|googleapi: Error 404: The specified bucket does not exist"
        r"\., notFound",
        "Google can be reached, but has no bucket of this name. Velero makes none.",
        "Create the bucket, or correct its name at gcs-integrator",
        _STORAGE,
    ),
    row(
        "object-gone",
        r"storage: object doesn't exist|googleapi: Error 404: No such object: \S{1,900}, notFound",
        "A file of the backup is not in the bucket any more: somebody, or a lifecycle rule of the "
        "bucket, has deleted it.",
        "Restore another backup: juju run {app}/leader list-backups status=completed; take away "
        "lifecycle rules that delete, for default-backup-ttl does that",
        _STORAGE,
    ),
    row(
        "google-no-right",
        r"googleapi: Error 403: \S{1,300} does not have (?P<right>storage\.[\w.]{1,60}) access to "
        r"the Google Cloud Storage \w{1,20}\.(?: Permission '[\w.]{1,60}' denied on resource \(or "
        r"it may not exist\)\.)?(?:, forbidden)?",
        "The service account may not do that in this bucket: it lacks {right}.",
        "Give the service account the role Storage Object Admin, and storage.buckets.get, for the "
        "bucket",
        _GOOGLE,
    ),
    row(
        "google-billing",
        r"googleapi: Error 403: The (?:billing account for the owning project is disabled in "
        r"state "
        r"\w{1,40}|project to be billed is associated with (?:an absent|a closed) billing account)"
        r"\.?, \w{1,60}",
        "Google does not serve the project, because its billing account is closed.",
        "Open the project's billing account again",
        _GOOGLE,
    ),
    row(
        "google-perimeter",
        r"googleapi: Error 403: Request is prohibited by organization's policy\. "
        r"vpcServiceControlsUniqueIdentifier: \S{1,100}",
        "The organisation's service perimeter does not let the cluster reach the bucket.",
        "Let the cluster's network into the perimeter (VPC Service Controls)",
        _GOOGLE,
    ),
    row(
        "google-api-off",
        r"googleapi: Error 403: [\w ]{1,100} API has not been used in project \S{1,100} before or "
        r"it is disabled\.",
        "The project has this API of Google switched off.",
        "Switch it on in the project: gcloud services enable",
        _GOOGLE,
    ),
    row(
        "object-locked",
        r"googleapi: Error 403: Object '[^']{1,900}' is (?:subject to bucket's retention policy "
        r"or "
        r"object retention and cannot be deleted or overwritten until [\w:.-]{1,40}|under active "
        r"(?:Temporary|Event-Based) hold)",
        "The bucket keeps its files for a time (retention policy or hold), so that the backup "
        "cannot be deleted before that is over.",
        "Wait until it ends, or make default-backup-ttl longer than that time",
        _GOOGLE,
    ),
    row(
        "store-busy",
        r"googleapi: Error (?:429: [\s\S]{1,300}, rateLimitExceeded|503: [\s\S]{1,200}, "
        r"backendError)|googleapi: got HTTP response code (?:429|503) with body: ",
        "The store is asked more than it can answer and refuses for a while.",
        "See whether the store is well; lower concurrent-backups, or spread the clients' "
        "schedules",
        _GOOGLE,
    ),
    row(
        "google-signing",
        r"storage: unable to detect default GoogleAccessID: |rpc error: code = PermissionDenied "
        r"desc = Permission 'iam\.serviceAccounts\.signBlob' denied on resource",
        "Velero cannot sign addresses of files, so logs and results cannot be fetched.",
        "Give gcs-integrator a key of the service account, or the right "
        "iam.serviceAccounts.signBlob",
        "cloud.google.com/go/storage bucket.go",
    ),
)
