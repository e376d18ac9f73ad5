/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the items of a backup go, and what the profile says of them there. */
#include "backup/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct placing pc = {"copy", "/etc/p", "/state", "/tpm/copy", "/images"};

static void add(
        struct backup_manifest *m, enum backup_kind kind, const char *path, const char *disk)
{
	assert_int_equal(backup_item_make(m, kind, path, strrchr(path, '/') + 1, NULL), 0);
	snprintf(m->items[m->n - 1].disk, sizeof(m->items->disk), "%s", disk);
}

static void fill(struct backup_manifest *m, const char *second)
{
	*m = (struct backup_manifest){.name = "game"};
	add(m, BACKUP_PROFILE, "/p/game.profile", "");
	add(m, BACKUP_DROP_IN, "/p/game.profile.d/a.conf", "");
	add(m, BACKUP_VARIABLES, "/s/game/OVMF_VARS.fd", "");
	add(m, BACKUP_TPM, "/s/game/tpm/tpm2-00.permall", "");
	add(m, BACKUP_IMAGE, "/a/c.img", "one");
	add(m, BACKUP_IMAGE, second, "two");
}

static void assert_places(const char *second, const char *want)
{
	cleanup(backup_manifest_finish) struct backup_manifest m;
	cleanup_strv struct strv paths = {0};
	cleanup_free char *all = NULL;

	fill(&m, second);
	assert_int_equal(place_items(&m, &pc, &paths, NULL), 0);
	all = strv_join(&paths, " ");
	assert_string_equal(all, want);
}

static void each_has_its_place(void **state)
{
	(void)state;
	assert_places("/b/d.img",
	        "/etc/p/copy.profile /etc/p/copy.profile.d/a.conf /state/copy/OVMF_VARS.fd "
	        "/tpm/copy/tpm2-00.permall /images/c.img /images/d.img");
	assert_places("/b/c.img",
	        "/etc/p/copy.profile /etc/p/copy.profile.d/a.conf /state/copy/OVMF_VARS.fd "
	        "/tpm/copy/tpm2-00.permall /images/disk-one/c.img /images/disk-two/c.img");
}

static void images_want_a_folder(void **state)
{
	const struct placing none = {"copy", "/etc/p", "/state", "/tpm/copy", NULL};
	cleanup(backup_manifest_finish) struct backup_manifest m;
	cleanup_strv struct strv paths = {0};
	struct err err = {0};

	(void)state;
	fill(&m, "/b/d.img");
	assert_int_equal(place_items(&m, &none, &paths, &err), -EINVAL);
	assert_true(err_is(&err, CODE_BACKUP_PLACE) && strstr(err.hint, "/a/c.img, /b/d.img"));
}

/* Only where a text says it, and nothing else of the text. */
static void the_profile_says_the_new_place(void **state)
{
	cleanup(backup_manifest_finish) struct backup_manifest m;
	cleanup_strv struct strv paths = {0};
	cleanup_free char *profile = NULL, *drop_in = NULL;

	(void)state;
	fill(&m, "/b/d.img");
	assert_int_equal(place_items(&m, &pc, &paths, NULL), 0);
	profile = place_images(&m, &paths,
	        "# mine\n[disk one]\nimage=/a/c.img # no comment\n[disk two]\nbus=sata\n", NULL);
	assert_string_equal(
	        profile, "# mine\n[disk one]\nimage=/images/c.img\n[disk two]\nbus=sata\n");
	drop_in = place_images(&m, &paths, "[disk two]\nimage=/b/d.img\n", NULL);
	assert_string_equal(drop_in, "[disk two]\nimage=/images/d.img\n");
	assert_null(place_images(&m, &paths, "[", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_has_its_place),
	        cmocka_unit_test(images_want_a_folder),
	        cmocka_unit_test(the_profile_says_the_new_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
