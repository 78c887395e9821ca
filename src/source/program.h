/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program after "--": started early, held back until tracing is on.
 *
 * Layer: source. Used by the live source only.
 */
#ifndef MEMTRACE_PROGRAM_H
#define MEMTRACE_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>
#include "self.h"

struct program {
	pid_t pid;	/* 0 = none */
	int pidfd;	/* readable once it has ended; -1 when the kernel has none (before 5.3) */
	int hold_fd;	/* closing it lets the program go */
	int error_fd;	/* brings errno when exec(2) failed */
	int exec_error; /* that errno */
	bool released;	/* it may have run */
	bool ended;
	int status; /* as a shell gives it */
};

/* Forks and holds the child before exec. prot: undone in the child. Returns 0 or -errno. */
int program_start(struct program *p, char *const argv[], const struct sysroot *root,
		  const struct protection *prot);
/* Lets it go. Returns 0, or -errno of exec(2); then status is 127 or 126. */
int program_release(struct program *p);
/* Looks, without waiting, whether it has ended. */
bool program_ended(struct program *p);
/* Waits for its end. */
void program_wait(struct program *p);
/* A program that was never released is ended; descriptors are closed. */
void program_fini(struct program *p);

#endif
