/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader_by_hand.h"
#include "esps.h"
#include "overlay.h"
#include "proxmox.h"
#include "stock_start.h"

#include "base/i18n.h"
#include "host/attr.h"

#include <errno.h>

struct writing {
	const struct root *root;
	const struct boot_chain *chain;
	const struct stock_start *start;
	struct strv *out;
};

static const char *file_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* A path as the firmware writes it, with backslashes; caller frees. */
static char *efi_path(const struct stock_start *start, const char *name)
{
	char *path = stock_start_path(start, name);

	for (char *s = path; *s; s++)
		*s = *s == '/' ? '\\' : *s;
	return path;
}

/* All that is loaded, ours before the stock initramfs and behind microcode, each as @form has it. */
static void add_initrds(const struct writing *w, struct strv *to, const char *before,
        char *(*name)(const struct stock_start *, const char *))
{
	const struct strv *list = &w->start->initrds;

	for (size_t i = 0; i <= list->n; i++) {
		const char *file = i + 1 == list->n ? OVERLAY_NAME
		                   : i < list->n    ? file_name(list->list[i])
		                                    : file_name(list->list[list->n - 1]);
		cleanup_free char *path = name(w->start, file);

		strv_addf(to, "%s%s", before, path);
	}
}

/* @text inside of quotes @quote, each of which becomes @by; caller frees. */
static char *quoted(const char *text, char quote, const char *by)
{
	struct strv cleanup_strv parts = {0};

	for (const char *end; (end = strchr(text, quote)); text = end + 1) {
		strv_take(&parts, xstrndup(text, (size_t)(end - text)));
		strv_add(&parts, by);
	}
	strv_add(&parts, text);
	return strv_join(&parts, "");
}

static char *for_shell(const char *text)
{
	return quoted(text, '\'', "'\\''");
}

/* The options of an EFI stub, which loads what initrd= names from the kernel's own file system. Caller frees. */
static char *stub_options(const struct writing *w)
{
	struct strv cleanup_strv words = {0};

	strv_add(&words, w->start->options);
	add_initrds(w, &words, "initrd=", efi_path);
	strv_add(&words, "@ARGUMENTS@");
	return strv_join(&words, " ");
}

static void add_where(const struct writing *w, const char *fallback)
{
	strv_addf(w->out, _("Add to %s:"), w->chain->config ? w->chain->config : fallback);
	strv_add(w->out, "");
}

/* A stanza takes one initrd line only, so that all of them are options of the kernel's EFI stub. */
static void write_refind(const struct writing *w)
{
	cleanup_free char *kernel = stock_start_path(w->start, file_name(w->start->kernel));
	cleanup_free char *plain = stub_options(w);
	/* a quote is written twice there (its manual, "configfile") */
	cleanup_free char *options = quoted(plain, '"', "\"\"");

	add_where(w, "refind.conf");
	strv_add(w->out, "menuentry \"Playthrough\" {");
	if (w->chain->esp && !streq(w->start->point, w->chain->esp)) {
		strv_addf(
		        w->out, _("    # the volume of your other entries that start %s:"), kernel);
		strv_add(w->out, "    # volume ...");
	}
	strv_addf(w->out, "    loader  %s", kernel);
	strv_addf(w->out, "    options \"%s\"", options);
	strv_add(w->out, "}");
}

static void write_limine(const struct writing *w)
{
	bool old = w->chain->config && ends_with(w->chain->config, ".cfg");
	const char *volume = old ? "boot:///" : "boot():/";
	const char *equals = old ? "=" : ": ", *indent = old ? "" : "    ";
	cleanup_free char *kernel = stock_start_path(w->start, file_name(w->start->kernel));
	struct strv cleanup_strv modules = {0};

	add_where(w, "limine.conf");
	strv_addf(w->out, "%sPlaythrough", old ? ":" : "/");
	strv_addf(w->out, old ? "%sPROTOCOL%slinux" : "%sprotocol%slinux", indent, equals);
	strv_addf(w->out, old ? "%sKERNEL_PATH%s%s%s" : "%skernel_path%s%s%s", indent, equals,
	        volume, kernel + 1);
	add_initrds(w, &modules, "", stock_start_path);
	strv_foreach (module, &modules)
		strv_addf(w->out, old ? "%sMODULE_PATH%s%s%s" : "%smodule_path%s%s%s", indent,
		        equals, volume, *module + 1);
	strv_addf(w->out, old ? "%sCMDLINE%s%s @ARGUMENTS@" : "%scmdline%s%s @ARGUMENTS@", indent,
	        equals, w->start->options);
	strv_add(w->out, "");
	strv_addf(w->out,
	        _("Where your other entries write something else than %s before the paths, write "
	          "the "
	          "same."),
	        volume);
}

