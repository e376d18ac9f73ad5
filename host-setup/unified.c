/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unified.h"
#include "efi_boot.h"
#include "own_entries.h"
#include "overlay.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define IMAGES      "/EFI/Linux"
#define COPY_PREFIX "playthrough-"
#define SECURE_BOOT EFI_VARIABLES "SecureBoot-" EFI_GLOBAL
#define CHUNK       (1u << 20)
/* Folders of entries, sizes of a FAT cluster: what else a copy may take. */
#define SLACK (4u << 20)

static const struct {
	enum uki_part part;
	const char *suffix;
} copies[UNIFIED_COPY_COUNT] = {
        [UNIFIED_LINUX] = {UKI_LINUX, ".linux"},
        [UNIFIED_UCODE] = {UKI_UCODE, ".ucode"},
        [UNIFIED_INITRD] = {UKI_INITRD, ".initrd"},
};

/* --- bytes of an image --- */

/* All @n bytes at @offset, or -errno; a file that is shorter is -EIO. */
static int read_at(int fd, void *to, size_t n, uint64_t offset)
{
	char *p = to;

	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

/* At most @max bytes of a part as text, with a NUL; caller frees. NULL: not there, or unreadable. */
static char *read_part(int fd, const struct uki_section *section, size_t max, size_t *n)
{
	size_t size = section->size < max ? (size_t)section->size : max;
	char *bytes = xcalloc(1, size + 1);

	*n = size;
	if (size && read_at(fd, bytes, size, section->offset) == 0)
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
	r = read_at(fd, head, n, 0);
	return r < 0 ? r : uki_parse(head, n, u->size, &u->uki);
}

/* --- who makes the images anew --- */

/* What stands right of "=" in @line is a file named @file. */
static bool names_file(const char *line, const char *file)
{
	const char *value = strchr(line, '=') + 1;
	cleanup_free char *path = xstrdup(value + strspn(value, "\"'"));
	const char *slash;

	path[strcspn(path, "\"'# \t")] = '\0';
	slash = strrchr(path, '/');
	return slash && !strcasecmp(slash + 1, file);
}

/* Of mkinitcpio's presets (mkinitcpio(8)): "default_uki=/efi/EFI/Linux/arch-linux.efi", earlier default_efi_image=. */
static bool preset_makes(const struct root *root, const char *preset, const char *file)
{
	cleanup_free char *text = root_readf(root, "/etc/mkinitcpio.d/%s", preset);
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		const char *name = strip(*line), *equals = strchr(name, '=');
		cleanup_free char *key = equals ? xstrndup(name, (size_t)(equals - name)) : NULL;

		if (key && *key != '#' &&
		        (ends_with(key, "_uki") || ends_with(key, "_efi_image")) &&
		        names_file(name, file))
			return true;
	}
	return false;
}

static bool mkinitcpio_makes(const struct root *root, const char *file)
{
	struct strv cleanup_strv names = {0};

	root_list(root, "/etc/mkinitcpio.d", &names);
	strv_foreach (name, &names) {
		if (ends_with(*name, ".preset") && preset_makes(root, *name, file))
			return true;
	}
	return false;
}

static bool says_uki(const struct root *root, const char *path)
{
	cleanup_free char *text = root_read(root, path);
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		if (streq(strip(*line), "layout=uki"))
			return true;
	}
	return false;
}

/* kernel-install(8): install.conf and its drop-ins. */
static bool kernel_install_makes(const struct root *root)
{
	static const char *const places[] = {
	        "/etc/kernel", "/run/kernel", "/usr/local/lib/kernel", "/usr/lib/kernel"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *main = xasprintf("%s/install.conf", places[i]);
		cleanup_free char *folder = xasprintf("%s.d", main);
		struct strv cleanup_strv names = {0};

		if (says_uki(root, main))
			return true;
		root_list(root, folder, &names);
		strv_foreach (name, &names) {
			cleanup_free char *path = xasprintf("%s/%s", folder, *name);

			if (ends_with(*name, ".conf") && says_uki(root, path))
				return true;
		}
	}
	return false;
}

/* --- why a PC or an image is left alone --- */

static bool secure_boot_is_on(const struct root *root)
{
	size_t n = 0;
	cleanup_free unsigned char *bytes = root_read_bytes(root, SECURE_BOOT, &n);

	return bytes && n >= 5 && bytes[4] == 1;
}

/* The first name in @folder that ends in @suffix, or any where that is ""; caller frees. */
static char *first_in(const struct root *root, const char *folder, const char *suffix)
{
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		if (ends_with(*name, suffix))
			return xasprintf("%s/%s", folder, *name);
	}
	return NULL;
}

