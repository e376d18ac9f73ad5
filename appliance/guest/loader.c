/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the guest's kernel modules, those of one stage that this machine has devices for. */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "moddep.h"
#include "pci.h"
#include "util.h"

#define FOLDER  "/lib/modules"
#define DEP_MAX 65536

struct wish {
	const struct driver *driver;
	bool wanted;
};

static void look_at_device(const char *address, void *data)
{
	struct wish *wish = data;
	uint32_t class_code = pci_attribute(address, "class");

	if ((class_code & wish->driver->class_mask) == wish->driver->class_code)
		wish->wanted = true;
}

/* The kernel unpacks a compressed module itself (Linux 5.17 and later). */
static int load_file(const char *module, const char *parameters)
{
	char path[PATH_MAX];
	const char *dot = strrchr(module, '.');
	int flags = dot && strcmp(dot, ".ko") != 0 ? MODULE_INIT_COMPRESSED_FILE : 0;
	int result = 0;
	int fd;

	snprintf(path, sizeof path, FOLDER "/%s", module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, parameters, flags) < 0 && errno != EEXIST)
		result = -errno;
	close(fd);
	return result;
}

/* Only the driver itself, the last of the list, gets the parameters. */
static void load(const char *dep_text, const struct driver *driver, char *problem, size_t size)
{
	struct moddep_list list = {0};
	int result = 0;

	moddep_resolve(dep_text, driver->module, &list);
	for (size_t i = 0; i < list.count && result == 0; i++) {
		result = load_file(list.paths[i], i + 1 == list.count ? driver->parameters : "");
		/* ENODEV: the driver says itself that this machine has nothing for it. */
		if (result < 0 && result != -ENODEV)
			guest_append(problem, size, "%s%s: %s", problem[0] ? "; " : "",
			        list.paths[i], strerror(-result));
	}
	moddep_list_finish(&list);
}

void loader_run(enum driver_stage stage, char *problem, size_t size)
{
	char *dep_text = malloc(DEP_MAX);

	if (!dep_text)
		abort();
	problem[0] = '\0';
	if (guest_read_text(FOLDER "/modules.dep", dep_text, DEP_MAX) < 0)
		guest_append(problem, size, FOLDER "/modules.dep is missing");
	for (size_t i = 0; i < drivers_count && dep_text[0] != '\0'; i++) {
		struct wish wish = {&drivers[i], drivers[i].class_mask == 0};

		if (drivers[i].stage != stage)
			continue;
		if (!wish.wanted)
			pci_each(look_at_device, &wish);
		if (wish.wanted)
			load(dep_text, &drivers[i], problem, size);
	}
	free(dep_text);
}
