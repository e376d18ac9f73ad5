/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words to write a filter of system calls with (seccomp(2)), for a child that hears what a stranger says:
 *
 *	static const struct sock_filter filter[] = {
 *	        SECCOMP_BEGIN,
 *	        SECCOMP_MAY(read),
 *	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),
 *	};
 *	return seccomp_enter(filter, ARRAY_SIZE(filter));
 *
 * A call of another architecture ends the process.
 */
#ifndef BASE_SECCOMP_H
#define BASE_SECCOMP_H

#include "base/util.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define SECCOMP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the numbers of this processor's system calls are not known here"
#endif

#define SECCOMP_LOAD(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define SECCOMP_ELSE(what)     BPF_STMT(BPF_RET | BPF_K, (what))
#define SECCOMP_IF(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(k), (yes), (no))

#define SECCOMP_BEGIN                                                                              \
	SECCOMP_LOAD(offsetof(struct seccomp_data, arch)), SECCOMP_IF(SECCOMP_ARCHITECTURE, 1, 0), \
	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),                                            \
	        SECCOMP_LOAD(offsetof(struct seccomp_data, nr))
#define SECCOMP_MAY(name) SECCOMP_IF(__NR_##name, 0, 1), SECCOMP_ELSE(SECCOMP_RET_ALLOW)
/* The call @name with argument @n equal to @value, by their lower half: for arguments of which the kernel takes no more. */
#define SECCOMP_MAY_WITH(name, n, value)                                                    \
	SECCOMP_IF(__NR_##name, 0, 4),                                                      \
	        SECCOMP_LOAD(offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t)), \
	        SECCOMP_IF((value), 0, 1), SECCOMP_ELSE(SECCOMP_RET_ALLOW),                 \
	        SECCOMP_LOAD(offsetof(struct seccomp_data, nr))

/* AddressSanitizer asks where the stack is before a process ends. */
#ifdef __SANITIZE_ADDRESS__
#define SECCOMP_MAY_END SECCOMP_MAY(exit_group), SECCOMP_MAY(sigaltstack)
#else
#define SECCOMP_MAY_END SECCOMP_MAY(exit_group)
#endif

/* This process and its children have nothing but what the filter leaves, for good. -errno: it is as it was. */
int seccomp_enter(const struct sock_filter *filter, size_t n);

#endif
