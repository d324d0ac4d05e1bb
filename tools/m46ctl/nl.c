// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: sockets, one query helper, the kernel's errors.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/genl/genl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "err.h"
#include "nl.h"
#include "parse.h"

#define RECV_SIZE	65536	/* the kernel's dumps come in 32 KiB at most */
#define DUMP_TRIES	8

static struct nl_sock *genl;
static struct nl_sock *route;
static int family;

static void __attribute__((noreturn)) out_of_memory(void)
{
	err_refused("out of memory");
	exit(EXIT_REFUSED);
}

static struct nl_sock *open_socket(int protocol)
{
	static const int options[] = {
		NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK
	};
	struct nl_sock *sk = nl_socket_alloc();
	const int one = 1;
	unsigned int i;
	int ret;

	if (!sk)
		out_of_memory();
	ret = nl_connect(sk, protocol);
	if (ret < 0) {
		err_refused("netlink: cannot open a socket: %s",
			    nl_geterror(ret));
		nl_socket_free(sk);
		return NULL;
	}
	/* Best effort: without them errors are only less clear. */
	for (i = 0; i < ARRAY_SIZE(options); i++)
		setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, options[i], &one,
			   sizeof(one));
	nl_socket_disable_auto_ack(sk);
	nl_socket_disable_msg_peek(sk);
	nl_socket_set_msg_buf_size(sk, RECV_SIZE);

	return sk;
}

struct nl_sock *kn_socket(int protocol, int rcvbuf)
{
	struct nl_sock *sk = open_socket(protocol);
	int fd;

	if (!sk || !rcvbuf)
		return sk;
	fd = nl_socket_get_fd(sk);
	/* Beyond net.core.rmem_max only with CAP_NET_ADMIN. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));

	return sk;
}

static void get_extack(const struct nlmsghdr *hdr, const void *attrs,
		       struct kn_error *err)
{
	int len = (int)((const char *)hdr + hdr->nlmsg_len -
			(const char *)attrs);
	const struct nlattr *nla;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		switch (nla_type(nla)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(err->text, sizeof(err->text), "%.*s",
				 nla_len(nla), (const char *)nla_data(nla));
			break;
		case NLMSGERR_ATTR_OFFS:
			if (nla_len(nla) >= 4)
				err->offs = nla_get_u32(nla);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (nla_len(nla) >= 4)
				err->miss = (int)nla_get_u32(nla);
			break;
		}
	}
}

/*
 * NLMSG_ERROR: errno and, behind the capped request, extack, which may warn of
 * what was done all the same.
 */
static int end_of_request(const struct nlmsghdr *hdr, struct kn_error *err)
{
	const struct nlmsgerr *e = nlmsg_data(hdr);
	size_t skip = sizeof(*e);

	if (nlmsg_datalen(hdr) < (int)sizeof(*e)) {
		err->code = EBADMSG;
		return -1;
	}
	err->code = -e->error;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (NLMSG_ALIGN(skip) <= (size_t)nlmsg_datalen(hdr))
		get_extack(hdr, (const char *)e + NLMSG_ALIGN(skip), err);

	return err->code ? -1 : 0;
}

/* NLMSG_DONE: errno of the dump and extack. */
static int end_of_dump(const struct nlmsghdr *hdr, struct kn_error *err)
{
	int code;

	if (nlmsg_datalen(hdr) < (int)sizeof(code))
		return 0;
	memcpy(&code, nlmsg_data(hdr), sizeof(code));
	err->code = code < 0 ? -code : 0;
	get_extack(hdr, (const char *)nlmsg_data(hdr) + sizeof(code), err);

	return err->code ? -1 : 0;
}

int kn_result(const struct nlmsghdr *hdr, struct kn_error *err)
{
	memset(err, 0, sizeof(*err));
	err->miss = -1;
	if (hdr->nlmsg_type == NLMSG_ERROR)
		return end_of_request(hdr, err);

	return end_of_dump(hdr, err);
}

/* Return: 1 when the answer is complete, 0 when more follows, -1 on error. */
static int handle(const struct nlmsghdr *hdr, struct kn_reply *reply,
		  struct kn_error *err)
{
	if (hdr->nlmsg_flags & NLM_F_DUMP_INTR && reply)
		reply->torn = true;
	if (hdr->nlmsg_type == NLMSG_ERROR)
		return end_of_request(hdr, err) ? -1 : 1;
	if (hdr->nlmsg_type == NLMSG_DONE)
		return end_of_dump(hdr, err) ? -1 : 1;
	if (hdr->nlmsg_type < NLMSG_MIN_TYPE || !reply || !reply->message)
		return 0;
	if (reply->message(hdr, reply->arg)) {
		err->code = ENOMEM;
		return -1;
	}

