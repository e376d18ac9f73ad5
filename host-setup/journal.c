/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edited.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <unistd.h>

#define SAVED   JOURNAL_FOLDER "/saved"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static const char *const states[] = {
        [JOURNAL_NONE] = "none",
        [JOURNAL_APPLYING] = "applying",
        [JOURNAL_APPLIED] = "applied",
        [JOURNAL_UNDOING] = "undoing",
};

/* --- reading --- */

static int damaged(const struct root *root, const char *what, struct err *err)
{
	err_set(err, -EBADMSG, _("%s%s: cannot be understood: %s"), root->path, JOURNAL_FILE, what);
	err_hint(err, _("nothing was changed; the bytes that were there before are in %s%s"),
	        root->path, SAVED);
	err_code(err, CODE_SETUP_JOURNAL);
	return -EBADMSG;
}

static void read_texts(json_t *list, struct strv *out)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		strv_add(out, json_is_string(item) ? json_string_value(item) : "");
}

static bool read_file_entry(json_t *item, struct journal *out)
{
	struct journal_file *file = list_append(out->files, out->n_files);
	const char *path, *saved = NULL;
	json_t *written = NULL;
	int existed, mode;

	if (json_unpack(item, "{s:s, s:b, s:i, s?s, s?o}", "path", &path, "existed", &existed,
	            "mode", &mode, "saved", &saved, "written", &written) < 0)
		return false;
	file->path = xstrdup(path);
	file->existed = existed;
	file->mode = (mode_t)mode;
	file->saved = xstrdup(saved);
	read_texts(written, &file->written);
	return path[0] == '/' && (!existed || saved);
}

static bool read_document(json_t *document, struct journal *out)
{
	json_t *files, *folders, *ways = NULL, *item;
	const char *state, *id, *step;
	const char *choice = NULL, *loader = NULL, *boot = NULL;
	int schema, memory_existed;
	size_t i;

	if (json_unpack(document, "{s:i, s:s, s:s, s:s, s:o, s:o, s:b, s?s, s?s, s?o, s?s}",
	            "schema", &schema, "state", &state, "id", &id, "step", &step, "files", &files,
	            "folders", &folders, "memory_existed", &memory_existed, "choice", &choice,
	            "loader", &loader, "ways_in", &ways, "boot", &boot) < 0 ||
	        schema != 1 || strlen(id) >= sizeof(out->id))
		return false;
	strcpy(out->id, id);
	out->step = xstrdup(step);
	out->memory_existed = memory_existed;
	out->choice = xstrdup(choice);
	out->loader = xstrdup(loader);
	out->boot = xstrdup(boot);
	for (i = JOURNAL_APPLYING; i < ARRAY_SIZE(states); i++) {
		if (streq(states[i], state))
			out->state = (enum journal_state)i;
	}
	json_array_foreach (files, i, item) {
		if (!read_file_entry(item, out))
			return false;
	}
	read_texts(folders, &out->folders);
	read_texts(ways, &out->ways);
	return out->state != JOURNAL_NONE;
}

int journal_load(const struct root *root, struct journal *out, struct err *err)
{
	cleanup_free char *text = root_read(root, JOURNAL_FILE);
	json_error_t error;
	json_t *document;
	bool good;

	*out = (struct journal){0};
	if (!text && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!text)
		return err_errno(err, -errno, "%s" JOURNAL_FILE, root->path);
	document = json_loads(text, 0, &error);
	if (!document)
		return damaged(root, error.text, err);
	good = read_document(document, out);
	json_decref(document);
	if (good)
		return 0;
	journal_finish(out);
	return damaged(root, _("an entry is missing or of another kind"), err);
}

static void file_finish(struct journal_file *file)
{
	free(file->path);
	free(file->saved);
	strv_finish(&file->written);
}

void journal_finish(struct journal *journal)
{
	for (size_t i = 0; i < journal->n_files; i++)
		file_finish(&journal->files[i]);
	free(journal->files);
	free(journal->step);
	free(journal->choice);
	free(journal->loader);
	free(journal->boot);
	strv_finish(&journal->folders);
	strv_finish(&journal->ways);
	*journal = (struct journal){0};
}

