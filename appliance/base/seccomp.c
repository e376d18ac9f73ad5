/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/seccomp.h"

#include <errno.h>
#include <sys/prctl.h>

int seccomp_enter(const struct sock_filter *filter, size_t n)
{
	const struct sock_fprog program = {(unsigned short)n, (struct sock_filter *)filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}
