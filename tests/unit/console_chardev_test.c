/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay between a viewer and a VM's port: whole, bounded, and made to wait by whoever does not take. libspice is played. */
#include "console/chardev.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

/* --- libspice --- */

static SpiceCharDeviceInstance *device;
static unsigned wakeups;

int spice_server_add_interface(SpiceServer *server, SpiceBaseInstance *instance)
{
	(void)server;
	assert_null(device);
	device = (SpiceCharDeviceInstance *)instance;
	return 0;
}

int spice_server_remove_interface(SpiceBaseInstance *instance)
{
	assert_ptr_equal(device, instance);
	device = NULL;
	return 0;
}

void spice_server_char_device_wakeup(SpiceCharDeviceInstance *instance)
{
	assert_ptr_equal(device, instance);
	wakeups++;
}

static const SpiceCharDeviceInterface *calls(void)
{
	return (const SpiceCharDeviceInterface *)(const void *)device->base.sif;
}

static int viewer_writes(const void *bytes, size_t n)
{
	return calls()->write(device, bytes, (int)n);
}

static int viewer_reads(void *bytes, size_t room)
{
	return calls()->read(device, bytes, (int)room);
}

/* --- the rest --- */

struct fixture {
	sd_event *event;
	struct chardev *chardev;
	unsigned wanted;
	int port; /* the VM's end */
};

#define SERVER ((SpiceServer *)0x1000)

static void on_wanted(void *user)
{
	struct fixture *f = user;

	f->wanted++;
}

static void connect_port(struct fixture *f)
{
	close_fd(&f->port);
	f->port = chardev_connect(f->chardev);
	assert_true(f->port >= 0);
}

static void begin(struct fixture *f, enum chardev_kind kind)
{
	*f = (struct fixture){.port = -1};
	wakeups = 0;
	assert_true(sd_event_new(&f->event) >= 0);
	f->chardev = chardev_create(f->event, kind, &(struct chardev_handler){on_wanted, f});
}

static void finish(struct fixture *f)
{
	chardev_detach(f->chardev);
	chardev_destroy(f->chardev);
	assert_null(device);
	close_fd(&f->port);
	sd_event_unref(f->event);
}

static void spin(struct fixture *f)
{
	for (unsigned i = 0; i < 50 && sd_event_run(f->event, 1000) > 0; i++)
		;
}

