/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host would lose with a function or a group, in words; see host.h. */
#include "base/i18n.h"
#include "host/losses_parts.h"

#define MOUNTS_TOLD 3

/* From what hurts most to what hurts least: the order people read. */
enum rank {
	RANK_ROOT,
	RANK_DISK,
	RANK_CHIPSET, /* no driver may show, and the PC still runs on them */
	RANK_SCREEN,
	RANK_ONLY_NETWORK,
	RANK_NETWORK,
	RANK_INPUT,
	RANK_SOUND_RUNNING,
	RANK_BLUETOOTH,
	RANK_SOUND,
	RANK_BOARD_PART,
	RANK_IDLE_NETWORK,
	RANK_IDLE_DISK,
	RANK_USB,
};

struct loss {
	enum rank rank;
	bool used; /* the host cannot do without, as it runs now */
	char *text;
};

struct losses {
	const struct host *host;
	struct loss *list;
	size_t n;
};

/* Takes @text. A loss that two functions share is told once. */
static void add(struct losses *losses, enum rank rank, bool used, char *text)
{
	for (size_t i = 0; i < losses->n; i++) {
		if (streq(losses->list[i].text, text)) {
			free(text);
			return;
		}
	}
	*list_append(losses->list, losses->n) =
	        (struct loss){.rank = rank, .used = used, .text = text};
}

/*
 * Whether @controller is @d, or sits behind it without being its own group's: a VMD controller (class 0104) carries
 * disks in a PCI domain of its own, which go with it. What is behind a bridge is not meant, as bridges stay.
 */
static bool on(const struct losses *out, bool has_controller, struct pci_addr controller,
        const struct pci_device *d)
{
	const struct pci_device *c;
	size_t n = d->path ? strlen(d->path) : 0;

	if (!has_controller || pci_addr_equal(controller, d->addr))
		return has_controller;
	c = pci_is_bridge(d) || !n ? NULL : pci_find(&out->host->pci, controller);
	return c && c->path && starts_with(c->path, d->path) && c->path[n] == '/';
}

/* --- screens --- */

/* A frame buffer that firmware set up and no driver claims shows on the boot card. */
static bool is_card_of(const struct display_card *card, const struct pci_device *d)
{
	if (card->has_controller)
		return pci_addr_equal(card->controller, d->addr);
	return d->boot_vga == 1;
}

static void lose_screens(struct losses *out, const struct pci_device *d)
{
	const struct displays *displays = &out->host->displays;

	if (d->boot_vga == 1)
		add(out, RANK_SCREEN, true, xstrdup(_("boot display")));
	for (size_t i = 0; i < displays->n; i++) {
		const struct display_card *card = &displays->list[i];

		if (!is_card_of(card, d))
			continue;
		if (card->console)
			add(out, RANK_SCREEN, true, xasprintf(_("text console (%s)"), card->name));
		strv_foreach (connector, &card->connected)
			add(out, RANK_SCREEN, true,
			        xasprintf(_("screen on %s (%s)"), *connector, card->name));
	}
}

/* --- disks --- */

/* "mounted on /boot, /home and 2 more", the root left out; caller frees. NULL: none. */
static char *tell_mounts(const struct disk *disk)
{
	struct strv cleanup_strv told = {0};
	cleanup_free char *list = NULL;
	size_t n = 0;

	strv_foreach (point, &disk->mounts) {
		if (streq(*point, "/"))
			continue;
		if (n++ < MOUNTS_TOLD)
			strv_add(&told, *point);
	}
	if (!n)
		return NULL;
	list = strv_join(&told, ", ");
	if (n > MOUNTS_TOLD)
		return xasprintf(_("mounted on %s and %zu more"), list, n - MOUNTS_TOLD);
	return xasprintf(_("mounted on %s"), list);
}

char *losses_tell_disk(const struct disk *disk)
{
	struct strv cleanup_strv parts = {0};
	cleanup_free char *mounts = tell_mounts(disk), *all = NULL;

	if (strv_has(&disk->mounts, "/") && disk->root_through)
		strv_addf(&parts, _("root file system: %s"), disk->root_through);
	else if (strv_has(&disk->mounts, "/"))
		strv_add(&parts, _("root file system"));
	if (mounts)
		strv_add(&parts, mounts);
	if (disk->swap)
		strv_add(&parts, _("swap"));
	if (!parts.n && disk->uses.n)
		strv_addf(&parts, _("in use: %s"), disk->uses.list[0]);
	if (disk->vms.n)
		strv_addf(&parts, _("in use by VM %s"), disk->vms.list[0]);
	if (!parts.n)
		strv_add(&parts, _("not in use"));
	all = strv_join(&parts, "; ");
	return xasprintf(_("disk %s (%s)"), disk->name, all);
}

