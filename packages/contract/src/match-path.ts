import type { Operation, ServiceContract } from './operation.ts'
import { restOfPath } from './paths.ts'
import type { Method } from './routes.ts'

/** Both paths of an operation. */
export function pathsOf({ path, alsoAt }: Operation): readonly string[] {
  return alsoAt === undefined ? [path] : [path, alsoAt]
}

/** The operation of a request; HEAD is answered wherever GET is. `path` is without its query. */
export function findOperation(contract: ServiceContract, method: string, path: string): Operation | undefined {
  const here = operationsAt(contract, path)
  const found = here.find((operation) => operation.method === method)
  return found ?? (method === 'HEAD' ? here.find((operation) => operation.method === 'GET') : undefined)
}

/** The methods that a path takes, for `Allow`; none where there is nothing at the path. */
export function methodsAt(contract: ServiceContract, path: string): readonly Method[] {
  const methods = new Set(operationsAt(contract, path).map(({ method }) => method))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods]
}

/** As OpenAPI has it: a path that is spelt out is never one with parameters, not even for other methods. */
function operationsAt(contract: ServiceContract, path: string): readonly Operation[] {
  const given = path.split('/')
  const templates = templatesOf(contract)
  const here = [...(templates.get(given.length) ?? []), ...(templates.get(anyLength) ?? [])].filter(({ segments }) =>
    matches(segments, given),
  )
  const fewest = Math.min(...here.map(({ parameters }) => parameters))
  return here.filter(({ parameters }) => parameters === fewest).map(({ operation }) => operation)
}

/** A path such as `/mtls/account/{accountId}`, in pieces. */
interface Template {
  readonly operation: Operation
  /** Without the rest of the path, if it has one. */
  readonly segments: readonly string[]
  readonly parameters: number
}

/** The length of paths that go on as they like. */
const anyLength = Number.POSITIVE_INFINITY

/** Made once: a path is looked up with each request, whoever sends it. */
const templatesByContract = new WeakMap<ServiceContract, ReadonlyMap<number, readonly Template[]>>()

/** By their number of segments. */
function templatesOf(contract: ServiceContract): ReadonlyMap<number, readonly Template[]> {
  const known = templatesByContract.get(contract)
  if (known !== undefined) return known
  const templates = Object.values(contract.operations).flatMap((operation) =>
    pathsOf(operation).map((path) => {
      const segments = path.split('/')
      const hasRest = segments.at(-1) === restOfPath
      if (hasRest) segments.pop()
      const length = hasRest ? anyLength : segments.length
      return { length, operation, segments, parameters: segments.filter(isParameter).length }
    }),
  )
  const made = Map.groupBy(templates, ({ length }) => length)
  templatesByContract.set(contract, made)
  return made
}

function matches(wanted: readonly string[], given: readonly string[]): boolean {
  return wanted.every((segment, at) => (isParameter(segment) ? Boolean(given[at]) : segment === given[at]))
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}
