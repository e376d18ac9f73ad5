/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/ports.h"

#include "host/attr.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Columns of Documentation/networking/proc_net_tcp.rst; udp has the same. */
enum { LOCAL = 1, STATE = 3, UID = 7, INODE = 9 };
enum { TCP_STATE_LISTEN = 0x0a }; /* include/net/tcp_states.h */

#define UNPRIVILEGED "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static const struct table {
	const char *path;
	bool udp, v6;
} tables[] = {
        {"/proc/net/tcp", false, false},
        {"/proc/net/tcp6", false, true},
        {"/proc/net/udp", true, false},
        {"/proc/net/udp6", true, true},
};

/* Eight hex digits, which are a word of memory in this PC's order of bytes. */
static bool take_word(const char *hex, uint32_t *out)
{
	cleanup_free char *word = xstrndup(hex, 8);
	uint64_t value;

	if (strlen(word) != 8 || parse_u64(word, 16, UINT32_MAX, &value) < 0)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* False: it is none that IPv4 would meet. */
static bool take_address4(uint32_t word, char *out, size_t size)
{
	struct in_addr address = {.s_addr = word};

	if (!word)
		out[0] = '\0';
	else
		inet_ntop(AF_INET, &address, out, (socklen_t)size);
	return true;
}

static bool take_address6(const char *hex, char *out, size_t size)
{
	uint32_t words[4];

	for (size_t i = 0; i < 4; i++)
		if (!take_word(hex + 8 * i, &words[i]))
			return false;
	if (!words[0] && !words[1] && !words[2] && !words[3]) {
		out[0] = '\0';
		return true;
	}
	return !words[0] && !words[1] && words[2] == htonl(0xffff) &&
	       take_address4(words[3], out, size);
}

/* "0100007F:0D3D" */
static bool take_local(const struct table *table, const char *text, struct port *p)
{
	size_t digits = table->v6 ? 32 : 8;
	uint64_t number;
	uint32_t word;

	if (strcspn(text, ":") != digits || !text[digits] ||
	        parse_u64(text + digits + 1, 16, 65535, &number) < 0)
		return false;
	p->number = (unsigned)number;
	if (table->v6)
		return take_address6(text, p->address, sizeof(p->address));
	return take_word(text, &word) && take_address4(word, p->address, sizeof(p->address));
}

static bool is_wanted(const struct port_range *ranges, size_t n, const struct port *p)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].udp == p->udp && p->number >= ranges[i].first &&
		        p->number - ranges[i].first < ranges[i].count)
			return true;
	return false;
}

/* False: the line names nothing that holds a port. @inode 0: nobody has it open. */
static bool take_line(
        const struct table *table, const struct strv *f, struct port *p, uint64_t *inode)
{
	uint64_t state, uid;

	*p = (struct port){.udp = table->udp, .source = table->path};
	if (f->n <= INODE || !take_local(table, f->list[LOCAL], p) ||
	        parse_u64(f->list[STATE], 16, 0xff, &state) < 0 ||
	        parse_u64(f->list[UID], 10, UINT32_MAX, &uid) < 0 ||
	        parse_u64(f->list[INODE], 10, UINT64_MAX, inode) < 0)
		return false;
	p->uid = (unsigned)uid;
	return table->udp || state == TCP_STATE_LISTEN;
}

/* --- whose they are --- */

static bool has_open(const struct root *root, const char *pid, const char *socket)
{
	cleanup_free char *folder = xasprintf("/proc/%s/fd", pid);
	cleanup_strv struct strv fds = {0};

	root_list(root, folder, &fds);
	strv_foreach (fd, &fds) {
		cleanup_free char *link = xasprintf("%s/%s", folder, *fd);
		cleanup_free char *target = root_link_name(root, link);

		if (target && streq(target, socket))
			return true;
	}
	return false;
}

static void find_owner(const struct root *root, struct port *p, uint64_t inode)
{
	cleanup_free char *socket = xasprintf("socket:[%llu]", (unsigned long long)inode);
	cleanup_strv struct strv all = {0};

	root_list(root, "/proc", &all);
	strv_foreach (pid, &all) {
		uint64_t number;

		if (parse_u64(*pid, 10, INT32_MAX, &number) < 0 || !has_open(root, *pid, socket))
			continue;
		p->pid = (int)number;
		p->program = text_clean(root_readf(root, "/proc/%s/comm", *pid));
		return;
	}
}

static void take_table(const struct root *root, const struct table *table,
        const struct port_range *ranges, size_t n, struct ports *out)
{
	cleanup_free char *text = root_read(root, table->path);
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		cleanup_strv struct strv fields = {0};
		struct port port;
		uint64_t inode;

		strv_split(&fields, line, " \t");
		if (!take_line(table, &fields, &port, &inode) || !is_wanted(ranges, n, &port))
			continue;
		if (inode && !out->n) /* one is named: each costs a look at all processes */
			find_owner(root, &port, inode);
		*list_append(out->list, out->n) = port;
	}
}

void ports_take(
        const struct root *root, const struct port_range *ranges, size_t n, struct ports *out)
{
	uint64_t from;

	*out = (struct ports){0};
	for (size_t i = 0; n && i < ARRAY_SIZE(tables); i++)
		take_table(root, &tables[i], ranges, n, out);
	/* A kernel without the file is older than 4.11 and has it at 1024. */
	if (root_read_u64(root, UNPRIVILEGED, 10, &from) < 0)
		from = 1024;
	out->unprivileged_from = from > 65536 ? 65536 : (unsigned)from;
}

void ports_finish(struct ports *ports)
{
	for (size_t i = 0; i < ports->n; i++)
		free(ports->list[i].program);
	free(ports->list);
	*ports = (struct ports){0};
}
