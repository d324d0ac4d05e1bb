// SPDX-License-Identifier: GPL-2.0
/*
 * check: what is wrong around the devices, and the commands that help.
 */
#include "check.h"
#include "check_run.h"
#include "cmd.h"
#include "err.h"

static int check(int argc, char **argv)
{
	struct value values[CHECK_WORD_COUNT];
	const struct value *dev = &values[CHECK_WORD_DEV];
	struct parse_err why;
	int ret;

	if (words_parse(&check_words, argc, argv, values, &why))
		return err_usage("%s", why.text);
	ret = check_run(dev->set ? dev->ifname : NULL);
	if (!ret) {
		findings_print();
		ret = findings_count() ? EXIT_REFUSED : EXIT_OK;
	}
	findings_free();

	return ret;
}

static const struct command commands[] = {
	{ NULL, check, "[ dev NAME ]" }
};

const struct object check_object = {
	"check", commands, &check_words, "what is wrong around the devices"
};