static void write_syslinux(const struct writing *w)
{
	cleanup_free char *kernel = stock_start_path(w->start, file_name(w->start->kernel));
	struct strv cleanup_strv initrds = {0};
	cleanup_free char *all = NULL;

	add_initrds(w, &initrds, "", stock_start_path);
	all = strv_join(&initrds, ",");
	add_where(w, "syslinux.cfg");
	strv_add(w->out, "LABEL playthrough");
	strv_add(w->out, "    MENU LABEL Playthrough");
	strv_addf(w->out, "    LINUX %s", kernel);
	strv_addf(w->out, "    INITRD %s", all);
	strv_addf(w->out, "    APPEND %s @ARGUMENTS@", w->start->options);
}

/* "/dev/sda" and "1" of the mounted partition; caller frees both. */
static bool find_partition(const struct writing *w, char **disk, char **number)
{
	const char *device = w->start->device;
	const char *name = starts_with(device, "/dev/") ? device + 5 : "";
	cleanup_free char *link = xasprintf("/sys/class/block/%s", name);
	cleanup_free char *real = *name ? root_real_path(w->root, link) : NULL;
	char *slash = real ? strrchr(real, '/') : NULL;

	*number = slash ? attr_text(w->root, "%s/partition", real) : NULL;
	if (!*number)
		return false;
	*slash = '\0';
	*disk = xasprintf("/dev/%s", file_name(real));
	return true;
}

/* --create-only: an option that goes into BootOrder as well would be the default at once. */
static void write_kernel(const struct writing *w)
{
	cleanup_free char *kernel = efi_path(w->start, file_name(w->start->kernel));
	cleanup_free char *plain = stub_options(w), *disk = NULL, *number = NULL;
	cleanup_free char *options = for_shell(plain);

	find_partition(w, &disk, &number);
	strv_add(w->out, _("Run as root:"));
	strv_add(w->out, "");
	strv_addf(w->out,
	        "efibootmgr --create-only --disk %s --part %s --label Playthrough --loader '%s' "
	        "--unicode '%s'",
	        disk ? disk : "DISK", number ? number : "PARTITION", kernel, options);
	strv_add(w->out, "efibootmgr --bootnext NUMBER");
	strv_add(w->out, "");
	strv_add(
	        w->out, _("NUMBER is the one that the first command shows. The second has the next "
	                  "start take it, once."));
}

/* @why: what keeps Playthrough from doing it; NULL where it never does. */
static void write_why(const struct writing *w, const char *why)
{
	if (!why)
		return;
	strv_addf(w->out, _("Playthrough does not do this by itself here: %s."), why);
	strv_add(w->out, "");
}

static void write_uki(const struct writing *w)
{
	cleanup_free char *why = w->chain->efi.loader ? loader_unified_why_not(w->root) : NULL;
	struct strv cleanup_strv initrds = {0};
	const char *esp = w->chain->esp ? w->chain->esp : "/boot/efi";
	cleanup_free char *overlay = xasprintf("%s/" OVERLAY_NAME, w->start->folder);
	cleanup_free char *options = for_shell(w->start->options);

	write_why(w, why);
	strv_add(w->out, _("Run as root, and again after each new kernel:"));
	strv_add(w->out, "");
	for (size_t i = 0; i <= w->start->initrds.n; i++) {
		size_t last = w->start->initrds.n - 1;

		strv_addf(&initrds, "--initrd=%s",
		        i == last ? overlay : w->start->initrds.list[i > last ? last : i]);
	}
	{
		cleanup_free char *all = strv_join(&initrds, " ");

		strv_addf(w->out,
		        "ukify build --linux=%s %s --uname=%s --cmdline='%s @ARGUMENTS@' "
		        "--output=%s/EFI/Linux/playthrough.efi",
		        w->start->kernel, all, w->start->release, options, esp);
	}
	strv_add(w->out, "");
	strv_add(w->out,
	        _("With Secure Boot, add --secureboot-private-key= and "
	          "--secureboot-certificate= as /etc/kernel/uki.conf has them. "
	          "systemd-boot finds the image by itself; where the firmware starts the "
	          "image, add a boot option by efibootmgr --create-only, then --bootnext."));
}

