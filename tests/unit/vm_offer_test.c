/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recorded machines offer a game; and that whatever is said to pass is what a start takes. */
#include "vm/plan/offer.h"

#include "machine.h"
#include "vm/plan/plan.h"

#include <dirent.h>
#include <setjmp.h>

#include <cmocka.h>

#define GIB (1ull << 30)

struct fixture {
	struct machine machine;
	struct host host;
	struct strv names;
	json_t *offers;
};

static void take(struct fixture *f, bool session)
{
	const struct offer_request q = {.host = &f->host, .session = session, .names = &f->names};

	json_decref(f->offers);
	f->offers = offers_json(&q);
	assert_non_null(f->offers);
}

/* Recorded PCs are told without what is installed for guests. */
static void install_firmware(struct host *host)
{
	struct guest_firmware *firmware = list_append(host->firmwares.list, host->firmwares.n);

	firmware->code = xstrdup("/code.fd");
	firmware->variables = xstrdup("/variables.fd");
}

static void begin(struct fixture *f, const char *machine)
{
	*f = (struct fixture){0};
	machine_open(&f->machine, machine);
	if (host_take(&f->machine.root, &f->host, NULL) < 0)
		return;
	install_firmware(&f->host);
	take(f, false);
}

static void finish(struct fixture *f)
{
	json_decref(f->offers);
	host_finish(&f->host);
	strv_finish(&f->names);
	machine_close(&f->machine);
}

static const json_t *find(
        const struct fixture *f, const char *list, const char *key, const char *is)
{
	const json_t *offer;
	size_t i;

	json_array_foreach (json_object_get(f->offers, list), i, offer) {
		if (streq(json_string_value(json_object_get(offer, key)), is))
			return offer;
	}
	fail_msg("%s: no %s", list, is);
	return NULL;
}

static const char *word(const json_t *offer, const char *key)
{
	return json_string_value(json_object_get(offer, key));
}

static bool has(const json_t *offer, const char *list, const char *says)
{
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(offer, list), i, text)
		if (strstr(json_string_value(text), says))
			return true;
	return false;
}

static bool proposed(const json_t *offer)
{
	return json_is_true(json_object_get(offer, "proposed"));
}

static const char *section(const json_t *offer, size_t i)
{
	return word(json_array_get(json_object_get(offer, "sections"), i), "section");
}

static const char *value(const json_t *offer, size_t i, const char *key)
{
	const json_t *pair;
	size_t k;

	json_array_foreach (
	        json_object_get(json_array_get(json_object_get(offer, "sections"), i), "keys"), k,
	        pair)
		if (streq(json_string_value(json_array_get(pair, 0)), key))
			return json_string_value(json_array_get(pair, 1));
	return NULL;
}

/* --- single machines --- */

/* The host's screen is the processor's; nouveau has the card, and nobody uses it. */
static void test_card_and_sound(void **state)
{
	struct fixture f;
	const json_t *gpu;

	(void)state;
	begin(&f, "one-usb-controller");
	assert_int_equal(json_array_size(json_object_get(f.offers, "gpus")), 2);
	gpu = find(&f, "gpus", "address", "0000:01:00.0");
	assert_string_equal(word(gpu, "id"), "10de:1b81");
	assert_string_equal(word(gpu, "verdict"), "pass");
	assert_true(proposed(gpu));
	assert_true(has(gpu, "with", "0000:01:00.1"));
	assert_string_equal(section(gpu, 0), "gpu");
	assert_string_equal(value(gpu, 0, "address"), "0000:01:00.0");
	assert_string_equal(value(gpu, 0, "id"), "10de:1b81");
	assert_string_equal(value(gpu, 0, "path"), "0000:00:01.0/00.0");
	assert_null(value(gpu, 0, "serial"));
	assert_string_equal(section(gpu, 1), "audio");
	assert_string_equal(value(gpu, 1, "address"), "0000:01:00.1");
	gpu = find(&f, "gpus", "address", "0000:00:02.0");
	assert_string_equal(word(gpu, "verdict"), "fail");
	assert_string_equal(word(gpu, "code"), "PT-PCI-04");
	assert_true(has(gpu, "reasons", "this PC uses 8086:3e92 itself: boot display"));
	assert_false(has(gpu, "reasons", "gpu"));
	assert_string_equal(section(gpu, 0), "gpu 2");
	assert_false(proposed(gpu));
	/* The only controller, with the only keyboard. */
	gpu = find(&f, "usb_controllers", "address", "0000:00:14.0");
	assert_string_equal(word(gpu, "verdict"), "fail");
	assert_false(proposed(gpu));
	assert_int_equal(json_array_size(json_object_get(gpu, "devices")), 2);
	finish(&f);
}

