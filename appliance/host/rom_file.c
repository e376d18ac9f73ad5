/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/rom_file.h"
#include "base/i18n.h"

#include <ctype.h>
#include <errno.h>

static int refuse(struct err *err, enum code code)
{
	err_code(err, code);
	return -EINVAL;
}

static void hint_dump(const char *address, struct err *err)
{
	err_hint(err,
	        _("take the card's own again, before anything has used it: sudo playthrough rom "
	          "dump %s FILE"),
	        address ? address : _("ADDRESS"));
}

struct rom_lead rom_file_lead(const void *bytes, const struct rom *rom)
{
	const unsigned char *text = bytes;
	struct rom_lead lead = {.size = rom->n ? rom->list[0].offset : 0};

	for (size_t i = 0; i < 4 && i < lead.size && isalnum(text[i]); i++)
		lead.name[i] = (char)text[i];
	return lead;
}

const char *rom_image_kind(const struct rom_image *image)
{
	switch (image->code_type) {
	case ROM_CODE_X86:
		return N_("x86 image");
	case ROM_CODE_UEFI:
		return image->machine == ROM_MACHINE_X64 ? N_("UEFI image for x86-64")
		                                         : N_("UEFI image of another processor");
	}
	return N_("image of another kind");
}

/* QEMU hands the file to the guest as it is, and the guest's firmware looks for 55 AA in the first two bytes. */
static int check_lead(const char *name, const void *bytes, const struct rom *rom, struct err *err)
{
	struct rom_lead lead = rom_file_lead(bytes, rom);

	if (!lead.size)
		return 0;
	err_set(err, -EINVAL,
	        _("%s begins with %zu bytes of another program's header%s%s, and the guest's "
	          "firmware looks for 55 AA there"),
	        name, lead.size, lead.name[0] ? ", " : "", lead.name);
	err_hint(err, _("write a copy without it: playthrough rom trim %s NEW.rom"), name);
	return refuse(err, CODE_GPU_ROM_HEADER);
}

static int check_whole(
        const char *name, size_t size, const struct rom *rom, const char *address, struct err *err)
{
	for (size_t i = 0; i < rom->n; i++) {
		const struct rom_image *image = &rom->list[i];

		if (image->said == image->length)
			continue;
		err_set(err, -EINVAL,
		        _("%s is cut off: its image at byte %zu says that it has %zu bytes, and "
		          "the file ends at %zu"),
		        name, image->offset, image->said, size);
		hint_dump(address, err);
		return refuse(err, CODE_GPU_ROM_FILE);
	}
	return 0;
}

static int check_card(const char *name, const void *bytes, size_t size, const struct rom *rom,
        const struct rom_need *need, const char *address, struct err *err)
{
	for (size_t i = 0; i < rom->n; i++) {
		if (rom_image_is_for(bytes, size, &rom->list[i], need->vendor, need->device))
			return 0;
	}
	err_set(err, -EINVAL, _("%s is the ROM of a %04x:%04x, and the card is %04x:%04x"), name,
	        rom->list[0].vendor, rom->list[0].device, need->vendor, need->device);
	hint_dump(address, err);
	return refuse(err, CODE_GPU_ROM_OTHER);
}

static int check_bios(const char *name, const void *bytes, size_t size, const struct rom *rom,
        const char *address, struct err *err)
{
	const struct rom_image *image = rom_find_x86(rom);
	uint8_t sum = image ? rom_image_sum(bytes, size, image) : 0;

	if (image && sum == 0)
		return 0;
	if (image)
		err_set(err, -EINVAL,
		        _("the x86 image of %s adds up to %02x, not 00, so that the guest's BIOS "
		          "does not run it"),
		        name, sum);
	else
		err_set(err, -EINVAL,
		        _("%s holds no x86 image, and the guest's BIOS runs no other"), name);
	if (image)
		hint_dump(address, err);
	else
		err_hint(err, _("write firmware=uefi in [boot], or remove romfile="));
	return refuse(err, CODE_GPU_ROM_FILE);
}

int rom_file_judge(const char *name, const void *bytes, size_t size, const struct rom_need *need,
        const char *address, struct err *err)
{
	cleanup(rom_finish) struct rom rom = {0};
	int r;

	if (rom_parse(bytes, size, &rom, NULL) < 0) {
		err_set(err, -EINVAL,
		        _("%s is no ROM: %zu bytes without an image (55 AA and \"PCIR\")"), name,
		        size);
		hint_dump(address, err);
		return refuse(err, CODE_GPU_ROM_FILE);
	}
	r = check_lead(name, bytes, &rom, err);
	r = r < 0 ? r : check_whole(name, size, &rom, address, err);
	if (r == 0 && need->card)
		r = check_card(name, bytes, size, &rom, need, address, err);
	if (r == 0 && need->bios)
		r = check_bios(name, bytes, size, &rom, address, err);
	return r;
}
