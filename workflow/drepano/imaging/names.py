"""Names of the columns of imaging, and of the sources whose states explain them."""


def source_of(modality: str, region: str) -> str:
    """Return the state source of a region's columns."""
    return f"{modality}__{region}"


def column_of(modality: str, region: str, feature: str) -> str:
    """Return the name of a matrix column."""
    return f"{modality}__{region}__{feature}"
