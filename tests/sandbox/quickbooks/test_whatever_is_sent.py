"""Whatever a client sends, the service answers in its own words, and a refusal leaves the books as they were."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.entities import ENTITIES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["1", "TAX", "SHIPPING_ITEM_ID", "2026-11-02", "SalesItemLineDetail", "DiscountLineDetail"])
)
NAMES = sorted({name for entity in ENTITIES.values() for name in (*entity.fields, *entity.read_only)})
INNER = ["value", "Amount", "DetailType", "ItemRef", "Qty", "UnitPrice", "TotalTax", "Address", "LinkedTxn", "TxnId"]
INNER += ["TxnType", "SalesItemLineDetail", "DiscountLineDetail", "PercentBased", "DiscountPercent", "Line1"]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from([entity.path for entity in ENTITIES.values()])
BODIES = st.dictionaries(st.sampled_from([*NAMES, "Id", "SyncToken", "sparse"]), VALUES, max_size=6)
WITHIN_A_TEST = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def books_of(qbo):
    rows = qbo.state.connection().execute("SELECT entity, id, sync_token, body FROM qbo_records ORDER BY entity, id")
    return [tuple(row) for row in rows]


@WITHIN_A_TEST
@given(path=PATHS, body=BODIES)
def test_any_body_is_executed_or_refused_whole(qbo, path, body):
    before = books_of(qbo)
    response = qbo.post(path, body)
    if response.status_code != 200:
        assert qbo.refusal(response)["code"]
        assert books_of(qbo) == before


@WITHIN_A_TEST
@given(line=st.dictionaries(st.sampled_from(INNER), VALUES, max_size=5), amount=SCALARS)
def test_any_line_is_executed_or_refused(qbo, line, amount):
    body = {"Line": [{**qbo.item_line(1), "Amount": amount}, {"DetailType": "SalesItemLineDetail", **line}]}
    response = qbo.post("salesreceipt", body)
    if response.status_code == 200:
        saved = response.json()["SalesReceipt"]
        items = [entry["Amount"] for entry in saved["Line"] if entry["DetailType"] == "SalesItemLineDetail"]
        assert round(sum(items), 2) == saved["TotalAmt"]
    else:
        assert qbo.refusal(response)["code"]


@WITHIN_A_TEST
@given(
    statement=st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            [
                "SELECT",
                "*",
                "FROM",
                "Customer",
                "WHERE",
                "Id",
                "Balance",
                "DisplayName",
                "=",
                "IN",
                "(",
                ")",
                "'x'",
                "5",
                "-1",
                "AND",
                "LIKE",
                "ORDERBY",
                "STARTPOSITION",
                "MAXRESULTS",
                "true",
                ",",
                "count",
                "MetaData.CreateTime",
                "<=",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_statement_is_answered_or_refused(qbo, statement):
    response = qbo.get("query", query=statement)
    if response.status_code != 200:
        assert qbo.refusal(response)["code"] in ("4000", "4001")
