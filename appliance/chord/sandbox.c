/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/sandbox.h"

#include "chord/usbmon.h"
#include "chord/wire.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534u

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "playthrough-chord has no list of system calls for this processor"
#endif

/* Offsets in struct seccomp_data; arguments are compared by their lower half, which is all that the kernel takes. */
#define LOWER_HALF(n)  (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define LOAD(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ALLOW          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define IF(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(k), (yes), (no))
#define MAY(name)      IF(__NR_##name, 0, 1), ALLOW
/* The call @name, with argument @n equal to @value. */
#define MAY_WITH(name, n, value)                                              \
	IF(__NR_##name, 0, 4), LOAD(LOWER_HALF(n)), IF((value), 0, 1), ALLOW, \
	        LOAD(offsetof(struct seccomp_data, nr))

static bool filter_calls(void)
{
	static const struct sock_filter filter[] = {
	        LOAD(offsetof(struct seccomp_data, arch)),
	        IF(ARCHITECTURE, 1, 0),
	        KILL,
	        LOAD(offsetof(struct seccomp_data, nr)),
#ifdef __NR_poll
	        MAY(poll),
#endif
	        MAY(ppoll),
	        MAY(read),
	        MAY(recvmsg),
	        MAY_WITH(write, 0, STDIN_FILENO),
	        MAY_WITH(ioctl, 1, USBMON_MFETCH),
	        MAY_WITH(ioctl, 1, USBMON_STATS),
	        MAY_WITH(mmap, 2, PROT_READ),
	        MAY(munmap),
	        MAY(close),
	        MAY(clock_gettime),
	        MAY(clock_nanosleep),
	        MAY(restart_syscall),
	        MAY(exit_group),
#ifdef __SANITIZE_ADDRESS__ /* asks where the stack is before it ends */
	        MAY(sigaltstack),
#endif
	        KILL,
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), (void *)filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
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
	       prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       filter_calls();
}
