/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include "base/i18n.h"

#include <ctype.h>

static struct verify_finding *add(struct verify_report *report, const char *id,
        enum check_status status, enum code code, char *summary)
{
	struct verify_finding *f = list_append(report->list, report->n);

	f->id = id;
	f->status = status;
	f->code = status == CHECK_PASS ? NULL : code_text(code);
	f->summary = summary;
	return f;
}

static void evidence(struct verify_finding *f, const char *source, const char *value)
{
	f->source = xstrdup(source);
	f->value = xstrdup(value);
}

/* --- the token --- */

static bool verify_token(const struct host *host, const char *applied, struct verify_report *out)
{
	cleanup_free char *token = firmware_cmdline_get(&host->firmware, "playthrough");
	const char *cmdline = host->firmware.cmdline ? host->firmware.cmdline : "";
	struct verify_finding *f;

	if (!*applied) {
		out->state = VERIFY_NOT_APPLIED;
		f = add(out, "plan.applied", CHECK_FAIL, CODE_HOST_NOT_SET_UP,
		        xstrdup(_("no plan is applied")));
		evidence(f, "/var/lib/playthrough/setup/journal.json", _("is not there"));
		f->fix = xstrdup(_("playthrough-setup apply, then restart"));
		return false;
	}
	snprintf(out->id, sizeof(out->id), "%s", applied);
	if (!token || !streq(token, applied)) {
		out->state = VERIFY_NOT_BOOTED;
		f = add(out, "boot.entry", CHECK_FAIL, CODE_HOST_NOT_BOOTED,
		        xasprintf(_("this start did not take the entry of plan %s"), applied));
		evidence(f, "/proc/cmdline", cmdline);
		f->fix = xstrdup(
		        _("restart and choose the entry \"Playthrough\" in the boot menu (it is "
		          "taken by itself once after apply)"));
		return false;
	}
	out->state = VERIFY_BOOTED;
	f = add(out, "boot.entry", CHECK_PASS, CODE_NONE,
	        xasprintf(_("this start took the entry of plan %s"), applied));
	evidence(f, "/proc/cmdline", cmdline);
	return true;
}

/* --- devices --- */

static const char *early_log(const struct host *host, const char *address, char **line)
{
	cleanup_free char *text = xasprintf("playthrough-bind: %s", address);

	*line = firmware_log_line(&host->firmware, text);
	if (!*line)
		*line = firmware_log_line(&host->firmware, "playthrough-bind: nothing is bound");
	return *line ? *line : _("the kernel log has no line of playthrough-bind for it");
}

static void verify_device(
        const struct host *host, const struct plan_wish *wish, struct verify_report *out)
{
	const struct pci_device *d = pci_find_path(&host->pci, wish->path);
	cleanup_free char *source = NULL, *line = NULL;
	struct verify_finding *f;
	bool bound;

	if (!d || d->vendor != wish->vendor || d->device != wish->device) {
		f = add(out, "device.identity", CHECK_FAIL, d ? CODE_PCI_IDENTITY : CODE_PCI_ABSENT,
		        xasprintf(_("%s: not the device of the plan, %04x:%04x"), wish->path,
		                wish->vendor, wish->device));
		evidence(f, "/sys/bus/pci/devices", d ? pci_id(d).s : _("nothing there"));
		f->fix = xstrdup(_("put the device back where it was, or apply a new plan"));
		return;
	}
	bound = d->driver && streq(d->driver, "vfio-pci");
	f = add(out, "device.bound", bound ? CHECK_PASS : CHECK_FAIL, CODE_HOST_NOT_BOUND,
	        bound ? xasprintf(_("%s (%s) is on vfio-pci"), pci_addr_format(d->addr).s,
	                        pci_id(d).s)
	              : xasprintf(_("%s (%s) is not on vfio-pci"), pci_addr_format(d->addr).s,
	                        pci_id(d).s));
	source = xasprintf("/sys/bus/pci/devices/%s/driver", pci_addr_format(d->addr).s);
	evidence(f, source, d->driver ? d->driver : _("none"));
	if (!bound)
		f->fix = xasprintf(_("the kernel log says: %s"),
		        early_log(host, pci_addr_format(d->addr).s, &line));
}

