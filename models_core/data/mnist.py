"""MNIST, downloaded."""

from __future__ import annotations

from models_core.registry import Source, register

from ._idx import IdxImages


@register(
    "dataset",
    id="mnist",
    family="built-in",
    title="MNIST",
    source=Source(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner", "Gradient-based learning applied to document recognition", 1998
    ),
    tags=("image", "download"),
)
class Mnist(IdxImages):
    """70,000 handwritten digits of 28 x 28 grey pixels; downloads 11 MB once."""

    reader = "mnist"
    title = "MNIST"
    classes = tuple("0123456789")
    mirrors = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    md5 = (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    )
    n_bytes = (9_912_422, 28_881, 1_648_877, 4_542)
