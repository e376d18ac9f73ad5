/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/front.h"

#include "base/log.h"
#include "base/socket.h"
#include "bus/screen_wire.h"
#include "console/agent_stream.h"
#include "console/keys.h"
#include "console/typing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct buffer {
	uint32_t width, height;
	uint32_t *pixels; /* NULL: none; mapped for reading */
};

struct front {
	struct source source; /* first */
	sd_event *event;
	int fd;
	sd_event_source *io, *end;
	/* The one that is drawn, and the one that has come for a new size, in which nothing is drawn yet. */
	struct buffer shown, next;
	uint32_t serial; /* of the frame that we have; 0: the front end has the pixels */
	unsigned buttons;
	struct typing *typing;
};

static struct front *front_of(struct source *source)
{
	return (struct front *)source;
}

static size_t bytes_of(const struct buffer *b)
{
	return (size_t)b->width * b->height * sizeof(*b->pixels);
}

static void unmap(struct buffer *b)
{
	if (b->pixels)
		munmap(b->pixels, bytes_of(b));
	*b = (struct buffer){0};
}

/* --- the end --- */

static int on_end(sd_event_source *source, void *user)
{
	struct front *f = user;

	(void)source;
	f->source.handler->gone(f->source.handler->user, &f->source);
	return 0;
}

static void end(struct front *f)
{
	f->io = sd_event_source_disable_unref(f->io);
	if (!f->end && sd_event_add_defer(f->event, &f->end, on_end, f) < 0)
		abort();
}

static void destroy(struct source *source)
{
	struct front *f = front_of(source);

	sd_event_source_disable_unref(f->io);
	sd_event_source_disable_unref(f->end);
	unmap(&f->shown);
	unmap(&f->next);
	typing_destroy(f->typing);
	close_fd(&f->fd);
	free(f);
}

/* --- to the front end: small, and read at once; who lets them pile up has hung --- */

static void say(struct front *f, const void *message, size_t n)
{
	if (!f->end && send(f->fd, message, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n)
		end(f);
}

#define HEAD(of_kind) ((struct screen_head){SCREEN_VERSION, (of_kind)})

static void taken(struct source *source)
{
	struct front *f = front_of(source);
	const struct screen_done done = {HEAD(SCREEN_DONE), f->serial};

	if (!f->serial)
		return;
	f->serial = 0;
	say(f, &done, sizeof(done));
}

static void resize(struct source *source, uint32_t width, uint32_t height)
{
	const struct screen_size size = {HEAD(SCREEN_RESIZE), width, height};

	say(front_of(source), &size, sizeof(size));
}

static void show(struct source *source, bool shown)
{
	struct front *f = front_of(source);
	const struct screen_head left = HEAD(SCREEN_LEFT);

	if (shown)
		return;
	say(f, &left, sizeof(left));
	if (f->typing)
		typing_release(f->typing);
}

static void type(struct front *f, unsigned key, bool down)
{
	struct screen_text text = {HEAD(SCREEN_TEXT), ""};
	char typed[SCREEN_TEXT_MOST + 1];

	if (!f->typing)
		return;
	typing_key(f->typing, key, down, typed, sizeof(typed));
	memcpy(text.text, typed, strlen(typed));
	if (typed[0])
		say(f, &text, offsetof(struct screen_text, text) + strlen(typed));
}

static void key(struct source *source, uint8_t number, bool down)
{
	unsigned code = key_evdev(number);
	const struct screen_key event = {HEAD(SCREEN_KEY), (uint16_t)code, down};

	if (!code || code > SCREEN_KEY_MOST)
		return;
	say(front_of(source), &event, sizeof(event));
	type(front_of(source), code, down);
}

static void pointer(struct source *source, uint32_t x, uint32_t y)
{
	const struct screen_pointer event = {HEAD(SCREEN_POINTER), (int32_t)x, (int32_t)y};

	say(front_of(source), &event, sizeof(event));
}

static void buttons(struct source *source, unsigned down)
{
	static const struct {
		unsigned bit;
		uint16_t name;
	} names[] = {{BUTTON_LEFT, SCREEN_BUTTON_LEFT}, {BUTTON_RIGHT, SCREEN_BUTTON_RIGHT}};
	struct front *f = front_of(source);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct screen_button event = {
		        HEAD(SCREEN_BUTTON), names[i].name, (down & names[i].bit) != 0};

		if ((down ^ f->buttons) & names[i].bit)
			say(f, &event, sizeof(event));
	}
	f->buttons = down;
}

static void wheel(struct source *source, int steps)
{
	const struct screen_wheel event = {HEAD(SCREEN_WHEEL), steps};

	if (steps >= -SCREEN_WHEEL_MOST && steps <= SCREEN_WHEEL_MOST)
		say(front_of(source), &event, sizeof(event));
}

static void pasted(struct source *source, const char *text, size_t n)
{
	struct screen_clipboard clipboard = {HEAD(SCREEN_PASTED), ""};

	n = agent_text_cut(text, n, SCREEN_COPY_MOST);
	memcpy(clipboard.text, text, n);
	say(front_of(source), &clipboard, offsetof(struct screen_clipboard, text) + n);
}

/* --- from the front end --- */