const struct journal_file *journal_find(const struct journal *journal, const char *path)
{
	for (size_t i = 0; i < journal->n_files; i++) {
		if (streq(journal->files[i].path, path))
			return &journal->files[i];
	}
	return NULL;
}

void journal_disown(struct journal *journal, const char *path)
{
	for (size_t i = 0; i < journal->n_files; i++) {
		if (!streq(journal->files[i].path, path))
			continue;
		file_finish(&journal->files[i]);
		memmove(&journal->files[i], &journal->files[i + 1],
		        (--journal->n_files - i) * sizeof(*journal->files));
		return;
	}
}

/* FNV-1a, 64 bits: it tells our bytes from a person's, and nobody gains by a collision. */
char *journal_hash(const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return xasprintf("%016" PRIx64, h);
}

char *journal_written_path(const char *hash)
{
	return xasprintf(SAVED "/%s", hash);
}

/* --- writing --- */

static json_t *texts_json(const struct strv *v)
{
	json_t *list = json_array();

	strv_foreach (s, v)
		json_array_append_new(list, json_string(*s));
	return list;
}

static int write_journal(const struct root *root, const struct journal *journal, struct err *err)
{
	json_t *files = json_array(), *document;
	char *text;
	int r;

	for (size_t i = 0; i < journal->n_files; i++) {
		const struct journal_file *f = &journal->files[i];

		json_array_append_new(
		        files, json_pack("{s:s, s:b, s:i, s:s*, s:o}", "path", f->path, "existed",
		                       f->existed, "mode", (int)f->mode, "saved", f->saved,
		                       "written", texts_json(&f->written)));
	}
	document = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:b, s:s*, s:s*, s:o, s:s*}", "schema",
	        1, "state", states[journal->state], "id", journal->id, "step", journal->step,
	        "files", files, "folders", texts_json(&journal->folders), "memory_existed",
	        journal->memory_existed, "choice", journal->choice, "loader", journal->loader,
	        "ways_in", texts_json(&journal->ways), "boot", journal->boot);
	text = json_dumps(document, JSON_INDENT(2));
	json_decref(document);
	r = root_write(root, JOURNAL_FILE, text, strlen(text), 0644, err);
	free(text);
	return r < 0 ? err_prefix(err, _("the journal")) : 0;
}

char *journal_step_words(const char *step)
{
	if (starts_with(step, "write "))
		return xasprintf(_("write %s"), step + strlen("write "));
	if (starts_with(step, "restore "))
		return xasprintf(_("restore %s"), step + strlen("restore "));
	if (starts_with(step, "keep "))
		return xasprintf(_("put your version of %s beside it (%s)"), step + strlen("keep "),
		        "*" EDITED_ENDING);
	return xstrdup(_(step));
}

/* Caller frees; NULL: this kernel does not tell. */
static char *boot_id(const struct root *root)
{
	char *text = root_read(root, BOOT_ID);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

int journal_restarted(const struct root *root, const struct journal *journal)
{
	cleanup_free char *now = boot_id(root);

	return now && journal->boot ? !streq(now, journal->boot) : -1;
}

int journal_set(const struct root *root, struct journal *journal, enum journal_state state,
        const char *step, struct err *err)
{
	journal->state = state;
	free(journal->step);
	journal->step = xstrdup(step);
	if (state == JOURNAL_APPLIED) {
		free(journal->boot);
		journal->boot = boot_id(root);
	}
	return write_journal(root, journal, err);
}

/* The folders above @path that are not there yet. */
static void note_folders(const struct root *root, struct journal *journal, const char *path)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		cleanup_free char *folder = xstrndup(path, (size_t)(slash - path));

		if (!root_exists(root, folder) && !strv_has(&journal->folders, folder))
			strv_add(&journal->folders, folder);
	}
}

/* What we write says so. Such a file without a journal is left from one that was lost: nobody else's own. */
static bool is_ours(const struct edit *edit)
{
	static const char mark[] = "playthrough-setup apply";

	return memmem(edit->old_bytes, edit->old_size, mark, sizeof(mark) - 1);
}

