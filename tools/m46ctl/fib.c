// SPDX-License-Identifier: GPL-2.0
/*
 * Devices with "md fib": their rules are IPv4 routes.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dev.h"
#include "err.h"
#include "fib.h"
#include "link.h"
#include "wire.h"

static bool is_fib(const struct nlattr *dev)
{
	struct value values[WORDS_MAX];
	const struct value *md;

	wire_get_all(dev, &dev_words, values);
	md = dev_value(values, M46_DEV_A_MD);

	return md->set && md->num == M46_MD_FIB;
}

static int compare(const void *a, const void *b)
{
	const struct fib_dev *x = a, *y = b;

	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

static int find_devs(struct fib_devs *devs, const struct answers *a)
{
	const struct nlattr *index, *dev;
	struct fib_dev *d;
	size_t i;

	devs->devs = calloc(a->n + 1, sizeof(*devs->devs));
	if (!devs->devs)
		return err_refused("out of memory");
	for (i = 0; i < a->n; i++) {
		d = &devs->devs[devs->n];
		index = nlmsg_find_attr(a->hdrs[i], GENL_HDRLEN, M46_A_IFINDEX);
		dev = nlmsg_find_attr(a->hdrs[i], GENL_HDRLEN, M46_A_DEV);
		if (!index || nla_len(index) < 4 || !dev || !is_fib(dev) ||
		    answer_ifname(a->hdrs[i], d->name))
			continue;
		d->ifindex = (int)nla_get_u32(index);
		devs->n++;
	}
	qsort(devs->devs, devs->n, sizeof(*devs->devs), compare);

	return EXIT_OK;
}

int fib_devs_get(struct fib_devs *devs, const char *ifname)
{
	struct answers a;
	int ret;

	memset(devs, 0, sizeof(*devs));
	ret = answers_get(&a, M46_CMD_DEV_GET, ifname);
	if (!ret)
		ret = find_devs(devs, &a);
	answers_free(&a);

	return ret;
}

void fib_devs_free(struct fib_devs *devs)
{
	free(devs->devs);
}

/**
 * struct fib_dump - what is being read
 */
struct fib_dump {
	const struct fib_devs *devs;
	struct dump *dump;
};

static int add_hops(const struct fib_devs *devs, const struct route *route,
		    struct dump *dump)
{
	const struct fib_dev *dev;
	struct fib_dev key;
	struct rule rule;
	size_t i;

	for (i = 0; i < route->n_hops; i++) {
		key.ifindex = route->hops[i].oif;
		dev = bsearch(&key, devs->devs, devs->n, sizeof(key), compare);
		if (dev && !rule_of_route(route, &route->hops[i], &rule) &&
		    dump_add(dump, dev->name, &rule))
			return -1;
	}

	return 0;
}

static int add_route(const struct route *route, void *arg)
{
	const struct fib_dump *fd = arg;

	return add_hops(fd->devs, route, fd->dump);
}

static void restart(void *arg)
{
	const struct fib_dump *fd = arg;

	dump_restart(fd->dump);
}

int fib_read(const struct fib_devs *devs, struct dump *dump,
	     struct kn_error *err)
{
	struct fib_dump fd = { .devs = devs, .dump = dump };
	struct route_dump routes = {
		.family = AF_INET, .each = add_route, .restart = restart,
		.arg = &fd
	};
	int ret;

	memset(err, 0, sizeof(*err));
	if (!devs->n)
		return 0;
	/* The kernel leaves the others out, where it knows how. */
	if (devs->n == 1)
		routes.oif = devs->devs[0].ifindex;
	ret = route_dump(&routes, err);
	dump->torn = routes.torn;

	return ret;
}

/* The VRF that the device is in: its routes are in the table of that one. */
static int master_of(const struct fib_dev *dev)
{
	struct link link, master;

	if (link_get(dev->ifindex, NULL, &link) || !link.master ||
	    link_get(link.master, NULL, &master) || !master.table)
		return 0;

	return link.master;
}

static int elsewhere(const struct fib_dev *dev, const char *addr,
		     const struct route *route)
{
	struct link link = { .name = "nowhere" };
	int oif = route->n_hops ? route->hops[0].oif : 0;

	if (route->type == RTN_LOCAL)
		return err_refused("%s is an address of this machine, the route does not lead to %s",
				   addr, dev->name);
	if (oif == dev->ifindex)
		return err_refused("route to %s into %s has no IPv6 next hop",
				   addr, dev->name);
	if (oif && link_get(oif, NULL, &link))
		snprintf(link.name, sizeof(link.name), "device %d", oif);

	return err_refused("route to %s leads to %s, not to %s", addr,
			   link.name, dev->name);
}

int fib_lookup(const struct fib_dev *dev, const struct prefix *addr,
	       struct dump *dump)
{
	const struct fib_devs devs = { (struct fib_dev *)dev, 1 };
	struct route_query query = {
		.dst = *addr, .oif = master_of(dev), .match = true
	};
	char text[PREFIX_STRLEN];
	struct kn_error err;
	struct route route;

	addr_str(addr, text);
	if (route_lookup(&query, &route, &err)) {
		if (err.code == ENETUNREACH)
			return err_refused("no route to %s", text);
		return err_refused("route to %s: %s", text,
				   route_why(err.code));
	}
	if (add_hops(&devs, &route, dump))
		return err_refused("out of memory");

	return dump->n ? EXIT_OK : elsewhere(dev, text, &route);
}