	return 0;
}

static int receive(struct nl_sock *sk, uint32_t seq, struct kn_reply *reply,
		   struct kn_error *err)
{
	struct sockaddr_nl from;
	struct nlmsghdr *hdr;
	unsigned char *buf;
	int len, ret = 0;

	while (!ret) {
		len = nl_recv(sk, &from, &buf, NULL);
		if (len <= 0) {
			err->code = len ? EIO : ECONNRESET;
			snprintf(err->text, sizeof(err->text),
				 "cannot read the answer: %s",
				 nl_geterror(len));
			return -1;
		}
		for (hdr = (struct nlmsghdr *)buf; !ret && nlmsg_ok(hdr, len);
		     hdr = nlmsg_next(hdr, &len)) {
			if (!from.nl_pid && hdr->nlmsg_seq == seq)
				ret = handle(hdr, reply, err);
		}
		free(buf);
	}

	return ret < 0 ? -1 : 0;
}

static int query_once(struct nl_sock *sk, struct nl_msg *msg,
		      struct kn_reply *reply, struct kn_error *err)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int ret;

	memset(err, 0, sizeof(*err));
	err->miss = -1;
	hdr->nlmsg_seq = NL_AUTO_SEQ;
	ret = nl_send_auto(sk, msg);
	if (ret < 0) {
		err->code = errno ? errno : EIO;
		snprintf(err->text, sizeof(err->text),
			 "cannot send the request: %s", nl_geterror(ret));
		return -1;
	}

	return receive(sk, hdr->nlmsg_seq, reply, err);
}

int kn_query(enum kn_bus bus, struct nl_msg *msg, struct kn_reply *reply,
	     struct kn_error *err)
{
	struct nl_sock *sk = bus == KN_GENL ? genl : route;
	int try, ret = -1;

	for (try = 0; try < DUMP_TRIES; try++) {
		if (reply)
			reply->torn = false;
		if (try && reply && reply->restart)
			reply->restart(reply->arg);
		ret = query_once(sk, msg, reply, err);
		if (ret || !reply || !reply->torn)
			break;
	}

	return ret;
}

int kn_call(enum kn_bus bus, struct nl_msg *msg, struct kn_reply *reply,
	    struct kn_error *err)
{
	int ret = kn_query(bus, msg, reply, err);

	nlmsg_free(msg);
	if (!ret)
		kn_warn(err, NULL);

	return ret;
}

static int get_family(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla;
	int *id = arg;

	nla = nlmsg_find_attr((struct nlmsghdr *)hdr, GENL_HDRLEN,
			      CTRL_ATTR_FAMILY_ID);
	if (nla && nla_len(nla) >= 2)
		*id = nla_get_u16(nla);

	return 0;
}

struct nl_msg *kn_ctrl_msg(const char *name)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		out_of_memory();
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0,
		    NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	kn_put(msg, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);

	return msg;
}

int kn_family(void)
{
	return family;
}

void kn_set_family(int id)
{
	family = id;
}

/* Asking by name makes the kernel load the module by its alias. */
static int resolve_family(void)
{
	struct kn_reply reply = { .message = get_family, .arg = &family };
	struct kn_error err;

	family = 0;
	if (!kn_call(KN_GENL, kn_ctrl_msg(M46_GENL_NAME), &reply, &err) &&
	    family)
		return 0;
	if (err.code && err.code != ENOENT)
		return kn_refused(&err, "netlink family %s", M46_GENL_NAME);

	return err_refused("the kernel module m46 is not loaded, and loading it by itself failed: try modprobe m46");
}

int kn_open_genl(void)
{
	int ret;

	if (genl)
		return EXIT_OK;
	genl = open_socket(NETLINK_GENERIC);
	if (!genl)
		return EXIT_REFUSED;
	ret = resolve_family();
	if (ret) {
		nl_socket_free(genl);
		genl = NULL;
	}

	return ret;
}

int kn_open_route(void)
{
	if (!route)
		route = open_socket(NETLINK_ROUTE);

	return route ? EXIT_OK : EXIT_REFUSED;
}

void kn_close(void)
{
	nl_socket_free(genl);
	nl_socket_free(route);
	genl = NULL;
	route = NULL;
}

