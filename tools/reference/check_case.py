"""Runs a parity case and compares every stored stage with its tolerance.

python check_case.py CASE_DIR [CASE_DIR ...]
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

import pipeline
import weights


def difference(got: torch.Tensor, want: torch.Tensor, tolerance: dict):
    """(measure, limit, words) of one stage."""
    if tolerance.get("exact"):
        return int((got.to(torch.int64) != want.to(torch.int64)).sum()), 0, "values differ"
    gap = (got.to(torch.float64) - want.to(torch.float64)).abs()
    if "max_fraction_differing" in tolerance:
        share = float((gap > 0).double().mean())
        return (
            (share if float(gap.max()) <= tolerance["max_abs"] else float("inf")),
            tolerance["max_fraction_differing"],
            "share differs",
        )
    if "abs" in tolerance:
        return float(gap.max()), tolerance["abs"], "absolute"
    return float(gap.max()) / max(float(want.abs().max()), 1e-30), tolerance["rel"], "of the stage's largest"


def check(folder: Path) -> bool:
    case = pipeline.Case(folder)
    print(f"{folder.name}: {weights.check_probes(case.settings, case.entries)} weight probes equal")
    stages = pipeline.run(case)
    wanted = load_file(folder / case.settings["expected_file"])
    good = stages["text_only_prompt"] == case.settings["text_only_prompt"]
    print(f"  {'ok  ' if good else 'FAIL'} text_only_prompt")
    for item in case.settings["expected"]:
        name, want = item["name"], wanted[item["name"]]
        got = pipeline.thinned(stages, name, item.get("dim", 1))
        if got.shape != want.shape:
            good = False
            print(f"  FAIL {name}: shape {tuple(got.shape)}, expected {tuple(want.shape)}")
            continue
        measure, limit, unit = difference(got, want, item["tolerance"])
        good &= measure <= limit
        print(f"  {'ok  ' if measure <= limit else 'FAIL'} {name}: {measure:.3g} {unit} (limit {limit:g})")
    left = set(wanted) - {item["name"] for item in case.settings["expected"]}
    if left:
        good = False
        print(f"  FAIL stored but not described: {sorted(left)}")
    return good


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    results = [check(Path(folder)) for folder in sys.argv[1:]]
    raise SystemExit(0 if all(results) else 1)
