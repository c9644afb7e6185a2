"""Models made elsewhere as Designs: the blocks that stand for their operators, and weights under the design's names."""

from ._drawing import Problem
from ._imported import Imported
from ._module import import_module
from ._net import CannotImport
from ._onnx import import_onnx

__all__ = ["CannotImport", "Imported", "Problem", "import_module", "import_onnx"]
