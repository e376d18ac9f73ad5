/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call of QEMU in a script. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_secrets.h"
#include "move/import_shell.h"

static bool is_qemu(const char *word)
{
	const char *slash = strrchr(word, '/'), *base = slash ? slash + 1 : word;

	return starts_with(base, "qemu-system-") || streq(base, "kvm") || streq(base, "qemu-kvm");
}

/* The place of QEMU's name among the words of a command; its size: it calls something else. */
static size_t find_qemu(const struct strv *words)
{
	size_t i = 0;

	while (i < words->n && !is_qemu(words->list[i]))
		i++;
	return i;
}

/* A word before the call of QEMU, or a whole command. */
static void note_word(struct draft *d, int line, const char *word)
{
	cleanup_free char *told = secret_hide_command(word);
	static const char *const quiet[] = {"sudo", "exec", "env", "\\"};

	for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
		if (streq(word, quiet[i]))
			return;
	draft_at(d, line, "%s", told);
	draft_lost(d, N_("of a script, only the call of QEMU is read"));
}

static void note_other(struct draft *d, const struct shell_command *c)
{
	cleanup_free char *all = strv_join(&c->words, " ");

	note_word(d, c->lines[0], all);
}

static const struct shell_command *choose(struct draft *d, const struct shell *shell, size_t *first)
{
	const struct shell_command *found = NULL;

	for (size_t i = 0; i < shell->n_commands; i++) {
		const struct shell_command *c = &shell->commands[i];
		size_t at = find_qemu(&c->words);

		if (found || at == c->words.n) {
			if (c->words.list[0][0] != '-' || found)
				note_other(d, c);
			continue;
		}
		found = c;
		*first = at + 1;
		for (size_t k = 0; k < at; k++)
			note_word(d, c->lines[k], c->words.list[k]);
		draft_at(d, c->lines[at], "%s", c->words.list[at]);
		if (strstr(c->words.list[at], "qemu-system-") &&
		        !strstr(c->words.list[at], "x86_64") && !strstr(c->words.list[at], "i386"))
			draft_lost(d, N_("VMs have a processor of the kind x86"));
	}
	return found;
}

/* Options alone, without the program, on any number of lines. */
static void take_bare(struct draft *d, const struct shell *shell, struct qemu *q)
{
	cleanup_strv struct strv words = {0};
	int *lines = NULL;

	for (size_t i = 0; i < shell->n_commands; i++)
		for (size_t k = 0; k < shell->commands[i].words.n; k++) {
			if (shell->commands[i].words.list[0][0] != '-')
				continue;
			strv_add(&words, shell->commands[i].words.list[k]);
			lines = xrealloc(lines, words.n, sizeof(*lines));
			lines[words.n - 1] = shell->commands[i].lines[k];
		}
	if (words.n)
		qemu_take_words(d, &words, lines, 0, q);
	free(lines);
}

int import_qemu(struct draft *d, const char *text, struct err *err)
{
	cleanup(shell_finish) struct shell shell = {0};
	const struct shell_command *command;
	struct qemu q = {0};
	size_t first = 0, before = d->out->n_notes;
	int r = shell_read(d, text, &shell, err);

	if (r < 0)
		return r;
	command = choose(d, &shell, &first);
	if (command)
		qemu_take_words(d, &command->words, command->lines, first, &q);
	else
		take_bare(d, &shell, &q);
	if (!command && d->out->n_notes == before)
		return import_refuse(d, 1, _("no call of QEMU is in it"), err);
	if (!q.has_network && !q.no_network && !q.nodefaults) {
		draft_at(d, 0, "-nic user");
		draft_add_nic(d)->type = "user";
	}
	if (!d->display_said && !q.nodefaults)
		d->display = "std"; /* what QEMU has of its own accord */
	return 0;
}