/* What systemd-stub(7) hands to the kernel beside the image's own parts, for every image; caller frees. */
static char *find_companion(const struct root *root, const char *boot)
{
	static const char *const folders[] = {
	        "/loader/addons", "/loader/credentials", "/loader/extensions"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *folder = xasprintf("%s%s", boot, folders[i]);
		char *found = first_in(root, folder, "");

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
	cleanup_free char *companion = first_in(root, extra, "");
	bool versioned = strstr(u->id, u->version);

	if (companion)
		return xasprintf(_("%s: the stub in the image hands this to the kernel, which an "
		                   "entry of ours would not"),
		        companion);
	if (!started_as_it_says(root, u, booted))
		return xasprintf(_("%s holds another command line than this system was started "
		                   "with (/proc/cmdline); restart first"),
		        u->path);
	if (!mkinitcpio_makes(root, u->file) && !(versioned && kernel_install_makes(root)))
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

static void add_key(struct loader_entry *entry, const char *key, const char *value)
{
	strv_add(&entry->keys, key);
	strv_add(&entry->values, value);
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
	add_key(&u->entry, "title", title);
	add_key(&u->entry, "version", u->version);
	if (*options)
		add_key(&u->entry, "options", options);
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

/* --- copies --- */

/* FNV-1a's steps, eight bytes at a time: told apart, not kept secret. */
static uint64_t hash_more(uint64_t h, const char *bytes, size_t n)
{
	for (; n >= 8; bytes += 8, n -= 8) {
		uint64_t word;

		memcpy(&word, bytes, 8);
		h = (h ^ word) * 1099511628211u;
		h ^= h >> 29;
	}
	for (; n; bytes++, n--)
		h = (h ^ (unsigned char)*bytes) * 1099511628211u;
	return h;
}

static int hash_section(int fd, const struct uki_section *section, uint64_t *h)
{
	cleanup_free char *chunk = xcalloc(1, CHUNK);

	*h = hash_more(*h, (const char *)&section->size, sizeof(section->size));
	for (uint64_t done = 0; done < section->size; done += CHUNK) {
		uint64_t left = section->size - done;
		size_t n = left < CHUNK ? (size_t)left : CHUNK;
		int r = read_at(fd, chunk, n, section->offset + done);

		if (r < 0)
			return r;
		*h = hash_more(*h, chunk, n);
	}
	return 0;
}

static int name_copies(const struct root *root, const char *boot, struct unified *u)
{
	cleanup_close int fd = root_openat(root, u->path, O_RDONLY, 0);
	uint64_t h = 14695981039346656037u;
	int r = fd < 0 ? fd : 0;

	for (size_t i = 0; r == 0 && i < UNIFIED_COPY_COUNT; i++)
		r = hash_section(fd, &u->uki.parts[copies[i].part], &h);
	for (size_t i = 0; r == 0 && i < UNIFIED_COPY_COUNT; i++) {
		const char *key = i == UNIFIED_LINUX ? "linux" : "initrd";

		if (!u->uki.parts[copies[i].part].size)
			continue;
		u->copies[i] = xasprintf("%s/" COPY_PREFIX "%s-%012jx%s", boot, u->version,
		        (uintmax_t)(h >> 16), copies[i].suffix);
		add_key(&u->entry, key, u->copies[i] + strlen(boot));
	}
	return r;
}

int unified_name_copies(
        const struct root *root, const char *boot, struct unified_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		int r = name_copies(root, boot, &list->list[i]);

		if (r < 0)
			return err_errno(err, r, "%s%s", root->path, list->list[i].path);
	}
	return 0;
}

static bool same_bytes(int a, uint64_t a_at, int b, uint64_t n)
{
	cleanup_free char *one = xcalloc(1, CHUNK), *other = xcalloc(1, CHUNK);

	for (uint64_t done = 0; done < n; done += CHUNK) {
		size_t size = n - done < CHUNK ? (size_t)(n - done) : CHUNK;

		if (read_at(a, one, size, a_at + done) < 0 || read_at(b, other, size, done) < 0 ||
		        memcmp(one, other, size) != 0)
			return false;
	}
	return true;
}

static bool is_whole(const struct root *root, const struct unified *u, size_t i)
{
	const struct uki_section *section = &u->uki.parts[copies[i].part];
	cleanup_close int image = root_openat(root, u->path, O_RDONLY, 0);
	cleanup_close int copy = root_openat(root, u->copies[i], O_RDONLY | O_NOFOLLOW, 0);
	struct stat st;

	return image >= 0 && copy >= 0 && fstat(copy, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == section->size &&
	       same_bytes(image, section->offset, copy, section->size);
}

static int make_copy(const struct root *root, const struct unified *u, size_t i, struct err *err)
{
	const struct uki_section *section = &u->uki.parts[copies[i].part];
	cleanup_close int fd = root_openat(root, u->path, O_RDONLY, 0);
	cleanup_free char *bytes = xcalloc(1, (size_t)section->size);
	int r = fd < 0 ? fd : read_at(fd, bytes, (size_t)section->size, section->offset);

	if (r < 0)
		return err_errno(err, r, "%s%s", root->path, u->path);
	return root_write(root, u->copies[i], bytes, (size_t)section->size, 0, err);
}

int unified_make_copies(const struct root *root, const struct unified_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct unified *u = &list->list[i];

		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			int r = u->copies[k] && !is_whole(root, u, k) ? make_copy(root, u, k, err)
			                                              : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* "playthrough-6.9.1-0123456789ab.linux", or what root_write() left of one. */
static bool is_copy(const char *name)
{
	const char *plain = name + (*name == '.');

	for (size_t i = 0; starts_with(plain, COPY_PREFIX) && i < UNIFIED_COPY_COUNT; i++) {
		cleanup_free char *cut_off = xasprintf("%s.playthrough-new", copies[i].suffix);

		if (ends_with(plain, plain == name ? copies[i].suffix : cut_off))
			return true;
	}
	return false;
}

static void list_copies(const struct root *root, const char *boot, struct strv *paths)
{
	struct strv cleanup_strv names = {0};

	root_list(root, boot, &names);
	strv_foreach (name, &names) {
		if (is_copy(*name))
			strv_addf(paths, "%s/%s", boot, *name);
	}
}

static bool needs(const struct unified_list *list, const char *path)
{
	for (size_t i = 0; list && i < list->n; i++) {
		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			if (list->list[i].copies[k] && streq(list->list[i].copies[k], path))
				return true;
		}
	}
	return false;
}

int unified_remove_copies(
        const struct root *root, const char *boot, const struct unified_list *list, struct err *err)
{
	struct strv cleanup_strv paths = {0};
	int r = 0;

	list_copies(root, boot, &paths);
	strv_foreach (path, &paths) {
		if (r == 0 && !needs(list, *path))
			r = root_remove(root, *path, err);
	}
	return r;
}

bool unified_has_copies(const struct root *root, const char *boot)
{
	struct strv cleanup_strv paths = {0};

	list_copies(root, boot, &paths);
	return paths.n;
}

/* --- room --- */

bool unified_fits(uint64_t needed, uint64_t free, uint64_t next)
{
	return !needed || (free >= SLACK && free - SLACK >= next && free - SLACK - next >= needed);
}

/* Bytes of ours that go before anything is made. */
static uint64_t superfluous(
        const struct root *root, const char *boot, const struct unified_list *list)
{
	struct strv cleanup_strv paths = {0};
	uint64_t sum = 0;

	list_copies(root, boot, &paths);
	strv_foreach (path, &paths) {
		struct stat st;

		if (!needs(list, *path) && root_stat(root, *path, &st) == 0)
			sum += (uint64_t)st.st_size;
	}
	return sum;
}

static uint64_t still_needed(const struct root *root, const struct unified_list *list)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < list->n; i++) {
		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			const char *path = list->list[i].copies[k];

			if (path && !root_exists(root, path))
				sum += list->list[i].uki.parts[copies[k].part].size;
		}
	}
	return sum;
}

