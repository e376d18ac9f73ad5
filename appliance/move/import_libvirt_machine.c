/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands around <devices> in libvirt's domain XML. */
#include "base/i18n.h"
#include "move/import_xml.h"

/* --- small things --- */

static void take_name(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	draft_name(d, text);
}

static void take_title(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	if (*text)
		draft_set(d, "vm", "title", text);
}

static void take_description(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	draft_describe(d, text);
	if (d->description)
		draft_carried(d, NULL);
}

/* Of our own export. */
static void take_kept(struct draft *d, const xmlNode *node)
{
	cleanup_free char *section = xml_attr(node, "section"), *key = xml_attr(node, "name");
	cleanup_free char *value = xml_text(node);

	if (section && key)
		draft_kept(d, section, key, value);
}

/* Of libosinfo's systems, those that are neither Windows nor a Linux. */
static bool is_other_system(const char *id)
{
	static const char *const makers[] = {"apple.com", "bsd.org", "dragonflybsd", "haiku-os",
	        "msdos", "oracle.com/solaris", "sun.com", "novell.com", "gnu.org/hurd", "freedos",
	        "libosinfo.org/unknown"};

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (strstr(id, makers[i]))
			return true;
	return false;
}

static void take_system(struct draft *d, const xmlNode *node)
{
	cleanup_free char *id = xml_attr(node, "id");

	if (id && import_is_windows(id, &d->guest)) {
		draft_note(d, IMPORT_CARRIED,
		        streq(d->guest, "windows-11") ? "[vm] guest=windows-11"
		                                      : "[vm] guest=windows-10",
		        NULL);
	} else if (id && strstr(id, "microsoft.com")) {
		d->guest = "other";
		draft_note(d, IMPORT_CHANGED, "[vm] guest=other",
		        N_("a profile knows Windows 10 and 11 only"));
	} else if (id && is_other_system(id)) {
		d->guest = "other";
		draft_carried(d, "[vm] guest=other");
	} else {
		d->guest = "linux";
		draft_carried(d, "[vm] guest=linux");
	}
}

static void take_uuid(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	if (*text)
		draft_lost(d, WHY_UUID);
}

static void take_memory(struct draft *d, const xmlNode *node)
{
	static const struct {
		const char *unit;
		uint64_t bytes;
	} units[] = {{"b", 1}, {"bytes", 1}, {"KB", 1000}, {"k", 1024}, {"KiB", 1024},
	        {"MB", 1000000}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"GB", 1000000000},
	        {"G", 1 << 30}, {"GiB", 1 << 30}, {"T", 1ull << 40}, {"TiB", 1ull << 40}};
	cleanup_free char *text = xml_text(node), *unit = xml_attr(node, "unit");
	uint64_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (streq(unit ? unit : "KiB", units[i].unit) &&
		        parse_u64(text, 10, UINT64_MAX / units[i].bytes, &n) == 0)
			return draft_memory(d, n * units[i].bytes);
	draft_lost(d, WHY_SIZE);
}

static void take_huge_page(struct draft *d, const xmlNode *node)
{
	cleanup_free char *size = xml_child_attr(node, "page", "size");
	cleanup_free char *unit = xml_child_attr(node, "page", "unit");
	bool large = size && ((streq(size, "1048576") && (!unit || streq(unit, "KiB"))) ||
	                             (unit && starts_with(unit, "G")) ||
	                             (streq(size, "1024") && unit && starts_with(unit, "M")));

	draft_set(d, "memory", "hugepages", large ? "1G" : "2M");
}

static void take_vcpu(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);
	uint64_t n = 0;

	parse_u64(text, 10, 100000, &n);
	draft_cpus(d, n);
}

static void take_cputune(struct draft *d, const xmlNode *node)
{
	cleanup_strv struct strv processors = {0};
	uint64_t next = 0;
	bool ordered = true;

	for (const xmlNode *pin = xml_child(node, "vcpupin"); pin; pin = xml_next(pin)) {
		cleanup_free char *of = xml_attr(pin, "vcpu"), *set = xml_attr(pin, "cpuset");
		uint64_t n = 0;

		ordered = ordered && of && set && parse_u64(of, 10, 4095, &n) == 0 && n == next++;
		strv_add(&processors, set ? set : "-");
	}
	if (!processors.n)
		return;
	draft_at(d, d->line, "<vcpupin> x %zu", processors.n);
	if (!ordered)
		strv_add(&processors, "-");
	draft_pin(d, &processors);
}

