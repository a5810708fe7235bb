"""What click says about arguments and in help texts, in Japanese."""

from types import ModuleType
from typing import Final

import click
from click import core, decorators, exceptions, formatting, parser, types

from shared.kernel.cells import visible

MODULES: Final[tuple[ModuleType, ...]] = (core, decorators, exceptions, formatting, parser, types)
"""Of click, those whose sentences a command can bring about: prompts, editors and pagers are not used."""

WORDS: Final = {
    "Usage:": "使い方:",
    "Options": "オプション",
    "Commands": "コマンド",
    "required": "必須",
    "default: {default}": "初期値 {default}",
    "env var: {var}": "環境変数 {var}",
    "(dynamic)": "（実行するときに決まります）",
    "Show the version and exit.": "版を表示して終わります。",
    "Show this message and exit.": "この説明を表示して終わります。",
    "%(prog)s, version %(version)s": "%(prog)s %(version)s",
    "Aborted!": "中止しました。",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}": (
        "コマンド {name} はなくなる予定です。{extra_message}"
    ),
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}": (
        "{name} はなくなる予定です。{extra_message}"
    ),
    "Error: {message}": "{message}",
    "Try '{command} {option}' for help.": "使い方は {command} {option} で見られます。",
    "Missing command.": "コマンドを続けて書いてください。",
    "No such command {name!r}.": "「{name}」というコマンドはありません。",
    "Got unexpected extra argument ({args})": "余分な引数「{args}」があります。取り除いてください。",
    "Got unexpected extra arguments ({args})": "余分な引数「{args}」があります。取り除いてください。",
    "Missing argument": "引数が足りません:",
    "Missing option": "オプションが足りません:",
    "Missing parameter": "指定が足りません:",
    "Missing {param_type}": "{param_type} が足りません:",
    "Missing parameter: {param_name}": "{param_name} を指定してください。",
    "No such option: {name}": "{name} というオプションはありません。",
    "Did you mean {possibility}?": "{possibility} のことですか。",
    "(Possible options: {possibilities})": "近いもの: {possibilities}。",
    "Option {name!r} does not take a value.": "{name} に値は付けられません。= から後を取り除いてください。",
    "Option {name!r} requires an argument.": "{name} の後に値を書いてください。",
    "Option {name!r} requires {nargs} arguments.": "{name} の後に値を {nargs} 個書いてください。",
    "Argument {name!r} takes {nargs} values.": "{name} には値を {nargs} 個書いてください。",
    "Takes {nargs} values but 1 was given.": "値は {nargs} 個必要ですが、1 個だけです。",
    "Takes {nargs} values but {len} were given.": "値は {nargs} 個必要ですが、{len} 個あります。",
    "{len_type} values are required, but {len_value} was given.": (
        "値は {len_type} 個必要です（{len_value} 個だけです）。"
    ),
    "{len_type} values are required, but {len_value} were given.": (
        "値は {len_type} 個必要です（{len_value} 個あります）。"
    ),
    "Value must be an iterable.": "値を並べて書いてください。",
    "Invalid value: {message}": "{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint}: {message}",
    "Choose from:\n\t{choices}": "選べるもの: {choices}。",
    "{value!r} is not {choice}.": "「{value}」は選べません。{choice} と書いてください。",
    "{value!r} is not one of {choices}.": "「{value}」は選べません。{choices} のどれかを書いてください。",
    "{value} is not in the range {range}.": "{value} は範囲 {range} の外です。",
    "{value!r} is not a valid {number_type}.": "「{value}」は数として読めません。半角の数字で書いてください。",
    "{value!r} is not a valid boolean. Recognized values: {states}": "「{value}」は選べません。選べるもの: {states}。",
    "{value!r} is not a valid UUID.": "「{value}」は UUID として読めません。",
    "{value!r} does not match the format {format}.": "「{value}」は {format} の形で書いてください。",
    "{value!r} does not match the formats {formats}.": "「{value}」は {formats} のどれかの形で書いてください。",
    "file": "ファイル",
    "directory": "フォルダ",
    "path": "場所",
    "{name} {filename!r} does not exist.": "{name}「{filename}」はありません。",
    "{name} {filename!r} is a file.": "「{filename}」はファイルです。{name}を指定してください。",
    "{name} {filename!r} is a directory.": "「{filename}」はフォルダです。{name}を指定してください。",
    "{name} {filename!r} is not readable.": "{name}「{filename}」を読めません。",
    "{name} {filename!r} is not writable.": "{name}「{filename}」に書けません。",
    "{name} {filename!r} is not executable.": "{name}「{filename}」を実行できません。",
    "Could not open file {filename!r}: {message}": "ファイル「{filename}」を開けません（{message}）。",
    "unknown error": "理由は分かりません",
}


def speak_japanese() -> None:
    """Put these words in the place of `gettext`, under whose names click's modules ask for theirs."""
    for module in MODULES:
        vars(module).update(_=_word, ngettext=_counted)


def _word(text: str) -> str:
    return WORDS.get(text, text)


def _counted(one: str, several: str, number: int) -> str:
    return _word(one if number == 1 else several)


def usage_line(error: click.ClickException, command: str) -> str:
    """One line: the command, the argument, what is wrong with it, and where to read more."""
    said = visible(" ".join(_said(error).split())).replace("。 ", "。")
    place = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else command
    return f"{place}: {said}（使い方は {place} --help）"


def _said(error: click.ClickException) -> str:
    match error:
        case click.exceptions.NoArgsIsHelpError(ctx=click.Context(command=click.Group() as group) as context):
            return f"コマンドを続けて書いてください。あるもの: {'、'.join(group.list_commands(context))}"
        case click.MissingParameter(ctx=click.Context() as context, param=click.Parameter() as parameter):
            choices = parameter.type.get_missing_message(parameter, context)
            return f"{parameter.get_error_hint(context)} を指定してください。{choices or ''}"
        case _:
            return error.format_message()
