"""Whether a resource says of itself that it is test data, as MSH-11 says of a message."""

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
HTEST = "HTEST"  # test health data
# what a sender's own label (`meta.tag`) says, as a whole and in words
_TEST = frozenset(
    ("test", "test data", "testdata", "test patient", "testpatient", "training", "training data")
)
TEST_DATA = "test health data (meta): only a ward with --training takes it"


def is_test_data(resource: dict) -> bool:
    """Whether the security labels or tags of a resource, or of a Bundle, say that it is test data.

    >>> [is_test_data({"meta": {"security": [{"system": SYSTEM, "code": code}]}}) for code in ("HTEST", "HRESCH")]
    [True, False]
    >>> [is_test_data({"meta": {"tag": [{"code": code}]}}) for code in ("test-data", "tested by the laboratory")]
    [True, False]
    """
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    labels = [one for name in ("security", "tag") for one in _codings(meta.get(name))]
    if any(
        str(one.get("code")).upper() == HTEST and one.get("system") in (None, "", SYSTEM) for one in labels
    ):
        return True
    said = (one.get(name) for one in _codings(meta.get("tag")) for name in ("code", "display"))
    return any(
        " ".join(str(text).lower().replace("-", " ").replace("_", " ").split()) in _TEST for text in said
    )


def _codings(said) -> list[dict]:
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
