/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded before libc (LD_PRELOAD): at change number $FAULT_AT of a file or folder, the process is killed ($FAULT=kill), or the
 * disk is full from then on for whoever writes ($FAULT=full). Children are left alone. What was counted goes to $FAULT_COUNT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t owner;
static long count;

__attribute__((constructor)) static void begin(void)
{
	owner = getpid();
}

__attribute__((destructor)) static void end(void)
{
	const char *file = getenv("FAULT_COUNT");
	FILE *out = file && getpid() == owner ? fopen(file, "w") : NULL;

	if (out) {
		fprintf(out, "%ld", count);
		fclose(out);
	}
}

/* Whether this change fails. */
static int fails(int is_write)
{
	const char *what = getenv("FAULT"), *at = getenv("FAULT_AT");

	if (getpid() != owner || !what)
		return 0;
	count++;
	if (!at || count < atol(at))
		return 0;
	if (strcmp(what, "kill") == 0)
		kill(owner, SIGKILL);
	errno = ENOSPC;
	return is_write;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t n)
{
	return fd > 2 && fails(1) ? -1 : REAL(write)(fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return fails(1) ? -1 : REAL(pwrite64)(fd, bytes, n, at);
}

int ftruncate64(int fd, off64_t size)
{
	return fails(0) ? -1 : REAL(ftruncate64)(fd, size);
}

int fsync(int fd)
{
	return fails(1) ? -1 : REAL(fsync)(fd);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(1) ? -1 : REAL(mkdir)(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
	return fails(1) ? -1 : REAL(mkdirat)(folder, path, mode);
}

int renameat(int a, const char *from, int b, const char *to)
{
	return fails(0) ? -1 : REAL(renameat)(a, from, b, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	return fails(0) ? -1 : REAL(renameat2)(a, from, b, to, flags);
}

int unlinkat(int folder, const char *path, int flags)
{
	return fails(0) ? -1 : REAL(unlinkat)(folder, path, flags);
}
