/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a manifest may say: what we write is read back the same, and nothing leads out of a folder. */
#include "backup/manifest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void fill(struct backup_manifest *m)
{
	*m = (struct backup_manifest){.name = "game", .made = "2026-01-02T03:04:05Z"};
	assert_int_equal(
	        backup_item_make(m, BACKUP_PROFILE, "/p/game.profile", "game.profile", NULL), 0);
	assert_int_equal(backup_item_make(m, BACKUP_DROP_IN, "/p/a.conf", "a.conf", NULL), 0);
	assert_int_equal(
	        backup_item_make(m, BACKUP_VARIABLES, "/s/OVMF_VARS.fd", "OVMF_VARS.fd", NULL), 0);
	assert_int_equal(
	        backup_item_make(m, BACKUP_TPM, "/s/tpm/tpm2-00.permall", "tpm2-00.permall", NULL),
	        0);
	assert_int_equal(
	        backup_item_make(m, BACKUP_IMAGE, "/i/Диск C.qcow2", "Диск C.qcow2", NULL), 0);
	snprintf(m->items[4].disk, sizeof(m->items[4].disk), "c");
	m->items[4].size = 1ull << 40;
	m->items[4].data = 4096;
	m->items[4].sha256[3] = 0xab;
	backup_leave(m, "/dev/disk/by-id/x", "a disk");
}

static void is_read_back(void **state)
{
	cleanup(backup_manifest_finish) struct backup_manifest m, again;
	cleanup_free char *text = NULL;

	(void)state;
	fill(&m);
	assert_int_equal(backup_manifest_check(&m, NULL), 0);
	text = backup_manifest_write(&m);
	assert_int_equal(backup_manifest_read(text, strlen(text), &again, NULL), 0);
	assert_int_equal(again.n, m.n);
	assert_memory_equal(again.items, m.items, m.n * sizeof(*m.items));
	assert_int_equal(again.n_left, 1);
	assert_string_equal(again.left[0].what, "/dev/disk/by-id/x");
	assert_string_equal(again.name, "game");
	assert_int_equal(backup_manifest_data(&again), 4096);
}

/* Members are plain ASCII, so that no reader of tars has to convert a name. */
static void members_are_plain(void **state)
{
	cleanup(backup_manifest_finish) struct backup_manifest m;

	(void)state;
	fill(&m);
	assert_string_equal(m.items[0].member, "profile/game.profile");
	assert_string_equal(m.items[1].member, "drop-ins/1-a.conf");
	assert_true(starts_with(m.items[4].member, "images/4-"));
	for (const char *s = m.items[4].member; *s; s++)
		assert_true((unsigned char)*s < 0x7f && *s != ' ');
}

static void refuses(void (*change)(struct backup_manifest *m))
{
	cleanup(backup_manifest_finish) struct backup_manifest m;
	struct err err = {0};

	fill(&m);
	change(&m);
	assert_int_equal(backup_manifest_check(&m, &err), -EBADMSG);
	assert_true(starts_with(err.message, BACKUP_MANIFEST));
}

#define SAY(index, key, text) snprintf(m->items[index].key, sizeof(m->items[index].key), "%s", text)

static void name_up(struct backup_manifest *m)
{
	SAY(4, name, "..");
}
static void name_folder(struct backup_manifest *m)
{
	SAY(4, name, "a/b");
}
static void name_control(struct backup_manifest *m)
{
	SAY(4, name, "a\x1b[2J");
}
static void name_of_another(struct backup_manifest *m)
{
	SAY(0, name, "other.profile");
}
static void name_no_conf(struct backup_manifest *m)
{
	SAY(1, name, "a.service");
}
static void variables_named(struct backup_manifest *m)
{
	SAY(2, name, "journal");
}
static void member_up(struct backup_manifest *m)
{
	SAY(4, member, "images/../x");
}
static void member_elsewhere(struct backup_manifest *m)
{
	SAY(4, member, "tpm/x");
}
static void member_twice(struct backup_manifest *m)
{
	SAY(1, member, "profile/game.profile");
}
static void path_relative(struct backup_manifest *m)
{
	SAY(4, path, "x");
}
static void no_disk(struct backup_manifest *m)
{
	SAY(4, disk, "");
}
static void disk_of_a_profile(struct backup_manifest *m)
{
	SAY(0, disk, "c");
}
static void too_large(struct backup_manifest *m)
{
	m->items[0].size = 1u << 30;
}
static void more_data_than_size(struct backup_manifest *m)
{
	m->items[4].data = m->items[4].size + 1;
}
static void kind_unknown(struct backup_manifest *m)
{
	m->items[4].kind = (enum backup_kind)17;
}
static void no_profile(struct backup_manifest *m)
{
	m->items[0] = m->items[1];
	m->n = 1;
}
static void bad_vm(struct backup_manifest *m)
{
	snprintf(m->name, sizeof(m->name), "../x");
}

static void refuses_what_leads_elsewhere(void **state)
{
	(void)state;
	refuses(name_up);
	refuses(name_folder);
	refuses(name_control);
	refuses(name_of_another);
	refuses(name_no_conf);
	refuses(variables_named);
	refuses(member_up);
	refuses(member_elsewhere);
	refuses(member_twice);
	refuses(path_relative);
	refuses(no_disk);
	refuses(disk_of_a_profile);
	refuses(too_large);
	refuses(more_data_than_size);
	refuses(kind_unknown);
	refuses(no_profile);
	refuses(bad_vm);
}

static void hidden_files_are_not_taken(void **state)
{
	cleanup(backup_manifest_finish) struct backup_manifest m = {.name = "game"};
	struct err err = {0};

	(void)state;
	assert_int_equal(backup_item_make(&m, BACKUP_IMAGE, "/i/.x", ".x", &err), -EINVAL);
	assert_true(err_is(&err, CODE_BACKUP_PART));
	assert_int_equal(m.n, 0);
}

static void refuses_other_texts(void **state)
{
	static const char *const texts[] = {"", "[]", "{", "{\"schema\": 1}", "\xff",
	        "{\"schema\": 2, \"what\": \"playthrough-vm-backup\"}",
	        "{\"what\": \"playthrough-vm-backup\", \"schema\": 1, \"name\": \"a\\u0000b\"}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct backup_manifest m;
		struct err err = {0};

		assert_int_equal(
		        backup_manifest_read(texts[i], strlen(texts[i]), &m, &err), -EBADMSG);
		assert_true(err.message[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(is_read_back),
	        cmocka_unit_test(members_are_plain),
	        cmocka_unit_test(refuses_what_leads_elsewhere),
	        cmocka_unit_test(hidden_files_are_not_taken),
	        cmocka_unit_test(refuses_other_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
