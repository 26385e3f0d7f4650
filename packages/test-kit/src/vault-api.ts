import { setTimeout } from 'node:timers/promises'

/** A Vault that can be asked anything. */
export interface VaultAccess {
  /** `http://127.0.0.1:port` */
  readonly address: string
  readonly rootToken: string
  /** Calls the API, `path` without `/v1/`, as root unless a token is given. The status and the JSON body, if any. */
  api(method: string, path: string, body?: object, token?: string): Promise<VaultAnswer>
}

export interface VaultAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they know to be there
  readonly body: any
}

const activeWithinMs = 60_000

/** Calls the API of any Vault. Rejects if there is no answer. */
export async function vaultApi(address: string, method: string, path: string, body?: object, token?: string) {
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    ...(token !== undefined && { headers: { 'X-Vault-Token': token } }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) } satisfies VaultAnswer
}

/** Waits while an unsealed server refuses calls: with raft storage, until it is the leader of its cluster of one. */
export async function untilActive(address: string): Promise<void> {
  for (const deadline = Date.now() + activeWithinMs; ; ) {
    const { status } = await vaultApi(address, 'GET', 'sys/health')
    if (status === 200) return
    if (Date.now() > deadline) throw new Error(`Vault is not active: its health is ${status}`)
    await setTimeout(20)
  }
}
