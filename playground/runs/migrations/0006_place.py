from __future__ import annotations

from typing import Any

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def as_queued(apps: Any, _: Any) -> None:
    apps.get_model("runs", "Run").objects.filter(state="queued").update(place=F("queued"))


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_profiles")]

    operations = [
        migrations.RemoveIndex(model_name="run", name="run_next"),
        migrations.AddField(
            model_name="run", name="place", field=models.DateTimeField(default=django.utils.timezone.now)
        ),
        migrations.RunPython(as_queued, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["queue", "state", "-priority", "place"], name="run_next"),
        ),
    ]
