import { fieldsOf } from './vault-failure.ts'

/**
 * Makes every node of an OpenBao cluster answer as its active one does. Since 2.5 the others answer reads by
 * themselves, a moment behind: a key that config-api has just stored would be missing. Since 2.7 a request can say
 * which state it must see, and that the active node is to answer otherwise: a state that no node reaches before it is
 * always the active one's to answer. A server that knows nothing of this gets no such headers.
 * https://openbao.org/docs/concepts/consistency
 */
export class ActiveNode {
  #headers: Readonly<Record<string, string>> = {}
  #cluster: string | undefined

  /** For every request, once an answer has told of a cluster. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers
  }

  /** @param index the header `X-Vault-Index` of an answer */
  learn(index: unknown): void {
    const cluster = typeof index === 'string' ? clusterOf(index) : undefined
    if (cluster === undefined || cluster === this.#cluster) return
    this.#cluster = cluster
    const unreached = Buffer.from(JSON.stringify({ cluster, value: String(highest) })).toString('base64')
    this.#headers = { 'X-Vault-Index': unreached, 'X-Vault-Inconsistent': 'forward-active-node' }
  }
}

const highest = 2n ** 63n - 1n

/** Undefined if this is no index of OpenBao; that of Vault Enterprise is another. */
function clusterOf(index: string): string | undefined {
  try {
    const { cluster } = fieldsOf(JSON.parse(Buffer.from(index, 'base64').toString()))
    return typeof cluster === 'string' ? cluster : undefined
  } catch {
    return undefined
  }
}
