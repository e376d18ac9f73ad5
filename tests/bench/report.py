# SPDX-License-Identifier: GPL-2.0-or-later
"""The one form of a figure: ours beside one peer's, measured by turns in one run.

BUILD/bench.json has them as rows, BUILD/bench.md as a page to read. A row is a flat object: `part`, `name`, `unit`, `means` (what
it says, in a sentence), `ours` and `peer` (each with its name, min, median, p99 and max; a peer that failed, or that nobody is, is
null and `why` has the words), `ratio` (our median by the peer's: below 1 we are faster or smaller), `n` (measurements of ours)
and `spread` (the middle half of the measurements by their median, of the side that scatters more: a ratio nearer to 1 than that
says nothing).
"""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Side:
    name: str
    values: list[float] = field(default_factory=list)
    why: str = ""  # it failed: its own words, and its values count no more

    def median(self) -> float:
        return statistics.median(self.values)

    def spread(self) -> float:
        """Of what was measured, the middle half's width by the median."""
        if len(self.values) < 4 or not self.median():
            return 0.0
        low, _, high = statistics.quantiles(self.values, n=4)
        return (high - low) / self.median()

    def figures(self) -> dict:
        ordered = sorted(self.values)
        p99 = ordered[math.ceil(len(ordered) * 0.99) - 1]
        numbers = {"min": ordered[0], "median": self.median(), "p99": p99, "max": ordered[-1]}
        return {"name": self.name} | {key: round(value, 2) for key, value in numbers.items()}

    def counts(self) -> bool:
        return bool(self.values) and not self.why


def row(name: str, unit: str, means: str, ours: Side, peer: Side) -> dict:
    found: dict = {"name": name, "unit": unit, "means": means, "ours": ours.figures(), "peer": None, "ratio": None,
                   "n": len(ours.values), "spread": round(ours.spread(), 3)}
    if not peer.counts():
        return found | {"why": f"{peer.name}: {peer.why}"}
    ratio = round(ours.median() / peer.median(), 3) if peer.median() else None
    return found | {"peer": peer.figures(), "ratio": ratio, "spread": round(max(ours.spread(), peer.spread()), 3)}


def keep(build: Path, part: str, rows: list[dict]) -> None:
    """Puts the rows of a part in the place of its last ones, and shows them."""
    path = build / "bench.json"
    before = json.loads(path.read_text())["rows"] if path.exists() else []
    merged = [one for one in before if one.get("part") != part] + [{"part": part} | one for one in rows]
    path.write_text(json.dumps({"schema": 2, "rows": merged}, indent=1, ensure_ascii=False) + "\n")
    (build / "bench.md").write_text(page(merged))
    show(rows)


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}"


def show(rows: list[dict]) -> None:
    print(f"\n{'':64}{'ours':>10}{'theirs':>10}{'':4}{'ratio':>7}{'spread':>7}")
    for one in rows:
        theirs = number(one["peer"]["median"]) if one["peer"] else "-"
        ratio = f"{one['ratio']:.2f}" if one["ratio"] is not None else "-"
        beside = f" / {one['peer']['name']}" if one["peer"] else ""
        print(f"{one['name'] + beside:64}{number(one['ours']['median']):>10}{theirs:>10} {one['unit']:3}{ratio:>7}{one['spread']:>7.2f}")
        if one.get("why"):
            print(f"    {one['why']}")


def page(rows: list[dict]) -> str:
    """All of it as Markdown: a table for each part, and below it what each row means."""
    lines = ["# Measured beside others", "", "Medians of runs by turns on one machine. Ratio is ours by theirs: below 1, ours is faster or smaller; a ratio "
             "nearer to 1 than the spread says nothing.", ""]
    for part in dict.fromkeys(one["part"] for one in rows):
        mine = [one for one in rows if one["part"] == part]
        lines += [f"## {part}", "", "| | ours | | theirs | | ratio | n | spread |", "|---|---|---|---|---|---|---|---|"]
        for one in mine:
            ours, peer = one["ours"], one["peer"]
            theirs = f"{peer['name']} | {number(peer['median'])} {one['unit']}" if peer else f"{one['why']} | "
            ratio = one["ratio"] if one["ratio"] is not None else ""
            lines.append(f"| {one['name']} | {ours['name']} | {number(ours['median'])} {one['unit']} | {theirs} | {ratio} | {one['n']} | {one['spread']} |")
        first_of = {one["means"]: one["name"] for one in reversed(mine)}
        lines += ["", *(f"- *{name}*: {means}" for means, name in reversed(first_of.items())), ""]
    return "\n".join(lines)
