/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a setting made by hand means beside our boot entry. */
#include "existing.h"

#include "base/i18n.h"

#define ANY UINT32_MAX

struct judging {
	const struct existing_setting *setting;
	const struct host *host;
	const struct pci_addr *planned;
	size_t n_planned;
	char **words;
	enum code *code;
};

static enum existing_verdict say(
        const struct judging *j, enum existing_verdict verdict, enum code code, char *words)
{
	*j->words = words;
	*j->code = code;
	return verdict;
}

/* "vfio-pci.ids=10de:1e84 (/proc/cmdline, written in /etc/default/grub:6)"; caller frees. */
static char *name_of(const struct existing_setting *s)
{
	if (s->configured)
		return xasprintf(_("%s (%s, written in %s)"), s->text, s->source, s->configured);
	return xasprintf("%s (%s)", s->text, s->source);
}

static bool is_planned(const struct judging *j, struct pci_addr addr)
{
	for (size_t i = 0; i < j->n_planned; i++) {
		if (pci_addr_compare(j->planned[i], addr) == 0)
			return true;
	}
	return false;
}

/* As pci_match_one_device() (drivers/pci/pci.h). */
static bool matches(const struct existing_id *id, const struct pci_device *d)
{
	return (id->vendor == ANY || id->vendor == d->vendor) &&
	       (id->device == ANY || id->device == d->device) &&
	       (id->subvendor == ANY || id->subvendor == d->subsystem_vendor) &&
	       (id->subdevice == ANY || id->subdevice == d->subsystem_device) &&
	       !((id->class_code ^ d->class_code) & id->class_mask);
}

static bool names(const struct existing_setting *s, const struct pci_device *d)
{
	for (size_t i = 0; i < s->n_ids; i++) {
		if (matches(&s->ids[i], d))
			return true;
	}
	return false;
}

/* What the host would miss if the device went to vfio-pci; caller frees. NULL: nothing. */
static char *host_needs(const struct host *host, const struct pci_device *d)
{
	struct strv cleanup_strv uses = {0};

	host_uses(host, d, &uses);
	return uses.n ? xstrdup(uses.list[0]) : NULL;
}

static bool has_host_driver(const struct pci_device *d)
{
	return d->driver && !streq(d->driver, "vfio-pci") && !streq(d->driver, "pci-stub") &&
	       !streq(d->driver, "pcieport");
}

/*
 * ids= goes by kind, so it cannot tell equal cards apart. vfio-pci is loaded early with our entry: a card of the host that
 * its own driver is quicker to take without it may be lost with it.
 */
static enum existing_verdict judge_ids(const struct judging *j, const char *name)
{
	const struct pci_device *other = NULL;
	size_t wanted = 0;

	for (size_t i = 0; i < j->host->pci.n; i++) {
		const struct pci_device *d = &j->host->pci.list[i];
		cleanup_free char *use = NULL;

		if (!names(j->setting, d))
			continue;
		if (is_planned(j, d->addr)) {
			wanted++;
			continue;
		}
		use = host_needs(j->host, d);
		if (use)
			return say(j, EXISTING_CONFLICT, CODE_CONFIG_IDS,
			        xasprintf(_("%s names devices by kind, and %s is of that kind too: "
			                    "the host would lose it (%s)."),
			                name, pci_addr_format(d->addr).s, use));
		other = has_host_driver(d) ? d : other;
	}
	if (other)
		return say(j, EXISTING_DOUBTFUL, CODE_CONFIG_IDS,
		        xasprintf(_("%s names devices by kind, and %s, which belongs to %s now, is "
		                    "of that kind too."),
		                name, pci_addr_format(other->addr).s, other->driver));
	if (wanted)
		return say(j, EXISTING_ADOPTED, CODE_NONE,
		        xasprintf(_("%s means devices that our entry binds by place and identity: "
		                    "adopted as it is, and not needed once verify found all "
		                    "well."),
		                name));
	return say(j, EXISTING_LEFT, CODE_NONE,
	        xasprintf(_("%s means none of the devices that our entry binds: left as it is."),
	                name));
}

