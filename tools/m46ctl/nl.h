/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink: sockets, one query helper, the kernel's errors. What is here starts
 * with kn_ (kernel netlink), for nl_ is the library's.
 */
#ifndef M46CTL_NL_H
#define M46CTL_NL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct kn_error - why a query failed, or what the kernel said beside success
 * @code: errno, positive; 0 for success
 * @text: the kernel's extack message, or empty
 * @offs: where in the request the guilty attribute is, 0 if not said
 * @miss: type of the missing attribute, -1 if not said
 */
struct kn_error {
	int code;
	char text[256];
	uint32_t offs;
	int miss;
};

/**
 * struct kn_reply - what to do with the messages of an answer
 * @message: called for each one. Return: 0, or -1 to give up (ENOMEM)
 * @restart: called when a dump was interrupted by a change and is read again
 * @arg: for both
 * @torn: set where every try to read the dump was interrupted
 */
struct kn_reply {
	int (*message)(const struct nlmsghdr *hdr, void *arg);
	void (*restart)(void *arg);
	void *arg;
	bool torn;
};

/*
 * Open the socket once and keep it. Errors are printed.
 * Return: 0 or an exit code.
 */
int kn_open_genl(void);
int kn_open_route(void);
void kn_close(void);

/*
 * A socket of one's own; @rcvbuf bytes of answers or events may wait in it, 0
 * for the usual number. Errors are printed. Return: the socket, or NULL.
 */
struct nl_sock *kn_socket(int protocol, int rcvbuf);

/* Requests. A message that cannot be allocated ends the program. */
struct nl_msg *kn_genl_msg(uint8_t cmd, int flags, const char *ifname);
struct nl_msg *kn_genl_msg_size(uint8_t cmd, int flags, const char *ifname,
				size_t size);
struct nl_msg *kn_route_msg(uint16_t type, int flags, int ifindex,
			    const char *ifname);
/* Likewise, not about links: @head is the header of the type. */
struct nl_msg *kn_rt_msg(uint16_t type, int flags, const void *head,
			 size_t size);
/* Ask the controller of generic netlink about a family. */
struct nl_msg *kn_ctrl_msg(const char *name);
void kn_put(struct nl_msg *msg, int attr, const void *data, size_t len);
struct nlattr *kn_nest(struct nl_msg *msg, int attr);

/*
 * The number of the family, which changes when the module is loaded again; 0
 * while it is not there.
 */
int kn_family(void);
void kn_set_family(int id);

enum kn_bus {
	KN_GENL,
	KN_ROUTE,
};

/*
 * Send @msg and read the answer to its end. kn_call() frees @msg and prints the
 * kernel's warning, kn_query() leaves both: @err->offs can be looked up in @msg.
 * @reply may be NULL.
 * Return: 0, or -1 with @err filled.
 */
int kn_query(enum kn_bus bus, struct nl_msg *msg, struct kn_reply *reply,
	     struct kn_error *err);
int kn_call(enum kn_bus bus, struct nl_msg *msg, struct kn_reply *reply,
	    struct kn_error *err);

/*
 * What an NLMSG_ERROR or NLMSG_DONE says, for those who read answers
 * themselves. Return: 0, or -1 with @err filled.
 */
int kn_result(const struct nlmsghdr *hdr, struct kn_error *err);

/*
 * Print the kernel's error behind the culprit, which the format names.
 * Return: EXIT_REFUSED.
 */
int kn_refused(const struct kn_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Print the kernel's warning, where there is one, likewise. */
void kn_warn(const struct kn_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The types of the attributes around byte @offs of the message @hdr, outermost
 * first. @head is the length of the protocol's header. Return: how many.
 */
int kn_attr_path(const struct nlmsghdr *hdr, int head, uint32_t offs, int *path,
		 int max);

#endif /* M46CTL_NL_H */
