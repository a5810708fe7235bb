"""A small compose file whose processes are a few lines of Python, for the tests of the runner."""

import sys
from pathlib import Path

from deploy.compose.placing import Places
from deploy.compose.programs import Program
from deploy.compose.reading import Process

COMPOSE = """
services:
  gateway:
    image: yui
    command: [serve, "8000"]
    restart: unless-stopped
    stop_grace_period: 5s
    ports: ["127.0.0.1:8000:8000"]
    environment:
      YUI_PORT: "8000"
      YUI_KAFKA_SERVERS: worker:9100
      YUI_DATABASE_SECRETS: /run/secrets
      YUI_DEMO: ${YUI_DEMO:-0}
    secrets: [yui_billing_api]
    healthcheck: &check
      test: [CMD, python, -c, "urlopen('http://127.0.0.1:8000/readyz')"]
    depends_on:
      prepare:
        condition: service_completed_successfully
  prepare:
    image: yui
    command: [note, prepared]
  worker:
    image: yui:1
    command: [serve, "9100"]
    restart: unless-stopped
    stop_grace_period: 5s
    expose: ["9100"]
    environment:
      YUI_PORT: "9100"
    healthcheck:
      test: [CMD, python, -c, "urlopen('http://127.0.0.1:9100/readyz')"]
    depends_on:
      gateway:
        condition: service_healthy
secrets:
  yui_billing_api:
    file: ./var/secrets/yui_billing_api
"""

SERVE = """
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass

def end(*_):
    print("ended", flush=True)
    os._exit(0)

signal.signal(signal.SIGTERM, end)
print("serving", flush=True)
HTTPServer(("127.0.0.1", int(os.environ["YUI_PORT"])), Ready).serve_forever()
"""
NOTE = "import sys; print(sys.argv[1])"
FAIL = "import sys; print('the reason'); sys.exit(3)"
STUBBORN = f"import signal\n{SERVE}".replace("signal.signal(signal.SIGTERM, end)", "signal.signal(15, signal.SIG_IGN)")
SCRIPTS = {"serve": SERVE, "note": NOTE, "fail": FAIL, "stubborn": STUBBORN}


def stand_in(process: Process, _places: Places) -> Program:
    return Program((sys.executable, "-I", "-S", "-c", SCRIPTS[process.command[0]], *process.command[1:]))


PROGRAMS = {"yui": stand_in}


def written(folder: Path, text: str = COMPOSE) -> Path:
    path = folder / "docker-compose.yml"
    path.write_text(text, encoding="utf-8")
    return path
