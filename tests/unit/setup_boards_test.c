/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boards that are known: how they are found, and that playthrough-boards(7) tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/root.h"
#include "base/strv.h"
#include "host-setup/boards.h"

#define MANUAL "host-setup/playthrough-boards.7"

static const char *name_of(const char *board, const char *product)
{
	const struct known_board *found = boards_find(board, product);

	return found ? found->name : "unknown";
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(name_of("ASUSTeK COMPUTER INC. PRIME Z390-A", NULL), "PRIME Z390-A");
	assert_string_equal(name_of("ASUSTeK Computer INC. Prime z390-a", NULL), "PRIME Z390-A");
	assert_string_equal(
	        name_of("Micro-Star International Co., Ltd. B450M MORTAR (MS-7B89)", NULL),
	        "B450M MORTAR");
	assert_string_equal(
	        name_of("Micro-Star International Co., Ltd B450M MORTAR MAX (MS-7B89)", NULL),
	        "B450M MORTAR MAX");
	assert_string_equal(name_of("MSI Z270 SLI PLUS (MS-7A59)", NULL), "Z270 SLI PLUS");
	assert_string_equal(
	        name_of("Intel Corporation NUC8i7HVB", "Intel(R) Client Systems NUC8i7HVK"),
	        "NUC8i7HVK");
	assert_string_equal(name_of("HP 863E", "HP HP Spectre x360 Convertible 15-df1xxx"),
	        "HP Spectre x360 Convertible 15-df1xxx");
}

/* A likely board is not the board. */
static void test_others(void **state)
{
	(void)state;
	assert_string_equal(name_of(NULL, NULL), "unknown");
	assert_string_equal(name_of("", ""), "unknown");
	assert_string_equal(name_of("PRIME Z390-A", NULL), "unknown");
	assert_string_equal(name_of("ASUSTeK", "Suma"), "unknown");
	assert_string_equal(name_of("ASUSTeK COMPUTER INC. PRIME Z390-A II", NULL), "unknown");
	assert_string_equal(name_of("ASUSTeK COMPUTER INC. PRIME Z390-AR", NULL), "unknown");
	assert_string_equal(name_of("Gigabyte Technology Co., Ltd. PRIME Z390-A", NULL), "unknown");
	assert_string_equal(
	        name_of("Gigabyte Technology Co., Ltd. B550 AORUS PRO AC", NULL), "unknown");
	assert_string_equal(name_of("Sumatra N50", NULL), "unknown");
	assert_string_equal(name_of("Suma N50 (MS-", NULL), "N50");
	assert_string_equal(name_of("MSI (MS-7A59)", NULL), "unknown");
}

static char *reference(void)
{
	struct strv rows = {0};
	char *text;

	for (size_t i = 0; i < n_boards; i++)
		strv_addf(&rows, ".It \"%s %s\"\n%c%s.\n.Pq %s\n", boards[i].vendor, boards[i].name,
		        boards[i].known[0] - 'a' + 'A', boards[i].known + 1, boards[i].source);
	text = strv_join(&rows, "");
	strv_finish(&rows);
	return text;
}

static void test_manual(void **state)
{
	cleanup_free char *expected = reference(), *manual = NULL;
	cleanup(root_close) struct root root;

	(void)state;
	assert_int_equal(root_open(&root, ".", NULL), 0);
	manual = root_read(&root, "/" MANUAL);
	assert_non_null(manual);
	if (!strstr(manual, expected))
		print_error("%s should hold this text:\n%s", MANUAL, expected);
	assert_non_null(strstr(manual, expected));
}

/* No row hides another one, and each is found by its own name. */
static void test_rows(void **state)
{
	(void)state;
	assert_true(n_boards <= 40);
	for (size_t i = 0; i < n_boards; i++) {
		cleanup_free char *text = xasprintf("%s Inc. %s", boards[i].vendor, boards[i].name);

		assert_ptr_equal(boards_find(text, NULL), &boards[i]);
		assert_in_range(boards[i].known[0], 'a', 'z');
		assert_true(*boards[i].source != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_others),
	        cmocka_unit_test(test_manual),
	        cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
