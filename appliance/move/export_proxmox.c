/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile as the configuration of a guest of Proxmox VE: qm.conf(5), https://pve.proxmox.com/pve-docs/qm.conf.5.html */
#include "base/i18n.h"
#include "move/export_proxmox.h"

#define VMID "100" /* in names of volumes; a person may take another one */

static const char *const carried[] = {"vm title", "vm guest", "vm autostart", "vm guest-agent",
        "vm watchdog", "cpu count", "cpu model", "cpu features", "cpu pin", "cpu hide-hypervisor",
        "cpu accel", "memory size", "memory hugepages", "boot firmware", "boot secure-boot",
        "boot tpm", "boot kernel", "boot initrd", "boot cmdline", "smbios manufacturer",
        "smbios product", "smbios version", "smbios serial", "smbios sku", "smbios family",
        "display type", "sound type", "looking-glass resolution", "network type", "network link",
        "network vlan", "network mac", "network model", "gpu address", "audio address",
        "usb-controller address", "pci address", "gpu romfile", "audio romfile",
        "usb-controller romfile", "pci romfile", "gpu rombar", "audio rombar",
        "usb-controller rombar", "pci rombar", "pci boot", "disk device", "disk image",
        "disk format", "disk serial", "disk writable", "disk bus", "disk boot", "cdrom file",
        "cdrom boot", "usb id", "input device", "input grab-toggle", "input repeat", NULL};

/* Of these, what is read from a line that several of our words lead to. */
static const char *const read_alike[] = {"vm crash", "vm guest-agent", "vm guest", "cpu pin",
        "cpu model", "cpu features", "cpu accel", "memory hugepages", "network type", "network mac",
        "gpu primary", "boot kernel", "boot initrd", "boot cmdline", "boot secure-boot", "boot tpm",
        "disk writable", "gpu romfile", "audio romfile", "usb-controller romfile", "pci romfile",
        "gpu rombar", "audio rombar", "usb-controller rombar", "pci rombar", "pci boot",
        "disk serial", NULL};

void proxmox_line(struct proxmox *x, const char *key, const char *fmt, ...)
{
	va_list ap;
	cleanup_free char *value = NULL;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	strv_addf(&x->lines, "%s: %s", key, value);
}

/* --- the machine --- */

static const char *os_type(enum profile_guest guest)
{
	switch (guest) {
	case PROFILE_GUEST_OTHER:
		break;
	case PROFILE_GUEST_LINUX:
		return "l26";
	case PROFILE_GUEST_WINDOWS_10:
		return "win10";
	case PROFILE_GUEST_WINDOWS_11:
		return "win11";
	}
	return "other";
}

static void add_vm(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;

	proxmox_line(x, "name", "%s", profile->name);
	proxmox_line(x, "ostype", "%s", os_type(profile->guest));
	proxmox_line(x, "machine", "q35");
	proxmox_line(x, "agent", "%d", profile->guest_agent);
	if (profile->autostart)
		proxmox_line(x, "onboot", "1");
	if (profile->accel == PROFILE_ACCEL_TCG)
		proxmox_line(x, "kvm", "0");
	if (profile->accel == PROFILE_ACCEL_AUTO)
		export_note(&x->e, EXPORT_CHANGED, "cpu", "accel",
		        _("it is kvm; where there is none, write kvm: 0"));
}

static void add_memory(struct proxmox *x, uint64_t bytes)
{
	const enum profile_pages pages = x->e.profile->hugepages;

	proxmox_line(x, "memory", "%llu", (unsigned long long)(bytes / EXPORT_MIB));
	proxmox_line(x, "balloon", "0");
	if (pages == PROFILE_PAGES_NO)
		return;
	proxmox_line(x, "numa", "1"); /* which qm wants for them */
	proxmox_line(x, "hugepages", "%s", pages == PROFILE_PAGES_1G ? "1024" : "2");
}

/* --- processor --- */

/* Those that qm lets through ("flags" in qm.conf). */
static bool is_known_flag(const char *name)
{
	static const char *const known[] = {"md-clear", "pcid", "spec-ctrl", "ssbd", "ibpb",
	        "virt-ssbd", "amd-ssbd", "amd-no-ssb", "pdpe1gb", "aes", "hv-tlbflush", "hv-evmcs"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(known[i], name))
			return true;
	return false;
}

/* ",flags=+aes;-pcid"; caller frees. */
static char *flags_of(struct proxmox *x)
{
	const char *wishes_text = x->e.profile->cpu_features;
	cleanup_strv struct strv wishes = {0}, flags = {0}, left = {0};
	cleanup_free char *joined = NULL, *rest = NULL;

	strv_split(&wishes, wishes_text ? wishes_text : "", ",");
	strv_foreach (wish, &wishes)
		strv_add(is_known_flag(*wish + 1) ? &flags : &left, *wish);
	rest = strv_join(&left, ",");
	if (left.n)
		export_note(&x->e, EXPORT_LOST, "cpu", "features",
		        _("qm lets only some features through, and not %s"), rest);
	joined = strv_join(&flags, ";");
	return flags.n ? xasprintf(",flags=%s", joined) : xstrdup("");
}

static void add_affinity(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;
	cleanup_free unsigned *pins = export_pins(&x->e);
	cleanup_strv struct strv words = {0};
	cleanup_free char *list = NULL;

	if (!pins)
		return;
	for (unsigned i = 0; i < profile->cpus; i++)
		strv_addf(&words, "%u", pins[i]);
	list = strv_join(&words, ",");
	proxmox_line(x, "affinity", "%s", list);
	export_note(&x->e, EXPORT_CHANGED, "cpu", "pin",
	        _("all of it runs on these processors, but none is kept for one of the guest's"));
}