static void nothing_proposed(const char *machine, const char *address, const char *says)
{
	struct fixture f;
	const json_t *offer, *gpu;
	size_t i;

	begin(&f, machine);
	gpu = find(&f, "gpus", "address", address);
	if (!streq(word(gpu, "verdict"), "fail") || !has(gpu, "reasons", says))
		fail_msg("%s: %s", machine, json_dumps(gpu, JSON_INDENT(1)));
	json_array_foreach (json_object_get(f.offers, "gpus"), i, offer)
		assert_false(proposed(offer));
	finish(&f);
}

static void test_not_to_be_had(void **state)
{
	(void)state;
	nothing_proposed("single-gpu", "0000:01:00.0", "boot display");
	nothing_proposed("two-gpus-one-group", "0000:02:00.0", "IOMMU group 1 also holds");
	nothing_proposed("nvme-root-beside", "0000:01:00.0", "nvme0n1 (root file system)");
	nothing_proposed("gpu-beside-sata", "0000:03:00.0", "sdb");
	nothing_proposed("amd-intremap-off", "0000:01:00.0", "interrupt remapping is off");
	nothing_proposed("gpu-asleep", "0000:01:00.0", "does not answer");
}

/* What the host cannot be without is in no section, whatever group it is in. */
static void test_nothing_of_the_hosts(void **state)
{
	struct fixture f;
	const json_t *gpu;

	(void)state;
	begin(&f, "nvme-root-beside");
	gpu = find(&f, "gpus", "address", "0000:01:00.0");
	assert_int_equal(json_array_size(json_object_get(gpu, "sections")), 2);
	assert_int_equal(json_array_size(json_object_get(gpu, "with")), 1);
	finish(&f);
}

static void test_twins(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "two-identical-gpus");
	assert_false(proposed(find(&f, "gpus", "address", "0000:01:00.0")));
	assert_true(proposed(find(&f, "gpus", "address", "0000:02:00.0")));
	finish(&f);
}

static void test_disks(void **state)
{
	struct fixture f;
	const json_t *disk;
	size_t i, free_ones = 0;

	(void)state;
	begin(&f, "intel-desktop");
	json_array_foreach (json_object_get(f.offers, "disks"), i, disk) {
		bool fails = streq(word(disk, "verdict"), "fail");

		assert_false(proposed(disk));
		assert_true(fails || streq(word(disk, "verdict"), "pass"));
		assert_int_equal(fails, json_array_size(json_object_get(disk, "reasons")) > 0);
		if (fails)
			continue;
		free_ones++;
		assert_true(starts_with(section(disk, 0), "disk "));
		assert_string_equal(value(disk, 0, "device"), word(disk, "path"));
		assert_string_equal(value(disk, 0, "writable"), "yes");
	}
	assert_true(i >= 2 && free_ones >= 1);
	finish(&f);
}

/* What stands on a disk is told also where nothing names the disk for good. */
static void test_disk_without_a_name(void **state)
{
	struct fixture f;
	const json_t *disk;

	(void)state;
	begin(&f, "one-usb-controller");
	free(take_ptr(f.host.disks.list[0].by_id));
	take(&f, false);
	disk = find(&f, "disks", "path", "/dev/sda");
	assert_string_equal(word(disk, "verdict"), "fail");
	assert_string_equal(word(disk, "code"), "PT-DISK-01");
	assert_true(has(disk, "reasons", "mounted on /"));
	assert_int_equal(json_array_size(json_object_get(disk, "sections")), 0);
	strv_finish(&f.host.disks.list[0].uses);
	take(&f, false);
	disk = find(&f, "disks", "path", "/dev/sda");
	assert_string_equal(word(disk, "verdict"), "fail");
	assert_true(has(disk, "reasons", "/dev/disk/by-id"));
	finish(&f);
}

