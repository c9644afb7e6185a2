"""Fashion-MNIST, downloaded."""

from __future__ import annotations

from models_core.registry import Source, register

from ._idx import IdxImages


@register(
    "dataset",
    id="fashion_mnist",
    family="built-in",
    title="Fashion-MNIST",
    source=Source("H. Xiao, K. Rasul, R. Vollgraf", "Fashion-MNIST: a novel image dataset for benchmarking", 2017),
    tags=("image", "download"),
)
class FashionMnist(IdxImages):
    """70,000 pictures of clothes of 28 x 28 grey pixels; downloads 30 MB once."""

    reader = "fashion_mnist"
    title = "Fashion-MNIST"
    classes = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
    mirrors = (
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    )
    md5 = (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    )
    n_bytes = (26_421_880, 29_515, 4_422_102, 5_148)
