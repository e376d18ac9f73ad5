/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose the ports are, from tables as the kernel writes them, from garbage, and from this very process. */
#include "host/ports.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD4                                                                                 \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  " \
	"timeout inode\n"

static const char tcp[] = HEAD4 "   0: 00000000:0D3D 00000000:0000 0A 00000000:00000000 "
                                "00:00000000 00000000  1000        0 4711 1 0\n"
                                "   1: 0100007F:0D3E 00000000:0000 0A 00000000:00000000 "
                                "00:00000000 00000000     0        0 4712 1 0\n"
                                "   2: 0100007F:0D3F 0100007F:1234 01 00000000:00000000 "
                                "00:00000000 00000000     0        0 4713 1 0\n"
                                "   3: garbage\n   4: 00000000:XXXX 0 0A 0 0 0 0 0 0\n   5: "
                                "000000000:0D3D 0 0A 0 0 1 0 2 0\n\n";
static const char tcp6[] = "head\n"
                           "   0: 00000000000000000000000000000000:0D40 "
                           "00000000000000000000000000000000:0000 0A 0:0 0:0 0 7 0 9 1\n"
                           "   1: 00000000000000000000000001000000:0D41 "
                           "00000000000000000000000000000000:0000 0A 0:0 0:0 0 7 0 9 1\n"
                           "   2: 0000000000000000FFFF00000100007F:0D42 "
                           "00000000000000000000000000000000:0000 0A 0:0 0:0 0 7 0 9 1\n";
static const char udp[] = "head\n  10: 0100007F:0D3D 00000000:0000 07 0:0 00:0 0 0 0 9 2 0 0\n";

struct fixture {
	char folder[64];
	struct root root;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-ports-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(root_open(&f->root, f->folder, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	root_close(&f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(root_write(&f->root, path, text, strlen(text), 0644, NULL), 0);
}

static const struct port *find(const struct ports *ports, bool is_udp, unsigned number)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->list[i].udp == is_udp && ports->list[i].number == number)
			return &ports->list[i];
	return NULL;
}

static void the_tables_are_read(void **state)
{
	static const struct port_range all[] = {{false, 3389, 10}, {true, 3389, 1}};
	struct fixture *f = *state;
	cleanup_free char *fd = xasprintf("%s/proc/812/fd/3", f->folder);
	struct ports ports;

	put(f, "/proc/net/tcp", tcp);
	put(f, "/proc/net/tcp6", tcp6);
	put(f, "/proc/net/udp", udp);
	put(f, "/proc/sys/net/ipv4/ip_unprivileged_port_start", "80\n");
	put(f, "/proc/812/comm", "xrdp\n");
	put(f, "/proc/812/fd/0", "");
	assert_int_equal(symlink("socket:[4711]", fd), 0);
	ports_take(&f->root, all, 2, &ports);
	assert_int_equal(ports.unprivileged_from, 80);
	assert_string_equal(find(&ports, false, 3389)->address, "");
	assert_string_equal(find(&ports, false, 3389)->program, "xrdp");
	assert_int_equal(find(&ports, false, 3389)->pid, 812);
	assert_int_equal(find(&ports, false, 3389)->uid, 1000);
	assert_string_equal(find(&ports, false, 3390)->address, "127.0.0.1");
	assert_null(find(&ports, false, 3391)); /* a connection, which listens to nobody */
	assert_string_equal(find(&ports, false, 3392)->address, "");
	assert_string_equal(find(&ports, false, 3392)->source, "/proc/net/tcp6");
	assert_null(find(&ports, false, 3393)); /* ::1 is nothing to IPv4 */
	assert_string_equal(find(&ports, false, 3394)->address, "127.0.0.1");
	assert_string_equal(find(&ports, true, 3389)->address, "127.0.0.1");
	assert_int_equal(ports.n, 5);
	ports_finish(&ports);
}

static void nothing_there_is_nothing_taken(void **state)
{
	static const struct port_range one[] = {{false, 3389, 1}};
	struct fixture *f = *state;
	struct ports ports;

	ports_take(&f->root, one, 1, &ports);
	assert_int_equal(ports.n, 0);
	assert_int_equal(ports.unprivileged_from, 1024);
	put(f, "/proc/net/tcp", tcp);
	put(f, "/proc/sys/net/ipv4/ip_unprivileged_port_start", "many\n");
	ports_take(&f->root, one, 0, &ports);
	assert_int_equal(ports.n, 0);
	assert_int_equal(ports.unprivileged_from, 1024);
	ports_finish(&ports);
}

static void this_process_is_found(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(at);
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct port_range range = {.count = 1};
	struct ports ports;
	struct root root;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	range.first = ntohs(at.sin_port);
	assert_int_equal(root_open(&root, "/", NULL), 0);
	ports_take(&root, &range, 1, &ports);
	assert_int_equal(ports.n, 1);
	assert_string_equal(ports.list[0].address, "127.0.0.1");
	assert_int_equal(ports.list[0].pid, getpid());
	assert_non_null(ports.list[0].program);
	ports_finish(&ports);
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(the_tables_are_read, setup, teardown),
	        cmocka_unit_test_setup_teardown(nothing_there_is_nothing_taken, setup, teardown),
	        cmocka_unit_test(this_process_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
