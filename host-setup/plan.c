/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"
#include "overlay.h"

#include "base/i18n.h"

#include <errno.h>

/* --- wishes --- */

void plan_wishes_add(struct plan_wishes *wishes, enum plan_role role, struct pci_addr addr,
        const char *path, int vendor, int device, const char *from)
{
	struct plan_wish *wish = list_append(wishes->list, wishes->n);

	*wish = (struct plan_wish){
	        .role = role,
	        .addr = addr,
	        .path = xstrdup(path),
	        .vendor = vendor,
	        .device = device,
	        .from = xstrdup(from),
	};
}

void plan_wishes_finish(struct plan_wishes *wishes)
{
	for (size_t i = 0; i < wishes->n; i++) {
		free(wishes->list[i].path);
		free(wishes->list[i].from);
	}
	free(wishes->list);
	*wishes = (struct plan_wishes){0};
}

void plan_read_bind_conf(const char *text, struct plan_wishes *out)
{
	for (const char *line = text; line && *line; line += strspn(line, "\n")) {
		char path[128];
		unsigned vendor, device, class_code;

		if (sscanf(line, "device path=%127s id=%4x:%4x subsystem=%*4x:%*4x class=%6x", path,
		            &vendor, &device, &class_code) == 4) {
			struct pci_device d = {.class_code = class_code};
			enum plan_role role = pci_is_gpu(&d)              ? PLAN_ROLE_GPU
			                      : pci_is_usb_controller(&d) ? PLAN_ROLE_USB
			                                                  : PLAN_ROLE_OTHER;

			plan_wishes_add(out, role, (struct pci_addr){0}, path, (int)vendor,
			        (int)device, PLAN_BIND_CONF);
		}
		out->none |= starts_with(line, "none\n");
		line += strcspn(line, "\n");
	}
	out->none &= !out->n;
	out->kept = out->n > 0 || out->none;
}

/* --- how this PC boots --- */

static int take_files(const struct root *root, struct boot *boot, struct err *err)
{
	static const char program[] = LIBEXECDIR "/playthrough-bind";
	int r;

	boot->program = root_read_bytes(root, program, &boot->program_size);
	if (!boot->program) {
		r = err_errno(err, -errno, "%s%s", root->path, program);
		err_hint(err, _("the installation is not whole: install Playthrough again"));
		err_code(err, CODE_SETUP_FILE);
		return r;
	}
	r = edits_add(&boot->files, root, PLAN_BIND_CONF, 0644, err);
	if (r == 0)
		r = boot->loader->files(root, &boot->files, err);
	if (r == 0 && boot->loader->entries)
		r = boot->loader->entries(root, &boot->entries, err);
	if (r == 0 && boot->loader->notes)
		boot->loader->notes(root, &boot->notes);
	if (r == 0 && boot->loader->instructions)
		r = boot->loader->instructions(root, &boot->instructions, err);
	return r;
}

/* crypttab(5); or the command line, for a root that the initramfs unlocks. */
static const char *find_tpm(const struct root *root)
{
	static const char *const files[] = {"/etc/crypttab", "/proc/cmdline"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *text = root_read(root, files[i]);
		struct strv cleanup_strv lines = {0};

		strv_split(&lines, text ? text : "", "\n");
		strv_foreach (line, &lines) {
			if (*strip(*line) != '#' && strstr(*line, "tpm2-device="))
				return files[i];
		}
	}
	return NULL;
}

int boot_take(const struct root *root, struct boot *out, struct err *err)
{
	const char *where;
	int r;

	*out = (struct boot){0};
	out->loader = loader_detect(root, &where, err);
	if (!out->loader)
		return -ENOTSUP;
	r = take_files(root, out, err);
	if (r < 0) {
		boot_finish(out);
		return r;
	}
	existing_take(root, &out->existing);
	out->tpm = find_tpm(root);
	out->remembers = out->loader->remembers(root, &out->remembers_why_not);
	return 0;
}

