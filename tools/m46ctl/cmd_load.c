// SPDX-License-Identifier: GPL-2.0
/*
 * rule load: replace all rules of a device, all or nothing.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "err.h"
#include "nl.h"
#include "out.h"
#include "rulefile.h"

#define RULES_PER_MESSAGE	1000
#define MESSAGE_SIZE		65536	/* 1000 rules are 56 KiB */
#define PROGRESS_STEP		50	/* messages */

/**
 * struct load - one load under way
 * @file: all rules, read and found well-formed
 * @dev: the device
 * @name: of the file, for errors
 * @offs: where each rule of the message starts, for errors
 */
struct load {
	struct rulefile file;
	const char *dev;
	const char *name;
	uint32_t offs[RULES_PER_MESSAGE];
};

static void show_progress(const struct load *load, size_t done)
{
	static const char wipe[] = "\r\033[K";

	if (load->file.n < RULES_PER_MESSAGE * PROGRESS_STEP ||
	    !isatty(STDERR_FILENO))
		return;
	if (done == load->file.n)
		fputs(wipe, stderr);
	else if (done / RULES_PER_MESSAGE % PROGRESS_STEP == 0)
		fprintf(stderr, "%s%zu of %zu rules", wipe, done, load->file.n);
}

/* The rule the kernel's error points at, -1 if it points at none. */
static int guilty_rule(const struct load *load, size_t n,
		       const struct kn_error *err)
{
	size_t i;

	if (!err->offs || !n || err->offs < load->offs[0])
		return -1;
	for (i = 1; i < n && load->offs[i] <= err->offs; i++)
		;

	return (int)i - 1;
}

static int refused(const struct load *load, size_t first, size_t n,
		   const struct kn_error *err)
{
	const struct rulefile_entry *e = load->file.rules + first;
	int guilty = guilty_rule(load, n, err);
	char dst[PREFIX_STRLEN];

	if (!n || err->code == EPERM || err->code == ENODEV)
		return kn_refused(err, "%s dev %s", load->name, load->dev);
	if (guilty >= 0)
		return kn_refused(err, "%s:%u: %s dev %s", load->name,
				  e[guilty].line,
				  rule_dst_str(&e[guilty].rule, dst),
				  load->dev);

	return kn_refused(err, "%s:%u..%u: dev %s", load->name, e[0].line,
			  e[n - 1].line, load->dev);
}

/* Send @n rules from @first on. Return: 0 or an exit code. */
static int send_some(struct load *load, size_t first, size_t n)
{
	struct kn_error err;
	struct nl_msg *msg;
	uint32_t flags = 0, count = load->file.n;
	size_t i;

	if (!first)
		flags |= M46_LOAD_BEGIN;
	if (first + n == load->file.n)
		flags |= M46_LOAD_COMMIT;
	msg = kn_genl_msg_size(M46_CMD_RULE_LOAD, 0, load->dev, MESSAGE_SIZE);
	kn_put(msg, M46_A_LOAD_FLAGS, &flags, sizeof(flags));
	if (flags & M46_LOAD_COMMIT)
		kn_put(msg, M46_A_RULE_COUNT, &count, sizeof(count));
	for (i = 0; i < n; i++) {
		load->offs[i] = nlmsg_hdr(msg)->nlmsg_len;
		rule_put(msg, &load->file.rules[first + i].rule);
	}
	if (kn_call(KN_GENL, msg, NULL, &err))
		return refused(load, first, n, &err);

	return EXIT_OK;
}

static int send_all(struct load *load)
{
	size_t done = 0, n;
	int ret;

	do {
		show_progress(load, done);
		n = load->file.n - done;
		if (n > RULES_PER_MESSAGE)
			n = RULES_PER_MESSAGE;
		ret = send_some(load, done, n);
		done += n;
	} while (!ret && done < load->file.n);
	show_progress(load, load->file.n);

	return ret;
}

static int read_file(struct load *load)
{
	bool is_stdin = !strcmp(load->name, "-");
	FILE *f;
	int ret;

	if (is_stdin && options.stdin_taken)
		return err_refused("-: standard input is the batch");
	f = is_stdin ? stdin : fopen(load->name, "r");
	if (!f)
		return err_refused("%s: %s", load->name, strerror(errno));
	if (is_stdin)
		load->name = "stdin";
	ret = rulefile_read(f, load->dev, &load->file);
	if (!is_stdin)
		fclose(f);
	if (!ret)
		return EXIT_OK;
	if (!load->file.error_line)
		return err_refused("%s: %s", load->name, load->file.error.text);

	return err_refused("%s:%lu: %s", load->name, load->file.error_line,
			   load->file.error.text);
}

int rule_load_send(const struct rulefile *file, const char *dev,
		   const char *name)
{
	struct load load = { .file = *file, .dev = dev, .name = name };
	int ret = kn_open_genl();

	return ret ? ret : send_all(&load);
}

int rule_load_run(int argc, char **argv)
{
	struct value values[RULE_WORD_COUNT];
	struct load load = { 0 };
	int ret;

	if (!argc)
		return err_refused("FILE is missing");
	ret = cmd_words(&rule_words, argc - 1, argv + 1,
			WORD_BIT(RULE_WORD_DEV), WORD_BIT(RULE_WORD_DEV),
			values);
	if (ret)
		return ret;
	load.name = argv[0];
	load.dev = values[RULE_WORD_DEV].ifname;
	ret = read_file(&load);
	if (!ret)
		ret = kn_open_genl();
	if (!ret)
		ret = send_all(&load);
	if (!ret && options.stats)
		out_line("%s: %zu rule%s loaded", load.dev, load.file.n,
			 load.file.n == 1 ? "" : "s");
	rulefile_free(&load.file);

	return ret;
}
