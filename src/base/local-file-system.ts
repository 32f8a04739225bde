import { statfsSync } from 'node:fs';

/**
 * The `statfs` types of file systems that only this machine can change. Other machines may change all others, which
 * inotify does not report, and by their own clocks. Source: `linux/magic.h` and the file systems' own headers.
 */
const LOCAL_TYPES = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
]);

/** Whether a folder is on a file system that only this machine can change. False where that is not known, as outside Linux. */
export function isOnLocalFileSystem(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return LOCAL_TYPES.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}