static void lose_disks(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < out->host->disks.n; i++) {
		const struct disk *disk = &out->host->disks.list[i];
		enum rank rank = strv_has(&disk->mounts, "/")  ? RANK_ROOT
		                 : disk->uses.n || disk->vms.n ? RANK_DISK
		                                               : RANK_IDLE_DISK;

		if (on(out, disk->has_controller, disk->controller, d))
			add(out, rank, disk->uses.n || disk->vms.n, losses_tell_disk(disk));
	}
}

/* --- networks --- */

bool host_is_only_network(const struct host *host, const struct net_interface *interface)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *n = &host->net.list[i];

		if (n != interface && !(n->has_controller && interface->has_controller &&
		                              pci_addr_equal(n->controller, interface->controller)))
			return false;
	}
	return true;
}

char *losses_tell_network(const struct host *host, const struct net_interface *n)
{
	if (n->default_route && host_is_only_network(host, n))
		return xasprintf(_("network %s (default route, the only network card)"), n->name);
	if (n->default_route)
		return xasprintf(_("network %s (default route)"), n->name);
	if (n->up)
		return xasprintf(_("network %s (up)"), n->name);
	return xasprintf(_("network %s (not in use)"), n->name);
}

static enum rank network_rank(const struct host *host, const struct net_interface *n)
{
	if (n->default_route && host_is_only_network(host, n))
		return RANK_ONLY_NETWORK;
	return n->default_route || n->up ? RANK_NETWORK : RANK_IDLE_NETWORK;
}

static void lose_networks(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < out->host->net.n; i++) {
		const struct net_interface *n = &out->host->net.list[i];

		if (on(out, n->has_controller, n->controller, d))
			add(out, network_rank(out->host, n), n->default_route || n->up,
			        losses_tell_network(out->host, n));
	}
}

/* --- keyboards and mice --- */

/* A Bluetooth keyboard hangs on the adapter; where a program made it (uhid), only a single adapter tells. */
static bool input_controller(
        const struct host *host, const struct input_device *input, struct pci_addr *out)
{
	const struct board_part *adapter = NULL;

	if (input->has_controller) {
		*out = input->controller;
		return true;
	}
	for (size_t i = 0; input->bluetooth && i < host->board.n; i++) {
		if (host->board.list[i].kind != BOARD_BLUETOOTH)
			continue;
		if (adapter)
			return false;
		adapter = &host->board.list[i];
	}
	if (adapter)
		*out = adapter->controller;
	return adapter != NULL;
}

static void usb_keyboard(const struct usb_device *u, struct host_keyboard *out)
{
	*out = (struct host_keyboard){
	        .name = u->product_name ? u->product_name : "",
	        .sysname = u->sysname,
	        .sure = !u->odd_keyboard,
	        .mouse = u->mouse,
	        .has_controller = u->has_controller,
	        .controller = u->controller,
	};
}

static void other_keyboard(
        const struct host *host, const struct input_device *input, struct host_keyboard *out)
{
	*out = (struct host_keyboard){
	        .name = input->name,
	        .sysname = input->sysname,
	        .bluetooth = input->bluetooth,
	};
	out->has_controller = input_controller(host, input, &out->controller);
	/* Of several adapters it may be any: it cannot be counted on to stay. */
	out->sure = out->has_controller || !input->bluetooth;
}

bool host_keyboard(const struct host *host, size_t *at, struct host_keyboard *out)
{
	for (; *at < host->usb.n + host->inputs.n; (*at)++) {
		const struct usb_device *u = *at < host->usb.n ? &host->usb.list[*at] : NULL;
		const struct input_device *input = u ? NULL : &host->inputs.list[*at - host->usb.n];

		if (u ? !u->keyboard : !input->keyboard)
			continue;
		if (u)
			usb_keyboard(u, out);
		else
			other_keyboard(host, input, out);
		(*at)++;
		return true;
	}
	return false;
}

bool host_has_keyboard(const struct host *host, struct pci_addr controller)
{
	struct host_keyboard k;

	for (size_t i = 0; host_keyboard(host, &i, &k);) {
		if (k.has_controller && pci_addr_equal(k.controller, controller))
			return true;
	}
	return false;
}

bool host_has_other_keyboard(const struct host *host, struct pci_addr controller)
{
	struct host_keyboard k;

	for (size_t i = 0; host_keyboard(host, &i, &k);) {
		if (k.sure && !(k.has_controller && pci_addr_equal(k.controller, controller)))
			return true;
	}
	return false;
}

