"""What Azure, and Velero's plugin for it, say.

An error of the SDK has several lines: the request, ``RESPONSE 403: 403 …``, ``ERROR CODE: …`` and
the answer (azcore internal/exported/response_error.go); one of a login has the answer of Microsoft
Entra (azidentity errors.go).
"""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_AZURE: Final = "Azure Blob Storage, error codes; azcore response_error.go"
_ENTRA: Final = "Microsoft Entra, AADSTS error codes; azidentity errors.go"
_UTIL: Final = "velero pkg/util/azure"


def _said(codes: str) -> str:
    return rf"\bRESPONSE \d{{3}}: [\s\S]{{0,400}}?\sERROR CODE: (?:{codes})\b{REST}"


def _login(codes: str) -> str:
    """What is said of a login that Microsoft Entra refuses."""
    return (
        rf"\w{{1,60}}Credential authentication failed\. [\s\S]{{0,1500}}?AADSTS(?:{codes}): {REST}"
    )


ROWS: Final[tuple[Row, ...]] = (
    row(
        "azure-key-refused",
        _said("AuthenticationFailed|InvalidAuthenticationInfo|NoAuthenticationInformation"),
        "Azure refuses the login: the account's key is wrong or was changed, or the node's clock "
        "is wrong.",
        "Give azure-storage-integrator the account's current key",
        _AZURE,
    ),
    row(
        "azure-no-right",
        _said(
            "AuthorizationPermissionMismatch|AuthorizationFailed|InsufficientAccountPermissions"
        ),
        "Azure knows who asks, but does not let them do that in this container.",
        "Give the service principal the role Storage Blob Data Contributor for the container",
        _AZURE,
    ),
    row(
        "azure-network-refused",
        _said("AuthorizationFailure|PublicAccessNotPermitted"),
        "The storage account does not let requests of this network in, or refuses account keys.",
        "Allow the cluster's network in the account's firewall, and access with keys",
        _AZURE,
    ),
    row(
        "azure-keys-not-allowed",
        _said("KeyBasedAuthenticationNotPermitted"),
        "The storage account does not take account keys.",
        "Use a service principal: juju integrate {app}:azure-service-principal "
        "azure-auth-integrator; or allow access with keys",
        _AZURE,
    ),
    row(
        "no-container",
        _said("ContainerNotFound|ContainerBeingDeleted|ContainerDisabled"),
        "The storage account can be reached, but has no container of this name. Velero makes "
        "none.",
        "Create the container, or correct its name at azure-storage-integrator",
        _AZURE,
    ),
    row(
        "no-storage-account",
        _said("ResourceNotFound|AccountIsDisabled|ResourceGroupNotFound|StorageAccountNotFound"),
        "There is no such storage account or resource group, or it is switched off.",
        "Correct the account and the resource group at azure-storage-integrator",
        _AZURE,
    ),
    row(
        "object-gone",
        _said("BlobNotFound"),
        "A file of the backup is not in the container any more: somebody, or a rule of the "
        "account's lifecycle management, has deleted it.",
        "Restore another backup: juju run {app}/leader list-backups status=completed; take away "
        "lifecycle rules that delete, for default-backup-ttl does that",
        _AZURE,
    ),
    row(
        "object-archived",
        _said("BlobArchived|BlobBeingRehydrated"),
        "A file of the backup was moved to the archive tier, which cannot be read at once.",
        "Bring the files of that backup back to the hot tier; exempt Velero's folder from such "
        "rules",
        _AZURE,
    ),
    row(
        "object-locked",
        _said("BlobImmutableDueToPolicy|BlobImmutableDueToLegalHold|PathImmutableDueToPolicy"),
        "The container keeps its files unchanged for a time (immutability policy or legal hold).",
        "Wait until it ends, or make default-backup-ttl longer than that time",
        _AZURE,
    ),
    row(
        "store-busy",
        _said("ServerBusy|OperationTimedOut|InternalError"),
        "The store is asked more than it can answer and refuses for a while.",
        "See whether the store is well; lower concurrent-backups, or spread the clients' "
        "schedules",
        _AZURE,
    ),
    row(
        "azure-secret-wrong",
        _login("7000215|7000216"),
        "The service principal's client secret is wrong; its ID was given instead of its value, "
        "perhaps.",
        "Give azure-auth-integrator the value of the client secret",
        _ENTRA,
    ),
    row(
        "azure-secret-expired",
        _login("7000222"),
        "The service principal's client secret has expired.",
        "Make a new client secret and give it to azure-auth-integrator",
        _ENTRA,
    ),
    row(
        "azure-client-unknown",
        _login("700016|7000112"),
        "The tenant has no application of this client ID, or it is switched off.",
        "Correct the client ID and the tenant ID at azure-auth-integrator",
        _ENTRA,
    ),
    row(
        "azure-tenant-unknown",
        _login("90002|900023"),
        "There is no tenant of this ID.",
        "Correct the tenant ID at azure-auth-integrator",
        _ENTRA,
    ),
    row(
        "azure-login-refused",
        _login(r"(?!7000215|7000216|7000222|700016|7000112|90002|900023)\d{5,9}"),
        "Microsoft Entra refuses the login of the service principal.",
        "Look up the AADSTS number; compare the options of azure-auth-integrator",
        _ENTRA,
    ),
    row(
        "azure-credential-incomplete",
        r"AZURE_(?:TENANT|CLIENT)_ID is required|incomplete credential configuration\. Only "
        r"AZURE_TENANT_ID and AZURE_CLIENT_ID are set|storageAccount is required in (?:the )?BSL"
        r"|no storage account access key with key \S{1,100} found in credential"
        r"|subscription ID is required in BSL or credential to create the storage account client"
        r"|resource group is required in BSL or credential to exchange the storage account access "
        r"key",
        "Velero's credential for Azure lacks something.",
        "Let the charm write it again: juju run {app}/leader apply-held-changes; compare the "
        "integrators' options",
        f"{_UTIL}/credential.go, storage.go",
    ),
    row(
        "azure-key-malformed",
        r"failed to create storage account access key credential: (?:decode account key: "
        r")?illegal "
        r"base64 data at input byte \d{1,9}",
        "What was given as the account's key is none.",
        "Give azure-storage-integrator the account's key as Azure shows it",
        f"{_UTIL}/storage.go",
    ),
)
