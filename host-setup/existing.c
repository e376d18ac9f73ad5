/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "existing.h"
#include "grub_defaults.h"

#include "host/attr.h"

#include <ctype.h>
#include <stdio.h>

#define ANY          UINT32_MAX
#define IDS_MAX      64
#define SETTINGS_MAX 200 /* more is no configuration that a person reads */

static const char *const drivers[] = {"nouveau", "nvidia", "nvidia_drm", "nvidia_modeset",
        "nvidia_uvm", "amdgpu", "radeon", "i915", "xe", "snd_hda_intel", "xhci_pci", "xhci_hcd"};

/* As the kernel and kmod compare names: "-" is "_". */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	}
	return *a == *b;
}

static bool is_driver(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (same_name(name, drivers[i]))
			return true;
	}
	return false;
}

static struct existing_setting *add(struct existing *out, enum existing_kind kind,
        const char *source, unsigned line, const char *text)
{
	struct existing_setting *s;

	if (out->n >= SETTINGS_MAX)
		return NULL;
	s = list_append(out->list, out->n);
	*s = (struct existing_setting){.kind = kind, .text = text_clean(xstrdup(text))};
	s->source = line ? xasprintf("%s:%u", source, line) : xstrdup(source);
	return s;
}

/* "10de:1e84,10de:10f8:1043:8723". What is no id is passed over, as the kernel does. */
static void read_ids(struct existing_setting *s, const char *value)
{
	struct strv cleanup_strv parts = {0};

	strv_split(&parts, value, ",");
	strv_foreach (part, &parts) {
		struct existing_id id = {.subvendor = ANY, .subdevice = ANY};

		if (s->n_ids < IDS_MAX &&
		        sscanf(*part, "%8x:%8x:%8x:%8x:%8x:%8x", &id.vendor, &id.device,
		                &id.subvendor, &id.subdevice, &id.class_code, &id.class_mask) >= 2)
			*list_append(s->ids, s->n_ids) = id;
	}
}

/* --- kernel arguments --- */

/* The words of a command line; quotes keep spaces together and are dropped. */
static void split_cmdline(struct strv *out, const char *s)
{
	while (*(s += strspn(s, " \t\n\v\f\r"))) {
		const char *start = s;
		bool quoted = false;
		char *word, *to;

		for (; *s && (quoted || !isspace((unsigned char)*s)); s++)
			quoted ^= *s == '"';
		word = to = xstrndup(start, (size_t)(s - start));
		for (const char *from = word; *from; from++) {
			if (*from != '"')
				*to++ = *from;
		}
		*to = '\0';
		strv_take(out, word);
	}
}

static void add_blacklisted(
        struct existing *out, const char *value, const char *source, const char *text)
{
	struct strv cleanup_strv names = {0};

	strv_split(&names, value, ",");
	strv_foreach (name, &names) {
		struct existing_setting *s =
		        is_driver(*name) ? add(out, EXISTING_BLACKLIST, source, 0, text) : NULL;

		if (s)
			s->module = xstrdup(*name);
	}
}

static void read_argument(struct existing *out, char *word, const char *source)
{
	cleanup_free char *text = xstrdup(word);
	char *equals = strchr(word, '=');
	const char *value = equals ? equals + 1 : "";
	struct existing_setting *s = NULL;

	if (!equals)
		return;
	*equals = '\0';
	if (same_name(word, "vfio-pci.ids"))
		s = add(out, EXISTING_IDS, source, 0, text);
	else if (same_name(word, "pci-stub.ids"))
		s = add(out, EXISTING_STUB, source, 0, text);
	else if (same_name(word, "xen-pciback.hide") || same_name(word, "pciback.hide"))
		add(out, EXISTING_XEN, source, 0, text);
	else if (same_name(word, "pcie_acs_override"))
		add(out, EXISTING_ACS, source, 0, text);
	else if (same_name(word, "modprobe.blacklist") || same_name(word, "module_blacklist") ||
	         same_name(word, "rd.driver.blacklist"))
		add_blacklisted(out, value, source, text);
	if (s)
		read_ids(s, value);
}

void existing_read_cmdline(struct existing *out, const char *cmdline, const char *source)
{
	struct strv cleanup_strv words = {0};

	split_cmdline(&words, cmdline);
	strv_foreach (word, &words) {
		/* What follows is for init, not for the kernel. */
		if (streq(*word, "--"))
			return;
		read_argument(out, *word, source);
	}
}

