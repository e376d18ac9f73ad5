/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/display.h"
#include "host/attr.h"

#include <errno.h>

#define DRM      "/sys/class/drm"
#define GRAPHICS "/sys/class/graphics"
#define CONSOLES "/sys/class/vtconsole"

static bool take_controller(const struct root *root, const char *link, struct pci_addr *out)
{
	cleanup_free char *real = root_real_path(root, link);

	return real && path_controller(real, out);
}

/* --- cards and their connectors --- */

static void take_connectors(
        const struct root *root, const struct strv *names, struct display_card *card)
{
	cleanup_free char *prefix = xasprintf("%s-", card->name);

	strv_foreach (name, names) {
		cleanup_free char *status = NULL;

		if (!starts_with(*name, prefix))
			continue;
		status = attr_text(root, DRM "/%s/status", *name);
		if (status && streq(status, "connected"))
			strv_add(&card->connected, text_clean(*name) + strlen(prefix));
	}
}

static void take_cards(const struct root *root, const struct strv *names, struct displays *out)
{
	strv_foreach (name, names) {
		cleanup_free char *link = xasprintf(DRM "/%s/device", *name);
		struct display_card *card;

		if (!is_numbered(*name, "card"))
			continue;
		card = list_append(out->list, out->n);
		card->name = xstrdup(*name);
		card->source = xasprintf(DRM "/%s", *name);
		card->has_controller = take_controller(root, link, &card->controller);
		take_connectors(root, names, card);
	}
}

/* --- frame buffers and the console on them --- */

/* Does the kernel draw its text console on frame buffers now? */
static bool fbcon_is_bound(const struct root *root)
{
	struct strv names = {0};
	bool bound = false;

	root_list(root, CONSOLES, &names);
	strv_foreach (name, &names) {
		cleanup_free char *what = attr_text(root, CONSOLES "/%s/name", *name);

		if (what && strstr(what, "frame buffer device"))
			bound |= attr_bool(root, CONSOLES "/%s/bind", *name) == 1;
	}
	strv_finish(&names);
	return bound;
}

static struct display_card *find_card(struct displays *displays, struct pci_addr controller)
{
	for (size_t i = 0; i < displays->n; i++) {
		struct display_card *card = &displays->list[i];

		if (card->has_controller && pci_addr_equal(card->controller, controller))
			return card;
	}
	return NULL;
}

/* A DRM card that is no PCI function (simpledrm) has the frame buffer in its own device's folder. */
static struct display_card *find_card_by_device(
        const struct root *root, struct displays *displays, const char *device)
{
	for (size_t i = 0; i < displays->n; i++) {
		cleanup_free char *link = xasprintf("%s/device", displays->list[i].source);
		cleanup_free char *real = root_real_path(root, link);

		if (real && streq(real, device))
			return &displays->list[i];
	}
	return NULL;
}

static struct display_card *take_frame_buffer(
        const struct root *root, const char *name, struct displays *out)
{
	cleanup_free char *link = xasprintf(GRAPHICS "/%s/device", name);
	cleanup_free char *real = root_real_path(root, link);
	struct display_card *card = NULL;
	struct pci_addr controller;
	bool on_pci = real && path_controller(real, &controller);

	if (on_pci)
		card = find_card(out, controller);
	else if (real)
		card = find_card_by_device(root, out, real);
	if (card)
		return card;
	card = list_append(out->list, out->n);
	card->name = xstrdup(name);
	card->source = xasprintf(GRAPHICS "/%s", name);
	card->has_controller = on_pci;
	if (on_pci)
		card->controller = controller;
	return card;
}

static bool is_boot_card(const struct root *root, const struct display_card *card)
{
	return card->has_controller && attr_bool(root, "/sys/bus/pci/devices/%s/boot_vga",
	                                       pci_addr_format(card->controller).s) == 1;
}

/*
 * The console is on the first frame buffer, and on the boot card's where the kernel prefers that one
 * (CONFIG_FRAMEBUFFER_CONSOLE_DETECT_PRIMARY); sysfs does not tell which, so both count.
 */
static void take_frame_buffers(const struct root *root, struct displays *out)
{
	bool bound = fbcon_is_bound(root), first = true;
	struct strv names = {0};

	root_list(root, GRAPHICS, &names);
	strv_foreach (name, &names) {
		struct display_card *card;

		if (!is_numbered(*name, "fb"))
			continue;
		card = take_frame_buffer(root, *name, out);
		card->console |= bound && (first || is_boot_card(root, card));
		first = false;
	}
	strv_finish(&names);
}

int displays_take(const struct root *root, struct displays *out, struct err *err)
{
	struct strv names = {0};
	int r = root_list(root, DRM, &names);

	*out = (struct displays){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" DRM, root->path);
	take_cards(root, &names, out);
	strv_finish(&names);
	take_frame_buffers(root, out);
	return 0;
}

void displays_finish(struct displays *displays)
{
	for (size_t i = 0; i < displays->n; i++) {
		struct display_card *card = &displays->list[i];

		free(card->name);
		free(card->source);
		strv_finish(&card->connected);
	}
	free(displays->list);
	*displays = (struct displays){0};
}
