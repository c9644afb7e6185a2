from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Groups, InChannels, Size
from models_core.declare import Window
from models_core.ops.merging import convolution, identity_kernel, widened, with_norm
from models_core.ops.padding import check_groups
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="rep_conv2d",
    title="Rep conv 2d",
    family="convolution",
    tags=("image", "branches", "repvgg", "deploy"),
    source=Source(
        "Xiaohan Ding, Xiangyu Zhang, Ningning Ma, Jungong Han, Guiguang Ding, Jian Sun",
        "RepVGG: Making VGG-style ConvNets Great Again",
        2021,
        "https://arxiv.org/abs/2101.03697",
    ),
    formula=Formula(
        r"y = N_3(W_3 * x) + N_1(W_1 * \bar{x}) + N_0(x)",
        where=(
            "W₃ is 3 × 3, W₁ is 1 × 1, the N are batch norms, and x̄ is x, or its mean over 2 × 2 with average. The "
            "last term is there with identity where the shape stays."
        ),
    ),
)
class RepConv2d(nn.Module):
    """Adds a 3 x 3 and a 1 x 1 convolution and perhaps the input, each with a batch norm; all merge into one.

    N C H W -> N out_channels H' W' with H' = ceil(H / stride). Raises ValueError if groups do not divide the channels,
    and for an average without a stride of 2.
    """

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size, Doc("Channels that go out.")],
        stride: Annotated[int, Range(1, 2), Doc("Positions the kernels move by.")] = 1,
        groups: Groups = 1,
        identity: Annotated[bool, Doc("Whether the input is a branch where the shape stays.")] = True,
        average: Annotated[bool, Doc("Whether the 1 x 1 convolution sees means of 2 x 2 positions.")] = False,
    ) -> None:
        super().__init__()
        check_groups(groups, in_channels, out_channels)
        if average and stride != 2:
            raise ValueError(f"average takes means of 2 × 2 positions, but the stride is {stride}; use a stride of 2")
        self.average = average
        self.dense = nn.Conv2d(in_channels, out_channels, 3, stride, 1, groups=groups, bias=False)
        self.dense_bn = nn.BatchNorm2d(out_channels)
        self.point = nn.Conv2d(in_channels, out_channels, 1, 1 if average else stride, groups=groups, bias=False)
        self.point_bn = nn.BatchNorm2d(out_channels)
        same = identity and in_channels == out_channels and stride == 1
        self.identity_bn = nn.BatchNorm2d(in_channels) if same else None

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        y = self.dense_bn(self.dense(x))
        z = x
        if self.average:
            z = nn.functional.avg_pool2d(nn.functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2)), 2)
        y = y + self.point_bn(self.point(z))
        return y if self.identity_bn is None else y + self.identity_bn(x)

    def deploy(self) -> nn.Module:
        weight, bias = with_norm(self.dense.weight, None, self.dense_bn)
        point, shift = with_norm(self.point.weight, None, self.point_bn)
        if self.average:
            weight = weight.clone()
            weight[:, :, 1:, 1:] += point / 4
        else:
            weight = weight + widened(point, (3, 3))
        bias = bias + shift
        if self.identity_bn is not None:
            eye = identity_kernel(self.dense.in_channels, self.dense.groups, weight)
            kernel, shift = with_norm(eye, None, self.identity_bn)
            weight, bias = weight + widened(kernel, (3, 3)), bias + shift
        return convolution(weight, bias, self.dense)

    def window(self) -> Window:
        stride = self.dense.stride
        return Window((3, 3), (stride[0], stride[1]), (1, 1))
