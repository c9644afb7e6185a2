from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Size, WideSize
from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="embedding",
    family="basic",
    tags=("lookup", "token"),
    source=Source(
        "Yoshua Bengio, Réjean Ducharme, Pascal Vincent, Christian Jauvin",
        "A Neural Probabilistic Language Model",
        2003,
        "https://www.jmlr.org/papers/v3/bengio03a.html",
    ),
    formula=Formula(r"y = E_{x}", where="Row x of the learned table E, num_embeddings × embedding_dim."),
)
class Embedding(nn.Embedding):
    """Looks up a learned vector for every token.

    N ... (token numbers below num_embeddings) -> N ... embedding_dim.
    """

    def __init__(
        self,
        num_embeddings: Annotated[WideSize, Doc("Size of the vocabulary.")],
        embedding_dim: Annotated[Size, Doc("Features of each vector.")],
        padding_idx: Annotated[
            Annotated[int, Range(0, 1 << 20)] | None, Doc("Token whose vector stays zero; empty for none.")
        ] = None,
        init_std: Annotated[
            float, Range(0, 10), Doc("Spread of the vectors at the start; 0.02 suits tied heads.")
        ] = 1.0,
    ) -> None:
        if padding_idx is not None and padding_idx >= num_embeddings:
            raise ValueError(
                f"padding_idx {padding_idx} is not in a vocabulary of {num_embeddings}; "
                f"choose one from 0 to {num_embeddings - 1}"
            )
        self.init_std = init_std
        super().__init__(num_embeddings, embedding_dim, padding_idx)

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, std=self.init_std)
        self._fill_padding_idx_with_zero()

    def forward(self, x: Annotated[Tensor, Port("N ...", dtype="int")]) -> Annotated[Tensor, Port("N ... D")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall | None:
        if self.init_std != 1:
            return None
        sizes = {"num_embeddings": self.num_embeddings, "embedding_dim": self.embedding_dim}
        return TorchCall.of("nn.Embedding", sizes, padding_idx=(self.padding_idx, None))
