/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "glance.h"
#include "app_parts.h"
#include "base/i18n.h"
#include "bus/async.h"
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#define USAGE_US    2000000u
#define SHOT_WIDTH  2560
#define SHOT_HEIGHT 1600

struct glance {
	sd_event *event;
	struct link *link;
	struct model *model;
	struct shell *shell;
	char usage_vm[MODEL_TEXT_MOST + 1]; /* "": nobody looks */
	char usage_of[MODEL_TEXT_MOST + 1]; /* whose answer is under way */
	bool usage_asked;
	sd_event_source *usage_next;
	char shot_vm[MODEL_TEXT_MOST + 1];
	int shot; /* the file that QEMU writes into; -1: no picture is awaited */
	bool shot_asked, shot_again;
	struct decode *decode;
};

struct glance *glance_create(
        sd_event *event, struct link *link, struct model *model, struct shell *shell)
{
	struct glance *glance = xcalloc(1, sizeof(*glance));

	*glance = (struct glance){.event = sd_event_ref(event),
	        .link = link,
	        .model = model,
	        .shell = shell,
	        .shot = -1};
	return glance;
}

void glance_destroy(struct glance *glance)
{
	if (!glance)
		return;
	sd_event_source_disable_unref(glance->usage_next);
	decode_destroy(glance->decode);
	close_fd(&glance->shot);
	sd_event_unref(glance->event);
	free(glance);
}

/* --- what it uses --- */

static void ask_usage(struct glance *glance);

static int on_usage_time(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	ask_usage(user);
	return 0;
}

/* One that is late belongs to another game, or to nobody. A daemon that knows no such thing tells nothing, and nothing is shown. */
static void on_usage(void *user, const char *text, const struct err *err)
{
	struct glance *glance = user;

	glance->usage_asked = false;
	if (!streq(glance->usage_of, glance->usage_vm)) {
		ask_usage(glance);
		return;
	}
	if (text && !err) {
		bool other = model_set_usage(glance->model, glance->usage_vm, text);

		other |= discs_set(&glance->model->discs, glance->usage_vm, text);
		if (other)
			shell_changed(glance->shell, app_now_ms());
	}
	glance->usage_next = sd_event_source_disable_unref(glance->usage_next);
	sd_event_add_time_relative(glance->event, &glance->usage_next, CLOCK_MONOTONIC, USAGE_US, 0,
	        on_usage_time, glance);
}

static void ask_usage(struct glance *glance)
{
	if (glance->usage_asked || !*glance->usage_vm)
		return;
	glance->usage_asked = true;
	memcpy(glance->usage_of, glance->usage_vm, sizeof(glance->usage_of));
	async_call(link_async(glance->link), on_usage, glance, "Status", "s", glance->usage_vm);
}

/* The game whose page or drives are seen, where it has something to tell; "". */
static const char *seen_vm(const struct glance *glance)
{
	const struct shell *shell = glance->shell;
	const char *name = shell->stack[shell->depth - 1].vm;
	const struct model_vm *vm = model_vm(glance->model, name);

	enum screen screen = shell_screen(shell);
	bool tells = screen == SCREEN_GAME || screen == SCREEN_DISCS || screen == SCREEN_DISC;

	if (!tells || glance->model->link != MODEL_UP || !vm || vm->state != MODEL_RUNNING ||
	        vm->paused)
		return "";
	return name;
}

void glance_again(struct glance *glance)
{
	glance->usage_next = sd_event_source_disable_unref(glance->usage_next);
	ask_usage(glance);
}

void glance_follow(struct glance *glance, bool seen)
{
	const char *vm = glance && seen ? seen_vm(glance) : "";

	if (!glance || streq(glance->usage_vm, vm))
		return;
	glance->usage_next = sd_event_source_disable_unref(glance->usage_next);
	snprintf(glance->usage_vm, sizeof(glance->usage_vm), "%s", vm);
	model_forget_usage(glance->model);
	ask_usage(glance);
}

/* --- its screen --- */

static void tell_shot(struct glance *glance, struct image *image, const struct err *err)
{
	close_fd(&glance->shot);
	shell_pictured(glance->shell, glance->shot_vm, image, err, time(NULL));
}

static void on_decoded(void *user, struct image *image, const struct err *err)
{
	struct glance *glance = user;

	glance->decode = NULL;
	tell_shot(glance, image, err);
}

static void on_shot(void *user, const char *text, const struct err *err)
{
	struct glance *glance = user;
	const struct decode_request request = {
	        .fd = glance->shot, .fit = PICTURE_FIT, .width = SHOT_WIDTH, .height = SHOT_HEIGHT};
	cleanup_free char *vm = xstrdup(glance->shot_vm);
	struct err own;

	(void)text;
	glance->shot_asked = false;
	if (glance->shot_again) { /* what has come is of another game */
		glance->shot_again = false;
		glance_picture(glance, vm);
		return;
	}
	if (!err) {
		glance->decode = decode_start(glance->event, &request, on_decoded, glance);
		if (glance->decode)
			return;
		err_set(&own, -ENOMEM, _("there is no memory for the picture"));
		err = &own;
	}
	tell_shot(glance, NULL, err);
}

/* A file in memory, which QEMU gets from the daemon to write into, and nothing else. */
void glance_picture(struct glance *glance, const char *vm)
{
	struct err err;

	snprintf(glance->shot_vm, sizeof(glance->shot_vm), "%s", vm);
	if (glance->shot_asked) {
		glance->shot_again = true;
		return;
	}
	decode_destroy(take_ptr(glance->decode));
	close_fd(&glance->shot);
	glance->shot = memfd_create("playthrough-screen", MFD_CLOEXEC);
	if (glance->shot < 0) {
		err_errno(&err, -errno, _("there is no memory for the picture"));
		tell_shot(glance, NULL, &err);
		return;
	}
	glance->shot_asked = true;
	async_call(link_async(glance->link), on_shot, glance, "Screenshot", "sh", vm, glance->shot);
}
