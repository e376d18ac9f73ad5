/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile as a VirtualMachine of KubeVirt, with what its cluster and its node must be told first: the way on for those who
 * outgrow one PC.
 */
#include "base/i18n.h"
#include "move/export_kubevirt.h"
#include "move/yaml.h"

static const char *const carried[] = {"vm title", "vm guest", "vm autostart", "vm watchdog",
        "vm guest-agent", "cpu count", "cpu model", "cpu features", "cpu pin",
        "cpu hide-hypervisor", "cpu isolate", "memory size", "memory hugepages", "boot firmware",
        "boot secure-boot", "boot tpm", "smbios serial", "display type", "sound type",
        "network type", "network forward", "network link", "network mac", "network model",
        "console usb-channels", "gpu address", "audio address", "usb-controller address",
        "pci address", "gpu id", "audio id", "usb-controller id", "pci id", "disk device",
        "disk image", "disk serial", "disk writable", "disk bus", "disk boot", "cdrom file",
        "cdrom boot", "usb id", NULL};

void kubevirt_empty(json_t *object, const char *key)
{
	json_object_set_new(object, key, json_object());
}

json_t *kubevirt_child(json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		kubevirt_empty(object, key);
	return json_object_get(object, key);
}

void kubevirt_gate(struct kubevirt *k, const char *gate)
{
	const json_t *known;
	size_t i;

	json_array_foreach (k->gates, i, known)
		if (streq(json_string_value(known), gate))
			return;
	json_array_append_new(k->gates, json_string(gate));
}

/* --- the VM --- */

static json_t *memory_of(struct kubevirt *k)
{
	const enum profile_pages pages = k->e.profile->hugepages;
	cleanup_free char *size =
	        xasprintf("%lluMi", (unsigned long long)(k->memory_bytes / EXPORT_MIB));
	json_t *memory = json_pack("{s:s}", "guest", size);

	if (pages != PROFILE_PAGES_NO)
		json_object_set_new(memory, "hugepages",
		        json_pack("{s:s}", "pageSize", pages == PROFILE_PAGES_1G ? "1Gi" : "2Mi"));
	return memory;
}

static json_t *clock_of(struct kubevirt *k)
{
	json_t *clock =
	        json_pack("{s:{}, s:{s:{s:s}}}", "utc", "timer", "rtc", "tickPolicy", "catchup");

	if (!profile_is_windows(k->e.profile))
		return clock;
	json_object_set_new(
	        json_object_get(clock, "timer"), "hyperv", json_pack("{s:b}", "present", 1));
	export_note(&k->e, EXPORT_CHANGED, "vm", "guest",
	        _("the clock is UTC: write timezone: in place of utc: in clock, as Windows takes "
	          "it "
	          "for local time"));
	return clock;
}

static json_t *domain_of(struct kubevirt *k)
{
	json_t *domain = json_pack("{s:o, s:o, s:{s:s}, s:o, s:o, s:o, s:O}", "cpu",
	        kubevirt_cpu(k), "memory", memory_of(k), "machine", "type", "q35", "firmware",
	        kubevirt_firmware(k), "features", kubevirt_features(k), "clock", clock_of(k),
	        "devices", k->devices);

	return domain;
}

static json_t *metadata_of(const struct profile *profile)
{
	json_t *metadata = json_pack("{s:s}", "name", profile->name);

	if (!streq(profile->title, profile->name))
		json_object_set_new(metadata, "annotations",
		        json_pack("{s:s}", KUBEVIRT_DOMAIN "/title", profile->title));
	return metadata;
}

static json_t *machine_of(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	json_t *spec = json_pack("{s:o}", "domain", domain_of(k));

	if (json_array_size(k->pci) || json_array_size(k->usb) || json_array_size(k->claims)) {
		json_object_set_new(spec, "nodeSelector",
		        json_pack("{s:s}", "kubernetes.io/hostname", KUBEVIRT_NODE));
		export_note(&k->e, EXPORT_DO, "vm", NULL,
		        _("put the name of the host that has these devices in place of %s"),
		        KUBEVIRT_NODE);
	}
	if (json_array_size(k->networks))
		json_object_set(spec, "networks", k->networks);
	if (json_array_size(k->volumes))
		json_object_set(spec, "volumes", k->volumes);
	return json_pack("{s:s, s:s, s:o, s:{s:s, s:{s:{s:{s:s}}, s:o}}}", "apiVersion",
	        "kubevirt.io/v1", "kind", "VirtualMachine", "metadata", metadata_of(profile),
	        "spec", "runStrategy", profile->autostart ? "Always" : "Halted", "template",
	        "metadata", "labels", "kubevirt.io/domain", profile->name, "spec", spec);
}

/* --- the cluster --- */

