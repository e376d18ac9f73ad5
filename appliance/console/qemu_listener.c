/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU calls: org.qemu.Display1.Listener, with pictures in messages or in shared memory. */
#include "console/qemu_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH      "/org/qemu/Display1/Listener"
#define INTERFACE "org.qemu.Display1.Listener"
#define MAP       INTERFACE ".Unix.Map"

static const struct source_handler *handler_of(const struct qemu *q)
{
	return q->source.handler;
}

/* --- pictures --- */

static void unmap(struct qemu *q)
{
	if (q->mapped)
		munmap(q->mapped, q->mapped_size);
	q->mapped = NULL;
	q->mapped_size = 0;
	q->map = (struct pixels){0};
}

static void show(struct qemu *q, const struct pixels *all)
{
	struct picture *p = &q->source.picture;

	if (p->width != all->width || p->height != all->height || !p->pixels) {
		q->pixels =
		        xrealloc(q->pixels, (size_t)all->width * all->height, sizeof(*q->pixels));
		*p = (struct picture){all->width, all->height, q->pixels};
	}
	pixels_copy(all, q->pixels, all->width, 0, 0);
	handler_of(q)->picture(handler_of(q)->user, &q->source);
}

static bool is_within(const struct picture *p, int x, int y, int width, int height)
{
	return p->pixels && x >= 0 && y >= 0 && width > 0 && height > 0 && (uint32_t)x < p->width &&
	       (uint32_t)y < p->height && (uint32_t)width <= p->width - (uint32_t)x &&
	       (uint32_t)height <= p->height - (uint32_t)y;
}

static void change(struct qemu *q, const struct pixels *part, int x, int y)
{
	const struct rect rect = {(uint32_t)x, (uint32_t)y, part->width, part->height};

	pixels_copy(part, q->pixels, q->source.picture.width, rect.x, rect.y);
	handler_of(q)->damage(handler_of(q)->user, &q->source, &rect);
}

static int read_pixels(sd_bus_message *m, struct pixels *p)
{
	const void *bytes = NULL;
	uint32_t stride;
	int r = sd_bus_message_read(m, "uu", &stride, &p->format);

	p->stride = stride;
	r = r < 0 ? r : sd_bus_message_read_array(m, 'y', &bytes, &p->size);
	p->bytes = bytes;
	return r;
}

