/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define DEPTH       48
#define MODULES_MAX 64

struct faults *faults;

/* The unwinder may allocate, and call the kernel. */
static _Thread_local bool looking;

static struct {
	uintptr_t begin, end;
} modules[MODULES_MAX];
static size_t n_modules;

static int add_module(struct dl_phdr_info *info, size_t size, void *user)
{
	(void)size, (void)user;
	for (int i = 0; i < info->dlpi_phnum && n_modules < MODULES_MAX; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		modules[n_modules].begin = info->dlpi_addr + p->p_vaddr;
		modules[n_modules].end = modules[n_modules].begin + p->p_memsz;
		n_modules++;
	}
	return 0;
}

/* An address as the place in its module, and the module's number in the order of loading. */
static uint64_t placed(uintptr_t address)
{
	for (size_t i = 0; i < n_modules; i++)
		if (address >= modules[i].begin && address < modules[i].end)
			return (uint64_t)i << 48 | (address - modules[i].begin);
	return 0;
}

uint64_t faults_stack(void)
{
	uint64_t sum = 0xcbf29ce484222325u;
	void *frames[DEPTH];
	int n;

	n = backtrace(frames, DEPTH);
	for (int i = 0; i < n; i++)
		sum = (sum ^ placed((uintptr_t)frames[i])) * 0x100000001b3u;
	return sum ? sum : 1;
}

static void note(uint64_t stack, uint64_t what)
{
	for (uint64_t i = 0; i < faults->n; i++)
		if (faults->noted[i].stack == stack)
			return;
	if (faults->n < FAULTS_MOST) {
		faults->noted[faults->n].stack = stack;
		faults->noted[faults->n].what = what;
		faults->n++;
	}
}

/* For whoever looks why it ended as it did: addr2line knows the names. */
static void tell(uint64_t what)
{
	void *frames[DEPTH];
	char line[64];
	int n = snprintf(line, sizeof(line), "fails: %s %lu\n",
	        faults->kind == FAULTS_CALLS ? "call" : "allocation", (unsigned long)what);

	if (write(2, line, (size_t)n) == n)
		backtrace_symbols_fd(frames, backtrace(frames, DEPTH), 2);
}

bool faults_due(enum faults_kind kind, uint64_t what)
{
	bool due = false;
	uint64_t stack;

	if (!faults || looking || faults->kind != (uint64_t)kind || faults->fired)
		return false;
	looking = true;
	stack = faults_stack();
	if (!faults->wants)
		note(stack, what);
	else if (faults->wants == stack)
		due = !__atomic_exchange_n(&faults->fired, 1, __ATOMIC_SEQ_CST);
	if (due)
		tell(what);
	looking = false;
	return due;
}

/* --- allocations: what the C library allocates for a caller comes here, too --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool fails(void)
{
	bool due = faults_due(FAULTS_ALLOCATIONS, 0);

	if (due)
		errno = ENOMEM;
	return due;
}

/* The file is shared with what is forked until that calls exec, which frees nothing. */
static bool is_child;

static void in_child(void)
{
	is_child = true;
}

static void count(int64_t blocks, int64_t bytes)
{
	if (!faults || is_child)
		return;
	__atomic_fetch_add(&faults->blocks, blocks, __ATOMIC_RELAXED);
	__atomic_fetch_add(&faults->bytes, bytes, __ATOMIC_RELAXED);
}

static void *counted(void *p)
{
	if (p)
		count(1, (int64_t)malloc_usable_size(p));
	return p;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	int64_t before = p ? (int64_t)malloc_usable_size(p) : 0;
	void *q;

	if (fails())
		return NULL;
	q = __libc_realloc(p, size);
	if (q || !size)
		count(!!q - !!p, (q ? (int64_t)malloc_usable_size(q) : 0) - before);
	return q;
}

void free(void *p)
{
	if (p)
		count(-1, -(int64_t)malloc_usable_size(p));
	__libc_free(p);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

/* --- a clock that jumps --- */

int __clock_gettime(clockid_t clock, struct timespec *now);

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int r = __clock_gettime(clock, now);

	if (r == 0 && clock == CLOCK_REALTIME && faults)
		now->tv_sec += faults->clock;
	if (r == 0 && clock == CLOCK_MONOTONIC && faults)
		now->tv_sec += faults->ahead;
	return r;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* --- a USB device's node, which here is a file --- */

#define USB_MAJOR 189

static bool is_usb_node(int fd)
{
	char link[32], path[256];
	long n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = faults_call(SYS_readlink, (long)link, (long)path, sizeof(path) - 1, 0, 0, 0);
	path[n > 0 ? n : 0] = '\0';
	return strstr(path, "/dev/bus/usb/") != NULL;
}

int fstat64(int fd, struct stat64 *st)
{
	int r = fstatat64(fd, "", st, AT_EMPTY_PATH);

	if (r == 0 && faults && S_ISREG(st->st_mode) && is_usb_node(fd)) {
		st->st_mode = S_IFCHR | 0660;
		st->st_rdev = makedev(USB_MAJOR, 1);
	}
	return r;
}

/* --- */

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULTS_CONTROL");
	void *frames[DEPTH];
	struct faults *mapped;
	int fd;

	if (!path || strcmp(program_invocation_short_name, "playthroughd") != 0)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	mapped = mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		abort();
	dl_iterate_phdr(add_module, NULL);
	backtrace(frames, DEPTH); /* loads the unwinder, once */
	faults = mapped;
	pthread_atfork(NULL, NULL, in_child);
	faults_catch_calls();
}
