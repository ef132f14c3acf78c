"""Amazon's own hosts: their URL is kept, everything else is as without an endpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers.s3 import S3

KEYS = {"access-key": "AK", "secret-key": "SK", "bucket": "backups"}
WORDS = ["central", "north", "south", "east", "west", "northeast", "southwest"]
AREAS = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "us-gov", "eusc-de"]
REGIONS = st.builds(
    "{}-{}-{}".format, st.sampled_from(AREAS), st.sampled_from(WORDS), st.integers(1, 9)
)
FORMS = ["s3.", "s3-", "s3.dualstack.", "s3-fips.", "s3-fips.dualstack.", "s3-fips-"]
HOSTS = st.sampled_from(FORMS)
CASES = st.sampled_from([str.lower, str.upper, str.title])
PORTS = st.sampled_from(
    ["https://{}", "https://{}:443", "http://{}", "http://{}:80", "HTTPS://{}"]
)


def read(**fields: str) -> Storage:
    given = KEYS | {key.replace("_", "-"): value for key, value in fields.items()}
    return S3().storage(given, "velero/velero-plugin-for-aws:v1.14.3", "model/app")


def domain(region: str) -> str:
    if region.startswith("cn-"):
        return "amazonaws.com.cn"
    return "amazonaws.eu" if region.startswith("eusc-") else "amazonaws.com"


@given(region=REGIONS, form=HOSTS, case=CASES, port=PORTS, says=st.booleans(), slash=st.booleans())
def test_all_but_the_url_is_as_without_an_endpoint(
    region: str, form: str, case: type[str], port: str, *, says: bool, slash: bool
) -> None:
    host = f"{form}{region}.{domain(region)}"
    endpoint = port.format(case(host)) + "/" * slash
    storage, bare = read(endpoint=endpoint, region=region * says), read(region=region)
    url = storage.config["s3Url"]
    assert url == port.format(host).lower()
    assert storage.config == {**bare.config, "s3Url": url}
    assert storage.snapshot_config == bare.snapshot_config == {"region": region}


@given(region=REGIONS, form=HOSTS, before=st.sampled_from(["backups.", "a.b.", ""]))
def test_the_bucket_has_no_place_in_the_endpoint(region: str, form: str, before: str) -> None:
    host = f"{before}{form}{region}.{domain(region)}"
    with pytest.raises(InvalidInput, match="has more in it than Amazon's host"):
        read(endpoint=f"https://{host}{'' if before else '/backups'}")


@pytest.mark.parametrize("style", ["path", "host", "virtual"])
def test_a_style_that_is_given_is_used(style: str) -> None:
    endpoint = "https://s3.eu-west-1.amazonaws.com"
    assert read(endpoint=endpoint, s3_uri_style=style).config == {
        "s3Url": endpoint,
        "region": "eu-west-1",
        "s3ForcePathStyle": str(style == "path").lower(),
    }


def test_a_region_that_is_not_the_endpoint_s_is_refused() -> None:
    with pytest.raises(InvalidInput, match="region: is not the one in endpoint"):
        read(endpoint="https://s3.eu-west-1.amazonaws.com", region="us-east-1")


@pytest.mark.parametrize("endpoint", ["https://s3.amazonaws.com:443", "https://S3.Amazonaws.com"])
def test_the_global_host_is_as_none(endpoint: str) -> None:
    assert read(endpoint=endpoint) == read()


@pytest.mark.parametrize(
    "host",
    [
        "s3.eu-west-1.amazonaws.com:9000",
        "s3.eu-west-1.amazonaws.com.example.com",
        "xs3.eu-west-1.amazonaws.com",
        "s3.eu-west-1.example.com",
        "s3.garage.example",
        "s3-website-us-east-1.amazonaws.com",
        "s3-control.us-east-1.amazonaws.com",
        "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
        "s3-us-east-1.elb.amazonaws.com",
    ],
)
def test_no_other_host_is_taken_for_amazon_s(host: str) -> None:
    endpoint = f"https://{host}"
    assert read(endpoint=endpoint).config == {
        "s3Url": endpoint,
        "checksumAlgorithm": "",
        "region": "us-east-1",
        "s3ForcePathStyle": "true",
    }