static void note_smbios(struct kubevirt *k, json_t *configuration)
{
	const struct profile *p = k->e.profile;
	const struct {
		const char *name, *key, *value;
	} entries[] = {{"manufacturer", "manufacturer", p->smbios_manufacturer},
	        {"product", "product", p->smbios_product},
	        {"version", "version", p->smbios_version}, {"sku", "sku", p->smbios_sku},
	        {"family", "family", p->smbios_family}};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!entries[i].value)
			continue;
		json_object_set_new(kubevirt_child(configuration, "smbios"), entries[i].name,
		        json_string(entries[i].value));
		export_note(&k->e, EXPORT_CHANGED, "smbios", entries[i].key,
		        _("it is the same for all VMs of the cluster"));
	}
}

/* Merged into the one object of this kind that a cluster has; NULL: there is nothing to say. */
static json_t *cluster_of(struct kubevirt *k)
{
	json_t *configuration = json_object(), *permitted;

	if (json_array_size(k->gates))
		json_object_set(kubevirt_child(configuration, "developerConfiguration"),
		        "featureGates", k->gates);
	permitted = json_array_size(k->pci) || json_array_size(k->usb)
	                    ? kubevirt_child(configuration, "permittedHostDevices")
	                    : NULL;
	if (json_array_size(k->pci))
		json_object_set(permitted, "pciHostDevices", k->pci);
	if (json_array_size(k->usb))
		json_object_set(permitted, "usb", k->usb);
	note_smbios(k, configuration);
	if (!json_object_size(configuration)) {
		json_decref(configuration);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:o}}", "apiVersion", "kubevirt.io/v1",
	        "kind", "KubeVirt", "metadata", "name", "kubevirt", "namespace", "kubevirt", "spec",
	        "configuration", configuration);
}

/* --- the node, and all of it as text --- */

static void write_node(FILE *out, const struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;

	fprintf(out, "# The host of it (" KUBEVIRT_NODE "), once:\n");
	if (profile->n_pci)
		fputs("#   kernel command line: intel_iommu=on iommu=pt (Intel); AMD needs none\n",
		        out);
	for (size_t i = 0; i < profile->n_pci; i++)
		if (!profile_pci_is_share(&profile->pci[i]))
			fprintf(out, "#   driverctl set-override %s vfio-pci\n",
			        pci_addr_format(profile->pci[i].address).s);
	if (profile->hugepages != PROFILE_PAGES_NO) {
		unsigned long long page =
		        profile->hugepages == PROFILE_PAGES_1G ? EXPORT_GIB : 2 * EXPORT_MIB;

		fprintf(out, "#   kernel command line: hugepagesz=%s hugepages=%llu\n",
		        profile->hugepages == PROFILE_PAGES_1G ? "1G" : "2M",
		        (unsigned long long)k->memory_bytes / page);
	}
	fputs("#   kubelet: cpuManagerPolicy: static, with reservedSystemCPUs for the host\n", out);
}

static void write_object(FILE *out, json_t *object)
{
	fputs("---\n", out);
	yaml_write(out, object);
	json_decref(object);
}

static void write_all(struct kubevirt *k)
{
	size_t size = 0;
	FILE *out = open_memstream(&k->e.out->text, &size);
	json_t *machine = machine_of(k), *cluster = cluster_of(k), *claim;
	size_t i;

	if (!out)
		abort();
	write_node(out, k);
	if (cluster) {
		fputs("# The cluster: to be merged into the KubeVirt object that it has "
		      "(kubectl edit kubevirt -n kubevirt).\n",
		        out);
		write_object(out, cluster);
	}
	json_array_foreach (k->claims, i, claim)
		write_object(out, json_incref(claim));
	write_object(out, machine);
	if (fclose(out))
		abort();
}

static void finish(struct kubevirt *k)
{
	json_decref(k->devices);
	json_decref(k->volumes);
	json_decref(k->networks);
	json_decref(k->claims);
	json_decref(k->pci);
	json_decref(k->usb);
	json_decref(k->gates);
}

int export_kubevirt(const struct profile *profile, const struct export_facts *facts,
        struct exported *out, struct err *err)
{
	struct kubevirt k = {.e = {profile, facts, out}};
	int r;

	*out = (struct exported){0};
	r = export_memory(&k.e, &k.memory_bytes, err);
	if (r < 0)
		return r;
	k.devices = json_object();
	k.volumes = json_array();
	k.networks = json_array();
	k.claims = json_array();
	k.pci = json_array();
	k.usb = json_array();
	k.gates = json_array();
	kubevirt_devices(&k);
	kubevirt_disks(&k);
	kubevirt_passed(&k);
	write_all(&k);
	export_note_rest(&k.e, carried);
	finish(&k);
	return 0;
}
