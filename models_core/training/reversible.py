"""Training that computes again, going backwards, what reversible links can give back, instead of keeping it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _BatchNorm

Values = dict[fx.Node, Any]


class NotReversible(ValueError):
    """A module has nothing that could be had back, or may not be computed twice."""


@dataclass(frozen=True)
class Link:
    """A call of a block that has an `inverse`, and the nodes of the branch that leads to it and nowhere else."""

    node: fx.Node
    branch: tuple[fx.Node, ...]
    takes: tuple[fx.Node, ...]
    """What the branch is fed from outside itself."""

    @property
    def given(self) -> fx.Node:
        """What the inverse gives back."""
        first = self.node.args[0]
        assert isinstance(first, fx.Node)
        return first


class Reversible(nn.Module):
    """A module built from a design, with its outputs and gradients, that keeps less in training where it has links.

    Of the part between its first and its last link it keeps what leaves that part. Going backwards, each branch is
    computed once more, with the random state it had, and what the link was given follows from what it gave. Raises
    NotReversible where there is nothing to save, or a branch may not be computed twice.
    """

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__()
        self.module = module
        self.links = _links(module)
        inside = {node for link in self.links for node in (*link.branch, link.node)}
        self._check()
        fed = dict.fromkeys(node for link in self.links for node in (*link.takes, link.given) if node not in inside)
        self.fed = tuple(fed)
        """What comes in from before the first link."""
        leaving = [node for node in module.graph.nodes if node in inside and any(u not in inside for u in node.users)]
        self.kept = tuple(dict.fromkeys([*leaving, *_needed(self.links, {*self.fed, *leaving})]))
        """What is kept: what leaves, and what a branch needs before it could be had back."""
        if not {link.given for link in self.links} & inside - set(self.kept):
            text = f"{module._get_name()} has no chain of reversible links, so nothing can be had back"
            raise NotReversible(f"{text}; train it without, or join its parts by blocks such as reversible_link")
        self.before, self.after = self._sides(inside)

    def _check(self) -> None:
        for node in (node for link in self.links for node in link.branch):
            own = _module_of(self.module, node)
            for part in own.modules() if own is not None else ():
                if isinstance(part, _BatchNorm) and part.track_running_stats:
                    text = f"{node.target} would count every batch twice in its running statistics"
                    raise NotReversible(f"{text}; put a norm without them between the links, such as layer_norm2d")

    def _sides(self, inside: set[fx.Node]) -> tuple[list[fx.Node], list[fx.Node]]:
        before: list[fx.Node] = []
        after: list[fx.Node] = []
        for node in self.module.graph.nodes:
            if node in inside:
                continue
            later = any(one in inside or one in after for one in node.all_input_nodes)
            (after if later else before).append(node)
        early = [node for node in self.fed if node in after]
        if early:
            raise NotReversible(
                f"{early[0].target} lies between links and outside their branches; let it feed one alone"
            )
        return before, after

    def spared(self) -> tuple[set[str], list[set[str]]]:
        """The paths of modules whose outputs are not kept, and, for each branch, of those made again together."""
        branches = [{str(n.target) for n in (*one.branch, one.node) if n.op == "call_module"} for one in self.links]
        kept = {str(node.target) for node in self.kept}
        return set().union(*branches) - kept, branches

    def forward(self, *inputs: Tensor) -> Any:
        if not (self.module.training and torch.is_grad_enabled()):
            return self.module(*inputs)
        given = iter(inputs)
        values: Values = {node: next(given) for node in self.module.graph.nodes if node.op == "placeholder"}
        _run(self.module, [node for node in self.before if node.op != "placeholder"], values)
        params = self._params()
        out = _Restored.apply(self, len(self.fed), *(values[node] for node in self.fed), *params)
        values.update(zip(self.kept, out, strict=True))
        _run(self.module, self.after, values)
        (last,) = self.module.graph.find_nodes(op="output")
        return fx.node.map_arg(last.args[0], values.__getitem__)

    def _params(self) -> list[nn.Parameter]:
        """The parameters between the links, tied ones once."""
        parts = (_module_of(self.module, node) for link in self.links for node in (*link.branch, link.node))
        return list(dict.fromkeys(param for part in parts if part is not None for param in part.parameters()))


class _Restored(torch.autograd.Function):
    """All branches and links as one function of what comes in and of the parameters."""

    @staticmethod
    def forward(ctx: Any, whole: Reversible, n_fed: int, *given: Tensor) -> tuple[Tensor, ...]:
        ctx.whole, ctx.n_fed = whole, n_fed
        ctx.set_materialize_grads(False)
        ctx.devices = {tensor.device for tensor in given if tensor.is_cuda}
        ctx.autocast = _autocast(given[0].device.type)
        values: Values = dict(zip(whole.fed, given, strict=False))
        ctx.states = []
        left = {node: len(node.users) for link in whole.links for node in (*link.branch, link.node)}
        for link in whole.links:
            ctx.states.append(_rng(ctx.devices))
            for node in (*link.branch, link.node):
                _run(whole.module, [node], values)
                for used in node.all_input_nodes:
                    if used in left:
                        left[used] -= 1
                        if not left[used] and used not in whole.kept:
                            del values[used]
        ctx.save_for_backward(*given, *(values[node] for node in whole.kept))
        return tuple(values[node] for node in whole.kept)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        whole: Reversible = ctx.whole
        saved = ctx.saved_tensors
        given, out = saved[: len(saved) - len(whole.kept)], saved[len(saved) - len(whole.kept) :]
        params = list(given[ctx.n_fed :])
        values: Values = {**dict(zip(whole.fed, given, strict=False)), **dict(zip(whole.kept, out, strict=True))}
        sums: dict[Any, Tensor] = {node: grad for node, grad in zip(whole.kept, grads, strict=True) if grad is not None}
        for link, state in zip(reversed(whole.links), reversed(ctx.states), strict=True):
            _back(whole.module, link, values, sums, params, ctx.autocast(), partial(_restore_rng, *state))
        fed = [sums.get(node) for node in whole.fed]
        return None, None, *fed, *(sums.get(at) for at in range(len(params)))


def _back(
    module: fx.GraphModule,
    link: Link,
    values: Values,
    sums: dict[Any, Tensor],
    params: Sequence[Tensor],
    autocast: AbstractContextManager[Any],
    rewind: Callable[[], None],
) -> None:
    """Compute a branch again; what the link was given and the gradients of all that went in follow.

    `sums` has the gradient of every value so far, and of every parameter by its number.
    """
    takes = {node: values[node].detach().requires_grad_() for node in link.takes}
    devices = {value.device for value in takes.values() if value.is_cuda}
    with torch.enable_grad(), torch.random.fork_rng(devices), autocast:
        rewind()
        inner: Values = dict(takes)
        _run(module, link.branch, inner)
        others = [inner[node] for node in link.node.args[1:] if isinstance(node, fx.Node)]
        block = module.get_submodule(str(link.node.target))
        if link.given not in values:
            with torch.no_grad():
                values[link.given] = block.inverse(values[link.node], *(other.detach() for other in others))  # type: ignore[operator]  # it declares one
        around = takes.setdefault(link.given, values[link.given].detach().requires_grad_())
        result = block(around, *others)
    grad = sums.pop(link.node, None)
    values.pop(link.node)
    if grad is None:
        return
    mine = [at for at, param in enumerate(params) if param.requires_grad]
    wanted = [*takes.values(), *(params[at] for at in mine)]
    found = torch.autograd.grad(result, wanted, grad.to(result.dtype), allow_unused=True)
    for key, more in zip([*takes, *mine], found, strict=True):
        if more is not None:
            sums[key] = sums[key] + more if key in sums else more


def _links(module: fx.GraphModule) -> list[Link]:
    """Every link in running order, with the nodes that serve its branch alone."""
    links = []
    order = {node: at for at, node in enumerate(module.graph.nodes)}
    for node in module.graph.nodes:
        if not hasattr(_module_of(module, node), "inverse"):
            continue
        own: set[fx.Node] = set()
        todo = [arg for arg in node.args[1:] if isinstance(arg, fx.Node)]
        while todo:
            one = todo.pop()
            alone = all(user is node or user in own for user in one.users) and one is not node.args[0]
            if one.op in ("call_module", "call_function") and alone and not hasattr(_module_of(module, one), "inverse"):
                own.add(one)
                todo += one.all_input_nodes
        branch = tuple(sorted(own, key=order.__getitem__))
        others = [arg for arg in node.args[1:] if isinstance(arg, fx.Node)]
        fed = [*others, *(arg for one in branch for arg in one.all_input_nodes)]
        links.append(Link(node, branch, tuple(one for one in dict.fromkeys(fed) if one not in own)))
    return links


def _needed(links: Sequence[Link], known: set[fx.Node]) -> Iterable[fx.Node]:
    """What has to be kept besides `known`, so that going backwards everything is there when a branch needs it."""
    for link in reversed(links):
        for node in (link.node, *link.takes):
            if node not in known:
                known.add(node)
                yield node
        known.add(link.given)


def _module_of(module: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    return module.get_submodule(str(node.target)) if node.op == "call_module" else None


def _run(module: fx.GraphModule, nodes: Iterable[fx.Node], values: Values) -> None:
    for node in nodes:
        if node.op == "output":
            continue
        args = fx.node.map_arg(node.args, values.__getitem__)
        part = _module_of(module, node)
        values[node] = part(*args) if part is not None else node.target(*args)  # type: ignore[operator]  # a function


def _autocast(kind: str) -> Callable[[], AbstractContextManager[Any]]:
    enabled, dtype = torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)
    return lambda: torch.autocast(kind, dtype=dtype, enabled=enabled)


def _rng(devices: Iterable[torch.device]) -> tuple[Tensor, dict[torch.device, Tensor]]:
    return torch.get_rng_state(), {device: torch.cuda.get_rng_state(device) for device in devices}


def _restore_rng(cpu: Tensor, cuda: dict[torch.device, Tensor]) -> None:
    torch.set_rng_state(cpu)
    for device, state in cuda.items():
        torch.cuda.set_rng_state(state, device)
