"""Transformer layers as an ordinary differential equation."""

from __future__ import annotations

import torch
from torch import Tensor

from models_core.blocks.attention.ode_transformer import OdeTransformer, Solver
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged

FORMS: tuple[tuple[Solver, int], ...] = (("euler", 1), ("midpoint", 1), ("rk4", 1), ("rk4", 3))


class LinearFlow(OdeTransformer):
    """Follows x' = A x instead."""

    def flow(self, x: Tensor) -> Tensor:
        return x @ self.norm1.weight.new_tensor([[0.3, -1.0], [0.8, -0.5]]).T


class OneStep(OdeTransformer):
    """Of the flow alone, so that a reader around it adds the shortcut."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) - x


@register(
    "paper",
    id="neural-ode-interpretation-transformer",
    family="attention",
    source=Source(
        "Yaofeng Desmond Zhong, Tongtao Zhang, Amit Chakraborty, Biswadip Dey",
        "A Neural ODE Interpretation of Transformer Layers",
        2022,
        "https://arxiv.org/abs/2212.06011",
    ),
)
class NeuralOde(Paper):
    """A layer of attention beside an MLP as one Euler step of a flow, which better solvers follow more closely."""

    claim = "With attention and MLP in parallel and a finer solver, the same parameters do better on several tasks"
    entries = ("block/ode_transformer",)
    notes = "Gradients go through the solver's steps; the adjoint method is not built."

    @check("exact")
    def one_euler_step(self) -> Outcome:
        """One Euler step is the parallel layer x + attention(norm x) + MLP(norm x)."""
        torch.manual_seed(0)
        block, x = OdeTransformer(12, 3), torch.randn(2, 7, 12)
        return agree("layer", block(x), x + block.attn(block.norm1(x)) + block.mlp(block.norm2(x)))

    @check("exact")
    def orders(self) -> Outcome:
        """On x' = A x the error against the matrix exponential falls with the 1st, 2nd and 4th power of the step."""
        x = torch.tensor([[[1.0, 2.0]]], dtype=torch.float64)
        a = torch.tensor([[0.3, -1.0], [0.8, -0.5]], dtype=torch.float64)
        exact, found = x @ torch.matrix_exp(a).T, []
        for solver in ("euler", "midpoint", "rk4"):
            errors = []
            for steps in (16, 32):
                block = LinearFlow(2, 1, solver=solver, steps=steps).double()
                errors.append(float((block(x) - exact).norm()))
            found.append(float(torch.log2(torch.tensor(errors[0] / errors[1]))))
        near = all(abs(order - want) < 0.15 for order, want in zip(found, (1, 2, 4), strict=True))
        return Outcome(near, f"orders {', '.join(f'{order:.2f}' for order in found)}; 1, 2, 4 expected")

    @check("exact")
    def same_parameters(self) -> Outcome:
        """Every solver and number of steps has the same parameters, and costs in proportion to its evaluations."""
        sizes, costs = set(), []
        for solver, steps in FORMS:
            block = OdeTransformer(12, 3, solver=solver, steps=steps)
            sizes.add(sum(p.numel() for p in block.parameters()))
            costs.append(block.cost([(1, 7, 12)]))
        ratios = [cost / costs[0] for cost in costs]
        return Outcome(len(sizes) == 1 and ratios == [1, 2, 4, 12], f"{sizes} parameters; cost times {ratios}")

    @check("small", minutes=2)
    def finer_solver(self, lab: Lab) -> Outcome:
        """Reading digits row by row, two RK4 steps are right no less often than one Euler step of as many weights."""
        nets = {
            "rk4": lambda: Reader(8, 10, lambda: OneStep(24, 3, 2, "rk4", 2), width=24, depth=1),
            "euler": lambda: Reader(8, 10, lambda: OneStep(24, 3, 2), width=24, depth=1),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=200)
        return judged(found, "share of digits right")
