"""Django's settings, chosen by BLOCKYARD_MODE: `local` (the default) or `server`; only these files differ."""

from playground.settings.base import *  # noqa: F403
from playground.settings.base import BLOCKYARD_MODE

if BLOCKYARD_MODE == "server":
    from playground.settings.server import *  # noqa: F403
else:
    from playground.settings.local import *  # noqa: F403
