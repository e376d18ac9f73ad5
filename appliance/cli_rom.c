/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about ROM files: rom dump, check, trim. None of them asks the daemon. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_rom_dump.h"
#include "host/rom_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- files --- */

static int refuse_file(const char *file, struct err *err)
{
	err_set(err, -EINVAL, _("%s is no file of at most %zu MiB"), file, ROM_FILE_MAX >> 20);
	err_code(err, CODE_GPU_ROM_FILE);
	return -EINVAL;
}

static int read_file(const char *file, void **bytes, size_t *size, struct err *err)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *text = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "%s", file);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)ROM_FILE_MAX)
		return refuse_file(file, err);
	text = xcalloc((size_t)st.st_size + 1, 1);
	*size = 0;
	while (*size < (size_t)st.st_size) {
		ssize_t n = read(fd, text + *size, (size_t)st.st_size - *size);

		if (n < 0)
			return err_errno(err, -errno, "%s", file);
		if (n == 0)
			break;
		*size += (size_t)n;
	}
	*bytes = take_ptr(text);
	return 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = write(fd, bytes + at, size - at);

		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Some file systems cannot promise that nothing is replaced; there the moment between the two counts for nothing. */
static int name_new(const char *temporary, const char *file)
{
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, file, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (access(file, F_OK) == 0)
		return -EEXIST;
	return rename(temporary, file) < 0 ? -errno : 0;
}

/* Whole or not at all, and never over another file. Everybody may read it: QEMU's user must. */
static int write_new(const char *file, const void *bytes, size_t size, struct err *err)
{
	cleanup_free char *temporary = xasprintf("%s.%d.new", file, getpid());
	cleanup_close int fd =
	        open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r = fd < 0 ? -errno : write_all(fd, bytes, size);

	if (r == 0)
		r = name_new(temporary, file);
	if (r == 0)
		return 0;
	if (fd >= 0)
		unlink(temporary);
	err_errno(err, r, "%s", file);
	if (r == -EEXIST)
		err_hint(err, _("name a file that is not there yet"));
	return r;
}

/* --- check --- */

static json_t *image_json(const void *bytes, size_t size, const struct rom_image *image)
{
	cleanup_free char *id = xasprintf("%04x:%04x", image->vendor, image->device);
	json_t *json = json_pack("{s:s, s:s, s:I, s:I, s:b, s:b}", "kind", rom_image_kind(image),
	        "id", id, "offset", (json_int_t)image->offset, "bytes", (json_int_t)image->length,
	        "last", image->last, "whole", image->said == image->length);

	if (image->code_type == ROM_CODE_X86)
		json_object_set_new(json, "checksum",
		        json_string(rom_image_sum(bytes, size, image) ? "wrong" : "right"));
	return json;
}

static bool draws_at_once(const struct rom *rom)
{
	return rom->n && rom_find_uefi(rom, rom->list[0].vendor);
}

static void print_json(const char *file, const void *bytes, size_t size, const struct rom *rom,
        const struct err *why)
{
	cleanup(json_decrefp) json_t *json = cli_document(), *images = json_array();
	cleanup_free char *name = text_utf8(file);

	for (size_t i = 0; i < rom->n; i++)
		json_array_append_new(images, image_json(bytes, size, &rom->list[i]));
	json_object_set_new(json, "file", json_string(name));
	json_object_set_new(json, "good", json_boolean(!why->number));
	json_object_set_new(json, "uefi", json_boolean(draws_at_once(rom)));
	json_object_set_new(
	        json, "header_bytes", json_integer((json_int_t)rom_file_lead(bytes, rom).size));
	json_object_set(json, "images", images);
	if (why->number) {
		json_object_set_new(json, "message", json_string(why->message));
		json_object_set_new(json, "hint", json_string(why->hint));
		json_object_set_new(json, "code", json_string(why->code));
	}
	cli_print_json(json);
}

static void print_image(const void *bytes, size_t size, const struct rom_image *image)
{
	const char *sum = "";

	if (image->code_type == ROM_CODE_X86)
		sum = rom_image_sum(bytes, size, image) ? _(", checksum wrong")
		                                        : _(", checksum right");
	printf(_("  at byte %zu: %s of %04x:%04x, %zu bytes%s%s\n"), image->offset,
	        _(rom_image_kind(image)), image->vendor, image->device, image->length, sum,
	        image->last ? _(", the last one") : "");
}

static void print_images(const char *file, const void *bytes, size_t size, const struct rom *rom)
{
	cli_put(file);
	printf(_(": %zu bytes\n"), size);
	for (size_t i = 0; i < rom->n; i++)
		print_image(bytes, size, &rom->list[i]);
	if (!rom->n)
		return;
	if (!rom->complete)
		puts(_("  no image says that it is the last one: more may be missing"));
	puts(draws_at_once(rom)
	                ? _("  a guest with UEFI has a picture before it has a driver (GOP)")
	                : _("  a guest with UEFI stays dark until it has a driver: no GOP"));
}