/* --- features and processor --- */

static void take_hyperv(struct draft *d, const xmlNode *node)
{
	(void)node;
	d->windows = true;
	draft_left(d, WHY_HYPERV);
}

static void take_vendor_id(struct draft *d, const xmlNode *node)
{
	if (!xml_attr_is(node, "state", "off"))
		draft_hide(d);
}

static void take_hidden(struct draft *d, const xmlNode *node)
{
	if (xml_attr_is(node, "state", "on"))
		draft_hide(d);
}

static void take_cpu(struct draft *d, const xmlNode *node)
{
	cleanup_free char *mode = xml_attr(node, "mode"), *model = NULL;
	const xmlNode *child = xml_child(node, "model");

	model = child ? xml_text(child) : NULL;
	if (mode && !streq(mode, "custom"))
		draft_model(d, mode);
	else if (model && *model)
		draft_model(d, model);
}

static void take_cpu_feature(struct draft *d, const xmlNode *node)
{
	cleanup_free char *name = xml_attr(node, "name"), *policy = xml_attr(node, "policy");
	cleanup_free char *word = NULL;
	bool on = !policy || streq(policy, "require") || streq(policy, "force");

	if (policy && streq(policy, "optional"))
		return draft_left(d, WHY_TUNED);
	word = xasprintf("%s%s", on ? "+" : "-", name ? name : "");
	draft_feature(d, word);
}

/* --- life --- */

static void take_crash(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	if (streq(text, "preserve"))
		draft_set(d, "vm", "crash", "pause");
	else if (streq(text, "destroy"))
		draft_carried(d, "[vm] crash=poweroff");
	else
		draft_note(d, IMPORT_CHANGED, "[vm] crash=poweroff",
		        N_("a guest that has crashed is not started again by itself"));
}

static void take_commandline(struct draft *d, const xmlNode *node)
{
	cleanup_strv struct strv words = {0};
	int line = d->line;

	for (const xmlNode *arg = xml_child(node, "arg"); arg; arg = xml_next(arg)) {
		cleanup_free char *value = xml_attr(arg, "value");

		strv_add(&words, value ? value : "");
	}
	for (const xmlNode *env = xml_child(node, "env"); env; env = xml_next(env)) {
		cleanup_free char *name = xml_attr(env, "name");

		draft_at(d, line, "<qemu:env name='%s'>", name ? name : "");
		draft_lost(d, WHY_PROCESS);
	}
	draft_at(d, line, "<qemu:commandline>");
	import_qemu_options(d, &words);
}