static void test_session(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "intel-desktop");
	strv_add(&f.names, "games");
	take(&f, true);
	assert_int_equal(json_array_size(json_object_get(f.offers, "gpus")), 0);
	assert_int_equal(json_array_size(json_object_get(f.offers, "usb_controllers")), 0);
	assert_int_equal(json_array_size(json_object_get(f.offers, "disks")), 0);
	assert_string_equal(word(json_object_get(f.offers, "start"), "verdict"), "pass");
	f.host.cpu.kvm_device = ENOENT;
	take(&f, true);
	assert_string_equal(word(json_object_get(f.offers, "start"), "verdict"), "fail");
	assert_string_equal(word(json_object_get(f.offers, "start"), "code"), "PT-KVM-01");
	assert_true(has(f.offers, "guests", "windows-11"));
	assert_true(has(f.offers, "names", "games"));
	assert_int_equal(
	        json_integer_value(json_object_get(json_object_get(f.offers, "cpus"), "total")),
	        f.host.cpu.threads);
	finish(&f);
}

/* --- held by others --- */

static int held(const struct vms *vms, struct pci_addr addr, struct err *err)
{
	(void)vms;
	if (addr.bus != 1)
		return 0;
	err_set(err, -EBUSY, "PCI device %s is in use by VM other", pci_addr_format(addr).s);
	err_code(err, CODE_VM_CLAIMED);
	return -EBUSY;
}

static int disk_held(const struct vms *vms, const char *device, struct err *err)
{
	(void)vms;
	err_set(err, -EBUSY, "disk %s is in use by VM other", device);
	err_code(err, CODE_VM_CLAIMED);
	return -EBUSY;
}

static void test_held(void **state)
{
	struct fixture f;
	const json_t *offer;
	size_t i;

	(void)state;
	begin(&f, "intel-desktop");
	json_decref(f.offers);
	f.offers = offers_json(&(struct offer_request){
	        .host = &f.host, .names = &f.names, .pci_free = held, .disk_free = disk_held});
	json_array_foreach (json_object_get(f.offers, "gpus"), i, offer)
		assert_true(!streq(word(offer, "verdict"), "pass") ||
		            !starts_with(word(offer, "address"), "0000:01"));
	json_array_foreach (json_object_get(f.offers, "disks"), i, offer)
		assert_string_equal(word(offer, "verdict"), "fail");
	finish(&f);
}

/* --- what holds on every machine --- */

static bool exists(const char *path)
{
	(void)path;
	return true;
}

static void add_sections(struct strv *lines, const json_t *offer)
{
	const json_t *s, *pair;
	size_t i, k;

	json_array_foreach (json_object_get(offer, "sections"), i, s) {
		strv_addf(lines, "[%s]\n", word(s, "section"));
		json_array_foreach (json_object_get(s, "keys"), k, pair)
			strv_addf(lines, "%s=%s\n", json_string_value(json_array_get(pair, 0)),
			        json_string_value(json_array_get(pair, 1)));
	}
}

static const char *const lists[] = {"gpus", "usb_controllers", "disks"};

/* All sections of all offers in one text: each has a name of its own, and each is one that profiles have. */
static void expect_readable(const struct fixture *f, const char *machine)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;
	struct profile profile;
	struct err err = {0};
	const json_t *offer;
	size_t i;

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		json_array_foreach (json_object_get(f->offers, lists[l]), i, offer)
			if (!streq(word(offer, "verdict"), "fail"))
				add_sections(&lines, offer);
	text = strv_join(&lines, "");
	/* As many as a profile may hold: the parser has its own test for more. */
	if (profile_parse(text, "a.profile", &profile, &err) == 0)
		profile_finish(&profile);
	else if (!strstr(err.message, "too many"))
		fail_msg("%s: %s", machine, err.message);
}

