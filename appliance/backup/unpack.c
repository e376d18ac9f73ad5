/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/unpack.h"

#include "backup/unpack_wire.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct hearing {
	int fd;
	const char *file;
	const struct unpack_events *events;
	struct backup_manifest manifest;
	bool has_manifest;
	size_t item;     /* whose bytes come now */
	uint64_t offset; /* up to which it has come */
	unsigned char *block;
	struct err *err;
};

/* All of it or an error. */
static int hear(struct hearing *h, void *out, size_t n)
{
	for (char *at = out; n;) {
		ssize_t got = read(h->fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(h->err, -EBADMSG,
			        _("its reader ended in the middle: the file is not what it seems"));
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

static int refuse(struct hearing *h)
{
	return err_set(h->err, -EBADMSG, _("its reader told what no backup holds"));
}

/* Texts that come without their end would be read on and on. */
static void close_texts(struct backup_manifest *m)
{
	m->name[sizeof(m->name) - 1] = m->made[sizeof(m->made) - 1] = '\0';
	for (size_t i = 0; i < m->n; i++) {
		struct backup_item *item = &m->items[i];

		item->member[sizeof(item->member) - 1] = item->name[sizeof(item->name) - 1] = '\0';
		item->path[sizeof(item->path) - 1] = item->disk[sizeof(item->disk) - 1] = '\0';
	}
	for (size_t i = 0; i < m->n_left; i++) {
		m->left[i].what[sizeof(m->left[i].what) - 1] = '\0';
		m->left[i].why[sizeof(m->left[i].why) - 1] = '\0';
	}
}

static int hear_manifest(struct hearing *h)
{
	struct backup_manifest told, *m = &h->manifest;
	int r;

	if (h->has_manifest)
		return refuse(h);
	r = hear(h, &told, sizeof(told));
	if (r < 0)
		return r;
	if (told.n > BACKUP_ITEMS_MOST || told.n_left > BACKUP_LEFT_MOST)
		return refuse(h);
	*m = told;
	m->items = xcalloc(m->n + 1, sizeof(*m->items));
	m->left = xcalloc(m->n_left + 1, sizeof(*m->left));
	h->has_manifest = true;
	r = hear(h, m->items, m->n * sizeof(*m->items));
	r = r < 0 ? r : hear(h, m->left, m->n_left * sizeof(*m->left));
	if (r < 0)
		return r;
	close_texts(m);
	r = backup_manifest_check(m, h->err);
	return r < 0 ? r : h->events->manifest(h->events->user, m, h->err);
}

static int hear_data(struct hearing *h, const struct unpack_frame *frame)
{
	int r;

	if (frame->item > h->item) {
		h->item = frame->item;
		h->offset = 0;
	}
	if (!h->has_manifest || frame->item != h->item || h->item >= h->manifest.n ||
	        frame->length > UNPACK_BLOCK || frame->offset < h->offset ||
	        frame->offset > h->manifest.items[h->item].size ||
	        frame->length > h->manifest.items[h->item].size - frame->offset)
		return refuse(h);
	r = hear(h, h->block, frame->length);
	h->offset = frame->offset + frame->length;
	return r < 0 ? r
	             : h->events->data(h->events->user, h->item, frame->offset, h->block,
	                       frame->length, h->err);
}

static int hear_error(struct hearing *h)
{
	struct err told;
	int r = hear(h, &told, sizeof(told));

	if (r < 0)
		return r;
	told.message[sizeof(told.message) - 1] = '\0';
	return err_set(h->err, -EBADMSG, "%s", told.message);
}

int unpack_hear(int fd, const char *file, const struct unpack_events *events, struct err *err)
{
	cleanup_free unsigned char *block = xcalloc(UNPACK_BLOCK, 1);
	struct hearing h = {.fd = fd, .file = file, .events = events, .block = block, .err = err};
	struct unpack_frame frame;
	int r = 0;

	for (bool end = false; r == 0 && !end;) {
		r = hear(&h, &frame, sizeof(frame));
		if (r < 0)
			break;
		switch ((enum unpack_kind)frame.kind) {
		case UNPACK_MANIFEST:
			r = hear_manifest(&h);
			break;
		case UNPACK_DATA:
			r = hear_data(&h, &frame);
			break;
		case UNPACK_END:
			end = true;
			r = h.has_manifest ? 0 : refuse(&h);
			break;
		case UNPACK_ERROR:
			r = hear_error(&h);
			break;
		default:
			r = refuse(&h);
		}
	}
	backup_manifest_finish(&h.manifest);
	if (r == -EBADMSG) {
		err_prefix(err, "%s", file);
		err_hint(err, _("nothing of it was written; take another backup, made by "
		                "playthrough backup"));
		err_code(err, CODE_BACKUP_BAD);
	}
	return r;
}

/* What a stranger has a say in has nothing of ours but these two. */
static void __attribute__((noreturn)) run_child(int fd, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int from = fcntl(fd, F_DUPFD_CLOEXEC, 8), to = fcntl(out, F_DUPFD_CLOEXEC, 8);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 3; i++)
		if (null < 0 || dup2(null, i) < 0)
			_exit(1);
	if (from < 0 || to < 0 || dup2(from, 3) < 0 || dup2(to, 4) < 0 ||
	        syscall(SYS_close_range, 5, ~0U, 0) < 0)
		_exit(1);
	unpack_child(3, 4);
}

int unpack_run(int fd, const char *file, const struct unpack_events *events, struct err *err)
{
	int pipes[2], r;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "pipe");
	pid = fork();
	if (pid == 0)
		run_child(fd, pipes[1]);
	close(pipes[1]);
	r = pid < 0 ? err_errno(err, -errno, "fork") : unpack_hear(pipes[0], file, events, err);
	close(pipes[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return r;
}
