/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How warm and well a disk is, from files that may be missing or garbage. */
#include "host/disk_health.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
	const char *disk, *path, *value, *second, *second_value;
	bool has_temperature;
	int millidegrees;
	const char *health;
} rows[] = {
        {"sda", "/sys/block/sda/device/hwmon/hwmon3/temp1_input", "34000", NULL, NULL, true, 34000,
                "unknown"},
        {"nvme0n1", "/sys/block/nvme0n1/device/hwmon1/temp1_input", "41850", NULL, NULL, true,
                41850, "unknown"},
        {"nvme0n1", "/sys/block/nvme0n1/device/device/hwmon/hwmon1/temp1_input", "-5000", NULL,
                NULL, true, -5000, "unknown"},
        {"nvme0n1", "/sys/block/nvme0n1/device/hwmon1/temp1_input", "91850",
                "/sys/block/nvme0n1/device/hwmon1/temp1_alarm", "1", true, 91850, "warn"},
        {"cciss/c0d0", "/sys/block/cciss!c0d0/device/hwmon/hwmon0/temp1_input", "20000", NULL, NULL,
                true, 20000, "unknown"},
        {"sda", "/sys/block/sda/device/state", "offline", NULL, NULL, false, 0, "bad"},
        {"sda", "/sys/block/sda/device/state", "running", NULL, NULL, false, 0, "unknown"},
        {"mmcblk0", "/sys/block/mmcblk0/device/pre_eol_info", "0x01", NULL, NULL, false, 0, "good"},
        {"mmcblk0", "/sys/block/mmcblk0/device/pre_eol_info", "0x03", NULL, NULL, false, 0, "bad"},
        {"mmcblk0", "/sys/block/mmcblk0/device/pre_eol_info", "0x00", NULL, NULL, false, 0,
                "unknown"},
        {"sda", "/sys/block/sda/device/hwmon/hwmon3/temp1_input", "99999999", NULL, NULL, false, 0,
                "unknown"},
        {"sda", "/sys/block/sda/device/hwmon/hwmon3/temp1_input", "warm", NULL, NULL, false, 0,
                "unknown"},
        {"sda", "/sys/block/sdb/device/state", "offline", NULL, NULL, false, 0, "unknown"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		cleanup_free char *name = xstrdup(row->disk);
		struct disk_health health;
		struct machine m;

		machine_open(&m, NULL);
		machine_write(&m, row->path, row->value);
		if (row->second)
			machine_write(&m, row->second, row->second_value);
		disk_health_take(&m.root, &(struct disk){.name = name}, &health);
		assert_int_equal(health.has_temperature, row->has_temperature);
		assert_int_equal(health.millidegrees, row->millidegrees);
		assert_string_equal(disk_health_word(health.verdict), row->health);
		assert_int_equal(health.verdict != DISK_HEALTH_UNKNOWN, health.source != NULL);
		if (health.has_temperature)
			assert_string_equal(health.temperature_source, row->path);
		disk_health_finish(&health);
		machine_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