/* What is proposed, taken together, is what a start takes. */
static void expect_startable(const struct fixture *f, const char *machine)
{
	const struct vm_options options = {.qemu = "", .data_dir = "", .exists = exists};
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;
	struct profile profile;
	struct vm_plan plan;
	struct err err = {0};
	const json_t *offer;
	size_t i, n;

	strv_addf(&lines, "[cpu]\naccel=tcg\ncount=%lld\n[memory]\nsize=%lldM\n",
	        json_integer_value(json_object_get(json_object_get(f->offers, "cpus"), "proposed")),
	        json_integer_value(
	                json_object_get(json_object_get(f->offers, "memory"), "proposed")) >>
	                20);
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		n = 0;
		json_array_foreach (json_object_get(f->offers, lists[l]), i, offer) {
			if (!proposed(offer))
				continue;
			n++;
			add_sections(&lines, offer);
		}
		assert_true(n <= (l < 2));
	}
	text = strv_join(&lines, "");
	if (profile_parse(text, "a.profile", &profile, &err) < 0)
		fail_msg("%s: %s", machine, err.message);
	if (vm_plan_make(&f->host, &profile, &options, &plan, &err) < 0)
		fail_msg("%s: %s\n%s", machine, err.message, text);
	for (i = 0; i < plan.n_pci; i++)
		assert_int_not_equal(pci_find(&f->host.pci, plan.pci[i].addr)->boot_vga == 1 &&
		                             !plan.pci[i].bound,
		        1);
	vm_plan_finish(&plan);
	profile_finish(&profile);
}

static void test_all_machines(void **state)
{
	DIR *dir = opendir("tests/machines");
	unsigned proposals = 0, seen = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		cleanup_free char *name = NULL;
		struct fixture f;
		const json_t *offer;
		size_t i;

		if (!ends_with(e->d_name, ".machine"))
			continue;
		name = xstrndup(e->d_name, strlen(e->d_name) - strlen(".machine"));
		begin(&f, name);
		seen++;
		if (f.offers) {
			expect_readable(&f, name);
			expect_startable(&f, name);
			json_array_foreach (json_object_get(f.offers, "gpus"), i, offer)
				proposals += proposed(offer);
		}
		finish(&f);
	}
	closedir(dir);
	assert_true(seen > 50 && proposals > 10);
}

/* --- memory and processors --- */

static void offered_memory(
        uint64_t total, uint64_t available, uint64_t proposed_bytes, uint64_t most)
{
	const struct memory memory = {.total_bytes = total, .available_bytes = available};
	struct offer_memory m = offer_memory_of(&memory);

	assert_int_equal(m.proposed, proposed_bytes);
	assert_int_equal(m.most, most);
	assert_true(m.least <= m.proposed && m.proposed <= m.most);
	assert_int_equal(m.proposed % (1 << 20), 0);
}

static void test_memory(void **state)
{
	(void)state;
	offered_memory(32 * GIB, 30 * GIB, 16 * GIB, 28 * GIB);
	offered_memory(128 * GIB, 120 * GIB, 16 * GIB, 112 * GIB);
	offered_memory(16 * GIB - 4321, 15 * GIB, 7 * GIB, 13 * GIB);
	offered_memory(16 * GIB, 3 * GIB, 3 * GIB, 14 * GIB);
	offered_memory(2 * GIB, 0, GIB, GIB);
	offered_memory(256 << 20, 200 << 20, 128 << 20, 128 << 20);
	offered_memory(64 << 20, 1 << 20, 64 << 20, 64 << 20);
	offered_memory(0, 0, 2 * GIB, 4ull << 40);
}

static void test_cpus(void **state)
{
	static const unsigned table[][2] = {{1, 1}, {2, 1}, {3, 2}, {4, 3}, {6, 5}, {8, 6}, {12, 9},
	        {16, 12}, {32, 28}, {255, 251}, {512, 255}, {0, 2}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct offer_cpus c = offer_cpus_of(&(struct cpu){.threads = table[i][0]});

		assert_int_equal(c.proposed, table[i][1]);
		assert_true(c.most <= 255 && c.proposed <= c.most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_card_and_sound),
	        cmocka_unit_test(test_not_to_be_had),
	        cmocka_unit_test(test_nothing_of_the_hosts),
	        cmocka_unit_test(test_twins),
	        cmocka_unit_test(test_disks),
	        cmocka_unit_test(test_disk_without_a_name),
	        cmocka_unit_test(test_session),
	        cmocka_unit_test(test_held),
	        cmocka_unit_test(test_all_machines),
	        cmocka_unit_test(test_memory),
	        cmocka_unit_test(test_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
