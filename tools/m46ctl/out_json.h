/* SPDX-License-Identifier: GPL-2.0 */
/* The JSON half of the printer; out.h is for everybody else. */
#ifndef M46CTL_OUT_JSON_H
#define M46CTL_OUT_JSON_H

#include <stdbool.h>
#include <stdint.h>

void out_json_setup(bool pretty);
void out_json_list_begin(void);
void out_json_list_end(void);
/* An object ('{') or an array ('['), member of the one around it. */
void out_json_open(const char *key, char bracket);
void out_json_close(void);
void out_json_string(const char *key, const char *value);
void out_json_uint(const char *key, uint64_t value);
/* "true", "false", "null" */
void out_json_literal(const char *key, const char *value);

#endif /* M46CTL_OUT_JSON_H */
