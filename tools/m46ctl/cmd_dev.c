// SPDX-License-Identifier: GPL-2.0
/*
 * dev: m46 devices and their settings.
 */
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <string.h>
#include <sys/socket.h>

#include "answers.h"
#include "cmd.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "out.h"
#include "wire.h"

/* Take "[dev] NAME" off the front of the words. */
static int take_name(int *argc, char ***argv, char name[PARSE_IFNAMSIZ])
{
	int used = *argc && !strcmp(**argv, "dev");
	struct parse_err err;

	if (*argc == used)
		return err_refused("NAME is missing");
	if (parse_ifname((*argv)[used++], name, &err))
		return err_refused("%s", err.text);
	*argc -= used;
	*argv += used;

	return EXIT_OK;
}

static int dev_add(int argc, char **argv)
{
	struct value values[WORDS_MAX];
	char name[PARSE_IFNAMSIZ];
	struct parse_err err;
	int ret;

	if (take_name(&argc, &argv, name))
		return EXIT_REFUSED;
	if (words_parse(&dev_words, argc, argv, values, &err) ||
	    words_required(&dev_words, values, dev_mode(values), &err) ||
	    dev_check_mode(values, &err) || dev_find_links(values, &err))
		return err_refused("%s: %s", name, err.text);
	ret = link_add(name, values, NULL);
	if (ret)
		return ret;
	dev_warn(name, values);

	return EXIT_OK;
}

static int dev_set(int argc, char **argv)
{
	struct value values[WORDS_MAX];
	bool maps_anew, anycast;
	char name[PARSE_IFNAMSIZ];
	struct parse_err err;
	int ret;

	if (take_name(&argc, &argv, name))
		return EXIT_REFUSED;
	if (!argc)
		return err_refused("%s: nothing to set", name);
	if (words_parse(&dev_words, argc, argv, values, &err) ||
	    dev_check_mode(values, &err) || dev_find_links(values, &err))
		return err_refused("%s: %s", name, err.text);
	ret = link_set(name, values, NULL);
	if (ret)
		return ret;
	dev_warn_expires(name, values);
	maps_anew = dev_value(values, M46_DEV_A_PREFIXES)->set ||
		    dev_value(values, M46_DEV_A_PLANE)->set ||
		    dev_value(values, DEV_TUNNEL(M46_TUN_A_V4_PREFIX))->set;
	anycast = dev_value(values, DEV_TUNNEL(M46_TUN_A_ANYCAST))->set;
	/* What else it depends on may have been there before. */
	if ((!maps_anew && !anycast) || dev_read(name, values))
		return EXIT_OK;
	if (maps_anew)
		dev_warn_mapping(name, values);
	if (anycast)
		dev_warn_anycast(name, values);

	return EXIT_OK;
}

static int dev_del(int argc, char **argv)
{
	char name[PARSE_IFNAMSIZ];

	if (take_name(&argc, &argv, name))
		return EXIT_REFUSED;
	if (argc)
		return err_refused("%s: unknown word \"%s\"", name, argv[0]);

	return link_del(name);
}

static void print_totals(const char *key, const char *heading,
			 uint64_t bytes, uint64_t packets, uint64_t errors,
			 uint64_t dropped)
{
	out_map_begin(key, heading);
	out_uint("bytes", NULL, bytes);
	out_uint("packets", NULL, packets);
	out_uint("errors", NULL, errors);
	out_uint("dropped", NULL, dropped);
	out_map_end();
}

static void print_stats(int ifindex)
{
	const struct rtnl_link_stats64 *s;
	struct link link;

	if (link_get(ifindex, NULL, &link) || !link.has_stats)
		return;
	s = &link.stats;
	out_map_begin("stats64", NULL);
	print_totals("rx", "RX:", s->rx_bytes, s->rx_packets, s->rx_errors,
		     s->rx_dropped);
	print_totals("tx", "TX:", s->tx_bytes, s->tx_packets, s->tx_errors,
		     s->tx_dropped);
	out_map_end();
}

static void print_dev(const struct nlmsghdr *hdr)
{
	struct nlmsghdr *h = (struct nlmsghdr *)hdr;
	const struct nlattr *index, *dev;
	struct value values[WORDS_MAX];
	char text[PARSE_IFNAMSIZ];

	index = nlmsg_find_attr(h, GENL_HDRLEN, M46_A_IFINDEX);
	dev = nlmsg_find_attr(h, GENL_HDRLEN, M46_A_DEV);
	if (!index || nla_len(index) < 4 || !dev || answer_ifname(hdr, text))
		return;

	out_object_begin();
	out_uint("ifindex", "%s:", nla_get_u32(index));
	out_string("ifname", "%s:", text);
	wire_get_all(dev, &dev_words, values);
	dev_print(values);
	if (options.stats)
		print_stats((int)nla_get_u32(index));
	out_object_end();
}

static int dev_show(int argc, char **argv)
{
	char name[PARSE_IFNAMSIZ];
	const char *which = argc ? name : NULL;
	struct answers a;
	size_t i;
	int ret;

	if (argc && take_name(&argc, &argv, name))
		return EXIT_REFUSED;
	if (argc)
		return err_refused("%s: unknown word \"%s\"", name, argv[0]);
	ret = answers_get(&a, M46_CMD_DEV_GET, which);
	if (!ret) {
		out_list_begin(NULL);
		for (i = 0; i < a.n; i++)
			print_dev(a.hdrs[i]);
		out_list_end();
		ret = answers_check(&a);
	}
	answers_free(&a);

	return ret;
}

static const struct command commands[] = {
	{ "add", dev_add, "NAME WORD VALUE [ WORD VALUE ... ]" },
	{ "set", dev_set, "NAME WORD VALUE [ WORD VALUE ... ]" },
	{ "del", dev_del, "NAME" },
	{ "show", dev_show, "[ NAME ]" },
	{ NULL, dev_show, NULL }
};

const struct object dev_object = {
	"dev", commands, &dev_words, "devices and their settings"
};
