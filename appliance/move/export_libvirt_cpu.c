/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor of a domain, and the features of the hypervisor. */
#include "base/i18n.h"
#include "move/export_libvirt.h"

#include <ctype.h>

#define SPINLOCK_RETRIES "8191"

/* --- pins --- */

static void add_pins(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	cleanup_free unsigned *pins = export_pins(&l->e);
	bool automatic = !profile->cpu_pin || streq(profile->cpu_pin, "auto");

	if (!pins) {
		if (automatic && export_passes(profile, PROFILE_PCI_GPU))
			export_note(&l->e, EXPORT_LOST, "cpu", "pin",
			        _("this PC could not start it now, so no processors are chosen; "
			          "write <vcpupin> by hand"));
		return;
	}
	xml_open(&l->xml, "cputune", NULL);
	for (unsigned i = 0; i < profile->cpus; i++)
		xml_empty(&l->xml, "vcpupin", "vcpu", xml_decimal(i).s, "cpuset",
		        xml_decimal(pins[i]).s, NULL);
	xml_close(&l->xml);
	if (automatic)
		export_note(&l->e, EXPORT_CHANGED, "cpu", "pin",
		        _("these are the processors that would be chosen now"));
}

/* --- model --- */

/* libvirt's names have no "-v4" behind them. Caller frees. */
static char *model_of(const struct profile *profile)
{
	char *model = xstrdup(profile->cpu_model), *version = strrchr(model, '-');

	if (version && version[1] == 'v' && isdigit((unsigned char)version[2]))
		*version = '\0';
	return model;
}

static void add_topology(struct libvirt *l)
{
	const struct export_facts *facts = l->e.facts;
	bool known = facts->cores > 0;

	xml_empty(&l->xml, "topology", "sockets", "1", "dies",
	        xml_decimal(known ? facts->dies : 1).s, "cores",
	        xml_decimal(known ? facts->cores : l->e.profile->cpus).s, "threads",
	        xml_decimal(known ? facts->threads : 1).s, NULL);
}

static bool is_of_hyperv(const char *feature)
{
	return starts_with(feature, "hv-") || starts_with(feature, "hv_");
}

/* Those of the hypervisor are elements of <features>, and only what is not wanted may be said of them. */
static void add_wishes(struct libvirt *l)
{
	cleanup_strv struct strv wishes = {0};

	strv_split(&wishes, l->e.profile->cpu_features ? l->e.profile->cpu_features : "", ",");
	strv_foreach (wish, &wishes) {
		bool on = **wish == '+';

		if (!is_of_hyperv(*wish + 1))
			xml_empty(&l->xml, "feature", "policy", on ? "require" : "disable", "name",
			        *wish + 1, NULL);
		else if (on)
			export_note(&l->e, EXPORT_CHANGED, "cpu", "features",
			        _("%s is left out: libvirt has it as an element of its own"),
			        *wish);
	}
}

static void add_model(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	cleanup_free char *model = model_of(profile);
	bool host = streq(model, "host"), most = streq(model, "max") || (host && !l->kvm);

	if (most)
		xml_open(&l->xml, "cpu", "mode", "maximum", "check", "none", NULL);
	else if (host)
		xml_open(&l->xml, "cpu", "mode", "host-passthrough", "check", "none", "migratable",
		        "off", NULL);
	else
		xml_open(&l->xml, "cpu", "mode", "custom", "match", "exact", "check", "none", NULL);
	if (!most && !host)
		xml_put(&l->xml, "model", model, "fallback", "forbid", NULL);
	if (!streq(model, profile->cpu_model))
		export_note(&l->e, EXPORT_CHANGED, "cpu", "model",
		        _("libvirt knows models without their version: %s"), model);
}

void libvirt_cpu(struct libvirt *l)
{
	xml_put(&l->xml, "vcpu", xml_decimal(l->e.profile->cpus).s, "placement", "static", NULL);
	add_pins(l);
	add_model(l);
	add_topology(l);
	if (l->e.facts->same_caches && l->kvm && streq(l->e.profile->cpu_model, "host"))
		xml_empty(&l->xml, "cache", "mode", "passthrough", NULL);
	add_wishes(l);
	xml_close(&l->xml);
}

/* --- features --- */

static void add_hyperv(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;

	xml_open(&l->xml, "hyperv", "mode", "custom", NULL);
	for (const struct export_enlightenment *e = export_enlightenments; e->qemu; e++) {
		bool spinlocks = streq(e->libvirt, "spinlocks");

		if (export_is_unwanted(profile, e->qemu))
			continue;
		xml_empty(&l->xml, e->libvirt, "state", "on", "retries",
		        spinlocks ? SPINLOCK_RETRIES : NULL, NULL);
	}
	if (profile->hide_hypervisor)
		xml_empty(&l->xml, "vendor_id", "state", "on", "value", EXPORT_VENDOR, NULL);
	xml_close(&l->xml);
}

void libvirt_features(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	bool uefi = profile->firmware == PROFILE_FIRMWARE_UEFI && !profile->kernel;

	xml_open(&l->xml, "features", NULL);
	xml_empty(&l->xml, "acpi", NULL);
	xml_empty(&l->xml, "apic", NULL);
	if (l->kvm && profile_is_windows(profile))
		add_hyperv(l);
	if (l->kvm && profile->hide_hypervisor) {
		xml_open(&l->xml, "kvm", NULL);
		xml_empty(&l->xml, "hidden", "state", "on", NULL);
		xml_close(&l->xml);
	}
	xml_empty(&l->xml, "vmport", "state", "off", NULL);
	if (uefi && profile_wants_secure_boot(profile))
		xml_empty(&l->xml, "smm", "state", "on", NULL);
	xml_close(&l->xml);
}
