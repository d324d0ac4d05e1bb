// SPDX-License-Identifier: GPL-2.0
/*
 * dns64: what DNS servers and router advertisements must say of a device, so
 * that hosts send to the prefix that the kernel translates.
 */
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "dev.h"
#include "err.h"
#include "out.h"

/**
 * struct dns64 - what a fragment is made of
 * @dev: the device
 * @values: its settings
 * @prefix: the /96 that IPv4 addresses become IPv6 addresses with
 * @exclude_all: synthesize whatever AAAA records there are
 * @except: but for those in these prefixes
 */
struct dns64 {
	char dev[PARSE_IFNAMSIZ];
	struct value values[WORDS_MAX];
	struct prefix prefix;
	bool exclude_all;
	struct value except;
};

static const char wkp[] = "64:ff9b::/96";

/*
 * Destinations that are never translated, and those that RFC 6052 forbids in
 * the well-known prefix, as BIND wants them: the first match counts.
 */
static const struct {
	const char *match;
	bool only_wkp;
} mapped[] = {
	{ "!0.0.0.0/8", false },
	{ "!10.0.0.0/8", true },
	{ "!100.64.0.0/10", true },
	{ "!127.0.0.0/8", false },
	{ "!169.254.0.0/16", true },
	{ "!172.16.0.0/12", true },
	/* ipv4only.arpa, by which hosts find the prefix (RFC 7050) */
	{ "192.0.0.170/31", true },
	{ "!192.0.0.0/24", true },
	{ "!192.0.2.0/24", true },
	{ "!192.88.99.0/24", true },
	{ "!192.168.0.0/16", true },
	{ "!198.18.0.0/15", true },
	{ "!198.51.100.0/24", true },
	{ "!203.0.113.0/24", true },
	{ "!224.0.0.0/4", false },
	{ "!240.0.0.0/4", false },
};

/* Whether the device drops what is not global. */
static bool only_global(const struct dns64 *d)
{
	const struct value *strict = dev_value(d->values, M46_DEV_A_WKP_STRICT);
	char text[PREFIX_STRLEN];

	return !strcmp(prefix_str(&d->prefix, text), wkp) &&
	       !(strict->set && !strict->num);
}

/* Return: 0, or an exit code where the address format is not that of DNS64. */
static int read_device(const char *name, struct dns64 *d)
{
	const struct value *mode;
	char text[PREFIX_STRLEN];
	int ret;

	snprintf(d->dev, sizeof(d->dev), "%s", name);
	ret = dev_read(name, d->values);
	if (ret)
		return ret;
	mode = dev_value(d->values, M46_DEV_A_MODE);
	if (mode->set && mode->num == M46_MODE_6TO4)
		return err_refused("%s: not for devices of mode 6to4", name);
	if (dev_map_prefix(d->values, &d->prefix))
		return err_refused("%s: the kernel gave no prefix", name);
	/* The address is in the last 32 bits always, which others do not do. */
	if (d->prefix.len != 96)
		return err_refused("%s: prefix %s: DNS64 agrees with the device for length 96 only",
				   name, prefix_str(&d->prefix, text));

	return EXIT_OK;
}

/* The command that makes this fragment, as the end of a line. */
static void print_command(FILE *f, const struct dns64 *d, const char *server)
{
	char text[PREFIX_STRLEN];
	unsigned int i;

	fprintf(f, "made by m46ctl dns64 %s dev %s%s", server, d->dev,
		d->exclude_all ? " exclude-all" : "");
	for (i = 0; d->except.set && i < d->except.n; i++)
		fprintf(f, "%s%s", i ? "," : " except ",
			prefix_str(&d->except.list[i], text));
	fprintf(f, ".\n");
}

/* The first match counts. */
static void print_bind_exclude_all(FILE *f, const struct dns64 *d)
{
	char text[PREFIX_STRLEN];
	unsigned int i;

	fprintf(f, "\t// AAAA records that count as none: all%s, for there is no IPv6\n"
		   "\t// Internet behind this site.\n",
		d->except.set ? " but those after !" : "");
	if (!d->except.set) {
		fprintf(f, "\texclude { any; };\n");
		return;
	}
	fprintf(f, "\texclude {\n");
	for (i = 0; i < d->except.n; i++)
		fprintf(f, "\t\t!%s;\n", prefix_str(&d->except.list[i], text));
	fprintf(f, "\t\tany;\n"
		   "\t};\n");
}

static void print_bind_exclude(FILE *f, const struct dns64 *d)
{
	const struct value *own = dev_value(d->values, M46_DEV_A_PREFIXES);
	char text[PREFIX_STRLEN];
	unsigned int i;

	fprintf(f, "\t// AAAA records that count as none. The list replaces BIND's own,\n"
		   "\t// which is the first of these.\n"
		   "\texclude {\n"
		   "\t\t::ffff:0:0/96;\n"
		   "\t\t%s;\n", wkp);
	if (strcmp(prefix_str(&d->prefix, text), wkp))
		fprintf(f, "\t\t%s;\n", text);
	for (i = 1; i < own->n; i++)
		fprintf(f, "\t\t%s;\n", prefix_str(&own->list[i], text));
	fprintf(f, "\t};\n");
}

