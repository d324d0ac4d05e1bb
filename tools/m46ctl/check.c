// SPDX-License-Identifier: GPL-2.0
/*
 * check: reads what the checks look at, and runs them device by device.
 */
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "answers.h"
#include "check.h"
#include "check_run.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "wire.h"

#define ADPT	MODE_BIT(M46_MODE_ADPT)
#define M46T	MODE_BIT(M46_MODE_M46T)
#define SIXTO4	MODE_BIT(M46_MODE_6TO4)

/* In this order; modes are those of the devices that it is for. */
static const struct {
	void (*run)(struct check *c);
	unsigned int modes;
} checks[] = {
	{ check_host,		ADPT | M46T | SIXTO4 },
	{ check_rules,		ADPT },
	{ check_fib,		ADPT },
	{ check_edges,		ADPT },
	{ check_paths,		ADPT },
	{ check_own_routes,	ADPT | M46T | SIXTO4 },
	{ check_neigh,		ADPT | M46T },
	{ check_blocks,		ADPT },
	{ check_nat64,		ADPT },
	{ check_counters,	ADPT },
	{ check_m46t,		M46T },
	{ check_6to4,		SIXTO4 },
	{ check_site,		SIXTO4 },
	{ check_outer,		SIXTO4 },
};

uint32_t check_num(const struct check *c, int attr)
{
	const struct value *value = dev_value(c->values, attr);

	return value->set ? value->num : 0;
}

bool check_is_fib(const struct check *c)
{
	return check_num(c, M46_DEV_A_MD) == M46_MD_FIB;
}

const struct check_dev *check_dev_by_index(const struct check *c, int ifindex)
{
	size_t i;

	for (i = 0; i < c->n_devs; i++) {
		if (c->devs[i].ifindex == ifindex)
			return &c->devs[i];
	}

	return NULL;
}

/* With anycast on, 192.88.99.1 is an own address, too. */
static void read_delegated(struct check_dev *dev, const struct value *values)
{
	const struct value *list;
	static const struct prefix relay = {
		.family = AF_INET6, .len = 48,
		.bytes = { 0x20, 0x02, 192, 88, 99, 1 }
	};
	unsigned int i;

	list = dev_value(values, DEV_TUNNEL(M46_TUN_A_DELEGATED));
	for (i = 0; list->set && i < list->n && i < M46_LOCALS_MAX; i++)
		dev->delegated[i] = list->list[i];
	if (dev_is_anycast(values))
		dev->delegated[i++] = relay;
	dev->n_delegated = i;
}

static void read_own(struct check_dev *dev, const struct value *values)
{
	const struct value *own = dev_value(values, M46_DEV_A_PREFIXES);
	unsigned int i;

	for (i = 0; own->set && i < own->n && i < M46_PREFIXES_MAX; i++)
		dev->own[i] = own->list[i];
	dev->n_own = i;
	if (dev->mode == M46_MODE_M46T && !dev_map_prefix(values, dev->own))
		dev->n_own = 1;
	if (dev->mode == M46_MODE_6TO4)
		read_delegated(dev, values);
}

static void read_link(struct check_dev *dev)
{
	struct link link, master;

	dev->table = RT_TABLE_MAIN;
	if (link_get(dev->ifindex, NULL, &link))
		return;
	dev->flags = link.flags;
	if (!link.master || link_get(link.master, NULL, &master) ||
	    !master.table)
		return;
	dev->master = link.master;
	dev->table = master.table;
}

/* The settings in an answer. Return: 0, or -1 where there are none. */
static int read_values(const struct nlmsghdr *hdr, struct value *values)
{
	const struct nlattr *nest = nlmsg_find_attr((struct nlmsghdr *)hdr,
						    GENL_HDRLEN, M46_A_DEV);

	if (nest)
		wire_get_all(nest, &dev_words, values);

	return nest ? 0 : -1;
}

static int read_dev(struct check *c, const struct nlmsghdr *hdr)
{
	struct check_dev *dev = &c->devs[c->n_devs];
	const struct nlattr *index;

	index = nlmsg_find_attr((struct nlmsghdr *)hdr, GENL_HDRLEN,
				M46_A_IFINDEX);
	if (!index || nla_len(index) < 4 || read_values(hdr, c->values) ||
	    answer_ifname(hdr, dev->name))
		return -1;
	dev->ifindex = (int)nla_get_u32(index);
	dev->mode = check_num(c, M46_DEV_A_MODE);
	read_own(dev, c->values);
	read_link(dev);
	c->n_devs++;

	return 0;
}

static int run_checks(struct check *c)
{
	unsigned int i;
	int ret = 0;

	if (c->dev->mode == M46_MODE_ADPT)
		ret = check_adpt_read(c);
	for (i = 0; !ret && i < ARRAY_SIZE(checks); i++) {
		if (checks[i].modes & MODE_BIT(c->dev->mode))
			checks[i].run(c);
	}
	check_adpt_free(c);

	return ret;
}

static int check_devs(struct check *c, const struct answers *a,
		      const char *only)
{
	struct nlmsghdr **hdrs;
	bool found = false;
	size_t i;
	int ret = 0;

	c->devs = calloc(a->n + 1, sizeof(*c->devs));
	hdrs = calloc(a->n + 1, sizeof(*hdrs));
	if (!c->devs || !hdrs) {
		free(hdrs);
		return err_refused("out of memory");
	}
	for (i = 0; i < a->n; i++) {
		hdrs[c->n_devs] = a->hdrs[i];
		read_dev(c, a->hdrs[i]);
	}
	for (i = 0; !ret && i < c->n_devs; i++) {
		c->dev = &c->devs[i];
		if (only && strcmp(c->dev->name, only))
			continue;
		found = true;
		read_values(hdrs[i], c->values);
		ret = run_checks(c);
	}
	free(hdrs);
	if (only && !found)
		return err_refused("%s: no such m46 device", only);

	return ret;
}

static int read_addrs(struct check *c)
{
	struct kn_error err;

	if (addrs_get(AF_INET, &c->addrs4, &err))
		return kn_refused(&err, "IPv4 addresses");
	if (addrs_get(AF_INET6, &c->addrs6, &err))
		return kn_refused(&err, "IPv6 addresses");

	return 0;
}

int check_run(const char *only)
{
	struct check *c = calloc(1, sizeof(*c));
	struct answers a;
	int ret;

	if (!c)
		return err_refused("out of memory");
	ret = kn_open_route();
	if (!ret)
		ret = read_addrs(c);
	if (!ret) {
		ret = answers_get(&a, M46_CMD_DEV_GET, NULL);
		if (!ret)
			ret = check_devs(c, &a, only);
		answers_free(&a);
	}
	addrs_free(&c->addrs4);
	addrs_free(&c->addrs6);
	free(c->devs);
	free(c);

	return ret;
}
