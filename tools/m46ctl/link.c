// SPDX-License-Identifier: GPL-2.0
/*
 * Devices as links: made, changed and removed over rtnetlink.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "dev.h"
#include "err.h"
#include "link.h"
#include "nl.h"
#include "wire.h"

static void copy_string(char *to, size_t size, const struct nlattr *nla)
{
	snprintf(to, size, "%.*s", nla_len(nla), (const char *)nla_data(nla));
}

static void read_info(const struct nlattr *info, struct link *link)
{
	const struct nlattr *kind, *data, *table = NULL;

	kind = nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND);
	data = nla_find(nla_data(info), nla_len(info), IFLA_INFO_DATA);
	if (kind)
		copy_string(link->kind, sizeof(link->kind), kind);
	if (data && !strcmp(link->kind, "vrf"))
		table = nla_find(nla_data(data), nla_len(data), IFLA_VRF_TABLE);
	if (table && nla_len(table) >= 4)
		link->table = nla_get_u32(table);
}

static int read_link(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *info, *name, *master, *stats, *mtu;
	struct nlmsghdr *h = (struct nlmsghdr *)hdr;
	const struct ifinfomsg *ifi = nlmsg_data(hdr);
	struct link *link = arg;
	size_t len;

	if (hdr->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_datalen(hdr) < (int)sizeof(*ifi))
		return 0;
	link->ifindex = ifi->ifi_index;
	link->flags = ifi->ifi_flags;
	name = nlmsg_find_attr(h, sizeof(*ifi), IFLA_IFNAME);
	if (name)
		copy_string(link->name, sizeof(link->name), name);
	mtu = nlmsg_find_attr(h, sizeof(*ifi), IFLA_MTU);
	if (mtu && nla_len(mtu) >= 4)
		link->mtu = nla_get_u32(mtu);
	master = nlmsg_find_attr(h, sizeof(*ifi), IFLA_MASTER);
	if (master && nla_len(master) >= 4)
		link->master = (int)nla_get_u32(master);
	info = nlmsg_find_attr(h, sizeof(*ifi), IFLA_LINKINFO);
	if (info)
		read_info(info, link);
	stats = nlmsg_find_attr(h, sizeof(*ifi), IFLA_STATS64);
	if (stats) {
		len = (size_t)nla_len(stats);
		if (len > sizeof(link->stats))
			len = sizeof(link->stats);
		memcpy(&link->stats, nla_data(stats), len);
		link->has_stats = true;
	}

	return 0;
}

static int query_link(int ifindex, const char *name, struct link *link,
		      struct kn_error *err)
{
	struct kn_reply reply = { .message = read_link, .arg = link };
	struct nl_msg *msg;

	memset(link, 0, sizeof(*link));
	msg = kn_route_msg(RTM_GETLINK, 0, ifindex, ifindex ? NULL : name);

	return kn_call(KN_ROUTE, msg, &reply, err);
}

int link_get(int ifindex, const char *name, struct link *link)
{
	struct kn_error err;

	if (kn_open_route())
		return -1;

	return query_link(ifindex, name, link, &err);
}

/* Find a device that is ours: rtnetlink would delete any other as well. */
static int find_own(const char *name, struct link *link)
{
	struct kn_error err;

	if (kn_open_route())
		return EXIT_REFUSED;
	if (query_link(0, name, link, &err)) {
		if (err.code == ENODEV)
			return err_refused("%s: no such device", name);
		return kn_refused(&err, "%s", name);
	}
	if (!strcmp(link->kind, M46_LINK_KIND))
		return EXIT_OK;
	if (link->kind[0])
		return err_refused("%s: is a %s device, not an m46 device",
				   name, link->kind);

	return err_refused("%s: is not an m46 device", name);
}

/* The word that the kernel's error points at, NULL if it points at none. */
static const struct word *guilty_word(struct nl_msg *msg,
				      const struct kn_error *err)
{
	int path[4];
	int n;

	if (!err->offs)
		return NULL;
	n = kn_attr_path(nlmsg_hdr(msg), sizeof(struct ifinfomsg), err->offs,
			 path, 4);
	if (n < 3 || path[0] != IFLA_LINKINFO || path[1] != IFLA_INFO_DATA)
		return NULL;
	if (path[2] != M46_DEV_A_TUNNEL)
		return words_by_attr(&dev_words, path[2]);

	return n < 4 ? NULL : words_by_attr(&dev_words, DEV_TUNNEL(path[3]));
}

