/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/default/grub: what is said to be known is what the shell itself makes of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host-setup/grub_defaults.h"
#include "machine.h"

#define V "GRUB_CMDLINE_LINUX"

/* @known: the value of V can be told without a shell. */
static const struct sample {
	const char *text;
	bool known;
} samples[] = {
        {V "=\"quiet splash\"\n", true},
        {V "='intel_iommu=on iommu=pt'\n", true},
        {V "=quiet\n", true},
        {V "=\n", true},
        {V "=\"\"", true},
        {"# " V "=\"no\"\n" V "=\"yes\" # and a comment\n", true},
        {V "=\"a#b\"\n", true},
        {V "=a#b\n", true},
        {V "=one\n" V "=two\n", true},
        {V "=one; " V "=two\n", true},
        {V "=\"quiet\"\n" V "=\"$" V " iommu=pt\"\n", true},
        {V "=quiet\n" V "=\"${" V "} iommu=pt\"\n", true},
        {V "=\"${" V "} iommu=pt\"\n", true},
        {V "='$HOME'\n", true},
        {V "=\"a \\\"b\\\" \\$c \\\\ \\d\"\n", true},
        {V "=a\\ b\\$c\n", true},
        {V "=\"a \\\n b\"\n", true},
        {V "=a\\\nb\n", true},
        {V "='a\\\nb'\n", true},
        {V "=\"a\nb\"\n", true},
        {V "=\"a\"'b'c\n", true},
        {"export " V "=\"quiet\"\n", true},
        {"readonly " V "=quiet\n", true},
        {"\t " V "=\"quiet\"   \n", true},
        /* a word that is no assignment makes this a command: nothing is set */
        {V "=\"first\"\n" V "=quiet vfio-pci.ids=10de:1e84\n", true},
        {V "=quiet video=efifb:off\n", true},
        {V " =\"quiet\"\n", true},
        {V "=$\n", true},
        {V "=\"5$ b\"\n", true},
        {V "=quiet\nunset " V "\n", true},
        {V "=quiet\r\n", true},
        {"true\n" V "=quiet\n", true},
        {"A=1 true\n" V "=quiet\n", true},
        {"if true; then\n" V "=no\nfi\n" V "=yes\n", true},
        {"OTHER=`echo 'it)'`\n" V "=yes\n", true},
        {"OTHER=$(echo \"a)\" $(echo b))\n" V "=yes\n", true},
        {"echo x >/dev/null\n" V "=yes\n", true},
        {V "=no | true\n" V "=yes\n", true},
        /* a shell is needed for these */
        {V "=`echo quiet`\n", false},
        {V "=\"$(echo quiet)\"\n", false},
        {V "=\"$HOME\"\n", false},
        {V "=~/x\n", false},
        {V "=\"${" V ":-quiet}\"\n", false},
        {V "=$((1 + 1))\n", false},
        {V "=\"root=$GRUB_DEVICE\"\n", false},
        {"A=`echo x`\n" V "=\"$A\"\n", false},
        {"if [ -e / ]; then\n" V "=yes\nfi\n", false},
        {"true && " V "=yes\n", false},
        {"true &&\n" V "=yes\n", false},
        {"[ -e /nowhere ] || " V "=yes\n", false},
        {"for i in 1; do " V "=$i; done\n", false},
        {"case x in x) " V "=yes ;; esac\n", false},
        {"f() { " V "=yes; }\nf\n", false},
        {V "=a\neval '" V "=yes'\n", false},
        {"(" V "=no)\n", false},
        {V "=no\ncat <<E >/dev/null\n" V "=also-no\nE\n", false},
};

/* What sh itself says; caller frees. */
static char *ask_shell(const struct machine *m, const char *text)
{
	cleanup_free char *command = NULL;
	char *answer;

	machine_write(m, "/sample", text);
	command = xasprintf("cd %s && env -i sh -c '. ./sample 2>/dev/null; printf %%s "
	                    "\"$" V "\"' >answer 2>/dev/null; printf . >>answer",
	        m->folder);
	if (system(command) < 0)
		machine_fail("system", command);
	answer = root_read(&m->root, "/answer");
	assert_non_null(answer);
	answer[strlen(answer) - 1] = '\0';
	return answer;
}

