/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DMAR table: what is in it, which devices it means, and what is wrong with a broken one. */
#include "host/dmar.h"
#include "acpi_bytes.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define GRAPHICS "00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 08 00 00 00 00 02 00"
#define REST                                               \
	"00 00 20 00 01 00 00 00 00 10 d9 fe 00 00 00 00 " \
	"03 08 00 00 02 f0 1f 00 04 08 00 00 00 00 1f 00"
#define RMRR                                               \
	"01 00 28 00 00 00 00 00 00 00 e2 3a 00 00 00 00 " \
	"ff ff e3 3a 00 00 00 00 01 08 00 00 00 00 14 00 " \
	"01 08 00 00 00 00 1a 00"

static void build(struct acpi_bytes *b, const char *structures)
{
	acpi_start(b, "DMAR");
	acpi_hex(b, "26 05 0 0 0 0 0 0 0 0 0 0");
	acpi_hex(b, structures);
	acpi_seal(b);
}

static void reads_what_desktops_have(void **state)
{
	struct acpi_bytes b;
	struct dmar dmar;

	(void)state;
	build(&b, GRAPHICS " " REST " " RMRR);
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, NULL), 0);
	assert_int_equal(dmar.address_bits, 39);
	assert_int_equal(dmar.flags, DMAR_INTR_REMAP | DMAR_DMA_CTRL_OPT_IN);
	assert_int_equal(dmar.n, 3);
	assert_int_equal(dmar.list[0].type, DMAR_DRHD);
	assert_int_equal(dmar.list[0].base, 0xfed90000);
	assert_int_equal(dmar.list[0].flags, 0);
	assert_int_equal(dmar.list[0].scopes[0].path[0].device, 2);
	assert_int_equal(dmar.list[1].flags, 1);
	assert_int_equal(dmar.list[1].n, 2);
	assert_int_equal(dmar.list[1].scopes[0].type, DMAR_SCOPE_IOAPIC);
	assert_int_equal(dmar.list[1].scopes[0].id, 2);
	assert_int_equal(dmar.list[1].scopes[1].type, DMAR_SCOPE_HPET);
	assert_int_equal(dmar.list[2].type, DMAR_RMRR);
	assert_int_equal(dmar.list[2].base, 0x3ae20000);
	assert_int_equal(dmar.list[2].limit, 0x3ae3ffff);
	dmar_finish(&dmar);
}

static void reads_what_servers_have(void **state)
{
	struct acpi_bytes b;
	struct dmar dmar;

	(void)state;
	build(&b, "02 00 10 00 00 00 01 00 02 08 00 00 00 80 03 00 "
	          "03 00 14 00 00 00 00 00 00 c0 ff fb 00 00 00 00 01 00 00 00 "
	          "04 00 10 00 00 00 00 01 5c 5f 53 42 2e 49 32 00 "
	          "05 00 10 00 01 00 00 00 01 08 00 00 00 00 02 00 "
	          "06 00 08 00 00 00 00 00");
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, NULL), 0);
	assert_int_equal(dmar.n, 5);
	assert_int_equal(dmar.list[0].type, DMAR_ATSR);
	assert_int_equal(dmar.list[0].segment, 1);
	assert_int_equal(dmar.list[0].scopes[0].type, DMAR_SCOPE_BRIDGE);
	assert_int_equal(dmar.list[0].scopes[0].bus, 0x80);
	assert_int_equal(dmar.list[1].type, DMAR_RHSA);
	assert_int_equal(dmar.list[1].base, 0xfbffc000);
	assert_int_equal(dmar.list[1].number, 1);
	assert_int_equal(dmar.list[2].type, DMAR_ANDD);
	assert_string_equal(dmar.list[2].name, "\\_SB.I2");
	assert_int_equal(dmar.list[3].type, DMAR_SATC);
	assert_int_equal(dmar.list[3].n, 1);
	assert_int_equal(dmar.list[4].type, DMAR_UNKNOWN);
	assert_int_equal(dmar.list[4].number, 6);
	dmar_finish(&dmar);
}

/* --- what is wrong --- */

