/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/jail.h"

#include "base/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- limits --- */

static int limit(int resource, rlim_t most)
{
	struct rlimit l;

	if (getrlimit(resource, &l) < 0)
		return -errno;
	l.rlim_cur = l.rlim_max = l.rlim_max < most ? l.rlim_max : most;
	return setrlimit(resource, &l) < 0 ? -errno : 0;
}

static int limit_all(const struct jail *jail)
{
	int r = limit(RLIMIT_CORE, 0);

	r = r < 0 ? r : limit(RLIMIT_MEMLOCK, 0);
	r = r < 0 ? r : limit(RLIMIT_NOFILE, 256);
	if (jail->memory_bytes)
		r = r < 0 ? r : limit(RLIMIT_AS, jail->memory_bytes);
	if (jail->cpu_seconds)
		r = r < 0 ? r : limit(RLIMIT_CPU, jail->cpu_seconds);
	if (jail->file_bytes)
		r = r < 0 ? r : limit(RLIMIT_FSIZE, jail->file_bytes);
	return r;
}

/* --- files: Documentation/userspace-api/landlock.rst --- */

/* Of the third version of its interface; Debian 12's header ends before it. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14)
#endif
#define READ  (LANDLOCK_ACCESS_FS_READ_FILE)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define RUN   (READ | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
/* What any version knows: bits 0 to 12. */
#define ALL ((1ull << 13) - 1)

static int add_rule(int ruleset, int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
	               ? -errno
	               : 0;
}

/* A path that this system has not needs no rule. */
static int add_path(int ruleset, const char *path, uint64_t access)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? 0 : add_rule(ruleset, fd, access);
}

static int add_system(int ruleset, uint64_t truncate)
{
	static const struct {
		const char *path;
		uint64_t access;
	} paths[] = {{"/usr", RUN}, {"/lib", RUN}, {"/lib64", RUN}, {"/bin", RUN},
	        {"/etc/ld.so.cache", READ}, {"/dev/null", WRITE}, {"/dev/zero", READ},
	        {"/dev/urandom", READ},
	        {"/sys/devices/system/cpu", READ | LANDLOCK_ACCESS_FS_READ_DIR}};
	int r = 0;

	(void)truncate;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(paths); i++)
		r = add_path(ruleset, paths[i].path, paths[i].access);
	return r;
}

static int add_files(int ruleset, const struct jail *jail, uint64_t truncate)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < jail->n_files; i++) {
		bool writable = jail->writable & (1u << i);

		r = add_rule(ruleset, jail->files[i], writable ? WRITE | truncate : READ);
		/* A file of no folder (memfd) is under no rule, and needs none. */
		if (r == -EBADFD || r == -EBADF)
			r = 0;
	}
	return r;
}

static int fence_files(const struct jail *jail)
{
	long version =
	        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t truncate = version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
	const struct landlock_ruleset_attr all = {.handled_access_fs = ALL | truncate};
	cleanup_close int ruleset = -1;
	int r;

	if (version < 1)
		return jail->fence_needed ? -ENOSYS : 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0);
	if (ruleset < 0)
		return -errno;
	r = add_system(ruleset, truncate);
	r = r < 0 ? r : add_files(ruleset, jail, truncate);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	return r;
}

int jail_enter(const struct jail *jail)
{
	int r = limit_all(jail);

	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r < 0 ? r : fence_files(jail);
}

/* --- system calls --- */

#define NOT(name) SECCOMP_IF(__NR_##name, 0, 1), SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM)

/*
 * qemu-img of several years runs here, with whatever its libraries call: so this names what must not be, as QEMU's
 * own -sandbox does. A process is not started: clone() without CLONE_THREAD; of clone3() the arguments cannot be
 * seen, and libc does without it.
 */
int jail_filter_calls(void)
{
	static const struct sock_filter filter[] = {
	        SECCOMP_BEGIN,
#ifdef __x86_64__ /* the calls of x32 */
	        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1),
	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),
#endif
#ifdef __NR_fork
	        NOT(fork),
	        NOT(vfork),
#endif
	        NOT(socket),
	        NOT(socketpair),
	        NOT(connect),
	        NOT(bind),
	        NOT(listen),
	        NOT(ptrace),
	        NOT(process_vm_readv),
	        NOT(process_vm_writev),
	        NOT(kill),
	        NOT(tkill),
	        NOT(pidfd_open),
	        NOT(pidfd_getfd),
	        NOT(pidfd_send_signal),
	        NOT(kcmp),
	        NOT(mount),
	        NOT(umount2),
	        NOT(pivot_root),
	        NOT(chroot),
	        NOT(unshare),
	        NOT(setns),
	        NOT(open_tree),
	        NOT(move_mount),
	        NOT(fsopen),
	        NOT(fsmount),
	        NOT(mount_setattr),
	        NOT(execveat),
	        NOT(add_key),
	        NOT(request_key),
	        NOT(keyctl),
	        NOT(bpf),
	        NOT(perf_event_open),
	        NOT(userfaultfd),
	        NOT(io_uring_setup),
	        NOT(io_uring_enter),
	        NOT(io_uring_register),
	        NOT(init_module),
	        NOT(finit_module),
	        NOT(delete_module),
	        NOT(kexec_load),
	        NOT(reboot),
	        NOT(swapon),
	        NOT(swapoff),
	        NOT(acct),
	        NOT(quotactl),
	        NOT(settimeofday),
	        NOT(clock_settime),
	        NOT(sethostname),
	        NOT(setdomainname),
	        NOT(syslog),
	        NOT(setuid),
	        NOT(setgid),
	        NOT(setreuid),
	        NOT(setregid),
	        NOT(setresuid),
	        NOT(setresgid),
	        NOT(setgroups),
	        NOT(setfsuid),
	        NOT(setfsgid),
	        NOT(capset),
	        NOT(personality),
	        NOT(fchmod),
	        NOT(fchmodat),
	        NOT(fchown),
	        NOT(fchownat),
	        NOT(linkat),
	        NOT(symlinkat),
	        NOT(unlinkat),
	        NOT(renameat2),
	        NOT(mknodat),
	        NOT(fsetxattr),
	        NOT(setxattr),
	        NOT(lsetxattr),
	        SECCOMP_IF(__NR_clone3, 0, 1),
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | ENOSYS),
	        SECCOMP_IF(__NR_clone, 0, 3),
	        SECCOMP_LOAD(offsetof(struct seccomp_data, args)),
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM),
	        SECCOMP_ELSE(SECCOMP_RET_ALLOW),
	};

	return seccomp_enter(filter, ARRAY_SIZE(filter));
}
