/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel types that bpf/ reads. Written by tools/btfhdr from vmlinux/types.list;
 * do not edit: see vmlinux/README.md, which also records the kernel it came from.
 */
#ifndef MEMTRACE_VMLINUX_H
#define MEMTRACE_VMLINUX_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)


enum cgroup_subsys_id {
	memory_cgrp_id = 4,
};


enum pageflags {
	PG_head = 6,
	PG_swapbacked = 17,
};

typedef long long int __s64;
typedef __s64 s64;

struct percpu_counter {
	s64 count;
};

typedef struct {
	s64 counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;

struct page_counter {
	atomic_long_t usage;
	long unsigned int max;
	long unsigned int high;
};

typedef long long unsigned int __u64;
typedef __u64 u64;

struct kernfs_node {
	u64 id;
};


struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys;
struct cgroup_subsys_state;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys *ss;
	struct cgroup_subsys_state *parent;
};


struct css_set {
	struct cgroup_subsys_state *subsys[12];
};


struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter swap;
	struct page_counter memsw;
};


struct obj_cgroup {
	struct mem_cgroup *memcg;
};

typedef unsigned int __kernel_uid32_t;
typedef __kernel_uid32_t uid_t;
typedef struct {
	uid_t val;
} kuid_t;

struct cred {
	kuid_t uid;
};


struct task_io_accounting {
	u64 read_bytes;
	u64 write_bytes;
};


struct sched_info {
	long long unsigned int run_delay;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int nr_threads;
	long unsigned int min_flt;
	long unsigned int maj_flt;
	struct task_io_accounting ioac;
	long unsigned int maxrss;
	short int oom_score_adj;
};


struct mm_struct {
	atomic_long_t pgtables_bytes;
	long unsigned int total_vm;
	struct percpu_counter rss_stat[4];
};

typedef int __kernel_pid_t;
typedef __kernel_pid_t pid_t;
struct task_struct;

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	u64 start_boottime;
	long unsigned int min_flt;
	long unsigned int maj_flt;
	struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct task_io_accounting ioac;
	struct css_set *cgroups;
	unsigned int memcg_nr_pages_over_high;
	struct sched_info sched_info;
};

typedef unsigned int __u32;
typedef __u32 u32;
typedef u32 __kernel_dev_t;
typedef __kernel_dev_t dev_t;

struct super_block {
	dev_t s_dev;
	long unsigned int s_magic;
};


struct shrink_control {
	int nid;
};


struct shrinker {
	long unsigned int (*scan_objects)(struct shrinker *, struct shrink_control *);
	void *private_data;
};


struct inode {
	struct super_block *i_sb;
	long unsigned int i_ino;
};


struct qstr {
	u32 len;
};


union shortname_store {
	unsigned char string[40];
};


struct dentry {
	struct qstr d_name;
	union shortname_store d_shortname;
};


struct path {
	struct dentry *dentry;
};


struct file {
	struct inode *f_inode;
	struct path f_path;
};

struct anon_vma;

struct anon_vma {
	struct anon_vma *root;
	struct anon_vma *parent;
};

typedef long unsigned int vm_flags_t;

struct vm_area_struct {
	long unsigned int vm_start;
	long unsigned int vm_end;
	vm_flags_t vm_flags;
	struct anon_vma *anon_vma;
	long unsigned int vm_pgoff;
	struct file *vm_file;
};


enum fault_flag {
	FAULT_FLAG_TRIED = 32,
	FAULT_FLAG_USER = 64,
};


struct vm_fault {
	struct vm_area_struct *vma;
	long unsigned int pgoff;
	long unsigned int address;
	enum fault_flag flags;
};


struct address_space {
	struct inode *host;
};

typedef struct {
	long unsigned int f;
} memdesc_flags_t;

struct folio {
	memdesc_flags_t flags;
	struct address_space *mapping;
	long unsigned int index;
	long unsigned int memcg_data;
	long unsigned int _flags_1;
};

typedef unsigned int gfp_t;
typedef _Bool bool;

struct compact_control {
	gfp_t gfp_mask;
	int order;
	bool direct_compaction;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};


struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
