import type { Operation, ServiceContract } from './operation.ts'
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
function operationsAt({ operations }: ServiceContract, path: string): readonly Operation[] {
  const here = Object.values(operations)
    .flatMap((operation) => pathsOf(operation).map((template) => ({ operation, template })))
    .filter(({ template }) => matches(template, path))
  const fewest = Math.min(...here.map(({ template }) => parameters(template)))
  return here.filter(({ template }) => parameters(template) === fewest).map(({ operation }) => operation)
}

/** Whether a path is one of a template such as `/mtls/account/{accountId}`. */
function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => (segment.startsWith('{') ? given[at] !== '' : segment === given[at]))
  )
}

function parameters(template: string): number {
  return template.split('{').length
}
