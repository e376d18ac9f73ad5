/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/screen.h"

#include "console/arrow.h"
#include "console/qxl.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RECTS_MOST 256u
/* How often is looked whether a viewer has taken what it was sent. */
#define BEHIND_US 20000u

/* What of a new size is under way; the number is libspice's cookie. */
enum resize { RESIZE_NONE, RESIZE_DESTROY, RESIZE_CREATE };

struct screen {
	QXLInstance qxl; /* first: libspice's calls bring only this */
	sd_event *event;
	struct command_queue draws, cursors;
	struct tiles tiles; /* of the surface, which has its size */
	void *surface;      /* what the worker draws into */
	enum resize resize;
	struct picture picture;
	uint64_t last_us;
	sd_event_source *timer, *worker_source;
	struct screen_handler handler;
	bool leaves_sizes; /* to an agent */
	/* from the worker thread */
	int worker_fd;
	atomic_uint completed; /* enum resize */
};

static struct screen *screen_of(QXLInstance *qxl)
{
	return (struct screen *)qxl;
}

/* --- called by the worker thread --- */

static void wake_main(struct screen *s)
{
	uint64_t one = 1;

	/* It cannot be full: the main thread takes all of it at once. */
	if (write(s->worker_fd, &one, sizeof(one)) < 0)
		return;
}

static int get_command(QXLInstance *qxl, QXLCommandExt *out)
{
	struct screen *s = screen_of(qxl);
	bool now_empty, taken = queue_take(&s->draws, out, &now_empty);

	if (taken && now_empty)
		wake_main(s);
	return taken;
}

static int get_cursor_command(QXLInstance *qxl, QXLCommandExt *out)
{
	bool now_empty;

	return queue_take(&screen_of(qxl)->cursors, out, &now_empty);
}

/* Whoever puts something into a queue wakes the worker always, so that there is nothing to arrange. */
static int req_cmd_notification(QXLInstance *qxl)
{
	return queue_empty(&screen_of(qxl)->draws);
}

static int req_cursor_notification(QXLInstance *qxl)
{
	return queue_empty(&screen_of(qxl)->cursors);
}

static void release_resource(QXLInstance *qxl, QXLReleaseInfoExt info)
{
	(void)qxl;
	command_release(info);
}

static void notify_update(QXLInstance *qxl, uint32_t id)
{
	(void)qxl, (void)id;
}

static int flush_resources(QXLInstance *qxl)
{
	(void)qxl;
	return 0;
}

static void async_complete(QXLInstance *qxl, uint64_t cookie)
{
	struct screen *s = screen_of(qxl);

	atomic_store(&s->completed, (unsigned)cookie);
	wake_main(s);
}

static void update_area_complete(QXLInstance *qxl, uint32_t id, QXLRect *rects, uint32_t n)
{
	(void)qxl, (void)id, (void)rects, (void)n;
}

/* --- called by the main thread --- */

static void attached_worker(QXLInstance *qxl)
{
	QXLDevMemSlot slot = {.virt_end = UINTPTR_MAX};

	spice_qxl_add_memslot(qxl, &slot);
}

static void set_compression_level(QXLInstance *qxl, int level)
{
	(void)qxl, (void)level;
}

static void get_init_info(QXLInstance *qxl, QXLDevInitInfo *info)
{
	(void)qxl;
	*info = (QXLDevInitInfo){
	        .num_memslots_groups = 1, .num_memslots = 1, .memslot_id_bits = 1, .n_surfaces = 1};
}

static void set_client_capabilities(QXLInstance *qxl, uint8_t present, uint8_t *caps)
{
	(void)qxl, (void)present, (void)caps;
}

/* Asked without one whether it is wanted at all; else it goes to an agent in the guest. */
static int client_monitors_config(QXLInstance *qxl, VDAgentMonitorsConfig *config)
{
	struct screen *s = screen_of(qxl);

	if (!config)
		return !s->leaves_sizes;
	if (config->num_of_monitors && config->monitors[0].width && config->monitors[0].height)
		s->handler.viewer_size(
		        s->handler.user, config->monitors[0].width, config->monitors[0].height);
	return 1;
}