/* Only a group whose members are all on vfio-pci, or without a driver, can be opened. */
static void verify_group(
        const struct host *host, const struct plan_wish *wish, struct verify_report *out)
{
	const struct pci_device *d = pci_find_path(&host->pci, wish->path);
	const struct iommu_group *group = d ? iommu_find_group(&host->iommu, d->iommu_group) : NULL;
	cleanup_free char *source = NULL;
	struct verify_finding *f;

	if (!d)
		return;
	if (!group) {
		f = add(out, "iommu.group", CHECK_FAIL, CODE_PCI_NO_GROUP,
		        xasprintf(_("%s is in no IOMMU group"), pci_addr_format(d->addr).s));
		evidence(f, "/sys/kernel/iommu_groups", _("empty"));
		f->fix = xstrdup(_("switch the IOMMU on in the firmware setup (VT-d, IOMMU)"));
		return;
	}
	source = xasprintf("/sys/kernel/iommu_groups/%d/devices", group->id);
	for (size_t i = 0; i < group->n; i++) {
		const struct pci_device *m = &host->pci.list[group->devices[i]];
		cleanup_free char *value = NULL;

		if (pci_is_bridge(m) || !m->driver || streq(m->driver, "vfio-pci"))
			continue;
		f = add(out, "iommu.group", CHECK_FAIL, CODE_GROUP_SHARED,
		        xasprintf(_("%s shares group %d with a device that the host uses"),
		                pci_addr_format(d->addr).s, group->id));
		value = xasprintf("%s: %s", pci_addr_format(m->addr).s, m->driver);
		evidence(f, source, value);
		f->fix = xstrdup(_("put the card into another slot, or apply a plan without it"));
		return;
	}
	f = add(out, "iommu.group", CHECK_PASS, CODE_NONE,
	        xasprintf(_("%s: group %d can be given away as a whole"),
	                pci_addr_format(d->addr).s, group->id));
	evidence(f, source, _("only vfio-pci, bridges and devices without a driver"));
}

/* --- did a host driver ever touch it? --- */

/* Who may speak about a device that only vfio-pci has. */
static bool is_harmless(const char *word, size_t n)
{
	static const char *const harmless[] = {"pci", "vfio-pci", "vfio_pci", "pcieport", "iommu"};

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		if (strlen(harmless[i]) == n && !strncmp(word, harmless[i], n))
			return true;
	}
	return false;
}

/*
 * A driver's messages begin "DRIVER ADDRESS: " (dev_printk); DRM's say "for ADDRESS on minor".
 * @line is one line of the kernel log.
 */
static bool tells_of_driver(const char *line, const char *address)
{
	const char *at = strstr(line, address), *word;

	if (!at || at == line)
		return false;
	if (strstr(line, "[drm] Initialized") || strstr(at, " on minor "))
		return true;
	if (at[strlen(address)] != ':' || at[-1] != ' ')
		return false;
	word = at - 1;
	while (word > line && (isalnum((unsigned char)word[-1]) || strchr("-_", word[-1])))
		word--;
	return at - 1 > word && !is_harmless(word, (size_t)(at - 1 - word));
}

static char *find_probe(const char *log, const char *address)
{
	for (const char *line = log; line && *line;) {
		size_t n = strcspn(line, "\n");
		cleanup_free char *text = xstrndup(line, n);

		if (tells_of_driver(text, address))
			return take_ptr(text);
		line += n + (line[n] == '\n');
	}
	return NULL;
}

static void verify_probes(
        const struct host *host, const struct plan_wishes *devices, struct verify_report *out)
{
	const struct firmware *fw = &host->firmware;
	struct verify_finding *f;

	for (size_t i = 0; i < devices->n; i++) {
		const struct pci_device *d = pci_find_path(&host->pci, devices->list[i].path);
		cleanup_free char *line =
		        d && fw->log ? find_probe(fw->log, pci_addr_format(d->addr).s) : NULL;

		if (!line)
			continue;
		f = add(out, "boot.no-host-driver", CHECK_FAIL, CODE_BOOT_DRIVER,
		        xasprintf(_("a host driver had %s before"), pci_addr_format(d->addr).s));
		evidence(f, _("kernel log"), line);
		f->fix = xstrdup(
		        _("that driver is part of the kernel or was loaded by hand: restart; if "
		          "it comes again, report it with playthrough-setup capture"));
		return;
	}
	if (!fw->log || !fw->log_complete) {
		f = add(out, "boot.no-host-driver", CHECK_UNKNOWN, CODE_NONE,
		        xstrdup(_("whether a host driver had the devices before is not known")));
		evidence(f, _("kernel log"),
		        fw->log ? _("its beginning is gone") : _("not readable for this user"));
		return;
	}
	f = add(out, "boot.no-host-driver", CHECK_PASS, CODE_NONE,
	        xstrdup(_("no host driver ever had these devices")));
	evidence(f, _("kernel log"), _("complete since the start, no line of another driver"));
}

