"""What the way to a store says: names, connections and certificates, in the words of Go.

An error of Go's HTTP client names what was asked (``Get "https://…": …``); without that, nobody
knows of whom a connection was refused. What the Kubernetes API or a webhook is asked is told apart
by its own rows.
"""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import Row, row

_TLS: Final = "Go crypto/x509 verify.go, crypto/tls"
_NET: Final = "Go net package"
_HTTP: Final = "Go net/http client.go, transport.go"
_API: Final = (
    r"\b(?:Get|Put|Post|Patch|Head|Delete) \"https://[^/\"\s]{1,300}/apis?[/?][^\"]{0,900}\": "
)
_ASKED: Final = (
    r"\b(?:Get|Put|Post|Head|Delete) \"https?://(?P<host>[^/\"\s]{1,300}+)"
    r"(?!/apis?[/?])[^\"]{0,2000}\": "
)
_BROKEN: Final = (
    r"(?:dial tcp \S{1,60}: (?:connect: (?:connection refused|network is unreachable|no route to "
    r"host|connection timed out)|i/o timeout)|read tcp \S{1,60}->\S{1,60}: read: connection reset "
    r"by peer|EOF|net/http: TLS handshake timeout)"
)
_LOOKUP: Final = (
    r"dial tcp: lookup \S{1,253}(?: on \S{1,60})?: (?:no such host|server misbehaving|i/o timeout|"
    r"(?:read|dial|write) udp \S{1,130}: (?:(?:read|connect|write|sendto): )?(?:i/o timeout|"
    r"connection refused|network is unreachable|no route to host|operation not permitted))"
)
_ENDPOINT: Final = "the endpoint at the storage integrator"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "name-unresolved",
        _ASKED + _LOOKUP,
        "The name in {host} cannot be resolved from within the cluster.",
        f"Correct {_ENDPOINT} if it is its name; else the cluster's DNS",
        _NET,
    ),
    row(
        "name-unresolved",
        _LOOKUP,
        "A name cannot be resolved from within the cluster.",
        f"Correct {_ENDPOINT} if it is its name; else the cluster's DNS",
        _NET,
    ),
    row(
        "store-unreachable",
        _ASKED + _BROKEN,
        "Nothing answers at {host}: the store is down, the address or port is wrong, or a "
        "firewall or network policy is in between.",
        f"See whether it runs and can be reached from a pod of this model; compare {_ENDPOINT}",
        _NET,
    ),
    row(
        "store-slow",
        _ASKED + r"(?:context deadline exceeded(?: \(Client\.Timeout exceeded while awaiting "
        r"headers\))?|net/http: (?:request canceled|timeout awaiting response headers)"
        r"(?: while waiting for connection)?(?: \(Client\.Timeout exceeded while awaiting headers"
        r"\))?)",
        "{host} did not answer in time.",
        "See whether the store is overloaded or badly connected",
        _HTTP,
    ),
    row(
        "api-unreachable",
        _API + rf"(?:{_BROKEN}|context deadline exceeded.{{0,60}}|dial tcp: lookup .{{1,300}}: "
        r"no such host|http2: client connection lost|unexpected EOF)",
        "Velero could not reach the cluster's API server, or lost it.",
        "See whether the API server runs and can be reached from a pod of this model; then make "
        "it again",
        "k8s.io/client-go/rest",
    ),
    row(
        "authority-unknown",
        _ASKED + r"(?:tls: failed to verify certificate: )?x509: certificate signed by unknown "
        r"authority",
        "The certificate of {host} is signed by an authority that Velero does not know.",
        "Set tls-ca-chain at the storage integrator to the authority's certificates",
        _TLS,
    ),
    row(
        "certificate-expired",
        _ASKED
        + r"(?:tls: failed to verify certificate: )?x509: certificate has expired or is not "
        r"yet valid",
        "The certificate of {host} has expired, is for later, or the node's clock is wrong.",
        "Renew the store's certificate; compare the clocks",
        _TLS,
    ),
    row(
        "certificate-for-another",
        _ASKED + r"(?:tls: failed to verify certificate: )?x509: (?:certificate is valid for "
        r".{1,600}, (?:not|but none matched) |cannot validate certificate for \S{1,60} because it "
        r"doesn't contain any IP SANs|certificate is not valid for any names, but wanted to match "
        r"|certificate relies on legacy Common Name field, use SANs instead)",
        "The certificate of {host} is for another name than the one in the endpoint.",
        "Use the name in the certificate as the endpoint, or a certificate with the endpoint's "
        "name",
        _TLS,
    ),
    row(
        "tls-refused",
        _ASKED + r"remote error: tls: (?:handshake failure|protocol version not supported"
        r"|bad certificate|certificate required)",
        "{host} and Velero find no way of encryption that both know, or the store wants a client "
        "certificate.",
        "Allow TLS 1.2 or later and no client certificate at the store",
        _TLS,
    ),
    row(
        "store-speaks-http",
        r"http: server gave HTTP response to HTTPS client"
        r"|tls: first record does not look like a TLS handshake",
        "The endpoint is given as https, but the store there speaks plain http.",
        "Set the endpoint at the storage integrator to http://…, or switch TLS on at the store",
        _HTTP,
    ),
    row(
        "store-speaks-https",
        r"net/http: HTTP/1\.x transport connection broken: malformed HTTP (?:response|status code)"
        r"|Client sent an HTTP request to an HTTPS server",
        "The endpoint is given as http, but the store there speaks https.",
        "Set the endpoint at the storage integrator to https://…",
        _HTTP,
    ),
    row(
        "proxy-refuses",
        _ASKED + r"(?:proxyconnect tcp: |Proxy Authentication Required|Forbidden$)",
        "The proxy that Velero is told to use does not let it reach {host}.",
        "Let the proxy pass it, or take the store out: juju model-config juju-no-proxy",
        _HTTP,
    ),
)