static int take_buffer(struct front *f, const struct screen_size *size, size_t n, int fd)
{
	struct buffer b = {.width = size->width, .height = size->height};
	int wanted = F_SEAL_SHRINK | F_SEAL_GROW, seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (n != sizeof(*size) || !b.width || !b.height || b.width > SCREEN_WIDTH_MOST ||
	        b.height > SCREEN_HEIGHT_MOST || seals < 0 || (seals & wanted) != wanted ||
	        fstat(fd, &st) < 0 || (uint64_t)st.st_size < bytes_of(&b))
		return -EPROTO;
	b.pixels = mmap(NULL, bytes_of(&b), PROT_READ, MAP_SHARED, fd, 0);
	if (b.pixels == MAP_FAILED)
		return -errno;
	unmap(&f->next);
	f->next = b;
	return 0;
}

static void show_next(struct front *f)
{
	struct buffer old = f->shown;

	f->shown = f->next;
	f->next = (struct buffer){0};
	f->source.picture = (struct picture){f->shown.width, f->shown.height, f->shown.pixels};
	f->source.handler->picture(f->source.handler->user, &f->source);
	unmap(&old);
}

/*
 * All at once, as what is around them: a rectangle that was told alone could be sent at once, and after that the front end draws
 * again while the others are still to be read.
 */
static void tell_damage(struct front *f, const struct screen_frame *frame)
{
	uint32_t left = UINT32_MAX, top = UINT32_MAX, right = 0, bottom = 0;

	for (uint32_t i = 0; i < frame->n_rects; i++) {
		const struct screen_rect *r = &frame->rects[i];

		left = r->x < left ? r->x : left;
		top = r->y < top ? r->y : top;
		right = r->x + r->width > right ? r->x + r->width : right;
		bottom = r->y + r->height > bottom ? r->y + r->height : bottom;
	}
	if (frame->n_rects)
		f->source.handler->damage(f->source.handler->user, &f->source,
		        &(struct rect){left, top, right - left, bottom - top});
}

static int take_frame(struct front *f, const void *packet, size_t n)
{
	bool fresh = f->next.pixels != NULL;
	const struct buffer *b = fresh ? &f->next : &f->shown;
	struct screen_frame frame;
	struct err err;

	if (!b->pixels || f->serial)
		return -EPROTO;
	if (screen_frame_read(packet, n, b->width, b->height, &frame, &err) < 0)
		return err.number;
	f->serial = frame.serial;
	if (fresh) {
		show_next(f);
		return 0;
	}
	tell_damage(f, &frame);
	return 0;
}

static int take_copied(struct front *f, const void *packet, size_t n)
{
	const struct source_handler *handler = f->source.handler;
	struct screen_clipboard clipboard;
	struct err err;

	if (screen_copied_read(packet, n, &clipboard, &err) < 0)
		return err.number;
	handler->copied(handler->user, &f->source, clipboard.text, strlen(clipboard.text));
	return 0;
}

static int take_paste(struct front *f, size_t n)
{
	if (n != sizeof(struct screen_head))
		return -EPROTO;
	f->source.handler->paste(f->source.handler->user, &f->source);
	return 0;
}

static int take(struct front *f, const void *packet, size_t n, int fd)
{
	struct screen_size size = {0};

	if (n < sizeof(size.head))
		return -EPROTO;
	memcpy(&size, packet, n < sizeof(size) ? n : sizeof(size));
	if (size.head.version != SCREEN_VERSION)
		return -EPROTO;
	if (size.head.kind == SCREEN_BUFFER)
		return take_buffer(f, &size, n, fd);
	if (size.head.kind == SCREEN_COPIED)
		return take_copied(f, packet, n);
	if (size.head.kind == SCREEN_PASTE)
		return take_paste(f, n);
	return size.head.kind == SCREEN_FRAME ? take_frame(f, packet, n) : -EPROTO;
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *user)
{
	uint8_t packet[sizeof(struct screen_clipboard) + 1]; /* the longest */
	cleanup_close int passed = -1;
	struct front *f = user;
	size_t n_passed;
	ssize_t n = socket_receive(fd, packet, sizeof(packet), &passed, 1, &n_passed);
	int r;

	(void)source, (void)events;
	if (n == -EAGAIN)
		return 0;
	r = n <= 0 ? -EPIPE : take(f, packet, (size_t)n, passed);
	if (r < 0) {
		if (n > 0)
			log_warning("front end: %s", strerror(-r));
		end(f);
	}
	return 0;
}

static const struct source_ops ops = {
        .show = show,
        .key = key,
        .pointer = pointer,
        .buttons = buttons,
        .wheel = wheel,
        .resize = resize,
        .taken = taken,
        .pasted = pasted,
        .destroy = destroy,
};

struct source *front_create(sd_event *event, int fd, uint32_t width, uint32_t height,
        const struct source_handler *handler, struct err *err)
{
	struct front *f = xcalloc(1, sizeof(*f));
	int r;

	*f = (struct front){.source = {.ops = &ops, .handler = handler}, .event = event, .fd = fd};
	r = sd_event_add_io(event, &f->io, fd, EPOLLIN, on_packet, f);
	if (r < 0) {
		destroy(&f->source);
		err_errno(err, r, "sd-event");
		return NULL;
	}
	f->typing = typing_create();
	resize(&f->source, width, height);
	return &f->source;
}