void boot_finish(struct boot *boot)
{
	edits_finish(&boot->files);
	edits_finish(&boot->entries);
	strv_finish(&boot->notes);
	strv_finish(&boot->instructions);
	existing_finish(&boot->existing);
	free(boot->program);
	free(boot->remembers_why_not);
	*boot = (struct boot){0};
}

/* --- the plan --- */

/* FNV-1a (RFC draft-eastlake-fnv): told apart, not kept secret. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static void add_device_line(struct strv *out, const struct plan_device *d)
{
	strv_addf(out, "device path=%s id=%04x:%04x subsystem=%04x:%04x class=%06x%s%s\n", d->path,
	        d->vendor, d->device, d->subsystem_vendor, d->subsystem_device, d->class_code,
	        d->serial ? " serial=" : "", d->serial ? d->serial : "");
}

static const char bind_conf_head[] =
        "# Devices that Playthrough's boot entry gives to vfio-pci before any host driver is\n"
        "# loaded. Written by `playthrough-setup apply`; `playthrough-setup undo` removes it.\n"
        "# Nothing happens unless the kernel command line holds playthrough= and the id below,\n"
        "# and if one device is not what is written here, none is touched.\n";

char *plan_bind_conf(const struct plan *plan)
{
	struct strv out = {0};
	char *text;

	strv_add(&out, bind_conf_head);
	strv_addf(&out, "id %s\n", plan->id);
	for (size_t i = 0; i < plan->n_devices; i++)
		add_device_line(&out, &plan->devices[i]);
	if (!plan->n_devices)
		strv_add(&out, "none\n");
	text = strv_join(&out, "");
	strv_finish(&out);
	return text;
}

static void set_id(struct plan *plan, const char *arguments)
{
	struct strv content = {0};
	cleanup_free char *text = NULL;

	strv_add(&content, arguments);
	for (size_t i = 0; i < plan->n_devices; i++)
		add_device_line(&content, &plan->devices[i]);
	text = strv_join(&content, "");
	strv_finish(&content);
	snprintf(plan->id, sizeof(plan->id), "%08x", hash(text));
	plan->arguments = xasprintf("playthrough=%s %s", plan->id, arguments);
}

/*
 * rdinit=: our program in our initramfs comes first. iommu=pt: devices of the host are not slowed. modules_load=: systemd-modules-load(8) loads vfio-pci, for which
 * early boot has kept the devices free. panic=: a kernel that dies starts the stock entry.
 */
static const char *kernel_arguments(const struct host *host)
{
	bool intel = host->iommu.vendor == IOMMU_INTEL ||
	             (host->iommu.vendor == IOMMU_NONE && host->cpu.vendor == CPU_INTEL);

	return intel ? "intel_iommu=on iommu=pt " OVERLAY_ARGUMENT " modules_load=vfio-pci panic=30"
	             : "iommu=pt " OVERLAY_ARGUMENT " modules_load=vfio-pci panic=30";
}

static int refuse_no_iommu(const struct host *host, struct err *err)
{
	if (host->iommu.ivrs != IOMMU_TABLE_ABSENT) {
		err_set(err, -ENOTSUP,
		        _("the IOMMU is off in the kernel: firmware describes one "
		          "(/sys/firmware/acpi/tables/IVRS), /sys/kernel/iommu_groups is empty"));
		err_hint(err,
		        _("remove amd_iommu=off or iommu=off from the kernel command line, then "
		          "restart"));
		err_code(err, CODE_IOMMU_OFF);
	} else {
		err_set(err, -ENOTSUP,
		        _("this PC shows no IOMMU: no DMAR or IVRS in /sys/firmware/acpi/tables, "
		          "/sys/kernel/iommu_groups is empty"));
		err_hint(err, _("switch on VT-d (Intel) or IOMMU / AMD-Vi (AMD) in the firmware "
		                "setup, then restart"));
		err_code(err, CODE_IOMMU_FIRMWARE);
	}
	return -ENOTSUP;
}

