#!/bin/sh
# Chromium and a Japanese font for the browser tests: installed where we may, else named in one line.
set -eu

complete() {
    [ -x /usr/bin/chromium ] || return 1
    [ -n "$(find /usr/share/fonts -iname '*NotoSansCJK*' -print -quit 2>/dev/null)" ]
}

complete && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "画面テスト用の Chromium と日本語フォントを導入しています…"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
    complete && exit 0
fi
echo "画面テストには /usr/bin/chromium と日本語フォントが必要です。導入してください: sudo apt-get install chromium fonts-noto-cjk" >&2
exit 1
