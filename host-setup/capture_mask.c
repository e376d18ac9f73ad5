/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_mask.h"

#include <stdio.h>

void mask_learn(struct mask *mask, const struct host *host)
{
	for (size_t i = 0; i < host->disks.n; i++)
		mask_learn_serial(mask, host->disks.list[i].serial);
	for (size_t i = 0; i < host->usb.n; i++) {
		if (!host->usb.list[i].root_hub)
			mask_learn_serial(mask, host->usb.list[i].serial);
	}
	/* People name them: "Alice's keyboard". */
	for (size_t i = 0; i < host->inputs.n; i++) {
		const char *name = host->inputs.list[i].name;

		if (host->inputs.list[i].bluetooth && mask_is_secret(name) &&
		        !mask_find(mask, name, strlen(name)))
			mask_add(mask, name, strlen(name), xasprintf("DEVICE%04zu", mask->n + 1));
	}
}

void mask_learn_udev(struct mask *mask, const char *db)
{
	static const char *const keys[] = {"ID_SERIAL_SHORT", "ID_SCSI_SERIAL",
	        "ID_USB_SERIAL_SHORT", "ID_WWN", "ID_WWN_WITH_EXTENSION", "ID_FS_UUID",
	        "ID_FS_UUID_SUB", "ID_PART_TABLE_UUID", "ID_PART_ENTRY_UUID", "SCSI_IDENT_SERIAL"};
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, db, "\n");
	strv_foreach (line, &lines) {
		char *value = strchr(*line, '=');

		if (!value || !starts_with(*line, "E:"))
			continue;
		*value++ = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			/* Full UUIDs are met as a pattern. */
			if (streq(*line + 2, keys[i]) && strlen(value) != 36)
				mask_learn_serial(mask, value);
		}
	}
}

/* --- binary --- */

/* PCIe 5.0, 7.9.3: extended capability 0003h, the number in the eight bytes behind the header. */
void mask_pci_config(struct mask *mask, unsigned char *config, size_t size)
{
	size_t at = 0x100;

	for (int steps = 0; steps < 960 && at >= 0x100 && at + 12 <= size; steps++) {
		unsigned char *c = config + at;
		char serial[17];
		const struct mask_name *known;
		size_t number;

		if ((c[0] | c[1] << 8) == 0x0003) {
			for (int i = 0; i < 8; i++)
				snprintf(serial + 2 * i, 3, "%02x", c[11 - i]);
			known = mask_find(mask, serial, 16);
			number = known ? (size_t)(known - mask->list) + 1 : mask->n + 1;
			if (!known)
				mask_add(mask, serial, 16, xasprintf("%016zx", number));
			memset(c + 4, 0, 8);
			c[4] = (unsigned char)number;
			c[5] = (unsigned char)(number >> 8);
			return;
		}
		at = (c[2] | c[3] << 8) >> 4 & 0xffc;
	}
}
