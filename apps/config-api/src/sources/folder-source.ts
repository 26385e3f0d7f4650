import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { isCodedError } from '@mtls-gateway/domain'
import { maxSourcedBytes, type Source, type SourcedPair, sourceError } from './source.ts'

/** As cert-manager and Kubernetes name them. */
const names = { certificate: 'tls.crt', privateKey: 'tls.key' } as const

/** Where a file really is, and what tells its contents apart. */
interface FoundFile {
  readonly path: string
  readonly mark: string
}

/**
 * A folder with `tls.crt` and `tls.key`: regular files, or symbolic links that stay in the folder, as Kubernetes makes
 * them. A volume there is changed by swapping the link `..data` that both lead through.
 */
export class FolderSource implements Source {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  place(): string {
    return ''
  }

  async mark(): Promise<string> {
    const { certificate, privateKey } = await this.#find()
    return `${certificate?.mark} ${privateKey?.mark}`
  }

  async read(): Promise<SourcedPair> {
    const found = await this.#find()
    const { certificate, privateKey } = found
    if (!certificate && !privateKey) throw sourceError('SOURCE_MISSING')
    if (!certificate || !privateKey) throw sourceError('SOURCE_HALF_WRITTEN')
    const pair = { certificate: await readBounded(certificate), privateKey: await readBounded(privateKey) }
    const after = await this.#find()
    const isSame = after.certificate?.mark === certificate.mark && after.privateKey?.mark === privateKey.mark
    if (!isSame) throw sourceError('SOURCE_HALF_WRITTEN', new Error('the folder has changed while it was read'))
    return pair
  }

  close(): void {}

  /** @throws CodedError `SOURCE_MISSING`, `SOURCE_UNREADABLE` */
  async #find() {
    const folder = await existing(() => realpath(this.#folder))
    if (folder === undefined) throw sourceError('SOURCE_MISSING')
    const find = (name: string) => existing(() => findFile(folder, name))
    const [certificate, privateKey] = await Promise.all([find(names.certificate), find(names.privateKey)])
    return { certificate, privateKey }
  }
}

async function findFile(folder: string, name: string): Promise<FoundFile> {
  const path = await realpath(join(folder, name))
  if (!path.startsWith(`${folder}${sep}`)) throw unfit(path, 'it is outside of the folder')
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return { path, mark: [path, ino, size, mtimeNs, ctimeNs].join(':') }
}

/** @throws CodedError `SOURCE_UNREADABLE`, `SOURCE_HALF_WRITTEN` */
async function readBounded({ path }: FoundFile): Promise<string> {
  let file: FileHandle | undefined
  try {
    // What it leads to was looked at: a link or a pipe that has come in its place is not opened.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { size } = await requireFile(file, path)
    const buffer = Buffer.alloc(Math.min(size, maxSourcedBytes) + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    if (bytesRead > maxSourcedBytes) throw unfit(path, `it is larger than ${maxSourcedBytes} bytes`)
    if (bytesRead !== size || size === 0) throw sourceError('SOURCE_HALF_WRITTEN')
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    if (isCodedError(error)) throw error
    throw sourceError(isAbsent(error) ? 'SOURCE_HALF_WRITTEN' : 'SOURCE_UNREADABLE', error)
  } finally {
    await file?.close()
  }
}

async function requireFile(file: FileHandle, path: string) {
  const found = await file.stat()
  if (!found.isFile()) throw unfit(path, 'it is no regular file')
  return found
}

/** Undefined: it is not there. */
async function existing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find()
  } catch (error) {
    if (isCodedError(error)) throw error
    if (isAbsent(error)) return undefined
    throw sourceError('SOURCE_UNREADABLE', error)
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function unfit(path: string, why: string) {
  return sourceError('SOURCE_UNREADABLE', new Error(`${path}: ${why}`))
}
