/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service that an image is read in: a call that systemd could take, and what it keeps away. */
#include "image/unit.h"

#include "base/util.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static sd_bus *open_bus(int fd)
{
	sd_bus *bus = NULL;

	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fd, fd) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	return bus;
}

static char *dumped(sd_bus_message *m)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_dump(m, out, SD_BUS_MESSAGE_DUMP_WITH_HEADER) >= 0);
	fclose(out);
	return text;
}

static void the_call_is_whole(void **state)
{
	static const char *const words[] = {"playthrough-image-1.service",
	        "/libexec/playthrough-image", "\"User\"", "\"1000\"", "\"Group\"", "\"1001\"",
	        "\"CapabilityBoundingSet\"", "\"PrivateNetwork\"", "\"PrivateUsers\"",
	        "\"NoNewPrivileges\"", "\"MemoryMax\"", "\"ProtectSystem\"",
	        "\"StandardInputFileDescriptor\"", "\"RestrictAddressFamilies\""};
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	sd_bus_message *m = NULL;
	int pair[2];
	sd_bus *bus;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	bus = open_bus(pair[0]);
	assert_true(sd_bus_message_new_method_call(bus, &m, "org.freedesktop.systemd1",
	                    "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
	                    "StartTransientUnit") >= 0);
	assert_true(image_unit_fill(m, "playthrough-image-1.service", "/libexec/playthrough-image",
	                    1000, 1001, null) >= 0);
	assert_true(sd_bus_message_has_signature(m, "ssa(sv)a(sa(sv))"));
	text = dumped(m);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_non_null(strstr(text, words[i]));
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_call_is_whole)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
