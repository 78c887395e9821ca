/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of a recording: may it be written to, whose is it, and disk space held back for its end.
 *
 * Layer: store. Used by writer.c and writer_thread.c.
 */
#ifndef MEMTRACE_WRITER_FILE_H
#define MEMTRACE_WRITER_FILE_H

#include <stddef.h>

/*
 * Could a recording be made there? What is there already must be one, that nobody writes. Changes
 * nothing. Returns 0 or a negative errno, with words.
 */
int file_check(const char *path, char *words, size_t cap);
/* Removes the recording that is there and makes an empty file, of whoever called sudo. */
int file_make(const char *path, char *words, size_t cap);
/* Bytes of the file and its write-ahead log. */
unsigned long long file_bytes(const char *path);

/*
 * Disk space in a file without a name, beside path: *bytes, or what can be had, then that is in
 * *bytes. Returns its descriptor, -1 = none; closing it gives the space up.
 */
int spare_open(const char *path, size_t *bytes);

#endif
