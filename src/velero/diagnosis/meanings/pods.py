"""What Kubernetes says of pods, and what Velero's containers say when they end."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_KUBELET: Final = "Kubernetes pkg/kubelet, container states and events"
_IMAGES: Final = "Kubernetes pkg/kubelet/images/image_manager.go; containerd"
_SCHEDULER: Final = "Kubernetes pkg/scheduler, event FailedScheduling"
_PULL: Final = (
    r"\b(?:(?:ErrImagePull|ImagePullBackOff): |Failed: Failed to pull image |"
    r"BackOff: Back-off pulling image ).{0,700}"
)
"""How the words of a registry begin."""
_AT: Final = r"(?:^|[:;] )"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "out-of-memory",
        rf"(?:{_AT}|message \[)OOMKilled(?:, exit code 137|: exit code 137|: |$)",
        "The container used more memory than it may and was killed; what was in progress failed.",
        "{memory}",
        _KUBELET,
    ),
    row(
        "argument-unknown",
        r"(?:velero|Error): unknown flag: (?P<flag>--[\w-]{1,100})",
        "This version of Velero does not know the argument {flag}.",
        "Take it out of extra-server-args: juju config {app} extra-server-args",
        "github.com/spf13/pflag",
    ),
    row(
        "argument-value-wrong",
        r'(?:velero|Error): invalid argument ".{0,200}" for "(?P<flag>--[\w-]{1,100})'
        r'" flag: ',
        "Velero cannot read the value of its argument {flag}.",
        "Correct it in: juju config {app} extra-server-args",
        "github.com/spf13/pflag",
    ),
    row(
        "controller-unknown",
        r"Invalid value for --disable-controllers flag provided: (?P<name>[\w-]{1,100})\. "
        r"Valid values are: [\w,-]{1,600}",
        "Velero has no controller of the name {name}, and stops.",
        "Correct disable-controllers in: juju config {app} extra-server-args",
        "velero pkg/cmd/server/server.go, removeControllers",
    ),
    row(
        "definitions-missing",
        r"custom resource \w{1,60} not found in Velero API group velero\.io/v\d\w{0,20}"
        r"|Velero custom resources not found - apply config/crd/v1/bases/\*\.yaml,config/crd/"
        r"v2alpha1/bases\*\.yaml, to update the custom resource definitions",
        "Velero's definitions are missing in the cluster, or are older than the server.",
        "Let the charm make them again: juju run {app}/leader apply-held-changes",
        "velero pkg/cmd/server/server.go, veleroResourcesExist",
    ),
    row(
        "kubelet-directory-wrong",
        r"unexpected directory structure for host-pods volume, ensure that the host-pods volume "
        r"corresponds to the pods subdirectory of the kubelet root directory",
        "The node agent does not find the pods' volumes where the kubelet is said to keep them.",
        "Set the directory that the nodes' kubelets use: juju config {app} kubelet-root-dir",
        "velero pkg/cmd/cli/nodeagent/server.go, validatePodVolumesHostPath",
    ),
    row(
        "image-missing",
        rf"{_PULL}(?:(?<!platform in manifest): not found|manifest unknown|manifest for "
        rf"\S{{1,300}} not found|NAME_UNKNOWN)"
        rf"{REST}",
        "The registry can be reached, but has no image of this name and tag.",
        "Compare velero-image and the plugins' images in: juju config {app}",
        _IMAGES,
    ),
    row(
        "image-needs-login",
        rf"{_PULL}(?:pull access denied|401 Unauthorized|403 Forbidden|insufficient_scope|"
        rf"no basic auth credentials|unauthorized: ){REST}",
        "The registry wants a login that allows to pull the image, or has no such image.",
        "Name a Secret with the registry's login: juju config {app} image-pull-secrets=NAME; "
        "compare the images' names",
        _IMAGES,
    ),
    row(
        "image-limited",
        rf"{_PULL}(?:429 Too Many Requests|toomanyrequests: ){REST}",
        "The registry refuses for a while, because too much is pulled from this address.",
        "Wait, or use a mirror or a login: juju config {app} image-pull-secrets",
        _IMAGES,
    ),
    row(
        "image-unreachable",
        rf"{_PULL}(?:dial tcp|i/o timeout|no such host|connection refused|TLS handshake timeout|"
        rf"context deadline exceeded|x509: |server gave HTTP response to HTTPS client){REST}",
        "The node cannot reach the image's registry, or does not trust its certificate.",
        "See whether the node reaches the registry; else use a mirror: velero-image and the "
        "plugins' images in juju config {app}",
        _IMAGES,
    ),
    row(
        "image-wrong-platform",
        rf"{_PULL}no match for platform in manifest{REST}",
        "The image does not exist for the processors of this node.",
        "Use an image for the node's architecture, or other nodes: juju config {app} "
        "node-selector",
        _IMAGES,
    ),
    row(
        "image-not-had",
        r"\b(?:ErrImagePull|ImagePullBackOff): (?:Back-off pulling image|container) "
        r'|Failed: Failed to pull image "[^"]{1,300}": |BackOff: Back-off pulling image "'
        r"|is in pull image failed with reason \w{1,60}",
        "The node cannot get the image: its name is wrong, or its registry cannot be reached or "
        "wants a login.",
        "Compare velero-image and the plugins' images in: juju config {app}; a registry with a "
        "login needs image-pull-secrets",
        _IMAGES,
    ),
    row(
        "image-name-invalid",
        r'InvalidImageName: |Failed to apply default image tag "[^"]{0,300}": '
        r"couldn't parse image name ",
        "What is to be the image's name is none.",
        "Correct velero-image or the plugins' images in: juju config {app}",
        _IMAGES,
    ),
    row(
        "image-never-pulled",
        r'ErrImageNeverPull: Container image "[^"]{1,300}" is not present with pull policy of '
        r"Never",
        "The node does not have the image and is told not to get it.",
        "Load the image on the node, or take the pull policy Never away",
        _IMAGES,
    ),
    row(
        "pod-needs-object",
        r'(?:secret|configmap) "(?P<name>[^"]{1,253})" not found$'
        r'|CreateContainerConfigError: (?:secret|configmap) "(?P<other>[^"]{1,253})" not found'
        r'|MountVolume\.SetUp failed for volume "[^"]{1,253}" : (?:secret|configmap) '
        r'"[^"]{1,253}" not found'
        r"|CreateContainerConfigError: couldn't find key \S{1,253} in (?:Secret|ConfigMap) ",
        "The pod needs a Secret or ConfigMap that is not there.",
        "If it is one of yours, create it; if it is the charm's: juju run {app}/leader "
        "apply-held-changes",
        _KUBELET,
    ),
    row(
        "container-not-started",
        rf"CreateContainerError: {REST}",
        "The node has the image, but cannot make a container of it.",
        "Read what the node's container runtime says; the image may be for other processors, or "
        "the node broken",
        _KUBELET,
    ),
    row(
        "not-scheduled",
        r"\d{1,6}/\d{1,6} nodes are available: ",
        "No node takes the pod, because of its resources, node selector, taints or volumes.",
        "Compare node-selector, tolerations and the resource options in: juju config {app}",
        _SCHEDULER,
    ),
    row(
        "no-nodes",
        r"no nodes available to schedule pods",
        "The cluster has no node.",
        "Add a node to the cluster",
        _SCHEDULER,
    ),
    row(
        "host-path-missing",
        r'MountVolume\.SetUp failed for volume "host-(?:pods|plugins)" : hostPath type check '
        r"failed: \S{1,300} is not a directory",
        "The directory of the node's kubelet is not where the node agent looks for it.",
        "Set the node's: juju config {app} kubelet-root-dir=DIRECTORY",
        _KUBELET,
    ),
    row(
        "volume-attached-elsewhere",
        r'Multi-Attach error for volume "[^"]{1,253}" Volume is already ',
        "The volume is still attached to another node, or used by another pod.",
        "Wait until the other pod is gone, or delete it",
        "Kubernetes pkg/controller/volume/attachdetach",
    ),
    row(
        "volume-not-mounted",
        rf'(?:MountVolume\.\w{{1,40}} failed for volume "|AttachVolume\.Attach failed for volume "'
        rf"|Unable to attach or mount volumes: )(?!host-(?:pods|plugins)\"){REST}",
        "A volume of the pod cannot be attached or mounted.",
        "Read what is said of the volume; see whether its driver runs on that node",
        "Kubernetes pkg/volume/util/operationexecutor/operation_generator.go",
    ),
    row(
        "pods-forbidden-by-level",
        r"FailedCreate: .{0,60}pods \"[^\"]{1,253}\" is forbidden: violates PodSecurity "
        r"\"[^\"]{1,100}\": ",
        "Pod Security does not allow these pods in the model's namespace.",
        "{security}",
        "k8s.io/pod-security-admission",
    ),
    row(
        "evicted",
        r"The node was low on resource: [\w.-]{1,100}\.|The node had condition: "
        r"\[(?:Disk|Memory|PID)Pressure\]",
        "The node ran out of memory, disk or processes and evicted the pod.",
        "Make room on the node, or raise the resource requests in: juju config {app}",
        "Kubernetes pkg/kubelet/eviction/helpers.go",
    ),
    row(
        "scratch-full",
        r"(?:Container [\w-]{1,63} exceeded its local ephemeral storage limit|Pod ephemeral local "
        r"storage usage exceeds the total limit of containers|Usage of EmptyDir volume "
        r'"[^"]{1,253}" exceeds the limit) "?\w{1,30}"?',
        "The pod wrote more to the node's disk than it may, and was evicted.",
        "Raise the limit of ephemeral storage; of volumes with many files, the caches are large",
        "Kubernetes pkg/kubelet/eviction/helpers.go",
    ),
    row(
        "probe-failed",
        rf"Unhealthy: (?:Readiness|Liveness|Startup) probe (?:failed|errored): {REST}",
        "The container runs, but does not answer when Kubernetes asks whether it is well.",
        "Look at its last lines below; if it is only slow, raise its CPU: juju config {app}",
        "Kubernetes pkg/kubelet/prober/prober.go",
    ),
    row(
        "port-taken",
        r"listen tcp \S{0,60}:\d{1,5}: bind: address already in use",
        "Another process on the node has the port that Velero listens on.",
        "Look for another Velero, or a pod on the host's network, on that node",
        "Go net package",
    ),
)
