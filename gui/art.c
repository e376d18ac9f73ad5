/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "art.h"
#include "base/log.h"
#include "decode.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

struct art {
	sd_event *event;
	char *folder;
	struct covers *covers;
	void (*changed)(void *user);
	void *user;
	sd_event_source *watch;
	struct decode *decode; /* the one under way, for `wish` */
	struct cover_wish wish;
};

char *art_folder(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && *data == '/')
		return xasprintf("%s/playthrough/art", data);
	return home && *home == '/' ? xasprintf("%s/.local/share/playthrough/art", home) : NULL;
}

char *art_file(const char *folder, const char *name)
{
	if (!folder || !*name || *name == '.' || strchr(name, '/') || strlen(name) > 200)
		return NULL;
	return xasprintf("%s/%s.png", folder, name);
}

static void on_decoded(void *user, struct image *image, const struct err *err)
{
	struct art *art = user;

	art->decode = NULL;
	if (err)
		log_warning("%s/%s.png: %s", art->folder, art->wish.name, err->message);
	if (covers_take(art->covers, &art->wish, image))
		art->changed(art->user);
	art_next(art);
}

/* Whether it is being read. */
static bool look_for(struct art *art)
{
	cleanup_free char *file = art_file(art->folder, art->wish.name);
	const struct decode_request request = {.path = file,
	        .fd = -1,
	        .fit = PICTURE_FILL,
	        .width = art->wish.width,
	        .height = art->wish.height};

	if (file && access(file, R_OK) == 0)
		art->decode = decode_start(art->event, &request, on_decoded, art);
	return art->decode;
}

void art_next(struct art *art)
{
	while (!art->decode && covers_wish(art->covers, &art->wish))
		if (!look_for(art))
			covers_take(art->covers, &art->wish, NULL);
}

bool art_busy(const struct art *art)
{
	return art->decode;
}

static int on_folder(sd_event_source *source, const struct inotify_event *event, void *user)
{
	struct art *art = user;

	(void)source, (void)event;
	covers_renew(art->covers);
	art->changed(art->user);
	return 0;
}

struct art *art_create(sd_event *event, const char *folder, struct covers *covers,
        void (*changed)(void *user), void *user)
{
	struct art *art = xcalloc(1, sizeof(*art));

	*art = (struct art){.event = sd_event_ref(event),
	        .folder = xstrdup(folder),
	        .covers = covers,
	        .changed = changed,
	        .user = user};
	/* Where there is no such folder, there is nothing to see before the next start. */
	if (folder)
		sd_event_add_inotify(event, &art->watch, folder,
		        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR,
		        on_folder, art);
	return art;
}

void art_destroy(struct art *art)
{
	if (!art)
		return;
	decode_destroy(art->decode);
	sd_event_source_disable_unref(art->watch);
	sd_event_unref(art->event);
	free(art->folder);
	free(art);
}
