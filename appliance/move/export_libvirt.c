/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile as a domain of libvirt. */
#include "base/i18n.h"
#include "move/export_libvirt.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define OS_NAMESPACE   "http://libosinfo.org/xmlns/libvirt/domain/1.0"

/* What libvirt carries by an element of its own; the rest is noted. */
static const char *const carried[] = {"vm title", "vm guest", "vm guest-agent", "vm watchdog",
        "vm crash", "cpu count", "cpu model", "cpu features", "cpu pin", "cpu hide-hypervisor",
        "cpu accel", "memory size", "memory hugepages", "boot firmware", "boot secure-boot",
        "boot tpm", "boot kernel", "boot initrd", "boot cmdline", "smbios manufacturer",
        "smbios product", "smbios version", "smbios serial", "smbios sku", "smbios family",
        "display type", "sound type", "sound microphone", "looking-glass resolution",
        "network type", "network link", "network mac", "network model", "network vhost",
        "console clipboard", "console usb-channels", "gpu address", "audio address",
        "usb-controller address", "pci address", "gpu romfile", "audio romfile",
        "usb-controller romfile", "pci romfile", "gpu rombar", "audio rombar",
        "usb-controller rombar", "pci rombar", "pci boot", "disk device", "disk image", "disk url",
        "disk format", "disk backing", "disk serial", "disk writable", "disk bus", "disk boot",
        "cdrom file", "cdrom boot", "usb id", "input device", "input grab-toggle", "input repeat",
        NULL};

/* Of these, what is read from an element that several of our words lead to. */
static const char *const read_alike[] = {"vm crash", "vm guest-agent", "cpu pin", "cpu model",
        "cpu features", "sound microphone", "network vhost", "network type", "console clipboard",
        "gpu primary", "boot secure-boot", "boot tpm", "disk writable", "gpu romfile",
        "audio romfile", "usb-controller romfile", "pci romfile", "gpu rombar", "audio rombar",
        "usb-controller rombar", "pci rombar", "pci boot", "disk serial", NULL};

/* --- who it is --- */

/* As virt-manager knows systems; it asks libosinfo, of which these are the ids. */
static const char *os_id(enum profile_guest guest)
{
	switch (guest) {
	case PROFILE_GUEST_OTHER:
		break;
	case PROFILE_GUEST_LINUX:
		return "http://libosinfo.org/linux/2022";
	case PROFILE_GUEST_WINDOWS_10:
		return "http://microsoft.com/win/10";
	case PROFILE_GUEST_WINDOWS_11:
		return "http://microsoft.com/win/11";
	}
	return NULL;
}

static void add_kept(struct libvirt *l)
{
	xml_open(&l->xml, "playthrough:profile", "xmlns:playthrough", KEPT_NAMESPACE, NULL);
	for (size_t i = 0; i < l->e.out->n_notes; i++) {
		const struct export_note *note = &l->e.out->notes[i];

		if (export_keeps(note))
			xml_put(&l->xml, "playthrough:key", note->value, "section", note->section,
			        "name", note->key, NULL);
	}
	xml_close(&l->xml);
}

/* libvirt keeps there what others say, and reads none of it. */
static void add_metadata(struct libvirt *l)
{
	const char *id = os_id(l->e.profile->guest);
	bool kept = false;

	for (size_t i = 0; i < l->e.out->n_notes; i++)
		kept |= export_keeps(&l->e.out->notes[i]);
	if (!id && !kept)
		return;
	xml_open(&l->xml, "metadata", NULL);
	if (id) {
		xml_open(&l->xml, "libosinfo:libosinfo", "xmlns:libosinfo", OS_NAMESPACE, NULL);
		xml_empty(&l->xml, "libosinfo:os", "id", id, NULL);
		xml_close(&l->xml);
	}
	if (kept)
		add_kept(l);
	xml_close(&l->xml);
}

static void add_name(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;

	xml_put(&l->xml, "name", profile->name, NULL);
	if (!streq(profile->title, profile->name))
		xml_put(&l->xml, "title", profile->title, NULL);
}

/* --- memory --- */

static void add_memory(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	const enum profile_pages pages = profile->hugepages;

	xml_put(&l->xml, "memory", xml_decimal(l->memory_bytes / EXPORT_MIB).s, "unit", "MiB",
	        NULL);
	if (pages == PROFILE_PAGES_NO && !profile->n_pci)
		return;
	xml_open(&l->xml, "memoryBacking", NULL);
	if (pages != PROFILE_PAGES_NO) {
		xml_open(&l->xml, "hugepages", NULL);
		xml_empty(&l->xml, "page", "size", pages == PROFILE_PAGES_1G ? "1" : "2", "unit",
		        pages == PROFILE_PAGES_1G ? "GiB" : "MiB", NULL);
		xml_close(&l->xml);
		export_note(&l->e, EXPORT_DO, "memory", "hugepages",
		        _("libvirt sets no pages aside: have them before a start "
		          "(hugepages= and hugepagesz= of the kernel, or vm.nr_hugepages)"));
	}
	/* Where devices are passed all of it is pinned in any case. */
	xml_empty(&l->xml, "allocation", "mode", "immediate", "threads",
	        xml_decimal(profile->cpus).s, NULL);
	xml_close(&l->xml);
}

/* --- boot --- */

