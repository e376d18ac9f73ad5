/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unified.h"
#include "efi_boot.h"
#include "own_entries.h"
#include "unified_makers.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>

#define IMAGES            UNIFIED_FOLDER
#define MACHINE_ID_LENGTH 32
#define SECURE_BOOT       EFI_VARIABLES "SecureBoot-" EFI_GLOBAL

/* --- bytes of an image --- */

/* At most @max bytes of a part as text, with a NUL; caller frees. NULL: not there, or unreadable. */
static char *read_part(int fd, const struct uki_section *section, size_t max, size_t *n)
{
	size_t size = section->size < max ? (size_t)section->size : max;
	char *bytes = xcalloc(1, size + 1);

	*n = size;
	if (size && uki_read_at(fd, bytes, size, section->offset) == 0)
		return bytes;
	free(bytes);
	return NULL;
}

static int read_head(int fd, struct unified *u)
{
	cleanup_free char *head = xcalloc(1, UKI_HEAD_MAX);
	struct stat st;
	size_t n;
	int r;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	u->size = (uint64_t)st.st_size;
	n = u->size < UKI_HEAD_MAX ? (size_t)u->size : UKI_HEAD_MAX;
	r = uki_read_at(fd, head, n, 0);
	return r < 0 ? r : uki_parse(head, n, u->size, &u->uki);
}

/* --- why a PC or an image is left alone --- */

/* Firmware without it has no such variable; one that cannot be read is taken for on. */
static bool secure_boot_is_on(const struct root *root)
{
	size_t n = 0;
	cleanup_free unsigned char *bytes = root_read_bytes(root, SECURE_BOOT, &n);

	return root_exists(root, SECURE_BOOT) && (!bytes || n < 5 || bytes[4] != 0);
}

/* The first name in @folder; caller frees. */
static char *first_in(const struct root *root, const char *folder)
{
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	return names.n ? xasprintf("%s/%s", folder, names.list[0]) : NULL;
}

/* What systemd-stub(7) hands to the kernel beside the image's own parts, for every image; caller frees. */
static char *find_companion(const struct root *root, const char *boot)
{
	static const char *const folders[] = {
	        "/loader/addons", "/loader/credentials", "/loader/extensions"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *folder = xasprintf("%s%s", boot, folders[i]);
		char *found = first_in(root, folder);

		if (found)
			return found;
	}
	return NULL;
}

static char *why_not_at_all(const struct root *root, const char *boot)
{
	cleanup_free char *companion = find_companion(root, boot);

	if (secure_boot_is_on(root))
		return xasprintf(_("Secure Boot is on (%s: 1), and a kernel taken out of a signed "
		                   "image is not signed"),
		        SECURE_BOOT);
	if (companion)
		return xasprintf(_("%s: the stub in the image hands this to the kernel, which an "
		                   "entry of ours would not"),
		        companion);
	return NULL;
}

/*
 * Whether the arguments are those that started this system, where @u did. Asked before our first entry alone: after it a person may
 * change them, and the image made anew with others is as good.
 */
static bool started_as_it_says(const struct root *root, const struct unified *u, const char *booted)
{
	cleanup_free char *running = root_read(root, "/proc/cmdline");
	cleanup_free char *held = loader_entry_options(&u->entry), *a = NULL, *b = NULL;
	cleanup_free char *in_force = own_entries_arguments(root);
	struct strv cleanup_strv words = {0}, own = {0};

	if (!booted || strcasecmp(booted, u->id) || !running || in_force)
		return true;
	strv_split(&words, running, " \t\n");
	strv_split(&own, held, " ");
	a = strv_join(&words, " ");
	b = strv_join(&own, " ");
	return streq(a, b);
}

static char *why_not(const struct root *root, const struct unified *u, const char *booted)
{
	cleanup_free char *extra = xasprintf("%s.extra.d", u->path);
	cleanup_free char *companion = first_in(root, extra);
	bool versioned = strstr(u->id, u->version);

	if (companion)
		return xasprintf(_("%s: the stub in the image hands this to the kernel, which an "
		                   "entry of ours would not"),
		        companion);
	if (!started_as_it_says(root, u, booted))
		return xasprintf(_("%s holds another command line than this system was started "
		                   "with (/proc/cmdline); restart first"),
		        u->path);
	if (!unified_made_by_mkinitcpio(root, u->file) &&
	        !(versioned && unified_made_by_kernel_install(root)))
		return xasprintf(_("%s is made neither by kernel-install (layout=uki in "
		                   "/etc/kernel/install.conf) nor by mkinitcpio "
		                   "(/etc/mkinitcpio.d): nothing would tell when it is made anew"),
		        u->path);
	return NULL;
}

/* --- one image --- */

