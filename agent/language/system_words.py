"""What the operating system refuses, in the till's words: never in its own, nor in a library's."""

from __future__ import annotations

import errno

from agent.language.sentence import Sentence

_CAUSES = {
    errno.ENOENT: "absent",
    errno.ENOTDIR: "absent",
    errno.ENODEV: "absent",
    errno.ENXIO: "absent",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EISDIR: "directory",
    errno.EMEDIUMTYPE: "no-file",
    errno.EOVERFLOW: "too-large",
    errno.EROFS: "read-only",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EIO: "disk",
    errno.EUCLEAN: "disk",
    errno.EBUSY: "in-use",
    errno.EADDRINUSE: "in-use",
    errno.ETXTBSY: "in-use",
    errno.EAGAIN: "in-use",
    errno.EEXIST: "there",
    errno.ENAMETOOLONG: "name",
    errno.EINVAL: "name",
    errno.ELOOP: "name",
    errno.EMFILE: "open-files",
    errno.ENFILE: "open-files",
    errno.ENOMEM: "memory",
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "broke",
    errno.ECONNABORTED: "broke",
    errno.EPIPE: "broke",
    errno.EHOSTUNREACH: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.ETIMEDOUT: "late",
}


_SQLITE = {
    "CORRUPT": "corrupt",
    "NOTADB": "no-database",
    "IOERR": "disk",
    "CANTOPEN": "closed",
    "READONLY": "read-only",
    "PERM": "forbidden",
    "BUSY": "in-use",
    "LOCKED": "in-use",
    "FULL": "full",
    "NOMEM": "memory",
}


def reason(error: BaseException) -> Sentence:
    """Why, as the part of a sentence that stands behind a colon or in brackets. What has no words of its own
    is named by its code, which a technician can look up."""
    if name := getattr(error, "sqlite_errorname", ""):
        cause = _SQLITE.get(name.split("_")[1])
        return Sentence(f"system.{cause}") if cause else Sentence("system-error", code=name)
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        if isinstance(error, TimeoutError):
            return Sentence("system.late")
        if isinstance(error, ConnectionError | EOFError):
            return Sentence("system.broke")
        return Sentence("system-error", code=type(error).__name__)
    if cause := _CAUSES.get(number):
        return Sentence(f"system.{cause}")
    return Sentence("system-error", code=errno.errorcode.get(number, str(number)))