static const QXLInterface interface = {
        .base = {SPICE_INTERFACE_QXL, "playthrough", SPICE_INTERFACE_QXL_MAJOR,
                SPICE_INTERFACE_QXL_MINOR},
        .attached_worker = attached_worker,
        .set_compression_level = set_compression_level,
        .get_init_info = get_init_info,
        .get_command = get_command,
        .req_cmd_notification = req_cmd_notification,
        .release_resource = release_resource,
        .get_cursor_command = get_cursor_command,
        .req_cursor_notification = req_cursor_notification,
        .notify_update = notify_update,
        .flush_resources = flush_resources,
        .async_complete = async_complete,
        .update_area_complete = update_area_complete,
        .set_client_capabilities = set_client_capabilities,
        .client_monitors_config = client_monitors_config,
};

/* --- the surface --- */

static QXLDevSurfaceCreate new_surface(struct screen *s, uint32_t width, uint32_t height)
{
	tiles_finish(&s->tiles);
	tiles_init(&s->tiles, width, height);
	free(s->surface);
	s->surface = xcalloc((size_t)width * height, sizeof(uint32_t));
	return (QXLDevSurfaceCreate){.width = width,
	        .height = height,
	        .stride = -(int32_t)(width * sizeof(uint32_t)),
	        .format = SPICE_SURFACE_FMT_32_xRGB,
	        .mouse_mode = 1, /* else the viewer's pointer is never the mouse */
	        .type = QXL_SURF_TYPE_PRIMARY,
	        .mem = (uint64_t)(uintptr_t)s->surface};
}

static bool has_size_of_picture(const struct screen *s)
{
	return s->tiles.width == s->picture.width && s->tiles.height == s->picture.height;
}

static void begin_resize(struct screen *s)
{
	queue_drop_all(&s->draws);
	s->resize = RESIZE_DESTROY;
	s->handler.resizing(s->handler.user, true);
	spice_qxl_destroy_primary_surface_async(&s->qxl, 0, RESIZE_DESTROY);
}

static void go_on_resizing(struct screen *s, enum resize completed)
{
	if (completed == RESIZE_DESTROY && s->resize == RESIZE_DESTROY) {
		bool any = s->picture.pixels != NULL; /* it may have gone meanwhile */
		QXLDevSurfaceCreate surface =
		        new_surface(s, any ? s->picture.width : s->tiles.width,
		                any ? s->picture.height : s->tiles.height);

		s->resize = RESIZE_CREATE;
		spice_qxl_create_primary_surface_async(&s->qxl, 0, &surface, RESIZE_CREATE);
	} else if (completed == RESIZE_CREATE && s->resize == RESIZE_CREATE) {
		s->resize = RESIZE_NONE;
		s->handler.resizing(s->handler.user, false);
	}
}

/* --- the picture --- */

static void send_picture(struct screen *s)
{
	struct rect rects[RECTS_MOST];
	struct scroll scroll;
	bool scrolls = tiles_scroll(&s->tiles, &s->picture, &scroll);
	size_t n = tiles_take(&s->tiles, &s->picture, rects, RECTS_MOST);

	if (scrolls)
		queue_put(&s->draws, command_scroll(&scroll));
	for (size_t i = 0; i < n; i++)
		queue_put(&s->draws, command_draw(s->tiles.mirror, s->tiles.width, &rects[i]));
	if (n || scrolls)
		spice_qxl_wakeup(&s->qxl);
	sd_event_now(s->event, CLOCK_MONOTONIC, &s->last_us);
	s->handler.taken(s->handler.user);
}

static int on_time(sd_event_source *source, uint64_t usec, void *user);

