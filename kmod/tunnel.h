/* SPDX-License-Identifier: GPL-2.0 */
/* Tunnel ends: which device has a packet of protocol 41 come to. */
#ifndef _M46_TUNNEL_H
#define _M46_TUNNEL_H

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/netlink.h>

#include "sixto4.h"

struct m46_cfg;
struct m46_dev;
struct m46_flow_kind;
struct m46_fast;
struct net;
struct netlink_ext_ack;
struct nlattr;
struct rtable;

/* What fits into IPv4's and Ethernet's 1500 bytes (RFC 4213 3.2.1). */
#define M46_TUN_MTU		1480
/* An IPv4 packet less its header. */
#define M46_TUN_MTU_MAX		(65535 - 20)

int m46_tunnel_init(void);
void m46_tunnel_exit(void);

/* What a refusal points at, of the attributes in the nest; it may be NULL. */
static inline const struct nlattr *m46_tunnel_attr(const struct nlattr *nest,
						   int type)
{
	return nest ? nla_find_nested(nest, type) : NULL;
}

/*
 * Whether m46, in the VRF vrf or 0, may have the addresses of cfg: local ones
 * are this machine's, and no other device claims the same packets; a remote in
 * the nest is another machine's. Else -EADDRNOTAVAIL, -EEXIST or -EINVAL with
 * extack. RTNL.
 */
int m46_tunnel_check(struct m46_dev *m46, const struct m46_cfg *cfg,
		     int vrf, const struct nlattr *nest,
		     struct netlink_ext_ack *extack);
/*
 * Let packets to the local addresses of cfg come to m46, which is registered,
 * and no others; NULL: none at all. -ENOMEM: nothing is changed. RTNL.
 */
int m46_tunnel_listen(struct m46_dev *m46, const struct m46_cfg *cfg);
/*
 * The device is up to something only where one of its own addresses is this
 * machine's: its carrier says so (RFC 3056 2). RTNL.
 */
void m46_tunnel_carrier(struct m46_dev *m46);

/*
 * The device that is up and has the local address, or NULL. One that has the
 * remote address is before one for any, then one that has the link. skb: where
 * the packet came in. RCU.
 */
struct m46_dev *m46_tunnel_find(const struct sk_buff *skb, __be32 local,
				__be32 remote);

/*
 * A device has come up, gone down or moved, or has other settings: after that.
 * m46_tunnel_gen() counts these; to be read before m46_tunnel_find() is asked.
 */
void m46_tunnel_changed(void);
u64 m46_tunnel_gen(void);

/* struct m46_rtslot - one route, @rt is NULL in an empty slot */
struct m46_rtslot {
	struct rtable *rt;
	const struct net *net;
	__be32 saddr;
	__be32 daddr;
	int oif;
	u32 mark;
};

/* struct m46_rtslot, of @rtcache */
extern const struct m46_flow_kind m46_rtslot_kind;

/*
 * Route of an outer packet, or ERR_PTR(): -EADDRNOTAVAIL where saddr is no
 * address of this machine. Borrowed from the cache for as long as BH is
 * disabled.
 */
struct rtable *m46_tunnel_route(struct m46_dev *m46, const struct m46_tun *tun,
				__be32 saddr, __be32 daddr);
/*
 * RFC 4213 3.2.1: the device's MTU, and *df stays; or 3.2.2: by the path's, and
 * it is set.
 */
u32 m46_tunnel_path_mtu(const struct m46_dev *m46, const struct m46_tun *tun,
			const struct rtable *rt, __be16 *df);
/* What outer packets are routed by: the link, or the VRF, or 0. RCU. */
int m46_tunnel_oif(const struct m46_dev *m46, const struct m46_tun *tun);

/* ndo_start_xmit of mode 6to4 */
netdev_tx_t m46_encap_xmit(struct sk_buff *skb, struct net_device *dev);
/*
 * The fast path: a packet that is routed into the device, and one of protocol
 * 41 to an address of this machine. Return: whether it has gone; else it is as
 * good as new. RCU, BH disabled.
 */
bool m46_encap_fast(struct m46_dev *m46, struct sk_buff *skb,
		    const struct m46_fast *fast);
bool m46_decap_fast(struct sk_buff *skb, const struct m46_fast *fast);
/* What comes to a device: protocol 41, and ICMPv4 errors about it. */
int m46_decap_rcv(struct sk_buff *skb);
int m46_decap_err(struct sk_buff *skb, u32 info);

/*
 * Lower the MSS option of a SYN segment that is not larger than mtu, for what
 * comes back through the tunnel; skb->data is its IPv6 header, readable.
 */
void m46_tunnel_clamp_mss(struct sk_buff *skb, unsigned int mtu);
/*
 * Whether skb is a kind of neighbour discovery that no 6to4 link has; to be
 * asked where m46_tunnel_may_be_nd() of its next header says so.
 */
bool m46_tunnel_is_bad_nd(struct sk_buff *skb);

static inline bool m46_tunnel_may_be_nd(u8 nexthdr)
{
	return nexthdr != IPPROTO_TCP && nexthdr != IPPROTO_UDP;
}

/* Whether addr is ISATAP's form of an IPv4 address of this machine. */
static inline bool m46_tunnel_isatap_own(struct net *net,
					 const struct in6_addr *addr)
{
	u32 v4 = m46_isatap_v4(addr);
	bool is_own;

	if (likely(!v4))
		return false;
	rcu_read_lock();
	is_own = __ip_dev_find(net, htonl(v4), false);
	rcu_read_unlock();
	return is_own;
}

#endif /* _M46_TUNNEL_H */
