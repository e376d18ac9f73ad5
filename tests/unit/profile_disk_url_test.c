/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/disk_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void is(const char *value, const char *expected)
{
	if (!expected)
		assert_null(value);
	else
		assert_string_equal(value, expected);
}

static const struct {
	const char *text;
	struct disk_url url;
} good[] = {
        {"nbd://nas/games", {.kind = DISK_URL_NBD, .host = "nas", .port = 10809, .name = "games"}},
        {"nbd://nas", {.kind = DISK_URL_NBD, .host = "nas", .port = 10809, .name = ""}},
        {"nbd://[fe80::1]:7/a/b",
                {.kind = DISK_URL_NBD, .host = "fe80::1", .port = 7, .name = "a/b"}},
        {"nbd+unix:///?socket=/run/a b.sock",
                {.kind = DISK_URL_NBD_UNIX, .name = "", .socket = "/run/a b.sock"}},
        {"iscsi://10.0.0.2/iqn.2026-01.org.example:d/0",
                {.kind = DISK_URL_ISCSI,
                        .host = "10.0.0.2",
                        .port = 3260,
                        .name = "iqn.2026-01.org.example:d"}},
        {"iscsi://me@nas:99/t/255", {.kind = DISK_URL_ISCSI,
                                            .host = "nas",
                                            .port = 99,
                                            .user = "me",
                                            .name = "t",
                                            .lun = 255}},
        {"rbd:pool/disk", {.kind = DISK_URL_RBD, .pool = "pool", .name = "disk"}},
        {"rbd:pool/disk:id=games",
                {.kind = DISK_URL_RBD, .pool = "pool", .name = "disk", .user = "games"}},
        {"nfs://nas/exports/my disk.raw",
                {.kind = DISK_URL_NFS, .host = "nas", .name = "/exports/my disk.raw"}},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct disk_url *want = &good[i].url;
		struct disk_url url;
		struct err err = {0};

		if (disk_url_parse(good[i].text, &url, &err) < 0)
			fail_msg("%s", err.message);
		assert_int_equal(url.kind, want->kind);
		is(url.host, want->host);
		assert_int_equal(url.port, want->port);
		is(url.socket, want->socket);
		is(url.name, want->name);
		is(url.pool, want->pool);
		is(url.user, want->user);
		assert_int_equal(url.lun, want->lun);
		disk_url_finish(&url);
	}
}

/* What would become an option of QEMU's, another file of this PC, or an address of nothing. */
static const char *const bad[] = {"", "nbd", "http://nas/disk", "file:///etc/passwd", "json:{}",
        "nbd:", "nbd://", "nbd:///x", "nbd://nas:0/x", "nbd://nas:65536/x", "nbd://nas:/x",
        "nbd://nas/x,driver=file", "nbd://nas,x/y", "nbd://[fe80::1/x", "nbd://[nas]/x",
        "nbd://-nas/x", "nbd://nas/%2c", "nbd+unix:///x", "nbd+unix:///x?socket=run",
        "nbd+unix:///x?socket=/a,b", "nbd+unix://nas/x?socket=/a&tls=1", "iscsi://nas",
        "iscsi://nas/t", "iscsi://nas/t/", "iscsi://nas/t/256", "iscsi://nas/t/0/1",
        "iscsi://nas/t,x/0", "iscsi://@nas/t/0", "rbd:pool", "rbd:/image", "rbd:pool/",
        "rbd:pool/a:conf=/etc/shadow", "rbd:pool/a:id=", "rbd:pool/a@b:c@d", "nfs://nas",
        "nfs://nas/", "nfs://nas/a/", "nfs://nas:1/a", "nfs://nas/a?uid=0", "nfs://nas/a\nb"};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct disk_url url;
		struct err err = {0};

		if (disk_url_parse(bad[i], &url, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_non_null(strstr(err.message, "url="));
		assert_true(*err.hint);
	}
}

static void test_a_password_is_not_repeated(void **state)
{
	static const char *const texts[] = {"iscsi://me:secret@nas/t/0",
	        "iscsi://me%secret@nas/t/0", "nbd://nas@me:secret@nas/x",
	        "rbd:pool/disk:id=me:key=secret"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct disk_url url;
		struct err err = {0};

		assert_true(disk_url_parse(texts[i], &url, &err) < 0);
		if (strstr(err.message, "secret"))
			fail_msg("%s", err.message);
		assert_non_null(strstr(err.hint, "secret-file="));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_bad),
	        cmocka_unit_test(test_a_password_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
