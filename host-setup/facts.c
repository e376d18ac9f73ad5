/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <stdio.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

static int cpuid_virtualization(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d) && c & 1u << 5)
		return 1;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) && c & 1u << 2;
#else
	return -1;
#endif
}

/* Of this PC itself: 127.x.x.x, ::1 and ::ffff:127.x.x.x, as the kernel prints words of its own byte order. */
static bool is_loopback(const char *address)
{
	size_t n = strlen(address);

	if (n == 8)
		return streq(address + 6, "7F");
	return streq(address, "00000000000000000000000001000000") ||
	       (n == 32 && starts_with(address, "0000000000000000FFFF0000") &&
	               ends_with(address, "7F"));
}

/* A line of /proc/net/tcp: "sl local:port remote:port state"; state 0A listens, port 0016 is 22. */
static bool listens_on_ssh(const char *table)
{
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, table, "\n");
	strv_foreach (line, &lines) {
		char address[64];
		unsigned port, state;

		if (sscanf(*line, " %*u: %63[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", address, &port,
		            &state) == 3 &&
		        port == 22 && state == 0x0a && !is_loopback(address))
			return true;
	}
	return false;
}

static void take_ssh(const struct root *root, struct facts *out)
{
	static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};

	for (size_t i = 0; i < ARRAY_SIZE(tables) && !out->ssh; i++) {
		cleanup_free char *table = root_read(root, tables[i]);

		out->ssh = table && listens_on_ssh(table);
		if (out->ssh)
			out->ssh_source = xstrdup(tables[i]);
	}
}

/* "ttyS0                -W- (EC p a)    4:64": the name comes first. */
static void take_serial(const struct root *root, struct facts *out)
{
	static const char *const kinds[] = {"ttyS", "ttyUSB", "ttyAMA", "hvc"};
	cleanup_free char *text = root_read(root, "/proc/consoles");
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		(*line)[strcspn(*line, " \t")] = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			if (starts_with(*line, kinds[i]))
				strv_add(&out->serial, *line);
		}
	}
}

void facts_take(const struct root *root, struct facts *out)
{
	struct strv cleanup_strv tables = {0};

	*out = (struct facts){.cpuid = root_is_host(root) ? cpuid_virtualization() : -1};
	out->applied = root_exists(root, FACTS_JOURNAL);
	out->acpi_tables = root_list(root, "/sys/firmware/acpi/tables", &tables) == 0;
	take_ssh(root, out);
	take_serial(root, out);
	existing_take(root, &out->existing);
}

void facts_finish(struct facts *facts)
{
	free(facts->ssh_source);
	strv_finish(&facts->serial);
	existing_finish(&facts->existing);
}
