/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processor, firmware and features of a VirtualMachine. */
#include "base/i18n.h"
#include "move/export_kubevirt.h"

#define SPINLOCK_RETRIES 8191

/* Processors of its own, which the kubelet chooses: as pin=auto and isolate=auto do here. */
static bool wants_dedicated(const struct profile *profile)
{
	const char *pin = profile->cpu_pin ? profile->cpu_pin : "auto";

	return !streq(pin, "no") &&
	       (!streq(pin, "auto") || export_passes(profile, PROFILE_PCI_GPU));
}

static void add_features(struct kubevirt *k, json_t *cpu)
{
	const char *text = k->e.profile->cpu_features;
	cleanup_strv struct strv wishes = {0};
	json_t *features = json_array();

	strv_split(&wishes, text ? text : "", ",");
	strv_foreach (wish, &wishes)
		if (!starts_with(*wish + 1, "hv-"))
			json_array_append_new(
			        features, json_pack("{s:s, s:s}", "name", *wish + 1, "policy",
			                          **wish == '+' ? "require" : "disable"));
	if (json_array_size(features))
		json_object_set(cpu, "features", features);
	json_decref(features);
}

json_t *kubevirt_cpu(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	const struct export_facts *facts = k->e.facts;
	unsigned threads =
	        facts->threads > 1 && profile->cpus % facts->threads == 0 ? facts->threads : 1;
	bool host = streq(profile->cpu_model, "host");
	json_t *cpu = json_pack("{s:i, s:i, s:i, s:s}", "sockets", 1, "cores",
	        (int)(profile->cpus / threads), "threads", (int)threads, "model",
	        host ? "host-passthrough" : profile->cpu_model);

	add_features(k, cpu);
	if (!wants_dedicated(profile))
		return cpu;
	json_object_set_new(cpu, "dedicatedCpuPlacement", json_true());
	json_object_set_new(cpu, "isolateEmulatorThread", json_true());
	kubevirt_gate(k, "CPUManager");
	export_note(&k->e, EXPORT_CHANGED, "cpu", "pin",
	        _("the kubelet chooses whole processors for it (cpuManagerPolicy: static)"));
	return cpu;
}

json_t *kubevirt_firmware(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	bool uefi = profile->firmware == PROFILE_FIRMWARE_UEFI;
	json_t *firmware = json_object(), *loader = kubevirt_child(firmware, "bootloader");

	if (profile->smbios_serial)
		json_object_set_new(firmware, "serial", json_string(profile->smbios_serial));
	if (!uefi) {
		kubevirt_empty(loader, "bios");
		return firmware;
	}
	json_object_set_new(loader, "efi",
	        json_pack("{s:b, s:b}", "secureBoot", profile_wants_secure_boot(profile),
	                "persistent", 1));
	kubevirt_gate(k, "VMPersistentState");
	export_note(&k->e, EXPORT_DO, "boot", "firmware",
	        _("its settings, and those of a TPM, begin anew, and are kept where the cluster "
	          "has "
	          "a vmStateStorageClass"));
	return firmware;
}

static json_t *hyperv_of(const struct profile *profile)
{
	json_t *hyperv = json_object();

	for (const struct export_enlightenment *e = export_enlightenments; e->qemu; e++)
		if (e->kubevirt && !export_is_unwanted(profile, e->qemu))
			kubevirt_empty(hyperv, e->kubevirt);
	if (json_object_get(hyperv, "spinlocks"))
		json_object_set_new(json_object_get(hyperv, "spinlocks"), "spinlocks",
		        json_integer(SPINLOCK_RETRIES));
	if (profile->hide_hypervisor)
		json_object_set_new(
		        hyperv, "vendorid", json_pack("{s:s}", "vendorid", EXPORT_VENDOR));
	return hyperv;
}

json_t *kubevirt_features(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	json_t *features = json_pack("{s:{}, s:{}}", "acpi", "apic");

	if (profile_is_windows(profile))
		json_object_set_new(features, "hyperv", hyperv_of(profile));
	if (profile->hide_hypervisor)
		json_object_set_new(features, "kvm", json_pack("{s:b}", "hidden", 1));
	if (profile->firmware == PROFILE_FIRMWARE_UEFI && profile_wants_secure_boot(profile))
		json_object_set_new(features, "smm", json_pack("{s:b}", "enabled", 1));
	return features;
}
