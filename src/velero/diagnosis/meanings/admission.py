"""Why the Kubernetes API does not take an object."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_API: Final = "k8s.io/apimachinery pkg/api/errors/errors.go"
_ADMISSION: Final = "k8s.io/apiserver pkg/admission/plugin"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "webhook-unreachable",
        rf'failed calling webhook "(?P<webhook>[^"]{{1,253}})": {REST}',
        "The cluster asks the admission webhook {webhook} about such objects, and it does not "
        "answer, so that they are refused: its Service or pods are gone, or not back yet.",
        "Bring what it belongs to back first, or delete its configuration: kubectl get "
        "validatingwebhookconfigurations,mutatingwebhookconfigurations; then make it again",
        "k8s.io/apiserver pkg/util/webhook/error.go",
    ),
    row(
        "conversion-unreachable",
        rf"conversion webhook for [\w./-]{{1,300}}, Kind=(?P<kind>\w{{1,63}}) failed: {REST}",
        "Objects of the kind {kind} need a webhook to be converted, and it does not answer.",
        "Bring the operator that the kind belongs to back first, then make it again",
        "k8s.io/apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go",
    ),
    row(
        "refused-by-rule",
        rf'admission webhook "[^"]{{1,253}}" denied the request(?:: | without explanation){REST}',
        "A rule of the cluster, an admission webhook, refuses the objects; Velero brings them "
        "back "
        "as they were.",
        "Ask whoever made the rule, or change the objects on their way with a resource modifier",
        f"{_ADMISSION}/webhook/errors/statuserror.go",
    ),
    row(
        "refused-by-rule",
        rf"ValidatingAdmissionPolicy '[^']{{1,253}}'(?: with binding '[^']{{1,253}}')? denied "
        rf"request: {REST}",
        "A rule of the cluster, an admission policy, refuses the objects; Velero brings them back "
        "as they were.",
        "Ask whoever made the rule, or change the objects on their way with a resource modifier",
        f"{_ADMISSION}/policy/validating/dispatcher.go",
    ),
    row(
        "refused-by-level",
        r'\bviolates PodSecurity "(?P<level>[^"]{1,100})": ',
        "The namespace's pod security level, {level}, does not allow such pods.",
        "Raise the level that the namespace's label pod-security.kubernetes.io/enforce names",
        "k8s.io/pod-security-admission admission/admission.go",
    ),
    row(
        "quota-used-up",
        r"\bis forbidden: exceeded quota: (?P<quota>[^\s,]{1,253}), requested: ",
        "The namespace's resource quota, {quota}, is used up.",
        "Raise the quota, or restore less at once",
        f"{_ADMISSION}/resourcequota/controller.go",
    ),
    row(
        "quota-wants-limits",
        r"\bis forbidden: failed quota: (?P<quota>[^\s:]{1,253}): must specify ",
        "The namespace's resource quota, {quota}, wants every container to say what it needs.",
        "Add a LimitRange with defaults to the namespace, or set the requests and limits",
        f"{_ADMISSION}/resourcequota/controller.go",
    ),
    row(
        "limit-range",
        r"\bis forbidden: (?:\[)?(?:minimum|maximum) [\w./-]{1,100} usage per \w{1,30} is \S{1,30}"
        r"[,.] ",
        "The namespace's LimitRange does not allow objects of this size.",
        "Change the LimitRange, or the objects on their way with a resource modifier",
        "Kubernetes plugin/pkg/admission/limitranger/admission.go",
    ),
    row(
        "namespace-terminating",
        r"unable to create new content in namespace (?P<namespace>\S{1,63}) because it is being "
        r"terminated",
        "The namespace {namespace} is being deleted, and nothing can be made in it until it is "
        "gone.",
        "Wait until it is gone, then make it again; if it does not go, look for what holds it: "
        "kubectl get namespace {namespace} --output yaml",
        f"{_ADMISSION}/namespace/lifecycle/admission.go",
    ),
    row(
        "kind-unknown",
        r'no matches for kind "(?P<kind>[^"]{1,63})" in (?:version|group|versions) \[?"'
        r"|resource mapping not found for name: ",
        "The cluster does not know this kind of object: its definition, or the operator that "
        "brings it, is not installed.",
        "Install what the kind belongs to, then make it again",
        "k8s.io/apimachinery pkg/api/meta/errors.go",
    ),
    row(
        "kind-unknown",
        r"the server could not find the requested resource",
        "The cluster does not know this kind of object: its definition, or the operator that "
        "brings it, is not installed.",
        "Install what the kind belongs to, then make it again",
        _API,
    ),
    row(
        "group-unavailable",
        r"unable to retrieve the complete list of server APIs: |the server is currently unable to "
        r"handle the request",
        "A part of the cluster's API, served by an extension, does not answer.",
        "See which: kubectl get apiservices; bring it back, or delete it if nobody needs it",
        f"{_API}; k8s.io/client-go/discovery",
    ),
    row(
        "node-port-taken",
        r"nodePort: Invalid value: \d{1,5}: provided port is already allocated",
        "The Service wants the node port that it had, which another one has now.",
        "Delete the other Service, or restore without node ports",
        "Kubernetes pkg/registry/core/service/portallocator/allocator.go",
    ),
    row(
        "cluster-address-taken",
        r'clusterIPs?: Invalid value: [\[\]{}"\w.:, ]{1,200}: failed to allocate IP \S{1,60}: '
        r"provided IP is (?:already allocated|not in the valid range)",
        "The Service wants an address that another one has, or that is none of this cluster's.",
        "Delete the other Service, or take spec.clusterIP out with a resource modifier",
        "Kubernetes pkg/registry/core/service/ipallocator",
    ),
    row(
        "field-immutable",
        r"(?:field is immutable|updates to (?:statefulset|persistentvolumeclaim) spec for fields "
        r"other than .{1,300} are forbidden|spec is immutable after creation)",
        "The object is there already and has a part that can never be changed.",
        "Delete the object in the cluster first, then restore it",
        "Kubernetes pkg/apis, validation",
    ),
    row(
        "may-not",
        r'\bis forbidden: User "(?P<user>system:serviceaccount:[^"]{1,253})" cannot \w{1,30} '
        r'resource "(?P<resource>[^"]{1,253})" in API group "[^"]{0,253}"',
        "The account {user} may not do that with {resource}.",
        "If it is Velero's: juju trust {app} --scope=cluster; then juju run {app}/leader "
        "apply-held-changes",
        "Kubernetes RBAC authorizer",
    ),
    row(
        "priority-class-missing",
        r"\bis forbidden: no PriorityClass with name (?P<name>\S{1,253}) was found",
        "The pod names the PriorityClass {name}, which this cluster has not.",
        "Create it, or restore it first: kubectl get priorityclasses",
        "Kubernetes plugin/pkg/admission/priority/admission.go",
    ),
    row(
        "service-account-missing",
        r"\bis forbidden: error looking up service account \S{1,320}: serviceaccount "
        r'"[^"]{1,253}" '
        r"not found",
        "The pod names a ServiceAccount that is not there.",
        "Restore ServiceAccounts too, or create it",
        "Kubernetes plugin/pkg/admission/serviceaccount/admission.go",
    ),
    row(
        "object-too-large",
        r"etcdserver: request is too large|Request entity too large: limit is \d{1,12}",
        "The object is larger than the cluster's API takes.",
        "Make it smaller, or leave it out",
        _API,
    ),
    row(
        "api-storage-full",
        r"etcdserver: mvcc: database space exceeded",
        "The cluster's own database is full, and takes nothing any more.",
        "Compact and enlarge etcd on the control plane",
        "go.etcd.io/etcd api/v3rpc/rpctypes",
    ),
)
