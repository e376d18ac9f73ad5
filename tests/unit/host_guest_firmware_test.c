/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/guest_firmware.h"

#include <setjmp.h>
#include <cmocka.h>

#include "machine.h"

#define USUAL "/usr/share/qemu/firmware/"

/* A description as distributions write them; @mapping, @machine, @features as in JSON. */
static void describe(const struct machine *m, const char *path, const char *mapping,
        const char *machine, const char *features)
{
	cleanup_free char *text =
	        xasprintf("{\"interface-types\": [\"uefi\"], \"mapping\": {%s}, \"targets\": "
	                  "[{\"architecture\": \"x86_64\", \"machines\": [\"%s\"]}], "
	                  "\"features\": [%s]}",
	                mapping, machine, features);

	machine_write(m, path, text);
}

#define FLASH(code)                                                                               \
	"\"device\": \"flash\", \"executable\": {\"filename\": \"" code                           \
	"\", \"format\": \"raw\"}, \"nvram-template\": {\"filename\": \"/vars.fd\", \"format\": " \
	"\"raw\"}"

static void in_order(void **state)
{
	struct guest_firmwares all;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	describe(&m, USUAL "60-plain.json", FLASH("/plain.fd"), "pc-q35-*", "\"acpi-s3\"");
	describe(&m, USUAL "40-secure.json", FLASH("/secure.fd"), "pc-q35-*",
	        "\"enrolled-keys\", \"requires-smm\", \"secure-boot\"");
	guest_firmwares_take(&m.root, &all);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.list[0].code, "/secure.fd");
	assert_string_equal(all.list[0].descriptor, USUAL "40-secure.json");
	assert_true(all.list[0].secure_boot && all.list[0].enrolled && all.list[0].smm);
	assert_string_equal(all.list[1].code, "/plain.fd");
	assert_string_equal(all.list[1].variables, "/vars.fd");
	assert_false(all.list[1].secure_boot || all.list[1].enrolled || all.list[1].smm);
	guest_firmwares_finish(&all);
	machine_close(&m);
}

/* What the PC's owner wrote replaces what was installed; an empty file takes it away. */
static void owners_own(void **state)
{
	struct guest_firmwares all;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	describe(&m, USUAL "50-a.json", FLASH("/a.fd"), "pc-q35-*", "");
	describe(&m, USUAL "60-b.json", FLASH("/b.fd"), "pc-q35-*", "");
	describe(&m, "/etc/qemu/firmware/60-b.json", FLASH("/mine.fd"), "pc-q35-*", "");
	machine_write(&m, "/etc/qemu/firmware/50-a.json", "");
	guest_firmwares_take(&m.root, &all);
	assert_int_equal(all.n, 1);
	assert_string_equal(all.list[0].code, "/mine.fd");
	guest_firmwares_finish(&all);
	machine_close(&m);
}

static void not_for_us(void **state)
{
	struct guest_firmwares all;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	describe(&m, USUAL "1.json", FLASH("/a.fd"), "pc-i440fx-*", "");
	describe(&m, USUAL "2.json", FLASH("relative.fd"), "pc-q35-*", "");
	describe(&m, USUAL "3.json", "\"device\": \"memory\", \"filename\": \"/a.fd\"", "pc-q35-*",
	        "");
	describe(&m, USUAL "4.json", "\"mode\": \"combined\", " FLASH("/a.fd"), "pc-q35-*", "");
	machine_write(&m, USUAL "5.json", "{\"mapping\": 7, \"targets\": {}, \"interface-types\"");
	machine_write(&m, USUAL "6.json", "[1, 2]");
	machine_write(&m, USUAL "7.txt", "{}");
	guest_firmwares_take(&m.root, &all);
	assert_int_equal(all.n, 0);
	guest_firmwares_finish(&all);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(in_order),
	        cmocka_unit_test(owners_own),
	        cmocka_unit_test(not_for_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
