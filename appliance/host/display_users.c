/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/display_users.h"
#include "host/attr.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#define NODES   "/dev/dri/"
#define CLIENTS "/sys/kernel/debug/dri"

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static void add_user(struct display_card *card, const char *user)
{
	if (!strv_has(&card->users, user))
		strv_add(&card->users, user);
}

/* --- open files --- */

static void walk_process(
        const struct root *root, const char *pid, display_open_file *each, void *arg)
{
	cleanup_free char *path = xasprintf("/proc/%s/fd", pid);
	int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	while ((e = readdir(dir))) {
		char target[256];
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (starts_with(target, NODES))
			each(pid, e->d_name, target + strlen(NODES), arg);
	}
	closedir(dir);
}

void display_walk_open_files(const struct root *root, display_open_file *each, void *arg)
{
	struct strv pids = {0};

	root_list(root, "/proc", &pids);
	strv_foreach (pid, &pids) {
		if (is_number(*pid))
			walk_process(root, *pid, each, arg);
	}
	strv_finish(&pids);
}

struct search {
	const struct root *root;
	struct displays *displays;
};

static void take_open_file(const char *pid, const char *fd, const char *node, void *arg)
{
	const struct search *search = arg;

	(void)fd;
	for (size_t i = 0; i < search->displays->n; i++) {
		struct display_card *card = &search->displays->list[i];
		cleanup_free char *name = NULL, *user = NULL;

		if (!strv_has(&card->nodes, node))
			continue;
		name = attr_text(search->root, "/proc/%s/comm", pid);
		user = xasprintf("%s (%s)", name ? name : "?", pid);
		add_user(card, user);
	}
}

/* --- what DRM itself tells root --- */

/* Which word is the process: numbers of process and minor, then y or n; names may hold spaces. 0: none. */
static size_t find_process(const struct strv *words)
{
	for (size_t i = 1; i + 2 < words->n && i < 8; i++) {
		const char *master = words->list[i + 2];

		if (is_number(words->list[i]) && is_number(words->list[i + 1]) &&
		        (streq(master, "y") || streq(master, "n")))
			return i;
	}
	return 0;
}

/* "    systemd-logind   812   0   y    y     0          0": name, process, minor, master */
static void take_client(const char *line, struct display_card *card)
{
	struct strv words = {0}, name = {0};
	size_t process;

	strv_split(&words, line, " \t");
	process = find_process(&words);
	for (size_t i = 0; i < process; i++)
		strv_add(&name, words.list[i]);
	if (process) {
		cleanup_free char *all = strv_join(&name, " ");
		cleanup_free char *user = xasprintf("%s (%s)", all, words.list[process]);

		add_user(card, user);
		if (streq(words.list[process + 2], "y") && !card->master)
			card->master = take_ptr(user);
	}
	strv_finish(&name);
	strv_finish(&words);
}

static void take_clients(const struct root *root, struct display_card *card)
{
	cleanup_free char *text = NULL;
	char *line, *rest;

	if (!is_numbered(card->name, "card"))
		return;
	rest = text = root_readf(root, CLIENTS "/%s/clients", card->name + strlen("card"));
	if (!text)
		return;
	text_clean(text);
	while ((line = text_next_line(&rest)))
		take_client(line, card);
}

void display_users_take(const struct root *root, struct displays *displays)
{
	struct search search = {.root = root, .displays = displays};

	display_walk_open_files(root, take_open_file, &search);
	for (size_t i = 0; i < displays->n; i++)
		take_clients(root, &displays->list[i]);
}
