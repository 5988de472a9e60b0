"""Gives up what only binding needed: root, capabilities, and any way to get them back. Linux and other systems.

Called once, before the first thread is started: capabilities belong to threads. Processes started later have no more.
"""

import ctypes
import os
import pwd
import sys

from collector.errors import PrivilegeError
from collector.translation import _

# linux/prctl.h, linux/capability.h
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words of 32 for each of three sets
CAPABILITY_WORDS = 6


def user_of(name: str) -> pwd.struct_passwd:
    """Return an account of this machine.

    Raises:
        PrivilegeError: there is none of this name, or it is root.
    """
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise PrivilegeError(
            _("processes.user: there is no user {name} here: useradd --system {name}", name=name)
        ) from None
    if user.pw_uid == 0:
        raise PrivilegeError(
            _("processes.user: {name} is root, which is what is to be given up: name another user", name=name)
        )
    return user


def drop(user: str) -> None:
    """Become `user` where this is root, and give up every capability; an empty name keeps root, and with it them.

    Raises:
        PrivilegeError: the user is not there, or the system refuses.
    """
    try:
        if user and os.getuid() == 0:
            account = user_of(user)
            os.initgroups(account.pw_name, account.pw_gid)
            os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
            os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
        if sys.platform == "linux":
            _give_up_capabilities()
    except OSError as exc:
        raise PrivilegeError(
            _("cannot give up privileges ({reason}): start as root or as a plain user", reason=exc.strerror)
        ) from exc


def look_at(user: str) -> str:
    """Return one line about who the collector will be after binding.

    Raises:
        PrivilegeError: [processes] user cannot be used.
    """
    if user:
        user_of(user)
    if os.getuid() != 0:
        return _("user {user}, without capabilities once the ports are bound", user=os.getuid())
    if not user:
        return _("root, and stays root: name a user in [processes], or have systemd start it as one")
    return _("root until the ports are bound, then {user}", user=user)


def _give_up_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _call(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))  # no set-uid program, no file capability gives any back
    if os.getuid() == 0:
        return  # root by the operator's choice; to be root without capabilities breaks what reads others' files
    _call(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call(libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * CAPABILITY_WORDS)())))


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
