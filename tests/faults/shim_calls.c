/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of this process come as signals (Linux, Documentation/admin-guide/syscall-user-dispatch.rst), and are made by
 * the handler, or fail. exec ends that, so that whatever the daemon starts is as it would be.
 */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif

static char selector = SYSCALL_DISPATCH_FILTER_ALLOW;

/*
 * The one place that the kernel lets through: a call, and the return from the handler. The unwinder knows the latter by its
 * bytes (gcc, libgcc/config/i386/linux-unwind.h).
 */
void faults_return(void);
extern const char faults_gate[], faults_gate_end[];
__asm__(".text\n"
        "faults_gate:\n"
        ".globl faults_call\n"
        "faults_call:\n"
        "	mov %rdi, %rax\n"
        "	mov %rsi, %rdi\n"
        "	mov %rdx, %rsi\n"
        "	mov %rcx, %rdx\n"
        "	mov %r8, %r10\n"
        "	mov %r9, %r8\n"
        "	mov 8(%rsp), %r9\n"
        "	syscall\n"
        "	ret\n"
        ".globl faults_return\n"
        "faults_return:\n"
        "	mov $15, %rax\n"
        "	syscall\n"
        "	nop\n"
        "faults_gate_end:\n");

/* What a PC that is short of something, or a broken disk, would say. 0: this call does not fail, or its failure has no bearing. */
static int error_of(long nr)
{
	static const struct {
		long nr;
		int error;
	} table[] = {{SYS_openat, EMFILE}, {SYS_openat2, EMFILE}, {SYS_open, EMFILE},
	        {SYS_socket, EMFILE}, {SYS_socketpair, EMFILE}, {SYS_pipe2, EMFILE},
	        {SYS_accept4, EMFILE}, {SYS_epoll_create1, EMFILE}, {SYS_timerfd_create, EMFILE},
	        {SYS_signalfd4, EMFILE}, {SYS_inotify_init1, EMFILE}, {SYS_pidfd_open, EMFILE},
	        {SYS_dup, EMFILE}, {SYS_dup2, EMFILE}, {SYS_dup3, EMFILE}, {SYS_fcntl, EMFILE},
	        {SYS_memfd_create, EMFILE}, {SYS_inotify_add_watch, ENOSPC},
	        {SYS_epoll_ctl, ENOSPC}, {SYS_write, ENOSPC}, {SYS_writev, ENOSPC},
	        {SYS_pwrite64, ENOSPC}, {SYS_mkdir, ENOSPC}, {SYS_mkdirat, ENOSPC},
	        {SYS_rename, ENOSPC}, {SYS_renameat, ENOSPC}, {SYS_renameat2, ENOSPC},
	        {SYS_link, ENOSPC}, {SYS_linkat, ENOSPC}, {SYS_symlink, ENOSPC},
	        {SYS_symlinkat, ENOSPC}, {SYS_fallocate, ENOSPC}, {SYS_ftruncate, ENOSPC},
	        {SYS_bind, ENOSPC}, {SYS_clone, EAGAIN}, {SYS_clone3, EAGAIN}, {SYS_fork, EAGAIN},
	        {SYS_vfork, EAGAIN}, {SYS_sendmsg, ENOBUFS}, {SYS_sendto, ENOBUFS},
	        {SYS_recvmsg, ENOMEM}, {SYS_recvfrom, ENOMEM}, {SYS_connect, ECONNREFUSED},
	        {SYS_fsync, EIO}, {SYS_fdatasync, EIO}, {SYS_read, EIO}, {SYS_pread64, EIO},
	        {SYS_ioctl, EIO}, {SYS_unlink, EIO}, {SYS_unlinkat, EIO}, {SYS_rmdir, EIO},
	        {SYS_getdents64, EIO}, {SYS_close, EIO}, {SYS_newfstatat, EIO}, {SYS_statx, EIO},
	        {SYS_stat, EIO}, {SYS_lstat, EIO}, {SYS_fstat, EIO}, {SYS_access, EIO},
	        {SYS_faccessat, EIO}, {SYS_faccessat2, EIO}, {SYS_readlink, EIO},
	        {SYS_readlinkat, EIO}, {SYS_statfs, EIO}, {SYS_fstatfs, EIO}, {SYS_chmod, EIO},
	        {SYS_fchmod, EIO}, {SYS_fchmodat, EIO}, {SYS_chown, EIO}, {SYS_fchown, EIO},
	        {SYS_fchownat, EIO}, {SYS_flock, EIO}, {SYS_mmap, ENOMEM}, {SYS_mremap, ENOMEM},
	        {SYS_poll, ENOMEM}, {SYS_ppoll, ENOMEM}, {SYS_epoll_wait, ENOMEM},
	        {SYS_epoll_pwait, ENOMEM}, {SYS_listen, ENOBUFS}, {SYS_setsockopt, ENOMEM},
	        {SYS_getsockopt, ENOMEM}, {SYS_getsockname, ENOMEM}, {SYS_getpeername, ENOMEM},
	        {SYS_timerfd_settime, ECANCELED}, {SYS_kill, EPERM}, {SYS_wait4, ECHILD},
	        {SYS_waitid, ECHILD}, {SYS_pidfd_send_signal, EPERM}, {SYS_execve, ENOENT},
	        {SYS_sched_getaffinity, EIO}, {SYS_sched_setaffinity, EIO}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].nr == nr)
			return table[i].error;
	return 0;
}

