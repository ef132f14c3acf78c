"""What the charm itself says: in ``status.py``, ``storages.py``, ``inputs.py`` and others."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

ROWS: Final[tuple[Row, ...]] = (
    row(
        "no-trust",
        r"^Trust is missing",
        "The charm may not look at, or write, what is not its own in the cluster.",
        "juju trust {app} --scope=cluster",
        "src/velero/status.py",
    ),
    row(
        "api-refuses",
        r"^The Kubernetes API refuses what it allowed before",
        "The API server has just refused once what the charm may do, as one that restarts does.",
        "Look again in five minutes; if trust is missing, juju status then says so",
        "src/refusals.py",
    ),
    row(
        "definitions-deleted",
        r"^Velero's definitions were deleted",
        "Somebody deleted CustomResourceDefinitions, and with them every object of their kinds.",
        "Wait for the charm to make them; backups come back from the bucket, schedules made by "
        "hand do not",
        "src/velero/installation/ownership.py",
    ),
    row(
        "unreadable-object",
        r"^\S{1,60} \S{1,300} keeps Velero from reading any \w{1,60}: " + REST,
        "Velero reads all objects of a kind or none, and stops where it cannot read one of them.",
        "Delete that object with the command above; restart the server if it does not go on",
        "src/velero/backups/unreadable.py",
    ),
    row(
        "location-added-to",
        r"^\w{1,60} \S{1,300} has .{1,600}, which this application did not set and leaves; if "
        + REST,
        "Somebody put it there by hand; Velero and its plugin use it.",
        "Leave it if it is meant, else take it out with the command above",
        "src/velero/storage/checks.py",
    ),
    row(
        "azure-container-missing",
        r"^Missing storage: integrate azure-storage too",
        "There is a login for Azure, but nothing says which container backups go to.",
        "juju integrate {app}:azure-storage azure-storage-integrator",
        "src/inputs/storages.py",
    ),
    row(
        "no-storage",
        r"^Missing storage: ",
        "Nothing says where backups go, so none can be made.",
        "juju integrate {app}:s3-credentials s3-integrator (or azure-storage, gcs-credentials)",
        "src/inputs/storages.py",
    ),
    row(
        "two-storages",
        r"^More than one storage: ",
        "Backups can go to one store only; the one that was first is left as it is.",
        "juju remove-relation all but one of them",
        "src/inputs/storages.py",
    ),
    row(
        "storage-data-invalid",
        r"^Invalid storage data: " + REST,
        "What the storage integrator sends cannot be used.",
        "Correct the options of the storage integrator: juju config INTEGRATOR",
        "src/inputs/storages.py",
    ),
    row(
        "option-invalid",
        r"^Invalid option (?P<option>[\w-]{1,100}): " + REST,
        "The option cannot be used, and nothing is changed until it can.",
        "juju config {app} {option}=…, or --reset {option}",
        "src/inputs/reader.py",
    ),
    row(
        "integrator-incomplete",
        r"^Waiting for (?P<other>\S{1,100}) to ",
        "The integrator has not sent all that is needed, or not granted its secret.",
        "juju status {other}; give it its credentials, and grant it the secret that holds them",
        "src/inputs/storages.py",
    ),
    row(
        "clients-invalid",
        r"^\d{1,6} of \d{1,6} clients? (?:is|are) invalid: " + REST,
        "What these clients ask for cannot be backed up; the others are.",
        "juju run {app}/leader list-clients",
        "src/inputs/clients.py",
    ),
    row(
        "change-held",
        r"^(?:A change of the |The )[\w ]{1,200} waits for \w{1,60} \S",
        "It would interrupt what is in progress, and is made by the next hook after its end.",
        "Wait; or, if what is in progress may fail: juju run {app}/leader apply-held-changes",
        "src/velero/velero.py",
    ),
    row(
        "foreign-velero",
        r"^\w{1,60} \S{1,300} exists and was not made by this application",
        "There is another Velero, or what is left of one, in this model's namespace.",
        "See what taking it over would do: juju run {app}/leader adopt; or deploy the charm in "
        "another model",
        "src/velero/installation/ownership.py",
    ),
    row(
        "password-changed",
        r"^Secret \S{1,300} is not the password that Juju keeps; ",
        "Somebody has changed the password of the repositories of volume data.",
        "Put the one that Juju keeps back into Secret velero-repo-credentials",
        "src/velero/storage/checks.py",
    ),
    row(
        "not-set-up-yet",
        r"^Velero is checking the storage location|^Storage location is not set up yet"
        r"|^Velero is not installed yet|^Node agent is not installed yet",
        "This takes a moment.",
        "Look again in a minute",
        "src/velero/storage/checks.py",
    ),
    row(
        "location-unchecked",
        r"^Velero has not checked the storage location",
        "The server does not come to check the location, or cannot write its verdict.",
        "Look at the server's last lines below; juju trust {app} --scope=cluster if it is denied",
        "src/velero/storage/checks.py",
    ),
    row(
        "api-unreachable",
        r"^Could not .{1,200}: Kubernetes API: " + REST,
        "The charm cannot reach the cluster's API server, and knows only what Juju knows.",
        "See whether the API server runs and can be reached from a pod of this model",
        "src/velero/kubernetes/answers.py",
    ),
)