static void lose_keyboards(struct losses *out, const struct pci_device *d)
{
	bool only = !host_has_other_keyboard(out->host, d->addr);
	struct host_keyboard k;

	for (size_t i = 0; host_keyboard(out->host, &i, &k);) {
		const char *kind = k.bluetooth ? _("Bluetooth keyboard")
		                   : k.sure    ? _("keyboard")
		                   : k.mouse   ? _("mouse with keys")
		                               : _("security key");

		if (!on(out, k.has_controller, k.controller, d))
			continue;
		add(out, RANK_INPUT, true,
		        xasprintf("%s %s%s%s%s", kind, k.sysname, *k.name ? " " : "", k.name,
		                only && k.sure ? _(" (no keyboard would remain)") : ""));
	}
}

static void lose_mouse(struct losses *out, const char *sysname, const char *name)
{
	add(out, RANK_INPUT, true,
	        xasprintf("%s %s%s%s", _("mouse"), sysname, name && *name ? " " : "",
	                name ? name : ""));
}

static void lose_mice(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < out->host->usb.n; i++) {
		const struct usb_device *u = &out->host->usb.list[i];

		if (u->mouse && !u->keyboard && on(out, u->has_controller, u->controller, d))
			lose_mouse(out, u->sysname, u->product_name);
	}
	for (size_t i = 0; i < out->host->inputs.n; i++) {
		const struct input_device *input = &out->host->inputs.list[i];
		struct pci_addr controller;

		if (input->mouse && !input->keyboard &&
		        input_controller(out->host, input, &controller) &&
		        pci_addr_equal(controller, d->addr))
			lose_mouse(out, input->sysname, input->name);
	}
}

/* --- sound and the board's small parts --- */

char *losses_tell_sound(const struct sounds *sounds, const struct sound_card *card)
{
	const char *only = sounds->n == 1 ? _(", the only one") : "";

	return xasprintf(card->running ? _("sound card %s %s (playing or recording now%s)")
	                               : _("sound card %s %s (silent now%s)"),
	        card->name, card->id, only);
}

static void lose_sound(struct losses *out, const struct pci_device *d)
{
	const struct sounds *sounds = &out->host->sounds;

	for (size_t i = 0; i < sounds->n; i++) {
		const struct sound_card *card = &sounds->list[i];

		if (on(out, card->has_controller, card->controller, d))
			add(out, card->running ? RANK_SOUND_RUNNING : RANK_SOUND, false,
			        losses_tell_sound(sounds, card));
	}
}

char *losses_tell_part(const struct board_part *part)
{
	switch (part->kind) {
	case BOARD_BLUETOOTH:
		return xasprintf(_("Bluetooth adapter %s"), part->name);
	case BOARD_TPM:
		return xasprintf(_("TPM %s"), part->name);
	case BOARD_IPMI:
		return xasprintf(_("remote management %s (IPMI)"), part->name);
	case BOARD_SERIAL:
		return xasprintf(_("serial port %s"), part->name);
	}
	abort();
}

static void lose_parts(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < out->host->board.n; i++) {
		const struct board_part *part = &out->host->board.list[i];

		if (pci_addr_equal(part->controller, d->addr))
			add(out, part->kind == BOARD_BLUETOOTH ? RANK_BLUETOOTH : RANK_BOARD_PART,
			        false, losses_tell_part(part));
	}
}

/* Functions of the chipset on the root bus, by class: PCI Code and ID Assignment Specification. */
static const struct {
	uint32_t class;
	enum rank rank;
	const char *text;
} chips[] = {
        {0x0601, RANK_CHIPSET,
                N_("the chips behind %s (LPC or eSPI: firmware, clock, fans, PS/2, TPM)")},
        {0x0c05, RANK_BOARD_PART, N_("the SMBus %s (sensors, memory modules)")},
        {0x0c80, RANK_BOARD_PART, N_("the SPI controller %s (the chip with the firmware)")},
        {0x0c07, RANK_BOARD_PART, N_("the remote management %s (IPMI)")},
};

static void lose_chips(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(chips); i++) {
		/* Behind a bridge the same class is a card's own: NVIDIA's USB-C function is 0c80. */
		if (d->class_code >> 8 != chips[i].class || d->addr.bus != 0)
			continue;
		/* The sentence is one of the table's. */
		add(out, chips[i].rank, false,
		        xasprintf(_(chips[i].text), pci_addr_format(d->addr).s));
	}
}

/* --- other USB devices --- */

