// SPDX-License-Identifier: GPL-2.0
/*
 * m46ctl: control of m46 devices.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "err.h"
#include "nl.h"
#include "out.h"

#ifndef M46CTL_VERSION
#define M46CTL_VERSION "unknown"
#endif

#define NETNS_DIR	"/run/netns"

struct settings {
	bool json;
	bool pretty;
	bool force;
	const char *batch;
};

static int enter_netns(const char *name)
{
	char path[256];
	int fd, ret;

	if (!*name || strchr(name, '/') || strlen(name) > 200)
		return err_refused("netns: \"%s\" is not a name", name);
	snprintf(path, sizeof(path), "%s/%s", NETNS_DIR, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_refused("netns %s: no such network namespace",
				   name);
	if (fd < 0)
		return err_refused("netns %s: %s", name, strerror(errno));
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	if (ret)
		return err_refused("netns %s: cannot enter: %s", name,
				   strerror(errno));

	return EXIT_OK;
}

enum option {
	OPT_JSON, OPT_PRETTY, OPT_STATS, OPT_NETNS, OPT_BATCH, OPT_FORCE,
	OPT_VERSION, OPT_HELP, OPT_UNKNOWN
};

/* Options may be cut down to one letter, -force may not. */
static enum option find_option(const char *arg)
{
	static const struct {
		const char *name;
		enum option option;
	} names[] = {
		{ "json", OPT_JSON }, { "pretty", OPT_PRETTY },
		{ "stats", OPT_STATS }, { "statistics", OPT_STATS },
		{ "netns", OPT_NETNS }, { "batch", OPT_BATCH },
		{ "Version", OPT_VERSION }, { "version", OPT_VERSION },
		{ "help", OPT_HELP },
	};
	unsigned int i;

	arg += arg[1] == '-' ? 2 : 1;
	if (!strcmp(arg, "force"))
		return OPT_FORCE;
	for (i = 0; *arg && i < ARRAY_SIZE(names); i++) {
		if (!strncmp(names[i].name, arg, strlen(arg)))
			return names[i].option;
	}

	return OPT_UNKNOWN;
}

/* Return: index of the first word that is no option, or -1 (printed). */
static int parse_options(int argc, char **argv, struct settings *s)
{
	enum option option;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		option = find_option(argv[i]);
		if ((option == OPT_NETNS || option == OPT_BATCH) &&
		    i + 1 == argc) {
			err_usage("%s: value missing", argv[i]);
			return -1;
		}
		if (option == OPT_JSON)
			s->json = true;
		else if (option == OPT_PRETTY)
			s->pretty = true;
		else if (option == OPT_STATS)
			options.stats = true;
		else if (option == OPT_NETNS)
			options.netns = argv[++i];
		else if (option == OPT_BATCH)
			s->batch = argv[++i];
		else if (option == OPT_FORCE)
			s->force = true;
		else
			return i;
	}

	return i;
}

static int run(int argc, char **argv, const struct settings *s)
{
	if (options.netns && enter_netns(options.netns))
		return EXIT_REFUSED;
	out_setup(s->json, s->pretty);
	if (s->batch && argc)
		return err_usage("\"%s\": a batch takes no further words",
				 argv[0]);
	if (s->batch)
		return batch_run(s->batch, s->force);

	return cmd_dispatch(argc, argv);
}

int main(int argc, char **argv)
{
	struct settings s = { 0 };
	enum option option = OPT_UNKNOWN;
	int first, ret, end;

	first = parse_options(argc, argv, &s);
	if (first < 0)
		return EXIT_USAGE;
	if (first < argc && argv[first][0] == '-') {
		option = find_option(argv[first]);
		if (option == OPT_UNKNOWN)
			return err_usage("unknown option \"%s\", try m46ctl help",
					 argv[first]);
	}
	if (option == OPT_VERSION)
		printf("m46ctl %s\n", M46CTL_VERSION);
	if (option == OPT_HELP)
		help_usage();
	if (option != OPT_UNKNOWN)
		return out_finish();
	if (first == argc && !s.batch)
		return err_usage("object missing, try m46ctl help");

	ret = run(argc - first, argv + first, &s);
	kn_close();
	end = out_finish();

	return ret ? ret : end;
}