/* An argument that runs now and is written in @source is one setting, not two. */
static void read_configured(struct existing *out, const char *cmdline, const char *source)
{
	struct existing configured = {0};

	existing_read_cmdline(&configured, cmdline, source);
	for (size_t i = 0; i < configured.n; i++) {
		struct existing_setting *s = &configured.list[i], *same = NULL;

		for (size_t k = 0; k < out->n; k++) {
			if (streq(out->list[k].source, "/proc/cmdline") &&
			        streq(out->list[k].text, s->text) && out->list[k].kind == s->kind)
				same = &out->list[k];
		}
		if (same) {
			free(same->configured);
			same->configured = xstrdup(source);
		} else if (out->n < SETTINGS_MAX) {
			*list_append(out->list, out->n) = *s;
			*s = (struct existing_setting){0};
		}
	}
	existing_finish(&configured);
}

/* --- modprobe.d --- */

static void read_options(struct existing *out, const struct strv *words, const char *source,
        unsigned line, const char *text)
{
	bool stub = same_name(words->list[1], "pci-stub");

	if (!stub && !same_name(words->list[1], "vfio-pci"))
		return;
	for (size_t i = 2; i < words->n; i++) {
		struct existing_setting *s;

		if (!starts_with(words->list[i], "ids="))
			continue;
		s = add(out, stub ? EXISTING_STUB : EXISTING_IDS, source, line, text);
		if (s)
			read_ids(s, words->list[i] + 4);
	}
}

static void read_softdep(struct existing *out, const struct strv *words, const char *source,
        unsigned line, const char *text)
{
	struct existing_setting *s;
	bool before = false;

	for (size_t i = 2; i < words->n; i++) {
		before = ends_with(words->list[i], ":") ? streq(words->list[i], "pre:") : before;
		if (!before || !same_name(words->list[i], "vfio-pci"))
			continue;
		s = add(out, EXISTING_SOFTDEP, source, line, text);
		if (s)
			s->module = xstrdup(words->list[1]);
		return;
	}
}

/* One logical line (modprobe.d(5)). */
static void read_modprobe_line(
        struct existing *out, const char *text, const char *source, unsigned line)
{
	struct strv cleanup_strv words = {0};
	struct existing_setting *s = NULL;

	strv_split(&words, text, " \t");
	if (words.n < 2 || *words.list[0] == '#')
		return;
	if (streq(words.list[0], "options"))
		read_options(out, &words, source, line, text);
	else if (streq(words.list[0], "softdep"))
		read_softdep(out, &words, source, line, text);
	else if (streq(words.list[0], "blacklist") && is_driver(words.list[1]))
		s = add(out, EXISTING_BLACKLIST, source, line, text);
	else if (streq(words.list[0], "install") &&
	         (is_driver(words.list[1]) || same_name(words.list[1], "vfio-pci")))
		s = add(out, EXISTING_INSTALL, source, line, text);
	if (s)
		s->module = xstrdup(words.list[1]);
}

void existing_read_modprobe(struct existing *out, const char *text, const char *source)
{
	unsigned line = 1;

	while (*text) {
		cleanup_free char *whole = NULL;
		const char *start = text;
		unsigned first = line;

		/* a backslash at the end of a line joins it with the next */
		for (; *text && *text != '\n'; text++) {
			if (text[0] == '\\' && text[1] == '\n') {
				line++;
				text++;
			}
		}
		whole = xstrndup(start, (size_t)(text - start));
		for (char *end = whole; (end = strstr(end, "\\\n"));)
			end[0] = end[1] = ' ';
		line += *text == '\n';
		text += *text == '\n';
		read_modprobe_line(out, strip(whole), source, first);
	}
}

/* --- files --- */

static void take_modprobe(const struct root *root, struct existing *out)
{
	static const char *const folders[] = {
	        "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strv cleanup_strv names = {0};

		root_list(root, folders[i], &names);
		strv_foreach (name, &names) {
			cleanup_free char *path = xasprintf("%s/%s", folders[i], *name);
			cleanup_free char *text =
			        ends_with(*name, ".conf") ? root_read(root, path) : NULL;

			/* Ours is no hand-made one. */
			if (text && !starts_with(*name, "playthrough"))
				existing_read_modprobe(out, text, path);
		}
	}
}