static int refuse_container(const struct environment_fact *container, struct err *err)
{
	err_set(err, -ENOTSUP,
	        _("this is a container (%s, by %s): how the PC around it starts is "
	          "not its own to change"),
	        container->name, container->source);
	err_hint(err, _("install Playthrough on the host itself"));
	err_code(err, CODE_HOST_CONTAINER);
	return -ENOTSUP;
}

static int check_platform(const struct host *host, struct plan *plan, struct err *err)
{
	if (host->environment.container.name)
		return refuse_container(&host->environment.container, err);
	if (!host->iommu.n_groups && host->iommu.dmar == IOMMU_TABLE_ABSENT)
		return refuse_no_iommu(host, err);
	if (!host->iommu.n_groups)
		strv_add(&plan->notes, _("The IOMMU is off now (/sys/kernel/iommu_groups is "
		                         "empty); our boot entry "
		                         "switches it on. Which devices share a group shows only "
		                         "then, by verify."));
	if (host->iommu.n_groups && host->iommu.remapping == IOMMU_REMAPPING_OFF) {
		err_set(err, -ENOTSUP, _("interrupt remapping is off (/proc/interrupts: %s)"),
		        host->iommu.remapping_line ? host->iommu.remapping_line : "IO-APIC");
		err_hint(err,
		        _("switch it on in the firmware setup (with VT-d or IOMMU; x2APIC helps), "
		          "and remove intremap=off from the kernel command line"));
		err_code(err, iommu_lacking(&host->iommu) ? CODE_IR_INCAPABLE : CODE_IR_OFF);
		return -ENOTSUP;
	}
	if (host->firmware.vfio_pci == 0) {
		err_set(err, -ENOTSUP, _("the running kernel has no vfio-pci (%s)"),
		        host->firmware.vfio_pci_source ? host->firmware.vfio_pci_source
		                                       : "modules.dep");
		err_hint(err, _("install the distribution's full kernel (Debian: "
		                "linux-image-amd64) and restart"));
		err_code(err, CODE_VFIO_ABSENT);
		return -ENOTSUP;
	}
	return 0;
}

static void replace(char **text, const char *mark, const char *by)
{
	struct strv parts = {0};
	const char *at = *text, *found;
	char *joined;

	while ((found = strstr(at, mark))) {
		strv_take(&parts, xstrndup(at, (size_t)(found - at)));
		strv_add(&parts, by);
		at = found + strlen(mark);
	}
	strv_add(&parts, at);
	joined = strv_join(&parts, "");
	strv_finish(&parts);
	free(*text);
	*text = joined;
}

char *plan_fill(const char *template, const struct plan *plan)
{
	char *text = xstrdup(template);

	replace(&text, "@ID@", plan->id);
	replace(&text, "@ARGUMENTS@", plan->arguments);
	return text;
}

static void fill_edit(const struct boot *boot, const struct plan *plan, struct edit *edit)
{
	const struct overlay overlay = {.bind_conf = plan->edits.list[0].new_bytes,
	        .program = boot->program,
	        .program_size = boot->program_size};
	char *text;
	size_t size;

	if (ends_with(edit->path, "/" OVERLAY_NAME)) {
		text = overlay_make(&overlay, &size);
	} else {
		text = streq(edit->path, PLAN_BIND_CONF) ? plan_bind_conf(plan)
		                                         : plan_fill(edit->new_bytes, plan);
		size = strlen(text);
	}
	edit_set(edit, text, size);
}

static void fill_edits(const struct boot *boot, const struct plan *plan,
        const struct edits *templates, struct edits *out)
{
	for (size_t i = 0; i < templates->n; i++) {
		const struct edit *from = &templates->list[i];
		struct edit *edit = list_append(out->list, out->n);

		*edit = *from;
		edit->path = xstrdup(from->path);
		edit->old_bytes = xcalloc(1, from->old_size + 1);
		memcpy(edit->old_bytes, from->old_bytes, from->old_size);
		edit->new_bytes = xstrdup(from->new_bytes);
		fill_edit(boot, plan, edit);
	}
}

