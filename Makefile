# Two commands matter: `make run` and `make test`. Everything else is a part of them.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN := .venv/bin
# The place is part of the stamp: an environment that was moved or copied is made anew.
VENV := .venv/.ready-$(shell pwd | cksum | cut -d' ' -f1)
STATIC := shared/web/static/vendor/.ready
SOURCES := $(wildcard services shared tests tools benchmarks deploy)

.DEFAULT_GOAL := help
.PHONY: help setup run run-distributed test check coverage browser bench bench-distributed chaos lock clean

help: ## この一覧を表示します
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | sort

setup: $(VENV) $(STATIC) ## 動作環境 (.venv と画面用ファイル) を用意します

run: setup ## デモデータとともに http://127.0.0.1:8000 で起動します
	@$(BIN)/yui up --demo

run-distributed: setup ## Kafka・PostgreSQL・各プロセスを Docker なしで起動します (DEMO=1 で見本つき)
	@$(BIN)/python -m deploy.compose run $(if $(DEMO),--demo)

test: setup browser check coverage ## 検査とすべてのテストを実行します

check: setup ## 書式・型・依存関係・整頓を検査します
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m tools.tidy

coverage: setup ## すべてのテストを実行し、判断部分の分岐網羅 100 % を確かめます
	$(BIN)/python -m pytest -n logical --dist loadgroup --cov --cov-report=term

browser: ## 画面テスト用の Chromium と日本語フォントを確かめます
	@sh tools/ensure_browser.sh

bench: setup ## 速さの比を測ります
	$(BIN)/python -m benchmarks

chaos: setup ## プロセスを壊し続け、失われたものと二重になったものを数えます (SECONDS=600 SEED=1)
	@$(BIN)/python -m tests.chaos --seconds $(or $(SECONDS),600) --seed $(or $(SEED),1)

bench-distributed: setup ## Kafka・PostgreSQL と合わせた速さの比を測ります
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r benchmarks/distributed/requirements.lock
	$(BIN)/python -m benchmarks.distributed $(if $(QUICK),--quick)

lock: ## requirements.lock と、tools と benchmarks のものを作り直します
	@sh tools/lock.sh "$(PYTHON)"

clean: ## 作り直せるものを消します (var/ の台帳は消しません)
	rm -rf .venv node_modules shared/web/static/vendor build dist *.egg-info
	rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 以上が見つかりません。導入してからもう一度実行してください (例: apt-get install python3 python3-venv)。"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python の venv が見つかりません。導入してからもう一度実行してください (例: apt-get install python3-venv)。"; exit 1; }
	@echo "動作環境 .venv を用意しています (初回は 1 分ほど)…"
	@test -e $@ || ! ls .venv/.ready-* >/dev/null 2>&1 || rm -rf .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@$(BIN)/python -m compileall -q services shared
	@touch $@

$(STATIC): package.json package-lock.json tools/build_static.py tools/nodejs.lock | $(VENV)
	@echo "画面用ファイルを用意しています…"
	@$(BIN)/python tools/build_static.py
	@touch $@