static void add_sysinfo(struct libvirt *l)
{
	const struct profile *p = l->e.profile;
	const struct {
		const char *name, *value;
	} entries[] = {{"manufacturer", p->smbios_manufacturer}, {"product", p->smbios_product},
	        {"version", p->smbios_version}, {"serial", p->smbios_serial},
	        {"sku", p->smbios_sku}, {"family", p->smbios_family}};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!entries[i].value)
			continue;
		if (!any) {
			xml_open(&l->xml, "sysinfo", "type", "smbios", NULL);
			xml_open(&l->xml, "system", NULL);
		}
		any = true;
		xml_put(&l->xml, "entry", entries[i].value, "name", entries[i].name, NULL);
	}
	if (any) {
		xml_close(&l->xml);
		xml_close(&l->xml);
	}
}

static bool has_sysinfo(const struct profile *p)
{
	return p->smbios_manufacturer || p->smbios_product || p->smbios_version ||
	       p->smbios_serial || p->smbios_sku || p->smbios_family;
}

static void add_firmware(struct libvirt *l)
{
	const char *secure = profile_wants_secure_boot(l->e.profile) ? "yes" : "no";

	xml_open(&l->xml, "firmware", NULL);
	xml_empty(&l->xml, "feature", "enabled", secure, "name", "enrolled-keys", NULL);
	xml_empty(&l->xml, "feature", "enabled", secure, "name", "secure-boot", NULL);
	xml_close(&l->xml);
}

static void add_os(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	bool uefi = profile->firmware == PROFILE_FIRMWARE_UEFI && !profile->kernel;

	xml_open(&l->xml, "os", "firmware", uefi ? "efi" : NULL, NULL);
	xml_put(&l->xml, "type", "hvm", "arch", "x86_64", "machine", "q35", NULL);
	if (uefi)
		add_firmware(l);
	if (profile->kernel)
		xml_put(&l->xml, "kernel", profile->kernel, NULL);
	if (profile->kernel && profile->initrd)
		xml_put(&l->xml, "initrd", profile->initrd, NULL);
	if (profile->kernel && profile->cmdline)
		xml_put(&l->xml, "cmdline", profile->cmdline, NULL);
	if (has_sysinfo(profile))
		xml_empty(&l->xml, "smbios", "mode", "sysinfo", NULL);
	xml_close(&l->xml);
}

/* --- time and ends --- */

static void add_clock(struct libvirt *l)
{
	bool windows = profile_is_windows(l->e.profile);

	xml_open(&l->xml, "clock", "offset", windows ? "localtime" : "utc", NULL);
	xml_empty(&l->xml, "timer", "name", "rtc", "tickpolicy", "catchup", NULL);
	if (windows && l->kvm && !export_is_unwanted(l->e.profile, "hv-time"))
		xml_empty(&l->xml, "timer", "name", "hypervclock", "present", "yes", NULL);
	xml_close(&l->xml);
}

static void add_ends(struct libvirt *l)
{
	xml_put(&l->xml, "on_poweroff", "destroy", NULL);
	xml_put(&l->xml, "on_reboot", "restart", NULL);
	/* crash=run is no device that tells of one. */
	xml_put(&l->xml, "on_crash",
	        l->e.profile->crash == PROFILE_CRASH_PAUSE ? "preserve" : "destroy", NULL);
}

static void note_rest(struct libvirt *l)
{
	const struct exporting *e = &l->e;

	if (e->profile->autostart)
		export_note(e, EXPORT_DO, "vm", "autostart",
		        _("it is no part of a definition: virsh autostart %s"), e->profile->name);
	if (e->profile->glass_resolution && e->profile->glass_memory == PROFILE_GLASS_KVMFR)
		export_note(e, EXPORT_CHANGED, "looking-glass", "memory",
		        _("it is the file /dev/shm/looking-glass-%s"), e->profile->name);
	export_keep(e, read_alike);
	export_note_rest(e, carried);
}

/* --- all of it --- */

static void add_domain(struct libvirt *l)
{
	add_memory(l);
	libvirt_cpu(l);
	add_sysinfo(l);
	add_os(l);
	libvirt_features(l);
	add_clock(l);
	add_ends(l);
	xml_open(&l->xml, "devices", NULL);
	libvirt_devices(l);
	xml_close(&l->xml);
	libvirt_override(l);
}

/* What is noted is known when all the rest has been said; libvirt is no stickler for the order. */
static void add_all(struct libvirt *l)
{
	xml_open(&l->xml, "domain", "type", l->kvm ? "kvm" : "qemu", "xmlns:qemu", QEMU_NAMESPACE,
	        NULL);
	add_name(l);
	add_domain(l);
	note_rest(l);
	add_metadata(l);
	xml_close(&l->xml);
}

int export_libvirt(const struct profile *profile, const struct export_facts *facts,
        struct exported *out, struct err *err)
{
	struct libvirt l = {.e = {profile, facts, out}, .kvm = profile->accel != PROFILE_ACCEL_TCG};
	int r;

	*out = (struct exported){0};
	r = export_memory(&l.e, &l.memory_bytes, err);
	if (r < 0)
		return r;
	if (profile->accel == PROFILE_ACCEL_AUTO)
		export_note(&l.e, EXPORT_CHANGED, "cpu", "accel",
		        _("it is kvm; where there is none, write type='qemu' in <domain>"));
	xml_begin(&l.xml);
	add_all(&l);
	out->text = xml_end(&l.xml);
	return 0;
}
