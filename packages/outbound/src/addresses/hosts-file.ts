import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

/** Where it is. */
export const hostsFile = '/etc/hosts'

/** The system's own table of names, which c-ares does not read; looked at again at most every 5 s. */
export class HostsFile {
  readonly #path: string
  readonly #recheckAfterMs: number
  #addresses: ReadonlyMap<string, readonly string[]> = new Map()
  #modifiedAt = -1
  #checkedAt = Number.NEGATIVE_INFINITY
  #checking: Promise<void> | undefined

  constructor(path: string, recheckAfterMs = 5_000) {
    this.#path = path
    this.#recheckAfterMs = recheckAfterMs
  }

  /** The addresses of a name in lower case; none if the file does not name it or cannot be read. */
  async addresses(name: string): Promise<readonly string[]> {
    if (performance.now() - this.#checkedAt >= this.#recheckAfterMs) {
      this.#checkedAt = performance.now()
      this.#checking = this.#refresh().finally(() => {
        this.#checking = undefined
      })
    }
    // Or whoever comes while it is read would find nothing in it.
    await this.#checking
    return this.#addresses.get(name) ?? []
  }

  async #refresh(): Promise<void> {
    try {
      const { mtimeMs } = await stat(this.#path)
      if (mtimeMs === this.#modifiedAt) return
      this.#addresses = parseHosts(await readFile(this.#path, 'utf8'))
      this.#modifiedAt = mtimeMs
    } catch {
      // A host without the file is an ordinary one: DNS answers then.
      this.#addresses = new Map()
      this.#modifiedAt = -1
    }
  }
}

function parseHosts(content: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>()
  for (const line of content.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0 || address.includes('%')) continue
    for (const name of names) {
      const key = name.toLowerCase()
      addresses.set(key, [...(addresses.get(key) ?? []), address])
    }
  }
  return addresses
}