const struct xml_rule xml_machine_rules[] = {
        XML_READ("name", take_name),
        XML_READ("title", take_title),
        XML_READ("description", take_description),
        XML_READ("uuid", take_uuid),
        XML_READ("metadata", NULL),
        XML_READ("metadata/libosinfo:libosinfo", NULL),
        XML_READ("metadata/libosinfo:libosinfo/libosinfo:os", take_system),
        XML_READ("metadata/playthrough:profile", NULL),
        XML_READ("metadata/playthrough:profile/playthrough:key", take_kept),
        XML_READ("memory", take_memory),
        XML_LEFT("currentMemory", N_("a guest has all of its memory from the start")),
        XML_READ("memoryBacking", NULL),
        XML_READ("memoryBacking/hugepages", take_huge_page),
        XML_READ("memoryBacking/hugepages/page", NULL),
        XML_LEFT("memoryBacking/nosharepages", WHY_TUNED),
        XML_LEFT("memoryBacking/locked", WHY_TUNED),
        XML_LEFT("memoryBacking/source", WHY_TUNED),
        XML_LEFT("memoryBacking/access", WHY_TUNED),
        XML_LEFT("memoryBacking/allocation", WHY_TUNED),
        XML_LEFT("memoryBacking/discard", WHY_TUNED),
        XML_READ("vcpu", take_vcpu),
        XML_LEFT("iothreads", WHY_TUNED),
        XML_LEFT("iothreadids", WHY_TUNED),
        XML_READ("cputune", take_cputune),
        XML_READ("cputune/vcpupin", NULL),
        XML_LEFT("cputune/emulatorpin", WHY_TUNED),
        XML_LEFT("cputune/iothreadpin", WHY_TUNED),
        XML_LEFT("cputune/vcpusched", WHY_TUNED),
        XML_LEFT("cputune/iothreadsched", WHY_TUNED),
        XML_LEFT("cputune/emulatorsched", WHY_TUNED),
        XML_LEFT("numatune", WHY_NUMA),
        XML_LEFT("resource", WHY_PROCESS),
        XML_LEFT("seclabel", WHY_PROCESS),
        XML_READ("os", take_os),
        XML_READ("os/type", take_os_type),
        XML_READ("os/firmware", NULL),
        XML_READ("os/firmware/feature", take_firmware_feature),
        XML_READ("os/loader", take_loader),
        XML_LEFT("os/nvram", WHY_FIRMWARE),
        XML_READ("os/boot", take_boot),
        XML_LEFT("os/bootmenu", WHY_FIRMWARE),
        XML_LEFT("os/bios", WHY_FIRMWARE),
        XML_READ("os/smbios", take_smbios_mode),
        XML_READ("os/kernel", take_direct),
        XML_READ("os/initrd", take_direct),
        XML_READ("os/cmdline", take_direct),
        XML_READ("sysinfo", NULL),
        XML_READ("sysinfo/system", NULL),
        XML_READ("sysinfo/system/entry", take_entry),
        XML_GONE("sysinfo/bios", WHY_SMBIOS),
        XML_GONE("sysinfo/baseBoard", WHY_SMBIOS),
        XML_GONE("sysinfo/chassis", WHY_SMBIOS),
        XML_GONE("sysinfo/oemStrings", WHY_SMBIOS),
        XML_READ("features", NULL),
        XML_LEFT("features/acpi", WHY_PLACES),
        XML_LEFT("features/apic", WHY_PLACES),
        XML_LEFT("features/pae", WHY_PLACES),
        XML_LEFT("features/vmport", WHY_PLACES),
        XML_LEFT("features/smm", WHY_PLACES),
        XML_LEFT("features/ioapic", WHY_PLACES),
        XML_LEFT("features/pmu", WHY_TUNED),
        XML_LEFT("features/msrs", WHY_TUNED),
        XML_READ("features/hyperv", take_hyperv),
        XML_READ("features/hyperv/relaxed", NULL),
        XML_READ("features/hyperv/vapic", NULL),
        XML_READ("features/hyperv/spinlocks", NULL),
        XML_READ("features/hyperv/vpindex", NULL),
        XML_READ("features/hyperv/runtime", NULL),
        XML_READ("features/hyperv/synic", NULL),
        XML_READ("features/hyperv/stimer", NULL),
        XML_READ("features/hyperv/stimer/direct", NULL),
        XML_READ("features/hyperv/reset", NULL),
        XML_READ("features/hyperv/frequencies", NULL),
        XML_READ("features/hyperv/reenlightenment", NULL),
        XML_READ("features/hyperv/tlbflush", NULL),
        XML_READ("features/hyperv/ipi", NULL),
        XML_READ("features/hyperv/evmcs", NULL),
        XML_READ("features/hyperv/avic", NULL),
        XML_READ("features/hyperv/vendor_id", take_vendor_id),
        XML_READ("features/kvm", NULL),
        XML_READ("features/kvm/hidden", take_hidden),
        XML_LEFT("features/kvm/hint-dedicated", WHY_TUNED),
        XML_LEFT("features/kvm/poll-control", WHY_TUNED),
        XML_LEFT("features/kvm/pv-ipi", WHY_TUNED),
        XML_READ("cpu", take_cpu),
        XML_READ("cpu/model", NULL),
        XML_LEFT("cpu/vendor", WHY_TUNED),
        XML_LEFT("cpu/topology", WHY_TUNED),
        XML_LEFT("cpu/cache", WHY_TUNED),
        XML_LEFT("cpu/maxphysaddr", WHY_TUNED),
        XML_LEFT("cpu/numa", WHY_NUMA),
        XML_READ("cpu/feature", take_cpu_feature),
        XML_LEFT("clock", WHY_CLOCK),
        XML_LEFT("on_poweroff", WHY_PROCESS),
        XML_LEFT("on_reboot", WHY_PROCESS),
        XML_READ("on_crash", take_crash),
        XML_LEFT("pm", WHY_PLACES),
        XML_READ("devices", NULL),
        XML_READ("qemu:commandline", take_commandline),
        XML_READ("qemu:commandline/qemu:arg", NULL),
        XML_READ("qemu:commandline/qemu:env", NULL),
        XML_GONE("qemu:capabilities", WHY_PROCESS),
        XML_GONE("qemu:override", WHY_PROCESS),
        {0},
};
