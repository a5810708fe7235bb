"""Jinja2 for all pages: every service's templates under its own prefix, strict about what is undefined."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from shared.web.formats import FILTERS
from shared.web.labels import label

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True)
class Pages:
    """Renders `<service>/<page>.html`; `fragment` gives the bare text, for streams. `town` is the municipality that a
    page is about, `here` the place in the menu.
    """

    environment: Environment
    static_path: str

    def render(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.fragment(template, **values), status)

    def fragment(self, template: str, /, **values: Any) -> str:
        return self.environment.get_template(template).render({"town": None, "here": "", **values})


def build_pages(folders: Mapping[str, Path], notice: str | None) -> Pages:
    """`folders`: the templates of each service by its name. `notice` stands on top of every page."""
    loaders = {name: FileSystemLoader(folder) for name, folder in {"web": HERE / "templates", **folders}.items()}
    environment = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {**FILTERS, "label": label}
    static_path = f"/static/{_fingerprint()}"
    environment.globals |= {"notice": notice, "static": static_path}
    return Pages(environment, static_path)


def _fingerprint() -> str:
    """Changes with any static file, so that browsers may keep them for good."""
    hashed = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            hashed.update(path.name.encode() + path.read_bytes())
    return hashed.hexdigest()[:12]
