"""Inspection: a sample goes through a network, and every value on its way answers with figures and a small picture."""

from .gradcat import Visit, gradcat
from .limits import SampleLimits
from .receptive import effective_field, sides
from .sample import Request, Sampler
from .trace import Mark, Trace, trace
from .values import Activation, activation

__all__ = [
    "Activation",
    "Mark",
    "Request",
    "SampleLimits",
    "Sampler",
    "Trace",
    "Visit",
    "activation",
    "effective_field",
    "gradcat",
    "sides",
    "trace",
]
