/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log that mock_disk.c writes: what a disk was told, in order.
 */
#ifndef M46CTL_MOCK_DISK_H
#define M46CTL_MOCK_DISK_H

#include <stdint.h>

enum disk_op {
	DISK_WRITE = 1,
	DISK_SYNC,
	DISK_TRUNCATE,
	DISK_DELETE,
};

enum disk_file {
	DISK_DB,
	DISK_WAL,
	DISK_JOURNAL,
	DISK_FILES
};

/**
 * struct disk_record - one operation, in front of the data that was written
 * @time: CLOCK_REALTIME, ns, when it was done
 * @offset: where; DISK_TRUNCATE: new size
 * @size: of the data
 * @op: enum disk_op
 * @file: enum disk_file
 */
struct disk_record {
	int64_t time;
	int64_t offset;
	uint32_t size;
	uint16_t op;
	uint16_t file;
};

#endif /* M46CTL_MOCK_DISK_H */