/* "FILE:LINE: ", as far as it is known; buf is empty where it is not. */
static void say_place(const struct link_place *place, const struct word *word,
		      char *buf, size_t size)
{
	unsigned int line;

	buf[0] = '\0';
	if (!place)
		return;
	line = word ? place->lines[word - dev_words.words] : 0;
	if (line)
		snprintf(buf, size, "%s:%u: ", place->path, line);
	else
		snprintf(buf, size, "%s: ", place->path);
}

/* "NAME[: WORD [VALUE]]", what the kernel's error or warning is about. */
static void culprit(struct nl_msg *msg, const struct kn_error *err,
		    const char *name, const struct value *values,
		    const struct link_place *place, char *buf, size_t size)
{
	const struct word *word = guilty_word(msg, err);
	const struct value *value;
	size_t used;

	say_place(place, word, buf, size);
	used = strlen(buf);
	buf += used;
	size -= used;
	snprintf(buf, size, "%s", name);
	if (!word)
		return;
	value = dev_value(values, word->attr);
	if (!value->set || !*value->text)
		snprintf(buf, size, "%s: %s", name, word->name);
	else
		snprintf(buf, size, "%s: %s %s", name, word->name, value->text);
}

/*
 * The kernel's text may begin with the word, for those who see nothing else;
 * behind the culprit that would be twice.
 */
static void drop_word(struct nl_msg *msg, struct kn_error *err)
{
	const struct word *word = guilty_word(msg, err);
	size_t len = word ? strlen(word->name) : 0;

	if (len && !strncmp(err->text, word->name, len) &&
	    !strncmp(err->text + len, ": ", 2))
		memmove(err->text, err->text + len + 2,
			strlen(err->text + len + 2) + 1);
}

static int send_config(struct nl_msg *msg, const char *name,
		       const struct value *values,
		       const struct link_place *place)
{
	struct nlattr *info, *data;
	struct kn_error err;
	char what[1024];
	int ret;

	info = kn_nest(msg, IFLA_LINKINFO);
	kn_put(msg, IFLA_INFO_KIND, M46_LINK_KIND, sizeof(M46_LINK_KIND));
	data = kn_nest(msg, IFLA_INFO_DATA);
	wire_put_all(msg, &dev_words, values);
	nla_nest_end_keep_empty(msg, data);
	nla_nest_end(msg, info);

	ret = kn_query(KN_ROUTE, msg, NULL, &err);
	culprit(msg, &err, name, values, place, what, sizeof(what));
	drop_word(msg, &err);
	if (!ret)
		kn_warn(&err, "%s", what);
	else if (err.code == EOPNOTSUPP && !err.offs && kn_open_genl())
		ret = EXIT_REFUSED;	/* no module, which was printed */
	else
		ret = kn_refused(&err, "%s", what);
	nlmsg_free(msg);

	return ret;
}

int link_add(const char *name, const struct value *values,
	     const struct link_place *place)
{
	if (kn_open_route())
		return EXIT_REFUSED;

	return send_config(kn_route_msg(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					0, name), name, values, place);
}

int link_set(const char *name, const struct value *values,
	     const struct link_place *place)
{
	struct link link;
	int ret = find_own(name, &link);

	if (ret)
		return ret;

	return send_config(kn_route_msg(RTM_NEWLINK, 0, link.ifindex, NULL),
			   name, values, place);
}

int link_del(const char *name)
{
	struct kn_error err;
	struct link link;
	int ret = find_own(name, &link);

	if (ret)
		return ret;
	if (kn_call(KN_ROUTE, kn_route_msg(RTM_DELLINK, 0, link.ifindex, NULL),
		    NULL, &err))
		return kn_refused(&err, "%s", name);

	return EXIT_OK;
}

int link_set_mtu(const char *name, uint32_t mtu)
{
	struct kn_error err;
	struct nl_msg *msg;
	struct link link;
	int ret = find_own(name, &link);

	if (ret)
		return ret;
	msg = kn_route_msg(RTM_NEWLINK, 0, link.ifindex, NULL);
	kn_put(msg, IFLA_MTU, &mtu, sizeof(mtu));
	if (kn_call(KN_ROUTE, msg, NULL, &err))
		return kn_refused(&err, "%s: mtu %u", name, mtu);

	return EXIT_OK;
}

int link_set_up(const char *name, bool up)
{
	struct ifinfomsg *ifi;
	struct kn_error err;
	struct nl_msg *msg;
	struct link link;
	int ret = find_own(name, &link);

	if (ret)
		return ret;
	msg = kn_route_msg(RTM_NEWLINK, 0, link.ifindex, NULL);
	ifi = nlmsg_data(nlmsg_hdr(msg));
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	if (kn_call(KN_ROUTE, msg, NULL, &err))
		return kn_refused(&err, "%s: %s", name, up ? "up" : "down");

	return EXIT_OK;
}
