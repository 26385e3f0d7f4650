import { access, constants, type FileHandle, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '@mtls-gateway/secret-store'
import type { AuditReceiver, StreamedEntry } from './audit-receiver.ts'

/** No entry is longer. */
const maxLineBytes = 16 * 1_024

/**
 * A file of this instance alone, a line of JSON for each entry. What is in it is on the disk before the next entries
 * are written, whole lines only: what a full disk or a crash has left of a line is cut off.
 */
export class FileReceiver implements AuditReceiver {
  readonly name = 'file'
  readonly atOnce = 1
  readonly #path: string
  readonly #maxBytes: number

  constructor(path: string, maxBytes: number) {
    this.#path = path
    this.#maxBytes = maxBytes
  }

  async send(entries: readonly StreamedEntry[]): Promise<void> {
    const lines = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    await this.#rotate(lines.length)
    // Opened each time, so that it can be moved away by others as well.
    const isNew = (await sizeOf(this.#path)) === undefined
    const file = await open(this.#path, 'a+', 0o600)
    try {
      const size = await cutToWholeLines(file)
      await append(file, lines, size)
      await file.sync()
    } finally {
      await file.close()
    }
    if (isNew) syncDirectory(dirname(this.#path))
  }

  async check(): Promise<void> {
    const isThere = (await sizeOf(this.#path)) !== undefined
    await access(isThere ? this.#path : dirname(this.#path), constants.W_OK)
  }

  async #rotate(bytes: number): Promise<void> {
    const size = (await sizeOf(this.#path)) ?? 0
    if (size === 0 || size + bytes <= this.#maxBytes) return
    const file = await open(this.#path, 'a+')
    try {
      // Nothing cuts it later.
      await cutToWholeLines(file)
      await file.sync()
    } finally {
      await file.close()
    }
    const time = new Date().toISOString().replace(/[-:.]/g, '')
    await rename(this.#path, `${this.#path}.${time}`)
    syncDirectory(dirname(this.#path))
  }
}

/** Undefined: there is no file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function append(file: FileHandle, lines: Buffer, size: number): Promise<void> {
  try {
    await file.appendFile(lines)
  } catch (error) {
    // If not now, then before the next entries.
    await file.truncate(size).catch(() => undefined)
    throw error
  }
}

/** @returns its size then */
async function cutToWholeLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  const start = Math.max(0, size - maxLineBytes)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
  const whole = start + buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
  if (whole < size) await file.truncate(whole)
  return whole
}