void kn_put(struct nl_msg *msg, int attr, const void *data, size_t len)
{
	if (nla_put(msg, attr, (int)len, data) < 0)
		out_of_memory();
}

struct nlattr *kn_nest(struct nl_msg *msg, int attr)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	if (!nest)
		out_of_memory();

	return nest;
}

struct nl_msg *kn_genl_msg_size(uint8_t cmd, int flags, const char *ifname,
				size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (!msg)
		out_of_memory();
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
			 NLM_F_REQUEST | NLM_F_ACK | flags, cmd,
			 M46_GENL_VERSION))
		out_of_memory();
	if (ifname)
		kn_put(msg, M46_A_IFNAME, ifname, strlen(ifname) + 1);

	return msg;
}

struct nl_msg *kn_genl_msg(uint8_t cmd, int flags, const char *ifname)
{
	return kn_genl_msg_size(cmd, flags, ifname, 4096);
}

struct nl_msg *kn_rt_msg(uint16_t type, int flags, const void *head,
			 size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST |
						NLM_F_ACK | flags);

	if (!msg || nlmsg_append(msg, (void *)head, size, NLMSG_ALIGNTO) < 0)
		out_of_memory();

	return msg;
}

struct nl_msg *kn_route_msg(uint16_t type, int flags, int ifindex,
			    const char *ifname)
{
	const struct ifinfomsg ifi = { .ifi_index = ifindex };
	struct nl_msg *msg = kn_rt_msg(type, flags, &ifi, sizeof(ifi));

	if (ifname)
		kn_put(msg, IFLA_IFNAME, ifname, strlen(ifname) + 1);

	return msg;
}

/* Where the kernel only gives a number. */
static const char *reason(int code)
{
	switch (code) {
	case EPERM:
		return "this needs CAP_NET_ADMIN";
	case ENODEV:
		return "no such m46 device";
	case EEXIST:
		return "exists already";
	case ENOENT:
		return "no such entry";
	case EOPNOTSUPP:
		return "the kernel does not support this";
	}

	return NULL;
}

/*
 * Whether the kernel's text leaves nothing for the name of the error to say:
 * always with these errors, or if it has this word.
 */
static bool says_all(int code, const char *text)
{
	static const struct {
		int code;
		const char *word;
	} errors[] = {
		{ EINVAL, "" }, { ENODEV, "" }, { ENOENT, "" }, { EEXIST, "" },
		{ EOPNOTSUPP, "" }, { ENOSPC, "" }, { EBUSY, "" },
		{ EADDRNOTAVAIL, "" },
		{ ERANGE, "range" }, { ENOMEM, "memory" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (code == errors[i].code)
			return strstr(text, errors[i].word);
	}

	return false;
}

void kn_warn(const struct kn_error *err, const char *fmt, ...)
{
	char culprit[512];
	va_list ap;

	if (!err->text[0])
		return;
	if (!fmt) {
		err_warn("%s", err->text);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(culprit, sizeof(culprit), fmt, ap);
	va_end(ap);
	err_warn("%s: %s", culprit, err->text);
}

int kn_refused(const struct kn_error *err, const char *fmt, ...)
{
	const char *text = err->text[0] ? err->text : reason(err->code);
	char culprit[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(culprit, sizeof(culprit), fmt, ap);
	va_end(ap);
	if (err->code == EPERM && err->text[0])
		return err_refused("%s: %s: %s (%s)", culprit, reason(EPERM),
				   err->text, strerror(EPERM));
	if (!text)
		return err_refused("%s: %s", culprit, strerror(err->code));
	if (says_all(err->code, text))
		return err_refused("%s: %s", culprit, text);

	return err_refused("%s: %s (%s)", culprit, text, strerror(err->code));
}

int kn_attr_path(const struct nlmsghdr *hdr, int head, uint32_t offs, int *path,
		 int max)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, head);
	const char *pos = (const char *)hdr + offs;
	int left = nlmsg_attrlen(hdr, head);
	int n = 0;

	while (n < max && nla_ok(nla, left)) {
		if (pos >= (const char *)nla + NLA_ALIGN(nla->nla_len)) {
			nla = nla_next(nla, &left);
			continue;
		}
		if (pos < (const char *)nla)
			break;
		path[n++] = nla_type(nla);
		if (!(nla->nla_type & NLA_F_NESTED) ||
		    pos < (const char *)nla_data(nla))
			break;
		left = nla_len(nla);
		nla = nla_data(nla);
	}

	return n;
}
