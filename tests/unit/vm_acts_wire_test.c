/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to playthrough-acts as bytes: each act's there and back, cut off, too long, and with what a hostile daemon may say. */
#include "vm/acts/call.h"
#include "vm/acts/serve.h"

#include "base/socket.h"
#include "base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- any value of a struct, by its table --- */

static void fill(const struct wire_struct *table, char *value, unsigned *seed);

static unsigned next(unsigned *seed)
{
	return *seed = *seed * 1103515245u + 12345u;
}

static char *some_text(const struct wire_field *f, unsigned *seed)
{
	if (f->maybe && next(seed) & 0x10000)
		return NULL;
	return xasprintf("%s%x", f->text == WIRE_PATH ? "/a/b" : "c", next(seed));
}

static void fill_elements(const struct wire_field *f, char *value, unsigned *seed)
{
	size_t *n = (size_t *)(value + f->count);
	char *at = value + f->offset;

	*n = 1 + (next(seed) >> 16) % 3;
	if (f->kind == WIRE_LIST)
		at = *(char **)at = xcalloc(*n, f->of->size);
	for (size_t i = 0; i < *n; i++)
		fill(f->of, at + i * f->of->size, seed);
}

static void fill_field(const struct wire_field *f, char *value, unsigned *seed)
{
	uint64_t number = next(seed) % (f->most < 200 ? f->most + 1 : 200);
	char *at = value + f->offset;

	switch (f->kind) {
	case WIRE_UNSIGNED:
		memcpy(at, &number, f->size);
		break;
	case WIRE_SIGNED:
		memset(at, next(seed) & 0x10000 ? 0xff : 0x11, f->size);
		break;
	case WIRE_BOOL:
		*(bool *)at = next(seed) & 0x10000;
		break;
	case WIRE_TEXT:
		*(char **)at = some_text(f, seed);
		break;
	case WIRE_CHARS:
		snprintf(at, f->size, "e%x", next(seed));
		break;
	case WIRE_BYTES:
		memset(at, (int)number, f->size);
		break;
	case WIRE_STRV:
		strv_addf((struct strv *)at, "%x", next(seed));
		break;
	case WIRE_STRUCT:
		fill(f->of, at, seed);
		break;
	case WIRE_LIST:
	case WIRE_ARRAY:
		fill_elements(f, value, seed);
		break;
	}
}

static void fill(const struct wire_struct *table, char *value, unsigned *seed)
{
	for (size_t i = 0; i < table->n; i++)
		fill_field(&table->fields[i], value, seed);
}

static void encode_some(unsigned act, unsigned *seed, struct wire_buffer *out)
{
	const struct wire_struct *table = act_kind(act)->argument;
	cleanup_free char *value = xcalloc(1, table->size);

	fill(table, value, seed);
	assert_int_equal(wire_encode(table, value, out), 0);
	wire_finish(table, value);
}

/* --- the table --- */

static void test_there_and_back(void **state)
{
	unsigned seed = 1;

	(void)state;
	assert_null(act_kind(ACT_LAST + 1));
	for (unsigned act = 0; act <= ACT_LAST; act++) {
		const struct wire_struct *table = act_kind(act)->argument;

		assert_non_null(table);
		assert_int_equal(act_kind(act)->run == NULL, act == ACT_IMAGE_WORK);
		for (unsigned i = 0; i < 50; i++) {
			cleanup_free char *value = xcalloc(1, table->size);
			struct wire_buffer there = {0}, back = {0};

			encode_some(act, &seed, &there);
			assert_int_equal(wire_decode(table, there.bytes, there.n, value), 0);
			assert_int_equal(wire_encode(table, value, &back), 0);
			assert_int_equal(there.n, back.n);
			assert_memory_equal(there.bytes, back.bytes, there.n);
			wire_finish(table, value);
			free(there.bytes);
			free(back.bytes);
		}
	}
}

