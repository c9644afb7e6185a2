"""Bounded number types of the blocks' forms: no one number may ask for an absurd amount of memory."""

from __future__ import annotations

from typing import Annotated

from models_core.registry import Doc, Follows, Range

Size = Annotated[int, Range(1, 65536)]
WideSize = Annotated[int, Range(1, 1 << 20)]
Kernel = Annotated[int, Range(1, 511)]
Stride = Annotated[int, Range(1, 511)]
Padding = Annotated[int, Range(0, 511)]
Count = Annotated[int, Range(1, 256)]
Dim = Annotated[int, Range(-7, 7)]
Probability = Annotated[float, Range(0, 1)]
Epsilon = Annotated[float, Range(0, 1)]
Ratio = Annotated[float, Range(0.01, 64)]

InChannels = Annotated[int, Range(1, 65536), Follows("x", "C"), Doc("Channels that come in.")]
InFeatures = Annotated[int, Range(1, 1 << 20), Follows("x", "D"), Doc("Features that come in: the last dim.")]
Width = Annotated[int, Range(1, 65536), Follows("x", "D"), Doc("Features of each token: the last dim.")]
Kernel2d = Annotated[Kernel | tuple[Kernel, Kernel], Doc("Height and width of the window; one number for both.")]
Stride2d = Annotated[Stride | tuple[Stride, Stride], Doc("Positions the window moves by.")]
Dilation2d = Annotated[Kernel | tuple[Kernel, Kernel], Doc("Distance between the positions the kernel touches.")]
Groups = Annotated[Size, Doc("Groups of channels that do not see each other; 1 means all see all.")]
Bias = Annotated[bool, Doc("Whether a learned offset is added.")]
TokenCount = Annotated[int, Range(1, 1 << 20), Follows("x", "L"), Doc("Tokens of the sequence.")]
Rows = Annotated[Size | None, Doc("Rows of the grid that the tokens are; empty: as many as columns.")]
