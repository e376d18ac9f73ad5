/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/sandbox.h"

#include "base/seccomp.h"
#include "chord/usbmon.h"
#include "chord/wire.h"

#include <errno.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534u

static bool filter_calls(void)
{
	static const struct sock_filter filter[] = {
	        SECCOMP_BEGIN,
#ifdef __NR_poll
	        SECCOMP_MAY(poll),
#endif
	        SECCOMP_MAY(ppoll),
	        SECCOMP_MAY(read),
	        SECCOMP_MAY(recvmsg),
	        SECCOMP_MAY_WITH(write, 0, STDIN_FILENO),
	        SECCOMP_MAY_WITH(ioctl, 1, USBMON_MFETCH),
	        SECCOMP_MAY_WITH(ioctl, 1, USBMON_STATS),
	        SECCOMP_MAY_WITH(mmap, 2, PROT_READ),
	        SECCOMP_MAY(munmap),
	        SECCOMP_MAY(close),
	        SECCOMP_MAY(clock_gettime),
	        SECCOMP_MAY(clock_nanosleep),
	        SECCOMP_MAY(restart_syscall),
	        SECCOMP_MAY_END,
	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),
	};

	return seccomp_enter(filter, ARRAY_SIZE(filter)) == 0;
}

static bool limit(int resource, rlim_t most)
{
	struct rlimit l;

	if (getrlimit(resource, &l) < 0)
		return false;
	l.rlim_cur = l.rlim_max = l.rlim_max < most ? l.rlim_max : most;
	return setrlimit(resource, &l) == 0;
}

static bool leave_root(void)
{
	if (geteuid() != 0)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	       setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

/* Of another user than root, capabilities are gone with the user; no exec brings any back. */
bool sandbox_enter(void)
{
	return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_MEMLOCK, 0) &&
	       limit(RLIMIT_NOFILE, CHORD_FDS_MAX + 16) && leave_root() && limit(RLIMIT_NPROC, 0) &&
	       prctl(PR_SET_DUMPABLE, 0) == 0 && filter_calls();
}