const char *usb_kind_name(enum usb_kind kind)
{
	switch (kind) {
	case USB_KIND_OTHER:
		return _("USB device");
	case USB_KIND_BLUETOOTH:
		return _("Bluetooth adapter");
	case USB_KIND_CAMERA:
		return _("camera");
	case USB_KIND_AUDIO:
		return _("USB sound device");
	case USB_KIND_STORAGE:
		return _("USB storage");
	case USB_KIND_PRINTER:
		return _("printer");
	case USB_KIND_SMART_CARD:
		return _("smart card reader");
	case USB_KIND_NETWORK:
		return _("USB network adapter");
	case USB_KIND_FINGERPRINT:
		return _("fingerprint reader");
	case USB_KIND_UPS:
		return _("uninterruptible power supply (UPS)");
	case USB_KIND_HUB:
		return _("hub");
	case USB_KIND_GAMEPAD:
		return _("game controller");
	case USB_KIND_WHEEL:
		return _("wheel or joystick");
	case USB_KIND_PHONE:
		return _("phone or camera");
	case USB_KIND_SECURITY_KEY:
		return _("security key");
	case USB_KIND_KEYBOARD:
		return _("keyboard");
	case USB_KIND_MOUSE:
		return _("mouse");
	case USB_KIND_INPUT:
		return _("input device");
	}
	abort();
}

/* Is it told already, as the sound card, adapter or disk that it is? A camera with a microphone is both. */
static bool is_told(const struct host *host, const struct usb_device *u)
{
	for (size_t i = 0; u->kind == USB_KIND_AUDIO && i < host->sounds.n; i++) {
		if (host->sounds.list[i].usb && streq(host->sounds.list[i].usb, u->sysname))
			return true;
	}
	for (size_t i = 0; u->kind == USB_KIND_BLUETOOTH && i < host->board.n; i++) {
		if (host->board.list[i].usb && streq(host->board.list[i].usb, u->sysname))
			return true;
	}
	for (size_t i = 0; u->kind == USB_KIND_STORAGE && i < host->disks.n; i++) {
		const struct disk *disk = &host->disks.list[i];

		if (disk->usb && streq(disk->usb, u->sysname))
			return true;
	}
	return false;
}

static void lose_usb(struct losses *out, const struct pci_device *d)
{
	for (size_t i = 0; i < out->host->usb.n; i++) {
		const struct usb_device *u = &out->host->usb.list[i];
		const char *name = u->product_name ? u->product_name : "";

		if (u->root_hub || u->hub || u->keyboard || u->mouse ||
		        !on(out, u->has_controller, u->controller, d) || is_told(out->host, u))
			continue;
		add(out, RANK_USB, false,
		        xasprintf("%s %s%s%s", usb_kind_name(u->kind), u->sysname, *name ? " " : "",
		                name));
	}
}

/* --- together --- */

static void lose_device(struct losses *out, const struct pci_device *d)
{
	lose_disks(out, d);
	lose_screens(out, d);
	lose_networks(out, d);
	lose_keyboards(out, d);
	lose_mice(out, d);
	lose_sound(out, d);
	lose_parts(out, d);
	lose_chips(out, d);
	lose_usb(out, d);
}

/* Hands the sentences over, most important first; the order within a rank stays. */
static void hand_over(struct losses *losses, bool used_only, struct strv *out)
{
	for (enum rank rank = RANK_ROOT; rank <= RANK_USB; rank++) {
		for (size_t i = 0; i < losses->n; i++) {
			struct loss *loss = &losses->list[i];

			if (loss->rank == rank && (loss->used || !used_only))
				strv_take(out, take_ptr(loss->text));
		}
	}
	for (size_t i = 0; i < losses->n; i++)
		free(losses->list[i].text);
	free(losses->list);
}

void host_uses(const struct host *host, const struct pci_device *device, struct strv *out)
{
	struct losses losses = {.host = host};

	lose_device(&losses, device);
	hand_over(&losses, true, out);
}

void host_uses_beside(const struct host *host, const struct pci_device *device, struct strv *out)
{
	struct losses losses = {.host = host};

	lose_device(&losses, device);
	for (size_t i = 0; i < losses.n; i++) {
		struct loss *loss = &losses.list[i];

		if (loss->rank == RANK_SCREEN || loss->rank == RANK_SOUND_RUNNING)
			loss->used = false;
	}
	hand_over(&losses, true, out);
}

void host_loses(const struct host *host, const struct pci_device *device, struct strv *out)
{
	struct losses losses = {.host = host};

	lose_device(&losses, device);
	hand_over(&losses, false, out);
}

void host_group_loses(const struct host *host, const struct iommu_group *group, struct strv *out)
{
	struct losses losses = {.host = host};

	for (size_t i = 0; i < group->n; i++) {
		const struct pci_device *d = &host->pci.list[group->devices[i]];

		if (!pci_is_bridge(d))
			lose_device(&losses, d);
	}
	hand_over(&losses, false, out);
}