static void names_the_fault(void **state)
{
	static const struct {
		const char *structures;
		int result;
		const char *says;
		size_t kept;
	} cases[] = {
	        {"", 0, "", 0},
	        {GRAPHICS " 00", -EINVAL, "byte 72: 1 bytes follow the last structure", 1},
	        {GRAPHICS " 00 00 00 00", -EINVAL, "a DRHD of 0 bytes", 1},
	        {GRAPHICS " 09 00 00 00", -EINVAL, "a structure of 0 bytes", 1},
	        {"00 00 0f 00 00 00 00 00 00 00 d9 fe 00 00 00", -EINVAL, "a DRHD of 15 bytes", 0},
	        {"00 00 40 00 00 00 00 00 00 00 d9 fe 00 00 00 00", -EINVAL,
	                "a DRHD of 64 bytes where 16 are left", 0},
	        {"00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 00 00 00 00 00 02 00", -EINVAL,
	                "byte 48: in a DRHD: a device scope of 0 bytes", 1},
	        {"00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 0a 00 00 00 00 02 00", -EINVAL,
	                "a device scope of 10 bytes where 8 are left", 1},
	        {"00 00 16 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 06 00 00 00 00", -EINVAL,
	                "whose path has 0 bytes", 1},
	        {"00 00 17 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 07 00 00 00 00 02", -EINVAL,
	                "whose path has 1 bytes", 1},
	        {"00 00 11 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01", -EINVAL,
	                "a device scope of 1 bytes", 1},
	        {"00 00 10 00 01 00 00 00 00 00 00 00 00 00 00 00 " REST, -EBADMSG,
	                "a unit's address is 0", 2},
	        {"00 00 10 00 01 00 00 00 ff ff ff ff ff ff ff ff", -EBADMSG, "all ones", 1},
	        {"01 00 18 00 00 00 00 00 00 00 02 00 00 00 00 00 ff ff 01 00 00 00 00 00",
	                -EBADMSG, "an RMRR ends before it begins", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = {0};
		struct acpi_bytes b;
		struct dmar dmar;

		build(&b, cases[i].structures);
		assert_int_equal(dmar_parse(b.at, b.n, &dmar, &err), cases[i].result);
		if (!strstr(err.message, cases[i].says))
			fail_msg("case %zu: %s", i, err.message);
		assert_int_equal(dmar.n, cases[i].kept);
		dmar_finish(&dmar);
	}
}

static void names_a_bad_header(void **state)
{
	struct acpi_bytes b;
	struct err err = {0};
	struct dmar dmar;

	(void)state;
	build(&b, REST);
	assert_int_equal(dmar_parse(b.at, 35, &dmar, &err), -EINVAL);
	assert_non_null(strstr(err.message, "35 bytes"));
	assert_int_equal(dmar_parse(b.at, b.n - 1, &dmar, &err), -EINVAL);
	assert_non_null(strstr(err.message, "its length is 80, but only 79 bytes"));
	b.at[4] = 47;
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, &err), -EINVAL);
	assert_non_null(strstr(err.message, "at least 48"));
	b.at[4] = 80;
	b.at[9]++;
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, &err), -EBADMSG);
	assert_string_equal(err.message, "its checksum is wrong by 0x01");
	assert_int_equal(dmar.n, 1); /* all the same */
	dmar_finish(&dmar);
	b.at[0] = 'X';
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, &err), -EINVAL);
	assert_int_equal(dmar.address_bits, 0);
}

/* Every prefix, and every byte changed: an answer, no crash. */
static void survives_damage(void **state)
{
	struct acpi_bytes b;
	struct dmar dmar;

	(void)state;
	build(&b, GRAPHICS " " REST " " RMRR);
	for (size_t n = 0; n < b.n; n++) {
		cleanup_free uint8_t *copy = xcalloc(n + 1, 1);

		memcpy(copy, b.at, n);
		assert_true(dmar_parse(copy, n, &dmar, NULL) < 0);
		dmar_finish(&dmar);
	}
	for (size_t at = 0; at < b.n; at++) {
		for (int value = 0; value < 256; value++) {
			uint8_t old = b.at[at];

			b.at[at] = (uint8_t)value;
			assert_true(dmar_parse(b.at, b.n, &dmar, NULL) < 0 || value == old);
			dmar_finish(&dmar);
			b.at[at] = old;
		}
	}
}