/*
 * Only root reads a serial number. A device that is unchanged otherwise keeps the one in bind.conf, so
 * that a plan looks the same to everybody.
 */
static void keep_serials(const struct boot *boot, struct plan *plan)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		struct plan_device *d = &plan->devices[i];
		struct strv line = {0};
		const char *at;

		if (d->serial)
			continue;
		add_device_line(&line, d);
		line.list[0][strlen(line.list[0]) - 1] = '\0';
		at = strstr(boot->files.list[0].old_bytes, line.list[0]);
		if (at && starts_with(at + strlen(line.list[0]), " serial="))
			d->serial = xstrndup(at + strlen(line.list[0]) + 8, 16);
		strv_finish(&line);
	}
}

/* What a person configured before us is adopted or left, or it is in the way. */
static int judge_existing(
        const struct host *host, const struct boot *boot, struct plan *plan, struct err *err)
{
	cleanup_free struct pci_addr *planned = xcalloc(plan->n_devices + 1, sizeof(*planned));

	for (size_t i = 0; i < plan->n_devices; i++)
		planned[i] = plan->devices[i].addr;
	for (size_t i = 0; i < boot->existing.n; i++) {
		const struct existing_setting *s = &boot->existing.list[i];
		char *words = NULL;
		enum code code;

		if (existing_judge(s, host, planned, plan->n_devices, &words, &code) ==
		        EXISTING_CONFLICT) {
			err_set(err, -EBUSY, "%.*s", (int)strlen(words) - 1, words);
			err_hint(err, _("playthrough-setup help %s tells how to take it back"),
			        code_text(code));
			err_code(err, code);
			free(words);
			return -EBUSY;
		}
		strv_take(&plan->notes, words);
	}
	return 0;
}

static void add_notes(const struct boot *boot, const struct plan_wishes *wishes, struct plan *out)
{
	if (!out->n_devices)
		strv_add(&out->notes,
		        _("No device is set aside at boot: a graphics card with hand-over=yes in a "
		          "profile stays this PC's own until its game starts."));
	else if (wishes->kept)
		strv_add(&out->notes,
		        _("No device was named: these are the ones of the plan in force."));
	strv_foreach (note, &boot->notes)
		strv_add(&out->notes, *note);
	if (boot->tpm)
		strv_addf(&out->notes,
		        _("The TPM unlocks a disk (%s: tpm2-device=). Our entry has another "
		          "command line "
		          "and another initramfs: where the key is bound to those (PCR 8, 9 or "
		          "12), the "
		          "passphrase or the recovery key is asked for at the screen. Have it at "
		          "hand; "
		          "the stock entry unlocks as before."),
		        boot->tpm);
}

int plan_make(const struct host *host, const struct boot *boot, const struct plan_wishes *wishes,
        struct plan *out, struct err *err)
{
	int r;

	*out = (struct plan){0};
	r = check_platform(host, out, err);
	if (r == 0)
		r = plan_choose(host, wishes, out, err);
	if (r == 0)
		r = judge_existing(host, boot, out, err);
	if (r < 0) {
		plan_finish(out);
		return r;
	}
	add_notes(boot, wishes, out);
	keep_serials(boot, out);
	set_id(out, kernel_arguments(host));
	fill_edits(boot, out, &boot->files, &out->edits);
	fill_edits(boot, out, &boot->entries, &out->entries);
	return 0;
}

bool plan_changes(const struct plan *plan)
{
	return edits_change(&plan->edits) || edits_change(&plan->entries);
}

void plan_finish(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		struct plan_device *d = &plan->devices[i];

		free(d->path);
		free(d->serial);
		free(d->name);
		free(d->driver);
		free(d->reason);
		strv_finish(&d->losses);
	}
	free(plan->devices);
	free(plan->arguments);
	edits_finish(&plan->edits);
	edits_finish(&plan->entries);
	strv_finish(&plan->notes);
	strv_finish(&plan->ways);
	*plan = (struct plan){0};
}
