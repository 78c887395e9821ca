/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: event. Types of file systems by the number their super blocks carry. */
#include <linux/magic.h>
#include "event.h"

/* include/uapi/linux/magic.h; where that lacks one, the file system's own header. */
static const struct {
	uint32_t magic;
	const char *name;
} types[] = {
	{EXT4_SUPER_MAGIC, "ext4"},
	{XFS_SUPER_MAGIC, "xfs"},
	{BTRFS_SUPER_MAGIC, "btrfs"},
	{F2FS_SUPER_MAGIC, "f2fs"},
	{OVERLAYFS_SUPER_MAGIC, "overlay"},
	{TMPFS_MAGIC, "tmpfs"},
	{RAMFS_MAGIC, "ramfs"},
	{NFS_SUPER_MAGIC, "nfs"},
	{SMB2_SUPER_MAGIC, "cifs"},
	{CEPH_SUPER_MAGIC, "ceph"},
	{FUSE_SUPER_MAGIC, "fuse"},
	{V9FS_MAGIC, "9p"},
	{SQUASHFS_MAGIC, "squashfs"},
	{EROFS_SUPER_MAGIC_V1, "erofs"},
	{ISOFS_SUPER_MAGIC, "iso9660"},
	{MSDOS_SUPER_MAGIC, "vfat"},
	{EXFAT_SUPER_MAGIC, "exfat"},
	{0x2fc12fc1, "zfs"}, /* ZFS_SUPER_MAGIC of OpenZFS */
	{0xca451a4e, "bcachefs"},
	{PROC_SUPER_MAGIC, "proc"},
	{SYSFS_MAGIC, "sysfs"},
	{CGROUP_SUPER_MAGIC, "cgroup"},
	{CGROUP2_SUPER_MAGIC, "cgroup2"},
	{DEBUGFS_MAGIC, "debugfs"},
	{TRACEFS_MAGIC, "tracefs"},
	{HUGETLBFS_MAGIC, "hugetlbfs"},
	{DEVPTS_SUPER_MAGIC, "devpts"},
	{NSFS_MAGIC, "nsfs"},
	{SOCKFS_MAGIC, "sockfs"},
	{PIPEFS_MAGIC, "pipefs"},
	{ANON_INODE_FS_MAGIC, "anon_inodefs"},
	{BPF_FS_MAGIC, "bpf"},
};

const char *fs_name(uint64_t magic)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].magic == magic)
			return types[i].name;
	}
	return NULL;
}
