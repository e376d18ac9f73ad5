/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual functions that were made for VMs and could not be removed when the last of these ended, in a file of the run
 * directory: the next VM that has one of them removes them, as if its own start had made them.
 */
#include "vm/vm_impl.h"

#include "base/log.h"

static char *file_of(const struct vms *vms)
{
	return xasprintf("%s/shares.json", vms->env.run_dir);
}

static void save(struct vms *vms)
{
	cleanup_free char *file = file_of(vms), *text = NULL;
	json_t *all = journal_shares_to_json(&vms->left);
	struct err err;

	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	if (root_write(&vms->root, file, text, strlen(text), 0600, &err) < 0)
		log_error(&err, "virtual functions");
}

void vms_shares_left_load(struct vms *vms)
{
	cleanup_free char *file = file_of(vms);
	cleanup_free char *text = root_read(&vms->root, file);
	json_t *all = text ? json_loads(text, 0, NULL) : NULL;

	if (journal_shares_load(all, &vms->left) < 0)
		journal_shares_finish(&vms->left);
	json_decref(all);
}

const struct journal_share *vms_shares_left_find(const struct vms *vms, struct pci_addr parent)
{
	for (size_t i = 0; i < vms->left.n_shares; i++)
		if (pci_addr_equal(vms->left.shares[i].parent, parent))
			return &vms->left.shares[i];
	return NULL;
}

void vms_shares_left_add(struct vms *vms, const struct journal_share *s)
{
	if (s->kind != VM_SHARE_VIRTUAL || vms_shares_left_find(vms, s->parent))
		return;
	*list_append(vms->left.shares, vms->left.n_shares) = (struct journal_share){.kind = s->kind,
	        .parent = s->parent,
	        .vendor = s->vendor,
	        .device = s->device,
	        .vfs = s->vfs,
	        .autoprobe = s->autoprobe,
	        .made = true};
	save(vms);
}

void vms_shares_left_drop(struct vms *vms, struct pci_addr parent)
{
	struct journal *left = &vms->left;

	for (size_t i = 0; i < left->n_shares; i++) {
		if (!pci_addr_equal(left->shares[i].parent, parent))
			continue;
		left->shares[i] = left->shares[--left->n_shares]; /* it owns no text */
		save(vms);
		return;
	}
}