static void unified_one_finish(struct unified *u)
{
	free(u->file);
	free(u->path);
	free(u->id);
	free(u->version);
	free(u->own_name);
	free(u->family);
	loader_entry_finish(&u->entry);
	for (size_t i = 0; i < UNIFIED_COPY_COUNT; i++)
		free(u->copies[i]);
	*u = (struct unified){0};
}

static char *take_version(int fd, const struct uki *uki)
{
	size_t n;
	cleanup_free char *uname = read_part(fd, &uki->parts[UKI_UNAME], 256, &n);
	cleanup_free char *head = NULL, *release = NULL;

	head = read_part(fd, &uki->parts[UKI_LINUX], UKI_KERNEL_HEAD_MAX, &n);
	release = head ? uki_kernel_release(head, n) : NULL;
	/* Where the kernel is none that firmware starts, or another than the image says, it is odd. */
	if (!release || (uname && !streq(strip(uname), release)))
		return NULL;
	return take_ptr(release);
}

/* Ours say which kernel they start in their name too, so that a newer one is another entry, which is tried first. */
static void name_it(struct unified *u)
{
	/* loader_entry_own_name() takes off a boot counter */
	cleanup_free char *bare = xstrndup(u->file, strlen(u->file) - strlen(".efi"));
	cleanup_free char *whole = loader_entry_own_name(bare);
	cleanup_free char *stem = xstrndup(whole + 1, strlen(whole) - strlen("~~playthrough.conf"));
	const char *at;

	u->id = xasprintf("%s.efi", stem);
	at = strstr(stem, u->version);
	if (at && at > stem) {
		u->family = xasprintf("~%.*s", (int)(at - stem), stem);
		u->own_name = xasprintf("~%s.efi~playthrough.conf", stem);
	} else {
		u->family = xasprintf("~%s.efi-", stem);
		u->own_name = xasprintf("%s%s~playthrough.conf", u->family, u->version);
	}
}

/* kernel-install's names begin with the machine's id, unless a person gave another token (/etc/kernel/entry-token). */
static void add_machine(struct unified *u)
{
	cleanup_free char *machine = xstrndup(u->id, MACHINE_ID_LENGTH);

	if (strspn(u->id, "0123456789abcdef") == MACHINE_ID_LENGTH &&
	        u->id[MACHINE_ID_LENGTH] == '-')
		loader_entry_add(&u->entry, "machine-id", machine);
}

/* What needs no copies to be known. */
static bool take_entry(int fd, struct unified *u)
{
	size_t n;
	cleanup_free char *osrel = read_part(fd, &u->uki.parts[UKI_OSREL], 64 << 10, &n);
	cleanup_free char *title = uki_title(osrel ? osrel : "");
	cleanup_free char *bytes = read_part(fd, &u->uki.parts[UKI_CMDLINE], 64 << 10, &n);
	cleanup_free char *options = bytes ? uki_cmdline(bytes, n) : xstrdup("");

	if (!options)
		return false;
	loader_entry_add(&u->entry, "title", title);
	loader_entry_add(&u->entry, "version", u->version);
	add_machine(u);
	if (*options)
		loader_entry_add(&u->entry, "options", options);
	return true;
}

static bool take_parts(int fd, struct unified *u)
{
	if (read_head(fd, u) < 0 || u->uki.twice || u->uki.parts[UKI_PROFILE].size ||
	        !u->uki.parts[UKI_LINUX].size || !u->uki.parts[UKI_INITRD].size)
		return false;
	u->version = take_version(fd, &u->uki);
	if (!u->version)
		return false;
	name_it(u);
	return take_entry(fd, u);
}

static bool has_modules(const struct root *root, const char *version)
{
	cleanup_free char *merged = xasprintf("/usr/lib/modules/%s", version);
	cleanup_free char *old = xasprintf("/lib/modules/%s", version);

	return root_exists(root, merged) || root_exists(root, old);
}

/* Adds the image @file where it is one of this system's that ours can be made from. */
static void take_image(const struct root *root, const char *boot, const char *file,
        const char *booted, struct unified_list *out)
{
	struct unified u = {
	        .file = xstrdup(file), .path = xasprintf("%s" IMAGES "/%s", boot, file)};
	cleanup_close int fd = root_openat(root, u.path, O_RDONLY | O_NONBLOCK, 0);
	char *why = NULL;

	if (fd < 0 || !uki_is_plain(file) || !take_parts(fd, &u))
		why = xasprintf(_("%s is no image whose kernel, initramfs and command line "
		                  "can be told apart here"),
		        u.path);
	else if (has_modules(root, u.version) &&
	         own_entries_are_of_this_system(root, u.id, u.own_name, &u.entry))
		why = why_not(root, &u, booted);
	else
		why = xasprintf(_("%s starts another system, or a kernel whose modules are not "
		                  "installed"),
		        u.path);
	if (!why) {
		*list_append(out->list, out->n) = u;
		return;
	}
	/* What is said of the image that started this system goes before what is said of others. */
	if (!out->why_not || (booted && !strcasecmp(booted, u.id ? u.id : file))) {
		free(out->why_not);
		out->why_not = take_ptr(why);
	}
	free(why);
	unified_one_finish(&u);
}

