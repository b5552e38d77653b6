"""A step for tests of the ranks: its units do what their payload says.

It is its own program too: `python toy_step.py FOLDER --ranks N --shard I --shards N`.
"""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import DrepanoError, UnitError
from drepano.ranks import ShardFiles, StepSpec, Unit, UnitResult, connect, run_shard

SPEC_CONTRACT = "drepano.contracts.values:IMAGING"


class Toy:
    """Context is a folder; each computed unit leaves a line in `computed.txt` there."""

    def __init__(self, context: str) -> None:
        self.folder = Path(context)

    def compute(self, unit: Unit) -> UnitResult:
        with (self.folder / "computed.txt").open("a") as handle:
            handle.write(f"{unit.name}\n")
        print("a library that prints must not break the protocol")  # noqa: T201
        time.sleep(unit.payload.get("sleep_s", 0))
        self._act(unit.payload["act"])
        rows = [
            {
                "subject": unit.payload["subject"],
                "session": "",
                "column": f"t1w__{region}__volume_mm3",
                "item": 0,
                "value": float(unit.payload["value"]),
                "engine": "toy 1",
                "key": unit.key,
            }
            for region in ("left", "right")
        ]
        return UnitResult(IMAGING.from_rows(rows), STEP_STATES.empty())

    def _act(self, act: str) -> None:
        if act == "refuse":
            raise UnitError("unreadable", "nothing behind the header", "Copy the file again.")
        if act == "bug":
            raise ZeroDivisionError("secret 12.5")
        if act == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if act == "hang":
            time.sleep(600)

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        row = {
            "subject": unit.payload["subject"],
            "session": "",
            "source": "t1w__left",
            "state": "failed",
            "reason": error.reason,
            "detail": error.detail,
            "remedy": error.remedy,
        }
        return UnitResult(IMAGING.empty(), STEP_STATES.from_rows([row]))


def files_of(folder: Path, shard: int) -> ShardFiles:
    out = folder / "shards"
    return ShardFiles(
        folder / "units" / f"{shard}.parquet",
        folder / "store",
        out / f"{shard}.values.parquet",
        out / f"{shard}.states.parquet",
        out / f"{shard}.outcomes.parquet",
    )


def spec_of(folder: Path) -> StepSpec:
    return StepSpec("toy_step:Toy", SPEC_CONTRACT, str(folder), intact="toy_step:not_gone")


def not_gone(rows: list[dict]) -> bool:
    """Tell that what the rows of a unit speak of is there; GONE names a subject's that is not."""
    return all(row["subject"] != os.environ.get("GONE") for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--shard", type=int, default=0)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        run_shard(
            files_of(asked.folder, asked.shard),
            spec_of(asked.folder),
            connect(asked.ranks),
            shard=(asked.shard, asked.shards),
            time_limit_s=asked.time_limit,
        )
    except DrepanoError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