static void add_cpu(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;
	bool host = streq(profile->cpu_model, "host"), tcg = profile->accel == PROFILE_ACCEL_TCG;
	cleanup_free char *flags = flags_of(x);

	proxmox_line(x, "sockets", "1");
	proxmox_line(x, "cores", "%u", profile->cpus);
	proxmox_line(x, "cpu", "%s%s%s", host && tcg ? "max" : profile->cpu_model,
	        profile->hide_hypervisor ? ",hidden=1,hv-vendor-id=" EXPORT_VENDOR : "", flags);
	if (x->e.facts->threads > 1)
		export_note(&x->e, EXPORT_LOST, "cpu", "count",
		        _("the guest is not told which of its processors are threads of one core"));
	add_affinity(x);
}

/* --- boot --- */

static void add_firmware(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;
	bool secure = profile_wants_secure_boot(profile);

	if (profile->kernel) {
		export_proxmox_argument(x, "-kernel", profile->kernel);
		if (profile->initrd)
			export_proxmox_argument(x, "-initrd", profile->initrd);
		if (profile->cmdline)
			export_proxmox_argument(x, "-append", profile->cmdline);
		return;
	}
	if (profile->firmware == PROFILE_FIRMWARE_BIOS) {
		proxmox_line(x, "bios", "seabios");
		return;
	}
	proxmox_line(x, "bios", "ovmf");
	proxmox_line(x, "efidisk0",
	        "local-lvm:vm-" VMID "-disk-0,efitype=4m,pre-enrolled-keys=%d,size=4M", secure);
	export_note(&x->e, EXPORT_DO, "boot", "firmware",
	        _("make the disk of its settings: qm set %s --efidisk0 "
	          "local-lvm:1,efitype=4m,pre-enrolled-keys=%d"),
	        VMID, secure);
}

static void add_tpm(struct proxmox *x)
{
	if (!profile_wants_tpm(x->e.profile))
		return;
	proxmox_line(x, "tpmstate0", "local-lvm:vm-" VMID "-disk-1,size=4M,version=v2.0");
	export_note(&x->e, EXPORT_DO, "boot", "tpm",
	        _("make it, and have the recovery key of BitLocker at hand: qm set %s --tpmstate0 "
	          "local-lvm:1,version=v2.0"),
	        VMID);
}

static void add_smbios(struct proxmox *x)
{
	const struct profile *p = x->e.profile;
	const struct {
		const char *name, *value;
	} entries[] = {{"manufacturer", p->smbios_manufacturer}, {"product", p->smbios_product},
	        {"version", p->smbios_version}, {"serial", p->smbios_serial},
	        {"sku", p->smbios_sku}, {"family", p->smbios_family}};
	cleanup_strv struct strv words = {0};
	cleanup_free char *all = NULL;

	strv_add(&words, "base64=1");
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		cleanup_free char *text = export_base64(entries[i].value ? entries[i].value : "");

		if (entries[i].value)
			strv_addf(&words, "%s=%s", entries[i].name, text);
	}
	all = strv_join(&words, ",");
	if (words.n > 1)
		proxmox_line(x, "smbios1", "%s", all);
}

/* --- text --- */

/* A line of the guest's notes, which are Markdown: qm decodes %XX in them (PVE::Tools::decode_text). */
static void write_note(FILE *out, const char *text)
{
	fputc('#', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '%' || c < 0x20 || c > 0x7e)
			fprintf(out, "%%%02X", c);
		else
			fputc(c, out);
	}
	fputs("\n", out);
}

static void write_notes(FILE *out, const struct proxmox *x)
{
	const struct profile *profile = x->e.profile;

	if (!streq(profile->title, profile->name))
		write_note(out, profile->title);
	for (size_t i = 0; i < x->e.out->n_notes; i++) {
		const struct export_note *note = &x->e.out->notes[i];
		cleanup_free char *text = NULL;

		if (!export_keeps(note))
			continue;
		text = xasprintf(KEPT_MARK "[%s] %s=%s", note->section, note->key, note->value);
		write_note(out, text);
	}
}

static void write_text(struct proxmox *x)
{
	size_t size = 0;
	FILE *out = open_memstream(&x->e.out->text, &size);

	if (!out)
		abort();
	write_notes(out, x);
	strv_sort(&x->lines); /* as qm itself writes them */
	strv_foreach (line, &x->lines)
		fprintf(out, "%s\n", *line);
	if (fclose(out))
		abort();
}

static void keep_title(struct proxmox *x)
{
	const struct profile *profile = x->e.profile;

	if (!streq(profile->title, profile->name))
		export_note(
		        &x->e, EXPORT_CHANGED, "vm", "title", _("it is in the notes of the guest"));
}

int export_proxmox(const struct profile *profile, const struct export_facts *facts,
        struct exported *out, struct err *err)
{
	struct proxmox x = {.e = {profile, facts, out}};
	cleanup_free char *args = NULL;
	uint64_t bytes;
	int r;

	*out = (struct exported){0};
	r = export_memory(&x.e, &bytes, err);
	if (r < 0)
		return r;
	add_vm(&x);
	keep_title(&x);
	add_cpu(&x);
	add_memory(&x, bytes);
	add_firmware(&x);
	add_tpm(&x);
	add_smbios(&x);
	proxmox_devices(&x);
	args = strv_join(&x.args, " ");
	if (x.args.n)
		proxmox_line(&x, "args", "%s", args);
	export_keep(&x.e, read_alike);
	export_note_rest(&x.e, carried);
	write_text(&x);
	strv_finish(&x.lines);
	strv_finish(&x.args);
	return 0;
}
