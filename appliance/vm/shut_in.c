/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/shut_in.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "there is no list of system calls for this processor"
#endif

#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)   BPF_STMT(BPF_RET | BPF_K, (what))
#define IF(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(k), (yes), (no))
#define MAY(name)      IF(__NR_##name, 0, 1), RETURN(SECCOMP_RET_ALLOW)

int shut_in(struct err *err)
{
	static const struct sock_filter filter[] = {
	        LOAD(arch),
	        IF(ARCHITECTURE, 1, 0),
	        RETURN(SECCOMP_RET_KILL_PROCESS),
	        LOAD(nr),
	        MAY(read),
	        MAY(write),
	        MAY(pwrite64),
	        MAY(sendmsg),
	        MAY(sendto),
	        MAY(close),
	        MAY(memfd_create),
	        MAY(brk),
	        MAY(mmap),
	        MAY(munmap),
	        MAY(clock_gettime),
	        MAY(clock_nanosleep),
	        MAY(restart_syscall),
	        MAY(exit_group),
	        RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), (void *)filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_errno(err, -errno, "seccomp");
	return 0;
}
