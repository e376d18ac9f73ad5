/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sound.h"
#include "host/attr.h"
#include "host/usb.h"

#include <errno.h>

#define CARDS "/sys/class/sound"
#define PROC  "/proc/asound"

/* Linux Documentation/sound/designs/procfile.rst: "closed", or "state: RUNNING" and more lines. */
static bool stream_runs(const struct root *root, const char *path)
{
	cleanup_free char *text = root_read(root, path);
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		if (starts_with(line, "state:") && streq(strip(line + strlen("state:")), "RUNNING"))
			return true;
	}
	return false;
}

/* The substreams of one PCM, "/proc/asound/card0/pcm0p". */
static void take_streams(const struct root *root, const char *pcm, struct sound_card *card)
{
	struct strv names = {0};

	root_list(root, pcm, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s/status", pcm, *name);

		if (card->running || !is_numbered(*name, "sub") || !stream_runs(root, path))
			continue;
		card->running = true;
		card->running_source = take_ptr(path);
	}
	strv_finish(&names);
}

static void take_card(const struct root *root, const char *name, struct sounds *out)
{
	cleanup_free char *link = xasprintf(CARDS "/%s", name);
	cleanup_free char *real = root_real_path(root, link);
	cleanup_free char *folder = xasprintf(PROC "/%s", name);
	struct sound_card *card = list_append(out->list, out->n);
	struct strv names = {0};

	card->name = xstrdup(name);
	card->id = attr_text(root, CARDS "/%s/id", name);
	if (!card->id)
		card->id = xstrdup("");
	card->has_controller = real && path_controller(real, &card->controller);
	card->usb = real ? usb_name_in_path(real) : NULL;
	root_list(root, folder, &names);
	strv_foreach (pcm, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *pcm);

		if (starts_with(*pcm, "pcm"))
			take_streams(root, path, card);
	}
	strv_finish(&names);
}

int sounds_take(const struct root *root, struct sounds *out, struct err *err)
{
	struct strv names = {0};
	int r = root_list(root, CARDS, &names);

	*out = (struct sounds){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" CARDS, root->path);
	strv_foreach (name, &names) {
		if (is_numbered(*name, "card"))
			take_card(root, *name, out);
	}
	strv_finish(&names);
	return 0;
}

void sounds_finish(struct sounds *sounds)
{
	for (size_t i = 0; i < sounds->n; i++) {
		struct sound_card *card = &sounds->list[i];

		free(card->name);
		free(card->id);
		free(card->usb);
		free(card->running_source);
	}
	free(sounds->list);
	*sounds = (struct sounds){0};
}
