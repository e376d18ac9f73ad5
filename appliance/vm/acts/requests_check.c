/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of a request's members cannot say. Each act compares itself what it is about to touch with what it shall be;
 * here is what would be harm in other hands, though it is what it says it is.
 */
#include "vm/acts/requests.h"

#include "base/i18n.h"
#include "bus/console_wire.h"
#include "host/attr.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <systemd/sd-login.h>
#include <unistd.h>

static bool cpus_good(const struct cpulist *cpus)
{
	for (size_t i = 0; i < cpus->n; i++)
		if (cpus->list[i] >= CPULIST_MOST || (i && cpus->list[i] <= cpus->list[i - 1]))
			return false;
	return true;
}

static bool place_good(const struct isolation_entry *e)
{
	bool named = e->kind == PLACE_IRQ ? is_numbered(e->name, "")
	                                  : e->kind == PLACE_UNIT || !*e->name;

	return named && cpus_good(&e->before) && cpus_good(&e->was) && cpus_good(&e->now);
}

static bool places_good(const struct isolation *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (!place_good(&places->list[i]))
			return false;
	return true;
}

static bool pins_good(const struct act_pins *pins)
{
	for (size_t i = 0; i < pins->n; i++)
		if (!cpus_good(&pins->list[i].cpus) || !pins->list[i].cpus.n)
			return false;
	return cpus_good(&pins->others);
}

/* Root moves nobody's threads but a VM's; another user has only its own. */
static bool is_vm(pid_t process)
{
	cleanup_free char *unit = NULL;

	return process > 0 && sd_pid_get_unit(process, &unit) >= 0 &&
	       starts_with(unit, "playthrough-vm-");
}

static bool part_good(const struct act_part *part)
{
	const struct act_share *s = &part->share;

	return s->kind != VM_SHARE_MEDIATED || (s->type && s->uuid);
}

/* Nobody's images and disks lie where the system keeps itself and its secrets. */
static bool is_systems(const char *path)
{
	static const char *const folders[] = {"etc", "proc", "sys", "dev", "boot", "efi"};

	while (*path == '/' || starts_with(path, "./"))
		path++;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		size_t n = strlen(folders[i]);

		if (starts_with(path, folders[i]) && (!path[n] || path[n] == '/'))
			return true;
	}
	return false;
}

static bool image_good(const struct act_image *image)
{
	return *image->path == '/' && !is_systems(image->path) &&
	       (!image->from || !is_systems(image->from));
}

/* Its driver and its device, as host/hand_over.c has found it: others' devices stay with their drivers. */
static bool is_frame_buffer(const char *what)
{
	static const char ending[] = "-framebuffer";
	const char *slash = strchr(what, '/');
	size_t n = slash ? (size_t)(slash - what) : 0;

	return n >= strlen(ending) &&
	       strncmp(slash - strlen(ending), ending, strlen(ending)) == 0 &&
	       strncmp(slash + 1, what, n) == 0 && slash[1 + n] == '.' && !strchr(slash + 1, '/');
}

static bool hand_good(const struct hand_act *act)
{
	return act->kind != HAND_BUFFER || is_frame_buffer(act->what);
}

/* No other of root's sockets is the console's to talk to. */
static bool console_good(const struct act_file *file)
{
	return streq(strrchr(file->path, '/') + 1, CONSOLE_LINK);
}

static bool chord_good(const struct chord_node *node)
{
	return is_numbered(node->name, *node->input ? "event" : "usbmon");
}

static bool is_good(enum act act, const void *argument, bool system)
{
	switch (act) {
	case ACT_ISOLATE:
		return places_good(argument);
	case ACT_PIN:
		return pins_good(argument) &&
		       (!system || is_vm(((const struct act_pins *)argument)->process));
	case ACT_SHARE_MAKE:
	case ACT_SHARE_ASK:
	case ACT_SHARE_TELL:
	case ACT_SHARE_BACK:
		return part_good(argument);
	case ACT_IMAGE:
		return !system || image_good(argument);
	case ACT_CHORD:
		return chord_good(argument);
	case ACT_HAND:
	case ACT_HAND_BACK:
		return !system || hand_good(argument);
	case ACT_CONSOLE:
		return !system || console_good(argument);
	case ACT_GLASS_OPEN:
	case ACT_GLASS_GIVE:
	case ACT_GLASS_BACK:
	case ACT_CLAIM:
	case ACT_GIVE_BACK:
	case ACT_SURVIVED:
	case ACT_VIABLE:
	case ACT_GROUP:
	case ACT_DISK:
	case ACT_SECRET:
	case ACT_LOOK:
	case ACT_INPUT_OPEN:
	case ACT_INPUT_GIVE:
	case ACT_INPUT_SHOWN:
	case ACT_SHOW_INPUT:
	case ACT_PAGES_TAKE:
	case ACT_PAGES_BACK:
	case ACT_USB_OPEN:
	case ACT_USB_BACK:
	case ACT_USB_TAKE:
	case ACT_HANDS_OFF:
	case ACT_LINK:
	case ACT_VHOST:
	case ACT_LINK_REMOVE:
	case ACT_LINK_SWEEP:
	case ACT_LISTEN:
	case ACT_IMAGE_WORK:
		break;
	}
	return true;
}

int act_check(enum act act, const void *argument, bool system, struct err *err)
{
	const struct act_image *image = act == ACT_IMAGE ? argument : NULL;

	if (is_good(act, argument, system))
		return 0;
	if (image)
		return err_set(err, -EINVAL,
		        _("%s: no image is opened in a folder of the system's own"), image->path);
	return err_set(err, -EINVAL, _("request %u asks for what no VM needs"), act);
}

int act_check_opened(int fd, struct err *err)
{
	char self[40], path[PATH_MAX] = "";

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (readlink(self, path, sizeof(path) - 1) < 0)
		return err_errno(err, -errno, "%s", self);
	return act_check(ACT_IMAGE, &(struct act_image){.path = path}, true, err);
}