static unsigned megabytes(uint64_t bytes)
{
	return (unsigned)((bytes + (1u << 20) - 1) >> 20);
}

int unified_check_room(
        const struct root *root, const char *boot, const struct unified_list *list, struct err *err)
{
	cleanup_close int fd = root_openat(root, boot, O_RDONLY | O_DIRECTORY, 0);
	uint64_t needed = still_needed(root, list), next = 0, room;
	struct statvfs st;

	if (fd < 0 || fstatvfs(fd, &st) < 0)
		return err_errno(err, fd < 0 ? fd : -errno, "%s%s", root->path, boot);
	for (size_t i = 0; i < list->n; i++)
		next = list->list[i].size > next ? list->list[i].size : next;
	room = (uint64_t)st.f_bavail * st.f_frsize + superfluous(root, boot, list);
	if (unified_fits(needed, room, next))
		return 0;
	err_set(err, -ENOSPC,
	        _("%s has %u MB free; our entry takes %u MB there for copies of kernel and "
	          "initramfs, and the system's next image needs %u MB"),
	        boot, megabytes(room), megabytes(needed), megabytes(next));
	err_hint(err,
	        _("remove an old kernel or an image that is not needed (the fallback image, for "
	          "one), or enlarge the partition; nothing was changed"));
	err_code(err, CODE_BOOT_ROOM);
	return -ENOSPC;
}

/* --- for the plan --- */

bool unified_by_mkinitcpio(const struct root *root, const char *boot)
{
	cleanup_free char *folder = xasprintf("%s" IMAGES, boot);
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		if (mkinitcpio_makes(root, *name))
			return true;
	}
	return false;
}

static void add_note(const struct unified *u, const char *boot, struct strv *notes)
{
	const struct uki_section *parts = u->uki.parts;
	uint64_t size = parts[UKI_LINUX].size + parts[UKI_UCODE].size + parts[UKI_INITRD].size;

	strv_addf(notes,
	        _("%s is a unified image, which only its maker can change. Our entry starts "
	          "copies of the kernel and initramfs in it: %u MB in %s, made anew whenever the "
	          "image is."),
	        u->path, megabytes(size), boot);
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