/* The kernel would put back the mask that was before the signal. SIGSYS is never blocked, else the next call is the last. */
static void keep_mask(ucontext_t *context)
{
	sigset_t now = {0};

	faults_call(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&now, 8, 0, 0);
	sigdelset(&now, SIGSYS);
	memcpy(&context->uc_sigmask, &now, 8);
}

static long make(ucontext_t *context, long nr)
{
	const greg_t *r = context->uc_mcontext.gregs;
	long result;

	if (nr == SYS_vfork)
		nr = SYS_fork; /* its child would return through our stack */
	if (nr == SYS_rt_sigaction && r[REG_RDI] == SIGSYS)
		return 0; /* whoever sets all signals back does not mean ours */
	result = faults_call(
	        nr, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
	if (nr == SYS_rt_sigprocmask)
		keep_mask(context);
	return result;
}

static void on_call(int number, siginfo_t *info, void *user)
{
	ucontext_t *context = user;
	long nr = info->si_syscall;
	int error = error_of(nr), saved = errno;

	(void)number;
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (error && faults_due(FAULTS_CALLS, (uint64_t)nr)) {
		if (nr == SYS_close)
			make(context, nr); /* it is closed, whatever it says: close(2) */
		context->uc_mcontext.gregs[REG_RAX] = -error;
	} else {
		context->uc_mcontext.gregs[REG_RAX] = make(context, nr);
	}
	errno = saved;
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
}

static void dispatch(void)
{
	/* fork() blocks all signals meanwhile. */
	uint64_t mask = UINT64_C(1) << (SIGSYS - 1);

	faults_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&mask, 0, 8, 0, 0);
	if (faults_call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON,
	            (long)faults_gate, faults_gate_end - faults_gate, (long)&selector, 0) < 0)
		abort();
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
}

static void in_child(void)
{
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	dispatch();
}

void faults_catch_calls(void)
{
	/* struct kernel_sigaction; the C library would bring a restorer of its own. */
	const struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = {on_call, SA_SIGINFO | SA_NODEFER | SA_RESTORER, faults_return, 0};

	faults_call(SYS_rt_sigaction, SIGSYS, (long)&action, 0, 8, 0, 0);
	pthread_atfork(NULL, NULL, in_child);
	dispatch();
}

/* --- the C library's clones with a stack of their own, which no handler can make --- */

typedef int (*spawner)(pid_t *, const char *, const posix_spawn_file_actions_t *,
        const posix_spawnattr_t *, char *const *, char *const *);

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
        const posix_spawnattr_t *how, char *const *argv, char *const *env)
{
	spawner real = (spawner)dlsym(RTLD_NEXT, "posix_spawn");
	char before = selector;
	int r;

	if (faults_due(FAULTS_CALLS, SYS_clone3))
		return EAGAIN;
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	r = real(pid, path, actions, how, argv, env);
	selector = before;
	return r;
}