static int parse_address(const char *text, struct pci_addr *out, struct err *err)
{
	if (pci_addr_parse(text, out) == 0)
		return 0;
	err_set(err, -EINVAL, _("\"%s\" is not the address of a PCI device"), text);
	err_hint(err, _("write it as lspci -D shows it: 0000:01:00.0"));
	return -EINVAL;
}

static int need_of(const char *address, struct rom_need *need, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	struct pci_addr addr;
	int r;

	if (!address)
		return 0;
	need->card = true;
	r = parse_address(address, &addr, err);
	r = r < 0 ? r : root_open(&root, "/", err);
	return r < 0 ? r : rom_dump_identify(&root, addr, &need->vendor, &need->device, err);
}

int command_rom_check(struct cli *cli, struct err *err)
{
	const char *file = cli->args[0], *address = cli->args[1];
	cleanup(rom_finish) struct rom rom = {0};
	cleanup_free void *bytes = NULL;
	struct rom_need need = {0};
	struct err why = {0};
	size_t size = 0;
	int r = need_of(address, &need, err);

	r = r < 0 ? r : read_file(file, &bytes, &size, err);
	if (r < 0)
		return r;
	rom_parse(bytes, size, &rom, NULL);
	r = rom_file_judge(file, bytes, size, &need, address, &why);
	if (cli->json) {
		print_json(file, bytes, size, &rom, &why);
		return r < 0 ? 1 : 0;
	}
	print_images(file, bytes, size, &rom);
	if (r < 0)
		*err = why;
	else
		puts(address ? _("  good for this card")
		             : _("  good; whether it is of a card, its "
		                 "ADDRESS would tell"));
	return r;
}

/* --- trim --- */

int command_rom_trim(struct cli *cli, struct err *err)
{
	const char *file = cli->args[0], *out = cli->args[1];
	cleanup(rom_finish) struct rom rom = {0};
	cleanup_free char *bytes = NULL;
	struct rom_lead lead;
	size_t size = 0;
	int r = read_file(file, (void **)&bytes, &size, err);

	if (r < 0)
		return r;
	if (rom_parse(bytes, size, &rom, err) < 0) {
		err_code(err, CODE_GPU_ROM_FILE);
		return err_prefix(err, "%s", file);
	}
	lead = rom_file_lead(bytes, &rom);
	if (!lead.size) {
		cli_put(file);
		puts(_(": nothing stands before its first image; nothing is written"));
		return 0;
	}
	r = write_new(out, bytes + lead.size, size - lead.size, err);
	if (r < 0)
		return r;
	cli_put(out);
	printf(_(": written without the first %zu bytes\n"), lead.size);
	return 0;
}

/* --- dump --- */

/* Ctrl-C must not leave the card's ROM switched on. */
static int take_undisturbed(
        const struct root *root, struct pci_addr addr, struct rom_dump *dump, struct err *err)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	r = rom_dump_take(root, addr, dump, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void tell_dump(const char *file, const struct rom_dump *dump)
{
	cli_put(file);
	printf(_(": %zu bytes, read from %s\n"), dump->size, dump->source);
	if (dump->firmwares)
		puts(_("  it is the copy that firmware keeps, which may hold fewer images than "
		       "the card"));
	if (dump->shadow)
		puts(_("  this PC's first display: it may be what firmware left in memory at "
		       "0xc0000, changed and without the UEFI image; compare it with one taken "
		       "while another card is the first"));
}

int command_rom_dump(struct cli *cli, struct err *err)
{
	const char *address = cli->args[0], *file = cli->args[1];
	cleanup(rom_dump_finish) struct rom_dump dump = {0};
	cleanup(root_close) struct root root = {.fd = -1};
	struct rom_need need = {.card = true};
	struct pci_addr addr;
	struct err why = {0};
	int r = parse_address(address, &addr, err);

	if (r == 0 && access(file, F_OK) == 0)
		r = err_errno(err, -EEXIST, "%s", file);
	r = r < 0 ? r : root_open(&root, "/", err);
	r = r < 0 ? r : take_undisturbed(&root, addr, &dump, err);
	r = r < 0 ? r : write_new(file, dump.bytes, dump.size, err);
	if (r < 0)
		return r;
	tell_dump(file, &dump);
	need.vendor = dump.vendor;
	need.device = dump.device;
	if (rom_file_judge(file, dump.bytes, dump.size, &need, address, &why) < 0)
		err_print(&why, "playthrough");
	return 0;
}
