/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "discs.h"

#include "app_parts.h"
#include "base/i18n.h"
#include "bus/async.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MOST 4096u /* of one folder */

struct disc_changer {
	struct link *link;
	struct model *model;
	struct shell *shell;
	struct strv beside; /* folders of what was in a drive */
	void (*changed)(void *user);
	void *user;
};

struct disc_changer *disc_changer_create(struct link *link, struct model *model,
        struct shell *shell, void (*changed)(void *user), void *user)
{
	struct disc_changer *changer = xcalloc(1, sizeof(*changer));

	*changer = (struct disc_changer){
	        .link = link, .model = model, .shell = shell, .changed = changed, .user = user};
	return changer;
}

void disc_changer_destroy(struct disc_changer *changer)
{
	if (changer)
		strv_finish(&changer->beside);
	free(changer);
}

/* --- the images there are --- */

static void add_folder(struct strv *folders, const char *folder)
{
	if (folder && *folder == '/' && !strv_has(folders, folder))
		strv_add(folders, folder);
}

/* Where people have them, by default of the programs that make or get them. */
static void collect_folders(struct disc_changer *changer, struct strv *out)
{
	const struct discs *discs = &changer->model->discs;
	const char *home = getenv("HOME");
	cleanup_free char *downloads = home ? xasprintf("%s/Downloads", home) : NULL;

	for (size_t i = 0; i < discs->n_drives; i++) {
		const char *path = discs->drives[i].in.path, *slash = strrchr(path, '/');
		cleanup_free char *folder =
		        slash > path ? xstrndup(path, (size_t)(slash - path)) : NULL;

		add_folder(&changer->beside, folder);
	}
	strv_foreach (folder, &changer->beside)
		add_folder(out, *folder);
	add_folder(out, downloads);
	add_folder(out, home);
	add_folder(out, "/usr/share/virtio-win");
	add_folder(out, "/var/lib/libvirt/images");
}

static bool is_image(int folder, const char *name)
{
	size_t n = strlen(name);
	struct stat st;

	return name[0] != '.' && n > 4 && strcasecmp(name + n - 4, ".iso") == 0 &&
	       fstatat(folder, name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       faccessat(folder, name, R_OK, 0) == 0;
}

static void look_into(const char *folder, struct strv *paths)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	for (unsigned n = 0; dir && n < ENTRIES_MOST && (entry = readdir(dir)); n++)
		if (is_image(dirfd(dir), entry->d_name))
			strv_addf(paths, "%s/%s", folder, entry->d_name);
	if (dir)
		closedir(dir);
}

void disc_changer_look(struct disc_changer *changer)
{
	cleanup_strv struct strv folders = {0}, paths = {0};

	collect_folders(changer, &folders);
	strv_foreach (folder, &folders)
		look_into(*folder, &paths);
	discs_set_images(&changer->model->discs, &paths);
	shell_changed(changer->shell, app_now_ms());
}

/* --- a change --- */

static void on_changed(void *user, const char *text, const struct err *err)
{
	struct disc_changer *changer = user;

	(void)text;
	if (err)
		shell_refused(changer->shell, err);
	else
		changer->changed(changer->user);
}

static void insert(struct disc_changer *changer, const char *vm, const char *drive,
        const struct disc_image *image, bool force)
{
	cleanup_close int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct err err;

	if (fd >= 0) {
		async_call(link_async(changer->link), on_changed, changer, "CdChange", "ssa{sv}",
		        vm, drive, 2, "force", "b", (int)force, "file", "h", fd);
		return;
	}
	err_errno(&err, -errno, _("%s: the image cannot be read"), image->name);
	err_code(&err, CODE_CD_FILE);
	shell_refused(changer->shell, &err);
}

void disc_changer_change(
        struct disc_changer *changer, const char *vm, const char *drive, int index, bool force)
{
	const struct discs *discs = &changer->model->discs;

	if (index < 0)
		async_call(link_async(changer->link), on_changed, changer, "CdChange", "ssa{sv}",
		        vm, drive, 1, "force", "b", (int)force);
	else if ((size_t)index < discs->n_images)
		insert(changer, vm, drive, &discs->images[index], force);
}
