/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/rooted.h"

#include "host/ask.h"
#include "host/attr.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKET    "/run/playthrough-facts.sock"
#define ANSWER_US 2000000u               /* it starts, and looks at some dozens of functions */
#define LOG_MOST  ((size_t)32 << 20)     /* as firmware.c reads it */
#define MOST      (LOG_MOST + (1 << 20)) /* with the lines before it */

/* --- its form: lines, and behind the last one the log --- */

static void put_device(FILE *out, const struct pci_device *d)
{
	struct pci_addr_text addr = pci_addr_format(d->addr);

	if (d->serial)
		fprintf(out, "serial %s %s\n", addr.s, d->serial);
	for (size_t i = 0; i < ARRAY_SIZE(d->bar); i++)
		if (d->bar[i].sizes && !d->bars_by_kernel)
			fprintf(out, "sizes %s %zu %llx\n", addr.s, i,
			        (unsigned long long)d->bar[i].sizes);
}

char *rooted_format(const struct pci *pci, const struct firmware *firmware, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		abort();
	for (size_t i = 0; i < pci->n; i++)
		put_device(out, &pci->list[i]);
	if (pci->room_above_4g)
		fprintf(out, "room %s\n", pci->room_above_4g);
	fprintf(out, "log %d %zu\n%s", firmware->log ? firmware->log_complete : -1,
	        firmware->log ? strlen(firmware->log) : 0, firmware->log ? firmware->log : "");
	if (fclose(out) != 0)
		abort();
	return text;
}

static struct pci_device *device_of(struct pci *pci, const char *address)
{
	struct pci_addr addr;

	for (size_t i = 0; pci_addr_parse(address, &addr) == 0 && i < pci->n; i++)
		if (pci_addr_equal(pci->list[i].addr, addr))
			return &pci->list[i];
	return NULL; /* it has come or gone in between */
}

static bool is_hex(const char *text, size_t n)
{
	return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static int take_serial(char *const *words, size_t n, struct pci *pci)
{
	struct pci_device *d = n == 3 ? device_of(pci, words[1]) : NULL;

	if (n != 3 || !is_hex(words[2], 16))
		return -EINVAL;
	if (d && !d->serial)
		d->serial = xstrdup(words[2]);
	return 0;
}

static int take_sizes(char *const *words, size_t n, struct pci *pci)
{
	struct pci_device *d = n == 4 ? device_of(pci, words[1]) : NULL;
	uint64_t bar, sizes;

	if (n != 4 || parse_u64(words[2], 10, ARRAY_SIZE(d->bar) - 1, &bar) < 0 ||
	        parse_u64(words[3], 16, UINT64_MAX, &sizes) < 0)
		return -EINVAL;
	if (d && !d->bars_by_kernel)
		d->bar[bar].sizes = sizes;
	return 0;
}

/* @rest: what is behind its line. */
static int take_log(
        char *const *words, size_t n, const char *rest, size_t size, struct firmware *firmware)
{
	uint64_t bytes;

	if (n != 3 || parse_u64(words[2], 10, LOG_MOST, &bytes) < 0 || bytes != size ||
	        strlen(rest) != size)
		return -EINVAL;
	if (streq(words[1], "-1") || firmware->log)
		return 0;
	firmware->log = xstrndup(rest, size);
	firmware->log_complete = streq(words[1], "1");
	firmware->log_errno = 0;
	return 0;
}

int rooted_parse(const char *text, size_t size, struct pci *pci, struct firmware *firmware)
{
	for (const char *at = text, *end; (end = memchr(at, '\n', size - (size_t)(at - text)));
	        at = end + 1) {
		cleanup_free char *line = xstrndup(at, (size_t)(end - at));
		cleanup_strv struct strv words = {0};
		int r = -EINVAL;

		strv_split(&words, line, " ");
		if (words.n && streq(words.list[0], "log"))
			return take_log(words.list, words.n, end + 1,
			        size - (size_t)(end + 1 - text), firmware);
		if (words.n && streq(words.list[0], "serial")) {
			r = take_serial(words.list, words.n, pci);
		} else if (words.n && streq(words.list[0], "sizes")) {
			r = take_sizes(words.list, words.n, pci);
		} else if (starts_with(line, "room ")) {
			free(pci->room_above_4g);
			pci->room_above_4g = text_clean(xstrdup(line + strlen("room ")));
			r = 0;
		}
		if (r < 0)
			return r;
	}
	return -EINVAL; /* cut off */
}

/* --- both sides --- */

/* Root as it is by name: another user would only be refused. */
static bool is_bare_root(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	return geteuid() == 0 && syscall(SYS_capget, &head, data) == 0 &&
	       !(data[0].effective & (1u << CAP_SYS_ADMIN));
}

void rooted_add(const struct root *root, struct pci *pci, struct firmware *firmware)
{
	cleanup_free char *text = NULL;
	size_t size;

	if (!root_is_host(root) || !is_bare_root())
		return;
	text = host_ask(SOCKET, MOST, ANSWER_US, &size);
	if (text)
		rooted_parse(text, size, pci, firmware);
}

void rooted_tell(int fd)
{
	struct firmware firmware = {0};
	struct pci pci = {0};
	struct root root;
	size_t size = 0;
	char *text;

	if (root_open(&root, "/", NULL) < 0)
		return;
	pci_take(&root, &pci, NULL);
	firmware_take(&root, &firmware, NULL);
	text = rooted_format(&pci, &firmware, &size);
	for (size_t done = 0; done < size;) {
		ssize_t sent = send(fd, text + done, size - done, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		done += (size_t)sent;
	}
	free(text);
	firmware_finish(&firmware);
	pci_finish(&pci);
	root_close(&root);
}
