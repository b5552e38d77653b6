import pytest

from drepano.contracts import Column


def column(name, kind="number", source=None, **more):
    return Column(name=name, type=kind, meaning="m", state_source=source or name, **more)


@pytest.fixture
def columns():
    return [
        column("t1w__grey__volume", source="t1w__grey", unit="mm3", minimum=0.0),
        column("t1w__grey__voxels", "integer", "t1w__grey"),
        column("gen__hbb_rs334__dosage", source="gen__hbb_rs334", minimum=0, maximum=2),
        column("gen__g6pd_rs1050828__dosage", source="gen__g6pd_rs1050828"),
        column("gen__g6pd_rs1050828__ploidy", "integer", "gen__g6pd_rs1050828"),
        column("clin__hb", unit="g/dL"),
        column("clin__sex", "category", categories=("female", "male")),
        column("clin__on_hydroxyurea", "boolean"),
    ]
