"""What the operating system refuses, in words for people."""

import errno
from typing import Final

WORDS: Final = {
    errno.ENOENT: "見つかりません",
    errno.ENOTDIR: "途中がフォルダではありません",
    errno.EISDIR: "ファイルではなくフォルダです",
    errno.EEXIST: "同じ名前のファイルがあります",
    errno.EACCES: "権限がありません",
    errno.EPERM: "権限がありません",
    errno.EROFS: "書き込みのできない場所です",
    errno.ENOSPC: "空き容量がありません",
    errno.ENAMETOOLONG: "名前が長すぎます",
    errno.EADDRINUSE: "ほかのプログラムが使っています",
    errno.EADDRNOTAVAIL: "このパソコンのアドレスではありません",
}


def in_words(error: OSError) -> str:
    """Why, without the place; a rare refusal is left in the system's own words."""
    return WORDS.get(error.errno or 0) or error.strerror or str(error)
