// SPDX-License-Identifier: GPL-2.0
/*
 * What "check" has found: kept, counted, printed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "err.h"
#include "findings.h"
#include "out.h"
#include "out_text.h"

#define SAME_MAX	10	/* of one kind, about one device */

static const struct {
	const char *name;
	bool is_error;		/* packets are lost */
	const char *about;
} kinds[FINDING_COUNT] = {
	[DEVICE_DOWN] = { "device-down", true,
		"the device is down" },
	[IPV6_DISABLED] = { "ipv6-disabled", true,
		"IPv6 is off on the device" },
	[FORWARDING_OFF] = { "forwarding-off", true,
		"this machine does not forward" },
	[RP_FILTER] = { "rp-filter", false,
		"the reverse path filter of the device is strict" },
	[NO_RULES] = { "no-rules", false,
		"no mapping rule for any other edge" },
	[RULE_POINTS_TO_SELF] = { "rule-points-to-self", true,
		"a route's next hop is an own prefix" },
	[PREF6_OVERLAP] = { "pref6-overlap", false,
		"a mapping prefix is a part of another edge's" },
	[PREF6_LENGTHS] = { "pref6-lengths", false,
		"mapping prefixes have unequal lengths" },
	[NO_NEXT_HOP_ROUTE] = { "no-next-hop-route", true,
		"no IPv6 route to another edge" },
	[NEXT_HOP_LOOPS] = { "next-hop-loops", true,
		"the IPv6 route to another edge leads into an m46 device" },
	[CORE_MTU] = { "core-mtu", false,
		"1500 bytes of IPv4 do not fit the IPv6 route to an edge" },
	[OWN_PREFIX_NOT_ROUTED] = { "own-prefix-not-routed", true,
		"an own prefix is not routed into the device" },
	[BLOCK_NOT_ROUTED] = { "block-not-routed", false,
		"IPv4 packets for which there is a rule go another way" },
	[SOURCE_CHECK_DROPS] = { "source-check-drops", false,
		"the source check has refused packets" },
	[NEXT_HOP_HAS_HOST_BITS] = { "next-hop-has-host-bits", true,
		"a route's next hop is no mapping prefix" },
	[ROUTE_WITHOUT_NEXT_HOP] = { "route-without-next-hop", false,
		"a route into a device with md fib has no IPv6 next hop" },
	[BGP_NEXT_HOP_NOT_M46] = { "bgp-next-hop-not-m46", false,
		"a routing daemon's IPv4 route via IPv6 passes the device by" },
	[NAT64_NOT_ROUTED] = { "nat64-not-routed", true,
		"the NAT64 prefix is not routed into the device" },
	[NAT64_POOL_NOT_COVERED] = { "nat64-pool-not-covered", false,
		"no local rule announces the nat64-pool" },
	[PREFIX_NOT_ROUTED] = { "prefix-not-routed", true,
		"the prefix of the device is not routed into it" },
	[NEIGHBOUR_PER_HOST] = { "neighbour-per-host", false,
		"an IPv6 route into the device has no next hop" },
	[NO_POOL] = { "no-pool", false,
		"no pool, so that no host gets an address" },
	[POOL_NOT_ROUTED] = { "pool-not-routed", true,
		"a pool is not routed into the device" },
	[POOL_NEARLY_FULL] = { "pool-nearly-full", false,
		"80 % of a pool are used" },
	[LOCAL_NOT_THERE] = { "local-not-there", true,
		"local is no address of this machine" },
	[LOCAL_IS_PRIVATE] = { "local-is-private", false,
		"local is private, the other end is not" },
	[ADDRESS_OUTSIDE_DELEGATED] = { "address-outside-delegated", true,
		"an IPv6 address of the domain is not of this site" },
	[DELEGATED_TOO_LONG] = { "delegated-too-long", false,
		"a 6rd site gets less than a /64" },
	[NO_IPV4_ROUTE] = { "no-ipv4-route", true,
		"outer packets do not get to the other end" },
	[NO_RELAY_GATEWAY] = { "no-relay-gateway", true,
		"a route to native IPv6 over 6to4 names no relay" },
	[NO_BORDER_RELAY] = { "no-border-relay", false,
		"6rd without a way to native IPv6" },
};

/**
 * struct finding - one of them
 * @remedy: the command, or NULL
 * @more: how many others like it were left out
 */
struct finding {
	enum finding_id id;
	char *dev;
	char *text;
	char *remedy;
	size_t more;
};

static struct finding *found;
static size_t n_found;
static char next_remedy[1024];

static char *copy(const char *s)
{
	char *dup = strdup(s);

	if (!dup) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}

	return dup;
}

