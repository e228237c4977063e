"""The tab "Products": how the item of a product is found, and what happens where there is none."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from order_sync.settings.values import ListName, Section


def _csv_file(name: str) -> str:
    if not re.fullmatch(r"\w[\w .-]*\.csv", name):
        raise ValueError("is not the name of a CSV file that stands beside the settings; write it as products.csv")
    return name


def _at_most_two(ways: tuple[Identification, ...]) -> tuple[Identification, ...]:
    if not 1 <= len(ways) <= 2 or len(set(ways)) < len(ways):
        raise ValueError("holds one way to identify a product, or two different ones")
    return ways


class Identification(Section):
    """One way to find the item of a product: what the store says of it, and the field of the item that must be the same."""

    source: Literal["SKU", "name"]
    destination: Literal["Sku", "Name"]

    @model_validator(mode="after")
    def _alike(self) -> Self:
        if (self.source, self.destination) == ("name", "Sku"):
            raise ValueError("a name is no SKU; use name with Name")
        return self

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


class NewItem(Section):
    """What an item that the sync creates is given."""

    type: Literal["NonInventory", "Service", "Inventory"] = "NonInventory"
    income_account: ListName | None = None
    expense_account: ListName | None = Field(default=None, description="cost of goods; an inventory item needs it")
    asset_account: ListName | None = Field(default=None, description="of an inventory item")
    inventory_start: date | None = Field(default=None, description="of an inventory item")
    taxable: Literal["as on store", True, False] = "as on store"
    description: bool = True

    @model_validator(mode="after")
    def _stock_is_inventory(self) -> Self:
        if self.type != "Inventory" and (self.asset_account or self.inventory_start):
            raise ValueError(
                "asset_account and inventory_start are only for type: Inventory; set that, or take them out"
            )
        return self


class ProductSettings(Section):
    """How the item of a product is found, and what happens where there is none."""

    map: Annotated[str, AfterValidator(_csv_file)] | None = Field(
        default=None, description="a CSV file beside the settings"
    )
    identify: Annotated[tuple[Identification, ...], AfterValidator(_at_most_two)] = (
        Identification(source="SKU", destination="Sku"),
        Identification(source="name", destination="Name"),
    )
    not_found: Literal["standard", "create", "hold"] = "standard"
    create: NewItem = NewItem()
    reactivate_inactive: bool = False

    @model_validator(mode="after")
    def _can_be_created(self) -> Self:
        if self.not_found != "create":
            return self
        wanted = ["income_account"]
        if self.create.type == "Inventory":
            wanted += ["expense_account", "asset_account", "inventory_start"]
        if missing := [f"create.{key}" for key in wanted if getattr(self.create, key) is None]:
            raise ValueError(f"not_found: create needs {', '.join(missing)}")
        return self
