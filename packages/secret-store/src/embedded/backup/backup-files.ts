import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'

/** What a backup says of one of its files. */
export interface FileFacts {
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

const chunkBytes = 1_048_576

/** What a backup is to say of a file that nobody else writes. */
export function factsOf(path: string): FileFacts {
  const file = openSync(path, 'r')
  try {
    return readThrough(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Copies a file of a backup to a new file, on disk on return. The digest is that of the bytes that are written: what
 * happens to the backup meanwhile changes nothing.
 * @throws CodedError as {@link readBackedUp}
 */
export function copyBackedUp(folder: string, name: string, facts: FileFacts, to: string): void {
  const target = openSync(to, 'wx', 0o600)
  try {
    readBackedUp(folder, name, facts, (chunk) => writeFileSync(target, chunk))
    fsyncSync(target)
  } finally {
    closeSync(target)
  }
}

/**
 * Reads a file of a backup in chunks, which are good only once this has returned. Not more is read than there should
 * be.
 * @throws CodedError `STORE_DAMAGED`: it is not the file that was backed up; `STORE_MISSING`
 */
export function readBackedUp(
  folder: string,
  name: string,
  { size, sha256 }: FileFacts,
  onChunk: (chunk: Uint8Array) => void,
): void {
  const file = openPlain(folder, name)
  try {
    const isAsLong = fstatSync(file).size === size
    const found = isAsLong ? readThrough(file, size, onChunk) : undefined
    if (found?.size !== size || found.sha256 !== sha256) throw refused(folder, name, 'is not what was backed up')
  } finally {
    closeSync(file)
  }
}

/** A file of a backup that says of itself what it is. @throws CodedError `STORE_DAMAGED`, `STORE_MISSING` */
export function readUnlisted(folder: string, name: string, mostBytes: number): Buffer {
  const file = openPlain(folder, name)
  try {
    const { size } = fstatSync(file)
    if (size > mostBytes) throw refused(folder, name, `has ${size} bytes, which is more than it can have`)
    const chunks: Buffer[] = []
    readThrough(file, size, (chunk) => chunks.push(Buffer.from(chunk)))
    return Buffer.concat(chunks)
  } finally {
    closeSync(file)
  }
}

/**
 * Whoever may write to the folder may put anything there: a link to a file that only this user can read, or a pipe
 * that nobody writes to. So the file is opened without following a link or waiting, and what is looked at is what was
 * opened.
 */
function openPlain(folder: string, name: string): number {
  const file = openUnfollowed(folder, name)
  const stats = fstatSync(file)
  const fault = stats.isFile() ? otherOwner(folder, stats) : 'is not a regular file'
  if (fault === undefined) return file
  closeSync(file)
  throw refused(folder, name, fault)
}

function openUnfollowed(folder: string, name: string): number {
  try {
    return openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new CodedError('STORE_MISSING', `${join(folder, name)} is missing.`, { cause })
    // ENXIO: a socket.
    if (code === 'ELOOP' || code === 'ENXIO') throw refused(folder, name, 'is not a regular file')
    throw cause
  }
}

/** Copies that share what is the same (rsync --link-dest) have hard links, all of one owner. */
function otherOwner(folder: string, { nlink, uid }: { nlink: number; uid: number }): string | undefined {
  return nlink > 1 && uid !== statSync(folder).uid ? 'is a hard link to a file of another user' : undefined
}

function readThrough(file: number, mostBytes = Number.MAX_SAFE_INTEGER, onChunk = (_: Uint8Array) => {}): FileFacts {
  const [hash, buffer] = [createHash('sha256'), Buffer.allocUnsafe(Math.min(chunkBytes, mostBytes))]
  let size = 0
  while (size < mostBytes) {
    const bytes = readSync(file, buffer, 0, Math.min(buffer.length, mostBytes - size), null)
    if (bytes === 0) break
    const chunk = buffer.subarray(0, bytes)
    hash.update(chunk)
    onChunk(chunk)
    size += bytes
  }
  return { size, sha256: hash.digest('hex') }
}

/** Says that a backup is not as the gateway has made it. */
export function refused(folder: string, name: string, fault: string): CodedError {
  return new CodedError('STORE_DAMAGED', `${join(folder, name)} ${fault}. Nothing was restored: use another backup.`)
}
