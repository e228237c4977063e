"""Pages: every record once, in the order that was asked for, and no token where it does not belong."""

from __future__ import annotations

from itertools import chain

import pytest


def all_pages(ask, path: str, **query) -> list[list[str]]:
    name = path.split("/")[-1]
    pages, token = [], ""
    while True:
        answer = ask(path, **query, **({"page_token": token} if token else {}))
        pages.append([record["id"] for record in answer[name]])
        token = answer["next_page_token"]
        if not token:
            return pages


@pytest.fixture
def orders(put, order):
    for number in range(10):
        put("order", order(number))


def test_pages_hold_every_order_once(orders, ask):
    assert all_pages(ask, "orders", page_size=4) == [
        ["1000", "1001", "1002", "1003"],
        ["1004", "1005", "1006", "1007"],
        ["1008", "1009"],
    ]


def test_a_last_page_that_is_full_has_no_token(orders, ask):
    assert [len(page) for page in all_pages(ask, "orders", page_size=5)] == [5, 5]


@pytest.mark.parametrize("order_by", ["modification_time desc", "order_time desc", "id desc"])
def test_the_order_holds_across_pages(orders, ask, order_by):
    pages = all_pages(ask, "orders", page_size=3, order_by=order_by)
    assert list(chain.from_iterable(pages)) == [str(1009 - number) for number in range(10)]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_equal_and_missing_times_neither_lose_nor_repeat_an_order(put, order, ask, direction):
    times = [None, "2026-11-16T15:00:00.000Z", None, "2026-11-16T15:00:00.000Z", "2026-11-16T16:00:00.000Z"]
    for number, time in enumerate(times):
        put("order", order(number, modification_time=time))
    pages = all_pages(ask, "orders", page_size=1, order_by=f"modification_time {direction}")
    assert sorted(chain.from_iterable(pages)) == ["1000", "1001", "1002", "1003", "1004"]


def test_an_order_that_changes_meanwhile_comes_again_at_the_end(orders, put, order, ask):
    first = ask("orders", page_size=6, order_by="modification_time asc")
    put("order", order(2, modification_time="2026-11-16T18:00:00.000Z"))
    second = ask("orders", page_size=6, order_by="modification_time asc", page_token=first["next_page_token"])
    assert [record["id"] for record in second["orders"]] == ["1006", "1007", "1008", "1009", "1002"]


@pytest.mark.parametrize("changed", [{"filter": "id>1000"}, {"order_by": "id desc"}])
def test_a_token_is_refused_with_another_filter_or_order(orders, ask, changed):
    token = ask("orders", page_size=2, filter="id>999")["next_page_token"]
    again = {"page_size": 2, "filter": "id>999", "page_token": token}
    assert len(ask("orders", **again)["orders"]) == 2
    assert ask("orders", **{**again, **changed}, status=400)["details"][0]["resource"] == "page_token"


def test_a_token_of_one_list_is_refused_by_another(orders, put, payment, ask):
    put("payment", payment("1", 1, "1001"))
    token = ask("orders", page_size=2)["next_page_token"]
    ask("sales/payments", page_token=token, status=400)


@pytest.mark.parametrize("token", ["x", "nonsense", "bnVsbA==", "e30=", "🎁"])
def test_a_made_up_token_is_refused(orders, ask, token):
    assert ask("orders", page_token=token, status=400)["status"] == "BAD_REQUEST"


@pytest.mark.parametrize("size", ["-1", "1001", "ten", "1.5", "999999999999999999999"])
def test_a_page_size_out_of_bounds_is_refused(orders, ask, size):
    assert ask("orders", page_size=size, status=400)["details"][0]["resource"] == "page_size"


@pytest.mark.parametrize("size", ["0", "", "1000"])
def test_page_sizes_that_the_service_takes(orders, ask, size):
    assert len(ask("orders", page_size=size)["orders"]) == 10


@pytest.mark.parametrize("order_by", ["title asc", "id", "id sideways", "id asc, order_time desc", "modified asc"])
def test_an_order_that_the_service_does_not_know_is_refused(orders, ask, order_by):
    assert ask("orders", order_by=order_by, status=400)["details"][0]["resource"] == "order_by"


def test_payments_and_contacts_are_paged_too(put, payment, ask):
    for number in range(1, 6):
        put("payment", payment(str(number), 10 - number, "1001"))
        put(
            "contact",
            {"id": str(number), "email_addresses": [{"email": f"{9 - number}@example.com", "field": "EMAIL1"}]},
        )
    pages = all_pages(ask, "sales/payments", page_size=2, order_by="amount asc")
    assert pages == [["5", "4"], ["3", "2"], ["1"]]
    assert all_pages(ask, "contacts", page_size=3, order_by="email asc") == [["5", "4", "3"], ["2", "1"]]
