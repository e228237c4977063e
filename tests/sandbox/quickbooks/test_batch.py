"""The batch endpoint: every item its own outcome, and nothing done twice."""

from __future__ import annotations


def batch(qbo, *items, **params):
    response = qbo.post("batch", {"BatchItemRequest": list(items)}, **params)
    assert response.status_code == 200, response.text
    return {item["bId"]: item for item in response.json()["BatchItemResponse"]}


def create(batch_id, name):
    return {"bId": batch_id, "operation": "create", "Customer": {"DisplayName": name}}


def test_a_refused_item_leaves_the_others_alone(qbo):
    query = {"bId": "q", "Query": "SELECT * FROM Customer WHERE DisplayName = 'Ann'"}
    answer = batch(qbo, create("a", "Ann"), create("b", "ann"), create("c", "Bob"), query)

    assert answer["a"]["Customer"]["DisplayName"] == "Ann"
    assert answer["b"]["Fault"]["Error"][0]["code"] == "6240"
    assert answer["b"]["Fault"]["type"] == "ValidationFault"
    assert answer["c"]["Customer"]["DisplayName"] == "Bob"
    assert answer["q"]["QueryResponse"]["Customer"] == [answer["a"]["Customer"]]
    assert qbo.query("SELECT count(*) FROM Customer") == {"totalCount": 2}


def test_items_update_void_and_delete(qbo):
    receipts = [qbo.save("SalesReceipt", {"DocNumber": "1" * n, "Line": [qbo.item_line(1)]}) for n in (1, 2)]
    keys = [{"Id": receipt["Id"], "SyncToken": "0", "sparse": True} for receipt in receipts]
    twin = {"DocNumber": "11", "Line": [qbo.item_line(1)]}

    answer = batch(
        qbo,
        {"bId": "v", "operation": "update", "optionsData": "void", "SalesReceipt": keys[0]},
        {"bId": "t", "operation": "create", "optionsData": "allowduplicatedocnum", "SalesReceipt": twin},
        {"bId": "d", "operation": "delete", "SalesReceipt": keys[1]},
        {"bId": "x", "operation": "upsert", "SalesReceipt": twin},
        {"bId": "y", "operation": "create", "Order": {}},
    )

    assert answer["v"]["SalesReceipt"]["TotalAmt"] == 0
    assert answer["t"]["SalesReceipt"]["DocNumber"] == "11"
    assert answer["d"]["SalesReceipt"]["status"] == "Deleted"
    assert answer["x"]["Fault"]["Error"][0]["code"] == "500"
    assert answer["y"]["Fault"]["Error"][0]["code"] == "2000"


def test_a_repeated_batch_is_not_executed_again_if_its_item_ids_are_the_same(qbo):
    items = [create("a", "Ann"), create("b", "Bob")]
    first = batch(qbo, *items, requestid="r-1")
    assert batch(qbo, *reversed(items), requestid="r-1") == first
    again = batch(qbo, create("c", "Ann"), requestid="r-1")
    assert again["c"]["Fault"]["Error"][0]["code"] == "6240"
    assert qbo.query("SELECT count(*) FROM Customer") == {"totalCount": 2}


def test_a_batch_has_at_most_30_items_and_short_ids(qbo):
    many = [create(str(number), f"C{number}") for number in range(31)]
    assert qbo.refusal(qbo.post("batch", {"BatchItemRequest": many}))["code"] == "1040"
    assert len(batch(qbo, *many[:30])) == 30

    item = {"BatchItemRequest": [create("x" * 11, "Ann")]}
    assert qbo.refusal(qbo.post("batch", item, requestid="r-1"))["code"] == "2130"
    assert qbo.refusal(qbo.post("batch", {"BatchItemRequest": []}, requestid="r" * 37))["code"] == "2130"
    assert qbo.refusal(qbo.post("batch", {"BatchItems": []}))["code"] == "2020"


def test_every_kind_of_record_is_created_updated_and_voided_in_batches(qbo):
    customer = {"value": qbo.customer()["Id"]}
    sale = {"CustomerRef": customer, "Line": [qbo.item_line(20)]}
    bodies = {
        "SalesReceipt": sale,
        "Invoice": sale,
        "CreditMemo": sale,
        "RefundReceipt": {**sale, "DepositToAccountRef": qbo.named("Account", "Checking")},
        "Payment": {"CustomerRef": customer, "TotalAmt": 20},
        "Item": {"Name": "Blue Mug", "IncomeAccountRef": qbo.named("Account", "Services")},
    }
    items = [{"bId": entity[:10], "operation": "create", entity: body} for entity, body in bodies.items()]
    answer = batch(qbo, *items, requestid="r-1")
    made = {entity: answer[entity[:10]][entity] for entity in bodies}
    assert batch(qbo, *items, requestid="r-1") == answer
    assert qbo.query("SELECT count(*) FROM Payment") == {"totalCount": 1}

    key = {entity: {"Id": record["Id"], "SyncToken": "0", "sparse": True} for entity, record in made.items()}
    notes = {entity: {"Name": "Red Mug"} if entity == "Item" else {"PrivateNote": "x"} for entity in bodies}
    changes = [{"bId": name, "operation": "update", name: {**key[name], **notes[name]}} for name in bodies]
    assert {name: one[name]["SyncToken"] for name, one in batch(qbo, *changes).items()} == dict.fromkeys(bodies, "1")

    voids = [
        {"bId": name, "operation": "update", "optionsData": "void", name: {**key[name], "SyncToken": "1"}}
        for name in bodies
    ]
    answer = batch(qbo, *voids)
    for name in ("SalesReceipt", "Invoice", "Payment"):
        assert (answer[name][name]["TotalAmt"], answer[name][name]["PrivateNote"]) == (0, "Voided")
    for name in ("CreditMemo", "RefundReceipt", "Item"):
        assert answer[name]["Fault"]["Error"][0]["code"] == "500"


def test_an_item_that_was_refused_is_tried_again_and_the_others_are_not(qbo):
    items = [create("a", "Ann"), create("b", "Bob")]
    taken = qbo.customer("Bob")
    first = batch(qbo, *items, requestid="r-1")
    assert first["b"]["Fault"]["Error"][0]["code"] == "6240"
    qbo.save("Customer", {"Id": taken["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    again = batch(qbo, *items, requestid="r-1")
    assert again["a"] == first["a"]
    assert again["b"]["Customer"]["DisplayName"] == "Bob"
