/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a guest of Proxmox VE. */
#include "base/i18n.h"
#include "move/export_proxmox.h"

#define FUNCTIONS 8u
#define ROM_DIR   "/usr/share/kvm"

/* qm splits args: as a shell would (PVE::Tools::split_args). */
void export_proxmox_argument(struct proxmox *x, const char *flag, const char *value)
{
	char *quoted = xcalloc(4 * strlen(value) + 3, 1), *to = quoted;

	*to++ = '\'';
	for (; *value; value++) {
		if (*value == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *value;
	}
	*to = '\'';
	strv_add(&x->args, flag);
	strv_take(&x->args, quoted);
}

/* --- disks --- */

struct ports {
	unsigned virtio, sata;
};

static const char *path_of(const struct profile_disk *disk)
{
	return disk->device ? disk->device : disk->image;
}

/* Options of a line end at a comma, and there is no way to write one in them. */
static bool can_be_written(
        struct proxmox *x, const char *path, const char *kind, const char *name, const char *key)
{
	if (!strchr(path, ','))
		return true;
	export_note_of(&x->e, EXPORT_LOST, kind, name, key,
	        _("qm cannot write the name of a file that has a comma: rename it, and add the "
	          "disk by hand"));
	return false;
}

static void add_disk(struct proxmox *x, size_t index, struct ports *ports, char **slot)
{
	const struct profile_disk *disk = &x->e.profile->disks[index];
	bool virtio = export_is_virtio(&x->e, disk);
	cleanup_free char *serial = export_serial(disk), *format = NULL;
	cleanup_free char *key = virtio ? xasprintf("virtio%u", ports->virtio++)
	                                : xasprintf("sata%u", ports->sata++);

	format = disk->device ? xstrdup(",aio=native,cache=none")
	                      : xasprintf(",format=%s", disk->format);
	proxmox_line(x, key, "%s%s%s%s%s%s", path_of(disk), format,
	        disk->writable ? ",discard=on" : "", !disk->writable && virtio ? ",ro=1" : "",
	        serial ? ",serial=" : "", serial ? serial : "");
	export_note_bus(&x->e, disk);
	if (disk->backing)
		export_note_of(&x->e, EXPORT_CHANGED, "disk", disk->name, "backing",
		        _("it is what the image itself says"));
	*slot = xstrdup(key);
}

static void add_disks(struct proxmox *x, struct ports *ports, char **slots)
{
	for (size_t i = 0; i < x->e.profile->n_disks; i++) {
		const struct profile_disk *disk = &x->e.profile->disks[i];

		if (export_has_disk(&x->e, disk) &&
		        can_be_written(x, path_of(disk), "disk", disk->name,
		                disk->device ? "device" : "image"))
			add_disk(x, i, ports, &slots[i]);
	}
}

/* One whose image cannot be named is there, and empty. */
static void add_cdroms(struct proxmox *x, struct ports *ports, char **slots)
{
	for (size_t i = 0; i < x->e.profile->n_cdroms; i++) {
		const struct profile_cdrom *drive = &x->e.profile->cdroms[i];
		bool file =
		        drive->file && can_be_written(x, drive->file, "cdrom", drive->name, "file");

		slots[i] = xasprintf("sata%u", ports->sata++);
		proxmox_line(x, slots[i], "%s,media=cdrom", file ? drive->file : "none");
	}
}

/* --- the boot order --- */

static void add_order(struct proxmox *x, char **disks, char **drives, const struct strv *cards)
{
	const struct profile *profile = x->e.profile;
	cleanup_strv struct strv order = {0};
	cleanup_free char *text = NULL;

	for (unsigned place = 1; place <= PROFILE_BOOT_MOST + profile->n_disks + profile->n_cdroms;
	        place++) {
		for (size_t i = 0; i < profile->n_disks; i++)
			if (disks[i] && profile_disk_boot(profile, i) == place)
				strv_add(&order, disks[i]);
		for (size_t i = 0; i < profile->n_cdroms; i++)
			if (profile_cdrom_boot(profile, i) == place)
				strv_add(&order, drives[i]);
		for (size_t i = 0; i < profile->n_pci; i++)
			if (profile->pci[i].boot == place &&
			        !profile_pci_is_share(&profile->pci[i]))
				strv_add(&order, cards->list[profile_card_number(profile, i)]);
	}
	text = strv_join(&order, ";");
	if (order.n)
		proxmox_line(x, "boot", "order=%s", text);
}

/* --- what is passed --- */

static void note_rom(struct proxmox *x, const struct profile_pci *pci)
{
	export_note_of(&x->e, EXPORT_DO, export_kind(pci), pci->name, "romfile",
	        _("qm reads it in %s only: copy it there"), ROM_DIR);
}

static const char *rombar_word(enum profile_rombar rombar)
{
	switch (rombar) {
	case PROFILE_ROMBAR_AUTO:
		break;
	case PROFILE_ROMBAR_YES:
		return ",rombar=1";
	case PROFILE_ROMBAR_NO:
		return ",rombar=0";
	}
	return "";
}

/* Functions of one card are one line; what is said of a ROM is for all of them. */
static void add_card(struct proxmox *x, unsigned card, struct strv *cards)
{
	const struct profile *profile = x->e.profile;
	cleanup_strv struct strv functions = {0};
	cleanup_free char *text = NULL, *rom = NULL, *key = xasprintf("hostpci%u", card);
	const char *bar = "", *vga = "";

	for (unsigned f = 0; f < FUNCTIONS; f++) {
		int index = export_function_at(profile, card, f);
		const struct profile_pci *pci = index < 0 ? NULL : &profile->pci[index];

		if (!pci)
			continue;
		strv_add(&functions, pci_addr_format(pci->address).s);
		if (pci->romfile && !rom) {
			const char *slash = strrchr(pci->romfile, '/');

			rom = xasprintf(",romfile=%s", slash ? slash + 1 : pci->romfile);
			note_rom(x, pci);
		}
		bar = *bar ? bar : rombar_word(pci->rombar);
		if (pci->primary == PROFILE_PRIMARY_YES || export_is_vga(profile, pci))
			vga = ",x-vga=1";
	}
	strv_add(cards, key);
	if (!functions.n)
		return;
	text = strv_join(&functions, ";");
	proxmox_line(x, key, "%s,pcie=1%s%s%s", text, vga, bar, rom ? rom : "");
}

static void add_usb(struct proxmox *x)
{
	unsigned number = 0;

	for (size_t i = 0; i < x->e.profile->n_usb; i++) {
		const struct profile_usb *usb = &x->e.profile->usb[i];
		cleanup_free char *key = xasprintf("usb%u", number);

		if (usb->vendor < 0)
			continue;
		proxmox_line(
		        x, key, "host=%04x:%04x", (unsigned)usb->vendor, (unsigned)usb->product);
		number++;
	}
}

/* --- screen, sound, network --- */

static void add_screen(struct proxmox *x)
{
	switch (profile_display_card(x->e.profile)) {
	case PROFILE_DISPLAY_AUTO:
	case PROFILE_DISPLAY_NONE:
		proxmox_line(x, "vga", "none");
		break;
	case PROFILE_DISPLAY_VIRTIO:
		proxmox_line(x, "vga", "virtio");
		break;
	case PROFILE_DISPLAY_STD:
		proxmox_line(x, "vga", "std");
		break;
	}
	proxmox_line(x, "serial0", "socket");
	if (profile_sound_card(x->e.profile) != PROFILE_SOUND_HDA)
		return;
	proxmox_line(x, "audio0", "device=ich9-intel-hda,driver=none");
	export_note(&x->e, EXPORT_CHANGED, "sound", "type",
	        _("the card is there and nobody hears it; driver=spice with vga: qxl plays it at a "
	          "viewer"));
}

/* Without a bridge it is a network of QEMU's own, as type=user is. */
static char *bridge_of(struct proxmox *x, const struct profile_net *net)
{
	switch (net->type) {
	case PROFILE_NETWORK_USER:
	case PROFILE_NETWORK_NONE:
		break;
	case PROFILE_NETWORK_BRIDGE:
	case PROFILE_NETWORK_OVS:
		if (net->link)
			return xasprintf(",bridge=%s", net->link);
		/* fallthrough */
	case PROFILE_NETWORK_MACVTAP:
	case PROFILE_NETWORK_PRIVATE:
		export_note_of(&x->e, EXPORT_CHANGED, "network", net->name, "type",
		        _("it is user: qm knows bridges alone; name one by bridge="));
		break;
	}
	return xstrdup("");
}

static void add_network(struct proxmox *x, size_t index)
{
	const struct profile_net *net = &x->e.profile->nets[index];
	bool e1000e = profile_network_card(x->e.profile, net) == PROFILE_NIC_E1000E;
	cleanup_free char *bridge = NULL, *tag = NULL, *key = xasprintf("net%zu", index);

	if (net->type == PROFILE_NETWORK_NONE)
		return;
	bridge = bridge_of(x, net);
	tag = net->vlan && *bridge ? xasprintf(",tag=%u", net->vlan) : xstrdup("");
	proxmox_line(x, key, "%s%s%s%s%s", e1000e ? "e1000e" : "virtio", net->mac ? "=" : "",
	        net->mac ? net->mac : "", bridge, tag);
	if (!net->mac)
		export_note_of(&x->e, EXPORT_DO, "network", net->name, "mac",
		        _("it has a new address at each start until one is written: "
		          "%s: MODEL=MAC"),
		        key);
}

/* --- what qm has no key for --- */

static void add_inputs(struct proxmox *x)
{
	bool first = true;

	for (size_t i = 0; i < x->e.profile->n_inputs; i++) {
		const struct profile_input *input = &x->e.profile->inputs[i];
		bool mouse = export_is_mouse(input), all = !mouse && first;
		cleanup_free char *value = xasprintf(
		        "input-linux,id=input-%zu,evdev=%s,grab_all=%s,repeat=%s,grab-toggle=%s", i,
		        input->device, all ? "on" : "off", input->repeat ? "on" : "off",
		        export_toggle(input->toggle));

		first &= mouse;
		export_proxmox_argument(x, "-object", value);
	}
}

static void add_glass(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;
	cleanup_free char *memory = NULL, *file = NULL;
	unsigned long long mib;

	if (!profile->glass_resolution)
		return;
	mib = profile_glass_bytes(profile) / EXPORT_MIB;
	file = xasprintf("/dev/shm/looking-glass-%s", profile->name);
	memory = xasprintf(
	        "memory-backend-file,id=glass,share=on,mem-path=%s,size=%lluM", file, mib);
	export_proxmox_argument(x, "-object", memory);
	export_proxmox_argument(
	        x, "-device", "ivshmem-plain,id=looking-glass,memdev=glass,bus=pcie.0");
	export_note(&x->e, EXPORT_CHANGED, "looking-glass", "resolution",
	        _("it is memory of %llu MiB, the file %s"), mib, file);
}

static void add_watchdog(struct proxmox *x)
{
	const char *action = export_watchdog(x->e.profile->watchdog);

	if (action)
		proxmox_line(x, "watchdog", "model=i6300esb,action=%s", action);
}

void proxmox_devices(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;
	cleanup_strv struct strv cards = {0};
	size_t n = profile->n_disks + profile->n_cdroms;
	char **keys = xcalloc(n + 1, sizeof(*keys)), **drives = keys + profile->n_disks;
	struct ports ports = {0};

	add_disks(x, &ports, keys);
	add_cdroms(x, &ports, drives);
	export_note_shares(&x->e);
	for (unsigned card = 0; card < export_cards(profile); card++)
		add_card(x, card, &cards);
	if (!profile->kernel)
		add_order(x, keys, drives, &cards);
	add_usb(x);
	add_screen(x);
	for (size_t i = 0; i < x->e.profile->n_nets; i++)
		add_network(x, i);
	add_inputs(x);
	add_glass(x);
	add_watchdog(x);
	for (size_t i = 0; i < n; i++)
		free(keys[i]);
	free(keys);
}
