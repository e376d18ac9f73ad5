/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that are pressed in a VM together, for those that a viewer or the desktop keeps to itself: Ctrl+Alt+Del. */
#include "vm/vm_impl.h"

#include "base/i18n.h"

#include <errno.h>

#define KEYS_MOST  8u
#define NAME_MOST  24u
#define COMMAND_MS 20000u

/* "ctrl-alt-delete" as QEMU's list; it knows which keys there are. NULL: no such thing. */
static json_t *keys_of(const char *text)
{
	cleanup_strv struct strv names = {0};
	json_t *keys;

	strv_split(&names, text, "-");
	if (!names.n || names.n > KEYS_MOST)
		return NULL;
	keys = json_array();
	strv_foreach (name, &names) {
		bool good = strlen(*name) <= NAME_MOST &&
		            strspn(*name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(*name);

		if (!good) {
			json_decref(keys);
			return NULL;
		}
		json_array_append_new(keys, json_pack("{s:s, s:s}", "type", "qcode", "data",
		                                    streq(*name, "del") ? "delete" : *name));
	}
	return keys;
}

struct pressing {
	void (*reply)(void *user, const struct err *err);
	void *user;
};

static void on_pressed(void *user, json_t *result, const struct err *err)
{
	struct pressing *p = user;

	(void)result;
	p->reply(p->user, err);
	free(p);
}

int vms_press(struct vms *vms, const char *name, const char *keys,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	struct pressing *p;
	json_t *list;

	if (!vm || vm->state != VM_RUNNING || !vm->qmp) {
		err_set(err, -ESRCH, _("VM %s is not running"), name);
		err_code(err, CODE_VM_NOT_RUNNING);
		return -ESRCH;
	}
	list = keys_of(keys);
	if (!list)
		return err_set(err, -EINVAL, _("%.60s: not keys, as ctrl-alt-delete is"), keys);
	p = xcalloc(1, sizeof(*p));
	*p = (struct pressing){reply, user};
	qmp_send(vm->qmp, "send-key", json_pack("{s:o}", "keys", list), -1, COMMAND_MS, on_pressed,
	        p);
	return 0;
}