void finding_remedy(enum remedy_tool tool, const char *fmt, ...)
{
	static const struct {
		const char *before;	/* the namespace */
		const char *ns;
		const char *after;
	} starts[] = {
		[REMEDY_IP] = { "ip ", "-n", "" },
		[REMEDY_IP6] = { "ip ", "-n", "-6 " },
		[REMEDY_SYSCTL] = { "", "ip netns exec", "sysctl -w " },
		[REMEDY_M46CTL] = { "m46ctl ", "-n", "" },
		[REMEDY_OTHER] = { "", "ip netns exec", "" },
	};
	size_t used, size = sizeof(next_remedy);
	char ns[300] = "";
	va_list ap;

	if (options.netns)
		snprintf(ns, sizeof(ns), "%s %s ", starts[tool].ns,
			 options.netns);
	used = (size_t)snprintf(next_remedy, size, "%s%s%s",
				starts[tool].before, ns, starts[tool].after);
	va_start(ap, fmt);
	vsnprintf(next_remedy + used, size - used, fmt, ap);
	va_end(ap);
}

/* Return: whether there are enough of the kind, and this is one more. */
static bool is_one_more(enum finding_id id, const char *dev)
{
	struct finding *last = NULL;
	size_t i, same = 0;

	for (i = 0; i < n_found; i++) {
		if (found[i].id != id || strcmp(found[i].dev, dev))
			continue;
		last = &found[i];
		same++;
	}
	if (same < SAME_MAX)
		return false;
	last->more++;

	return true;
}

void finding_report(enum finding_id id, const char *dev, const char *fmt, ...)
{
	struct finding *grown;
	char text[1024];
	va_list ap;

	if (is_one_more(id, dev)) {
		next_remedy[0] = '\0';
		return;
	}
	grown = reallocarray(found, n_found + 1, sizeof(*found));
	if (!grown) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}
	found = grown;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	found[n_found++] = (struct finding){
		.id = id, .dev = copy(dev), .text = copy(text),
		.remedy = next_remedy[0] ? copy(next_remedy) : NULL
	};
	next_remedy[0] = '\0';
}

size_t findings_count(void)
{
	return n_found;
}

static const char *severity(const struct finding *f)
{
	return kinds[f->id].is_error ? "error" : "warning";
}

static void full_text(const struct finding *f, char *buf, size_t size)
{
	int used = snprintf(buf, size, "%s", f->text);

	if (f->more)
		snprintf(buf + used, size - (size_t)used,
			 " (and %zu more like it)", f->more);
}

static void print_json(void)
{
	char text[1100];
	size_t i;

	out_list_begin(NULL);
	for (i = 0; i < n_found; i++) {
		full_text(&found[i], text, sizeof(text));
		out_object_begin();
		out_string("check", NULL, kinds[found[i].id].name);
		out_string("severity", NULL, severity(&found[i]));
		out_string("dev", NULL, found[i].dev);
		out_string("text", NULL, text);
		if (found[i].remedy)
			out_string("remedy", NULL, found[i].remedy);
		else
			out_null("remedy");
		out_object_end();
	}
	out_list_end();
}

static int wider(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

/* One line, and the remedy below it. */
static void print_text(void)
{
	int names = 0, devs = 0, severities = 0;
	char text[1100];
	size_t i;

	for (i = 0; i < n_found; i++) {
		severities = wider(severities, severity(&found[i]));
		names = wider(names, kinds[found[i].id].name);
		devs = wider(devs, found[i].dev);
	}
	for (i = 0; i < n_found; i++) {
		full_text(&found[i], text, sizeof(text));
		out_text_field(severity(&found[i]), severity(&found[i]),
			       severities + 2);
		out_text_field("check", kinds[found[i].id].name, names + 2);
		out_text_field("dev", found[i].dev, devs + 2);
		out_text_field("text", text, 0);
		putchar('\n');
		if (!found[i].remedy)
			continue;
		fputs("    ", stdout);
		out_text_field("remedy", found[i].remedy, 0);
		putchar('\n');
	}
}

void findings_print(void)
{
	if (out_is_json())
		print_json();
	else
		print_text();
}

void findings_free(void)
{
	while (n_found) {
		n_found--;
		free(found[n_found].dev);
		free(found[n_found].text);
		free(found[n_found].remedy);
	}
	free(found);
	found = NULL;
}

void findings_explain(void)
{
	int i;

	for (i = 0; i < FINDING_COUNT; i++)
		printf("%s %s: %s\n", kinds[i].name,
		       kinds[i].is_error ? "error" : "warning",
		       kinds[i].about);
}
