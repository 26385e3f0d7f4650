import { createHmac, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, readSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../../files/sync-directory.ts'

/** Says which head was the last one. */
export interface HeadNote {
  readonly lineage: string
  /** 0: the lineage is about to begin. */
  readonly counter: number
  /** The digest of the head with this counter; `-` if there is none yet. */
  readonly digest: string
}

/** Fits in one sector, so that it is written whole or not at all. */
const noteBytes = 256
/** Lineage, counter, digest, MAC. */
const noteForm = /^([0-9a-f]{32}) (\d{1,15}) ([0-9a-f]{64}|-) [0-9a-f]{64} *\n$/
/** As long as another process may take to write it. */
const patience = { times: 5, ms: 2 }
/** When it is on disk at the latest: after this many writes of this process, and this long after the first of them. */
const unsynced = { writes: 64, ms: 1_000 }

/** How many writes the file may be behind the database after a power failure: as if four processes had been writing. */
export const maxLag = 4 * unsynced.writes

/**
 * The note beside the database. It is written after each write, which does not wait for it. What lags behind after a
 * crash is the file, and only the gateway can make the head that is ahead of it.
 */
export class HeadFile {
  readonly path: string
  readonly #key: KeyObject
  /** What was last read or written, which need not be verified again. */
  #known: { readonly note: HeadNote; readonly bytes: Buffer } | undefined
  #unsynced = 0
  #timer: NodeJS.Timeout | undefined

  constructor(path: string, key: KeyObject) {
    this.path = path
    this.#key = key
  }

  read(): HeadNote | 'missing' | 'damaged' {
    for (let time = 1; ; time++) {
      const note = this.#read()
      if (note !== 'damaged' || time === patience.times) return note
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, patience.ms)
    }
  }

  /** Replaces whatever is there with a file that has this note, on disk. */
  begin(note: HeadNote): void {
    const temporary = `${this.path}.${randomUUID()}.tmp`
    try {
      writeFileSync(temporary, this.#bytes(note), { flag: 'wx', mode: 0o600, flush: true })
      renameSync(temporary, this.path)
      syncDirectory(dirname(this.path))
    } finally {
      rmSync(temporary, { force: true })
    }
  }

  /** Writes the note, unless there is a later one. It reaches the disk a moment later. */
  write(note: HeadNote): void {
    withFile(this.path, 'r+', (file) => {
      const found = this.#parse(readNote(file))
      if (typeof found === 'string' || found.lineage !== note.lineage || found.counter >= note.counter) return
      const bytes = this.#bytes(note)
      writeSync(file, bytes, 0, noteBytes, 0)
      this.#known = { note, bytes }
      this.#unsynced += 1
      if (this.#unsynced < unsynced.writes) this.#syncSoon()
      else this.#sync(file)
    })
  }

  /** Everything that was written is on disk after that. */
  close(): void {
    if (this.#unsynced === 0) return
    withFile(this.path, 'r+', (file) => this.#sync(file))
  }

  #sync(file: number): void {
    fdatasyncSync(file)
    this.#unsynced = 0
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #syncSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#unsynced = 0
      // If files can't be written, the next write says so.
      syncFile(this.path).catch(() => {})
    }, unsynced.ms).unref()
  }

  #read(): HeadNote | 'missing' | 'damaged' {
    try {
      return withFile(this.path, 'r', (file) => this.#parse(readNote(file)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing'
      throw error
    }
  }

  #parse(bytes: Buffer): HeadNote | 'damaged' {
    if (this.#known?.bytes.equals(bytes)) return this.#known.note
    const text = bytes.toString()
    // A line of our own has this form; its content is believed only with the right MAC.
    const [, lineage, counter, digest] = noteForm.exec(text) ?? []
    if (lineage === undefined || digest === undefined) return 'damaged'
    const note = { lineage, counter: Number(counter), digest }
    if (!timingSafeEqual(this.#bytes(note), bytes)) return 'damaged'
    this.#known = { note, bytes }
    return note
  }

  #bytes({ lineage, counter, digest }: HeadNote): Buffer {
    const fields = `${lineage} ${counter} ${digest}`
    const mac = createHmac('sha256', this.#key).update(fields).digest('hex')
    const line = `${fields} ${mac}`.padEnd(noteBytes - 1)
    return Buffer.from(`${line}\n`)
  }
}

function withFile<T>(path: string, mode: 'r' | 'r+', use: (file: number) => T): T {
  const file = openSync(path, mode)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

function readNote(file: number): Buffer {
  const bytes = Buffer.alloc(noteBytes)
  readSync(file, bytes, 0, noteBytes, 0)
  return bytes
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