static enum existing_verdict judge_driverctl(const struct judging *j)
{
	const struct existing_setting *s = j->setting;
	bool vfio = streq(s->module, "vfio-pci");

	if (!is_planned(j, s->addr))
		return say(j, EXISTING_LEFT, CODE_NONE,
		        xasprintf(_("driverctl keeps %s for %s (%s): left as it is."),
		                pci_addr_format(s->addr).s, s->module, s->source));
	if (vfio)
		return say(j, EXISTING_ADOPTED, CODE_NONE,
		        xasprintf(_("driverctl gives %s to vfio-pci, by its address alone (%s): "
		                    "adopted as it is, and not needed once verify found all "
		                    "well."),
		                pci_addr_format(s->addr).s, s->source));
	return say(j, EXISTING_CONFLICT, CODE_CONFIG_DRIVERCTL,
	        xasprintf(
	                _("driverctl gives %s to %s at each start (%s), after our program has kept "
	                  "it for vfio-pci."),
	                pci_addr_format(s->addr).s, s->module, s->source));
}

static enum existing_verdict judge_install(const struct judging *j, const char *name)
{
	const char *module = j->setting->module;

	if (streq(module, "vfio-pci") || streq(module, "vfio_pci"))
		return say(j, EXISTING_DOUBTFUL, CODE_CONFIG_SCRIPT,
		        xasprintf(
		                _("%s runs a command in place of loading vfio-pci, with our entry "
		                  "too: which devices it takes is not known here."),
		                name));
	return say(j, EXISTING_LEFT, CODE_NONE,
	        xasprintf(
	                _("%s keeps that driver from every device of the host: left as it is, and "
	                  "not needed by our entry."),
	                name));
}

static enum existing_verdict judge_other(const struct judging *j, const char *name)
{
	switch (j->setting->kind) {
	case EXISTING_ACS:
		return say(j, EXISTING_DOUBTFUL, CODE_CONFIG_ACS,
		        xasprintf(_("%s makes a patched kernel show smaller IOMMU groups than the "
		                    "hardware keeps apart: devices of such groups can reach each "
		                    "other's memory."),
		                name));
	case EXISTING_SCRIPT:
		return say(j, EXISTING_DOUBTFUL, CODE_CONFIG_SCRIPT,
		        xasprintf(
		                _("%s runs in the initramfs, with our entry too: which devices it "
		                  "takes is not known here."),
		                j->setting->source));
	case EXISTING_SOFTDEP:
		return say(j, EXISTING_ADOPTED, CODE_NONE,
		        xasprintf(_("%s loads vfio-pci before that driver: adopted as it is; our "
		                    "entry needs no order."),
		                name));
	case EXISTING_BLACKLIST:
		return say(j, EXISTING_LEFT, CODE_NONE,
		        xasprintf(
		                _("%s keeps that driver from every device of the host: left as it "
		                  "is, and not needed by our entry."),
		                name));
	case EXISTING_INITRAMFS:
		return say(j, EXISTING_ADOPTED, CODE_NONE,
		        xasprintf(_("%s puts vfio into the initramfs: adopted as it is, and not "
		                    "needed by our entry."),
		                name));
	case EXISTING_HOOK:
		return say(j, EXISTING_LEFT, CODE_NONE,
		        xasprintf(
		                _("%s is a hook of libvirt that moves devices when one of its VMs "
		                  "starts: left as it is; run such a VM or ours, not both."),
		                j->setting->source));
	case EXISTING_XEN:
		return say(j, EXISTING_LEFT, CODE_NONE,
		        xasprintf(
		                _("%s is for Xen and has no effect on KVM: left as it is."), name));
	case EXISTING_IDS:
	case EXISTING_STUB:
		return judge_ids(j, name);
	case EXISTING_INSTALL:
		return judge_install(j, name);
	case EXISTING_DRIVERCTL:
		return judge_driverctl(j);
	}
	abort();
}

enum existing_verdict existing_judge(const struct existing_setting *setting,
        const struct host *host, const struct pci_addr *planned, size_t n_planned, char **words,
        enum code *code)
{
	const struct judging j = {setting, host, planned, n_planned, words, code};
	cleanup_free char *name = name_of(setting);

	return judge_other(&j, name);
}