static int save_file(
        const struct root *root, struct journal *journal, const struct edit *edit, struct err *err)
{
	bool existed = edit->existed && !(journal->state == JOURNAL_NONE && is_ours(edit));
	cleanup_free char *saved = NULL;
	struct journal_file *file;
	int r = 0;

	note_folders(root, journal, edit->path);
	saved = xasprintf(SAVED "/%zu", journal->n_files);
	if (existed)
		r = root_write(root, saved, edit->old_bytes, edit->old_size, 0600, err);
	if (r < 0)
		return r;
	file = list_append(journal->files, journal->n_files);
	file->path = xstrdup(edit->path);
	file->existed = existed;
	file->mode = edit->old_mode;
	file->saved = existed ? take_ptr(saved) : NULL;
	if (edit->existed && !existed)
		strv_take(&file->written, journal_hash(edit->old_bytes, edit->old_size));
	return 0;
}

/* What the loader remembered before us. */
static void note_memory(
        const struct root *root, struct journal *journal, const struct loader *loader)
{
	journal->memory_existed = loader->memory && root_exists(root, loader->memory);
	journal->choice = loader->choice ? loader->choice(root) : NULL;
	journal->loader = xstrdup(loader->name);
}

const struct loader *journal_loader(
        const struct root *root, const struct journal *journal, struct err *err)
{
	const char *where;
	const struct loader *now = loader_detect(root, &where, err);
	const struct loader *then = journal->loader ? loader_of_name(journal->loader) : NULL;

	/* Where none is seen, /boot may not be mounted. */
	return now && then ? then : now;
}

/* What is going to be written is known again later, by its hash; and its bytes, for a diff. */
static int save_written(
        const struct root *root, struct journal *journal, const struct edit *edit, struct err *err)
{
	cleanup_free char *hash = journal_hash(edit->new_bytes, edit->new_size);
	cleanup_free char *path = journal_written_path(hash);
	struct journal_file *file = NULL;

	for (size_t i = 0; i < journal->n_files; i++) {
		if (streq(journal->files[i].path, edit->path))
			file = &journal->files[i];
	}
	if (!file || (file->written.n && streq(file->written.list[file->written.n - 1], hash)))
		return 0;
	strv_add(&file->written, hash);
	return root_write(root, path, edit->new_bytes, edit->new_size, 0600, err);
}

int journal_begin(const struct root *root, struct journal *journal, const struct plan *plan,
        const struct boot *boot, struct err *err)
{
	int r = 0;

	if (journal->state == JOURNAL_NONE)
		note_memory(root, journal, boot->loader);
	for (size_t i = 0; r == 0 && i < plan->edits.n; i++) {
		const struct edit *edit = &plan->edits.list[i];

		if (!journal_find(journal, edit->path))
			r = save_file(root, journal, edit, err);
		if (r == 0)
			r = save_written(root, journal, edit, err);
	}
	if (r < 0)
		return r;
	strv_finish(&journal->ways);
	strv_foreach (way, &plan->ways)
		strv_add(&journal->ways, *way);
	memcpy(journal->id, plan->id, sizeof(journal->id));
	return journal_set(root, journal, JOURNAL_APPLYING, "begin", err);
}

int journal_restore(const struct root *root, const struct journal_file *file, struct err *err)
{
	cleanup_free char *bytes = NULL;
	size_t size = 0;

	if (!file->existed)
		return root_remove(root, file->path, err);
	bytes = root_read_bytes(root, file->saved, &size);
	if (!bytes)
		return err_errno(err, -errno, _("the saved bytes of %s: %s%s"), file->path,
		        root->path, file->saved);
	return root_write(root, file->path, bytes, size, file->mode, err);
}

/* An empty folder goes; one that holds somebody else's files stays. */
static void remove_folder(const struct root *root, const char *folder)
{
	cleanup_free char *above = xstrdup(folder);
	char *slash = strrchr(above, '/');
	cleanup_close int fd = -1;

	if (!slash || !slash[1])
		return;
	*slash = '\0';
	fd = root_openat(root, *above ? above : "/", O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0 && unlinkat(fd, slash + 1, AT_REMOVEDIR) == 0)
		fsync(fd);
}