static size_t port_reads(struct fixture *f, void *bytes, size_t room)
{
	ssize_t n = recv(f->port, bytes, room, MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

struct __attribute__((packed)) message {
	VDIChunkHeader chunk;
	VDAgentMessage head;
	char body[2000];
};

static struct message new_message(uint32_t promised)
{
	struct message m = {.chunk = {VDP_CLIENT_PORT, sizeof(m.head) + sizeof(m.body)},
	        .head = {.protocol = VD_AGENT_PROTOCOL,
	                .type = VD_AGENT_CLIPBOARD,
	                .size = promised}};

	return m;
}

static void test_both_ways(void **state)
{
	const struct message m = new_message(sizeof(m.body));
	struct fixture f;
	struct message got;

	(void)state;
	begin(&f, CHARDEV_AGENT);
	connect_port(&f);
	chardev_attach(f.chardev, SERVER);
	assert_string_equal(device->subtype, "vdagent");
	assert_int_equal(viewer_writes(&m, sizeof(m)), sizeof(m));
	assert_int_equal(port_reads(&f, &got, sizeof(got)), sizeof(m));
	assert_memory_equal(&got, &m, sizeof(m));
	assert_int_equal(send(f.port, &m, sizeof(m), 0), sizeof(m));
	spin(&f);
	assert_int_equal(wakeups, 1); /* and not again until it was read */
	assert_int_equal(viewer_reads(&got, 30), 30);
	spin(&f);
	assert_int_equal(wakeups, 1);
	assert_int_equal(viewer_reads(&got, sizeof(got)), sizeof(m) - 30);
	assert_int_equal(viewer_reads(&got, sizeof(got)), 0);
	send(f.port, "x", 1, 0);
	spin(&f);
	assert_int_equal(wakeups, 2);
	/* Read in part of what was wanted: libspice does not ask again by itself. */
	assert_int_equal(viewer_reads(&got, 8), 1);
	send(f.port, "y", 1, 0);
	spin(&f);
	assert_int_equal(wakeups, 3);
	finish(&f);
}

/* The port takes nothing: the viewer waits, whole chunks at a time, and goes on when there is room. */
static void test_agent_waits(void **state)
{
	static struct message got;
	const struct message m = new_message(sizeof(m.body));
	size_t written = 0, came = 0, n;
	struct fixture f;
	int r;

	(void)state;
	begin(&f, CHARDEV_AGENT);
	connect_port(&f);
	chardev_attach(f.chardev, SERVER);
	while ((r = viewer_writes(&m, sizeof(m))) > 0) {
		assert_int_equal(r, sizeof(m));
		written += sizeof(m);
		assert_true(written < 2 * CHARDEV_AGENT_MOST + (2u << 20));
	}
	assert_int_equal(r, 0);
	assert_int_equal(wakeups, 0);
	assert_int_equal(f.wanted, 0);
	while ((n = port_reads(&f, &got, sizeof(got))) > 0 || came < written) {
		came += n;
		spin(&f);
	}
	assert_true(wakeups >= 1);
	assert_int_equal(came, written);
	assert_int_equal(viewer_writes(&m, sizeof(m)), sizeof(m));
	finish(&f);
}

/* libspice cannot hold those of a USB channel: they are cut off, and with them the memory. */
static void test_usb_is_cut_off(void **state)
{
	static uint8_t block[65536];
	size_t written = 0;
	struct fixture f;

	(void)state;
	begin(&f, CHARDEV_USB);
	chardev_attach(f.chardev, SERVER);
	assert_string_equal(device->subtype, "usbredir");
	assert_int_equal(viewer_writes(block, 10), 10); /* to nobody */
	calls()->state(device, 1);
	assert_int_equal(f.wanted, 1);
	connect_port(&f);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(viewer_writes(block, sizeof(block)), sizeof(block));
		written += sizeof(block);
	}
	assert_true(written > CHARDEV_USB_MOST + (4u << 20));
	for (size_t n; (n = port_reads(&f, block, sizeof(block))) > 0; written -= n)
		;
	assert_int_equal(recv(f.port, block, 1, MSG_DONTWAIT), 0); /* closed */
	assert_true(written > CHARDEV_USB_MOST);
	calls()->state(device, 0);
	calls()->state(device, 1);
	assert_int_equal(f.wanted, 2);
	finish(&f);
}

/* Nobody hears it: what an agent says is passed over, and whoever comes in the midst of it has it begin anew. */
/* What a viewer says first is not lost on the way to a port that QEMU takes at the second try. */
static void test_usb_is_kept(void **state)
{
	struct fixture f;
	char bytes[8] = "";

	(void)state;
	begin(&f, CHARDEV_USB);
	chardev_attach(f.chardev, SERVER);
	calls()->state(device, 1);
	assert_int_equal(f.wanted, 1);
	assert_int_equal(viewer_writes("one", 3), 3);
	connect_port(&f); /* refused */
	assert_int_equal(viewer_writes("two", 3), 3);
	connect_port(&f);
	assert_true(recv(f.port, bytes, sizeof(bytes), MSG_DONTWAIT) < 0);
	chardev_opened(f.chardev);
	assert_true(sd_event_run(f.event, 1000000) >= 0);
	assert_int_equal(recv(f.port, bytes, sizeof(bytes), MSG_DONTWAIT), 6);
	assert_memory_equal(bytes, "onetwo", 6);
	assert_int_equal(viewer_writes("three", 5), 5);
	assert_int_equal(recv(f.port, bytes, sizeof(bytes), MSG_DONTWAIT), 5);
	calls()->state(device, 0);
	assert_int_equal(viewer_writes("four", 4), 4); /* to nobody */
	finish(&f);
}

static void test_attach_between(void **state)
{
	const struct message m = new_message(sizeof(m.body));
	struct fixture f;

	(void)state;
	begin(&f, CHARDEV_AGENT);
	connect_port(&f);
	send(f.port, &m, sizeof(m), 0);
	spin(&f);
	chardev_attach(f.chardev, SERVER);
	assert_int_equal(f.wanted, 0);
	chardev_detach(f.chardev);
	send(f.port, &m, 100, 0);
	spin(&f);
	chardev_attach(f.chardev, SERVER);
	assert_int_equal(f.wanted, 1);
	finish(&f);
}

/* An agent hears that its viewer is gone; cut in the midst of a message it begins anew. */
static void test_goodbye(void **state)
{
	const struct message whole = new_message(sizeof(whole.body)), begun = new_message(9000);
	struct message got;
	struct fixture f;

	(void)state;
	begin(&f, CHARDEV_AGENT);
	connect_port(&f);
	chardev_attach(f.chardev, SERVER);
	viewer_writes(&whole, sizeof(whole));
	assert_int_equal(port_reads(&f, &got, sizeof(got)), sizeof(whole));
	chardev_detach(f.chardev);
	assert_int_equal(port_reads(&f, &got, sizeof(got)), sizeof(got.chunk) + sizeof(got.head));
	assert_int_equal(got.chunk.port, VDP_SERVER_PORT);
	assert_int_equal(got.head.type, VD_AGENT_CLIENT_DISCONNECTED);
	chardev_attach(f.chardev, SERVER);
	viewer_writes(&begun, sizeof(begun));
	assert_int_equal(f.wanted, 0);
	chardev_detach(f.chardev);
	assert_int_equal(f.wanted, 1);
	finish(&f);
}

static void test_port_ends(void **state)
{
	uint8_t byte;
	struct fixture f;

	(void)state;
	begin(&f, CHARDEV_AGENT);
	connect_port(&f);
	chardev_attach(f.chardev, SERVER);
	close_fd(&f.port);
	spin(&f);
	assert_int_equal(wakeups, 1);
	assert_int_equal(viewer_reads(&byte, 1), 0);
	assert_int_equal(f.wanted, 1);
	assert_int_equal(viewer_reads(&byte, 1), 0);
	connect_port(&f);
	assert_int_equal(viewer_writes("abc", 3), 3);
	close_fd(&f.port);
	assert_int_equal(viewer_writes("abc", 3), 3);
	assert_int_equal(f.wanted, 2);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_ways),
	        cmocka_unit_test(test_agent_waits),
	        cmocka_unit_test(test_usb_is_kept),
	        cmocka_unit_test(test_usb_is_cut_off),
	        cmocka_unit_test(test_attach_between),
	        cmocka_unit_test(test_goodbye),
	        cmocka_unit_test(test_port_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