static int on_scanout(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	struct pixels all = {0};
	int r = sd_bus_message_read(m, "uu", &all.width, &all.height);

	(void)unused;
	r = r < 0 ? r : read_pixels(m, &all);
	if (r < 0)
		return r;
	if (!pixels_good(&all))
		return -EINVAL; /* sd-bus answers so */
	unmap(q);
	show(q, &all);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_update(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	int x, y, width, height, r = sd_bus_message_read(m, "iiii", &x, &y, &width, &height);
	struct pixels part = {0};

	(void)unused;
	r = r < 0 ? r : read_pixels(m, &part);
	if (r < 0)
		return r;
	if (!is_within(&q->source.picture, x, y, width, height))
		return -EINVAL;
	part.width = (uint32_t)width;
	part.height = (uint32_t)height;
	if (!pixels_good(&part))
		return -EINVAL;
	change(q, &part, x, y);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_disable(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;

	(void)unused;
	unmap(q);
	q->source.picture = (struct picture){0};
	handler_of(q)->picture(handler_of(q)->user, &q->source);
	return sd_bus_reply_method_return(m, NULL);
}

/* --- the same in shared memory: QEMU 9.2 and later --- */

static int map(struct qemu *q, int fd, uint32_t offset, const struct pixels *all)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before = offset % page;
	size_t wanted = before + all->height * all->stride;
	struct stat st;
	void *at;

	if (fstat(fd, &st) < 0 || st.st_size < 0 ||
	        (uint64_t)st.st_size < offset + (uint64_t)all->height * all->stride)
		return -EINVAL;
	at = mmap(NULL, wanted, PROT_READ, MAP_SHARED, fd, (off_t)(offset - before));
	if (at == MAP_FAILED)
		return -errno;
	unmap(q);
	q->mapped = at;
	q->mapped_size = wanted;
	q->map = *all;
	q->map.bytes = (const uint8_t *)at + before;
	return 0;
}

static int on_scanout_map(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	struct pixels all = {0};
	uint32_t offset, stride;
	int fd, r = sd_bus_message_read(
	                m, "huuuuu", &fd, &offset, &all.width, &all.height, &stride, &all.format);

	(void)unused;
	if (r < 0)
		return r;
	all.stride = stride;
	all.size = (size_t)stride * all.height;
	if (!pixels_good(&all) || map(q, fd, offset, &all) < 0)
		return -EINVAL;
	show(q, &q->map);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_update_map(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	int x, y, width, height, r = sd_bus_message_read(m, "iiii", &x, &y, &width, &height);
	struct pixels part = q->map;
	size_t from;

	(void)unused;
	if (r < 0)
		return r;
	if (!q->mapped || !is_within(&q->source.picture, x, y, width, height))
		return -EINVAL;
	from = (size_t)y * part.stride + (size_t)x * (part.format >> 24) / 8;
	part.bytes += from;
	part.size -= from;
	part.width = (uint32_t)width;
	part.height = (uint32_t)height;
	change(q, &part, x, y);
	return sd_bus_reply_method_return(m, NULL);
}

/* --- the pointer --- */

static int on_mouse_set(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	/* The viewer draws it where its own is, which is where the guest was told that it is. */
	(void)user, (void)unused;
	return sd_bus_reply_method_return(m, NULL);
}

static int on_cursor(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	int width, height, hot_x, hot_y;
	const void *bytes;
	size_t size;
	int r = sd_bus_message_read(m, "iiii", &width, &height, &hot_x, &hot_y);

	(void)unused;
	r = r < 0 ? r : sd_bus_message_read_array(m, 'y', &bytes, &size);
	if (r < 0)
		return r;
	if (width <= 0 || height <= 0 || width > (int)CURSOR_SIDE_MOST ||
	        height > (int)CURSOR_SIDE_MOST || size != (size_t)width * (size_t)height * 4 ||
	        hot_x < 0 || hot_y < 0 || hot_x > width || hot_y > height)
		return -EINVAL;
	q->cursor_pixels = xrealloc(q->cursor_pixels, size, 1);
	memcpy(q->cursor_pixels, bytes, size);
	q->source.cursor = (struct cursor){(uint32_t)width, (uint32_t)height, (uint32_t)hot_x,
	        (uint32_t)hot_y, q->cursor_pixels};
	handler_of(q)->cursor(handler_of(q)->user, &q->source);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_nothing(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	(void)user, (void)unused;
	return sd_bus_reply_method_return(m, NULL);
}

/* What of us is more than QEMU 7.2 knows. */
static int get_interfaces(sd_bus *bus, const char *path, const char *interface,
        const char *property, sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;

	(void)bus, (void)path, (void)interface, (void)property, (void)unused;
	sd_event_source_set_enabled(q->first_word, SD_EVENT_OFF);
	return sd_bus_message_append(reply, "as", 1, MAP);
}

#define METHOD(name, in, call) SD_BUS_METHOD(name, in, "", call, SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable listener_table[] = {SD_BUS_VTABLE_START(0),
        METHOD("Scanout", "uuuuay", on_scanout), METHOD("Update", "iiiiuuay", on_update),
        METHOD("ScanoutDMABUF", "huuuutb", on_nothing), METHOD("UpdateDMABUF", "iiii", on_nothing),
        METHOD("Disable", "", on_disable), METHOD("MouseSet", "iii", on_mouse_set),
        METHOD("CursorDefine", "iiiiay", on_cursor),
        SD_BUS_PROPERTY("Interfaces", "as", get_interfaces, 0, 0), SD_BUS_VTABLE_END};

static const sd_bus_vtable map_table[] = {SD_BUS_VTABLE_START(0),
        METHOD("ScanoutMap", "huuuuu", on_scanout_map), METHOD("UpdateMap", "iiii", on_update_map),
        SD_BUS_VTABLE_END};

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;

	(void)m, (void)unused;
	/* One that QEMU refuses is closed, and then its answer says so. */
	if (q->registered)
		qemu_end(q);
	return 0;
}

/*
 * QEMU's first call may come in one piece with the end of the authentication. sd-bus then has read it, and would wait
 * for more before it looks at it (seen with systemd 252).
 */
static int on_after_others(sd_event_source *source, void *user)
{
	struct qemu *q = user;

	(void)source;
	for (unsigned i = 0; i < QEMU_MESSAGES_MOST && q->listener && !q->end; i++)
		if (sd_bus_process(q->listener, NULL) <= 0)
			break;
	return 0;
}

static int open_listener(struct qemu *q, int fd)
{
	int r = sd_bus_set_fd(q->listener, fd, fd);

	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_negotiate_fds(q->listener, 1);
	r = r < 0 ? r : sd_bus_start(q->listener);
	r = r < 0 ? r : sd_bus_attach_event(q->listener, q->event, SD_EVENT_PRIORITY_NORMAL);
	r = r < 0 ? r
	          : sd_bus_add_object_vtable(q->listener, NULL, PATH, INTERFACE, listener_table, q);
	r = r < 0 ? r : sd_bus_add_object_vtable(q->listener, NULL, PATH, MAP, map_table, q);
	r = r < 0 ? r : sd_event_add_post(q->event, &q->first_word, on_after_others, q);
	return r < 0 ? r
	             : sd_bus_match_signal(q->listener, NULL, NULL, "/org/freedesktop/DBus/Local",
	                       "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, q);
}

int qemu_listener_create(struct qemu *q, int *theirs, struct err *err)
{
	const int on = 1;
	int pair[2], r = sd_bus_new(&q->listener);

	if (r < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, r < 0 ? r : -errno, "socketpair");
	*theirs = pair[1];
	/* Before anything is written: QEMU asks for our credentials, which the kernel notes only where it was told to. */
	setsockopt(*theirs, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	r = open_listener(q, pair[0]);
	return r < 0 ? err_errno(err, r, "sd-bus") : 0;
}

void qemu_listener_finish(struct qemu *q)
{
	unmap(q);
	q->registered = false;
	q->first_word = sd_event_source_disable_unref(q->first_word);
	sd_bus_close_unref(q->listener);
	q->listener = NULL;
}