/* The saved bytes, and what a cut of power left of them or of writing a journal. */
static void remove_saved(const struct root *root)
{
	struct strv names = {0};

	root_list(root, SAVED, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf(SAVED "/%s", *name);

		root_remove(root, path, NULL);
	}
	strv_finish(&names);
	remove_folder(root, SAVED);
}

int journal_remove(const struct root *root, struct journal *journal, struct err *err)
{
	int r;

	/* While there is a journal, a cut of power here only means that all this is done once more. */
	for (size_t i = journal->folders.n; i > 0; i--)
		remove_folder(root, journal->folders.list[i - 1]);
	/* It goes before the bytes it names: what is left after a cut is then only litter. */
	r = root_remove(root, JOURNAL_FILE, err);
	if (r < 0)
		return r;
	remove_saved(root);
	journal->state = JOURNAL_NONE;
	return 0;
}

/* --- one at a time --- */

#define LOCK_LIMIT_MS 5000
#define LOCK_PAUSE_MS 100
#define LOCK_TRIES    100 /* each of them met another one that ended just then */

/* Whoever held the lock may have removed the folder between our opening and our locking it. */
static bool is_there_still(const struct root *root, int fd)
{
	struct stat ours, now;

	return fstat(fd, &ours) == 0 && root_stat(root, JOURNAL_FOLDER, &now) == 0 &&
	       ours.st_ino == now.st_ino && ours.st_dev == now.st_dev;
}

/* The lock is on the folder itself, so that it leaves no file behind. -ESTALE: the folder has gone; once more. */
static int lock_folder(const struct root *root)
{
	int fd = root_openat(root, JOURNAL_FOLDER, O_RDONLY | O_DIRECTORY, 0), r;

	if (fd == -ENOENT)
		r = root_make_folder(root, JOURNAL_FOLDER, NULL);
	else
		r = fd < 0 ? fd : 0;
	if (r < 0 || fd < 0)
		return r < 0 && r != -ENOENT ? r : -ESTALE;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	else if (is_there_still(root, fd))
		return fd;
	close_fd(&fd);
	return r < 0 ? r : -ESTALE;
}

int journal_lock(const struct root *root, struct err *err)
{
	int r = lock_folder(root);

	for (int tries = 1; r == -ESTALE && tries < LOCK_TRIES; tries++)
		r = lock_folder(root);
	if (r >= 0)
		root_clear(root, JOURNAL_FILE); /* of one that was cut off */
	if (r >= 0)
		return r;
	if (r != -EWOULDBLOCK && r != -ESTALE)
		return err_errno(err, r, "%s" JOURNAL_FOLDER, root->path);
	err_set(err, r, _("another playthrough-setup is at work (%s%s is locked)"), root->path,
	        JOURNAL_FOLDER);
	err_hint(err, _("wait until it has ended, then try again"));
	err_code(err, CODE_SETUP_BUSY);
	return r;
}

int journal_lock_soon(const struct root *root, struct err *err)
{
	struct err now = {0};
	int lock = journal_lock(root, &now);

	for (unsigned ms = 0; lock < 0 && err_is(&now, CODE_SETUP_BUSY) && ms < LOCK_LIMIT_MS;
	        ms += LOCK_PAUSE_MS) {
		usleep(LOCK_PAUSE_MS * 1000);
		now = (struct err){0};
		lock = journal_lock(root, &now);
	}
	if (lock < 0 && err)
		*err = now;
	return lock;
}

void journal_unlock(const struct root *root, int lock)
{
	if (!root_exists(root, JOURNAL_FILE)) {
		/* What is cut off before there is a journal, or after, is cleared up by whoever comes next. */
		remove_saved(root);
		remove_folder(root, JOURNAL_FOLDER);
		remove_folder(root, "/var/lib/playthrough");
	}
	close_fd(&lock);
}