static void take_cmdlines(const struct root *root, struct existing *out)
{
	static const char *const names[] = {"GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"};
	cleanup_free char *running = root_read(root, "/proc/cmdline");
	cleanup_free char *kernel = root_read(root, "/etc/kernel/cmdline");
	struct grub_defaults defaults;

	existing_read_cmdline(out, running ? running : "", "/proc/cmdline");
	read_configured(out, kernel ? kernel : "", "/etc/kernel/cmdline");
	grub_defaults_take(root, &defaults);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct grub_default *d = grub_defaults_get(&defaults, names[i]);

		if (d && d->value)
			read_configured(out, d->value, d->source);
		else if (d)
			strv_addf(&out->unread, "%s (%s): %s", names[i], d->source, d->why);
	}
	if (defaults.broken)
		strv_add(&out->unread, defaults.broken);
	else if (defaults.doubt)
		strv_add(&out->unread, defaults.doubt);
	grub_defaults_finish(&defaults);
}

static void take_driverctl(const struct root *root, struct existing *out)
{
	struct strv cleanup_strv names = {0};

	root_list(root, "/etc/driverctl.d", &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("/etc/driverctl.d/%s", *name);
		cleanup_free char *driver = attr_text(root, "%s", path);
		const char *address = starts_with(*name, "pci-") ? *name + 4 : *name;
		struct existing_setting *s;
		struct pci_addr addr;

		if (!driver || pci_addr_parse(address, &addr) < 0)
			continue;
		s = add(out, EXISTING_DRIVERCTL, path, 0, driver);
		if (!s)
			return;
		s->addr = addr;
		s->module = xstrdup(driver);
	}
}

/* A module list: a line that begins with a vfio module, or a setting that holds one. */
static void take_list(const struct root *root, const char *path, struct existing *out)
{
	cleanup_free char *text = root_read(root, path);
	char *rest = text;
	unsigned number = 0;

	for (char *line; rest && *rest && (line = text_next_line(&rest));) {
		char *start = strip(line);

		number++;
		if (*start != '#' && (strstr(start, "vfio") || strstr(start, "pci-stub"))) {
			add(out, EXISTING_INITRAMFS, path, number, start);
			return;
		}
	}
}

static void take_initramfs(const struct root *root, struct existing *out)
{
	static const char *const files[] = {"/etc/initramfs-tools/modules", "/etc/mkinitcpio.conf",
	        "/etc/dracut.conf", "/etc/booster.yaml"};
	static const char *const folders[] = {"/etc/mkinitcpio.conf.d", "/etc/dracut.conf.d"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		take_list(root, files[i], out);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strv cleanup_strv names = {0};

		root_list(root, folders[i], &names);
		strv_foreach (name, &names) {
			cleanup_free char *path = xasprintf("%s/%s", folders[i], *name);

			if (ends_with(*name, ".conf"))
				take_list(root, path, out);
		}
	}
}

/* Files of a folder that speak of vfio, by name or by text. */
static void take_scripts(
        const struct root *root, const char *folder, enum existing_kind kind, struct existing *out)
{
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *name);
		cleanup_free char *text = root_read(root, path);

		if (!text || starts_with(*name, "playthrough"))
			continue;
		if (strstr(*name, "vfio") || strstr(text, "vfio") ||
		        strstr(text, "driver_override") || strstr(text, "nodedev-detach"))
			add(out, kind, path, 0, *name);
	}
}

void existing_take(const struct root *root, struct existing *out)
{
	static const char *const scripts[] = {"/etc/initramfs-tools/scripts/init-top",
	        "/etc/initramfs-tools/scripts/init-premount",
	        "/etc/initramfs-tools/scripts/local-top",
	        "/etc/initramfs-tools/scripts/init-bottom", "/etc/initramfs-tools/hooks",
	        "/etc/initcpio/hooks"};

	*out = (struct existing){0};
	take_cmdlines(root, out);
	take_modprobe(root, out);
	take_driverctl(root, out);
	take_initramfs(root, out);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		take_scripts(root, scripts[i], EXISTING_SCRIPT, out);
	take_scripts(root, "/etc/libvirt/hooks", EXISTING_HOOK, out);
	take_scripts(root, "/etc/libvirt/hooks/qemu.d", EXISTING_HOOK, out);
}

void existing_finish(struct existing *existing)
{
	for (size_t i = 0; i < existing->n; i++) {
		struct existing_setting *s = &existing->list[i];

		free(s->source);
		free(s->text);
		free(s->configured);
		free(s->module);
		free(s->ids);
	}
	free(existing->list);
	strv_finish(&existing->unread);
	*existing = (struct existing){0};
}
