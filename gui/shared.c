/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shared.h"
#include "base/i18n.h"
#include "base/socket.h"
#include "bus/screen_wire.h"
#include "draw/damage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

void shared_forget(struct shared *s)
{
	if (s->pixels)
		munmap(s->pixels, (size_t)s->width * (size_t)s->height * sizeof(*s->pixels));
	s->pixels = NULL;
	free_ptr(&s->back);
	s->back = NULL;
	s->width = s->height = 0;
}

static bool send_all(int peer, const void *data, size_t n, int fd)
{
	return socket_send(peer, data, n, &fd, fd >= 0) == (ssize_t)n;
}

/* Nobody can make it smaller under our pixels, nor draw into it but us. */
static int make_memory(struct shared *s, size_t bytes)
{
	cleanup_close int fd = memfd_create("playthrough-screen", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *at;

	/* All of it now: memory that is missing later would end us in the middle of a picture. */
	if (fd < 0 || fallocate(fd, 0, 0, (off_t)bytes) < 0)
		return -errno;
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	s->pixels = at;
	/* Linux before 5.1 does not know the second of them. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return -errno;
	fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) < 0 ? -errno : take_fd(fd);
}

int shared_make(struct shared *s, int width, int height, int peer, struct err *err)
{
	const struct screen_size message = {
	        {SCREEN_VERSION, SCREEN_BUFFER}, (uint32_t)width, (uint32_t)height};
	size_t pixels = (size_t)width * (size_t)height;
	cleanup_close int fd = -1;

	shared_forget(s);
	s->width = width;
	s->height = height;
	s->fresh = true;
	fd = make_memory(s, pixels * sizeof(*s->pixels));
	if (fd < 0)
		return err_errno(err, fd, _("memory for a picture of %dx%d"), s->width, s->height);
	s->back = xcalloc(pixels, sizeof(*s->back));
	if (!send_all(peer, &message, sizeof(message), fd))
		return err_errno(err, -errno, _("the screen's socket"));
	return 0;
}

int shared_hand_over(struct shared *s, int peer, struct err *err)
{
	struct screen_frame frame = {.head = {SCREEN_VERSION, SCREEN_FRAME}};
	struct rect rects[SCREEN_RECTS_MOST];
	size_t n = damage_copy(s->pixels, s->back, s->width, s->height, rects, SCREEN_RECTS_MOST);

	if (s->fresh) {
		rects[0] = (struct rect){0, 0, s->width, s->height};
		n = 1;
	}
	if (n == 0)
		return 0;
	s->fresh = false;
	for (size_t i = 0; i < n; i++)
		frame.rects[i] = (struct screen_rect){(uint32_t)rects[i].x, (uint32_t)rects[i].y,
		        (uint32_t)rects[i].w, (uint32_t)rects[i].h};
	frame.n_rects = (uint32_t)n;
	frame.serial = ++s->serial;
	if (!send_all(peer, &frame, screen_frame_size(frame.n_rects), -1))
		return err_errno(err, -errno, _("the screen's socket"));
	return 1;
}
