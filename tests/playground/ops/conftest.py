from tests.playground.runs.conftest import make_run  # noqa: F401 - a fixture
