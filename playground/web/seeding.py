"""What a new installation begins with: some designs, one finished run, one demo; all made as a person makes them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from playground.accounts.models import User
from playground.accounts.services import local_owner
from playground.demos import services as demos
from playground.designs import services as designs
from playground.designs import zoo
from playground.designs.models import Design
from playground.runs import supervisor
from playground.runs.models import Run, State

TRAINED = "lenet5"
NAMES = {
    "lenet5": "LeNet-5",
    "resnet20_cifar": "ResNet-20 for CIFAR-10",
    "byte_transformer": "Byte transformer",
    "mlp_table": "MLP for tables",
}
DATASET, RECIPE = "digits", "quick"
Say = Callable[[str], None]


def marker() -> Path:
    """Says that seeding was finished once: what somebody deletes afterwards stays deleted."""
    return Path(settings.BLOCKYARD_DATA) / "seeded"


def seed(say: Say) -> None:
    """Make what is missing of the examples, unless that was finished before or somebody has designs already."""
    if marker().exists():
        return
    owner = local_owner()
    if not Design.objects.filter(owner=owner).exclude(zoo="").exists() and Design.objects.exists():
        _done()
        return
    # There is no worker to be woken and nobody to read the supervisor's log: what matters is said here.
    logging.getLogger("playground").setLevel(logging.ERROR)
    # The gallery's figures, so that the first look at it has them all.
    zoo.listing(wait=True)
    made = {id: _design(owner, id, say) for id in NAMES}
    run = _run(owner, made[TRAINED], say)
    if run.state == State.DONE:
        demos.publish(owner, run.pid, "Draw a digit")
        say("published it as a demo")
    if run.ended:
        # One that was interrupted is taken up again by the next start.
        _done()


def _done() -> None:
    marker().parent.mkdir(parents=True, exist_ok=True)
    marker().touch()


def _design(owner: User, id: str, say: Say) -> Design:
    there = Design.objects.filter(owner=owner, zoo=id).first()
    if there is not None:
        return there
    say(f"made the design {NAMES[id]}")
    return designs.create(owner, {**zoo.document(id), "name": NAMES[id]}, zoo=id)


def _run(owner: User, design: Design, say: Say) -> Run:
    """A finished run of the design: trained here and now, in an engine process, as a worker would."""
    from playground.runs.requests import start
    from playground.runs.schemas import RunIn

    run = Run.objects.filter(owner=owner, design_version__design=design).exclude(state=State.FAILED).first()
    if run is None:
        run = start(owner, RunIn(design_id=design.pid, dataset=DATASET, recipe=RECIPE))
    say(f"training {design.name}, some seconds ...")
    while run.state == State.QUEUED and supervisor.next_run("runs", {}):
        run.refresh_from_db()
    if run.state != State.DONE:
        reason = (run.error or {}).get("message", f"it is {run.state}")
        say(f"the training did not finish: {reason}")
        return run
    accuracy = f"{run.best_accuracy:.1%}" if run.best_accuracy is not None else "–"
    say(f"trained it in {run.seconds:.0f} s to {accuracy} of the test digits")
    return run
