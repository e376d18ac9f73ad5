/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/display.h"
#include "host/attr.h"

#include "host/display_users.h"

#include <errno.h>
#include <inttypes.h>

#define DRM      "/sys/class/drm"
#define GRAPHICS "/sys/class/graphics"
#define CONSOLES "/sys/class/vtconsole"

static bool take_controller(const struct root *root, const char *link, struct pci_addr *out)
{
	cleanup_free char *real = root_real_path(root, link);

	return real && path_controller(real, out);
}

/* --- cards and their connectors --- */

/* A link named ddc, or for DisplayPort a folder of the bus itself. */
static char *take_bus(const struct root *root, const char *connector)
{
	cleanup_free char *folder = xasprintf(DRM "/%s", connector);
	cleanup_free char *link = xasprintf("%s/ddc", folder);
	char *bus = root_link_name(root, link);
	cleanup_strv struct strv names = {0};

	if (bus && is_numbered(bus, "i2c-"))
		return bus;
	free(bus);
	root_list(root, folder, &names);
	strv_foreach (name, &names)
		if (is_numbered(*name, "i2c-"))
			return xstrdup(*name);
	return xstrdup("");
}

static void take_connectors(
        const struct root *root, const struct strv *names, struct display_card *card)
{
	cleanup_free char *prefix = xasprintf("%s-", card->name);

	strv_foreach (name, names) {
		cleanup_free char *status = NULL, *enabled = NULL;

		if (!starts_with(*name, prefix))
			continue;
		status = attr_text(root, DRM "/%s/status", *name);
		enabled = attr_text(root, DRM "/%s/enabled", *name);
		card->n_outputs++;
		if (status && streq(status, "connected")) {
			strv_take(&card->buses, take_bus(root, *name));
			strv_add(&card->connected, text_clean(*name) + strlen(prefix));
		}
		if (enabled && streq(enabled, "enabled"))
			strv_add(&card->lit, text_clean(*name) + strlen(prefix));
	}
}

/* The node for programs that only compute, "renderD128", belongs to the card of the same device. */
static void take_nodes(const struct root *root, const struct strv *names, struct display_card *card)
{
	strv_add(&card->nodes, card->name);
	strv_foreach (name, names) {
		cleanup_free char *link = xasprintf(DRM "/%s/device", *name);
		struct pci_addr controller;

		if (is_numbered(*name, "renderD") && card->has_controller &&
		        take_controller(root, link, &controller) &&
		        pci_addr_equal(controller, card->controller))
			strv_add(&card->nodes, *name);
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
		take_nodes(root, names, card);
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

/* As a line of /proc/fb has it, but for the "fb". */
static char *name_frame_buffer(const struct root *root, const char *name)
{
	cleanup_free char *driver = attr_text(root, GRAPHICS "/%s/name", name);

	return xasprintf("%s%s%s", name, driver ? " " : "", driver ? driver : "");
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
		if (!card->frame_buffer)
			card->frame_buffer = name_frame_buffer(root, *name);
		card->console |= bound && (first || is_boot_card(root, card));
		first = false;
	}
	strv_finish(&names);
}

/* --- whose memory the firmware's frame buffer is --- */

/* As /proc/fb names them: simpledrm, efidrm and vesadrm, and the older drivers efifb, vesafb and simplefb. */
bool display_is_firmwares(const struct display_card *card)
{
	static const char *const drivers[] = {
	        "simpledrm", "efidrm", "vesadrm", "EFI VGA", "VESA VGA", "simple"};
	const char *driver = card->frame_buffer ? strchr(card->frame_buffer, ' ') : NULL;

	for (size_t i = 0; driver && i < ARRAY_SIZE(drivers); i++) {
		if (starts_with(driver + 1, drivers[i]))
			return true;
	}
	return false;
}

/* What its drivers call the memory they hold: drivers/firmware/sysfb_simplefb.c, drivers/video/fbdev, drivers/gpu/drm/sysfb */
static bool is_boot_buffer(const char *name)
{
	static const char *const names[] = {"BOOTFB", "simpledrm", "simplefb", "simple-framebuffer",
	        "efifb", "efidrm", "vesafb", "vesadrm"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (streq(name, names[i]))
			return true;
	}
	return false;
}

/* "    90000000-902fffff : BOOTFB"; without rights all addresses read 0. */
static uint64_t find_boot_address(const struct root *root)
{
	cleanup_free char *text = root_read(root, "/proc/iomem");
	char *line, *rest = text;

	while (text && (line = text_next_line(&rest))) {
		const char *name = strstr(line, " : ");
		char *start = strip(line), *dash = strchr(start, '-');
		uint64_t address;

		if (!name || !dash || !is_boot_buffer(name + 3))
			continue;
		*dash = '\0';
		if (parse_u64(start, 16, UINT64_MAX, &address) == 0 && address)
			return address;
	}
	return 0;
}

/* "efifb: framebuffer at 0xd0000000, using 3072k": the drivers of fbdev say it, simpledrm does not. */
static uint64_t address_in_log(const char *log)
{
	static const char words[] = "framebuffer at 0x";
	const char *at = log ? strstr(log, words) : NULL;
	cleanup_free char *digits = NULL;
	uint64_t address = 0;

	if (!at)
		return 0;
	at += strlen(words);
	digits = xstrndup(at, strspn(at, "0123456789abcdefABCDEF"));
	return parse_u64(digits, 16, UINT64_MAX, &address) == 0 ? address : 0;
}

static const struct pci_device *find_owner(const struct pci *pci, uint64_t address)
{
	for (size_t i = 0; address && i < pci->n; i++) {
		const struct pci_device *d = &pci->list[i];

		for (size_t k = 0; pci_is_gpu(d) && k < ARRAY_SIZE(d->bar); k++) {
			const struct pci_bar *bar = &d->bar[k];

			if (!bar->io && !bar->unset && address >= bar->address &&
			        address - bar->address < bar->size)
				return d;
		}
	}
	return NULL;
}

void displays_place(struct displays *displays, const struct pci *pci, const char *log)
{
	uint64_t told = address_in_log(log);
	uint64_t address = displays->boot_address ? displays->boot_address : told;
	const struct pci_device *owner = find_owner(pci, address);

	for (size_t i = 0; owner && i < displays->n; i++) {
		struct display_card *card = &displays->list[i];

		/* Others without a PCI function (a virtual screen) lie in no card's memory. */
		if (card->has_controller || !display_is_firmwares(card))
			continue;
		card->has_controller = true;
		card->controller = owner->addr;
		card->placed_by = xasprintf("%s: %#" PRIx64,
		        displays->boot_address ? "/proc/iomem" : "kernel log", address);
	}
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
	if (out->n) {
		display_users_take(root, out);
		out->boot_address = find_boot_address(root);
	}
	return 0;
}

void displays_finish(struct displays *displays)
{
	for (size_t i = 0; i < displays->n; i++) {
		struct display_card *card = &displays->list[i];

		free(card->name);
		free(card->source);
		free(card->master);
		free(card->frame_buffer);
		free(card->placed_by);
		strv_finish(&card->connected);
		strv_finish(&card->buses);
		strv_finish(&card->lit);
		strv_finish(&card->nodes);
		strv_finish(&card->users);
	}
	free(displays->list);
	*displays = (struct displays){0};
}
