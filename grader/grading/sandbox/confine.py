"""What the sandbox's first process gives up for good, and every process with it: some system calls, and being
looked into.

The sandbox runs this file by itself, so it imports the standard library only.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from itertools import groupby

PR_SET_DUMPABLE, PR_SET_SECCOMP = 4, 22
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # SECCOMP_RET_ALLOW, _ERRNO with EPERM, ENOSYS
LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # of classic BPF
SYSCALL, ARCHITECTURE, FIRST_ARGUMENT, FOURTH_ARGUMENT = 0, 4, 16, 40  # offsets in struct seccomp_data

# What a notebook may call: what Docker allows by default, less what holds memory that no limit counts, looks
# into other processes, or is a part of the kernel that a notebook has no use for. Written as name:number on
# x86_64:number on aarch64, with - where there is none.
ALLOWED = """
# files
access:21:- chdir:80:49 chmod:90:- chown:92:- close:3:57 close_range:436:436 copy_file_range:326:285
creat:85:- dup:32:23 dup2:33:- dup3:292:24 faccessat:269:48 faccessat2:439:439 fadvise64:221:223
fallocate:285:47 fchdir:81:50 fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 fchown:93:55 fchownat:260:54
fcntl:72:25 fdatasync:75:83 fgetxattr:193:10 flistxattr:196:13 flock:73:32 fstat:5:80 fstatfs:138:44
fsync:74:82 ftruncate:77:46 futimesat:261:- getcwd:79:17 getdents:78:- getdents64:217:61 getxattr:191:8
ioctl:16:29 lchown:94:- lgetxattr:192:9 link:86:- linkat:265:37 listxattr:194:11 llistxattr:195:12
lseek:8:62 lstat:6:- mkdir:83:- mkdirat:258:34 mknod:133:- mknodat:259:33 newfstatat:262:79 open:2:-
openat:257:56 openat2:437:437 pread64:17:67 preadv:295:69 preadv2:327:286 pwrite64:18:68 pwritev:296:70
pwritev2:328:287 read:0:63 readahead:187:213 readlink:89:- readlinkat:267:78 readv:19:65 rename:82:-
renameat:264:38 renameat2:316:276 rmdir:84:- sendfile:40:71 stat:4:- statfs:137:43 statx:332:291
symlink:88:- symlinkat:266:36 sync_file_range:277:84 truncate:76:45 unlink:87:- unlinkat:263:35 utime:132:-
utimensat:280:88 utimes:235:- write:1:64 writev:20:66
# processes
arch_prctl:158:- clone:56:220 clone3:435:435 execve:59:221 execveat:322:281 exit:60:93 exit_group:231:94
fork:57:- get_robust_list:274:100 getcpu:309:168 getegid:108:177 geteuid:107:175 getgid:104:176
getgroups:115:158 getpgid:121:155 getpgrp:111:- getpid:39:172 getppid:110:173 getpriority:140:141
getresgid:120:150 getresuid:118:148 getrlimit:97:163 getrusage:98:165 getsid:124:156 gettid:186:178
getuid:102:174 kill:62:129 membarrier:324:283 pidfd_open:434:434 pidfd_send_signal:424:424 prctl:157:167
prlimit64:302:261 restart_syscall:219:128 rseq:334:293 sched_get_priority_max:146:125
sched_get_priority_min:147:126 sched_getaffinity:204:123 sched_getattr:315:275 sched_getparam:143:121
sched_getscheduler:145:120 sched_rr_get_interval:148:127 sched_setaffinity:203:122 sched_setattr:314:274
sched_setparam:142:118 sched_setscheduler:144:119 sched_yield:24:124 set_robust_list:273:99
set_tid_address:218:96 setgid:106:144 setgroups:116:159 setpgid:109:154 setpriority:141:140 setregid:114:143
setresgid:119:149 setresuid:117:147 setreuid:113:145 setrlimit:160:164 setsid:112:157 setuid:105:146
sysinfo:99:179 tgkill:234:131 times:100:153 tkill:200:130 umask:95:166 uname:63:160 vfork:58:- wait4:61:260
waitid:247:95
# memory
brk:12:214 cachestat:451:451 madvise:28:233 mincore:27:232 mlock:149:228 mlock2:325:284 mlockall:151:230
mmap:9:222 mprotect:10:226 mremap:25:216 mseal:462:462 msync:26:227 munlock:150:229 munlockall:152:231
munmap:11:215 pkey_alloc:330:289 pkey_free:331:290 pkey_mprotect:329:288
# time and signals
alarm:37:- clock_getres:229:114 clock_gettime:228:113 clock_nanosleep:230:115 eventfd:284:- eventfd2:290:19
futex:202:98 futex_requeue:456:456 futex_wait:455:455 futex_waitv:449:449 futex_wake:454:454
getitimer:36:102 getrandom:318:278 gettimeofday:96:169 nanosleep:35:101 pause:34:- rt_sigaction:13:134
rt_sigpending:127:136 rt_sigprocmask:14:135 rt_sigqueueinfo:129:138 rt_sigreturn:15:139
rt_sigsuspend:130:133 rt_sigtimedwait:128:137 rt_tgsigqueueinfo:297:240 setitimer:38:103 sigaltstack:131:132
signalfd:282:- signalfd4:289:74 time:201:- timerfd_create:283:85 timerfd_gettime:287:87
timerfd_settime:286:86
# sockets and pipes
accept:43:202 accept4:288:242 bind:49:200 connect:42:203 epoll_create:213:- epoll_create1:291:20
epoll_ctl:233:21 epoll_pwait:281:22 epoll_pwait2:441:441 epoll_wait:232:- getpeername:52:205
getsockname:51:204 getsockopt:55:209 listen:50:201 pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73
pselect6:270:72 recvfrom:45:207 recvmmsg:299:243 recvmsg:47:212 select:23:- sendmmsg:307:269 sendmsg:46:211
sendto:44:206 setsockopt:54:208 shutdown:48:210 socket:41:198 socketpair:53:199
"""
LAST = 462  # number when this list was made; C libraries try later ones, and do without where there are none
# MAP_SHARED | MAP_ANONYMOUS: a process can give up its pages, and they stay, counted as nobody's
SHARED_ANONYMOUS = 0x21
# unix, IPv4, IPv6, netlink: those that the network namespace takes in; not vsock
SOCKET_FAMILIES = (1, 2, 10, 16)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
FIRST_X32 = 0x40000000  # x86_64's second set of numbers


def confine() -> None:
    """For a process that may not gain privileges. Raises OSError where the kernel refuses, KeyError on
    another processor.
    """
    program = allowing_filter(platform.machine())
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header)
    set_open_to_others(False)


def set_open_to_others(is_open: bool) -> None:
    """May processes of the same user read this one's memory and use its files, through /proc?"""
    prctl(PR_SET_DUMPABLE, int(is_open), None)


