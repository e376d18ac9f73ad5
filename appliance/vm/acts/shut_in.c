/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/shut_in.h"

#include "base/seccomp.h"

#include <errno.h>

int shut_in(struct err *err)
{
	static const struct sock_filter filter[] = {
	        SECCOMP_BEGIN,
	        SECCOMP_MAY(read),
	        SECCOMP_MAY(write),
	        SECCOMP_MAY(pwrite64),
	        SECCOMP_MAY(sendmsg),
	        SECCOMP_MAY(sendto),
	        SECCOMP_MAY(close),
	        SECCOMP_MAY(memfd_create),
	        SECCOMP_MAY(brk),
	        SECCOMP_MAY(mmap),
	        SECCOMP_MAY(munmap),
	        SECCOMP_MAY(clock_gettime),
	        SECCOMP_MAY(clock_nanosleep),
	        SECCOMP_MAY(restart_syscall),
	        SECCOMP_MAY_END,
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM),
	};
	int r = seccomp_enter(filter, ARRAY_SIZE(filter));

	return r < 0 ? err_errno(err, r, "seccomp") : 0;
}
