"""Long tables of the steps to one wide matrix, its states, its dictionary and its quality."""

from drepano.matrix.build import Matrix, build_matrix, matrix_contract
from drepano.matrix.dictionary import dictionary
from drepano.matrix.quality import quality
from drepano.matrix.stability import is_perturbed, stability
from drepano.matrix.stream import stream

__all__ = [
    "Matrix",
    "build_matrix",
    "dictionary",
    "is_perturbed",
    "matrix_contract",
    "quality",
    "stability",
    "stream",
]
