/** Magic numbers from linux/magic.h and the file systems' sources, of file systems that several hosts can mount. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB 2'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9P'],
  // sshfs, GlusterFS, virtiofs and many others; local FUSE file systems cannot be told from them.
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x20030528, 'OrangeFS'],
  [0x19830326, 'BeeGFS'],
  [0xaad7aaea, 'PanFS'],
  [0x61636673, 'ACFS'],
  [0x786f4256, 'VirtualBox shared folders'],
  [0xbacbacbc, 'VMware shared folders'],
  [0x7c7c6673, 'Parallels shared folders'],
]);

/**
 * The name of the network file system with a `statfs` type; null for a local one. The numbers are Linux's: on other
 * systems every file system counts as local.
 */
export function networkFileSystem(type: number, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'linux') return null;
  // Some systems report the number as a signed integer.
  return NETWORK_FILE_SYSTEMS.get(type >>> 0) ?? null;
}