static void go_on_at(struct screen *s, uint64_t when)
{
	sd_event_source_set_time(s->timer, when);
	sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

/* The worker has the cursor, too: it would wait for whoever does not take that one. */
static bool may_resize(struct screen *s)
{
	return queue_empty(&s->cursors) && !s->handler.behind(s->handler.user);
}

/* Sends what is new, now, or when it is time; or when the worker wakes us. */
static void go_on(struct screen *s)
{
	uint64_t now, when;

	if (s->resize != RESIZE_NONE || !s->picture.pixels)
		return;
	sd_event_now(s->event, CLOCK_MONOTONIC, &now);
	if (!has_size_of_picture(s)) {
		if (may_resize(s))
			begin_resize(s);
		else
			go_on_at(s, now + BEHIND_US);
		return;
	}
	if (!s->tiles.any || !queue_empty(&s->draws))
		return;
	when = picture_time_us(now, s->last_us);
	if (when <= now)
		send_picture(s);
	else
		go_on_at(s, when);
}

static int on_time(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	go_on(user);
	return 0;
}

static int on_worker(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct screen *s = user;
	enum resize completed;
	uint64_t count;

	(void)source, (void)events;
	if (read(fd, &count, sizeof(count)) < 0)
		return 0;
	completed = atomic_exchange(&s->completed, RESIZE_NONE);
	go_on_resizing(s, completed);
	go_on(s);
	return 0;
}

void screen_show(struct screen *s, const struct picture *picture)
{
	s->picture = *picture;
	/* What differs from the picture before is sent; the tiles find it. */
	screen_damage(s, &(struct rect){0, 0, picture->width, picture->height});
}

void screen_damage(struct screen *s, const struct rect *rect)
{
	if (has_size_of_picture(s))
		tiles_mark(&s->tiles, rect);
	go_on(s);
}

void screen_cursor(struct screen *s, const struct cursor *cursor)
{
	queue_drop_all(&s->cursors); /* only the newest is worth anything */
	queue_put(&s->cursors, command_cursor(cursor ? cursor : &arrow_cursor));
	spice_qxl_wakeup(&s->qxl);
}

/* --- life --- */

static int watch(struct screen *s, struct err *err)
{
	int r;

	s->worker_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->worker_fd < 0)
		return err_errno(err, -errno, "eventfd");
	r = sd_event_add_io(s->event, &s->worker_source, s->worker_fd, EPOLLIN, on_worker, s);
	if (r >= 0)
		r = sd_event_add_time(s->event, &s->timer, CLOCK_MONOTONIC, 0, 1000, on_time, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

struct screen *screen_create(sd_event *event, SpiceServer *server, uint32_t width, uint32_t height,
        const struct screen_handler *handler, struct err *err)
{
	struct screen *s = xcalloc(1, sizeof(*s));
	QXLDevSurfaceCreate surface;

	*s = (struct screen){.qxl = {.base = {&interface.base}},
	        .event = event,
	        .handler = *handler,
	        .worker_fd = -1};
	queue_init(&s->draws);
	queue_init(&s->cursors);
	if (watch(s, err) < 0) {
		screen_destroy(s);
		return NULL;
	}
	if (spice_server_add_interface(server, &s->qxl.base) < 0) {
		err_set(err, -EIO, "libspice: QXL");
		screen_destroy(s);
		return NULL;
	}
	/* Nobody looks yet, so that this one may wait. */
	surface = new_surface(s, width, height);
	spice_qxl_create_primary_surface(&s->qxl, 0, &surface);
	return s;
}

void screen_destroy(struct screen *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->timer);
	sd_event_source_disable_unref(s->worker_source);
	close_fd(&s->worker_fd);
	queue_finish(&s->draws);
	queue_finish(&s->cursors);
	tiles_finish(&s->tiles);
	free(s->surface);
	free(s);
}

void screen_take_sizes(struct screen *s, bool take)
{
	s->leaves_sizes = !take;
}
