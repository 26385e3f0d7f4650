import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whatever was written, by a name that says where. */
export type WrittenTexts = Readonly<Record<string, string | Uint8Array>>

/** Plants random strings in place of secrets and looks for them in everything that was written. */
export class Canary {
  readonly #planted = new Map<string, string>()

  /** A new marker: 32 letters and digits, so that no encoding of urls, headers or JSON changes it. */
  plant(label: string): string {
    const marker = randomBytes(16).toString('hex')
    this.#planted.set(label, marker)
    return marker
  }

  /** Each marker that occurs, plain, as hex or within base64, as `label in place`; empty when nothing leaked. */
  findIn(texts: WrittenTexts): string[] {
    return Object.entries(texts).flatMap(([place, text]) => {
      const written = Buffer.from(text)
      return [...this.#planted]
        .filter(([, marker]) => formsOf(marker).some((form) => written.includes(form)))
        .map(([label]) => `${label} in ${place}`)
    })
  }
}

/** The content of every file under a directory that nobody writes to any more, by its path from there. */
export async function readTree(directory: string): Promise<Record<string, Uint8Array>> {
  const paths = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = paths.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const contents = await Promise.all(
    files.map(async (file) => [file.slice(directory.length + 1), await readFile(file)] as const),
  )
  return Object.fromEntries(contents)
}

function formsOf(marker: string): string[] {
  return [marker, Buffer.from(marker).toString('hex'), ...[0, 1, 2].map((offset) => insideBase64(marker, offset))]
}

/** The characters that do not depend on the bytes around the marker, `offset` bytes after a multiple of three. */
function insideBase64(marker: string, offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + marker).toString('base64url')
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + marker.length) * 8) / 6))
}
