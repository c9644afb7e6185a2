"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

import numpy as np

from models_core.registry import Source, register

from ._builtin import BuiltinImages
from ._splits import stratified_split


@register(
    "dataset",
    id="digits",
    family="built-in",
    title="Digits",
    source=Source("E. Alpaydin, C. Kaynak", "Optical Recognition of Handwritten Digits", 1998),
    tags=("image",),
)
class Digits(BuiltinImages):
    """1,797 handwritten digits of 8 x 8 grey pixels; needs no download.

    A fifth of each class is kept for testing, always the same one.
    """

    reader = "digits"
    classes = tuple("0123456789")
    n_train = 1437
    n_test = 360
    shape = (8, 8, 1)

    def read(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        # Importing scikit-learn takes a second, which is spent only the first time.
        from sklearn.datasets import load_digits

        data = load_digits()
        images = np.round(data.images * (255 / 16)).astype(np.uint8)[..., None]
        train, test = stratified_split(data.target, 0.2, seed=0)
        return {"train": (images[train], data.target[train]), "test": (images[test], data.target[test])}