/* One partition of proxmox-boot-tool's; its menu prefers "proxmox-*" (its loader.conf), so ours is no default. */
static void write_proxmox_partition(const struct writing *w, const char *uuid)
{
	const char *release = w->start->release;

	strv_addf(w->out, "mount /dev/disk/by-uuid/%s /mnt", uuid);
	strv_addf(w->out, "cp %s/" OVERLAY_NAME " /mnt/" OVERLAY_NAME, w->start->folder);
	strv_add(w->out, "cat >/mnt/loader/entries/playthrough.conf <<'END'");
	strv_add(w->out, "title Playthrough");
	strv_addf(w->out, "version %s", release);
	strv_addf(w->out, "options %s @ARGUMENTS@", w->start->options);
	strv_addf(w->out, "linux /EFI/proxmox/%1$s/vmlinuz-%1$s", release);
	strv_add(w->out, "initrd /" OVERLAY_NAME);
	strv_addf(w->out, "initrd /EFI/proxmox/%1$s/initrd.img-%1$s", release);
	strv_add(w->out, "END");
	strv_add(w->out, "umount /mnt");
}

static bool is_uuid(const char *text)
{
	return *text && !text[strspn(text, "0123456789abcdefABCDEF-")];
}

static void write_proxmox(const struct writing *w)
{
	cleanup_free char *why = proxmox_why_not(w->root);
	cleanup_free char *text = root_read(w->root, ESPS_LIST);
	struct strv cleanup_strv uuids = {0};

	write_why(w, why);
	strv_add(w->out, _("Run as root, and again when the kernel in it is removed:"));
	strv_add(w->out, "");
	strv_split(&uuids, text ? text : "", "\n");
	strv_foreach (uuid, &uuids) {
		if (is_uuid(*uuid))
			write_proxmox_partition(w, *uuid);
	}
	strv_add(w->out, "bootctl set-oneshot playthrough.conf");
	strv_add(w->out, "");
	strv_add(w->out, _("The last has the next start take the entry, once."));
}

static int proxmox_lines(const struct root *root, struct strv *out, struct err *err)
{
	struct stock_start start;
	int r = stock_start_take(root, &start, err);

	if (r < 0)
		return r;
	write_proxmox(&(struct writing){.root = root, .start = &start, .out = out});
	stock_start_finish(&start);
	return 0;
}

typedef void write_function(const struct writing *w);

static write_function *const writers[BOOT_PROGRAM_COUNT] = {
        [BOOT_PROGRAM_REFIND] = write_refind,
        [BOOT_PROGRAM_LIMINE] = write_limine,
        [BOOT_PROGRAM_SYSLINUX] = write_syslinux,
        [BOOT_PROGRAM_KERNEL] = write_kernel,
        [BOOT_PROGRAM_UKI] = write_uki,
};

int loader_by_hand_lines(const struct root *root, struct strv *out, struct err *err)
{
	struct boot_chain chain;
	struct stock_start start;
	int r = stock_start_take(root, &start, err);

	if (r < 0)
		return r;
	boot_chain_take(root, &chain);
	/* systemd-boot that started a unified image counts as the image. */
	if (chain.program == BOOT_PROGRAM_SYSTEMD_BOOT && chain.efi.stub)
		chain.program = BOOT_PROGRAM_UKI;
	if (writers[chain.program])
		writers[chain.program](&(struct writing){root, &chain, &start, out});
	boot_chain_finish(&chain);
	stock_start_finish(&start);
	return 0;
}

/* --- a loader of the table --- */