/* --- the rest --- */

static void verify_remapping(const struct host *host, struct verify_report *out)
{
	static const char id[] = "iommu.interrupt-remapping";
	enum iommu_remapping remapping = host->iommu.remapping;
	const char *line = host->iommu.remapping_line;
	struct verify_finding *f;

	if (remapping == IOMMU_REMAPPING_ON) {
		f = add(out, id, CHECK_PASS, CODE_NONE, xstrdup(_("interrupts are remapped")));
	} else if (remapping == IOMMU_REMAPPING_OFF) {
		f = add(out, id, CHECK_FAIL,
		        iommu_lacking(&host->iommu) ? CODE_IR_INCAPABLE : CODE_IR_OFF,
		        xstrdup(_("interrupts are not remapped: a guest could disturb the host")));
		f->fix = xstrdup(_("switch it on in the firmware setup (with VT-d or IOMMU)"));
	} else {
		f = add(out, id, CHECK_UNKNOWN, CODE_NONE,
		        xstrdup(_("whether interrupts are remapped is not known")));
	}
	evidence(f, "/proc/interrupts", line ? line : _("no line that tells"));
}

/* A plan without devices is for the IOMMU alone. */
static void verify_iommu(const struct host *host, struct verify_report *out)
{
	bool on = host->iommu.n_groups > 0;
	struct verify_finding *f =
	        add(out, "iommu.on", on ? CHECK_PASS : CHECK_FAIL, CODE_IOMMU_OFF,
	                xstrdup(on ? _("the IOMMU is on; no device is set aside at boot")
	                           : _("the IOMMU is off, and the plan is there to switch it on")));

	evidence(f, "/sys/kernel/iommu_groups", on ? _("not empty") : _("empty"));
	if (!on)
		f->fix = xstrdup(_("switch the IOMMU on in the firmware setup (VT-d, IOMMU)"));
}

/* A card of the host's without a driver shows the firmware's picture at best. */
static void verify_display_driver(
        const struct host *host, const struct plan_wishes *devices, struct verify_report *out)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		cleanup_free char *source = NULL;
		struct verify_finding *f;
		bool given = false;

		for (size_t k = 0; k < devices->n; k++)
			given |= streq(devices->list[k].path, d->path);
		if (given || !pci_is_gpu(d))
			continue;
		f = add(out, "host.display-driver", d->driver ? CHECK_PASS : CHECK_WARN,
		        CODE_HOST_DISPLAY_DRIVER,
		        d->driver ? xasprintf(_("the host's graphics card %s has its driver"),
		                            pci_addr_format(d->addr).s)
		                  : xasprintf(_("the host's graphics card %s has no driver"),
		                            pci_addr_format(d->addr).s));
		source = xasprintf("/sys/bus/pci/devices/%s/driver", pci_addr_format(d->addr).s);
		evidence(f, source, d->driver ? d->driver : _("none"));
		if (!d->driver)
			f->fix = xstrdup(_("journalctl -k tells what its driver said; without it "
			                   "the screen shows the firmware's picture at best"));
	}
}

static bool is_ours(
        const struct host *host, const struct plan_wishes *devices, const struct display_card *card)
{
	for (size_t i = 0; i < devices->n; i++) {
		const struct pci_device *d = pci_find_path(&host->pci, devices->list[i].path);

		if (d && card->has_controller && pci_addr_equal(d->addr, card->controller))
			return true;
	}
	return false;
}

static void verify_display(
        const struct host *host, const struct plan_wishes *devices, struct verify_report *out)
{
	struct verify_finding *f;

	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (is_ours(host, devices, card))
			continue;
		f = add(out, "host.display", CHECK_PASS, CODE_NONE,
		        xstrdup(_("the host still has a display of its own")));
		evidence(f, card->source, card->name);
		return;
	}
	f = add(out, "host.display", CHECK_FAIL, CODE_BOOT_DISPLAY,
	        xstrdup(_("the host has no display of its own")));
	evidence(f, "/sys/class/drm", _("no card but those given away"));
	f->fix = xstrdup(_("connect the monitor to the host's card, or undo"));
}