static void test_as_a_shell(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		cleanup_free char *answer = ask_shell(&m, samples[i].text);
		struct grub_defaults defaults = {0};
		const struct grub_default *d;
		const char *value;

		grub_defaults_read(&defaults, samples[i].text, "sample", GRUB_SHELL_DASH);
		assert_null(defaults.broken);
		d = grub_defaults_get(&defaults, V);
		value = d ? d->value : defaults.doubt ? NULL : "";
		if ((value != NULL) != samples[i].known || (value && !streq(value, answer)))
			fail_msg("%s\nshell: \"%s\"\nours: \"%s\" (%s)", samples[i].text, answer,
			        value ? value : "not known", d && d->why ? d->why : "-");
		grub_defaults_finish(&defaults);
	}
	machine_close(&m);
}

/* += is the one thing in which the two shells differ here. */
static void test_append(void **state)
{
	static const char text[] = V "=a\n" V "+=\" b\"\n";

	(void)state;
	for (enum grub_shell shell = GRUB_SHELL_UNKNOWN; shell <= GRUB_SHELL_BASH; shell++) {
		struct grub_defaults defaults = {0};
		const struct grub_default *d;

		grub_defaults_read(&defaults, text, "f", shell);
		d = grub_defaults_get(&defaults, V);
		assert_non_null(d);
		if (shell == GRUB_SHELL_BASH)
			assert_string_equal(d->value, "a b");
		else
			assert_null(d->value);
		if (shell == GRUB_SHELL_DASH)
			assert_non_null(strstr(defaults.broken, "f:2: "));
		else
			assert_null(defaults.broken);
		grub_defaults_finish(&defaults);
	}
}

static void test_broken(void **state)
{
	static const char *const texts[] = {
	        V "=\"quiet\n", V "='quiet\n", "if true\n" V "=a\n", "A=b\n(\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct grub_defaults defaults = {0};

		grub_defaults_read(&defaults, texts[i], "f", GRUB_SHELL_DASH);
		assert_non_null(defaults.broken);
		assert_true(!defaults.n || !defaults.list[0].value);
		grub_defaults_finish(&defaults);
	}
}

/* What doubles with each line ends somewhere. */
static void test_growth(void **state)
{
	struct grub_defaults defaults = {0};
	struct strv cleanup_strv lines = {0};
	cleanup_free char *text = NULL;

	(void)state;
	strv_add(&lines, V "=abcdefgh\n");
	for (int i = 0; i < 64; i++)
		strv_add(&lines, V "=$" V "$" V "\n");
	text = strv_join(&lines, "");
	grub_defaults_read(&defaults, text, "f", GRUB_SHELL_DASH);
	assert_null(grub_defaults_get(&defaults, V)->value);
	grub_defaults_finish(&defaults);
}

static void test_files(void **state)
{
	struct grub_defaults defaults;
	const struct grub_default *d;
	struct machine m;
	char *sh;

	(void)state;
	machine_open(&m, NULL);
	sh = machine_path(&m, "", "/bin/sh");
	assert_int_equal(symlink("dash", sh), 0);
	free(sh);
	grub_defaults_take(&m.root, &defaults);
	assert_int_equal(defaults.n, 0);
	assert_null(grub_defaults_get(&defaults, V));
	grub_defaults_finish(&defaults);
	machine_write(&m, "/etc/default/grub", "GRUB_TIMEOUT=5\n\n" V "=quiet\n");
	machine_write(&m, "/etc/default/grub.d/b.cfg", V "=\"$" V " b\"\n");
	machine_write(&m, "/etc/default/grub.d/a.cfg", "\n" V "=\"$" V " a\"\n");
	machine_write(&m, "/etc/default/grub.d/a.cfg.dpkg-old", V "=no\n");
	grub_defaults_take(&m.root, &defaults);
	d = grub_defaults_get(&defaults, V);
	assert_string_equal(d->value, "quiet a b");
	assert_string_equal(d->source, "/etc/default/grub.d/b.cfg:1");
	assert_string_equal(
	        grub_defaults_get(&defaults, "GRUB_TIMEOUT")->source, "/etc/default/grub:1");
	grub_defaults_finish(&defaults);
	/* another system's grub-mkconfig knows no such folder */
	machine_write(&m, "/usr/bin/grub-mkconfig", "#!/bin/sh\n. /etc/default/grub\n");
	grub_defaults_take(&m.root, &defaults);
	assert_string_equal(grub_defaults_get(&defaults, V)->value, "quiet");
	grub_defaults_finish(&defaults);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_as_a_shell),
	        cmocka_unit_test(test_append),
	        cmocka_unit_test(test_broken),
	        cmocka_unit_test(test_growth),
	        cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
