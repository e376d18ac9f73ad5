/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_chain.h"

#include <strings.h>

/* Where the ESP usually is; "/boot" also where it holds kernels and no loader. */
static const char *const esps[] = {"/boot/efi", "/efi", "/boot", "/esp", NULL};

/*
 * What each loader is known by. @info: how LoaderInfo begins. @files: beginnings of an EFI program's name, in small
 * letters, separated by space. @folder: the vendor folder \EFI\... where only that one lives. @configs: its
 * configuration, on the ESP ("+...") or with a whole path. @bios: it can start a PC without UEFI too.
 */
static const struct kind {
	const char *name;
	const char *info;
	const char *files;
	const char *folder;
	const char *configs[10];
	bool bios;
} kinds[BOOT_PROGRAM_COUNT] = {
        [BOOT_PROGRAM_UNKNOWN] = {"unknown", NULL, "", NULL, {NULL}, false},
        [BOOT_PROGRAM_GRUB] = {"GRUB", "GRUB", "grub shim", NULL,
                {"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"}, true},
        [BOOT_PROGRAM_SYSTEMD_BOOT] = {"systemd-boot", "systemd-boot", "systemd-boot gummiboot",
                "systemd", {"+/loader/loader.conf"}, false},
        [BOOT_PROGRAM_UKI] = {"a unified kernel image without a boot loader", NULL, "", "linux",
                {NULL}, false},
        [BOOT_PROGRAM_KERNEL] = {"the firmware itself (EFI stub)", NULL, "vmlinuz bzimage", NULL,
                {NULL}, false},
        [BOOT_PROGRAM_REFIND] = {"rEFInd", "rEFInd", "refind", "refind",
                {"+/EFI/refind/refind.conf", "+/EFI/BOOT/refind.conf"}, false},
        [BOOT_PROGRAM_LIMINE] = {"Limine", "Limine", "limine", "limine",
                {"+/limine.conf", "+/limine/limine.conf", "+/EFI/limine/limine.conf",
                        "+/EFI/BOOT/limine.conf", "/boot/limine/limine.conf", "/boot/limine.conf",
                        "+/limine.cfg"},
                true},
        [BOOT_PROGRAM_SYSLINUX] = {"SYSLINUX", NULL, "syslinux", "syslinux",
                {"/boot/syslinux/syslinux.cfg", "/boot/extlinux/extlinux.conf",
                        "/boot/extlinux.conf", "+/EFI/syslinux/syslinux.cfg"},
                true},
        [BOOT_PROGRAM_ELILO] = {"ELILO", NULL, "elilo", NULL,
                {"/etc/elilo.conf", "+/EFI/debian/elilo.conf", "+/EFI/BOOT/elilo.conf"}, false},
        [BOOT_PROGRAM_CLOVER] = {"Clover", NULL, "clover", "clover", {"+/EFI/CLOVER/config.plist"},
                false},
        [BOOT_PROGRAM_OPENCORE] = {"OpenCore", "OpenCore", "opencore", "oc",
                {"+/EFI/OC/config.plist"}, false},
        [BOOT_PROGRAM_WINDOWS] = {"Windows boot manager", NULL, "bootmgfw", "microsoft", {NULL},
                false},
};

const char *boot_program_name(enum boot_program program)
{
	return kinds[program].name;
}

enum boot_program boot_program_of_info(const char *loader_info)
{
	for (int i = 1; loader_info && i < BOOT_PROGRAM_COUNT; i++) {
		const char *info = kinds[i].info;

		if (info && !strncasecmp(loader_info, info, strlen(info)))
			return (enum boot_program)i;
	}
	return BOOT_PROGRAM_UNKNOWN;
}

static bool begins_with_one_of(const char *name, const char *beginnings)
{
	struct strv cleanup_strv list = {0};

	strv_split(&list, beginnings, " ");
	strv_foreach (beginning, &list) {
		if (!strncasecmp(name, *beginning, strlen(*beginning)))
			return true;
	}
	return false;
}

/* The folder after "\EFI\" in @file; caller frees. NULL: it is elsewhere. */
static char *vendor_folder(const char *file)
{
	const char *end;

	if (strncasecmp(file, "\\EFI\\", 5))
		return NULL;
	end = strchr(file + 5, '\\');
	return end ? xstrndup(file + 5, (size_t)(end - file - 5)) : NULL;
}

enum boot_program boot_program_of_file(const char *file)
{
	const char *slash = strrchr(file, '\\');
	const char *name = slash ? slash + 1 : file;
	cleanup_free char *folder = vendor_folder(file);

	/* The folder first: rEFInd behind shim is named grubx64.efi. */
	for (int i = 1; folder && i < BOOT_PROGRAM_COUNT; i++) {
		if (kinds[i].folder && !strcasecmp(folder, kinds[i].folder))
			return (enum boot_program)i;
	}
	for (int i = 1; i < BOOT_PROGRAM_COUNT; i++) {
		if (begins_with_one_of(name, kinds[i].files))
			return (enum boot_program)i;
	}
	return BOOT_PROGRAM_UNKNOWN;
}

