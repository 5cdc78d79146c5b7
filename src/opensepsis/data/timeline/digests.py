"""A number for each patient that changes when anything of them does: what need not be labelled again is told by it.

The sum of the hashes of their rows, so that neither order nor parts matter. Another version of Polars may hash otherwise: digests are
compared only where `digest_of_all` was made by the same one.
"""

import polars as pl

DIGESTS: dict[str, pl.DataType] = {"patient": pl.String(), "digest": pl.UInt64()}


def digests_of(rows: pl.DataFrame) -> pl.DataFrame:
    """patient, digest: of the rows of each patient; sums wrap around.

    >>> one = pl.DataFrame({"patient": ["a", "a"], "value": [1.0, 2.0]})
    >>> digests_of(one).equals(digests_of(one.reverse())), digests_of(one).equals(digests_of(one.head(1)))
    (True, False)
    """
    found = rows.select("patient", digest=rows.hash_rows()).group_by("patient").agg(pl.col("digest").sum())
    return found.cast(pl.Schema(DIGESTS))


def digest_of_all(digests: pl.DataFrame) -> str:
    """One digest of all patients (patient, digest), and by what it was made.

    >>> digest_of_all(pl.DataFrame({"patient": [], "digest": []}, schema=DIGESTS)).partition(":")[0] == "polars " + pl.__version__
    True
    """
    whole = digests.select(pl.struct("patient", "digest").hash().sum()).item()
    return f"polars {pl.__version__}:{whole or 0:016x}"