static void test_cut_off_and_too_long(void **state)
{
	unsigned seed = 2;

	(void)state;
	for (unsigned act = 0; act <= ACT_LAST; act++) {
		const struct wire_struct *table = act_kind(act)->argument;
		cleanup_free char *value = xcalloc(1, table->size);
		struct wire_buffer there = {0};

		encode_some(act, &seed, &there);
		there.bytes[there.n] = 0;
		for (size_t n = 0; n <= there.n + 1; n++) {
			/* Exactly as long, so that ASan sees a byte read behind it. */
			cleanup_free uint8_t *part = xcalloc(n ? n : 1, 1);

			memcpy(part, there.bytes, n < there.n ? n : there.n);
			assert_int_equal(
			        wire_decode(table, part, n, value), n == there.n ? 0 : -EBADMSG);
			wire_finish(table, value);
		}
		free(there.bytes);
	}
}

/* Whatever bytes come: nothing is made of them that the table forbids, and all of it is freed. */
static void test_any_bytes(void **state)
{
	unsigned seed = 3;

	(void)state;
	for (unsigned act = 0; act <= ACT_LAST; act++) {
		const struct wire_struct *table = act_kind(act)->argument;

		for (unsigned i = 0; i < 300; i++) {
			cleanup_free char *value = xcalloc(1, table->size);
			struct wire_buffer there = {0};

			encode_some(act, &seed, &there);
			for (unsigned k = next(&seed) >> 16 & 3; k < 4; k++)
				there.bytes[(next(&seed) >> 8) % there.n] =
				        k ? 0xff : (uint8_t)(next(&seed) >> 16);
			wire_decode(table, there.bytes, there.n, value);
			wire_finish(table, value);
			free(there.bytes);
		}
	}
}

static int decode(unsigned act, const void *argument)
{
	const struct wire_struct *table = act_kind(act)->argument;
	cleanup_free char *value = xcalloc(1, table->size);
	struct wire_buffer there = {0};
	int r;

	assert_int_equal(wire_encode(table, argument, &there), 0);
	r = wire_decode(table, there.bytes, there.n, value);
	wire_finish(table, value);
	free(there.bytes);
	return r;
}