enum boot_program boot_program_of_image(const void *bytes, size_t size)
{
	static const struct {
		const char *words;
		size_t size;
		enum boot_program program;
	} marks[] = {
#define MARK(text, program) {text, sizeof(text) - 1, program}
	        MARK("#### LoaderInfo: systemd-boot ", BOOT_PROGRAM_SYSTEMD_BOOT),
	        MARK("#### LoaderInfo: systemd-stub ", BOOT_PROGRAM_UKI),
	        MARK("r\0E\0F\0I\0n\0d\0", BOOT_PROGRAM_REFIND),
	        MARK("Limine ", BOOT_PROGRAM_LIMINE),
	        MARK("grub_main\0", BOOT_PROGRAM_GRUB),
	        MARK("Welcome to GRUB!", BOOT_PROGRAM_GRUB),
#undef MARK
	};
	const char *p = bytes;

	/* Documentation/arch/x86/boot.rst: a kernel says so at 0x202. */
	if (size > 0x206 && !memcmp(p + 0x202, "HdrS", 4))
		return BOOT_PROGRAM_KERNEL;
	if (size < 2 || memcmp(p, "MZ", 2))
		return BOOT_PROGRAM_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (memmem(p, size, marks[i].words, marks[i].size))
			return marks[i].program;
	}
	return BOOT_PROGRAM_UNKNOWN;
}

/* --- files on the ESP --- */

/* The name in @folder that is @part but for small and capital letters; caller frees. NULL: none. */
static char *find_part(const struct root *root, const char *folder, const char *part)
{
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		if (!strcasecmp(*name, part))
			return xasprintf("%s/%s", folder, *name);
	}
	return NULL;
}

/* Where the EFI path "\EFI\BOOT\BOOTX64.EFI" is below @esp: FAT knows no small and capital letters. Caller frees. */
static char *find_file(const struct root *root, const char *esp, const char *file)
{
	struct strv cleanup_strv parts = {0};
	char *path = xstrdup(streq(esp, "/") ? "" : esp);

	strv_split(&parts, file, "\\/");
	strv_foreach (part, &parts) {
		char *next = find_part(root, path, *part);

		free(path);
		path = next;
		if (!path)
			return NULL;
	}
	return path;
}

static enum boot_program look_into(const struct root *root, const char *esp, const char *file)
{
	cleanup_free char *path = esp ? find_file(root, esp, file) : NULL;
	size_t size = 0;
	cleanup_free char *bytes = path ? root_read_bytes(root, path, &size) : NULL;

	return bytes ? boot_program_of_image(bytes, size) : BOOT_PROGRAM_UNKNOWN;
}

/* Its own mount when @esp is known, else the usual places; caller frees. */
static char *find_config(const struct root *root, const char *esp, enum boot_program program)
{
	for (const char *const *config = kinds[program].configs; *config; config++) {
		if (**config == '/') {
			if (root_exists(root, *config))
				return xstrdup(*config);
			continue;
		}
		for (const char *const *place = esps; *place; place++) {
			cleanup_free char *path = NULL;

			if (esp && !streq(esp, *place))
				continue;
			path = xasprintf("%s%s", *place, *config + 1);
			if (root_exists(root, path))
				return take_ptr(path);
		}
	}
	return NULL;
}

/* --- the verdict --- */

static void set(struct boot_chain *out, enum boot_program program, bool proven, char *source,
        const char *value)
{
	out->program = program;
	out->proven = proven;
	free(out->source);
	free(out->value);
	out->source = source;
	out->value = xstrdup(value);
}

static bool is_shim(const char *file)
{
	const char *slash = strrchr(file, '\\');

	return !strncasecmp(slash ? slash + 1 : file, "shim", 4);
}

/* grubx64.efi beside @file: what shim starts (its README, DEFAULT_LOADER), which only mostly is GRUB. */
static enum boot_program look_behind_shim(
        const struct root *root, const char *esp, const char *file)
{
	const char *slash = strrchr(file, '\\');
	cleanup_free char *second =
	        xasprintf("%.*sgrubx64.efi", (int)(slash ? slash + 1 - file : 0), file);

	return look_into(root, esp, second);
}

/* \EFI\BOOT\BOOTX64.EFI is anybody's. */
static bool is_removable_path(const char *file)
{
	return !strncasecmp(file, "\\EFI\\BOOT\\BOOT", 14);
}

