"""`services/requests` never stands in for the library `requests`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAY_WHERE = "import importlib.util; found = importlib.util.find_spec('requests'); print(found.origin if found else '')"


def where_requests_is(*, run_in: Path) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", SAY_WHERE], cwd=run_in, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return answer.stdout.strip()


def test_import_requests_is_never_our_service() -> None:
    found = where_requests_is(run_in=ROOT)

    assert "services" not in Path(found).parts


def test_import_requests_is_the_library_when_it_is_installed(tmp_path: Path) -> None:
    library = tmp_path / "requests"
    library.mkdir()
    (library / "__init__.py").touch()
    say = (
        f"import sys; sys.path.append({str(tmp_path)!r}); import services.requests, requests; print(requests.__file__)"
    )

    answer = subprocess.run([sys.executable, "-c", say], cwd=ROOT, capture_output=True, text=True, check=True)

    found = Path(answer.stdout.strip())
    assert found.name == "__init__.py"
    assert found.parent.name == "requests"
    assert "services" not in found.parts


def test_our_service_is_importable_under_its_full_name() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "import services.requests; print(services.requests.__name__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "services.requests"
