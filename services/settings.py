"""What can be set from outside: by options of the command line, and by `YUI_…` variables of the environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.os_faults import in_words

HOST = "127.0.0.1"
PORT = 8000

Role = Literal["api", "worker", "auditor", "migrator"]
LogForm = Literal["json", "text"]


class WrongSetting(ValueError):
    """環境変数の値が正しくありません。"""


@dataclass(frozen=True)
class Settings:
    """Where the pages are served. `demo`: they say that what they show is synthetic. `names`: under which host names
    they may be asked for, beside those of this machine.
    """

    port: int = PORT
    demo: bool = False
    host: str = HOST
    names: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"http://{HOST if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104 - compared, not bound


@dataclass(frozen=True)
class DatabaseSettings:
    """`url` names no user: a process acts as `yui_<service>_<role>`, with the password in the file of that name in the
    folder `secrets`. Only `yui migrate` needs `admin_url_file`, which holds a URL with a user that may make roles.
    """

    url: str
    role: Role
    secrets: Path
    admin_url_file: Path | None


@dataclass(frozen=True)
class Distributed:
    """The distributed mode, as one process of it sees it. `metrics`: where it answers to probes, if anywhere."""

    database: DatabaseSettings
    kafka: KafkaSettings
    metrics: tuple[str, int] | None
    log: LogForm
    pages: Settings


def distributed(environment: Mapping[str, str]) -> Distributed | None:
    """None in the embedded mode: `YUI_DATABASE_URL` is not set. Raises WrongSetting, which names the variable."""
    read = _Variables(environment)
    url = read.text("YUI_DATABASE_URL")
    if not url:
        return None
    if not _is_database_url(url):
        raise WrongSetting("YUI_DATABASE_URL は postgresql://ホスト:ポート/データベース の形で書いてください。")
    admin_url_file = read.text("YUI_DATABASE_ADMIN_URL_FILE")
    metrics_port = read.number("YUI_METRICS_PORT", 0)
    return Distributed(
        DatabaseSettings(
            url,
            read.one_of("YUI_DATABASE_ROLE", get_args(Role), "api"),
            Path(read.text("YUI_DATABASE_SECRETS", "/run/secrets")),
            Path(admin_url_file) if admin_url_file else None,
        ),
        KafkaSettings(
            servers=tuple(read.text("YUI_KAFKA_SERVERS", "localhost:9092").split(",")),
            prefix=read.text("YUI_KAFKA_PREFIX"),
            partitions=read.number("YUI_KAFKA_PARTITIONS", 12),
            replicas=read.number("YUI_KAFKA_REPLICAS", 1),
            in_sync_replicas=read.number("YUI_KAFKA_IN_SYNC_REPLICAS", 1),
            security=read.document("YUI_KAFKA_SECURITY"),
            member=read.text("YUI_KAFKA_MEMBER"),
            session_ms=read.number("YUI_KAFKA_SESSION_MS", 10_000),
        ),
        (read.text("YUI_METRICS_HOST", HOST), metrics_port) if metrics_port else None,
        read.one_of("YUI_LOG", get_args(LogForm), "text"),
        Settings(
            read.number("YUI_PORT", PORT),
            bool(read.text("YUI_DEMO")),
            read.text("YUI_HOST", HOST),
            read.words("YUI_NAMES"),
        ),
    )


def _is_database_url(text: str) -> bool:
    try:
        read = urlsplit(text)
        return read.scheme == "postgresql" and bool(read.hostname and read.path.strip("/")) and read.port != 0
    except ValueError:
        return False


@dataclass(frozen=True)
class _Variables:
    environment: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        return self.environment.get(name, "").strip() or default

    def words(self, name: str) -> tuple[str, ...]:
        return tuple([word.strip() for word in self.text(name).split(",") if word.strip()])

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal():
            raise WrongSetting(f"{name}={text}: 数で書いてください（例 {name}={default}）。")
        return int(text)

    def one_of(self, name: str, allowed: tuple[Any, ...], default: str) -> Any:
        text = self.text(name, default)
        if text not in allowed:
            raise WrongSetting(f"{name}={text}: {'・'.join(allowed)} のいずれかにしてください。")
        return text

    def document(self, name: str) -> dict[str, Any]:
        """The JSON object in the file that the variable names."""
        place = self.text(name)
        if not place:
            return {}
        try:
            found = json.loads(Path(place).read_text(encoding="utf-8"))
        except OSError as error:
            raise WrongSetting(
                f"{name}={place}: 読めません（{in_words(error)}）。JSON のファイルを指定してください。"
            ) from error
        except ValueError as error:
            raise WrongSetting(f"{name}={place}: JSON として読めません。ファイルの中身を確かめてください。") from error
        if not isinstance(found, dict):
            raise WrongSetting(f"{name}={place}: JSON のオブジェクトを書いてください。")
        return found