static enum boot_program program_of_option(
        const struct root *root, const struct efi_option *option, const struct boot_chain *chain)
{
	enum boot_program program = boot_program_of_file(option->file), behind;

	if (program == BOOT_PROGRAM_UNKNOWN)
		program = look_into(root, chain->esp, option->file);
	if (program == BOOT_PROGRAM_UNKNOWN && is_removable_path(option->file))
		program = look_behind_shim(root, chain->esp, option->file);
	if (program == BOOT_PROGRAM_GRUB && is_shim(option->file)) {
		behind = look_behind_shim(root, chain->esp, option->file);
		program = behind ? behind : program;
	}
	if (program == BOOT_PROGRAM_UNKNOWN && option->arguments &&
	        strstr(option->arguments, "root="))
		program = BOOT_PROGRAM_KERNEL;
	if (program == BOOT_PROGRAM_UNKNOWN && chain->efi.stub)
		program = BOOT_PROGRAM_UKI;
	return program;
}

/* The program of the boot option that was taken; one that anybody may be says nothing when it cannot be read. */
static void judge_option(
        const struct root *root, const struct efi_option *option, struct boot_chain *out)
{
	enum boot_program program = program_of_option(root, option, out);

	if (program != BOOT_PROGRAM_UNKNOWN || !is_removable_path(option->file))
		set(out, program, program != BOOT_PROGRAM_UNKNOWN,
		        efi_option_source(option->number), option->file);
}

static void judge_efi(const struct root *root, struct boot_chain *out)
{
	const struct efi_boot *efi = &out->efi;
	const struct efi_option *option = efi_boot_find(efi, efi->current);

	out->esp = efi_partition_mount(
	        root, option && option->partition ? option->partition : efi->loader_partition);
	if (efi->loader) {
		set(out, boot_program_of_info(efi->loader), true,
		        xstrdup(EFI_VARIABLES "LoaderInfo-" EFI_LOADER), efi->loader);
	} else if (option && option->file) {
		judge_option(root, option, out);
	} else if (efi->stub) {
		set(out, BOOT_PROGRAM_UKI, true, xstrdup(EFI_VARIABLES "StubInfo-" EFI_LOADER),
		        efi->stub);
	}
}

/*
 * A menu of systems may have started another loader, and a boot option may name a disk and no program on it. GRUB
 * puts BOOT_IMAGE= on the command line (grub-core/loader/i386/linux.c), as only SYSLINUX does of the others.
 */
static void judge_command_line(const struct root *root, struct boot_chain *out)
{
	bool menu = out->program == BOOT_PROGRAM_REFIND || out->program == BOOT_PROGRAM_CLOVER ||
	            out->program == BOOT_PROGRAM_OPENCORE || out->program == BOOT_PROGRAM_WINDOWS;
	bool open = menu || (!out->source && out->efi.uefi);
	cleanup_free char *line = open ? root_read(root, "/proc/cmdline") : NULL;
	cleanup_free char *config = open ? find_config(root, NULL, BOOT_PROGRAM_GRUB) : NULL;
	cleanup_free char *other = open ? find_config(root, NULL, BOOT_PROGRAM_SYSLINUX) : NULL;

	if (!line || !config || other || !starts_with(line, "BOOT_IMAGE="))
		return;
	line[strcspn(line, " \n")] = '\0';
	set(out, BOOT_PROGRAM_GRUB, true, xstrdup("/proc/cmdline"), line);
}

/* By files alone. Without UEFI, only those that need none can have started this PC. */
static void judge_files(const struct root *root, struct boot_chain *out)
{
	enum boot_program found = BOOT_PROGRAM_UNKNOWN, efi_only = BOOT_PROGRAM_UNKNOWN;
	size_t n = 0;

	for (int i = 1; i < BOOT_PROGRAM_COUNT; i++) {
		cleanup_free char *config = find_config(root, NULL, (enum boot_program)i);

		if (!config)
			continue;
		if (!kinds[i].bios && !out->efi.uefi) {
			efi_only = efi_only ? efi_only : (enum boot_program)i;
			continue;
		}
		found = (enum boot_program)i;
		n++;
	}
	found = found ? found : efi_only;
	out->ambiguous = n > 1;
	if (found && n <= 1) {
		char *config = find_config(root, NULL, found);

		set(out, found, false, config, "found");
	}
}

static void list_others(const struct root *root, struct boot_chain *out)
{
	for (int i = 1; i < BOOT_PROGRAM_COUNT; i++) {
		char *config = i == (int)out->program
		                       ? NULL
		                       : find_config(root, NULL, (enum boot_program)i);

		if (config)
			strv_take(&out->others, config);
	}
}

void boot_chain_take(const struct root *root, struct boot_chain *out)
{
	*out = (struct boot_chain){0};
	efi_boot_take(root, &out->efi);
	judge_efi(root, out);
	judge_command_line(root, out);
	if (!out->source)
		judge_files(root, out);
	out->config = find_config(root, out->esp, out->program);
	if (!out->config)
		out->config = find_config(root, NULL, out->program);
	list_others(root, out);
}

void boot_chain_finish(struct boot_chain *chain)
{
	efi_boot_finish(&chain->efi);
	free(chain->source);
	free(chain->value);
	free(chain->esp);
	free(chain->config);
	strv_finish(&chain->others);
	*chain = (struct boot_chain){0};
}