void verify_run(
        const struct host *host, const char *applied, const char *conf, struct verify_report *out)
{
	struct plan_wishes devices = {0};
	struct verify_finding *f;

	*out = (struct verify_report){0};
	if (!verify_token(host, applied, out))
		return;
	plan_read_bind_conf(conf ? conf : "", &devices);
	if (devices.none)
		verify_iommu(host, out);
	else if (!devices.n) {
		f = add(out, "plan.devices", CHECK_FAIL, CODE_BOOT_DEVICES,
		        xstrdup(_("the list of devices is gone")));
		evidence(f, PLAN_BIND_CONF, conf ? _("names no device") : _("is not there"));
		f->fix = xstrdup(_("playthrough-setup apply writes it again"));
	}
	for (size_t i = 0; i < devices.n; i++)
		verify_device(host, &devices.list[i], out);
	for (size_t i = 0; i < devices.n; i++)
		verify_group(host, &devices.list[i], out);
	verify_remapping(host, out);
	if (devices.n)
		verify_probes(host, &devices, out);
	verify_display(host, &devices, out);
	verify_display_driver(host, &devices, out);
	plan_wishes_finish(&devices);
}

/* --- the ways in --- */

/* The devices of bind.conf, by path. */
static void list_given(const char *conf, struct strv *out)
{
	struct plan_wishes devices = {0};

	plan_read_bind_conf(conf ? conf : "", &devices);
	for (size_t i = 0; i < devices.n; i++)
		strv_add(out, devices.list[i].path);
	plan_wishes_finish(&devices);
}

/* "the screen on ..., ssh" of those that are there, or are not; caller frees. */
static char *list_ways(const struct host *host, const struct facts *facts, const struct strv *given,
        const struct strv *ways, bool there, size_t *n)
{
	struct strv words = {0};
	char *text;

	strv_foreach (way, ways) {
		if (way_in_there(host, facts, given, *way) == there)
			strv_take(&words, way_in_words(*way));
	}
	*n = words.n;
	text = strv_join(&words, ", ");
	strv_finish(&words);
	return text;
}

static void add_ways(struct verify_report *report, const char *there, size_t n_there,
        const char *gone, size_t n_gone)
{
	static const char id[] = "host.way-in";
	struct verify_finding *f;

	if (!n_there && !n_gone)
		f = add(report, id, CHECK_UNKNOWN, CODE_NONE,
		        xstrdup(_("the plan names no way into the host")));
	else if (!n_gone)
		f = add(report, id, CHECK_PASS, CODE_NONE,
		        xasprintf(_("the host is reached by: %s"), there));
	else if (n_there)
		f = add(report, id, CHECK_WARN, CODE_HOST_WAY_GONE,
		        xasprintf(_("the host is reached by: %s; no longer by: %s"), there, gone));
	else
		f = add(report, id, CHECK_FAIL, CODE_HOST_WAY_GONE,
		        xasprintf(
		                _("no way into the host that the plan named is there: %s"), gone));
	evidence(f, FACTS_JOURNAL ": ways_in",
	        n_there + n_gone ? (n_there ? there : gone) : _("is not there"));
	if (n_gone)
		f->fix = xstrdup(_("connect the monitor, or start what serves ssh or the console"));
}

bool verify_ways(const struct host *host, const struct facts *facts, const char *conf,
        const struct strv *ways, struct verify_report *report)
{
	cleanup_free char *there = NULL, *gone = NULL;
	struct strv given = {0};
	size_t n_there, n_gone;

	if (report->state != VERIFY_BOOTED)
		return false;
	list_given(conf, &given);
	there = list_ways(host, facts, &given, ways, true, &n_there);
	gone = list_ways(host, facts, &given, ways, false, &n_gone);
	add_ways(report, there, n_there, gone, n_gone);
	strv_finish(&given);
	return n_there > 0;
}

bool verify_screen(const struct host *host, const struct facts *facts, const char *conf,
        const struct strv *ways)
{
	struct strv cleanup_strv given = {0};

	list_given(conf, &given);
	strv_foreach (way, ways) {
		if (way_in_is_screen(*way) && way_in_there(host, facts, &given, *way))
			return true;
	}
	return false;
}

void verify_finish(struct verify_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		struct verify_finding *f = &report->list[i];

		free(f->summary);
		free(f->source);
		free(f->value);
		free(f->fix);
	}
	free(report->list);
	*report = (struct verify_report){0};
}

int verify_exit_code(const struct verify_report *report)
{
	if (report->state != VERIFY_BOOTED)
		return 4;
	for (size_t i = 0; i < report->n; i++) {
		if (report->list[i].status == CHECK_FAIL)
			return 1;
	}
	return 0;
}
