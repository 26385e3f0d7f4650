import { answerFaults, findOperation, methodsAt, type ServiceContract } from '@mtls-gateway/contract'
import { ApiClient, type ApiClientOptions, type ApiResponse, type RawRequest } from '@mtls-gateway/test-kit'

/** What may be answered where there is nothing. */
const elsewhere = ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'MALFORMED_REQUEST', 'RATE_LIMITED', 'SHUTTING_DOWN']

/** A client that takes no answer which the contract does not say: no status, no field, no code of a problem. */
export class ContractClient extends ApiClient {
  readonly #contract: ServiceContract

  constructor(contract: ServiceContract, options: ApiClientOptions) {
    super(options)
    this.#contract = contract
  }

  override async raw(request: RawRequest): Promise<ApiResponse<Buffer>> {
    const response = await super.raw(request)
    const faults = this.#faultsOf(request, response)
    if (faults.length === 0) return response
    const { name } = this.#contract
    throw new Error(`${name} answers ${request.method} ${request.path} unlike its contract: ${faults.join('; ')}`)
  }

  #faultsOf({ method, path, headers = {} }: RawRequest, response: ApiResponse<Buffer>): readonly string[] {
    const [resource = ''] = path.split('?')
    const operation = findOperation(this.#contract, method, resource)
    if (operation) {
      const hasIdempotencyKey = Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key')
      const answer = { status: response.status, headers: response.headers, body: response.body.toString('utf8') }
      return answerFaults(operation, { method, hasIdempotencyKey }, answer)
    }
    if (resource.startsWith('/docs')) return []
    if (method === 'HEAD') return response.status === 404 ? [] : [`status ${response.status} is not documented`]
    const { code }: { code: string } = JSON.parse(response.body.toString('utf8'))
    if (!elsewhere.includes(code)) return [`${code} is no answer where there is nothing`]
    const allowed = methodsAt(this.#contract, resource).join(', ')
    const expected = code === 'METHOD_NOT_ALLOWED' ? allowed : undefined
    return response.headers.allow === expected ? [] : [`Allow is not ${expected}`]
  }
}
