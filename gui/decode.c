/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"
#include "base/i18n.h"
#include "base/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Twice the largest picture, as libpng has it and as it lies in the file, and room. */
#define MEMORY_MOST (3 * PICTURE_PIXELS_MOST + PICTURE_BYTES_MOST + ((size_t)64 << 20))
#define CPU_SECONDS 4u

/* What the two processes share. The child writes it, and is dead before it is read. */
struct shared {
	bool finished;
	enum picture_fault fault;
	int unreadable; /* errno */
	int width, height;
	uint32_t pixels[];
};

struct decode {
	pid_t pid;
	int pidfd;
	sd_event_source *end, *deadline;
	struct shared *shared;
	size_t size;
	int width, height; /* at most */
	bool late;
	decode_done done;
	void *user;
};

/* --- in the child --- */

/* From here on only memory can be had. With AddressSanitizer, which asks for more, it is left open. */
static bool lock_in(void)
{
#ifndef __SANITIZE_ADDRESS__
	static const struct sock_filter filter[] = {
	        SECCOMP_BEGIN,
	        SECCOMP_MAY(brk),
	        SECCOMP_MAY(mmap),
	        SECCOMP_MAY(munmap),
	        SECCOMP_MAY(mremap),
	        SECCOMP_MAY(madvise),
	        SECCOMP_MAY(futex),
	        SECCOMP_MAY(exit_group),
	        SECCOMP_ELSE(SECCOMP_RET_KILL_PROCESS),
	};

	return seccomp_enter(filter, ARRAY_SIZE(filter)) == 0;
#else
	return true;
#endif
}

static bool limit(int resource, rlim_t most)
{
	const struct rlimit l = {most, most};

	return setrlimit(resource, &l) == 0;
}

/* All that is mapped by now is the parent's, and counts. */
static bool limit_memory(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	bool known = file && fscanf(file, "%lu", &pages) == 1;

	if (file)
		fclose(file);
	return known && limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MOST);
#endif
}

/* The whole file; NULL: errno, or 0 where it is too large. */
static void *read_all(int fd, size_t *size)
{
	struct stat st;
	size_t n = 0;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	errno = S_ISREG(st.st_mode) ? 0 : EINVAL;
	if (errno || st.st_size < 0 || (uint64_t)st.st_size > PICTURE_BYTES_MOST)
		return NULL;
	bytes = xcalloc(1, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, bytes + n, (size_t)st.st_size - n, (off_t)n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	*size = n;
	return bytes;
}

static void __attribute__((noreturn))
child(const struct decode_request *request, struct shared *shared)
{
	int fd = request->path ? open(request->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
	                       : request->fd;
	size_t size = 0;
	void *bytes = read_all(fd, &size);

	shared->unreadable = bytes ? 0 : errno;
	shared->fault = bytes ? PICTURE_GOOD : PICTURE_TOO_LARGE;
	shared->finished = !bytes;
	if (!bytes || !limit_memory())
		_exit(0);
	syscall(SYS_close_range, 0, ~0U, 0);
	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, 0) || !limit(RLIMIT_CPU, CPU_SECONDS) ||
	        !lock_in())
		_exit(0);
	shared->fault = picture_decode(
	        bytes, size, request->fit, shared->pixels, &shared->width, &shared->height);
	shared->finished = true;
	_exit(0);
}

/* --- in the front end --- */

static void free_decode(void *user)
{
	struct decode *d = user;

	sd_event_source_disable_unref(d->deadline);
	close_fd(&d->pidfd);
	munmap(d->shared, d->size);
	free(d);
}

/* It may hang on a disk, where no signal reaches it: the loop has it until the kernel lets it go. */
void decode_destroy(struct decode *d)
{
	if (!d)
		return;
	syscall(SYS_pidfd_send_signal, d->pidfd, SIGKILL, NULL, 0);
	d->done = NULL;
	d->deadline = sd_event_source_disable_unref(d->deadline);
	sd_event_source_set_floating(d->end, true);
	sd_event_source_unref(d->end);
}

static int judge(const struct decode *d, struct err *err)
{
	const struct shared *s = d->shared;

	if (d->late || !s->finished)
		return err_set(err, -ENOMEM, _("the picture takes too long or too much memory"));
	if (s->unreadable)
		return err_set(err, -s->unreadable, "%s", strerror(s->unreadable));
	if (s->fault == PICTURE_TOO_LARGE)
		return err_set(err, -EFBIG,
		        _("the picture is larger than %u MiB or than %u million pixels"),
		        (unsigned)(PICTURE_BYTES_MOST >> 20),
		        (unsigned)(PICTURE_PIXELS_MOST / 1000000));
	if (s->fault != PICTURE_GOOD || s->width < 1 || s->height < 1 || s->width > d->width ||
	        s->height > d->height)
		return err_set(err, -EBADMSG, _("it is no PNG picture, or a broken one"));
	return 0;
}

static void tell(struct decode *d)
{
	struct err err = {0};
	struct image image = {0};
	size_t n;

	if (judge(d, &err) < 0) {
		d->done(d->user, NULL, &err);
		return;
	}
	n = (size_t)d->shared->width * (size_t)d->shared->height;
	image = (struct image){xcalloc(n, sizeof(uint32_t)), d->shared->width, d->shared->height};
	memcpy(image.pixels, d->shared->pixels, n * sizeof(uint32_t));
	d->done(d->user, &image, NULL);
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct decode *d = user;
	siginfo_t info;

	(void)events;
	waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG);
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (d->done) {
		tell(d);
		sd_event_source_unref(source);
	} else {
		sd_event_source_set_floating(source, false); /* the loop's, and the last */
	}
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct decode *d = user;

	(void)source, (void)usec;
	d->late = true;
	tell(d);
	decode_destroy(d);
	return 0;
}

static bool watch(sd_event *event, struct decode *d)
{
	d->pidfd = d->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, d->pid, 0);
	if (d->pidfd < 0 || sd_event_add_io(event, &d->end, d->pidfd, EPOLLIN, on_end, d) < 0)
		return false;
	sd_event_source_set_destroy_callback(d->end, free_decode);
	sd_event_add_time_relative(event, &d->deadline, CLOCK_MONOTONIC, (uint64_t)DECODE_MS * 1000,
	        0, on_deadline, d);
	return true;
}

static struct decode *make(const struct decode_request *request, decode_done done, void *user)
{
	struct decode *d = xcalloc(1, sizeof(*d));
	size_t n = (size_t)request->width * (size_t)request->height;

	*d = (struct decode){.pidfd = -1,
	        .size = sizeof(struct shared) + n * sizeof(uint32_t),
	        .width = request->width,
	        .height = request->height,
	        .done = done,
	        .user = user};
	d->shared = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d->shared == MAP_FAILED) {
		free(d);
		return NULL;
	}
	d->shared->width = request->width;
	d->shared->height = request->height;
	return d;
}

struct decode *decode_start(
        sd_event *event, const struct decode_request *request, decode_done done, void *user)
{
	struct decode *d = make(request, done, user);

	if (!d)
		return NULL;
	d->pid = fork();
	if (d->pid == 0)
		child(request, d->shared);
	if (watch(event, d))
		return d;
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	free_decode(d);
	return NULL;
}
