"""What strace wrote, read back as operations on one directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.ops import Op, Unmodelled

_LINE = re.compile(
    rb"(?P<pid>\d+) +(?:(?P<name>\w+)\(|<\.\.\. (?P<resumed>\w+) resumed>)(?P<arguments>.*?)"
    rb"(?:(?P<unfinished> <unfinished \.\.\.>)"
    rb"|\) += (?P<result>-?\d+|\?|0x[0-9a-f]+)(?P<after>.*))$",
    re.DOTALL,
)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_PATH = re.compile(r"<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")
_AT = re.compile(r"^(?:AT_FDCWD|(\d+))(?:<((?:\\x[0-9a-f]{2})*)>)?")
_DESCRIPTOR = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")
# Calls that fill a file without showing the bytes, and which argument the file is.
_FILLERS = {"fallocate": 0, "sendfile": 0, "copy_file_range": 2}
_DATA_CALLS = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg")


def _plain(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _escaped(path: Path) -> bytes:
    return "".join(f"\\x{byte:02x}" for byte in str(path).encode()).encode()


@dataclass(slots=True)
class _Handle:
    """What a descriptor means. position None: not known, so a plain write through it cannot be placed."""

    inode: int
    path: str
    position: int | None
    appends: bool


@dataclass(slots=True)
class _Call:
    pid: int
    name: str
    arguments: str
    result: int = 0
    op: Op | None = None
    handles: dict[int, _Handle] = field(default_factory=dict)


def parse(lines: Iterable[bytes], root: Path, cwd: Path) -> Iterator[Op]:
    """The operations that a trace file tells of."""
    reader = _Reader(root, cwd)
    for line in lines:
        reader.line(line)
    return iter(reader.ops)


class _Reader:
    """Keeps the live names, the sizes and the descriptors while it reads."""

    def __init__(self, root: Path, cwd: Path) -> None:
        self.ops: list[Op] = []
        self._root, self._cwd, self._marker = str(root), cwd, _escaped(root)
        self._names: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._next_inode = 1
        self._clock = 0
        self._leader: dict[int, int] = {}
        self._handles: dict[int, dict[int, _Handle]] = {}
        self._under_way: dict[int, _Call] = {}

    def line(self, raw: bytes) -> None:
        found = _LINE.match(raw.rstrip(b"\n"))
        if found is None:
            return
        pid = int(found["pid"])
        if found["resumed"]:
            self._resume(self._under_way.pop(pid), found)
            return
        name = found["name"].decode()
        if not self._concerns(name, found["arguments"] + (found["after"] or b"")):
            if found["unfinished"]:
                self._under_way[pid] = _Call(pid, name, found["arguments"].decode())
            return
        call = _Call(pid, name, found["arguments"].decode())
        call.handles = self._table(pid)
        self._begin(call)
        if found["unfinished"]:
            self._under_way[pid] = call
        else:
            self._end(call, found)

    def _concerns(self, name: str, rest: bytes) -> bool:
        if name in (
            "clone",
            "clone3",
            "fork",
            "vfork",
            "chdir",
            "sync",
            "close",
            "dup",
            "dup2",
            "dup3",
            "lseek",
        ):
            return True
        if self._marker in rest or name in ("rename", "unlink", "link", "truncate", "symlink"):
            return True
        return name in ("write", "writev", "sendto", "sendmsg")

    def _resume(self, call: _Call, found: re.Match[bytes]) -> None:
        rest = found["arguments"]
        call.arguments += rest.decode()
        whole = call.arguments.encode() + (found["after"] or b"")
        if not self._concerns(call.name, whole):
            return
        call.handles = self._table(call.pid)
        if found["unfinished"]:
            self._under_way[call.pid] = call
            return
        self._end(call, found)

    def _end(self, call: _Call, found: re.Match[bytes]) -> None:
        result = found["result"].decode()
        call.result = -1 if result == "?" else int(result, 0)
        if call.result < 0:
            if call.op is not None:  # it did nothing, or nobody knows how much: as if it never ended
                call.op.kind, call.op.data = "nothing", b""
            return
        self._finish(call)

    def _table(self, pid: int) -> dict[int, _Handle]:
        """The descriptors of a thread's process. A thread may act before the call that made it returns."""
        if pid not in self._leader and pid not in self._handles:
            for maker in self._under_way.values():
                if "CLONE_THREAD" in maker.arguments:
                    self._leader[pid] = self._leader.get(maker.pid, maker.pid)
        return self._handles.setdefault(self._leader.get(pid, pid), {})

    # --- where a call points ------------------------------------------------------------------------

    def _handle(self, call: _Call) -> _Handle | None:
        """The handle of the call's first argument if it is a file in the directory; checked against -y."""
        found = _DESCRIPTOR.match(call.arguments)
        if found is None:
            return None
        path = _plain(found[2]).decode(errors="replace")
        handle = call.handles.get(int(found[1]))
        if handle is None:
            if self._name(path) is not None and path != self._root:
                raise Unmodelled(f"{call.name} on {path} through a descriptor from elsewhere")
            return None
        if not found[3] and self._names.get(path.removesuffix(" (deleted)"), handle.inode) != handle.inode:
            raise Unmodelled(f"the trace says {path}, the harness says {handle.path}")
        return handle

    def _name(self, path: str) -> str | None:
        return path if path == self._root or path.startswith(self._root + "/") else None

    def _paths(self, call: _Call) -> list[str]:
        """Absolute paths of a call on names. Without a directory descriptor they are taken from cwd."""
        paths, base = [], str(self._cwd)
        for part in _split(call.arguments):
            if at := _AT.match(part):
                base = _plain(at[2]).decode() if at[2] else str(self._cwd)
            elif text := _STRING.fullmatch(part):
                paths.append(str(Path(base) / _plain(text[1]).decode(errors="surrogateescape")))
        return [str(Path(path)) for path in paths]

    # --- the calls ----------------------------------------------------------------------------------

    def _emit(self, kind: str, **values: Any) -> Op:
        op = Op(kind, begun=self._clock, **values)
        self._clock += 1
        if not kind.startswith("sync"):
            self.ops.append(op)
        return op

    def _begin(self, call: _Call) -> None:
        """What may reach the disk or an ear as soon as the call has begun."""
        if call.name in _DATA_CALLS:
            self._begin_data(call)
        elif call.name in ("fsync", "fdatasync"):
            handle = self._handle(call)
            directory = _DESCRIPTOR.match(call.arguments)
            if handle is not None:
                call.op = self._emit("sync", inode=handle.inode)
            elif directory is not None and self._name(path := _plain(directory[2]).decode()) is not None:
                call.op = self._emit("sync-names", name=path)
        elif call.name in ("sync", "syncfs"):
            call.op = self._emit("sync-all")
        elif call.name == "ftruncate":
            handle = self._handle(call)
            if handle is not None:
                size = int(_split(call.arguments)[1])
                call.op = self._emit("truncate", inode=handle.inode, offset=size)
        elif call.name in _FILLERS and self._marker.decode() in _split(call.arguments)[_FILLERS[call.name]]:
            raise Unmodelled(f"{call.name} into a file of the directory")

    def _begin_data(self, call: _Call) -> None:
        handle = self._handle(call)
        strings = list(_STRING.finditer(call.arguments))
        data = b"".join(_plain(text[1]) for text in strings)
        if any(text[2] for text in strings):
            raise Unmodelled(f"strace cut the data of {call.name} short")
        if handle is None:
            if data:
                call.op = self._emit("said", data=data)
            return
        if call.name in ("pwrite64", "pwritev", "pwritev2"):
            offset = int(_split(call.arguments)[-1 if call.name != "pwritev2" else -2])
        elif handle.appends:
            offset = self._sizes[handle.inode]
        elif handle.position is None:
            raise Unmodelled(f"{call.name} to {handle.path} at a place the harness does not know")
        else:
            offset = handle.position
        call.op = self._emit("write", inode=handle.inode, offset=offset, data=data)

    def _finish(self, call: _Call) -> None:
        op = call.op
        if op is not None:
            op.ended = self._clock
            if op.kind.startswith("sync"):
                self.ops.append(op)
            elif op.kind == "write":
                op.data = op.data[: call.result]
                self._sizes[op.inode] = max(self._sizes[op.inode], op.offset + len(op.data))
                handle = self._handle(call)
                if handle is not None and call.name in ("write", "writev"):
                    handle.position = op.offset + len(op.data)
            elif op.kind == "truncate":
                self._sizes[op.inode] = op.offset
            return
        finisher = getattr(self, f"_on_{call.name}", None)
        if finisher is not None:
            finisher(call)

    def _on_openat(self, call: _Call) -> None:
        path = self._paths(call)[-1]
        call.handles.pop(call.result, None)
        if self._name(path) is None or path == self._root:
            return
        if "O_TMPFILE" in call.arguments:
            raise Unmodelled(f"a file without a name in {path}")
        if path not in self._names:
            if "O_CREAT" not in call.arguments and call.name != "creat":
                return  # a directory, opened to be synced
            self._names[path] = self._next_inode
            self._sizes[self._next_inode] = 0
            self._ended("create", inode=self._next_inode, name=path)
            self._next_inode += 1
        inode = self._names[path]
        if ("O_TRUNC" in call.arguments or call.name == "creat") and self._sizes[inode]:
            self._sizes[inode] = 0
            self._ended("truncate", inode=inode, offset=0)
        call.handles[call.result] = _Handle(inode, path, 0, "O_APPEND" in call.arguments)

    _on_open = _on_creat = _on_openat

    def _on_close(self, call: _Call) -> None:
        call.handles.pop(int(re.match(r"\d+", call.arguments)[0]), None)  # type: ignore[index]

    def _on_dup(self, call: _Call) -> None:
        handle = self._handle(call)
        if handle is None:
            call.handles.pop(call.result, None)
            return
        handle.position = None  # shared from now on
        call.handles[call.result] = handle

    _on_dup2 = _on_dup3 = _on_dup

    def _on_lseek(self, call: _Call) -> None:
        handle = self._handle(call)
        if handle is not None:
            handle.position = call.result

    def _on_mmap(self, call: _Call) -> None:
        # SQLite's -shm is only a cache that the first opener throws away; any other shared mapping would
        # change a file behind this harness's back.
        if "MAP_SHARED" in call.arguments and "PROT_WRITE" in call.arguments:
            path = _PATH.search(call.arguments)
            if path and not _plain(path[1]).endswith(b"-shm"):
                raise Unmodelled("a file of the directory is mapped for writing")

    def _on_clone(self, call: _Call) -> None:
        if "CLONE_THREAD" in call.arguments or "CLONE_FILES" in call.arguments:
            self._leader[call.result] = self._leader.get(call.pid, call.pid)
            return
        copies = {
            number: _Handle(handle.inode, handle.path, None, handle.appends)
            for number, handle in call.handles.items()
        }
        self._handles[call.result] = {**copies, **self._handles.get(call.result, {})}

    _on_clone3 = _on_fork = _on_vfork = _on_clone

    def _on_chdir(self, call: _Call) -> None:
        raise Unmodelled("the program changes its working directory")

    def _on_unlink(self, call: _Call) -> None:
        path = self._paths(call)[0]
        if path in self._names:
            self._ended("unlink", inode=self._names.pop(path), name=path)

    _on_unlinkat = _on_unlink

    def _on_rename(self, call: _Call) -> None:
        old, new = self._paths(call)
        inside = [path for path in (old, new) if self._name(path)]
        if not inside:
            return
        if len(inside) == 1 or old not in self._names or "EXCHANGE" in call.arguments:
            raise Unmodelled(
                f"rename of {old} to {new}: in or out of the directory, of a directory, or a swap"
            )
        inode = self._names[new] = self._names.pop(old)
        self._ended("rename", inode=inode, name=old, to=new)

    _on_renameat = _on_renameat2 = _on_rename

    def _on_link(self, call: _Call) -> None:
        if any(self._name(path) for path in self._paths(call)):
            raise Unmodelled(f"{call.name} in the directory")

    _on_linkat = _on_symlink = _on_symlinkat = _on_truncate = _on_link

    def _ended(self, kind: str, **values: Any) -> None:
        self._emit(kind, **values).ended = self._clock


def _split(arguments: str) -> list[str]:
    """The arguments of a call. Strings hold no commas: every byte is escaped."""
    return [part.strip() for part in arguments.split(",")]