static int files(const struct root *root, struct edits *out, struct err *err)
{
	struct stock_start start;
	int r = stock_start_take(root, &start, err);
	cleanup_free char *overlay = NULL;
	mode_t mode = start.fat ? EDIT_MODE_ANY : 0644;

	if (r < 0)
		return r;
	overlay = xasprintf("%s/" OVERLAY_NAME, start.folder);
	stock_start_finish(&start);
	return edits_add(out, root, overlay, mode, err);
}

/* Which of the two ways is closed, and why the other one is too. */
static int unified_files(const struct root *root, struct edits *out, struct err *err)
{
	cleanup_free char *why =
	        root_exists(root, EFIVAR_INFO) ? loader_unified_why_not(root) : NULL;
	int r = files(root, out, err);

	if (r < 0 && why)
		err_prefix(err, "%s", why);
	return r;
}

static bool owns(const char *path)
{
	(void)path;
	return false;
}

/* The person does it, before the restart. */
static int refresh(const struct root *root, struct err *err)
{
	(void)root;
	(void)err;
	return 0;
}

static int check(const struct root *root, const char *id, struct err *err)
{
	(void)root;
	(void)id;
	(void)err;
	return 0;
}

static bool holds_token(const struct root *root, const struct boot_chain *chain)
{
	cleanup_free char *config = chain->config ? root_read(root, chain->config) : NULL;
	cleanup_free char *image =
	        chain->esp ? xasprintf("%s/EFI/Linux/playthrough.efi", chain->esp) : NULL;

	for (size_t i = 0; i < chain->efi.n_options; i++) {
		const char *arguments = chain->efi.options[i].arguments;

		if (arguments && strstr(arguments, " playthrough="))
			return true;
	}
	return (config && strstr(config, " playthrough=")) || (image && root_exists(root, image));
}

static bool has_entry(const struct root *root)
{
	struct boot_chain chain;
	bool has;

	boot_chain_take(root, &chain);
	has = holds_token(root, &chain);
	boot_chain_finish(&chain);
	return has;
}

/* The partitions are not mounted: what a person did there cannot be seen. */
static bool has_no_visible_entry(const struct root *root)
{
	(void)root;
	return false;
}

static bool remembers(const struct root *root, char **why)
{
	(void)root;
	*why = xstrdup(_("the entry is added by hand"));
	return false;
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	(void)root;
	(void)id;
	(void)kernel;
	(void)err;
	return 0;
}

static int try_once(const struct root *root, const char *id, struct err *err)
{
	return keep(root, id, NULL, err);
}

static bool is_kept(const struct root *root, const char *id)
{
	(void)root;
	(void)id;
	return false;
}

static int forget(const struct root *root, const char *choice, struct err *err)
{
	return keep(root, NULL, choice, err);
}

#define ROW(its_name, its_files, its_lines, its_has_entry)                                     \
	{                                                                                      \
		.name = its_name, .files = its_files, .owns = owns, .instructions = its_lines, \
		.refresh_tool = "", .refresh = refresh, .check = check,                        \
		.has_entry = its_has_entry, .remembers = remembers, .try_once = try_once,      \
		.keep = keep, .is_kept = is_kept, .forget = forget                             \
	}
#define BY_HAND(program, its_name) [program] = ROW(its_name, files, loader_by_hand_lines, has_entry)

const struct loader loader_proxmox_by_hand =
        ROW("proxmox-boot-tool by hand", files, proxmox_lines, has_no_visible_entry);

static const struct loader by_hand[BOOT_PROGRAM_COUNT] = {
        BY_HAND(BOOT_PROGRAM_REFIND, "rEFInd"),
        BY_HAND(BOOT_PROGRAM_LIMINE, "Limine"),
        BY_HAND(BOOT_PROGRAM_SYSLINUX, "SYSLINUX"),
        BY_HAND(BOOT_PROGRAM_KERNEL, "EFI stub"),
        [BOOT_PROGRAM_UKI] =
                ROW("unified kernel image", unified_files, loader_by_hand_lines, has_entry),
};

const struct loader *loader_by_hand(enum boot_program program)
{
	return by_hand[program].name ? &by_hand[program] : NULL;
}
