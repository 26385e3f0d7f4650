import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'

export interface WebFile {
  readonly type: string
  readonly tag: string
  /** Its name changes with its content. */
  readonly isImmutable: boolean
  readonly bytes: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer }
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const compressed = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt', '.webmanifest'])
/** Nearly as small as with 11, in a fiftieth of the time. */
const brotliQuality = 9

/**
 * The files of the built app by their paths, in memory: they are few, so nothing that a request says is ever looked for
 * on the disk.
 */
export function readWebFiles(directory: string): ReadonlyMap<string, WebFile> {
  const names = globSync('**/*', { cwd: directory }).filter((name) => statSync(join(directory, name)).isFile())
  const files = names
    .filter((name) => extname(name) in types)
    .map((name) => [`/${name.replaceAll(sep, '/')}`, read(join(directory, name), name)] as const)
  return new Map(files)
}

function read(path: string, name: string): WebFile {
  const identity = readFileSync(path)
  const extension = extname(name)
  return {
    type: types[extension] ?? 'application/octet-stream',
    tag: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    isImmutable: name.startsWith(`assets${sep}`),
    bytes: { identity, ...(compressed.has(extension) && compress(identity)) },
  }
}

function compress(bytes: Buffer): Partial<Record<Encoding, Buffer>> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  return { br: brotliCompressSync(bytes, { params }), gzip: gzipSync(bytes, { level: 9 }) }
}

/** The smallest one that the browser takes. A quality of 0 is the only one that matters: browsers send no others. */
export function chooseEncoding(accepted: string | string[] | undefined, { bytes }: WebFile): Encoding {
  const offers = [accepted ?? []].flat().join(',').split(',')
  const taken = offers.flatMap((offer) => {
    const [name = '', ...parameters] = offer.trim().toLowerCase().split(';')
    return parameters.some((each) => /^\s*q=0(?:\.0*)?$/.test(each)) ? [] : [name.trim()]
  })
  return (['br', 'gzip'] as const).find((name) => bytes[name] !== undefined && taken.includes(name)) ?? 'identity'
}
