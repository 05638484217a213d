"""A till whose labels are tried: the real counter, a real catalogue file, no cloud and no threads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.counter.cashier import Cashier
from agent.counter.labels import Labels
from agent.counter.questions import Questions
from agent.counter.refused_scans import RefusedScans
from agent.counter.weighing import Scale
from agent.sale.labels import LabelRules
from agent.store.catalogue import Catalogue
from agent.store.catalogue_import import import_catalogue
from agent.store.label_key import LabelKey
from agent.till.answer import Answer
from tests.rig.till import RigTill


class LabelDesk(RigTill):
    """items: SKU to its GTINs, or to more columns of the catalogue file."""

    scale: Scale | None = None

    def __init__(
        self,
        directory: Path,
        items: Mapping[str, str | dict[str, str]],
        label_rules: LabelRules | None = None,
        **options: Any,
    ) -> None:
        self.catalogue_path = directory.with_name("catalogue.db")
        self.label_rules = label_rules or LabelRules()
        rows = [f"{sku},{self._row(columns)}" for sku, columns in items.items()]
        source = directory.with_name("items.csv")
        source.write_text("\n".join(["sku,name,price,tax_rate,gtins,scale_code,unit", *rows]), "utf-8")
        assert not import_catalogue(source, self.catalogue_path).bad
        self.label_key = LabelKey(directory, "S1T1")
        super().__init__(directory, **options)

    @staticmethod
    def _row(columns: str | dict[str, str]) -> str:
        told = {"gtins": columns} if isinstance(columns, str) else columns
        return f"Item,10,5,{told.get('gtins', '')},{told.get('scale_code', '')},{told.get('unit', '')}"

    def serve(self) -> None:
        super().serve()
        self.catalogue = Catalogue(self.catalogue_path)
        self.cashier = Cashier(
            self.till,
            self.board,
            self.open_sale,
            self.past_bills,
            self.catalogue,
            Questions(lambda question: question(), None),
            queued=lambda *_: (),
            wake=lambda: None,
            scale=self.scale,
        )
        self.labels = self.make_labels()

    def make_labels(self) -> Labels:
        return Labels(
            self.cashier,
            self.catalogue,
            self.label_rules,
            lambda work: work(),
            self.label_key,
            RefusedScans(self.board, self.till.stamp),
        )

    def close(self) -> None:
        self.catalogue.close()
        super().close()

    def scan(self, label: str, symbology_id: str = "", device: str = "") -> Answer:
        return self.labels.scan(label, symbology_id, device=device)

    def command(self, name: str) -> str:
        """The text of this till's own label."""
        return f"CMD:{name}:{self.label_key.proof(name)}"

    @property
    def sold(self) -> list[str]:
        """The SKUs of the open sale's lines that count, in order."""
        return [line.product.sku for line in self.open_sale.sale.live_lines]