/* --- which devices --- */

static int add(struct pci *pci, const char *address, int parent)
{
	struct pci_device *d = list_append(pci->list, pci->n);

	assert_int_equal(pci_addr_parse(address, &d->addr), 0);
	d->parent = parent;
	return (int)pci->n - 1;
}

static void finds_devices_through_bridges(void **state)
{
	struct pci pci = {0};
	struct dmar_scope scope = {
	        .type = DMAR_SCOPE_ENDPOINT, .n = 3, .path = {{1, 0}, {0, 0}, {3, 1}}};
	int port = add(&pci, "0000:00:01.0", -1), bridge = add(&pci, "0000:05:00.0", port);
	int end = add(&pci, "0000:06:03.1", bridge), other = add(&pci, "0001:00:01.0", -1);

	(void)state;
	assert_int_equal(dmar_scope_find(&scope, 0, &pci), end);
	assert_int_equal(dmar_scope_find(&scope, 1, &pci), -1); /* nothing behind that port */
	scope.n = 1;
	assert_int_equal(dmar_scope_find(&scope, 0, &pci), port);
	assert_int_equal(dmar_scope_find(&scope, 1, &pci), other);
	scope.type = DMAR_SCOPE_IOAPIC;
	assert_int_equal(dmar_scope_find(&scope, 0, &pci), -1);
	scope.type = DMAR_SCOPE_ENDPOINT;
	scope.path[0].function = 7;
	assert_int_equal(dmar_scope_find(&scope, 0, &pci), -1);
	free(pci.list);
}

static void finds_the_unit_of_a_device(void **state)
{
	struct acpi_bytes b;
	struct pci pci = {0};
	struct dmar dmar;
	int port = add(&pci, "0000:00:01.0", -1), card = add(&pci, "0000:01:00.0", port);
	int graphics = add(&pci, "0000:00:02.0", -1), far = add(&pci, "0001:00:02.0", -1);

	(void)state;
	build(&b, GRAPHICS
	        " 00 00 18 00 00 00 00 00 00 20 d9 fe 00 00 00 00 02 08 00 00 00 00 01 00 " REST);
	assert_int_equal(dmar_parse(b.at, b.n, &dmar, NULL), 0);
	assert_ptr_equal(dmar_unit_of(&dmar, &pci, (size_t)graphics), &dmar.list[0]);
	assert_ptr_equal(
	        dmar_unit_of(&dmar, &pci, (size_t)card), &dmar.list[1]); /* behind its port */
	assert_ptr_equal(dmar_unit_of(&dmar, &pci, (size_t)port), &dmar.list[1]);
	assert_null(dmar_unit_of(&dmar, &pci, (size_t)far));
	dmar.list[1].scopes[0].type = DMAR_SCOPE_ENDPOINT; /* the port alone */
	assert_ptr_equal(dmar_unit_of(&dmar, &pci, (size_t)card), &dmar.list[2]);
	pci.list[port].parent = card; /* a tree that bites its tail */
	dmar.list[1].scopes[0].type = DMAR_SCOPE_BRIDGE;
	assert_ptr_equal(dmar_unit_of(&dmar, &pci, (size_t)graphics), &dmar.list[0]);
	dmar.list[1].scopes[0].path[0].device = 9;
	assert_ptr_equal(dmar_unit_of(&dmar, &pci, (size_t)card), &dmar.list[2]);
	dmar_finish(&dmar);
	free(pci.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_what_desktops_have),
	        cmocka_unit_test(reads_what_servers_have),
	        cmocka_unit_test(names_the_fault),
	        cmocka_unit_test(names_a_bad_header),
	        cmocka_unit_test(survives_damage),
	        cmocka_unit_test(finds_devices_through_bridges),
	        cmocka_unit_test(finds_the_unit_of_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