/* --- which of them --- */

static bool is_named(const struct unified *u, const char *name)
{
	return name && (!strcasecmp(name, u->id) || !strcasecmp(name, u->own_name));
}

/* An entry of ours of the same line: the image that it was made from has another kernel by now, or is gone. */
static bool is_related(const struct unified *u, const char *name)
{
	return name && !strncasecmp(name, u->family, strlen(u->family));
}

static bool is_newest(const struct unified_list *all, const struct unified *u)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!strcasecmp(all->list[i].family, u->family) &&
		        loader_entry_compare(all->list[i].own_name, u->own_name) > 0)
			return false;
	}
	return true;
}

/* The family of the image or entry @name; NULL where it is none of these. */
static const char *family_of(const struct unified_list *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (is_named(&all->list[i], name) || is_related(&all->list[i], name))
			return all->list[i].family;
	}
	return NULL;
}

static bool is_spare(const struct unified *u)
{
	return strcasestr(u->file, "fallback") || strcasestr(u->file, "rescue");
}

static bool is_wanted(const struct unified_list *all, const struct unified *u, const char *booted,
        const char *kept)
{
	const char *one = family_of(all, booted), *other = family_of(all, kept);

	if (is_named(u, booted) || is_named(u, kept))
		return true;
	if (!one && !other)
		return is_newest(all, u) && !is_spare(u);
	return is_newest(all, u) &&
	       ((one && streq(one, u->family)) || (other && streq(other, u->family)));
}

static void choose(struct unified_list *list, const char *booted, const char *kept)
{
	cleanup_free bool *wanted = xcalloc(list->n + 1, sizeof(*wanted));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		wanted[i] = is_wanted(list, &list->list[i], booted, kept);
	for (size_t i = 0; i < list->n; i++) {
		if (wanted[i])
			list->list[n++] = list->list[i];
		else
			unified_one_finish(&list->list[i]);
	}
	list->n = n;
}

static bool is_image_name(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && *name != '.' && !strcasecmp(name + n - 4, ".efi");
}

/* A PC that starts by entries in files has no need of copies, whatever images lie there. */
static bool starts_by_images(const char *booted, const char *kept)
{
	return !booted || is_image_name(booted) || loader_entry_is_copied(booted) ||
	       (kept && loader_entry_is_copied(kept));
}

void unified_take(const struct root *root, const char *boot, struct unified_list *out)
{
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);
	cleanup_free char *kept = efivar_text(root, EFIVAR_DEFAULT);
	cleanup_free char *folder = xasprintf("%s" IMAGES, boot);
	struct strv cleanup_strv names = {0};

	*out = (struct unified_list){0};
	root_list(root, folder, &names);
	if (!names.n || !starts_by_images(booted, kept))
		return;
	out->why_not = why_not_at_all(root, boot);
	if (out->why_not)
		return;
	strv_foreach (name, &names) {
		if (is_image_name(*name))
			take_image(root, boot, *name, booted, out);
	}
	choose(out, booted, kept);
}

void unified_finish(struct unified_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		unified_one_finish(&list->list[i]);
	free(list->list);
	free(list->why_not);
	*list = (struct unified_list){0};
}

/* --- for the plan --- */

static void add_note(const struct unified *u, const char *boot, struct strv *notes)
{
	const struct uki_section *parts = u->uki.parts;
	uint64_t size = parts[UKI_LINUX].size + parts[UKI_UCODE].size + parts[UKI_INITRD].size;

	strv_addf(notes,
	        _("%s is a unified image, which only its maker can change. Our entry starts "
	          "copies of the kernel and initramfs in it: %u MB in %s, made anew whenever the "
	          "image is."),
	        u->path, unified_megabytes(size), boot);
	if (parts[UKI_PCRSIG].size)
		strv_addf(notes,
		        _("%s is signed for the TPM (.pcrsig). Where a disk is unlocked by that "
		          "signature (PCR 11), our entry asks for the passphrase or the recovery "
		          "key at the screen. Have it at hand; the stock entry unlocks as "
		          "before."),
		        u->path);
}

void unified_notes(const struct root *root, const char *boot, struct strv *notes)
{
	struct unified_list list;

	unified_take(root, boot, &list);
	for (size_t i = 0; i < list.n; i++)
		add_note(&list.list[i], boot, notes);
	unified_finish(&list);
}
