/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/cpu_help.h"

#include "base/i18n.h"
#include "base/nearest.h"
#include "base/strv.h"

#include <errno.h>

/* Before it a model in each line, "x86 Haswell  (alias of ...)" or, of QEMU 10, without the first word. */
#define FEATURES "\nRecognized CPUID flags:"

bool cpu_help_is_list(const char *help)
{
	return strstr(help, FEATURES) != NULL;
}

static void take_models(const char *help, struct strv *out)
{
	const char *end = strstr(help, FEATURES);
	cleanup_free char *text = xstrndup(help, end ? (size_t)(end - help) : strlen(help));
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text, "\r\n");
	strv_foreach (line, &lines) {
		const char *word = *line + strspn(*line, " \t");

		if (starts_with(word, "x86 "))
			word += strspn(word + 3, " ") + 3;
		if (*word)
			strv_take(out, xstrndup(word, strcspn(word, " \t")));
	}
}

static void take_features(const char *help, struct strv *out)
{
	const char *begin = strstr(help, FEATURES);

	if (begin)
		strv_split(out, begin + strlen(FEATURES), " \t\r\n");
}

/* QEMU takes an underline for a dash in names of features. */
static bool is_same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
			return false;
	return *a == *b;
}

static int refuse(
        const char *qemu, const char *name, bool model, const struct strv *known, struct err *err)
{
	struct nearest nearest = {.word = name};

	strv_foreach (k, known)
		nearest_consider(&nearest, *k);
	err_set(err, -ENODEV,
	        model ? _("%s has no processor model %s (-cpu help)")
	              : _("%s knows no feature %s of processors (-cpu help)"),
	        qemu, name);
	if (nearest.best)
		err_hint(err, _("did you mean %s? Change [cpu] of the profile"), nearest.best);
	else
		err_hint(err, _("change model= or features= in [cpu] of the profile"));
	err_code(err, CODE_QEMU_CPU);
	return -ENODEV;
}

int cpu_help_check(const char *help, const char *qemu, const char *what, struct err *err)
{
	bool model = starts_with(what, "model ");
	const char *name = strchr(what, ' ');
	cleanup_strv struct strv known = {0};

	name = name ? name + 1 : what;
	if (model)
		take_models(help, &known);
	else
		take_features(help, &known);
	strv_foreach (k, &known)
		if (model ? streq(*k, name) : is_same(*k, name))
			return 0;
	return refuse(qemu, name, model, &known, err);
}