def prctl(option: int, value: int, data: bytes | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), data, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def allowed(column: int) -> dict[str, int]:
    """The numbers of system calls, by name."""
    lines = [line for line in ALLOWED.splitlines() if not line.startswith("#")]
    calls = [call.split(":") for line in lines for call in line.split()]
    return {name: int(numbers[column]) for name, *numbers in calls if numbers[column] != "-"}


def allowing_filter(machine: str) -> bytes:
    """A seccomp program: the calls above, by this processor's own set of numbers, are allowed, no others."""
    column, architecture = ARCHITECTURES[machine]
    numbers = allowed(column)
    # (operation, where to if true, where to if false, value); None is the next one
    steps = [
        (LOAD, None, None, ARCHITECTURE),
        (EQUAL, None, "refuse", architecture),
        (LOAD, None, None, SYSCALL),
        (AT_LEAST, "refuse", None, FIRST_X32),
        (AT_LEAST, "unknown", None, LAST + 1),
        (EQUAL, "mmap", None, numbers["mmap"]),
        (EQUAL, "socket", None, numbers["socket"]),
    ]
    for first, last in _ranges(numbers.values()):
        steps += [(AT_LEAST, None, "refuse", first), (AT_LEAST, None, "allow", last + 1)]
    place = {"refuse": len(steps), "unknown": len(steps) + 1, "allow": len(steps) + 2}
    steps += [(RETURN, None, None, action) for action in (REFUSE, UNKNOWN, ALLOW)]
    place["mmap"] = len(steps)
    steps += [
        (LOAD, None, None, FOURTH_ARGUMENT),
        (AND, None, None, SHARED_ANONYMOUS),
        (EQUAL, None, "end", SHARED_ANONYMOUS),
        (RETURN, None, None, REFUSE),
    ]
    place["socket"] = len(steps)
    steps += [
        (LOAD, None, None, FIRST_ARGUMENT),
        *((EQUAL, "end", None, family) for family in SOCKET_FAMILIES),
        (RETURN, None, None, REFUSE),
        (RETURN, None, None, ALLOW),
    ]
    place["end"] = len(steps) - 1

    def jump(index: int, target: str | None) -> int:
        return place[target] - index - 1 if target else 0  # only ahead

    return b"".join(
        struct.pack("HBBI", code, jump(i, yes), jump(i, no), value)
        for i, (code, yes, no, value) in enumerate(steps)
    )


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of those that follow one another, in order."""
    groups = groupby(enumerate(sorted(numbers)), key=lambda one: one[1] - one[0])
    ranges = [[number for _, number in group] for _, group in groups]
    return [(group[0], group[-1]) for group in ranges]
