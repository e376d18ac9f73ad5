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

static int add_system(int ruleset)
{
	static const struct {
		const char *path;
		uint64_t access;
	} paths[] = {{"/usr", RUN}, {"/lib", RUN}, {"/lib64", RUN}, {"/bin", RUN},
	        {"/etc/ld.so.cache", READ}, {"/dev/null", WRITE}, {"/dev/zero", READ},
	        {"/dev/urandom", READ},
	        {"/sys/devices/system/cpu", READ | LANDLOCK_ACCESS_FS_READ_DIR}};
	int r = 0;

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
	r = add_system(ruleset);
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

/* Older kernels' headers end before these; the numbers are the same on all architectures (asm-generic/unistd.h). */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat    463
#define __NR_removexattrat 466
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

/*
 * qemu-img of several years runs here, with whatever its libraries call: so these are what must not be, as QEMU's own
 * -sandbox does it. Landlock has no say in a file's mode, owner, times and attributes, and its first version none in
 * truncate(2); the old calls, which x86 has beside the *at ones, do the same.
 */
static const int processes[] = {
        __NR_ptrace,
        __NR_process_vm_readv,
        __NR_process_vm_writev,
        __NR_kill,
        __NR_tkill,
        __NR_pidfd_open,
        __NR_pidfd_getfd,
        __NR_pidfd_send_signal,
        __NR_kcmp,
        __NR_execveat,
        __NR_personality,
#ifdef __NR_fork
        __NR_fork,
        __NR_vfork,
#endif
};
static const int sockets[] = {__NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen};
static const int mounts[] = {__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare,
        __NR_setns, __NR_open_tree, __NR_move_mount, __NR_fsopen, __NR_fsmount, __NR_mount_setattr};
static const int kernel[] = {__NR_add_key, __NR_request_key, __NR_keyctl, __NR_bpf,
        __NR_perf_event_open, __NR_userfaultfd, __NR_io_uring_setup, __NR_io_uring_enter,
        __NR_io_uring_register, __NR_init_module, __NR_finit_module, __NR_delete_module,
        __NR_kexec_load, __NR_reboot, __NR_swapon, __NR_swapoff, __NR_acct, __NR_quotactl,
        __NR_settimeofday, __NR_clock_settime, __NR_sethostname, __NR_setdomainname, __NR_syslog};
static const int identity[] = {__NR_setuid, __NR_setgid, __NR_setreuid, __NR_setregid,
        __NR_setresuid, __NR_setresgid, __NR_setgroups, __NR_setfsuid, __NR_setfsgid, __NR_capset};
static const int attributes[] = {
        __NR_fchmod,
        __NR_fchmodat,
        __NR_fchmodat2,
        __NR_fchown,
        __NR_fchownat,
        __NR_utimensat,
        __NR_setxattr,
        __NR_lsetxattr,
        __NR_fsetxattr,
        __NR_setxattrat,
        __NR_removexattr,
        __NR_lremovexattr,
        __NR_fremovexattr,
        __NR_removexattrat,
        __NR_file_setattr,
#ifdef __NR_chmod
        __NR_chmod,
        __NR_chown,
        __NR_lchown,
        __NR_utime,
        __NR_utimes,
        __NR_futimesat,
#endif
};
static const int names[] = {
        __NR_linkat,
        __NR_symlinkat,
        __NR_unlinkat,
        __NR_renameat2,
        __NR_mknodat,
        __NR_mkdirat,
        __NR_truncate,
        __NR_name_to_handle_at,
        __NR_open_by_handle_at,
#ifdef __NR_renameat
        __NR_renameat,
#endif
#ifdef __NR_link
        __NR_link,
        __NR_symlink,
        __NR_unlink,
        __NR_rename,
        __NR_mknod,
        __NR_mkdir,
        __NR_rmdir,
        __NR_creat,
#endif
};

static const struct {
	const int *calls;
	size_t n;
} refused[] = {
        {processes, ARRAY_SIZE(processes)},
        {sockets, ARRAY_SIZE(sockets)},
        {mounts, ARRAY_SIZE(mounts)},
        {kernel, ARRAY_SIZE(kernel)},
        {identity, ARRAY_SIZE(identity)},
        {attributes, ARRAY_SIZE(attributes)},
        {names, ARRAY_SIZE(names)},
};

static void add(struct sock_filter *filter, size_t *n, const struct sock_filter *more, size_t count)
{
	memcpy(filter + *n, more, count * sizeof(*more));
	*n += count;
}

int jail_filter_calls(void)
{
	static const struct sock_filter head[] = {
	        SECCOMP_BEGIN,
#ifdef __x86_64__ /* the calls of x32 */
	        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1),
	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),
#endif
	};
	/*
	 * A process is not started: clone() without CLONE_THREAD; of clone3() the arguments cannot be seen, and libc does
	 * without it.
	 */
	static const struct sock_filter tail[] = {
	        SECCOMP_IF(__NR_clone3, 0, 1),
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | ENOSYS),
	        SECCOMP_IF(__NR_clone, 0, 3),
	        SECCOMP_LOAD(offsetof(struct seccomp_data, args)),
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
	        SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM),
	        SECCOMP_ELSE(SECCOMP_RET_ALLOW),
	};
	struct sock_filter filter[BPF_MAXINSNS];
	size_t n = 0;

	add(filter, &n, head, ARRAY_SIZE(head));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		for (size_t k = 0; k < refused[i].n; k++) {
			const struct sock_filter one[] = {SECCOMP_IF(refused[i].calls[k], 0, 1),
			        SECCOMP_ELSE(SECCOMP_RET_ERRNO | EPERM)};

			add(filter, &n, one, ARRAY_SIZE(one));
		}
	add(filter, &n, tail, ARRAY_SIZE(tail));
	return seccomp_enter(filter, n);
}
