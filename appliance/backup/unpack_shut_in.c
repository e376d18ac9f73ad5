/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the child that reads a backup keeps: its memory, reading, writing, and looking where it is. */
#include "backup/unpack_wire.h"

#include "base/i18n.h"
#include "base/seccomp.h"

#include <errno.h>
#include <grp.h>
#include <locale.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534
#define MEMORY (1ul << 30) /* the list of holes is as long as a stranger made it */

static int enter_filter(void)
{
	static const struct sock_filter filter[] = {
	        SECCOMP_BEGIN,
	        SECCOMP_MAY(read),
	        SECCOMP_MAY(write),
	        SECCOMP_MAY(lseek),
	        SECCOMP_MAY(fstat),
	        SECCOMP_MAY(newfstatat),
	        SECCOMP_MAY(brk),
	        SECCOMP_MAY(mmap),
	        SECCOMP_MAY(munmap),
	        SECCOMP_MAY(mremap),
	        SECCOMP_MAY(madvise),
	        SECCOMP_MAY(clock_gettime),
	        SECCOMP_MAY(getrandom),
	        SECCOMP_MAY(futex),
	        SECCOMP_MAY(rt_sigreturn),
	        SECCOMP_MAY_END,
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM),
	};

	return seccomp_enter(filter, ARRAY_SIZE(filter));
}

static int leave_root(void)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	        setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	/* A change of the user forgets it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

int unpack_shut_in(struct err *err)
{
	const struct rlimit memory = {MEMORY, MEMORY};
	int r;

	/* Names are ASCII: nothing is looked up to convert them. The catalogue is read while files can still be opened. */
	setlocale(LC_CTYPE, "C.UTF-8");
	(void)_("missing");
	r = leave_root();
#ifndef __SANITIZE_ADDRESS__
	r = r == 0 && setrlimit(RLIMIT_AS, &memory) < 0 ? -errno : r;
#else
	(void)memory;
#endif
	r = r < 0 ? r : enter_filter();
	return r < 0 ? err_errno(err, r, _("the reader of backups cannot be shut in")) : 0;
}
