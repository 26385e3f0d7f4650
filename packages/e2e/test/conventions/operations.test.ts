import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  configApi,
  forwarderApi,
  methodsAt,
  type Operation,
  pathsOf,
  type ServiceContract,
} from '@mtls-gateway/contract'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'

let system: SharedSystem

beforeAll(async () => {
  system = await sharedSystem()
})

afterAll(() => system?.stop())

interface Place {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** Every operation at each of its paths, with values that could be somebody's. */
function placesOf({ operations }: ServiceContract): readonly Place[] {
  return Object.values<Operation>(operations).flatMap((operation) =>
    pathsOf(operation).map((path) => ({
      method: operation.method,
      path: path.replace('{accountId}', 'le123').replace(/\{\w+\}/, '7'),
      operation,
    })),
  )
}

describe.each([configApi, forwarderApi])('$name', (contract) => {
  const client = () => (contract.name === 'config-api' ? system.toConfigApi() : system.toForwarderApi())
  const places = placesOf(contract)
  const guarded = places.filter(({ operation }) => operation.credentials !== 'none')

  it.each(guarded)('has $method $path, and asks for credentials first', async ({ method, path }) => {
    const answer = await client().raw({ method, path })
    if (method === 'HEAD') expect(answer.status).toBe(401)
    else expectProblem(answer, 401, 'CREDENTIALS_MISSING')
  })

  it.each([...new Set(places.map(({ path }) => path))])('says which methods %s takes', async (path) => {
    const allowed = methodsAt(contract, path)
    for (const method of ['OPTIONS', 'GET', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'].filter(
      (name) => !allowed.some((known) => known === name),
    )) {
      const answer = await client().raw({ method, path })
      expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
      expect(answer.headers.allow).toBe(allowed.join(', '))
    }
  })
})