static void print_bind(FILE *f, const struct dns64 *d)
{
	char text[PREFIX_STRLEN];
	unsigned int i;

	fprintf(f, "// DNS64 for m46 device %s, ", d->dev);
	print_command(f, d, "bind");
	fprintf(f, "// For options { } or view { } in named.conf, where it may be included.\n"
		   "dns64 %s {\n"
		   "\t// Who gets synthetic answers. Where others use this server too,\n"
		   "\t// name the networks of the IPv6-only hosts.\n"
		   "\tclients { any; };\n\n",
		prefix_str(&d->prefix, text));
	if (only_global(d))
		fprintf(f, "\t// IPv4 addresses that answers are made of: global ones (RFC 6052),\n"
			   "\t// and those of ipv4only.arpa, by which hosts find the prefix.\n");
	else
		fprintf(f, "\t// IPv4 addresses that answers are made of.\n");
	fprintf(f, "\tmapped {\n");
	for (i = 0; i < ARRAY_SIZE(mapped); i++) {
		if (!mapped[i].only_wkp || only_global(d))
			fprintf(f, "\t\t%s;\n", mapped[i].match);
	}
	fprintf(f, "\t\tany;\n\t};\n\n");
	if (d->exclude_all)
		print_bind_exclude_all(f, d);
	else
		print_bind_exclude(f, d);
	fprintf(f, "\n\t// Remove // where others ask this server for its own zones.\n"
		   "\t//recursive-only yes;\n"
		   "};\n");
}

static void print_unbound(FILE *f, const struct dns64 *d)
{
	char text[PREFIX_STRLEN];

	fprintf(f, "# DNS64 for m46 device %s, ", d->dev);
	print_command(f, d, "unbound");
	fprintf(f, "# For unbound.conf, where it may be included.\n"
		   "server:\n"
		   "\t# Where there are other modules too, dns64 comes before these two.\n"
		   "\tmodule-config: \"dns64 validator iterator\"\n"
		   "\tdns64-prefix: %s\n",
		prefix_str(&d->prefix, text));
	if (d->exclude_all)
		fprintf(f, "\t# Whatever AAAA records there are: no IPv6 Internet behind this site.\n"
			   "\tdns64-synthall: yes\n");
	if (only_global(d))
		fprintf(f, "\t# IPv4 addresses that are not global are mapped too, and the device\n"
			   "\t# drops what is sent there (RFC 6052).\n");
}

static void print_radvd(FILE *f, const struct dns64 *d)
{
	char text[PREFIX_STRLEN];

	fprintf(f, "# PREF64 (RFC 8781) for m46 device %s, ", d->dev);
	print_command(f, d, "radvd");
	fprintf(f, "# For the interface { } of the IPv6-only hosts in radvd.conf; radvd 2.20.\n"
		   "nat64prefix %s {\n"
		   "};\n", prefix_str(&d->prefix, text));
}

static int print_fragment(const struct dns64 *d, const char *server,
			  void (*print)(FILE *f, const struct dns64 *d))
{
	char prefix[PREFIX_STRLEN];
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return err_refused("out of memory");
	print(f, d);
	if (fclose(f)) {
		free(text);
		return err_refused("out of memory");
	}
	if (out_is_json()) {
		out_list_begin(NULL);
		out_object_begin();
		out_string("dev", NULL, d->dev);
		out_string("server", NULL, server);
		out_string("prefix", NULL, prefix_str(&d->prefix, prefix));
		out_string("config", NULL, text);
		out_object_end();
		out_list_end();
	} else {
		fputs(text, stdout);
	}
	free(text);

	return EXIT_OK;
}

static int parse(int argc, char **argv, unsigned int allowed, struct dns64 *d)
{
	struct value values[DNS64_WORD_COUNT];
	int ret;

	ret = cmd_words(&dns64_words, argc, argv, allowed,
			WORD_BIT(DNS64_WORD_DEV), values);
	if (ret)
		return ret;
	d->exclude_all = values[DNS64_WORD_EXCLUDE_ALL].set;
	d->except = values[DNS64_WORD_EXCEPT];
	if (d->except.set && !d->exclude_all)
		return err_refused("except is for exclude-all, which is missing");

	return read_device(values[DNS64_WORD_DEV].ifname, d);
}

#define ALL_WORDS	(WORD_BIT(DNS64_WORD_DEV) | \
			 WORD_BIT(DNS64_WORD_EXCLUDE_ALL) | \
			 WORD_BIT(DNS64_WORD_EXCEPT))

static int bind_fragment(int argc, char **argv)
{
	char text[PREFIX_STRLEN];
	struct dns64 d;
	int ret = parse(argc, argv, ALL_WORDS, &d);

	if (ret)
		return ret;
	if (dev_has_u_bits(&d.prefix))
		return err_refused("%s: bits 64 to 71 of %s are set, which BIND refuses",
				   d.dev, prefix_str(&d.prefix, text));

	return print_fragment(&d, "bind", print_bind);
}

static int unbound_fragment(int argc, char **argv)
{
	struct dns64 d;
	int ret = parse(argc, argv, ALL_WORDS, &d);

	if (ret)
		return ret;
	if (d.except.set)
		return err_refused("except: unbound has no exceptions from dns64-synthall, but never replaces what local-data says");
	dev_warn_u_bits(d.dev, &d.prefix);

	return print_fragment(&d, "unbound", print_unbound);
}

static int radvd_fragment(int argc, char **argv)
{
	struct dns64 d;
	int ret = parse(argc, argv, WORD_BIT(DNS64_WORD_DEV), &d);

	if (ret)
		return ret;
	dev_warn_u_bits(d.dev, &d.prefix);

	return print_fragment(&d, "radvd", print_radvd);
}

static const struct command commands[] = {
	{ "bind", bind_fragment, "dev NAME [ exclude-all [ except P6/LEN[,P6/LEN...] ] ]" },
	{ "unbound", unbound_fragment, "dev NAME [ exclude-all ]" },
	{ "radvd", radvd_fragment, "dev NAME" },
	{ NULL, NULL, NULL }
};

const struct object dns64_object = {
	"dns64", commands, &dns64_words, "configuration for DNS64 servers"
};