static void test_rules_of_texts(void **state)
{
	static const struct {
		unsigned act;
		struct act_file file;
		int expected;
	} paths[] = {
	        {ACT_SECRET, {"/etc/playthrough/key"}, 0},
	        {ACT_SECRET, {"/a..b/..c"}, 0},
	        {ACT_SECRET, {"etc/passwd"}, -EBADMSG},
	        {ACT_SECRET, {"/home/../etc/passwd"}, -EBADMSG},
	        {ACT_SECRET, {"/home/.."}, -EBADMSG},
	        {ACT_SECRET, {""}, -EBADMSG},
	        {ACT_SECRET, {NULL}, -EBADMSG},
	};
	static const struct {
		struct act_usb usb;
		int expected;
	} names[] = {
	        {{.sysname = "1-2.3"}, 0},
	        {{.sysname = "../../devices"}, -EBADMSG},
	        {{.sysname = ".."}, -EBADMSG},
	        {{.sysname = ""}, -EBADMSG},
	        {{.sysname = NULL}, -EBADMSG},
	};
	const struct hand_act good = {HAND_BUFFER, (char *)"simple-framebuffer/simple.0", false},
	                      bad = {HAND_BUFFER, (char *)"a/../../b", false},
	                      unknown = {HAND_BUFFER + 1, (char *)"a", false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(decode(paths[i].act, &paths[i].file), paths[i].expected);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(decode(ACT_USB_OPEN, &names[i].usb), names[i].expected);
	assert_int_equal(decode(ACT_HAND, &good), 0);
	assert_int_equal(decode(ACT_HAND, &bad), -EBADMSG);
	assert_int_equal(decode(ACT_HAND, &unknown), -EBADMSG);
}

/* What a backup stands on is named as its header is to have it; it is opened by its whole path alone. */
static void test_names_of_backings(void **state)
{
	struct image_request work = {.verb = IMAGE_PREPARE, .n_backing = 1};
	const struct act_image beside = {.path = "full.qcow2"};

	(void)state;
	work.backing[0].path = (char *)"full.qcow2";
	assert_int_equal(decode(ACT_IMAGE_WORK, &work), 0);
	work.backing[0].path = (char *)"/home/a/full.qcow2";
	assert_int_equal(decode(ACT_IMAGE_WORK, &work), 0);
	work.backing[0].path = (char *)"../full.qcow2";
	assert_int_equal(decode(ACT_IMAGE_WORK, &work), -EBADMSG);
	assert_int_equal(act_check(ACT_IMAGE, &beside, true, NULL), -EINVAL);
}

/* A length that promises more than was sent asks for no memory. */
static void test_hostile_lengths(void **state)
{
	static const uint8_t many[] = {0xff, 0xff, 0xff, 0x7f, 0};
	struct act_hands hands;
	struct strv names;

	(void)state;
	assert_int_equal(wire_decode(act_kind(ACT_HANDS_OFF)->argument, many, sizeof(many), &hands),
	        -EBADMSG);
	assert_null(hands.list);
	assert_int_equal(
	        wire_decode(act_kind(ACT_LINK_SWEEP)->argument, many, sizeof(many), &names),
	        -EBADMSG);
	assert_int_equal(names.n, 0);
}

static void test_too_much_is_not_sent(void **state)
{
	struct wire_buffer there = {0};
	struct strv names = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		strv_add(&names, "a name of a VM");
	assert_int_equal(wire_encode(act_kind(ACT_LINK_SWEEP)->argument, &names, &there), -E2BIG);
	free(there.bytes);
	strv_finish(&names);
}

/* --- what the table cannot say --- */

static void test_checks(void **state)
{
	const struct act_image etc = {.path = "/etc/shadow"}, home = {.path = "/home/a/b.qcow2"},
	                       from = {.path = "/var/lib/a", .from = "/etc/shadow"};
	unsigned falling[] = {3, 2}, large[] = {CPULIST_MOST};
	struct isolation_entry entry = {.kind = PLACE_IRQ, .name = (char *)"12"};
	const struct isolation places = {&entry, 1};
	struct act_pin pin = {.thread = 1, .cpus = {falling, 1}};
	const struct act_pins pins = {.process = 1, .list = &pin, .n = 1};
	const struct chord_node disk = {.name = "sda"}, bus = {.name = "usbmon1"};
	static const struct {
		const char *what;
		int expected;
	} buffers[] = {
	        {"simple-framebuffer/simple-framebuffer.0", 0},
	        {"efi-framebuffer/efi-framebuffer.0", 0},
	        {"i8042/i8042", -EINVAL},
	        {"i8042/i8042.0", -EINVAL},
	        {"simple-framebuffer/i8042", -EINVAL},
	        {"simple-framebuffer", -EINVAL},
	};
	const struct act_file ours = {"/run/playthrough/console-link"},
	                      bus_socket = {"/run/dbus/system_bus_socket"};

	(void)state;
	assert_int_equal(act_check(ACT_IMAGE, &home, true, NULL), 0);
	assert_int_equal(act_check(ACT_IMAGE, &etc, true, NULL), -EINVAL);
	assert_int_equal(act_check(ACT_IMAGE, &from, true, NULL), -EINVAL);
	assert_int_equal(act_check(ACT_IMAGE, &etc, false, NULL), 0);
	assert_int_equal(act_check(ACT_ISOLATE, &places, true, NULL), 0);
	entry.now = (struct cpulist){falling, 2};
	assert_int_equal(act_check(ACT_ISOLATE, &places, true, NULL), -EINVAL);
	entry.now = (struct cpulist){large, 1};
	assert_int_equal(act_check(ACT_ISOLATE, &places, true, NULL), -EINVAL);
	entry.now = (struct cpulist){0};
	entry.name = (char *)"../../sys/power";
	assert_int_equal(act_check(ACT_ISOLATE, &places, true, NULL), -EINVAL);
	assert_int_equal(act_check(ACT_PIN, &pins, false, NULL), 0);
	assert_int_equal(act_check(ACT_PIN, &pins, true, NULL), -EINVAL); /* of no VM */
	assert_int_equal(act_check(ACT_CHORD, &bus, true, NULL), 0);
	assert_int_equal(act_check(ACT_CHORD, &disk, true, NULL), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		const struct hand_act act = {HAND_BUFFER, (char *)buffers[i].what, false};

		assert_int_equal(act_check(ACT_HAND, &act, true, NULL), buffers[i].expected);
		assert_int_equal(act_check(ACT_HAND_BACK, &act, true, NULL), buffers[i].expected);
	}
	assert_int_equal(act_check(ACT_CONSOLE, &ours, true, NULL), 0);
	assert_int_equal(act_check(ACT_CONSOLE, &bus_socket, true, NULL), -EINVAL);
}

/* By another spelling, and through a link. */
static void test_systems_places(void **state)
{
	static const char *const places[] = {"//etc/shadow", "/./etc/shadow", "/.//./etc", "/proc"};
	cleanup_close int people = open("/tmp", O_RDONLY | O_DIRECTORY);
	cleanup_close int systems = open("/proc/self/limits", O_RDONLY);
	const struct act_image fine = {.path = "/.etc/a"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct act_image image = {.path = places[i]};

		assert_int_equal(act_check(ACT_IMAGE, &image, true, NULL), -EINVAL);
	}
	assert_int_equal(act_check(ACT_IMAGE, &fine, true, NULL), 0);
	assert_int_equal(act_check_opened(people, NULL), 0);
	assert_int_equal(act_check_opened(systems, NULL), -EINVAL);
}

/* --- the packet --- */

static void test_packet(void **state)
{
	struct act_head head = {
	        .version = PLAYTHROUGH_VERSION, .root = "/", .act = ACT_LOOK, .until_us = 5};
	const struct act_file file = {"/a"};
	struct wire_buffer packet = {0};
	struct act_head heard;
	struct err err;
	void *argument;

	(void)state;
	assert_int_equal(act_request(&head, &file, &packet), 0);
	assert_int_equal(act_parse(packet.bytes, packet.n, &heard, &argument, &err), 0);
	assert_int_equal(heard.act, ACT_LOOK);
	assert_int_equal(heard.until_us, 5);
	assert_string_equal(((struct act_file *)argument)->path, "/a");
	act_argument_free(&heard, argument);
	for (size_t n = 0; n < packet.n; n++)
		assert_int_equal(act_parse(packet.bytes, n, &heard, &argument, &err), -EBADMSG);
	free(packet.bytes);
	head.version = "0";
	assert_int_equal(act_request(&head, &file, &packet), 0);
	assert_int_equal(act_parse(packet.bytes, packet.n, &heard, &argument, &err), -ESTALE);
	free(packet.bytes);
}

/* A child of this process does it, and answers. */
static void test_asked_and_answered(void **state)
{
	const struct acts acts = {.session = true, .libexec_dir = "/nowhere", .root = "/"};
	struct act_file file = {"/proc/self/nothing"};
	struct act_seen seen = {0};
	struct err err = {0};
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(acts_call_now(&acts, ACT_LOOK, &file, 5000, &fd, &err), -ENOENT);
	assert_non_null(strstr(err.message, file.path));
	assert_int_equal(fd, -1);
	file.path = "/";
	assert_int_equal(acts_call_now(&acts, ACT_LOOK, &file, 5000, &fd, &err), 0);
	assert_int_equal(pread(fd, &seen, sizeof(seen), 0), sizeof(seen));
	close(fd);
	assert_int_equal(stat("/", &st), 0);
	assert_int_equal(seen.inode, st.st_ino);
	file.path = "relative";
	assert_int_equal(acts_call_now(&acts, ACT_LOOK, &file, 5000, &fd, &err), -EBADMSG);
}

/* Root without a right is told who has not answered, and not what the kernel refused to a child of its own. */
static void test_powerless_has_no_child(void **state)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[2] = {0};
	const struct acts acts = {.libexec_dir = "/nowhere", .root = "/"};
	const struct act_file file = {"/"};
	int status;
	pid_t pid = access(ACTS_SOCKET, F_OK) == 0 ? -1 : fork();

	(void)state;
	if (pid == 0) {
		struct err err = {0};
		int fd, r;

		if (syscall(SYS_capset, &head, none) < 0)
			_exit(1);
		r = acts_call_now(&acts, ACT_LOOK, &file, 5000, &fd, &err);
		if (geteuid()) /* another user's is to do what it can by itself */
			_exit(r != 0);
		_exit(!(r == -ENOENT && strstr(err.message, ACTS_SOCKET) && *err.hint));
	}
	if (pid > 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* --- what nobody waits for any more --- */

/* What is sent to it is done by a child; @there: whoever asked waits for the answer. */
static void have_done(const struct act_head *head, const void *argument, bool there)
{
	const struct acts_place place = {.libexec_dir = "/nowhere"};
	struct wire_buffer packet = {0};
	int pair[2];
	pid_t pid;

	assert_int_equal(act_request(head, argument, &packet), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(socket_send(pair[0], packet.bytes, packet.n, NULL, 0), packet.n);
	free(packet.bytes);
	if (!there)
		close_fd(&pair[0]);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close_fd(&pair[0]);
		acts_serve(pair[1], &place);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}

/* Whether the file was made, which is the act. */
static bool is_done(uint64_t until_us, bool there)
{
	const struct act_glass glass = {.path = "/dev/shm/looking-glass-test", .bytes = 4096};
	char folder[] = "/tmp/playthrough-XXXXXX";
	const struct act_head head = {.version = PLAYTHROUGH_VERSION,
	        .root = folder,
	        .act = ACT_GLASS_OPEN,
	        .until_us = until_us};
	cleanup(root_close) struct root root = {.fd = -1};
	bool done;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(&root, folder, NULL), 0);
	assert_int_equal(root_make_folder(&root, "/dev/shm", NULL), 0);
	have_done(&head, &glass, there);
	done = root_exists(&root, glass.path);
	root_remove(&root, glass.path, NULL);
	unlinkat(root.fd, "dev/shm", AT_REMOVEDIR);
	unlinkat(root.fd, "dev", AT_REMOVEDIR);
	rmdir(folder);
	return done;
}

static void test_not_begun_for_nobody(void **state)
{
	(void)state;
	assert_true(is_done(0, true));
	assert_true(is_done(monotonic_us() + 60000000, true));
	assert_false(is_done(0, false));
	assert_false(is_done(monotonic_us() + 60000000, false));
	assert_false(is_done(1, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_there_and_back),
	        cmocka_unit_test(test_cut_off_and_too_long),
	        cmocka_unit_test(test_any_bytes),
	        cmocka_unit_test(test_rules_of_texts),
	        cmocka_unit_test(test_names_of_backings),
	        cmocka_unit_test(test_hostile_lengths),
	        cmocka_unit_test(test_too_much_is_not_sent),
	        cmocka_unit_test(test_checks),
	        cmocka_unit_test(test_systems_places),
	        cmocka_unit_test(test_packet),
	        cmocka_unit_test(test_asked_and_answered),
	        cmocka_unit_test(test_powerless_has_no_child),
	        cmocka_unit_test(test_not_begun_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
