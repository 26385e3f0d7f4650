import { answerFaults, findOperation, type ServiceContract } from '@mtls-gateway/contract'

/** A fetch that takes no answer which the contract does not say, and knows which operations were called. */
export class ContractFetch {
  readonly called = new Set<string>()
  readonly #contract: ServiceContract

  constructor(contract: ServiceContract) {
    this.#contract = contract
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET' } = init
    const response = await fetch(input, init)
    const operation = findOperation(this.#contract, method, new URL(String(input)).pathname)
    if (operation === undefined) throw new Error(`there is no operation ${method} ${String(input)}`)
    this.called.add(operation.id)
    const hasIdempotencyKey = new Headers(init.headers).has('idempotency-key')
    const headers = Object.fromEntries(response.headers)
    const answer = { status: response.status, headers, body: await response.clone().text() }
    const faults = answerFaults(operation, { method, hasIdempotencyKey }, answer)
    if (faults.length > 0) throw new Error(`${operation.id} answers unlike its contract: ${faults.join('; ')}`)
    return response
  }
}
