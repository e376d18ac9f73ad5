/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody configured by hand before us: recognised, explained, adopted or left. */
#include "checks.h"

#include "base/pciaddr.h"

struct planned {
	struct pci_addr *list;
	size_t n;
};

static void planned_finish_list(struct planned *p)
{
	free(p->list);
}

static void planned_add(struct planned *p, struct pci_addr addr)
{
	*list_append(p->list, p->n) = addr;
}

/* The cards that could go to a game, and what goes along with them. */
static void planned_take(const struct check_context *c, struct planned *out)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];

		if (!gpu_is_candidate(gpu))
			continue;
		planned_add(out, gpu->device->addr);
		strv_foreach (need, &gpu->needs) {
			struct pci_addr addr;

			if (pci_addr_parse(*need, &addr) == 0)
				planned_add(out, addr);
		}
	}
}

void show_existing(const struct check_context *c, struct check_result *r)
{
	struct planned cleanup(planned_finish_list) planned = {0};

	planned_take(c, &planned);
	for (size_t i = 0; i < c->facts->existing.n; i++) {
		const struct existing_setting *s = &c->facts->existing.list[i];
		cleanup_free char *words = NULL;
		enum code code;

		if (existing_judge(s, c->host, planned.list, planned.n, &words, &code) ==
		        EXISTING_ADOPTED)
			result_evidence(r, s->source, "%s", s->text);
	}
}

/* What to do about the worst of them. */
static void advise(struct check_result *r, enum code code, const struct existing_setting *s)
{
	const char *where = s->configured ? s->configured : s->source;

	if (code == CODE_CONFIG_ACS)
		result_fix(r,
		        _("Remove pcie_acs_override= (%s), restart and check again: only then the "
		          "groups are what the hardware keeps apart."),
		        where);
	else if (code == CODE_CONFIG_DRIVERCTL)
		result_fix(r, _("If the card is to go to a game: driverctl unset-override %s"),
		        pci_addr_format(s->addr).s);
	else if (code == CODE_CONFIG_SCRIPT)
		result_fix(r,
		        _("Read %s, and remove it if it is about the same cards: our entry needs "
		          "none."),
		        where);
	else
		result_fix(r,
		        _("Remove it (%s), and have the boot menu and the initramfs made anew by "
		          "their own tools: our entry binds by place and needs none."),
		        where);
}

/* All sentences in the order of the settings; @worst gets the first of the gravest. */
static char *judge_all(const struct check_context *c, struct check_result *r,
        enum existing_verdict *gravest, enum code *code, const struct existing_setting **worst)
{
	struct planned cleanup(planned_finish_list) planned = {0};
	struct strv cleanup_strv sentences = {0};

	planned_take(c, &planned);
	for (size_t i = 0; i < c->facts->existing.n; i++) {
		const struct existing_setting *s = &c->facts->existing.list[i];
		enum existing_verdict verdict;
		char *words = NULL;
		enum code why;

		verdict = existing_judge(s, c->host, planned.list, planned.n, &words, &why);
		strv_take(&sentences, words);
		result_evidence(r, s->source, "%s", s->text);
		if (!*worst || verdict > *gravest) {
			*gravest = verdict;
			*code = why;
			*worst = s;
		}
	}
	return strv_join(&sentences, " ");
}

/* A summary is a sentence without full stop. */
static void cut_full_stop(char *text)
{
	size_t n = strlen(text);

	if (n && text[n - 1] == '.')
		text[n - 1] = '\0';
}

void check_existing(const struct check_context *c, struct check_result *r)
{
	const struct existing_setting *worst = NULL;
	enum existing_verdict gravest = EXISTING_ADOPTED;
	enum code code = CODE_NONE;
	cleanup_free char *words = judge_all(c, r, &gravest, &code, &worst);

	strv_foreach (what, &c->facts->existing.unread)
		result_evidence(
		        r, "/etc/default/grub", _("not known without its shell: %s"), *what);
	cut_full_stop(words);
	if (!worst) {
		result_evidence(r, "/etc/modprobe.d", "nothing about vfio");
		result_skip(r, _("nothing was configured for passthrough by hand"));
	} else if (gravest < EXISTING_DOUBTFUL) {
		result_pass(r, "%s", words);
	} else {
		result_warn(r, code, "%s", words);
		advise(r, code, worst);
	}
}
